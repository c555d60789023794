from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from wsai.vision.alignment import (
    align,
    even_grey,
    plausible,
    quick_keypoints,
    sure_keypoints,
)
from wsai.vision.change_maps import MAPS, change_maps, unlike
from wsai.vision.light import relit
from wsai.vision.overlay import framed, lay_over


def scene(seed: int, size: tuple[int, int] = (640, 480)) -> NDArray[np.uint8]:
    """A picture with many corners: boxes and discs of all sizes."""
    rng = np.random.default_rng(seed)
    pixels = np.full((size[1], size[0], 3), 120, dtype=np.uint8)
    for _ in range(160):
        x, y = (int(rng.integers(0, side)) for side in size)
        w, h = (int(rng.integers(8, 70)) for _ in range(2))
        hue = tuple(int(v) for v in rng.integers(0, 255, 3))
        if rng.random() < 0.6:
            cv2.rectangle(pixels, (x, y), (x + w, y + h), hue, -1)
        else:
            cv2.circle(pixels, (x, y), w // 2, hue, -1)
    return pixels


def moved(pixels: NDArray[np.uint8], matrix: NDArray[np.float64]) -> NDArray[np.uint8]:
    size = (pixels.shape[1], pixels.shape[0])
    return np.asarray(cv2.warpPerspective(pixels, matrix, size), dtype=np.uint8)


A_STEP_ASIDE = np.array([[1.02, 0.03, -9.0], [-0.02, 0.99, 6.0], [2e-5, -1e-5, 1.0]])


class TestAlign:
    @pytest.mark.parametrize("keypoints", [quick_keypoints, sure_keypoints])
    def test_the_same_place_from_a_step_aside_lies_right_on_it(self, keypoints: object) -> None:
        assert callable(keypoints)
        old = scene(1)
        new = moved(old, A_STEP_ASIDE)
        found = align(keypoints(even_grey(new)), keypoints(even_grey(old)))
        assert found is not None
        corners = np.array([[[60.0, 60], [580, 60], [580, 420], [60, 420]]])
        there = cv2.perspectiveTransform(corners, A_STEP_ASIDE)
        back = cv2.perspectiveTransform(there, found.homography)
        assert float(np.abs(back - corners).max()) < 2.0

    def test_another_place_is_refused(self) -> None:
        for seed in range(2, 8):
            new, old = (even_grey(scene(n)) for n in (seed, seed + 50))
            assert align(sure_keypoints(new), sure_keypoints(old)) is None
            assert align(quick_keypoints(new), quick_keypoints(old)) is None

    def test_a_picture_without_a_corner_is_refused(self) -> None:
        plain = np.full((480, 640), 90, dtype=np.uint8)
        for keypoints in (quick_keypoints, sure_keypoints):
            assert align(keypoints(plain), keypoints(even_grey(scene(1)))) is None

    def test_a_frame_that_turns_over_is_not_plausible(self) -> None:
        mirrored = np.diag([-1.0, 1.0, 1.0])
        mirrored[0, 2] = 640
        assert not plausible(np.diag([0.2, 0.2, 1.0]), (640, 480))
        assert plausible(A_STEP_ASIDE, (640, 480))


class TestOverlay:
    def test_it_brings_the_new_picture_onto_the_old_one(self) -> None:
        old = framed(scene(1))
        new = moved(old, A_STEP_ASIDE)
        laid = lay_over(new, np.linalg.inv(A_STEP_ASIDE), old, even_grey(old))
        inside = laid.valid[40:-40, 40:-40]
        assert inside.mean() > 0.95
        apart = np.abs(laid.pixels.astype(int) - old.astype(int))[40:-40, 40:-40][inside]
        assert float(np.median(apart)) <= 2

    def test_frames_have_sides_of_multiples_of_32(self) -> None:
        for size in ((640, 480), (1000, 333), (333, 1000), (40, 30)):
            height, width = framed(scene(1, size)).shape[:2]
            assert (height % 32, width % 32, max(height, width)) == (0, 0, 640)


class TestLight:
    def test_other_light_is_taken_out(self) -> None:
        old = framed(scene(3))
        across = np.linspace(0.5, 1.1, old.shape[1])[None, :, None]
        dark = np.clip(old * across * np.array([0.8, 1.0, 0.9]), 0, 255).astype(np.uint8)
        valid = np.ones(old.shape[:2], dtype=bool)
        before = np.abs(dark.astype(int) - old).mean()
        after = np.abs(relit(dark, old, valid).astype(int) - old).mean()
        assert after < 0.25 * before

    def test_a_new_thing_stays_a_new_thing(self) -> None:
        old = framed(scene(3))
        new = old.copy()
        new[300:380, 200:300] = (10, 10, 240)
        found = relit(new, old, np.ones(old.shape[:2], dtype=bool))
        assert np.abs(found[300:380, 200:300].astype(int) - (10, 10, 240)).max() < 30


class TestMaps:
    def test_a_like_patch_is_not_unlike_and_another_one_is(self) -> None:
        rng = np.random.default_rng(1)
        theirs = rng.normal(size=(12, 16, 8)).astype(np.float32)
        ours = np.roll(theirs, 1, axis=1)  # one cell aside is the same patch
        ours[6, 6] += 9
        forth, back = unlike(ours, theirs)
        assert forth[6, 6] == forth.max() > 2
        assert float(np.delete(forth[1:-1, 2:-1].ravel(), 5 * 13 + 4).max()) < 2
        assert back.shape == forth.shape

    def test_there_is_one_map_for_each_name(self) -> None:
        old = framed(scene(1))
        height, width = old.shape[:2]
        features = [
            np.zeros((height // stride, width // stride, 4), np.float32) for stride in (4, 8, 16)
        ]
        valid = np.ones((height, width), dtype=bool)
        valid[:, :100] = False
        maps = change_maps(old, old, features, features, valid)
        assert maps.shape == (len(MAPS), height // 8, width // 8)
        outside = maps[MAPS.index("outside")]
        assert (outside[:, :12] == 1).all()
        assert (outside[:, 14:] == 0).all()
        assert np.abs(maps[: MAPS.index("texture-new")]).max() == 0
