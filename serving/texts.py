"""Texts and moments from outside that every database can keep."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, SecretStr

EARLIEST_YEAR, LATEST_YEAR = 1990, 2100


def plain(text: str) -> str:
    """Return the text.

    Raises:
        ValueError: It has a NUL, which PostgreSQL refuses, or half of a surrogate pair, which is
            no character at all.

    Example:
        >>> plain("一号车间")
        '一号车间'
    """
    if any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("the text has characters that cannot be stored")
    return text


def plain_secret(secret: SecretStr) -> SecretStr:
    """Return the secret if its text is plain.

    Raises:
        ValueError: It is not.
    """
    plain(secret.get_secret_value())
    return secret


def plausible(moment: datetime) -> datetime:
    """Return the moment in UTC, as it is kept.

    Raises:
        ValueError: No photo was taken then.
    """
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise ValueError(f"the year must lie in {EARLIEST_YEAR}..{LATEST_YEAR}")
    return moment.astimezone(UTC)


Text = Annotated[str, AfterValidator(plain)]
Secret = Annotated[SecretStr, AfterValidator(plain_secret)]
Moment = Annotated[AwareDatetime, AfterValidator(plausible)]
