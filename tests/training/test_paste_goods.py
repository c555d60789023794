"""Goods put down on photos stand on floors, are labelled where they are, and cast shadows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from fakes import FakeDetector

from training import commands_synth, paste_goods
from training.paste import Cutout
from training.paste_goods import ON_FLOOR, GoodsPaster, GroundPhoto, ground_photos
from wsai.errors import InvalidRequest
from wsai.perception.models import active_id, models_dir
from wsai.vision.labels import Label
from wsai.vision.surface import Layer, Surface

WIDTH, HEIGHT = 640, 480
HORIZON = 240


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A grey floor below a grey wall."""
    path = tmp_path_factory.mktemp("photos") / "photo.png"
    pixels = np.full((HEIGHT, WIDTH, 3), 150, np.uint8)
    cv2.imwrite(str(path), pixels)
    return path


def floor() -> np.ndarray:
    """The lower half."""
    share = np.zeros((60, 80), np.float16)
    share[HORIZON // 8 :] = 1
    return share


@pytest.fixture(scope="module")
def paster(photo: Path) -> GoodsPaster:
    """Blue boxes."""
    pixels = np.zeros((100, 100, 4), np.uint8)
    pixels[30:80, 30:80] = (255, 0, 0, 255)
    goods = Cutout(pixels, "obstacle", ((30.0, 30.0, 80.0, 80.0),))
    return GoodsPaster([goods, Cutout(pixels, "hydrant-box", ())], [GroundPhoto(photo, floor())])


def test_goods_are_where_their_boxes_are_and_their_feet_on_the_floor(
    paster: GoodsPaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paste_goods, "DRAWN_CHANCE", 0)
    count = 0
    for seed in range(40):
        picture, rows = paster.picture(seed)
        assert picture.shape == (HEIGHT, WIDTH, 3)
        for label, (left, top, right, bottom) in rows:
            count += 1
            assert label == "obstacle"
            assert 0 <= left < right <= WIDTH
            assert 0 <= top < bottom <= HEIGHT
            assert bottom > HORIZON
        if len(rows) == 1 and rows[0][1][2] - rows[0][1][0] > 20:
            left, top, right, bottom = (round(side) for side in rows[0][1])
            inside = picture[top + 4 : bottom - 4, left + 4 : right - 4].astype(int)
            assert (inside[..., 0] - inside[..., 2]).mean() > 20, "it is blue"
    assert count > 30


def test_what_is_drawn_stands_on_the_floor_where_its_box_is(
    paster: GoodsPaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paste_goods, "DRAWN_CHANCE", 1)
    monkeypatch.setattr(paste_goods, "SCATTERED_CHANCE", 0)
    monkeypatch.setattr(paste_goods, "KEPT", 0)  # nothing but what is drawn
    sizes = []
    for seed in range(20):
        picture, rows = paster.picture(seed)
        assert len(rows) <= 1
        for label, box in rows:
            left, top, right, bottom = (round(side) for side in box)
            assert label == "obstacle"
            assert HORIZON < bottom <= HEIGHT
            beside = picture[HORIZON:, : max(left - 100, 1)].astype(int)
            inside = picture[top + 4 : bottom - 4, left + 4 : right - 4].astype(int)
            assert abs(inside - beside.mean((0, 1))).mean() > 12, seed
            sizes.append((right - left, bottom - top))
    assert len(set(sizes)) > 8


def test_the_same_seed_gives_the_same_picture(paster: GoodsPaster) -> None:
    for seed in (1, 2):
        first, rows = paster.picture(seed)
        second, again = paster.picture(seed)
        assert np.array_equal(first, second)
        assert rows == again


def test_what_is_wider_than_the_floor_is_not_put_there(
    photo: Path, paster: GoodsPaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paste_goods, "DRAWN_CHANCE", 1)
    strip = np.zeros((60, 80), np.float16)
    strip[HORIZON // 8 :, 36:44] = 1  # 64 px
    narrow = GoodsPaster(paster._goods, [GroundPhoto(photo, strip)])
    wide = [right - left for n in range(60) for _, (left, _, right, _) in narrow.picture(n)[1]]
    assert wide
    assert max(wide) <= 64 / ON_FLOOR + 8


def test_some_floors_stay_empty(paster: GoodsPaster) -> None:
    assert any(not paster.picture(seed)[1] for seed in range(40))


def test_without_goods_or_without_a_floor_it_says_so(photo: Path) -> None:
    with pytest.raises(InvalidRequest, match="--of goods"):
        GoodsPaster([Cutout(np.zeros((4, 4, 4), np.uint8), "hydrant-box", ())], [])
    bare = Surface(np.zeros((len(Layer), 60, 80), np.float32), WIDTH, HEIGHT)
    detector = FakeDetector([], tuple(Label), bare)
    with pytest.raises(InvalidRequest, match="empty floor"):
        ground_photos([photo], detector, tell=lambda seen: None)
    with pytest.raises(InvalidRequest, match="no map"):
        ground_photos([photo], FakeDetector([], tuple(Label)), tell=lambda seen: None)


def test_only_photos_with_an_empty_floor_are_taken(photo: Path) -> None:
    layers = np.zeros((len(Layer), 60, 80), np.float32)
    layers[0, HORIZON // 8 :] = 0.95
    layers[0, :8] = 0.95  # a wall taken for a floor
    seen = Surface(layers, WIDTH, HEIGHT)
    (one,) = ground_photos([photo], FakeDetector([], tuple(Label), seen), tell=lambda n: None)
    assert not one.floor[:8].any()
    assert one.floor[50].min() > 0.9
    crate = (Label.OBSTACLE, 0.2, (10, 300, 60, 350))
    with pytest.raises(InvalidRequest, match="empty floor"):
        ground_photos([photo], FakeDetector([crate], tuple(Label), seen), tell=lambda n: None)


def test_the_command_puts_goods_on_the_floors_that_a_model_sees(
    tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = np.zeros((len(Layer), 60, 80), np.float32)
    layers[0] = floor()
    seen = FakeDetector([], tuple(Label), Surface(layers, WIDTH, HEIGHT))
    monkeypatch.setattr(commands_synth, "OnnxDetector", lambda folder, card: seen)
    rooms, cutouts = tmp_path / "data" / "rooms", tmp_path / "cutouts"
    for folder in (rooms / "images/train", rooms / "labels/train", cutouts):
        folder.mkdir(parents=True)
    shutil.copy(photo, rooms / "images/train/corridor.png")
    (rooms / "labels/train/corridor.txt").touch()
    (tmp_path / "cards/rooms").mkdir(parents=True)
    card = {
        "name": "rooms", "source": "rendered", "commit": "none", "licence": "AGPL-3.0",
        "may_train": True, "classes": ["door"], "exhaustive": ["door"], "splits": {"train": 1},
    }  # fmt: skip
    (tmp_path / "cards/rooms/dataset.yaml").write_text(yaml.safe_dump(card))
    pixels = np.zeros((100, 100, 4), np.uint8)
    pixels[30:80, 30:80] = (255, 0, 0, 255)
    cv2.imwrite(str(cutouts / "0.png"), pixels)
    row = {"label": "obstacle", "boxes": [[30, 30, 80, 80]]}
    (cutouts / "0.json").write_text(json.dumps(row))
    arguments = ["--cutouts", str(cutouts), "--data", str(tmp_path / "data"), "--on", "rooms"]
    arguments += ["--datasets", str(tmp_path / "cards"), "--count", "6"]
    arguments += ["--floors", str(models_dir() / active_id(models_dir()))]
    done = CliRunner().invoke(commands_synth.paste, [*arguments, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "1 of 1 photos show an empty floor" in done.output
    lines = [p.read_text() for p in sorted((tmp_path / "out/labels/train").glob("*.txt"))]
    assert len(lines) == 6
    rows = [line.split() for text in lines for line in text.splitlines()]
    assert rows
    assert all(row[0] == "0" and float(row[2]) + float(row[4]) / 2 > 0.5 for row in rows)
