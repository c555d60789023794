"""Areas of a picture with a purpose: here a helmet is required, here nothing may stand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from wsai.errors import InvalidRequest


class Purpose(StrEnum):
    """What a zone is for."""

    HELMET = "helmet"
    VEST = "vest"
    GOGGLES = "goggles"
    GLOVES = "gloves"
    BOOTS = "boots"
    MASK = "mask"
    EXIT_CLEARANCE = "exit-clearance"
    RESTRICTED = "restricted"
    VEHICLE_AISLE = "vehicle-aisle"
    WALKWAY = "walkway"
    AMMONIA_FREEZER = "ammonia-freezer"
    HOT_WORK = "hot-work"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Zone:
    """A polygon with a purpose.

    Attributes:
        name: What people call it.
        purpose: What it is for.
        polygon: At least three corners ``(x, y)``, each in ``0..1`` of the upright picture.
        capacity: Most people allowed inside, for zones where crowding counts.

    Raises:
        ValueError: Fewer than three corners, or one outside the picture.
    """

    name: str
    purpose: Purpose
    polygon: tuple[tuple[float, float], ...]
    capacity: int | None = None

    def __post_init__(self) -> None:
        if len(self.polygon) < 3:
            raise ValueError(f"a polygon needs at least 3 corners, got {len(self.polygon)}")
        if any(not (0 <= x <= 1 and 0 <= y <= 1) for x, y in self.polygon):
            raise ValueError("corners must lie in 0..1 of the picture's width and height")


def contains(
    zone: Zone, points: NDArray[np.float32], *, width: int, height: int
) -> NDArray[np.bool_]:
    """Return for each point whether it lies in the zone or on its edge.

    Args:
        zone: The zone.
        points: Shape ``(n, 2)``, pixels of a picture of this width and height.
        width: Pixels.
        height: Pixels.

    Example:
        >>> left_half = Zone("left", Purpose.RESTRICTED, ((0, 0), (0.5, 0), (0.5, 1), (0, 1)))
        >>> points = np.array([[10, 50], [90, 50]], dtype=np.float32)
        >>> contains(left_half, points, width=100, height=100).tolist()
        [True, False]
    """
    corners = np.array(zone.polygon, dtype=np.float32) * np.array([width, height], np.float32)
    return np.array(
        [cv2.pointPolygonTest(corners, (float(x), float(y)), False) >= 0 for x, y in points],
        dtype=bool,
    )


def read_zones(text: str, *, source: str = "zones") -> tuple[Zone, ...]:
    """Return the zones in a JSON or YAML text: a list of name, purpose, polygon, capacity.

    Raises:
        InvalidRequest: The text is not such a list; the message names the entry.

    Example:
        >>> text = '[{"name": "出口", "purpose": "exit-clearance", "polygon": [[0,0],[1,0],[1,1]]}]'
        >>> read_zones(text)[0].purpose.value
        'exit-clearance'
    """
    try:
        rows = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidRequest(f"{source}: neither JSON nor YAML: {error}") from error
    if isinstance(rows, dict):
        rows = rows.get("zones")
    if not isinstance(rows, list):
        raise InvalidRequest(f"{source}: expected a list of zones")
    return tuple(_zone(row, f"{source}: zone {number}") for number, row in enumerate(rows, start=1))


def _zone(row: object, place: str) -> Zone:
    if not isinstance(row, dict):
        raise InvalidRequest(f"{place}: expected name, purpose and polygon")
    unknown = set(row) - {"name", "purpose", "polygon", "capacity"}
    if unknown:
        raise InvalidRequest(f"{place}: unknown keys {', '.join(sorted(map(str, unknown)))}")
    try:
        polygon = tuple((float(x), float(y)) for x, y in row["polygon"])
        capacity = None if row.get("capacity") is None else int(row["capacity"])
        return Zone(str(row.get("name", "")), Purpose(row["purpose"]), polygon, capacity)
    except KeyError as error:
        raise InvalidRequest(f"{place}: {error.args[0]} is missing") from error
    except (TypeError, ValueError) as error:
        raise InvalidRequest(f"{place}: {error}") from error


def load_zones(path: Path) -> tuple[Zone, ...]:
    """Return the zones in a file.

    Raises:
        InvalidRequest: It cannot be read or is not a list of zones.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{path.name}: cannot be read: {error}") from error
    return read_zones(text, source=path.name)
