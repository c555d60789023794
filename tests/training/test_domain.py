"""Faults of workplaces and cameras: the picture changes, what is labelled stays where it is."""

from __future__ import annotations

import random
from typing import Any

import albumentations
import numpy as np
import pytest
from numpy.typing import NDArray
from ultralytics.utils.instance import Instances

from training.domain import Faults, camera_faults, domain_faults

SIZE = 160
RED = (0, 0, 255)
BENDS = "OpticalDistortion"


def row() -> dict[str, Any]:
    """A grey picture with one red square, its box, and one that lies outside the picture."""
    picture = np.full((SIZE, SIZE, 3), 90, dtype=np.uint8)
    picture[20:60, 90:140] = RED
    return {
        "img": picture,
        "cls": np.array([[4.0], [7.0]], dtype=np.float32),
        "instances": Instances(
            np.array([[90, 20, 140, 60], [-30, 10, -5, 40]], dtype=np.float32),
            np.zeros((0, 1000, 2), dtype=np.float32),
            bbox_format="xyxy",
            normalized=False,
        ),
    }


@pytest.mark.parametrize("fault", domain_faults(), ids=lambda fault: type(fault).__name__)
def test_a_fault_changes_the_picture_and_keeps_its_shape_and_kind(fault: Any) -> None:
    before = row()["img"]
    after: NDArray[np.uint8] = albumentations.Compose([fault], seed=1)(image=before)["image"]
    assert after.shape == before.shape
    assert after.dtype == np.uint8
    assert (np.abs(after.astype(int) - before) > 3).mean() > 0.005


def test_boxes_follow_a_bent_picture() -> None:
    bend = next(fault for fault in domain_faults() if type(fault).__name__ == BENDS)
    bend.distort_limit = (-0.35, -0.3)
    faults = Faults(domain=1)
    faults.chain.transforms = [bend]
    random.seed(3)
    done = faults(row())
    assert done["cls"].tolist() == [[4.0]], "what lies outside is not there"
    (box,) = done["instances"].bboxes
    assert np.abs(box - [90, 20, 140, 60]).max() > 2, "it moved"
    red = done["img"].astype(int)
    rows, columns = np.nonzero(red[:, :, 2] - red[:, :, 0] > 120)
    seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert np.abs(box - seen).max() <= 2


def test_the_same_seed_gives_the_same_picture_and_another_another() -> None:
    faults = Faults(domain=1)

    def once(seed: int) -> NDArray[np.uint8]:
        random.seed(seed)
        picture: NDArray[np.uint8] = faults(row())["img"]
        return picture

    assert all(np.array_equal(once(seed), once(seed)) for seed in range(12))
    assert not np.array_equal(once(1), once(2))


def test_without_a_fault_nothing_changes_but_the_box_outside() -> None:
    faults = Faults(domain=1)
    faults.chain.transforms = []
    done = faults(row())
    assert np.array_equal(done["img"], row()["img"])
    np.testing.assert_allclose(done["instances"].bboxes, [[90, 20, 140, 60]], atol=1e-3)


def test_a_picture_without_boxes_passes() -> None:
    given = row() | {"cls": np.zeros((0, 1), dtype=np.float32)}
    given["instances"] = Instances(
        np.zeros((0, 4), dtype=np.float32),
        np.zeros((0, 1000, 2), dtype=np.float32),
        bbox_format="xyxy",
        normalized=False,
    )
    random.seed(0)
    done = Faults(domain=1)(given)
    assert done["instances"].bboxes.shape == (0, 4)
    assert done["cls"].shape == (0, 1)


def test_mild_faults_are_rare_each() -> None:
    assert all(fault.p <= 0.15 for fault in camera_faults())
