"""Boxes of turned training pictures fit what is in them."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from training.mixing import TightPerspective


@pytest.mark.parametrize("degrees", [-30.0, -5.0, 0.0, 5.0, 60.0])
def test_the_box_of_a_turned_ellipse_is_the_box_of_what_is_seen_of_it(degrees: float) -> None:
    seen = np.zeros((600, 600), np.uint8)
    cv2.ellipse(seen, (300, 290), (40, 120), 0, 0, 360, 255, cv2.FILLED)
    angle, scale = math.radians(degrees), 0.8
    matrix = np.array(
        [
            [scale * math.cos(angle), -scale * math.sin(angle), 400.0],
            [scale * math.sin(angle), scale * math.cos(angle), 300.0],
            [0, 0, 1],
        ]
    )
    rows, columns = np.nonzero(cv2.warpAffine(seen, matrix[:2], (1200, 1200)) > 127)
    truth = [columns.min(), rows.min(), columns.max(), rows.max()]
    boxes = np.array([[260, 170, 340, 410]], dtype=np.float32)
    (found,) = TightPerspective().apply_bboxes(boxes, matrix)
    assert found.tolist() == pytest.approx(truth, abs=2.0)


def test_no_box_stays_no_box() -> None:
    none = np.zeros((0, 4), np.float32)
    assert TightPerspective().apply_bboxes(none, np.eye(3)).shape == (0, 4)
