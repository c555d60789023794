"""One object, one box."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wsai.perception.suppression import suppress
from wsai.vision.boxes import iou


def plain(boxes, scores, classes, limit):
    """Return what stays, decided one box after the other."""
    kept = []
    for i in np.argsort(-scores, kind="stable"):
        same = [k for k in kept if classes[k] == classes[i]]
        if not same or iou(boxes[i : i + 1], boxes[same]).max() <= limit:
            kept.append(int(i))
    return kept


@given(seed=st.integers(0, 10_000), count=st.integers(0, 60))
def test_what_stays_is_what_a_plain_search_keeps(seed, count):
    chance = np.random.default_rng(seed)
    corners = chance.uniform(0, 100, (count, 2))
    boxes = np.hstack([corners, corners + chance.uniform(5, 60, (count, 2))]).astype(np.float32)
    scores = chance.permutation(np.linspace(0.1, 0.9, count)).astype(np.float32)
    classes = chance.integers(0, 3, count)
    assert suppress(boxes, scores, classes, iou_limit=0.5).tolist() == plain(
        boxes, scores, classes, 0.5
    )
