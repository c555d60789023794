"""Every setting of the service: environment variables ``WSAI_…`` or a TOML file."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from wsai.errors import SettingsInvalid
from wsai.perception.runtimes import Runtime
from wsai.storage.database import sqlite_url
from wsai.vision.images import ImageLimits

FILE_VARIABLE = "WSAI_SETTINGS"


class Settings(BaseSettings):
    """Read once, in ``serving/app.py`` or the command line, and passed on.

    Attributes:
        data_dir: Holds the embedded database and all files.
        database_url: SQLAlchemy address; SQLite in ``data_dir`` when unset.
        model: Id of the model; the active one when unset.
        runtime: What computes the networks: ``onnxruntime`` or ``openvino``.
        inference_threads: Threads for one picture.
        parallel_photos: Photos decoded and diagnosed at once; more wait.
        max_upload_mb: Size of one photo, megabytes.
        max_megapixels: Width times height of one photo, millions.
        session_hours: How long a login lasts.
        secure_cookie: Send the session cookie over HTTPS only.
        utc_offset_hours: Of the site: chooses the day of an inspection.
        oidc_issuer: Address of the identity provider to log in through; none when unset.
        oidc_client_id: How the provider knows this service.
        oidc_client_secret: Of a confidential client; PKCE is used in any case.
        oidc_claim: What the provider says that is the account's name; one that people cannot
            change themselves.
        oidc_scope: What is asked of the provider.
        oidc_label: What the button to it says.
        public_url: Address of this service as browsers see it, behind a proxy.
        log_json: One JSON object a line; else for people.
    """

    model_config = SettingsConfigDict(env_prefix="WSAI_", extra="forbid", frozen=True)

    data_dir: Path = Path("data")
    database_url: str | None = None
    model: str | None = None
    runtime: Runtime = "onnxruntime"
    inference_threads: int = Field(default=2, ge=1, le=64)
    parallel_photos: int = Field(default=2, ge=1, le=64)
    max_upload_mb: float = Field(default=30, gt=0, le=1000)
    max_megapixels: float = Field(default=50, gt=0, le=1000)
    session_hours: float = Field(default=12, gt=0, le=720)
    secure_cookie: bool = False
    utc_offset_hours: float = Field(default=8, ge=-12, le=14)
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_claim: str = "preferred_username"
    oidc_scope: str = "openid profile"
    oidc_label: str = Field(default="统一身份认证", min_length=1, max_length=40)
    public_url: str | None = None
    log_json: bool = False

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, strongest first: arguments, environment, TOML file."""
        file = os.environ.get(FILE_VARIABLE)
        toml = TomlConfigSettingsSource(settings_cls, toml_file=file)
        return (init_settings, env_settings, toml)

    @property
    def database(self) -> str:
        """Return the address of the database."""
        return self.database_url or sqlite_url(self.data_dir)

    @property
    def max_upload_bytes(self) -> int:
        """Return the size of one photo in bytes."""
        return int(self.max_upload_mb * (1 << 20))

    @property
    def image_limits(self) -> ImageLimits:
        """Return what one photo may ask for."""
        return ImageLimits(self.max_upload_bytes, int(self.max_megapixels * 1_000_000))


def read_settings() -> Settings:
    """Return the settings from the environment and the TOML file that ``WSAI_SETTINGS`` names.

    Raises:
        SettingsInvalid: One of them cannot work; the message names it.
    """
    file = os.environ.get(FILE_VARIABLE)
    if file and not Path(file).is_file():
        raise SettingsInvalid(f"{FILE_VARIABLE} names {file}, which is no file")
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsInvalid(f"WSAI_{name}: {first['msg']}") from error
    except ValueError as error:
        raise SettingsInvalid(f"{file}: not TOML: {error}") from error
