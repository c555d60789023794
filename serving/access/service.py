"""Accounts, logins, keys and the one-time setup link."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from wsai.errors import Forbidden, InvalidRequest, NotAuthenticated
from wsai.storage.access import AccessRepository
from wsai.storage.audit import AuditLog
from wsai.storage.tables import AccountRow, KeyRow, SessionRow

KEY_PREFIX = "wsai_"
SETUP_HOURS = 24
LEAST_PASSWORD = 10
FREE_FAILURES = 5
LOCK_MINUTES = 5
LONGEST_NAME = 64
HASHER = PasswordHasher()
# verified against when there is no such account, so that both cases take the same time
NOBODYS_HASH = HASHER.hash(secrets.token_urlsafe(16))


class Role(StrEnum):
    """What someone may do; more roles come with the treatment half."""

    INSPECTOR = "inspector"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking.

    Attributes:
        name: Of the account, or ``key:NAME`` of a machine.
        role: ``inspector`` or ``admin``.
    """

    name: str
    role: str


def hashed(token: str) -> str:
    """Return what is kept of a random token: its SHA-256. Tokens have 256 bits, so no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def check_name(name: str) -> str:
    """Return a name without blanks around it.

    Raises:
        InvalidRequest: It is empty, too long or has control characters.
    """
    cleaned = name.strip()
    if not cleaned or len(cleaned) > LONGEST_NAME or not cleaned.isprintable():
        raise InvalidRequest(f"A name has 1 to {LONGEST_NAME} printable characters.")
    return cleaned


def check_password(password: str, name: str) -> str:
    """Return the password.

    Raises:
        InvalidRequest: It is too short, or says the name.
    """
    if len(password) < LEAST_PASSWORD:
        raise InvalidRequest(f"A password has at least {LEAST_PASSWORD} characters.")
    if len(password) > 512:
        raise InvalidRequest("A password has at most 512 characters.")
    if name.lower() in password.lower() or len(set(password)) < 5:
        raise InvalidRequest("Choose a password without your name and with more variety.")
    return password


def create_account(
    session: Session, *, name: str, password: str, role: Role, by: str, now: datetime
) -> AccountRow:
    """Create an account.

    Raises:
        InvalidRequest: Name or password break the rules.
        Conflict: The name is taken.
    """
    name = check_name(name)
    row = AccountRow(
        name=name,
        role=role.value,
        password_hash=HASHER.hash(check_password(password, name)),
        created_at=now,
        failed_logins=0,
    )
    AccessRepository(session).add_account(row)
    AuditLog(session).append(
        at=now,
        actor=by,
        action="account.created",
        subject=f"account:{name}",
        details={"role": role},
    )
    return row


def create_key(session: Session, *, name: str, role: Role, by: str, now: datetime) -> str:
    """Create a key for a machine and return it; it is never shown again.

    Raises:
        InvalidRequest: The name breaks the rules.
        Conflict: The name is taken.
    """
    name, token = check_name(name), KEY_PREFIX + secrets.token_urlsafe(32)
    AccessRepository(session).add_key(
        KeyRow(name=name, role=role.value, token_hash=hashed(token), created_at=now)
    )
    AuditLog(session).append(
        at=now, actor=by, action="key.created", subject=f"key:{name}", details={"role": role}
    )
    return token


def actor_of_key(session: Session, token: str) -> Actor | None:
    """Return the machine that holds a key."""
    row = AccessRepository(session).key(hashed(token))
    return Actor(f"key:{row.name}", row.role) if row else None


def actor_of_session(session: Session, token: str, now: datetime) -> Actor | None:
    """Return the person whose browser holds a token."""
    row = AccessRepository(session).session(hashed(token), now)
    return Actor(row.account.name, row.account.role) if row else None


def check_login(session: Session, *, name: str, password: str, now: datetime) -> AccountRow | None:
    """Return the account if the password is right; count failures.

    After five failures in a row the account waits, each further failure doubling the wait from
    five minutes to at most a day. The caller commits in either case: a counted failure that is
    rolled back would not count.

    Raises:
        Forbidden: The account waits.
    """
    account = AccessRepository(session).account(name.strip())
    if account is not None and account.locked_until and account.locked_until > now:
        minutes = max(1, round((account.locked_until - now).total_seconds() / 60))
        raise Forbidden(f"Too many wrong passwords. Try again in {minutes} minutes.")
    try:
        HASHER.verify(account.password_hash if account else NOBODYS_HASH, password)
    except (VerificationError, InvalidHashError):
        if account is not None:
            account.failed_logins += 1
            over = account.failed_logins - FREE_FAILURES
            if over >= 0:
                account.locked_until = now + timedelta(minutes=min(LOCK_MINUTES * 2**over, 1440))
        return None
    if account is not None:
        account.failed_logins, account.locked_until = 0, None
    return account


def begin_session(session: Session, account: AccountRow, *, hours: float, now: datetime) -> str:
    """Return the token of a new login."""
    access = AccessRepository(session)
    access.end_expired(now)
    token = secrets.token_urlsafe(32)
    access.add_session(
        SessionRow(
            token_hash=hashed(token),
            account_id=account.id,
            created_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )
    AuditLog(session).append(
        at=now, actor=account.name, action="session.begun", subject=f"account:{account.name}"
    )
    return token


def end_session(session: Session, token: str) -> None:
    """End a login."""
    AccessRepository(session).end_session(hashed(token))


def new_setup_token(session: Session, now: datetime) -> str | None:
    """Return a fresh one-time token that creates the administrator; ``None`` if there is one."""
    access = AccessRepository(session)
    if access.administrators():
        return None
    token = secrets.token_urlsafe(32)
    access.put_setup(hashed(token), now + timedelta(hours=SETUP_HOURS))
    return token


def set_up(session: Session, *, token: str, name: str, password: str, now: datetime) -> AccountRow:
    """Create the administrator with the one-time token.

    Raises:
        NotAuthenticated: The token is wrong, used or expired.
        InvalidRequest: Name or password break the rules; the token stays valid.
    """
    check_password(password, check_name(name))
    access = AccessRepository(session)
    if access.administrators() or not access.take_setup(hashed(token), now):
        raise NotAuthenticated(
            "This link was used or has expired. Start the service again for a new one."
        )
    return create_account(
        session, name=name, password=password, role=Role.ADMIN, by="setup", now=now
    )
