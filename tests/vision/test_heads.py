"""Where faces are, on made-up people."""

import numpy as np
import pytest

from wsai.vision.boxes import covered_share
from wsai.vision.detections import Detections
from wsai.vision.heads import head_regions
from wsai.vision.labels import Label

STANDING = (Label.PERSON, 0.9, (100, 100, 200, 400))
FACE = (130, 105, 170, 150)
"""Of the one who stands."""


def covered(regions: np.ndarray, box: tuple[float, ...]) -> float:
    """Return which share of the box the best region covers."""
    if not len(regions):
        return 0.0
    return float(covered_share(np.array([box], dtype=np.float32), regions).max())


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([], id="nothing but the person"),
        pytest.param([(Label.NO_HELMET, 0.8, (130, 100, 170, 125))], id="a bare head"),
        pytest.param([(Label.HELMET, 0.8, (130, 95, 170, 120))], id="a helmet"),
        pytest.param([(Label.MASK, 0.8, (135, 128, 165, 148))], id="a mask"),
        pytest.param([(Label.GOGGLES, 0.8, (132, 112, 168, 125))], id="goggles"),
        pytest.param([(Label.HELMET, 0.8, (100, 300, 140, 330))], id="a helmet in the hand"),
        pytest.param([(Label.HELMET, 0.8, (180, 95, 230, 120))], id="a neighbour's helmet"),
        pytest.param([(Label.HELMET, 0.12, (140, 100, 160, 110))], id="a doubtful helmet"),
    ],
)
def test_the_face_of_a_standing_person_is_covered(others):
    assert covered(head_regions(Detections.of([STANDING, *others])), FACE) > 0.85


def test_a_weak_person_is_covered_too():
    person = (Label.PERSON, 0.1, (100, 100, 200, 400))
    assert covered(head_regions(Detections.of([person])), FACE) == 1


def test_the_vest_of_a_standing_person_stays_visible():
    regions = head_regions(Detections.of([STANDING]))
    assert covered(regions, (110, 180, 190, 280)) == 0


def test_a_helmet_on_a_head_stays_visible():
    helmet = (130.0, 95.0, 170.0, 120.0)
    regions = head_regions(Detections.of([STANDING, (Label.HELMET, 0.8, helmet)]))
    assert covered(regions, (130, 95, 170, 109)) == 0


def test_one_helmet_does_not_uncover_two_faces():
    behind = (Label.PERSON, 0.8, (110, 90, 215, 400))
    helmet = (Label.HELMET, 0.8, (130, 95, 170, 120))
    regions = head_regions(Detections.of([STANDING, behind, helmet]))
    assert len(regions) == 2


def test_who_lies_is_covered_whole():
    lying = (0, 0, 300, 100)
    assert covered(head_regions(Detections.of([(Label.PERSON, 0.9, lying)])), lying) == 1
    fallen = (0, 0, 100, 150)
    assert covered(head_regions(Detections.of([(Label.PERSON_FALLEN, 0.9, fallen)])), fallen) == 1


def test_someone_seen_from_close_by_is_covered_down_to_the_chin():
    portrait = (Label.PERSON, 0.9, (0, 0, 200, 220))
    assert covered(head_regions(Detections.of([portrait])), (50, 0, 150, 100)) == 1


def test_a_face_below_a_helmet_that_fills_the_picture_is_covered():
    close = (Label.PERSON, 0.85, (51, 9, 536, 576))
    helmet = (Label.HELMET, 0.89, (101, 18, 452, 256))
    regions = head_regions(Detections.of([close, helmet]))
    assert covered(regions, (165, 240, 420, 430)) == 1


@pytest.mark.parametrize(
    "box",
    [
        pytest.param((105, 150, 195, 260), id="as wide as the shoulders"),
        pytest.param((130, 260, 160, 280), id="at the hip"),
    ],
)
def test_a_mask_that_no_face_can_wear_hides_nothing(box):
    regions = head_regions(Detections.of([STANDING, (Label.MASK, 0.5, box)]))
    assert covered(regions, (110, 200, 190, 400)) == 0
    assert covered(regions, FACE) > 0.95


def test_a_weak_repeat_of_a_person_covers_no_torso():
    repeat = (Label.PERSON, 0.12, (105, 170, 195, 390))
    regions = head_regions(Detections.of([STANDING, repeat]))
    assert covered(regions, (110, 180, 190, 280)) == 0


def test_a_head_without_a_person_is_covered():
    regions = head_regions(Detections.of([(Label.NO_MASK, 0.3, (300, 300, 340, 330))]))
    assert covered(regions, (300, 280, 340, 330)) == 1


def test_nobody_is_nothing():
    assert head_regions(Detections.of([])).shape == (0, 4)
    assert head_regions(Detections.of([(Label.FIRE, 0.9, (0, 0, 9, 9))])).shape == (0, 4)
