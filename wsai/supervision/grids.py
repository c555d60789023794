"""Grids (网格): a tree of areas with boundaries, and in which one a point lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from wsai.errors import InvalidRequest

KINDS = ("Polygon", "MultiPolygon")
LONGITUDES, LATITUDES = (-180.0, 180.0), (-90.0, 90.0)
SLIVER = 1e-9
"""Square degrees, about ten square metres: neighbours drawn by hand overlap by so much."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One area.

    Attributes:
        key: Its id.
        parent: Key of the area that it is part of; ``None`` for the whole.
        name: As people call it.
        boundary: Where it lies, longitude and latitude (WGS 84); ``None`` where not drawn yet.
    """

    key: str
    parent: str | None
    name: str
    boundary: BaseGeometry | None = None


def read_boundary(geojson: Mapping[str, Any]) -> BaseGeometry:
    """Return the boundary in a GeoJSON geometry, feature, or collection of one feature.

    Raises:
        InvalidRequest: It is no area, crosses itself, or does not lie on the earth.

    Example:
        >>> square = [[[120.7, 31.3], [120.8, 31.3], [120.8, 31.4], [120.7, 31.4], [120.7, 31.3]]]
        >>> read_boundary({"type": "Polygon", "coordinates": square}).geom_type
        'Polygon'
    """
    given: Any = geojson
    if given.get("type") == "FeatureCollection":
        features = given.get("features") or []
        if len(features) != 1:
            raise InvalidRequest(f"boundary: one feature is one grid; there are {len(features)}")
        given = features[0]
    if given.get("type") == "Feature":
        given = given.get("geometry") or {}
    if given.get("type") not in KINDS:
        raise InvalidRequest(
            f"boundary: a grid is a Polygon or MultiPolygon, not {given.get('type')}"
        )
    try:
        found = shape(given)
    except (ValueError, TypeError, IndexError, KeyError, shapely.errors.ShapelyError) as error:
        raise InvalidRequest(f"boundary: its coordinates cannot be read: {error}") from error
    if found.is_empty:
        raise InvalidRequest("boundary: it has no points")
    west, south, east, north = found.bounds
    if not (LONGITUDES[0] <= west <= east <= LONGITUDES[1]) or not (
        LATITUDES[0] <= south <= north <= LATITUDES[1]
    ):
        raise InvalidRequest(
            "boundary: it does not lie on the earth; coordinates are longitude, then latitude"
        )
    if not found.is_valid:
        raise InvalidRequest(f"boundary: {shapely.is_valid_reason(found)}")
    return found


class GridTree:
    """All grids of a park.

    Args:
        grids: In any order.

    Raises:
        InvalidRequest: Two have one key, a parent is missing, or grids go round in a circle.
    """

    def __init__(self, grids: Iterable[Grid]) -> None:
        self._grids: dict[str, Grid] = {}
        for grid in grids:
            if grid.key in self._grids:
                raise InvalidRequest(f"two grids have the key {grid.key}")
            self._grids[grid.key] = grid
        self._depths = {key: len(self.path(key)) for key in self._grids}
        self._children: dict[str | None, list[str]] = {}
        for grid in self._grids.values():
            self._children.setdefault(grid.parent, []).append(grid.key)
        self._drawn = [grid for grid in self._grids.values() if grid.boundary is not None]
        self._index = shapely.STRtree([grid.boundary for grid in self._drawn])

    def path(self, key: str) -> list[str]:
        """Return the keys from the whole park down to a grid.

        Raises:
            InvalidRequest: There is no such grid, or its parents go round in a circle.
        """
        path: list[str] = []
        here: str | None = key
        while here is not None:
            if here not in self._grids:
                raise InvalidRequest(f"there is no grid {here}")
            if here in path:
                raise InvalidRequest(f"grid {here} is a part of itself")
            path.append(here)
            here = self._grids[here].parent
        return path[::-1]

    def within(self, key: str) -> set[str]:
        """Return a grid and everything below it: what somebody responsible for it sees.

        Raises:
            InvalidRequest: There is no such grid.
        """
        self.path(key)
        found, waiting = set[str](), [key]
        while waiting:
            here = waiting.pop()
            found.add(here)
            waiting += self._children.get(here, ())
        return found

    def at(self, longitude: float, latitude: float) -> str | None:
        """Return the deepest grid in which a point lies; its edge belongs to it.

        Where two of one depth share an edge, the first by key has it.
        """
        point = shapely.Point(longitude, latitude)
        hits = [
            self._drawn[n].key for n in self._index.query(point, predicate="intersects").tolist()
        ]
        return min(hits, key=lambda key: (-self._depths[key], key), default=None)

    def complaints(self) -> list[str]:
        """Return what is wrong with the boundaries: children outside their parent, overlaps."""
        found = []
        for grid in self._drawn:
            parent = self._grids.get(grid.parent or "")
            if parent and parent.boundary is not None and grid.boundary is not None:
                outside = grid.boundary.difference(parent.boundary).area
                if outside > SLIVER:
                    found.append(f"{grid.name} reaches out of {parent.name}")
        found += [f"{one.name} and {other.name} overlap" for one, other in self._overlaps()]
        return found

    def _overlaps(self) -> Sequence[tuple[Grid, Grid]]:
        pairs = []
        for first, second in self._index.query(
            [grid.boundary for grid in self._drawn], predicate="intersects"
        ).T.tolist():
            one, other = self._drawn[first], self._drawn[second]
            if first < second and one.parent == other.parent:
                assert one.boundary is not None
                assert other.boundary is not None
                if one.boundary.intersection(other.boundary).area > SLIVER:
                    pairs.append((one, other))
        return pairs
