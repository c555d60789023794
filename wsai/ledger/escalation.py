"""Who hears of a hazard that is late, by rule: 网格员, then 网格长, then 监管中队."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from wsai.catalogue.severity import Severity
from wsai.errors import InvalidRequest
from wsai.ledger.machine import Case, Role


class Rung(BaseModel):
    """One step of the ladder.

    Attributes:
        after_days: Days past the deadline; ``1`` is the day after it, negative ones come before.
        tell: Whom.
        zh: What they are told.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    after_days: int
    tell: Role
    zh: str


class Ladder(BaseModel):
    """One version of the rules.

    Raises:
        ValueError: A ladder's days do not rise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    general: tuple[Rung, ...] = Field(min_length=1)
    serious: tuple[Rung, ...] = Field(min_length=1)
    major: tuple[Rung, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rises(self) -> Ladder:
        for severity in Severity:
            days = [rung.after_days for rung in self.of(severity)]
            if days != sorted(set(days)):
                raise ValueError(f"{severity.value}: the days must rise, got {days}")
        return self

    def of(self, severity: Severity) -> tuple[Rung, ...]:
        """Return the ladder of one severity."""
        rungs: tuple[Rung, ...] = getattr(self, severity.value)
        return rungs


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that somebody is to be told.

    Attributes:
        tell: Whom.
        zh: What.
        due: Since which day it is to be told.
        days_late: Days past the deadline now; negative before it.
    """

    tell: Role
    zh: str
    due: date
    days_late: int


@lru_cache(maxsize=4)
def read_ladder(text: str | None = None) -> Ladder:
    """Return the rules of a YAML text; those that ship when ``None``.

    Raises:
        InvalidRequest: They do not fit the schema.
    """
    if text is None:
        text = (resources.files("wsai.ledger") / "data" / "escalation.yaml").read_text("utf-8")
    try:
        return Ladder.model_validate(yaml.safe_load(text))
    except (ValueError, yaml.YAMLError) as error:
        raise InvalidRequest(f"escalation: {error}") from error


def notices(
    case: Case,
    severity: Severity,
    today: date,
    *,
    told: Iterable[tuple[Role, date]] = (),
    ladder: Ladder | None = None,
) -> list[Notice]:
    """Return what is to be told today and has not been, lowest rung first.

    A rung counts for one deadline: after an extension the ladder begins anew. Nothing is told
    while others have to act, and nothing of a case that has ended.

    Args:
        case: The hazard.
        severity: By which ladder.
        today: At the site.
        told: Role and due day of every notice that was given already.
        ladder: The rules.
    """
    if case.deadline is None or case.ended or case.waits:
        return []
    late = (today - case.deadline).days
    given = set(told)
    found = []
    for rung in (ladder or read_ladder()).of(severity):
        due = case.deadline + timedelta(days=rung.after_days)
        if due <= today and (rung.tell, due) not in given:
            found.append(Notice(rung.tell, rung.zh, due, late))
    return found
