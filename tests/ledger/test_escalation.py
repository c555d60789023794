"""Who hears of a late hazard, when, and only once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from wsai.catalogue.severity import Severity
from wsai.errors import InvalidRequest
from wsai.ledger.escalation import notices, read_ladder
from wsai.ledger.machine import WAITS, Case, Kind, Role, machines

DEADLINE = date(2026, 12, 1)
CASE = Case(Kind.GENERAL, "rectifying", deadline=DEADLINE)


def told(days_late: int, severity: Severity = Severity.GENERAL, case: Case = CASE) -> list[Role]:
    return [n.tell for n in notices(case, severity, DEADLINE + timedelta(days=days_late))]


@pytest.mark.parametrize(
    ("days_late", "roles"),
    [
        (-2, []),
        (-1, [Role.ENTERPRISE]),
        (0, [Role.ENTERPRISE]),
        (1, [Role.ENTERPRISE, Role.INSPECTOR]),
        (4, [Role.ENTERPRISE, Role.INSPECTOR, Role.GRID_LEADER]),
        (8, [Role.ENTERPRISE, Role.INSPECTOR, Role.GRID_LEADER, Role.ENFORCEMENT]),
        (400, [Role.ENTERPRISE, Role.INSPECTOR, Role.GRID_LEADER, Role.ENFORCEMENT]),
    ],
)
def test_it_climbs_the_ladder(days_late: int, roles: list[Role]) -> None:
    assert told(days_late) == roles


def test_what_was_told_is_not_told_again_but_after_an_extension() -> None:
    first = notices(CASE, Severity.GENERAL, DEADLINE + timedelta(days=1))
    given = [(notice.tell, notice.due) for notice in first]
    assert notices(CASE, Severity.GENERAL, DEADLINE + timedelta(days=2), told=given) == []
    later = replace(CASE, deadline=DEADLINE + timedelta(days=10))
    again = notices(later, Severity.GENERAL, DEADLINE + timedelta(days=11), told=given)
    assert [notice.tell for notice in again] == [Role.ENTERPRISE, Role.INSPECTOR]
    assert again[-1].days_late == 1


def test_worse_hazards_climb_faster() -> None:
    assert Role.ENFORCEMENT in told(4, Severity.SERIOUS)
    assert Role.ENFORCEMENT not in told(4, Severity.GENERAL)
    treating = Case(Kind.MAJOR, "treating", deadline=DEADLINE)
    assert told(1, Severity.MAJOR, treating)[-1] is Role.DEPARTMENT


@pytest.mark.parametrize("state", ["submitted", "rechecking", "closed", "transferred"])
def test_while_others_have_to_act_the_enterprise_is_not_late(state: str) -> None:
    assert told(30, case=replace(CASE, state=state)) == []


def test_states_that_wait_are_states() -> None:
    assert set(WAITS) <= {state for machine in machines().values() for state in machine.states}


def test_without_a_deadline_nobody_is_late() -> None:
    assert told(30, case=replace(CASE, deadline=None)) == []


def test_rules_whose_days_do_not_rise_are_refused() -> None:
    rung = "{after_days: 3, tell: inspector, zh: x}"
    text = f"version: '1'\ngeneral: [{rung}, {rung}]\nserious: [{rung}]\nmajor: [{rung}]\n"
    with pytest.raises(InvalidRequest, match="the days must rise"):
        read_ladder(text)
