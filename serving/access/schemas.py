"""What goes over the wire about access."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from serving.texts import Secret, Text


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
    """Who is logged in."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "网格员王", "role": "inspector"}]}
    )

    name: str
    role: str
