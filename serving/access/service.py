"""Accounts, logins, keys and the one-time setup link."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session, sessionmaker

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
LONGEST_LOCK_MINUTES = 40
HASHER = PasswordHasher()
NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$pGgBDJYWCaalbmnVDO8xgw"
    "$j2RSnaHeZQet4VluQlQLpHCT0X5MAxu870Fx/EsXpaE"
)
"""Of a random password that was thrown away: verified against when there is no such account, so
that both cases take the same time."""


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


def log_in(
    sessions: sessionmaker[Session], *, name: str, password: str, hours: float, now: datetime
) -> tuple[AccountRow, str]:
    """Return the account and the token of a new login; count failures.

    After five failures in a row the account waits five minutes, then ten, twenty and forty. The
    password is verified outside of any transaction: it takes a tenth of a second on purpose.

    Raises:
        NotAuthenticated: Name or password is wrong.
        Forbidden: The account waits.
    """
    name = name.strip()
    with sessions.begin() as session:
        account = AccessRepository(session).account(name)
        _check_lock(account, now)
        expected = account.password_hash if account else NOBODYS_HASH
    right = _is_right(expected, password)
    # committed in either case: a counted failure that is rolled back would not count
    with sessions.begin() as session:
        account = AccessRepository(session).account(name)
        _check_lock(account, now)  # others may have guessed meanwhile
        token = None
        if account is not None and right:
            account.failed_logins, account.locked_until = 0, None
            token = begin_session(session, account, hours=hours, now=now)
        elif account is not None:
            _count_failure(account, now)
    if account is None or token is None:
        raise NotAuthenticated("Name or password is wrong.")
    return account, token


def _is_right(expected_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(expected_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _check_lock(account: AccountRow | None, now: datetime) -> None:
    if account is not None and account.locked_until and account.locked_until > now:
        minutes = max(1, round((account.locked_until - now).total_seconds() / 60))
        raise Forbidden(f"Too many wrong passwords. Try again in {minutes} minutes.")


def _count_failure(account: AccountRow, now: datetime) -> None:
    account.failed_logins += 1
    over = min(account.failed_logins - FREE_FAILURES, 10)
    if over >= 0:
        minutes = min(LOCK_MINUTES * 2**over, LONGEST_LOCK_MINUTES)
        account.locked_until = now + timedelta(minutes=minutes)


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
