"""Every way of the ablation sees as many pictures, in the shares that it names."""

from __future__ import annotations

import pytest

from benchmarks.ablation import REAL, WAYS, recipe_of

COUNTS = dict.fromkeys(("rendered", "pasted", *REAL), 400) | {"pasted": 1600}


@pytest.mark.parametrize("name", WAYS)
def test_a_way_sees_its_sets_in_their_shares(name: str) -> None:
    plan = recipe_of(name, COUNTS, 6000)
    assert plan.pictures == 6000
    drawn = {one: share * COUNTS[one] for one, share in plan.sets.items()}
    for one, share in WAYS[name].items():
        assert drawn[one] / sum(drawn.values()) == pytest.approx(share, abs=0.01)


def test_all_ways_add_up() -> None:
    assert all(sum(shares.values()) == pytest.approx(1) for shares in WAYS.values())
