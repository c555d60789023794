"""Grids: a tree with boundaries, and in which one a point lies."""

from __future__ import annotations

from typing import Any

import pytest
from shapely.geometry import box

from wsai.errors import InvalidRequest
from wsai.supervision.grids import Grid, GridTree, read_boundary

PARK = [
    Grid("park", None, "园区", box(120.0, 31.0, 121.0, 32.0)),
    Grid("east", "park", "东片", box(120.5, 31.0, 121.0, 32.0)),
    Grid("west", "park", "西片", box(120.0, 31.0, 120.5, 32.0)),
    Grid("east-1", "east", "东一", box(120.5, 31.0, 121.0, 31.5)),
    Grid("undrawn", "west", "未画"),
]


def polygon(*points: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[list(point) for point in points]]}


SQUARE = polygon((120, 31), (121, 31), (121, 32), (120, 32), (120, 31))


@pytest.mark.parametrize(
    ("point", "key"),
    [
        ((120.7, 31.2), "east-1"),
        ((120.7, 31.8), "east"),
        ((120.2, 31.8), "west"),
        ((120.5, 31.8), "east"),
        ((119.0, 31.0), None),
    ],
)
def test_a_point_lies_in_the_deepest_grid(point: tuple[float, float], key: str | None) -> None:
    assert GridTree(PARK).at(*point) == key


def test_who_is_responsible_for_a_grid_sees_all_below() -> None:
    tree = GridTree(PARK)
    assert tree.within("east") == {"east", "east-1"}
    assert tree.within("park") == {grid.key for grid in PARK}
    assert tree.path("east-1") == ["park", "east", "east-1"]


def test_boundaries_that_disagree_are_named() -> None:
    assert GridTree(PARK).complaints() == []
    wrong = [
        *PARK,
        Grid("far", "west", "飞地", box(120.4, 31.0, 120.7, 31.2)),
        Grid("near", "west", "邻格", box(120.45, 31.1, 120.5, 31.3)),
    ]
    assert GridTree(wrong).complaints() == ["飞地 reaches out of 西片", "飞地 and 邻格 overlap"]


@pytest.mark.parametrize(
    ("grids", "told"),
    [
        ([Grid("a", None, "a"), Grid("a", None, "b")], "two grids have the key a"),
        ([Grid("a", "b", "a")], "there is no grid b"),
        ([Grid("a", "b", "a"), Grid("b", "a", "b")], "is a part of itself"),
    ],
)
def test_what_is_no_tree_is_refused(grids: list[Grid], told: str) -> None:
    with pytest.raises(InvalidRequest, match=told):
        GridTree(grids)


@pytest.mark.parametrize(
    "given",
    [
        SQUARE,
        {"type": "Feature", "geometry": SQUARE, "properties": {}},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": SQUARE}]},
        {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]]},
    ],
)
def test_boundaries_are_read(given: dict[str, Any]) -> None:
    assert read_boundary(given).area == pytest.approx(1)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"type": "Point", "coordinates": [1, 2]}, "not Point"),
        ({}, "not None"),
        ({"type": "FeatureCollection", "features": []}, "there are 0"),
        (polygon((0, 0), (1, 1), (1, 0), (0, 1), (0, 0)), "Self-intersection"),
        (polygon((31, 120), (31, 121), (32, 121), (31, 120)), "longitude, then latitude"),
        ({"type": "Polygon", "coordinates": [[["x", 1]]]}, "cannot be read"),
        ({"type": "Polygon", "coordinates": []}, "no points"),
    ],
)
def test_what_is_no_boundary_says_why(given: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidRequest, match=told):
        read_boundary(given)
