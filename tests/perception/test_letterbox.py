"""Boxes come back from the model's input to where they were."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wsai.perception.letterbox import Letterbox
from wsai.vision.picture import Picture

sides = st.integers(1, 8000)


@given(width=sides, height=sides, size_px=st.sampled_from([320, 416, 512, 640]))
def test_the_input_is_the_smallest_rectangle_of_whole_cells(width, height, size_px):
    box = Letterbox.of(width, height, size_px=size_px, multiple=32)
    assert box.width % 32 == box.height % 32 == 0
    assert max(box.inner_width, box.inner_height) == size_px
    assert 0 <= box.width - box.inner_width < 32
    assert 0 <= box.height - box.inner_height < 32


@given(
    width=sides,
    height=sides,
    corners=st.tuples(*[st.floats(0, 1, width=32)] * 4),
    size_px=st.sampled_from([320, 640]),
)
def test_a_box_comes_back_to_where_it_was(width, height, corners, size_px):
    box = Letterbox.of(width, height, size_px=size_px, multiple=32)
    left, right = sorted(corners[:2])
    top, bottom = sorted(corners[2:])
    original = np.array([[left * width, top * height, right * width, bottom * height]])
    scale = np.array([box.inner_width / width, box.inner_height / height] * 2)
    there = original * scale + np.array([box.left, box.top] * 2)
    back = box.back(there.astype(np.float32), width, height)
    assert np.allclose(back, original, atol=1e-3 * max(width, height))


@given(width=sides, height=sides)
def test_padding_comes_back_as_the_edge(width, height):
    box = Letterbox.of(width, height, size_px=640, multiple=32)
    whole = np.array([[0, 0, box.width, box.height]], dtype=np.float32)
    assert np.allclose(box.back(whole, width, height), [[0, 0, width, height]])


def test_the_input_is_rgb_in_0_to_1_with_grey_around_it():
    pixels = np.zeros((100, 320, 3), dtype=np.uint8)
    pixels[:] = (255, 51, 0)  # blue, green, red
    box = Letterbox.of(320, 100, size_px=320, multiple=32)
    canvas = box.fill(Picture(pixels, 320, 100), grey=114)
    assert canvas.shape == (1, 3, 128, 320)
    assert canvas.dtype == np.float32
    assert np.allclose(canvas[0, :, 64, 160], [0, 0.2, 1])
    assert np.allclose(canvas[0, :, :14], 114 / 255)
    assert np.allclose(canvas[0, :, 114:], 114 / 255)


def test_fine_detail_is_averaged_and_not_skipped():
    stripes = np.zeros((1200, 1600, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    box = Letterbox.of(1600, 1200, size_px=320, multiple=32)
    canvas = box.fill(Picture(stripes, 1600, 1200), grey=114)
    assert np.abs(canvas - 0.5).max() < 0.06


@given(width=st.integers(1, 300), height=st.integers(1, 300))
def test_a_reduced_picture_fills_the_input_of_its_original(width, height):
    pixels = np.full((height, width, 3), 200, dtype=np.uint8)
    box = Letterbox.of(width * 8, height * 8, size_px=320, multiple=32)
    canvas = box.fill(Picture(pixels, width * 8, height * 8), grey=114)
    inside = canvas[0, :, box.top : box.top + box.inner_height, box.left :]
    assert np.allclose(inside[:, :, : box.inner_width], 200 / 255)
