"""How a picture of a place lies over another one, for comparing what both show.

`wsai.vision.registration` says where a box of one photo lies in another; here the pictures are laid
over each other as exactly as a plane allows, and a doubtful fit is refused: a comparison of two
different places would find everything changed.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from wsai.vision.picture import Pixels

QUICK_FEATURES = 2000
SURE_FEATURES = 1500
SURE_PX = 448
"""SIFT on all of a picture would take all the time there is; at this size the place of a corner is
still known to a third of a pixel."""

CONTRAST = 0.012
"""SIFT's own is 0.04: a plain wall or door would keep no feature at all."""

CLAHE_LIMIT, CLAHE_TILES = 3.0, 8
RATIO, HAMMING_RATIO = 0.82, 0.8
REPROJECTION_PX = 3.0
FEWEST_INLIERS = 12
CERTAIN_INLIERS, CERTAIN_PARTS = 80, 10
"""From here on quick features (ORB) are believed without asking SIFT."""

GRID = 6
"""Inliers are counted on so many by so many parts of the picture: a sign that hangs in two
corridors gives many of them, all in one part."""

FEWEST_PARTS = 4
AREA_CHANGE = (0.3, 3.3)
MOST_SKEW = 0.45
"""How far opposite sides of the frame may differ in length, as a share of the longer one."""

Homography = NDArray[np.float64]
"""Shape ``(3, 3)``: pixels of one picture to pixels of another."""


@dataclass(frozen=True, slots=True, eq=False)
class Keypoints:
    """What is recognised of a picture again.

    Attributes:
        points: Shape ``(n, 2)``: x and y, pixels of the picture.
        signs: Shape ``(n, 32)`` of bits (ORB) or ``(n, 128)``, rows of length 1 (root-SIFT).
        size: Width and height of the picture, pixels.
    """

    points: NDArray[np.float32]
    signs: NDArray[np.uint8] | NDArray[np.float32]
    size: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How one picture lies over another.

    Attributes:
        homography: From pixels of the first to those of the second.
        inliers: Matches that agree with it.
        parts: On how many of 36 parts of the first picture they lie.
    """

    homography: Homography
    inliers: int
    parts: int


def even_grey(pixels: Pixels) -> NDArray[np.uint8]:
    """Return a picture in grey, its contrast evened out in tiles (CLAHE).

    A corner in the shade then has its features as well as one under the lamp.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    even = cv2.createCLAHE(CLAHE_LIMIT, (CLAHE_TILES, CLAHE_TILES)).apply(grey)
    return np.asarray(even, dtype=np.uint8)


def quick_keypoints(grey: NDArray[np.uint8]) -> Keypoints:
    """Return what is recognised again in like light and from nearly the same place (ORB)."""
    found, signs = cv2.ORB.create(nfeatures=QUICK_FEATURES, fastThreshold=8).detectAndCompute(
        grey, None
    )
    size = (grey.shape[1], grey.shape[0])
    if signs is None:
        return Keypoints(np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8), size)
    points = np.array([point.pt for point in found], dtype=np.float32)
    return Keypoints(points, np.asarray(signs, dtype=np.uint8), size)


def sure_keypoints(grey: NDArray[np.uint8]) -> Keypoints:
    """Return what is recognised again in other light, by another phone (root-SIFT)."""
    size = (grey.shape[1], grey.shape[0])
    scale = min(1.0, SURE_PX / max(size))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    sift = cv2.SIFT.create(nfeatures=SURE_FEATURES, contrastThreshold=CONTRAST)
    found, signs = sift.detectAndCompute(small, None)
    if signs is None:
        return Keypoints(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32), size)
    rooted = np.sqrt(signs / np.maximum(signs.sum(axis=1, keepdims=True), 1e-6))
    points = np.array([point.pt for point in found], dtype=np.float32) / scale
    return Keypoints(points.astype(np.float32), rooted.astype(np.float32), size)


def align(first: Keypoints, second: Keypoints) -> Alignment | None:
    """Return how the first picture lies over the second; ``None`` where nothing sure can be said.

    The same pictures always give the same answer.
    """
    here, there = _matched(first, second)
    if len(here) < FEWEST_INLIERS:
        return None
    settings = cv2.UsacParams()
    settings.randomGeneratorState = 1
    settings.confidence = 0.999
    settings.maxIterations = 3000
    settings.threshold = REPROJECTION_PX
    settings.sampler = cv2.SAMPLING_UNIFORM
    settings.score = cv2.SCORE_METHOD_MAGSAC
    settings.loMethod = cv2.LOCAL_OPTIM_SIGMA
    settings.loIterations = 10
    settings.loSampleSize = 20
    found, mask = cv2.findHomography(here, there, settings)
    if found is None or mask is None:
        return None
    fits = mask.reshape(-1).astype(bool)
    matrix = np.asarray(found, dtype=np.float64)
    inliers, parts = int(fits.sum()), _parts(here[fits], first.size)
    if inliers < FEWEST_INLIERS or parts < FEWEST_PARTS:
        return None
    return Alignment(matrix, inliers, parts) if plausible(matrix, first.size) else None


def _matched(
    first: Keypoints, second: Keypoints
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return points of both that are each other's best match, clearly better than the second."""
    if len(first.points) < 2 or len(second.points) < 2:
        return np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32)
    bits = first.signs.dtype == np.uint8
    if bits:
        matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
        pairs = matcher.knnMatch(first.signs, second.signs, k=2)
        good = [p[0] for p in pairs if p[0].distance < HAMMING_RATIO * p[1].distance]
        here = np.array([match.queryIdx for match in good], dtype=np.intp)
        there = np.array([match.trainIdx for match in good], dtype=np.intp)
        return first.points[here], second.points[there]
    alike = first.signs @ second.signs.T
    best = alike.argmax(axis=1)
    rows = np.arange(len(alike))
    most = alike[rows, best]
    mutual = alike.argmax(axis=0)[best] == rows
    alike[rows, best] = -1.0
    # rows have length 1, so a distance follows from a product
    nearest = np.sqrt(np.clip(2 - 2 * most, 0, None))
    next_best = np.sqrt(np.clip(2 - 2 * alike.max(axis=1), 0, None))
    kept = mutual & (nearest < RATIO * next_best)
    return first.points[kept], second.points[best[kept]]


def _parts(points: NDArray[np.float32], size: tuple[int, int]) -> int:
    cells = (points / np.array(size, dtype=np.float32) * GRID).astype(int).clip(0, GRID - 1)
    return len(np.unique(cells[:, 0] * GRID + cells[:, 1]))


def plausible(matrix: Homography, size: tuple[int, int]) -> bool:
    """Return whether a picture's frame stays a frame: convex, about as large, not bent over.

    Args:
        matrix: Shape ``(3, 3)``.
        size: Width and height of the picture that it moves, pixels.

    Example:
        >>> plausible(np.eye(3), (640, 480)), plausible(np.diag([1.0, 9.0, 1.0]), (640, 480))
        (True, False)
    """
    width, height = size
    frame = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], dtype=np.float64)
    moved = cv2.perspectiveTransform(frame, matrix)[0].astype(np.float32)
    if not np.isfinite(moved).all() or not cv2.isContourConvex(moved):
        return False
    if not AREA_CHANGE[0] < cv2.contourArea(moved) / (width * height) < AREA_CHANGE[1]:
        return False
    sides = np.linalg.norm(moved - np.roll(moved, -1, axis=0), axis=1)
    return all(
        abs(float(sides[a] - sides[a + 2])) <= MOST_SKEW * float(max(sides[a], sides[a + 2]))
        for a in (0, 1)
    )
