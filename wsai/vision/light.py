"""Taking the difference of light out of two pictures of one place."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from wsai.vision.picture import Pixels

DARK = 6.0
"""Added to each value before the logarithm: below, a camera shows noise and no colour."""

COARSE = 16
"""The light is fitted on means of blocks of so many pixels."""

ROUNDS = 6
TOLERANCE = 0.12
"""A block whose logarithm differs by more than about this from the fit is likely a changed thing
and counts little; it is a brightness of one eighth."""

GAMMA = (0.5, 2.0)
MOST_FIELD = 1.6
LOGARITHMS = np.log(np.arange(256, dtype=np.float32) + DARK)


def relit(new: Pixels, old: Pixels, valid: NDArray[np.bool_]) -> Pixels:
    """Return the new picture as it would look in the light of the old one.

    For each colour a contrast, a brightness and a field that bends smoothly over the picture
    (exposure, white balance, a lamp at one side, the camera's own curve) are fitted to both, in
    logarithms and so that what has changed between them has no say. Shadows with edges stay.

    Args:
        new: Shape ``(h, w, 3)``, laid over the old one.
        old: The same shape.
        valid: Shape ``(h, w)``: where the new picture shows something.
    """
    ours, theirs = LOGARITHMS[new], LOGARITHMS[old]
    height, width = valid.shape
    size = (width // COARSE, height // COARSE)
    a = cv2.resize(ours, size, interpolation=cv2.INTER_AREA).reshape(-1, 3)
    b = cv2.resize(theirs, size, interpolation=cv2.INTER_AREA).reshape(-1, 3)
    share = cv2.resize(valid.astype(np.float32), size, interpolation=cv2.INTER_AREA).reshape(-1)
    if (share > 0.95).sum() < 16:
        return new
    bends = _bends(*size)
    out = np.empty_like(ours)
    for channel in range(3):
        gamma, field = _fitted(a[:, channel], b[:, channel], share > 0.95, bends)
        whole = cv2.resize(field.reshape(size[::-1]), (width, height))
        out[..., channel] = ours[..., channel] * gamma + whole
    return np.asarray(np.clip(np.exp(out) - DARK, 0, 255), dtype=np.uint8)


def _bends(width: int, height: int) -> NDArray[np.float32]:
    """Return the smooth fields that light may bend by, shape ``(blocks, 6)``."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return (
        np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)
        .reshape(-1, 6)
        .astype(np.float32)
    )


def _fitted(
    ours: NDArray[np.float32],
    theirs: NDArray[np.float32],
    valid: NDArray[np.bool_],
    bends: NDArray[np.float32],
) -> tuple[float, NDArray[np.float32]]:
    """Return contrast and field that turn our logarithms into theirs, fitted robustly."""
    centre = float(ours[valid].mean())
    columns = np.hstack([(ours - centre)[:, None], bends]).astype(np.float64)
    target = theirs.astype(np.float64)
    used = valid.astype(np.float64)
    weights = used.copy()
    # a plain or badly known contrast stays 1, a badly known bend 0
    prior = np.diag([4.0, 1e-3, 0.5, 0.5, 1.0, 1.0, 1.0])
    wanted = prior @ np.array([1.0, 0, 0, 0, 0, 0, 0])
    found = np.array([1.0, float(np.median((theirs - ours)[valid])) + centre, 0, 0, 0, 0, 0])
    for turn in range(ROUNDS):
        off = target - columns @ found
        scale = max(TOLERANCE, 0.5 * float(np.median(np.abs(off[valid])))) * (
            2.0 if turn < 2 else 1
        )
        weights = used / (1 + (off / scale) ** 2) ** 2
        weighted = columns * weights[:, None]
        found = np.linalg.solve(columns.T @ weighted + prior, weighted.T @ target + wanted)
        found[0] = np.clip(found[0], *GAMMA)
    gamma = float(found[0])
    field = np.clip(bends @ found[1:], -9, 9) - gamma * centre
    return gamma, np.asarray(field, dtype=np.float32)
