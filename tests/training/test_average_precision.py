"""Our average precision is COCO's, picture by picture."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from faster_coco_eval import COCO, COCOeval_faster
from numpy.typing import NDArray

from training.average_precision import (
    ANY_SIZE,
    SIZES,
    Curve,
    PictureMatch,
    bootstrap,
    match_picture,
)

AGREES = 1e-3
Picture = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


def pictures(seed: int, count: int = 25) -> list[Picture]:
    """Return boxes, scores and truths: some hit, some near, some doubled, some on nothing."""
    chance = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        corners = chance.uniform(0, 300, (chance.integers(0, 6), 2))
        sides = chance.choice([12, 25, 31, 60, 95, 150, 220], (len(corners), 2))
        truths = np.hstack([corners, corners + sides]).astype(np.float32)
        repeats = (
            truths[chance.integers(0, len(truths), chance.integers(0, 9))]
            if len(truths)
            else truths
        )
        near = repeats + chance.normal(0, 0.08, repeats.shape) * np.tile(
            repeats[:, 2:] - repeats[:, :2], 2
        )
        stray = chance.uniform(0, 300, (chance.integers(0, 4), 2))
        stray = np.hstack([stray, stray + chance.uniform(10, 160, stray.shape)])
        boxes = np.vstack([near, stray]).astype(np.float32)
        made.append((boxes, chance.random(len(boxes)).astype(np.float32), truths))
    return made


def coco(given: list[Picture]) -> NDArray[np.float64]:
    """Return what faster-coco-eval counts: mAP50-95, AP50, AP75, small, medium, large."""
    annotations: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for number, (boxes, scores, truths) in enumerate(given, start=1):
        for box in truths.tolist():
            annotations.append(row(number, box) | {"id": len(annotations) + 1, "iscrowd": 0})
        for box, score in zip(boxes.tolist(), scores.tolist(), strict=True):
            found.append(row(number, box) | {"score": score})
    images = [{"id": n, "width": 640, "height": 640} for n in range(1, len(given) + 1)]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(
            {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "it"}]}
        )
        judge = COCOeval_faster(truth, truth.loadRes(found), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return np.array(judge.stats[:6])


def row(number: int, box: list[float]) -> dict[str, Any]:
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    return {
        "image_id": number,
        "category_id": 1,
        "bbox": [left, top, width, height],
        "area": width * height,
    }


def ours(given: list[Picture], size: tuple[float, float] = ANY_SIZE) -> NDArray[np.float64]:
    return Curve.of([match_picture(*picture, size=size) for picture in given]).precision()


@pytest.mark.parametrize("seed", range(8))
def test_it_is_what_coco_counts(seed: int) -> None:
    given = pictures(seed)
    theirs, whole = coco(given), ours(given)
    assert whole.mean() == pytest.approx(theirs[0], abs=AGREES)
    assert whole[0] == pytest.approx(theirs[1], abs=AGREES)
    assert whole[5] == pytest.approx(theirs[2], abs=AGREES)
    assert 0.05 < theirs[0] < 0.95, "else it proves little"


@pytest.mark.parametrize("seed", range(4))
def test_objects_of_another_size_are_neither_right_nor_wrong(seed: int) -> None:
    given = pictures(seed, 40)
    theirs = coco(given)
    for place, limits in enumerate(SIZES.values(), start=3):
        assert ours(given, limits).mean() == pytest.approx(theirs[place], abs=AGREES)


def test_weights_are_pictures_counted_so_often() -> None:
    given = pictures(3, 12)
    weights = np.array([0, 1, 2, 1, 0, 3, 1, 1, 0, 2, 1, 0], dtype=np.float64)
    repeated = [
        p for p, n in zip(given, weights.astype(int).tolist(), strict=True) for _ in range(n)
    ]
    curve = Curve.of([match_picture(*picture) for picture in given])
    np.testing.assert_allclose(curve.precision(weights), ours(repeated), atol=AGREES)
    assert curve.at_half(weights) == pytest.approx(curve.precision(weights)[0])


def test_without_a_labelled_box_there_is_no_figure() -> None:
    none = np.zeros((0, 4), dtype=np.float32)
    curve = Curve.of([match_picture(none, np.zeros(0, dtype=np.float32), none)])
    assert np.isnan(curve.precision()).all()
    assert np.isnan(curve.at_half())
    assert np.isnan(Curve.of([]).at_half())


def test_without_a_detection_it_is_zero() -> None:
    none, one = np.zeros((0, 4), dtype=np.float32), np.array([[0, 0, 9, 9]], dtype=np.float32)
    match = match_picture(none, np.zeros(0, dtype=np.float32), one)
    assert isinstance(match, PictureMatch)
    assert Curve.of([match]).at_half() == 0


def test_a_bootstrap_draws_as_many_pictures_as_there_are() -> None:
    draws = list(bootstrap(20, rounds=50, seed=1))
    assert all(weights.sum() == 20 for weights in draws)
    assert not np.array_equal(draws[0], draws[1])
    again = list(bootstrap(20, rounds=50, seed=1))
    assert all(np.array_equal(a, b) for a, b in zip(draws, again, strict=True))
