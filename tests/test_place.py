"""Comparing a place with how it should look, with the networks that ship."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from fakes import FakeDetector

from serving.demo.service import pictures_folder
from wsai.cli import cli
from wsai.diagnosis.baseline import Baseline, Kind, Reason
from wsai.errors import InvalidRequest
from wsai.perception.place import open_place, ready_baseline
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.picture import Picture, Pixels

CORRIDOR, OTHER = "corridor-tidy.jpg", "workshop-bare-head.jpg"
NOBODY = Detections.of([])


def read(name: str) -> Pixels:
    found = cv2.imread(str(pictures_folder() / name))
    assert found is not None
    return np.asarray(found, np.uint8)


def picture(pixels: Pixels) -> Picture:
    return Picture(pixels, pixels.shape[1], pixels.shape[0])


def seen_again(pixels: Pixels, gain: float = 0.8) -> Pixels:
    """Return it from a little elsewhere, darker, with the grain of another camera."""
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 1.2, 1.03)
    matrix[:, 2] += (4, -3)
    moved = cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
    grain = np.random.default_rng(1).normal(0, 3, moved.shape)
    return np.asarray((moved * gain + grain).clip(0, 255), np.uint8)


def with_crate(pixels: Pixels) -> tuple[Pixels, tuple[int, int, int, int]]:
    """Return it with a crate of two faces on the floor, and where that is."""
    out = pixels.copy()
    height, width = out.shape[:2]
    x, y, wide, tall = int(0.42 * width), int(0.62 * height), int(0.2 * width), int(0.2 * height)
    top = int(0.05 * height)
    out[y : y + tall, x : x + wide] = (60, 110, 165)
    for n in range(4):
        row = y + n * tall // 4
        out[row : row + 3, x : x + wide] = (30, 60, 95)
    out[y - top : y, x : x + wide] = (95, 150, 205)
    shade = out[y + tall : y + tall + 8, x - 6 : x + wide + 6]
    shade[:] = (shade * 0.5).astype(np.uint8)
    return out, (x, y - top, x + wide, y + tall)


@pytest.fixture(scope="module")
def corridor() -> Baseline:
    """The tidy corridor, by one picture."""
    before = [("before", picture(read(CORRIDOR)))]
    return ready_baseline(before, networks=open_place(threads=1), detector=FakeDetector(()))


def overlap(one: Any, other: Any) -> float:
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[2], other[2]), min(one[3], other[3])
    both = max(right - left, 0) * max(bottom - top, 0)
    return float(both / ((other[2] - other[0]) * (other[3] - other[1])))


class TestComparing:
    def test_the_same_picture_has_no_changes(self, corridor: Baseline) -> None:
        found = corridor.compare(picture(read(CORRIDOR)), NOBODY)
        assert found.comparable
        assert found.regions == ()

    @pytest.mark.parametrize("gain", [0.55, 0.8, 1.2])
    def test_other_light_and_another_stand_are_no_change(
        self, corridor: Baseline, gain: float
    ) -> None:
        found = corridor.compare(picture(seen_again(read(CORRIDOR), gain)), NOBODY)
        assert found.comparable
        assert [region for region in found.regions if region.kind is not Kind.LIGHT] == []

    def test_a_crate_is_found_where_it_stands(self, corridor: Baseline) -> None:
        pixels, box = with_crate(read(CORRIDOR))
        found = corridor.compare(picture(pixels), NOBODY)
        assert found.comparable
        assert found.regions[0].kind is Kind.APPEARED
        assert overlap(found.regions[0].box, box) > 0.6

    def test_a_crate_is_found_from_elsewhere_in_other_light(self, corridor: Baseline) -> None:
        pixels, _ = with_crate(read(CORRIDOR))
        found = corridor.compare(picture(seen_again(pixels)), NOBODY)
        assert [region.kind for region in found.regions] == [Kind.APPEARED]

    def test_what_was_there_is_gone(self) -> None:
        pixels, box = with_crate(read(CORRIDOR))
        full = ready_baseline(
            [("before", picture(pixels))],
            networks=open_place(threads=1), detector=FakeDetector(()),
        )  # fmt: skip
        found = full.compare(picture(read(CORRIDOR)), NOBODY)
        assert found.regions[0].kind is Kind.GONE
        assert overlap(found.regions[0].box, box) > 0.6

    def test_someone_who_stands_there_is_no_change(self, corridor: Baseline) -> None:
        pixels, (left, top, right, bottom) = with_crate(read(CORRIDOR))
        someone = Detections.of([(Label.PERSON, 0.9, (left, top, right, bottom))])
        found = corridor.compare(picture(pixels), someone)
        assert found.comparable
        assert found.regions == ()

    def test_another_place_is_not_compared(self, corridor: Baseline) -> None:
        found = corridor.compare(picture(read(OTHER)), NOBODY)
        assert found.reason is Reason.ANOTHER_PLACE
        assert found.regions == ()

    def test_a_black_picture_is_not_compared(self, corridor: Baseline) -> None:
        found = corridor.compare(picture(np.zeros((480, 640, 3), np.uint8)), NOBODY)
        assert not found.comparable


class TestCommandLine:
    def run(self, baseline: Path, *paths: Path) -> list[dict[str, Any]]:
        asked = ["diagnose", "--format", "jsonl", "--baseline", str(baseline), *map(str, paths)]
        result = CliRunner().invoke(cli, asked, obj=FakeDetector(()))
        assert result.exit_code in (0, 1), result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    def test_each_picture_is_compared_with_the_folder(self, tmp_path: Path) -> None:
        baseline = tmp_path / "baseline"
        baseline.mkdir()
        cv2.imwrite(str(baseline / "1.jpg"), read(CORRIDOR))
        pixels, box = with_crate(read(CORRIDOR))
        for name, shown in (("a", read(CORRIDOR)), ("b", pixels), ("c", read(OTHER))):
            cv2.imwrite(str(tmp_path / f"{name}.png"), shown)
        rows = self.run(baseline, *(tmp_path / f"{name}.png" for name in "abc"))
        same, changed, other = ([f["code"] for f in row["findings"]] for row in rows)
        assert "baseline-changed" not in same
        assert "baseline-changed" in changed
        assert "baseline-changed" not in other
        (found, *_) = [f for f in rows[1]["findings"] if f["code"] == "baseline-changed"]
        assert found["kind"] == "appeared"
        assert found["nearest"]
        assert overlap(found["boxes"][0], box) > 0.6
        assert [row["baseline"]["status"] for row in rows] == [
            "compared", "compared", "not-comparable",
        ]  # fmt: skip
        assert rows[2]["baseline"]["reason"]["code"] == "another-place"

    def test_an_empty_folder_is_said_so(self, tmp_path: Path) -> None:
        (tmp_path / "baseline").mkdir()
        cv2.imwrite(str(tmp_path / "a.png"), read(CORRIDOR))
        asked = ["diagnose", "--baseline", str(tmp_path / "baseline"), str(tmp_path / "a.png")]
        result = CliRunner().invoke(cli, asked, obj=FakeDetector(()))
        assert isinstance(result.exception, InvalidRequest)
        assert "no pictures" in str(result.exception)
