"""The trial of ways paints what can be seen, on floors, and counts what lies on it alone."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.ways import ON_FLOOR, PAINTED, STANDING, Way, on_it, painted
from wsai.diagnosis.findings import Because, Finding, Verdict

HEIGHT, WIDTH, HORIZON = 570, 760, 285


@pytest.fixture(scope="module")
def way() -> Way:
    """A grey floor with grain below a wall."""
    chance = np.random.default_rng(0)
    pixels = chance.normal(120, 6, (HEIGHT, WIDTH, 3)).clip(0, 255).astype(np.uint8)
    floor = np.zeros((HEIGHT, WIDTH), bool)
    floor[HORIZON:] = True
    return Way(pixels, floor)


@pytest.mark.parametrize("kind", PAINTED)
def test_what_is_painted_lies_on_the_floor_and_is_the_same_from_the_same_seed(
    way: Way, kind: str
) -> None:
    made = [painted(way, kind, [1, n]) for n in range(3)]
    shown = [one for one in made if one is not None]
    assert shown
    for pixels, mask in shown:
        where = mask > 0.5
        assert not np.array_equal(pixels, way.pixels)
        if kind not in STANDING:
            assert (where & way.floor).sum() >= ON_FLOOR * where.sum()
        assert np.flatnonzero(where.any(1))[-1] > HORIZON
    again = painted(way, kind, [1, 0])
    assert (made[0] is None) == (again is None)
    if made[0] is not None and again is not None:
        np.testing.assert_array_equal(made[0][0], again[0])


def test_where_no_floor_is_nothing_is_painted(way: Way) -> None:
    assert painted(Way(way.pixels, np.zeros_like(way.floor)), "debris", [1, 0]) is None


def finding(*boxes: tuple[float, float, float, float]) -> Finding:
    because = Because("floors/cable@2", "thin-thing-on-floor", (), "因", "because")
    return Finding("trip-hazard-cable", Verdict.ASK_A_PERSON, 0.7, boxes, because)


def test_a_finding_elsewhere_finds_nothing() -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[400:410, 100:500] = 1
    assert on_it(finding((90, 390, 300, 420)), mask)
    assert on_it(finding((600, 0, 700, 50), (0, 0, WIDTH, HEIGHT)), mask)
    assert not on_it(finding((600, 390, 700, 420)), mask)
    assert not on_it(finding((90, 390, 130, 420)), mask), "a tenth of it"
