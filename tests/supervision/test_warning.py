"""Early warning: intervals that hold what they promise, on years that are simulated."""

from __future__ import annotations

import numpy as np
import pytest

from wsai.supervision.warning import (
    back_test,
    hot_places,
    next_month,
    poisson_at_least,
    share_interval,
)


def years(seed: int, rate: float, *, season: float = 0.0, months: int = 48) -> list[int]:
    """Return simulated counts a month: Poisson, with a season or without."""
    chance = np.random.default_rng(seed)
    wave = 1 + season * np.sin(2 * np.pi * np.arange(months) / 12)
    return [int(n) for n in chance.poisson(rate * wave)]


@pytest.mark.parametrize(("rate", "season"), [(3.0, 0.0), (30.0, 0.0), (30.0, 0.3)])
def test_the_interval_holds_about_as_often_as_it_says(rate: float, season: float) -> None:
    tested = back_test([years(seed, rate, season=season) for seed in range(25)])
    assert tested is not None
    assert tested.months == 25 * 24
    assert tested.held >= 0.90, "95 % is promised; a season that is still learned costs some"
    assert tested.error < tested.naive_error, "better than saying last month again"


def test_of_too_few_months_nothing_is_said() -> None:
    assert next_month([3] * 5) is None
    assert back_test([[1, 2, 3]]) is None


def test_quiet_months_still_leave_room() -> None:
    said = next_month([0] * 12)
    assert said is not None
    assert said.low == 0
    assert said.high >= 0
    assert 0 < said.value < 0.1


def test_scattered_months_widen_the_interval() -> None:
    calm, wild = next_month([10] * 12), next_month([1, 30, 2, 25, 0, 12, 1, 28, 3, 9, 0, 9])
    assert calm is not None
    assert wild is not None
    assert wild.high - wild.low > calm.high - calm.low


def test_a_share_of_nothing_is_none_and_of_little_is_wide() -> None:
    assert share_interval(0, 0) is None
    one = share_interval(1, 1)
    assert one is not None
    assert (one.value, one.low < 0.3, one.high) == (1.0, True, 1.0)


def test_a_place_is_hot_only_past_chance() -> None:
    exposure = {f"g{n}": 10.0 for n in range(20)}
    quiet = dict.fromkeys(exposure, 10)
    assert hot_places(quiet, exposure) == []
    found = hot_places(quiet | {"g7": 40}, exposure)
    assert [place.key for place in found] == ["g7"]
    assert found[0].expected == 10


def test_chance_is_not_mistaken_for_heat() -> None:
    chance, named = np.random.default_rng(5), 0
    exposure = {f"g{n}": 10.0 for n in range(20)}
    for _ in range(200):
        counts = {key: int(n) for key, n in zip(exposure, chance.poisson(8, 20), strict=True)}
        named += bool(hot_places(counts, exposure))
    assert named <= 20, "5 % of runs, with room for the luck of 200"


def test_the_tail_of_a_poisson() -> None:
    assert poisson_at_least(0, 5) == 1
    assert poisson_at_least(3, 0) == 0
