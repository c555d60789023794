"""Things pasted on photos: labelled where they are, the same from the same seed."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.commands_synth import FONT, GENERATOR
from training.paste import LABELS, Paster, exit_sign, paste_set, read_cutouts
from training.surface_paint import painted
from wsai.errors import InvalidRequest
from wsai.vision.surface import Layer


@pytest.fixture(scope="module")
def paster(tmp_path_factory: pytest.TempPathFactory) -> Paster:
    """Blue bottles on grey photos."""
    folder = tmp_path_factory.mktemp("cutouts")
    pixels = np.zeros((100, 100, 4), np.uint8)
    pixels[20:80, 40:60] = (255, 0, 0, 255)
    for name, label in (("0", "fire-extinguisher"), ("1", "")):
        cv2.imwrite(str(folder / f"{name}.png"), pixels)
        boxes = [[40, 20, 60, 80]] if label else []
        (folder / f"{name}.json").write_text(json.dumps({"label": label, "boxes": boxes}))
    photo = folder / "photo.jpg"
    cv2.imwrite(str(photo), np.full((480, 640, 3), 128, np.uint8))
    return Paster(read_cutouts(folder), [photo], GENERATOR, FONT)


def test_the_same_seed_gives_the_same_picture(paster: Paster) -> None:
    first, rows = paster.picture(3)
    second, again = paster.picture(3)
    assert np.array_equal(first, second)
    assert rows == again


def test_boxes_lie_in_the_picture_and_on_the_thing(paster: Paster) -> None:
    seen = set()
    for seed in range(40):
        picture, rows = paster.picture(seed)
        height, width = picture.shape[:2]
        for label, (left, top, right, bottom) in rows:
            seen.add(label)
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height
            if label == "fire-extinguisher" and right - left > 12:
                inside = picture[int(top) : int(bottom), int(left) : int(right)].astype(int)
                assert (inside[..., 0] - inside[..., 2]).mean() > 20, "it is blue"
    assert seen >= {"exit-sign", "fire-extinguisher", "fire-sign"}


def test_some_things_are_seen_from_close_by(paster: Paster) -> None:
    tall = [
        (bottom - top) / paster.picture(seed)[0].shape[0]
        for seed in range(80)
        for label, (_, top, _, bottom) in paster.picture(seed)[1]
        if label == "fire-extinguisher"
    ]
    assert max(tall) == 1, "it hangs over both edges, which what is farther off never does"
    assert sum(share == 1 for share in tall) < 0.3 * len(tall)


def test_some_pictures_show_none_of_it(paster: Paster) -> None:
    assert any(not paster.picture(seed)[1] for seed in range(30))


def test_a_set_is_written_once(paster: Paster, tmp_path: Path) -> None:
    told: list[int] = []
    boxes = paste_set(paster, 4, tmp_path, tell=told.append)
    assert told == [4]
    rows = [
        line.split()
        for path in sorted((tmp_path / "labels" / "train").glob("*.txt"))
        for line in path.read_text().splitlines()
    ]
    assert sum(boxes.values()) == len(rows) > 0
    assert all(0 <= int(row[0]) < len(LABELS) for row in rows)
    assert all(0 <= float(value) <= 1 for row in rows for value in row[1:])
    assert sum(paste_set(paster, 4, tmp_path, tell=told.append).values()) == 0


def test_a_folder_without_cutouts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="render_cutouts"):
        read_cutouts(tmp_path)


def test_exit_signs_are_green_and_white(paster: Paster) -> None:
    for seed in range(12):
        sign = np.asarray(exit_sign(np.random.default_rng(seed), FONT, paster._signs), int)
        green = (sign[..., 1] - sign[..., 0] > 40).mean()
        assert 0.02 < green < 0.98, seed


def test_what_is_painted_lies_on_the_floor() -> None:
    chance = np.random.default_rng(4)
    photo = chance.integers(90, 160, (300, 400, 3)).astype(np.uint8)
    floor = np.zeros((30, 40), np.float32)
    floor[15:] = 1
    seen = np.zeros(len(Layer))
    for seed in range(25):
        _, layers = painted(photo, np.random.default_rng(seed), floor)
        some = layers > 127
        seen += some.any((0, 1))
        if some.any():
            rows = np.flatnonzero(some.any((1, 2)))
            assert some[len(some) // 2 - 4 :].sum() > 0.7 * some.sum()
            assert rows[0] > 0.3 * len(some)
    assert seen[list(Layer).index(Layer.FLOOR)] == 0
    assert (seen[1:] > 0).all()


def test_without_a_floor_nothing_is_painted() -> None:
    photo = np.full((300, 400, 3), 120, np.uint8)
    _, layers = painted(photo, np.random.default_rng(1), np.zeros((30, 40), np.float32))
    assert not layers.any()
