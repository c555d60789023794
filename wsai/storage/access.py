"""Accounts, logins, keys and the one-time setup link."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from wsai.errors import Conflict, NotFound
from wsai.storage.tables import AccountRow, KeyRow, SessionRow, SetupRow


class AccessRepository:
    """Reads and writes who may come in; never commits and never sees a password or key."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_account(self, account: AccountRow) -> AccountRow:
        """Add an account.

        Raises:
            Conflict: The name is taken.
        """
        if self.account(account.name) is not None:
            raise Conflict(f"There is an account {account.name} already. Choose another name.")
        self._session.add(account)
        self._session.flush()
        return account

    def account(self, name: str) -> AccountRow | None:
        """Return the account of this name."""
        return self._session.scalar(select(AccountRow).where(AccountRow.name == name))

    def named(self, name: str) -> AccountRow:
        """Return the account of this name.

        Raises:
            NotFound: There is none.
        """
        row = self.account(name)
        if row is None:
            raise NotFound("account", name)
        return row

    def accounts(self) -> list[AccountRow]:
        """Return all accounts by name."""
        return list(self._session.scalars(select(AccountRow).order_by(AccountRow.name)))

    def all_keys(self) -> list[KeyRow]:
        """Return all keys by name."""
        return list(self._session.scalars(select(KeyRow).order_by(KeyRow.name)))

    def revoke_key(self, name: str, now: datetime) -> KeyRow:
        """Revoke a key.

        Raises:
            NotFound: There is none of this name.
            Conflict: It was revoked already.
        """
        row = self._session.scalar(select(KeyRow).where(KeyRow.name == name))
        if row is None:
            raise NotFound("key", name)
        if row.revoked_at is not None:
            raise Conflict(f"the key {name} was revoked already")
        row.revoked_at = now
        self._session.flush()
        return row

    def administrators(self) -> int:
        """Return how many administrators can log in."""
        query = (
            select(func.count())
            .select_from(AccountRow)
            .where(AccountRow.role == "admin", AccountRow.disabled_at.is_(None))
        )
        return self._session.scalar(query) or 0

    def add_session(self, row: SessionRow) -> None:
        """Add a login."""
        self._session.add(row)
        self._session.flush()

    def session(self, token_hash: str, now: datetime) -> SessionRow | None:
        """Return the login with this token, unless it has expired."""
        row = self._session.get(SessionRow, token_hash)
        return row if row is not None and row.expires_at > now else None

    def end_session(self, token_hash: str) -> None:
        """Remove a login."""
        self._session.execute(delete(SessionRow).where(SessionRow.token_hash == token_hash))

    def end_expired(self, now: datetime) -> None:
        """Remove all logins that have expired."""
        self._session.execute(delete(SessionRow).where(SessionRow.expires_at <= now))

    def end_all_of(self, account_id: UUID) -> None:
        """Remove all logins of an account."""
        self._session.execute(delete(SessionRow).where(SessionRow.account_id == account_id))

    def add_key(self, key: KeyRow) -> KeyRow:
        """Add a key for a machine.

        Raises:
            Conflict: The name is taken.
        """
        if self._session.scalar(select(KeyRow).where(KeyRow.name == key.name)) is not None:
            raise Conflict(f"There is a key {key.name} already. Choose another name.")
        self._session.add(key)
        self._session.flush()
        return key

    def key(self, token_hash: str) -> KeyRow | None:
        """Return the key with this hash, unless it was revoked."""
        row = self._session.scalar(select(KeyRow).where(KeyRow.token_hash == token_hash))
        return row if row is not None and row.revoked_at is None else None

    def put_setup(self, token_hash: str, expires_at: datetime) -> None:
        """Replace the one-time setup link."""
        self._session.execute(delete(SetupRow))
        self._session.add(SetupRow(id=1, token_hash=token_hash, expires_at=expires_at))
        self._session.flush()

    def take_setup(self, token_hash: str, now: datetime) -> bool:
        """Use up the one-time link; return whether it was this one and still valid."""
        taken = self._session.execute(
            delete(SetupRow)
            .where(SetupRow.token_hash == token_hash, SetupRow.expires_at > now)
            .returning(SetupRow.id)
        ).first()
        return taken is not None
