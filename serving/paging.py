"""Keyset pages: where the next page begins."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, date, datetime
from uuid import UUID

from wsai.errors import InvalidRequest


def cursor_of(at: datetime, row_id: UUID) -> str:
    """Return the cursor that stands for this row."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{row_id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Return the row that a cursor stands for.

    Raises:
        InvalidRequest: It is none of ours.

    Example:
        >>> row = (datetime(2026, 1, 2, tzinfo=UTC), UUID(int=7))
        >>> read_cursor(cursor_of(*row)) == row
        True
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, _, row_id = base64.urlsafe_b64decode(padded.encode()).decode().partition("|")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(at)
        return moment.astimezone(UTC), UUID(row_id)
    except (ValueError, OverflowError, binascii.Error) as error:
        raise InvalidRequest("cursor: take it from the field next of the page before.") from error


def date_cursor_of(day: date, row_id: UUID) -> str:
    """Return the cursor that stands for a row of a list sorted by day."""
    return base64.urlsafe_b64encode(f"{day.isoformat()}|{row_id}".encode()).decode().rstrip("=")


def read_date_cursor(cursor: str | None) -> tuple[date, UUID] | None:
    """Return the row that a cursor of a list sorted by day stands for.

    Raises:
        InvalidRequest: It is none of ours.

    Example:
        >>> row = (date(2026, 1, 2), UUID(int=7))
        >>> read_date_cursor(date_cursor_of(*row)) == row
        True
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        day, _, row_id = base64.urlsafe_b64decode(padded.encode()).decode().partition("|")
        return date.fromisoformat(day), UUID(row_id)
    except (ValueError, binascii.Error) as error:
        raise InvalidRequest("cursor: take it from the field next of the page before.") from error


def text_cursor_of(text: str, row_id: UUID) -> str:
    """Return the cursor that stands for a row of a list sorted by name.

    >>> read_text_cursor(text_cursor_of("苏|州", UUID(int=7)))
    ('苏|州', UUID('00000000-0000-0000-0000-000000000007'))
    """
    return base64.urlsafe_b64encode(f"{row_id}|{text}".encode()).decode().rstrip("=")


def read_text_cursor(cursor: str | None) -> tuple[str, UUID] | None:
    """Return the row that a cursor of a list sorted by name stands for.

    Raises:
        InvalidRequest: It is none of ours.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        row_id, _, text = base64.urlsafe_b64decode(padded.encode()).decode().partition("|")
        return text, UUID(row_id)
    except (ValueError, binascii.Error) as error:
        raise InvalidRequest("cursor: take it from the field next of the page before.") from error
