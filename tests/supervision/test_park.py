from __future__ import annotations

import pytest

from wsai.errors import InvalidRequest
from wsai.supervision.park import (
    Conduct,
    Coverage,
    Year,
    how_targets_stand,
    read_park_rules,
    reasons_to_talk,
)

QUIET = Year(0, 0, 0, 0, 0)
NOBODY = Coverage(0, 0, 0, 0)


def stands(now: Year, before: Year, coverage: Coverage = NOBODY) -> dict[str, bool | None]:
    return {target.zh: target.met for target in how_targets_stand(now, before, coverage)}


def test_a_fall_of_ten_percent_is_met_exactly_there() -> None:
    before = Year(20, 10, 0, 0, 0)
    assert stands(Year(18, 9, 0, 0, 0), before)["事故起数下降"] is True
    assert stands(Year(19, 9, 0, 0, 0), before)["事故起数下降"] is False


def test_from_nothing_there_is_no_falling() -> None:
    assert stands(QUIET, QUIET)["死亡人数下降"] is True
    assert stands(Year(1, 1, 0, 0, 0), QUIET)["死亡人数下降"] is False


def test_shares_of_nobody_say_nothing() -> None:
    assert stands(QUIET, QUIET)["化工企业标准化二级以上"] is None
    full = stands(QUIET, QUIET, Coverage(3, 3, 10, 9))
    assert (full["化工企业标准化二级以上"], full["小微企业标准化"]) == (True, True)


def test_fifty_hazards_are_listed_a_year() -> None:
    assert stands(Year(0, 0, 0, 0, 49), QUIET)["挂牌督办重大隐患"] is False
    assert stands(Year(0, 0, 0, 0, 50), QUIET)["挂牌督办重大隐患"] is True


@pytest.mark.parametrize(
    ("conduct", "count"),
    [
        (Conduct(), 0),
        (Conduct(overdue=4), 0),
        (Conduct(overdue=5), 1),
        (Conduct(deaths=1, injuries=3, major_open=1, overdue=9, on_priority_list=True), 5),
    ],
)
def test_who_is_talked_to_follows_from_the_rules(conduct: Conduct, count: int) -> None:
    assert len(reasons_to_talk(conduct)) == count


def test_targets_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="park"):
        read_park_rules("version: x")
