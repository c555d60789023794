"""The working calendar: weekends, holidays, and weekends that are worked."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsai.errors import InvalidRequest
from wsai.ledger.workdays import WorkingCalendar, read_calendar

SHIPPED = read_calendar()


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        pytest.param(date(2026, 11, 24), True, id="a Tuesday"),
        pytest.param(date(2026, 11, 28), False, id="a Saturday"),
        pytest.param(date(2026, 10, 1), False, id="National Day"),
        pytest.param(date(2026, 10, 10), True, id="a Saturday worked instead"),
        pytest.param(date(2026, 2, 18), False, id="Spring Festival"),
    ],
)
def test_days(day: date, worked: bool) -> None:
    assert SHIPPED.is_worked(day) is worked


def test_a_deadline_in_working_days_passes_over_the_holidays() -> None:
    assert SHIPPED.after(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert SHIPPED.after(date(2026, 10, 10), -3) == date(2026, 9, 30)
    assert SHIPPED.after(date(2026, 10, 3), 0) == date(2026, 10, 8)


def test_years_that_nobody_arranged_are_said() -> None:
    assert SHIPPED.knows(date(2025, 1, 1), date(2026, 12, 31))
    assert not SHIPPED.knows(date(2026, 12, 1), date(2027, 1, 5))
    assert SHIPPED.unverified == {2025, 2026}


days = st.dates(date(2025, 1, 1), date(2026, 12, 31))


@given(days, st.integers(1, 60))
def test_counting_forth_and_between_agree(day: date, count: int) -> None:
    end = SHIPPED.after(day, count)
    assert SHIPPED.is_worked(end)
    assert SHIPPED.between(day, end) == count
    assert SHIPPED.between(end, day) == -count
    assert SHIPPED.between(day, end - timedelta(days=1)) == count - 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2027: {free: ['01-01..12-40']}", "not a year with lists"),
        ("2027: {free: ['02-01..01-01']}", "ends before"),
        ("2027: {free: ['01-02'], worked: ['01-02']}", "both free and worked"),
        ("2027: 5", "not a year with lists"),
    ],
)
def test_a_calendar_that_does_not_fit_is_refused(text: str, told: str) -> None:
    with pytest.raises(InvalidRequest, match=told):
        read_calendar(text)


def test_without_an_arrangement_weekends_are_off() -> None:
    assert WorkingCalendar().after(date(2026, 11, 27), 5) == date(2026, 12, 4)
    with pytest.raises(InvalidRequest, match="more than ten years"):
        WorkingCalendar().after(date(2026, 1, 1), 100_000)
