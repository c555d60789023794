"""The working calendar: weekends, public holidays, and the weekend days worked instead of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import Any

import yaml

from wsai.errors import InvalidRequest

SATURDAY = 5
LONGEST_SPAN_DAYS = 3660


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days are worked.

    Attributes:
        off: Public holidays, weekends among them or not.
        worked: Weekend days that are worked.
        years: Years whose arrangement is known; others count weekends alone.
        unverified: Years whose arrangement nobody has checked against the notice.
    """

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()
    unverified: frozenset[int] = frozenset()

    def is_worked(self, day: date) -> bool:
        """Return whether people work on a day."""
        if day in self.worked:
            return True
        return day not in self.off and day.weekday() < SATURDAY

    def knows(self, first: date, last: date) -> bool:
        """Return whether the holidays of every year from the first day to the last are known."""
        return self.years.issuperset(range(first.year, last.year + 1))

    def after(self, day: date, working_days: int) -> date:
        """Return the day that is so many working days after another; that one does not count.

        Args:
            day: Where counting begins.
            working_days: ``0`` gives the day itself, or the next that is worked; negative ones
                count back.

        Example:
            >>> WorkingCalendar().after(date(2026, 11, 27), 1)  # a Friday
            datetime.date(2026, 11, 30)
        """
        step = timedelta(days=-1 if working_days < 0 else 1)
        left = abs(working_days)
        for _ in range(LONGEST_SPAN_DAYS):
            if left == 0 and self.is_worked(day):
                return day
            day += step
            if left and self.is_worked(day):
                left -= 1
        raise InvalidRequest(f"{working_days} working days lie more than ten years away")

    def between(self, first: date, last: date) -> int:
        """Return how many working days lie after the first day, up to and with the last.

        Example:
            >>> WorkingCalendar().between(date(2026, 11, 27), date(2026, 12, 1))
            2
        """
        if last < first:
            return -self.between(last, first)
        days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
        return sum(self.is_worked(day) for day in days)


def read_calendar(text: str | None = None) -> WorkingCalendar:
    """Return the calendar of a YAML text; the one that ships when ``None``.

    Raises:
        InvalidRequest: It does not fit: the message names the year.
    """
    if text is None:
        text = (resources.files("wsai.ledger") / "data" / "holidays.yaml").read_text("utf-8")
    try:
        years: Mapping[int, Mapping[str, Any]] = yaml.safe_load(text) or {}
        off = {day for year, row in years.items() for day in _days(year, row.get("free", ()))}
        worked = {day for year, row in years.items() for day in _days(year, row.get("worked", ()))}
    except (yaml.YAMLError, ValueError, TypeError, AttributeError) as error:
        raise InvalidRequest(f"holidays: not a year with lists of days: {error}") from error
    if both := off & worked:
        raise InvalidRequest(f"holidays: {min(both)} is both free and worked")
    doubtful = frozenset(year for year, row in years.items() if not row.get("verified"))
    return WorkingCalendar(frozenset(off), frozenset(worked), frozenset(years), doubtful)


def _days(year: int, spans: Iterable[str]) -> Iterable[date]:
    for span in spans:
        first, _, last = span.partition("..")
        day, end = (date.fromisoformat(f"{year}-{part}") for part in (first, last or first))
        if end < day:
            raise ValueError(f"{year}: {span} ends before it begins")
        while day <= end:
            yield day
            day += timedelta(days=1)
