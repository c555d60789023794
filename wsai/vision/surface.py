"""What lies on floors and tops: maps beside the boxes, for what has no outline of its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Share = NDArray[np.float32]
"""Shape ``(h, w)``, ``0..1``."""


class Layer(StrEnum):
    """What a cell of the map can show; the order is that of the network's channels."""

    FLOOR = "floor"
    POWDER = "powder"
    LIQUID = "liquid"
    LITTER = "litter"


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """How likely each cell of a coarse grid over the upright picture shows each layer.

    Attributes:
        layers: ``float32``, shape ``(4, h, w)``, ``0..1``, in the order of ``Layer``: the floor
            that can be walked on (with what lies on it), powder or dust, liquid, loose things.
        width: Pixels of the upright picture that the grid covers.
        height: Pixels of the upright picture.
        trusted: The layers that the model sees well enough to act on; the others only look like it.

    Raises:
        ValueError: The shape is another.

    Example:
        >>> surface = Surface(np.zeros((4, 3, 4), np.float32), 640, 480)
        >>> surface.of(Layer.POWDER).shape
        (3, 4)
    """

    layers: Share
    width: int
    height: int
    trusted: frozenset[Layer] = frozenset(Layer)

    def __post_init__(self) -> None:
        if self.layers.ndim != 3 or len(self.layers) != len(Layer):
            raise ValueError(
                f"layers must have shape ({len(Layer)}, h, w), got {self.layers.shape}"
            )

    def of(self, layer: Layer) -> Share:
        """Return one layer's map, shape ``(h, w)``."""
        found: Share = self.layers[list(Layer).index(layer)]
        return found

    def cells(self, box: tuple[float, float, float, float]) -> tuple[slice, slice]:
        """Return the rows and columns of the grid that a box in pixels covers, at least one each.

        >>> Surface(np.zeros((4, 3, 4), np.float32), 640, 480).cells((0, 0, 320, 160))
        (slice(0, 1, None), slice(0, 2, None))
        """
        _, rows, columns = self.layers.shape
        left, top, right, bottom = box
        x0 = min(max(int(left / self.width * columns), 0), columns - 1)
        y0 = min(max(int(top / self.height * rows), 0), rows - 1)
        x1 = max(x0 + 1, min(columns, round(right / self.width * columns)))
        y1 = max(y0 + 1, min(rows, round(bottom / self.height * rows)))
        return slice(y0, y1), slice(x0, x1)
