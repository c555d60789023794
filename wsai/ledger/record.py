"""A hazard under treatment: what a finding becomes once a person has confirmed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from wsai.catalogue.severity import Severity
from wsai.errors import InvalidRequest
from wsai.ledger.machine import Kind

LATEST_DEADLINE_DAYS = 5 * 366
"""No rectification is given longer; what lies beyond is a slip of the finger in the year."""


class Source(StrEnum):
    """Who found a hazard."""

    SUPERVISION = "supervision"
    SELF_CHECK = "self-check"
    CAMERA = "camera"


FIRST_STATE = {Kind.GENERAL: "registered", Kind.MAJOR: "suspected"}
"""Where a record begins. What a person confirms as a 重大 hazard is suspected: two officers
determine it, by an act of its own."""


@dataclass(frozen=True, slots=True)
class HazardRecord:
    """A confirmed hazard.

    A finding becomes a record only by a person's confirmation. Whether it is 重大 is never decided
    here: ``severity`` is triage.

    Attributes:
        code: In the catalogue.
        found_on: Day of the inspection.
        deadline: By when it is to be fixed; not before it was found, not five years later; ``None``
            where the treatment plan of a 重大 hazard will say so.
        confirmed_by: Name of the person.
        model_id: Which model saw it.
        rule: Which rule said so.
        registered_on: Day at the site when it was confirmed; its year is in the number.
        enterprise_id: Whose it is; likewise the grid, the checkpoint and the inspection.

    Raises:
        InvalidRequest: The deadline lies before the day it was found, or years after.
    """

    finding_id: UUID
    photo_id: UUID
    code: str
    severity: Severity
    site: str | None
    checkpoint: str | None
    found_on: date
    deadline: date | None
    note: str | None
    probability: float | None
    model_id: str
    rule: str
    confirmed_by: str
    confirmed_at: datetime
    registered_on: date
    enterprise_id: UUID | None = None
    grid_id: UUID | None = None
    checkpoint_id: UUID | None = None
    inspection_id: UUID | None = None
    source: Source = Source.SUPERVISION

    def __post_init__(self) -> None:
        if self.deadline is None:
            return
        if self.deadline < self.found_on:
            raise InvalidRequest(
                f"The deadline {self.deadline} lies before the day of the inspection, "
                f"{self.found_on}."
            )
        if self.deadline - self.found_on > timedelta(days=LATEST_DEADLINE_DAYS):
            raise InvalidRequest(
                f"The deadline {self.deadline} lies more than five years after the day of the "
                f"inspection, {self.found_on}; look at its year."
            )

    @property
    def kind(self) -> Kind:
        """Return which state machine it follows."""
        return Kind.MAJOR if self.severity is Severity.MAJOR else Kind.GENERAL

    @property
    def state(self) -> str:
        """Return where it begins."""
        return FIRST_STATE[self.kind]


def record_number(year: int, serial: int) -> str:
    """Return the number that people use.

    >>> record_number(2026, 7)
    'YH-2026-000007'
    """
    return f"YH-{year}-{serial:06d}"
