"""Accounts, logins, keys and the one-time setup link."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session, sessionmaker

from wsai.errors import Conflict, Forbidden, InvalidRequest, NotAuthenticated
from wsai.ledger.machine import Actor as LedgerActor
from wsai.storage.access import AccessRepository
from wsai.storage.audit import AuditLog
from wsai.storage.sight import grids_below
from wsai.storage.tables import AccountRow, KeyRow, SessionRow
from wsai.supervision.access import (
    LEDGER_ROLES,
    MAY,
    ROLE_NAMES,
    Permission,
    Role,
    Sight,
    check_place,
)

__all__ = ["Actor", "Belongs", "Role"]  # where the rest of the service finds them

KEY_PREFIX = "wsai_"
MACHINE = "key:"
SETUP_HOURS = 24
KEY_DAYS = 365
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


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking.

    Attributes:
        name: Of the account, or ``key:NAME`` of a machine.
        role: What it is.
        sight: Whose rows it sees.
        grid_id: The grid that it works for; ``None`` is the whole park.
        limited_to: What a key is limited to, inside what its role may.
    """

    name: str
    role: Role
    sight: Sight = field(default_factory=Sight)
    grid_id: UUID | None = None
    limited_to: frozenset[Permission] | None = None

    @property
    def enterprise_id(self) -> UUID | None:
        """Return the enterprise that it belongs to."""
        return self.sight.enterprise

    def may(self, permission: Permission) -> bool:
        """Return whether it may do a kind of thing at all."""
        limited = self.limited_to is not None and permission not in self.limited_to
        return self.role in MAY[permission] and not limited

    def ledger(self) -> LedgerActor:
        """Return in which part it acts on a hazard.

        Raises:
            Forbidden: In none.
        """
        part = LEDGER_ROLES.get(self.role)
        if part is None:
            raise Forbidden(f"{ROLE_NAMES[self.role]} ({self.role.value}) does not act on hazards.")
        return LedgerActor(self.name, part)


@dataclass(frozen=True, slots=True)
class Belongs:
    """Where an account or a key belongs.

    Attributes:
        grid_id: For which grid it works; ``None`` is the whole park.
        enterprise_id: To which enterprise.
    """

    grid_id: UUID | None = None
    enterprise_id: UUID | None = None


NOWHERE = Belongs()


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
    session: Session,
    *,
    name: str,
    password: str | None,
    role: Role,
    by: str,
    now: datetime,
    place: Belongs = NOWHERE,
    certificate: str | None = None,
) -> AccountRow:
    """Create an account; without a password only the identity provider lets them in.

    Raises:
        InvalidRequest: Name or password break the rules, or the role needs another place.
        Conflict: The name is taken.
    """
    name = check_name(name)
    if name.startswith(MACHINE):
        raise InvalidRequest(f"A name that begins with {MACHINE} would look like a machine's.")
    check_place(role, grid=place.grid_id, enterprise=place.enterprise_id)
    secret = NOBODYS_HASH if password is None else HASHER.hash(check_password(password, name))
    row = AccountRow(
        name=name,
        role=role.value,
        password_hash=secret,
        created_at=now,
        failed_logins=0,
        grid_id=place.grid_id,
        enterprise_id=place.enterprise_id,
        certificate=certificate,
    )
    AccessRepository(session).add_account(row)
    AuditLog(session).append(
        at=now,
        actor=by,
        action="account.created",
        subject=f"account:{name}",
        details={"role": role} | _place_json(place),
    )
    return row


def _place_json(place: Belongs) -> dict[str, str]:
    named = {"grid": place.grid_id, "enterprise": place.enterprise_id}
    return {name: str(value) for name, value in named.items() if value is not None}


def create_key(
    session: Session,
    *,
    name: str,
    role: Role,
    by: str,
    now: datetime,
    place: Belongs = NOWHERE,
    permissions: Collection[Permission] | None = None,
    days: int = KEY_DAYS,
) -> str:
    """Create a key for a machine and return it; it is never shown again.

    Args:
        session: One transaction.
        name: How people call it.
        role: The most that it may.
        by: Who creates it.
        now: When.
        place: Whose rows it sees.
        permissions: What it is limited to; all of its role when ``None``.
        days: After how many it opens nothing any more.

    Raises:
        InvalidRequest: The name breaks the rules, the role needs another place, or has none of a
            permission.
        Conflict: The name is taken.
    """
    name, token = check_name(name), KEY_PREFIX + secrets.token_urlsafe(32)
    check_place(role, grid=place.grid_id, enterprise=place.enterprise_id)
    limited = sorted(permissions) if permissions is not None else None
    if beyond := [one.value for one in limited or () if role not in MAY[one]]:
        raise InvalidRequest(f"{role.value} may not {', '.join(beyond)}; its key cannot either")
    AccessRepository(session).add_key(
        KeyRow(
            name=name,
            role=role.value,
            token_hash=hashed(token),
            created_at=now,
            grid_id=place.grid_id,
            enterprise_id=place.enterprise_id,
            permissions=[one.value for one in limited] if limited is not None else None,
            expires_at=now + timedelta(days=days),
        )
    )
    details: dict[str, Any] = {"role": role, "days": days} | _place_json(place)
    if limited is not None:
        details["permissions"] = [one.value for one in limited]
    AuditLog(session).append(
        at=now, actor=by, action="key.created", subject=f"key:{name}", details=details
    )
    return token


def revoke_key(session: Session, name: str, *, by: str, now: datetime) -> KeyRow:
    """Let a key open nothing any more.

    Raises:
        NotFound: There is no such key.
        Conflict: It was revoked already.
    """
    row = AccessRepository(session).revoke_key(name, now)
    AuditLog(session).append(at=now, actor=by, action="key.revoked", subject=f"key:{name}")
    return row


def change_account(
    session: Session,
    name: str,
    *,
    by: str,
    now: datetime,
    role: Role | None = None,
    place: Belongs | None = None,
    disabled: bool | None = None,
    certificate: str | None = None,
) -> AccountRow:
    """Give an account another role, place or certificate, or close and open it; its logins end.

    Raises:
        NotFound: There is no such account.
        InvalidRequest: The role needs another place.
        Conflict: It is the last administrator.
    """
    access = AccessRepository(session)
    row = access.named(name)
    new_role = role or Role(row.role)
    new_place = place or Belongs(row.grid_id, row.enterprise_id)
    check_place(new_role, grid=new_place.grid_id, enterprise=new_place.enterprise_id)
    was_admin = row.role == Role.ADMIN and row.disabled_at is None
    row.role, row.grid_id, row.enterprise_id = (
        new_role.value,
        new_place.grid_id,
        new_place.enterprise_id,
    )
    if disabled is not None:
        row.disabled_at = now if disabled else None
    if certificate is not None:
        row.certificate = certificate or None
    session.flush()
    if was_admin and not access.administrators():
        raise Conflict(f"{name} is the last administrator; create another one first.")
    access.end_all_of(row.id)
    AuditLog(session).append(
        at=now,
        actor=by,
        action="account.changed",
        subject=f"account:{name}",
        details={"role": new_role, "disabled": row.disabled_at is not None}
        | _place_json(new_place),
    )
    return row


def change_password(
    session: Session, name: str, password: str, *, by: str, now: datetime
) -> AccountRow:
    """Give an account another password; its logins end.

    Raises:
        NotFound: There is no such account.
        InvalidRequest: The password breaks the rules.
    """
    access = AccessRepository(session)
    row = access.named(name)
    row.password_hash = HASHER.hash(check_password(password, name))
    row.failed_logins, row.locked_until = 0, None
    access.end_all_of(row.id)
    AuditLog(session).append(
        at=now, actor=by, action="account.password-changed", subject=f"account:{name}"
    )
    return row


def end_logins(session: Session, name: str, *, by: str, now: datetime) -> None:
    """End all logins of an account, as after a phone was lost.

    Raises:
        NotFound: There is no such account.
    """
    access = AccessRepository(session)
    access.end_all_of(access.named(name).id)
    AuditLog(session).append(
        at=now, actor=by, action="account.logged-out", subject=f"account:{name}"
    )


def is_password(sessions: sessionmaker[Session], name: str, password: str) -> bool:
    """Return whether this is the password of an account; takes a tenth of a second on purpose."""
    with sessions() as session:
        account = AccessRepository(session).account(name)
    return _is_right(account.password_hash if account else NOBODYS_HASH, password)


def actor_of_key(session: Session, token: str, now: datetime) -> Actor | None:
    """Return the machine that holds a key."""
    row = AccessRepository(session).key(hashed(token))
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    limited = None if row.permissions is None else frozenset(map(Permission, row.permissions))
    return _actor(session, f"{MACHINE}{row.name}", row, limited)


def actor_of_session(session: Session, token: str, now: datetime) -> Actor | None:
    """Return the person whose browser holds a token."""
    row = AccessRepository(session).session(hashed(token), now)
    if row is None or row.account.disabled_at is not None:
        return None
    return _actor(session, row.account.name, row.account, None)


def actor_of(session: Session, account: AccountRow) -> Actor:
    """Return the person of an account."""
    return _actor(session, account.name, account, None)


def _actor(
    session: Session,
    name: str,
    row: AccountRow | KeyRow,
    limited: frozenset[Permission] | None,
) -> Actor:
    grids = grids_below(session, row.grid_id) if row.grid_id is not None else None
    sight = Sight(grids, row.enterprise_id)
    return Actor(name, Role(row.role), sight, row.grid_id, limited)


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
        if account is not None and right and account.disabled_at is None:
            account.failed_logins, account.locked_until = 0, None
            token = begin_session(session, account, hours=hours, now=now)
        elif account is not None and not right:
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


def begin_named(
    session: Session, name: str, *, hours: float, now: datetime
) -> tuple[AccountRow, str]:
    """Return the account and the token of somebody whom the identity provider knows.

    Raises:
        NotAuthenticated: Nobody of that name may log in here.
    """
    account = AccessRepository(session).account(name)
    if account is None or account.disabled_at is not None:
        raise NotAuthenticated(f"{name} has no account here; an administrator creates it.")
    return account, begin_session(session, account, hours=hours, now=now)


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
