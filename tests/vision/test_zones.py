"""Zones are read from files that people write, with errors that name the entry."""

import numpy as np
import pytest

from wsai.errors import InvalidRequest
from wsai.vision.zones import Purpose, Zone, contains, load_zones, read_zones

YAML = """
zones:
  - name: 东侧出口
    purpose: exit-clearance
    polygon: [[0, 0.5], [0.5, 0.5], [0.5, 1], [0, 1]]
  - name: 装配区
    purpose: helmet
    polygon: [[0, 0], [1, 0], [1, 1]]
    capacity: 12
"""


def test_zones_are_read_from_yaml(tmp_path):
    path = tmp_path / "zones.yaml"
    path.write_text(YAML, encoding="utf-8")
    first, second = load_zones(path)
    assert (first.name, first.purpose, len(first.polygon)) == (
        "东侧出口",
        Purpose.EXIT_CLEARANCE,
        4,
    )
    assert second.capacity == 12


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("{", "neither JSON nor YAML", id="broken"),
        pytest.param("", "expected a list", id="empty"),
        pytest.param("zones: 3", "expected a list", id="no list"),
        pytest.param("[1]", "zone 1: expected name", id="no zone"),
        pytest.param("[{purpose: helmet}]", "zone 1: polygon is missing", id="no polygon"),
        pytest.param(
            "[{polygon: [[0, 0], [1, 0], [1, 1]]}]", "purpose is missing", id="no purpose"
        ),
        pytest.param(
            "[{purpose: party, polygon: [[0, 0], [1, 0], [1, 1]]}]", "zone 1.*party", id="a purpose"
        ),
        pytest.param("[{purpose: vest, polygon: [[0, 0], [1, 0]]}]", "at least 3", id="a line"),
        pytest.param(
            "[{purpose: vest, polygon: [[0, 0], [640, 0], [1, 1]]}]", r"in 0\.\.1", id="pixels"
        ),
        pytest.param("[{purpose: vest, polygon: [[0], [1, 0], [1, 1]]}]", "zone 1", id="no point"),
        pytest.param(
            "[{purpose: vest, colour: red, polygon: [[0, 0], [1, 0], [1, 1]]}]",
            "colour",
            id="a key",
        ),
    ],
)
def test_what_is_wrong_is_named(text, message):
    with pytest.raises(InvalidRequest, match=message):
        read_zones(text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InvalidRequest, match=r"absent\.yaml"):
        load_zones(tmp_path / "absent.yaml")


def test_a_point_on_the_edge_is_inside():
    zone = Zone("", Purpose.RESTRICTED, ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)))
    points = np.array([[100, 50], [50, 25], [20, 50], [199, 99]], dtype=np.float32)
    inside = contains(zone, points, width=200, height=100)
    assert inside.tolist() == [True, True, False, False]


def test_no_points_are_no_error():
    zone = Zone("", Purpose.RESTRICTED, ((0, 0), (1, 0), (1, 1)))
    assert contains(zone, np.zeros((0, 2), dtype=np.float32), width=9, height=9).shape == (0,)
