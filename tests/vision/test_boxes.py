"""Geometry holds for any boxes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wsai.vision.boxes import areas, centres, clip, covered_share, iou, shared_areas

corner = st.integers(-50, 150)


@st.composite
def boxes(draw, most=6):
    rows = draw(
        st.lists(st.tuples(corner, corner, st.integers(0, 90), st.integers(0, 90)), max_size=most)
    )
    return np.array([(x, y, x + w, y + h) for x, y, w, h in rows], dtype=np.float32).reshape(-1, 4)


@given(a=boxes(), b=boxes())
def test_overlap_is_symmetric_and_in_0_to_1(a, b):
    overlap = iou(a, b)
    assert overlap.shape == (len(a), len(b))
    assert np.allclose(overlap, iou(b, a).T)
    assert ((overlap >= 0) & (overlap <= 1)).all()


@given(a=boxes())
def test_a_box_overlaps_itself_wholly_unless_it_is_empty(a):
    assert np.allclose(np.diag(iou(a, a)), areas(a) > 0)
    assert np.allclose(np.diag(covered_share(a, a)), areas(a) > 0)


@given(a=boxes(), b=boxes())
def test_shared_pixels_are_what_counting_gives(a, b):
    shared = shared_areas(a, b)
    for i, one in enumerate(a.astype(int)):
        for j, other in enumerate(b.astype(int)):
            columns = set(range(one[0], one[2])) & set(range(other[0], other[2]))
            rows = set(range(one[1], one[3])) & set(range(other[1], other[3]))
            assert shared[i, j] == len(columns) * len(rows)


@given(a=boxes())
def test_clipped_boxes_lie_in_the_picture(a):
    cut = clip(a, 100, 80)
    assert ((cut[:, [0, 2]] >= 0) & (cut[:, [0, 2]] <= 100)).all()
    assert ((cut[:, [1, 3]] >= 0) & (cut[:, [1, 3]] <= 80)).all()
    assert (areas(cut) <= areas(a)).all()


def test_centres_are_in_the_middle():
    assert centres(np.array([[0, 10, 20, 50]], dtype=np.float32)).tolist() == [[10, 30]]
