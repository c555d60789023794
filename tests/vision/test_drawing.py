"""The picture that is shown: boxes and words on it, faces gone from it."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from wsai.vision.drawing import Mark, annotate, encode_jpeg
from wsai.vision.picture import Picture

RED, YELLOW = (40, 30, 200), (0, 205, 250)


def flat(width: int, height: int, grey: int = 90) -> Picture:
    return Picture(np.full((height, width, 3), grey, dtype=np.uint8), width, height)


def checkered(width: int, height: int) -> Picture:
    """Return a picture of single black and white pixels, the finest detail there is."""
    rows, columns = np.mgrid[:height, :width]
    board = ((rows + columns) % 2 * 255).astype(np.uint8)
    return Picture(np.ascontiguousarray(board[:, :, None].repeat(3, axis=2)), width, height)


def ground(pixels: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Return a mask of the pixels of exactly this colour."""
    return np.all(pixels == np.array(colour, dtype=np.uint8), axis=2)


def test_the_original_stays_as_it_came():
    picture = flat(300, 200)
    before = picture.pixels.copy()
    annotate(picture, [Mark((10, 10, 90, 90), "坑", RED)], blurred=np.array([[0, 0, 99, 99]]))
    assert np.array_equal(picture.pixels, before)


def test_a_box_is_drawn_where_it_is():
    drawn = annotate(flat(300, 200), [Mark((50, 60, 150, 160), "", RED)])
    rows, columns = np.nonzero(ground(drawn, RED))
    assert abs(rows.min() - 60) <= 3
    assert abs(rows.max() - 160) <= 3
    assert abs(columns.min() - 50) <= 3
    assert abs(columns.max() - 150) <= 3
    assert drawn[110, 100].tolist() == [90, 90, 90]


def test_on_a_reduced_picture_a_box_is_reduced_too():
    picture = Picture(np.full((200, 300, 3), 90, dtype=np.uint8), 1200, 800)
    drawn = annotate(picture, [Mark((200, 240, 600, 640), "", RED)])
    rows, columns = np.nonzero(ground(drawn, RED))
    assert abs(rows.min() - 60) <= 3
    assert abs(columns.max() - 150) <= 3


@pytest.mark.parametrize(
    "box",
    [
        pytest.param((0, 0, 299, 199), id="the whole picture"),
        pytest.param((280, 0, 299, 15), id="the upper right corner"),
        pytest.param((0, 190, 20, 199), id="the lower left corner"),
        pytest.param((290, 190, 299, 199), id="the lower right corner"),
        pytest.param((-50, -50, 20, 20), id="partly outside"),
    ],
)
def test_a_caption_is_whole_inside_the_picture(box):
    plain = annotate(flat(300, 200), [Mark((140, 80, 150, 90), "安全出口堵塞", RED)])
    width = np.ptp(np.nonzero(ground(plain, RED).sum(axis=0) > 4)[0])
    drawn = annotate(flat(300, 200), [Mark(box, "安全出口堵塞", RED)])
    filled = ground(drawn, RED).sum(axis=0) > 4
    assert filled.sum() >= 0.9 * width


def test_chinese_is_written_and_not_boxes_or_question_marks():
    def written(text):
        return annotate(flat(400, 200), [Mark((50, 80, 350, 190), text, RED)])

    assert not np.array_equal(written("安全帽"), written("消防栓"))
    # glyphs that a font lacks all look alike
    assert not np.array_equal(written("堵"), written("塞"))


def test_a_long_caption_shrinks_to_fit():
    drawn = annotate(flat(240, 160), [Mark((5, 60, 235, 150), "粉尘涉爆场所积尘未清理" * 2, RED)])
    rows = np.nonzero(ground(drawn, RED).sum(axis=1) > 60)[0]
    white = np.all(drawn > 200, axis=2)
    # the text ends inside its ground: no ink in the last pixels before the edge
    assert len(rows)
    assert not white[rows.min() + 2 : rows.min() + 8, -2:].any()


def test_captions_of_the_same_box_do_not_hide_each_other():
    marks = [Mark((100, 150, 300, 290), f"隐患{n}", (n * 40, 30, 200)) for n in range(5)]
    drawn = annotate(flat(400, 300), marks)
    for mark in marks:
        alone = ground(annotate(flat(400, 300), [mark]), mark.colour).sum()
        box_only = ground(annotate(flat(400, 300), [Mark(mark.box, "", mark.colour)]), mark.colour)
        assert ground(drawn, mark.colour).sum() > 0.7 * (alone - box_only.sum())


def test_text_contrasts_with_its_ground():
    dark_on_bright = annotate(flat(300, 200), [Mark((50, 80, 200, 150), "警告", YELLOW)])
    bright_on_dark = annotate(flat(300, 200), [Mark((50, 80, 200, 150), "警告", RED)])
    assert (dark_on_bright.max(axis=2) < 40).any()
    above = bright_on_dark[50:78]
    assert (above.min(axis=2) > 240).any()


@pytest.mark.parametrize("size", [8, 20, 60, 300])
def test_what_is_blurred_has_no_detail_left(size):
    picture = checkered(400, 400)
    box = np.array([[50, 50, 50 + size, 50 + size]], dtype=np.float32)
    drawn = annotate(picture, [], blurred=box)
    inner = drawn[50 + size // 4 : 50 + size - size // 4, 50 + size // 4 : 50 + size - size // 4]
    assert float(inner.std()) < 40  # of 127 before
    assert np.array_equal(drawn[:45], picture.pixels[:45])


def test_a_blurred_face_is_left_with_a_handful_of_values():
    chance = np.random.default_rng(1)
    face = cv2.resize(chance.integers(0, 256, (40, 40, 3), dtype=np.uint8), (200, 200))
    drawn = annotate(Picture(face, 200, 200), [], blurred=np.array([[20.0, 20, 180, 180]]))
    inner = drawn[60:140, 60:140].astype(np.float32)
    detail = inner - cv2.GaussianBlur(inner, (0, 0), 8)
    before = face[60:140, 60:140].astype(np.float32)
    assert (
        np.abs(detail).mean() < 0.08 * np.abs(before - cv2.GaussianBlur(before, (0, 0), 8)).mean()
    )


@pytest.mark.parametrize("region", [(-50, -50, 30, 30), (380, 380, 900, 900), (500, 0, 600, 9)])
def test_a_region_beyond_the_picture_is_cut_off(region):
    drawn = annotate(checkered(400, 400), [], blurred=np.array([region], dtype=np.float32))
    assert drawn.shape == (400, 400, 3)


def test_a_jpeg_of_it_carries_no_metadata():
    data = encode_jpeg(flat(320, 200).pixels)
    image = Image.open(io.BytesIO(data))
    assert image.size == (320, 200)
    assert not image.getexif()
    assert b"Exif" not in data
    assert b"http://ns.adobe.com" not in data


def test_quality_decides_the_size():
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    assert len(encode_jpeg(noise, quality=30)) < len(encode_jpeg(noise, quality=90))
