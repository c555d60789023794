"""What goes over the wire about access."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from serving.access.service import Actor
from serving.texts import Secret, Text
from wsai.storage.tables import AccountRow, KeyRow
from wsai.supervision.access import ROLE_NAMES, Permission, Role


class Login(BaseModel):
    """Name and password."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "网格员王", "password": "a long passphrase"}]},
    )

    name: Text = Field(max_length=64)
    password: Secret = Field(max_length=512)


class Setup(Login):
    """The one-time token with the administrator's name and password."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"token": "from-the-link", "name": "admin", "password": "a long passphrase"}
            ]
        },
    )

    token: Text = Field(max_length=128)


class WhoAmI(BaseModel):
    """Who is logged in, and what they may do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "网格员王",
                    "role": "inspector",
                    "role_name": "网格员",
                    "grid_id": None,
                    "enterprise_id": None,
                    "permissions": ["photo:send", "finding:decide"],
                }
            ]
        }
    )

    name: str
    role: str
    role_name: str
    grid_id: UUID | None
    enterprise_id: UUID | None
    permissions: list[Permission]


def who(actor: Actor) -> WhoAmI:
    """Return who somebody is as it goes over the wire."""
    return WhoAmI(
        name=actor.name,
        role=actor.role.value,
        role_name=ROLE_NAMES[actor.role],
        grid_id=actor.grid_id,
        enterprise_id=actor.enterprise_id,
        permissions=[permission for permission in Permission if actor.may(permission)],
    )


class IdentityRead(BaseModel):
    """Whether one can log in through an identity provider, and what the button to it says."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"label": "统一身份认证"}]})

    label: str | None


class NewAccount(BaseModel):
    """Somebody who is to log in."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "网格员王", "password": "a long passphrase", "role": "inspector"}]
        },
    )

    name: Text = Field(max_length=64)
    password: Secret | None = Field(
        default=None,
        max_length=512,
        description="Left out: only the identity provider lets them in.",
    )
    role: Role
    grid_id: UUID | None = None
    enterprise_id: UUID | None = None
    certificate: Text | None = Field(
        default=None, max_length=40, description="执法证件号码, which documents name."
    )


class AccountChange(BaseModel):
    """What changes of an account; grid and enterprise go with the role."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"disabled": True}, {"role": "grid-leader"}]},
    )

    role: Role | None = None
    grid_id: UUID | None = None
    enterprise_id: UUID | None = None
    disabled: bool | None = None
    certificate: Text | None = Field(default=None, max_length=40, description="执法证件号码.")


class NewPassword(BaseModel):
    """Another password; one's own takes the present one as well."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"password": "another passphrase"}]}
    )

    password: Secret = Field(max_length=512)
    present: Secret | None = Field(default=None, max_length=512)


class AccountRead(BaseModel):
    """An account; never its password."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "网格员王",
                    "role": "inspector",
                    "role_name": "网格员",
                    "grid_id": None,
                    "enterprise_id": None,
                    "created_at": "2026-11-23T02:30:00Z",
                    "disabled_at": None,
                    "locked_until": None,
                    "certificate": None,
                }
            ]
        }
    )

    name: str
    role: str
    role_name: str
    grid_id: UUID | None
    enterprise_id: UUID | None
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None
    certificate: str | None


class NewKey(BaseModel):
    """A key for a machine."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"name": "gate-camera", "role": "inspector", "permissions": ["photo:send"]}
            ]
        },
    )

    name: Text = Field(max_length=64)
    role: Role
    grid_id: UUID | None = None
    enterprise_id: UUID | None = None
    permissions: list[Permission] | None = None
    days: int = Field(default=365, ge=1, le=3650)


class KeyRead(BaseModel):
    """A key; its text is shown once, where it is made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "gate-camera",
                    "role": "inspector",
                    "permissions": ["photo:send"],
                    "grid_id": None,
                    "enterprise_id": None,
                    "created_at": "2026-11-23T02:30:00Z",
                    "expires_at": "2027-11-23T02:30:00Z",
                    "revoked_at": None,
                    "key": None,
                }
            ]
        }
    )

    name: str
    role: str
    permissions: list[str] | None
    grid_id: UUID | None
    enterprise_id: UUID | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    key: str | None = None


def read_account(row: AccountRow) -> AccountRead:
    """Return an account as it goes over the wire."""
    return AccountRead(
        name=row.name,
        role=row.role,
        role_name=ROLE_NAMES[Role(row.role)],
        grid_id=row.grid_id,
        enterprise_id=row.enterprise_id,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        locked_until=row.locked_until,
        certificate=row.certificate,
    )


def read_key(row: KeyRow, key: str | None = None) -> KeyRead:
    """Return a key as it goes over the wire."""
    return KeyRead(
        name=row.name,
        role=row.role,
        permissions=row.permissions,
        grid_id=row.grid_id,
        enterprise_id=row.enterprise_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        key=key,
    )
