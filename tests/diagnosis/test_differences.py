"""What two models say differently of the same picture."""

from __future__ import annotations

import pytest

from wsai.diagnosis.differences import (
    FindingDifference,
    LabelDifference,
    finding_differences,
    label_differences,
)
from wsai.vision.detections import Detections
from wsai.vision.labels import Label

HERE, NEAR, THERE = (0, 0, 100, 100), (0, 0, 100, 60), (500, 500, 600, 600)


def seen(*rows: tuple[Label, tuple[int, ...]]) -> Detections:
    return Detections.of([(label, 0.9, box) for label, box in rows])


@pytest.mark.parametrize(
    ("active", "candidate", "expected"),
    [
        pytest.param([HERE], [NEAR], (1, 0, 0), id="nearly the same box"),
        pytest.param([HERE], [THERE], (0, 1, 1), id="elsewhere"),
        pytest.param([HERE, THERE], [THERE], (1, 1, 0), id="one less"),
        pytest.param([], [HERE, THERE], (0, 0, 2), id="nothing before"),
        pytest.param([HERE, NEAR], [HERE], (1, 1, 0), id="one box is one object only once"),
        pytest.param([NEAR, HERE], [HERE, NEAR], (2, 0, 0), id="each its best partner"),
    ],
)
def test_objects_are_the_same_where_their_boxes_overlap(active, candidate, expected):
    found = label_differences(
        seen(*((Label.FIRE, box) for box in active)),
        seen(*((Label.FIRE, box) for box in candidate)),
    )
    assert found == {Label.FIRE: LabelDifference(*expected)}


def test_another_label_in_the_same_place_is_another_object():
    found = label_differences(seen((Label.HELMET, HERE)), seen((Label.NO_HELMET, HERE)))
    assert found == {
        Label.HELMET: LabelDifference(0, 1, 0),
        Label.NO_HELMET: LabelDifference(0, 0, 1),
    }


def test_two_that_see_nothing_differ_in_nothing():
    assert label_differences(seen(), seen()) == {}


def test_only_hazards_with_another_verdict_are_named():
    active = {"a": "hazard", "b": "ask-a-person", "c": "not-visible"}
    candidate = {"a": "hazard", "b": "hazard", "d": "hazard"}
    assert finding_differences(active, candidate) == [
        FindingDifference("b", "ask-a-person", "hazard"),
        FindingDifference("c", "not-visible", None),
        FindingDifference("d", None, "hazard"),
    ]
