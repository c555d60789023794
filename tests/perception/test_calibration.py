"""Probabilities come from a file that ships with the model, and keep the order of the scores."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsai.errors import ModelUnavailable
from wsai.perception.calibration import Calibration, read_calibration
from wsai.vision.labels import Label


@given(
    a=st.floats(0.01, 100),
    b=st.floats(-50, 50),
    scores=st.lists(st.floats(0, 1), min_size=2, max_size=2),
)
def test_a_higher_score_is_never_less_probable(a, b, scores):
    calibration = Calibration({Label.FIRE: (a, b)})
    low, high = (calibration.probability(Label.FIRE, score) for score in sorted(scores))
    assert 0 <= low <= high <= 1


@given(score=st.floats(0.001, 0.999))
def test_a_label_without_calibration_keeps_its_score(score):
    assert Calibration().probability(Label.DOOR, score) == pytest.approx(score)


def test_the_file_is_read(tmp_path):
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps({"fire": {"a": 1.0, "b": 1.0, "n": 9}}), encoding="utf-8")
    assert read_calibration(path).probability(Label.FIRE, 0.5) == pytest.approx(0.731, abs=1e-3)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("[]", id="no table"),
        pytest.param('{"fire": {"a": 1}}', id="half a row"),
        pytest.param('{"unicorn": {"a": 1, "b": 0}}', id="an unknown label"),
        pytest.param('{"fire": {"a": -1, "b": 0}}', id="turned round"),
        pytest.param('{"fire": {"a": NaN, "b": 0}}', id="not a number"),
        pytest.param('{"fire": {"a": 1, "b": Infinity}}', id="infinite"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, text):
    path = tmp_path / "calibration.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelUnavailable, match=r"calibration\.json"):
        read_calibration(path)
