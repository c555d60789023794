"""Locks hung on photos' doors: at their handles, labelled where they are, doors labelled too."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from training.commands_synth import paste
from training.datasets import LABELS, Sample
from training.paste import Cutout
from training.paste_locks import HANDLES, LockPaster
from wsai.errors import InvalidRequest
from wsai.vision.labels import Label

WIDTH, HEIGHT = 600, 480


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A grey wall with a paler door."""
    path = tmp_path_factory.mktemp("photos") / "photo.png"
    pixels = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    pixels[60:440, 200:380] = 170
    cv2.imwrite(str(path), pixels)
    return path


def with_door(path: Path) -> Sample:
    """The photo and its door's box."""
    box = [290 / WIDTH, 250 / HEIGHT, 180 / WIDTH, 380 / HEIGHT]
    door = np.array([LABELS.index(Label.DOOR)])
    return Sample(path, "doors", door, np.array([box], np.float32))


def thing(colour: tuple[int, int, int], label: str) -> Cutout:
    pixels = np.zeros((100, 100, 4), np.uint8)
    pixels[30:80, 30:80] = (*colour, 255)
    return Cutout(pixels, label, ((30.0, 30.0, 80.0, 80.0),) if label else ())


@pytest.fixture(scope="module")
def paster(photo: Path) -> LockPaster:
    """Blue locks, red bags."""
    return LockPaster(
        [thing((255, 0, 0), "chain-lock"), thing((0, 0, 255), "")], [with_door(photo)]
    )


def test_locks_hang_at_the_handles_of_doors_and_are_where_their_boxes_are(
    paster: LockPaster,
) -> None:
    locks = bare = 0
    for seed in range(60):
        picture, rows = paster.picture(seed)
        doors = [box for label, box in rows if label == "door"]
        found = [box for label, box in rows if label == "chain-lock"]
        locks, bare = locks + len(found), bare + (not found)
        height, width = picture.shape[:2]
        for left, top, right, bottom in found:
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height
            inside = picture[round(top) : round(bottom), round(left) : round(right)].astype(int)
            assert (inside[..., 0] - inside[..., 2]).mean() > 15, "it is blue"
            for door in doors:
                whole_door = door[1] > 2 and door[3] < height - 2
                share = ((top + bottom) / 2 - door[1]) / (door[3] - door[1])
                assert not whole_door or HANDLES[0] - 0.02 <= share <= HANDLES[1] + 0.02
    assert locks > 20
    assert bare > 8


def test_what_hangs_there_and_locks_nothing_has_no_box(photo: Path) -> None:
    paster = LockPaster(
        [thing((255, 0, 0), "chain-lock"), thing((0, 0, 255), "")], [with_door(photo)]
    )
    red = 0
    for seed in range(60):
        picture, rows = paster.picture(seed)
        pixels = picture.astype(int)
        if ((pixels[..., 2] - pixels[..., 0]) > 60).sum() > 60:
            red += 1
            assert "chain-lock" not in {label for label, _ in rows}
    assert red > 3


def test_the_same_seed_gives_the_same_picture(paster: LockPaster) -> None:
    for seed in (1, 2):
        first, rows = paster.picture(seed)
        second, again = paster.picture(seed)
        assert np.array_equal(first, second)
        assert rows == again


def test_without_locks_or_doors_it_says_so(photo: Path) -> None:
    bare = Sample(photo, "doors", np.zeros(0, np.int64), np.zeros((0, 4), np.float32))
    lock, bag = thing((255, 0, 0), "chain-lock"), thing((0, 0, 255), "")
    with pytest.raises(InvalidRequest, match="--of locks"):
        LockPaster([bag], [with_door(photo)])
    with pytest.raises(InvalidRequest, match="door"):
        LockPaster([lock, bag], [bare])


def test_the_command_hangs_locks_on_labelled_doors(tmp_path: Path, photo: Path) -> None:
    rooms, cutouts = tmp_path / "data" / "rooms", tmp_path / "cutouts"
    for folder in (rooms / "images/train", rooms / "labels/train", cutouts):
        folder.mkdir(parents=True)
    shutil.copy(photo, rooms / "images/train/door.png")
    box = with_door(photo).boxes[0]
    (rooms / "labels/train/door.txt").write_text("0 " + " ".join(str(v) for v in box) + "\n")
    card = {
        "name": "rooms", "source": "rendered", "commit": "none", "licence": "AGPL-3.0",
        "may_train": True, "classes": ["door"], "exhaustive": ["door"], "splits": {"train": 1},
    }  # fmt: skip
    (tmp_path / "cards/rooms").mkdir(parents=True)
    (tmp_path / "cards/rooms/dataset.yaml").write_text(yaml.safe_dump(card))
    for number, one in enumerate((thing((255, 0, 0), "chain-lock"), thing((0, 0, 255), ""))):
        cv2.imwrite(str(cutouts / f"{number}.png"), one.pixels)
        row = {"label": one.label, "boxes": [list(box) for box in one.boxes]}
        (cutouts / f"{number}.json").write_text(json.dumps(row))
    arguments = ["--cutouts", str(cutouts), "--data", str(tmp_path / "data"), "--on", "rooms"]
    arguments += ["--datasets", str(tmp_path / "cards"), "--doors", "--count", "8"]
    done = CliRunner().invoke(paste, [*arguments, "--out", str(tmp_path / "set")])
    assert done.exit_code == 0, done.output
    labels = [
        line.split()[0]
        for path in (tmp_path / "set/labels/train").glob("*.txt")
        for line in path.read_text().splitlines()
    ]
    assert "0" in labels
    assert labels.count("1") >= 4
    both = CliRunner().invoke(
        paste, [*arguments, "--floors", str(tmp_path), "--out", str(tmp_path / "other")]
    )
    assert isinstance(both.exception, InvalidRequest)
