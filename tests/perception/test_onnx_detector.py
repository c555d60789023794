"""A picture in, objects in pixels of the original out."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from wsai.perception.onnx_detector import open_detector
from wsai.vision.detections import Boxes
from wsai.vision.labels import Label
from wsai.vision.picture import Picture


def grey_with_red(width: int, height: int, box: tuple[int, int, int, int]) -> Picture:
    pixels = np.full((height, width, 3), 114, dtype=np.uint8)
    left, top, right, bottom = box
    pixels[top:bottom, left:right] = (0, 0, 255)
    return Picture(pixels, width, height)


def box_of(found) -> Boxes:
    assert len(found) >= 1
    return found.boxes[0]


def test_an_object_is_found_where_it_is(models):
    # a cell of the middle level, exactly: 16 px, with sides one stride from its centre
    picture = grey_with_red(256, 128, (160, 64, 176, 80))
    found = open_detector(folder=models).detect(picture, min_score=0.5)
    assert set(found.labels) == {Label.FIRE}
    assert found.scores[0] == pytest.approx(1 / (1 + np.exp(-10)), abs=1e-4)
    assert any(np.allclose(box, (152, 56, 184, 88)) for box in found.boxes)


@pytest.mark.parametrize(
    ("width", "height"),
    [(256, 256), (1280, 720), (720, 1280), (4000, 300), (300, 4000), (97, 53), (1, 1)],
)
def test_boxes_are_in_pixels_of_the_original_and_inside_it(models, width, height):
    picture = grey_with_red(width, height, (0, 0, width, height))
    found = open_detector(folder=models).detect(picture, min_score=0.1)
    assert len(found)
    assert (found.boxes >= 0).all()
    assert (found.boxes[:, [0, 2]] <= width).all()
    assert (found.boxes[:, [1, 3]] <= height).all()


def test_a_picture_one_pixel_high_is_no_error(models):
    picture = grey_with_red(3000, 1, (0, 0, 3000, 1))
    open_detector(folder=models).detect(picture, min_score=0.01)


@pytest.mark.parametrize("factor", [2, 4])
def test_a_reduced_picture_gives_the_same_boxes(models, factor):
    whole = grey_with_red(2048, 1024, (1024, 512, 1152, 640))
    reduced = Picture(np.ascontiguousarray(whole.pixels[::factor, ::factor]), 2048, 1024)
    detector = open_detector(folder=models)
    expected = detector.detect(whole, min_score=0.5)
    actual = detector.detect(reduced, min_score=0.5)
    assert len(actual) == len(expected) > 0
    assert np.allclose(actual.boxes, expected.boxes, atol=1)


def test_the_best_comes_first_and_nothing_is_below_the_score(models):
    tiles = np.random.default_rng(3).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    pixels = np.ascontiguousarray(tiles.repeat(16, axis=0).repeat(16, axis=1))
    found = open_detector(folder=models).detect(Picture(pixels, 256, 256), min_score=0.001)
    assert len(found) > 10
    assert (np.diff(found.scores) <= 0).all()
    assert found.scores.min() >= 0.001


def test_there_are_never_more_than_300(models, add_model, red):
    add_model("small", network=red(3, reach=0))
    picture = grey_with_red(256, 256, (0, 0, 256, 256))
    found = open_detector("small", folder=models).detect(picture, min_score=0.001)
    assert len(found) <= 300


@pytest.mark.parametrize("min_score", [1.0, 0.99999])
def test_a_score_that_nothing_reaches_gives_nothing(models, min_score):
    picture = grey_with_red(256, 256, (0, 0, 64, 64))
    found = open_detector(folder=models).detect(picture, min_score=min_score)
    assert found.boxes.shape == (0, 4)
    assert found.labels == ()


def test_overlapping_boxes_of_one_label_become_one(models, add_model, red):
    add_model("wide", network=red(3, reach=15))
    picture = grey_with_red(256, 256, (96, 96, 128, 128))
    boxes = open_detector("wide", folder=models).detect(picture, min_score=0.5).boxes
    sides = boxes[:, 2:] - boxes[:, :2]
    # neighbouring cells of the finest level overlap by more than 0.7 and fall to one
    assert 0 < np.sum(np.isclose(sides[:, 0], 240)) < 16


def test_many_threads_get_what_one_gets(models):
    detector = open_detector(folder=models)
    pictures = [
        grey_with_red(320 + 32 * n, 256, (64, 64, 128 + 8 * n, 128 + 8 * n)) for n in range(12)
    ]
    alone = [detector.detect(picture, min_score=0.3) for picture in pictures]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda p: detector.detect(p, min_score=0.3), pictures * 3))
    for number, found in enumerate(together):
        assert np.array_equal(found.boxes, alone[number % 12].boxes)
        assert found.labels == alone[number % 12].labels


def test_the_detector_says_what_it_is_and_what_it_can_see(models):
    detector = open_detector(folder=models)
    assert detector.model_id == "red-1"
    assert dict(detector.thresholds) == {Label.FIRE: 0.4, Label.SMOKE: 0.3}
    assert detector.probability(Label.SMOKE, 0.5) == pytest.approx(0.5)
    assert detector.probability(Label.FIRE, 0.5) == pytest.approx(1 / (1 + np.e))
