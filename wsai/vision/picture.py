"""A decoded picture, upright, with what its file said about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]
"""Shape ``(h, w, 3)``, blue-green-red, ``0..255``, upright."""


@dataclass(frozen=True, slots=True, eq=False)  # eq=False: arrays do not compare to one bool
class Picture:
    """A decoded picture, upright, possibly at a reduced scale.

    Attributes:
        pixels: Shape ``(h, w, 3)``, BGR, ``uint8``, upright. May be smaller than the original
            when the decoder was allowed to reduce it; same aspect ratio up to rounding.
        width: Width of the upright original in pixels.
        height: Height of the upright original in pixels.
        taken_at: When the camera says that it was taken; aware, UTC; ``None`` if it says nothing.
        gps: Latitude and longitude in degrees (WGS 84) when the file has them, kept apart
            from everything that is shown.

    Raises:
        ValueError: The pixels are not ``(h, w, 3)`` ``uint8`` or a side is zero.
    """

    pixels: Pixels
    width: int
    height: int
    taken_at: datetime | None = None
    gps: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if len(shape) != 3 or shape[2] != 3 or self.pixels.dtype != np.uint8 or 0 in shape:
            raise ValueError(f"pixels must be (h, w, 3) uint8, got {shape} {self.pixels.dtype}")
        if self.width < 1 or self.height < 1:
            raise ValueError(f"width and height must be positive, got {self.width}x{self.height}")
