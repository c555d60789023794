"""Whether two photos show the same place, and where a box of one lies in the other."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from wsai.vision.detections import Boxes
from wsai.vision.picture import Picture

WORK_PX = 960
FEATURES = 2500
RATIO = 0.75
"""Best match against second best (D. Lowe, 2004)."""

REPROJECTION_PX = 4.0
FEWEST_INLIERS = 24
LEAST_INLIER_SHARE = 0.25
AREA_CHANGE = (0.05, 20.0)
"""How much smaller or larger the picture may appear; beyond, the plane found is an accident."""

Homography = NDArray[np.float64]
"""Shape ``(3, 3)``: pixels of the first original to pixels of the second."""


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """How one photo lies over another of the same place.

    Attributes:
        homography: From pixels of the first original to those of the second.
        inliers: Matches that agree with it.
        size: Width and height of the second original, pixels.
    """

    homography: Homography
    inliers: int
    size: tuple[int, int]

    def carried(self, boxes: Boxes) -> Boxes:
        """Return boxes of the first photo as boxes around where they lie in the second.

        Args:
            boxes: Shape ``(n, 4)``, pixels of the first original.

        Returns:
            Shape ``(n, 4)``, pixels of the second original; they may reach out of it.
        """
        corners = np.stack([boxes[:, [0, 2, 2, 0]], boxes[:, [1, 1, 3, 3]]], axis=-1)
        moved = cv2.perspectiveTransform(
            corners.reshape(1, -1, 2).astype(np.float64), self.homography
        ).reshape(-1, 4, 2)
        return np.hstack([moved.min(axis=1), moved.max(axis=1)]).astype(np.float32)

    def seen_share(self, boxes: Boxes) -> NDArray[np.float32]:
        """Return which share of each box of the first photo lies inside the second, ``0..1``."""
        moved = self.carried(boxes)
        whole = np.clip(moved[:, 2:] - moved[:, :2], 1e-6, None).prod(axis=1)
        width, height = self.size
        inside = np.clip(moved, 0, [width, height, width, height])
        seen = np.clip(inside[:, 2:] - inside[:, :2], 0, None).prod(axis=1)
        return np.asarray(seen / whole, dtype=np.float32)


def register(first: Picture, second: Picture) -> Registration | None:
    """Return how the second photo lies over the first; ``None`` where they show no same place.

    Features (ORB) are matched and a homography is fitted to what agrees (RANSAC). A workshop is no
    plane, so the fit holds for its larger part and is good for saying where to look, not for
    measuring.

    Args:
        first: For example before rectification.
        second: For example after.
    """
    points = _matches(first, second)
    if points is None:
        return None
    here, there = points
    # RANSAC draws at random: the same photos must always give the same answer
    cv2.setRNGSeed(1)
    found, mask = cv2.findHomography(here, there, cv2.RANSAC, REPROJECTION_PX)
    if found is None:
        return None
    inliers = int(mask.sum())
    if inliers < FEWEST_INLIERS or inliers < LEAST_INLIER_SHARE * len(here):
        return None
    scaled = _to_originals(np.asarray(found, dtype=np.float64), first, second)
    registration = Registration(scaled, inliers, (second.width, second.height))
    return registration if _plausible(registration, first) else None


def _matches(
    first: Picture, second: Picture
) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """Return matched points of both, in pixels of the pictures at working size."""
    orb = cv2.ORB.create(nfeatures=FEATURES)
    described = [orb.detectAndCompute(_working(picture), None) for picture in (first, second)]
    (points, signs), (other_points, other_signs) = described
    if signs is None or other_signs is None or len(other_signs) < 2:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(signs, other_signs, k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < RATIO * p[1].distance]
    if len(good) < FEWEST_INLIERS:
        return None
    here = np.array([points[m.queryIdx].pt for m in good], dtype=np.float32)
    there = np.array([other_points[m.trainIdx].pt for m in good], dtype=np.float32)
    return here, there


def _working(picture: Picture) -> NDArray[np.uint8]:
    grey = cv2.cvtColor(picture.pixels, cv2.COLOR_BGR2GRAY)
    scale = WORK_PX / max(grey.shape)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, dtype=np.uint8)


def _to_originals(found: Homography, first: Picture, second: Picture) -> Homography:
    """Return a homography between working sizes as one between the originals."""
    down = _scale(first)
    up = np.linalg.inv(_scale(second))
    return np.asarray(up @ found @ down, dtype=np.float64)


def _scale(picture: Picture) -> Homography:
    height, width = picture.pixels.shape[:2]
    scale = min(1.0, WORK_PX / max(height, width))
    return np.diag([scale * width / picture.width, scale * height / picture.height, 1.0])


def _plausible(registration: Registration, first: Picture) -> bool:
    """Return whether the first picture's frame stays a convex quadrilateral of sensible size."""
    frame = np.array([[0, 0], [first.width, 0], [first.width, first.height], [0, first.height]])
    moved = cv2.perspectiveTransform(
        frame.reshape(1, -1, 2).astype(np.float64), registration.homography
    )[0]
    if not np.isfinite(moved).all() or not cv2.isContourConvex(moved.astype(np.float32)):
        return False
    change = cv2.contourArea(moved.astype(np.float32)) / (first.width * first.height)
    return AREA_CHANGE[0] < change < AREA_CHANGE[1]
