"""The same place is recognised from a little elsewhere, another place is not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from wsai.vision.picture import Picture
from wsai.vision.registration import Registration, register

PICTURES = Path(__file__).resolve().parents[2] / "serving" / "demo" / "pictures"
BOX = np.array([[500, 300, 700, 600]], dtype=np.float32)


def shown(pixels: np.ndarray) -> Picture:
    height, width = pixels.shape[:2]
    return Picture(np.ascontiguousarray(pixels), width, height)


@pytest.fixture(scope="module")
def workshop() -> Picture:
    return shown(cv2.imread(str(PICTURES / "workshop-bare-head.jpg")))


@pytest.fixture(scope="module")
def warehouse() -> Picture:
    return shown(cv2.imread(str(PICTURES / "warehouse-forklift.jpg")))


def bent(
    picture: Picture, *, shift: float = 60, scale: float = 1.0, turn: float = 2
) -> tuple[Picture, np.ndarray]:
    """Return the picture as from a step aside, and the matrix that was used."""
    size = (picture.width, picture.height)
    matrix = np.vstack(
        [cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), turn, scale), [0, 0, 1]]
    )
    matrix[0, 2] += shift
    matrix[2, 0] = 1e-5
    pixels = cv2.warpPerspective(picture.pixels, matrix, size, borderValue=(90, 90, 90))
    darker = np.clip(pixels.astype(np.float32) * 0.8 + 6, 0, 255).astype(np.uint8)
    return shown(darker), matrix


def test_a_step_aside_and_other_light_is_the_same_place(workshop: Picture) -> None:
    second, matrix = bent(workshop)
    found = register(workshop, second)
    assert found is not None
    corners = BOX.reshape(1, 2, 2).astype(np.float64)
    expected = cv2.perspectiveTransform(corners, matrix).reshape(-1)
    moved = found.carried(BOX)[0]
    assert np.abs(moved - expected).max() < 12
    assert found.seen_share(BOX)[0] == pytest.approx(1, abs=0.01)


def test_a_reduced_picture_gives_pixels_of_the_original(workshop: Picture) -> None:
    half = cv2.resize(workshop.pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    reduced = Picture(half, workshop.width, workshop.height)
    found = register(reduced, workshop)
    assert found is not None
    assert np.abs(found.carried(BOX) - BOX).max() < 6


def test_another_place_is_none(workshop: Picture, warehouse: Picture) -> None:
    assert register(workshop, warehouse) is None
    assert register(warehouse, workshop) is None


def test_a_picture_without_features_is_none(workshop: Picture) -> None:
    flat = shown(np.full((400, 600, 3), 120, dtype=np.uint8))
    assert register(workshop, flat) is None
    assert register(flat, flat) is None


def test_the_same_photos_give_the_same_answer(workshop: Picture) -> None:
    second, _ = bent(workshop)
    one, other = register(workshop, second), register(workshop, second)
    assert one is not None
    assert other is not None
    assert np.array_equal(one.homography, other.homography)


def test_what_moved_out_of_view_is_said() -> None:
    aside = np.array([[1, 0, -600], [0, 1, 0], [0, 0, 1]], dtype=np.float64)
    found = Registration(aside, 99, (1280, 720))
    assert found.seen_share(BOX)[0] == pytest.approx(0.5)
    assert found.seen_share(np.array([[0, 0, 100, 100]], dtype=np.float32))[0] == 0
