"""Many files at once: in order, whole, and stopped when nobody reads."""

from __future__ import annotations

import threading
import time
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fakes import BARE_HEAD, FakeDetector

from wsai.batch import AHEAD, Work, answers, drawn_names, plan_for
from wsai.catalogue.catalogue import load_catalogue
from wsai.vision.detections import Detections
from wsai.vision.picture import Picture


@pytest.fixture(autouse=True)
def _opencv_threads() -> Any:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


class SlowFirst(FakeDetector):
    """Takes longest on the widest picture; counts how many it looked at, and how many at once."""

    def __init__(self) -> None:
        super().__init__(BARE_HEAD)
        self.lock, self.looked, self.now, self.most_at_once = threading.Lock(), 0, 0, 0

    def detect(self, picture: Picture, *, min_score: float) -> Detections:
        with self.lock:
            self.looked, self.now = self.looked + 1, self.now + 1
            self.most_at_once = max(self.most_at_once, self.now)
        time.sleep(picture.width / 5000)
        with self.lock:
            self.now -= 1
        return super().detect(picture, min_score=min_score)


def files(folder: Path, count: int) -> list[Path]:
    """Write pictures, each narrower than the one before."""
    made = []
    for number in range(count):
        made.append(folder / f"{number:03}.png")
        cv2.imwrite(str(made[-1]), np.full((64, 64 + 4 * (count - number), 3), 90, dtype=np.uint8))
    return made


def work_of(detector: FakeDetector, annotate_to: Path | None = None) -> Work:
    return Work(detector, load_catalogue(), (), 0.1, "zh", annotate_to, date(2026, 11, 24))


def test_answers_come_in_the_order_of_the_files_from_several_at_once(tmp_path: Path) -> None:
    given, detector = files(tmp_path, 12), SlowFirst()
    found = list(answers(work_of(detector), given, workers=4))
    assert [answer.path for answer in found] == given
    assert [answer.line["width"] for answer in found] == [64 + 4 * (12 - n) for n in range(12)]
    assert 1 < detector.most_at_once <= 4


def test_many_workers_say_what_one_says(tmp_path: Path) -> None:
    given = files(tmp_path, 5)
    (tmp_path / "002.png").write_bytes(b"no picture")

    def lines(workers: int) -> list[dict[str, Any]]:
        found = answers(work_of(FakeDetector(BARE_HEAD)), given, workers=workers)
        return [{k: v for k, v in a.line.items() if k != "elapsed_ms"} for a in found]

    assert lines(3) == lines(1)
    assert "error" in lines(3)[2]


def test_work_stops_soon_after_nobody_reads_any_more(tmp_path: Path) -> None:
    given, detector = files(tmp_path, 60), SlowFirst()
    going = answers(work_of(detector), given, workers=2)
    next(going)
    going.close()
    assert detector.looked <= 2 * AHEAD + 2


def test_a_bug_in_a_worker_is_not_swallowed(tmp_path: Path) -> None:
    class Broken(FakeDetector):
        def detect(self, picture: Picture, *, min_score: float) -> Detections:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(answers(work_of(Broken()), files(tmp_path, 3), workers=2))


def test_drawn_pictures_have_names_that_no_other_has(tmp_path: Path) -> None:
    (tmp_path / "a.wsai.jpg").write_bytes(b"from an earlier run")
    names = drawn_names([Path("x/a.jpg"), Path("y/a.jpg"), Path("b.png")], tmp_path)
    assert [name.name for name in names] == ["a-2.wsai.jpg", "a-3.wsai.jpg", "b.wsai.jpg"]


def test_one_picture_gets_all_cores_and_many_get_one_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsai.batch.cores", lambda: 4)
    assert (plan_for(1).workers, plan_for(1).threads) == (1, 4)
    assert (plan_for(3).workers, plan_for(3).threads) == (3, 1)
    monkeypatch.setattr("wsai.batch.cores", lambda: 64)
    assert plan_for(1000).workers == 8


def test_what_is_looked_at_does_not_depend_on_being_drawn(tmp_path: Path) -> None:
    class Sees(FakeDetector):
        def detect(self, picture: Picture, *, min_score: float) -> Detections:
            seen.append(picture.pixels)
            return super().detect(picture, min_score=min_score)

    seen: list[np.ndarray] = []
    photo = tmp_path / "large.jpg"
    grain = np.random.default_rng(1).integers(0, 255, (75, 100, 3), np.uint8)
    cv2.imwrite(str(photo), cv2.resize(grain, (4000, 3000)))
    detector = Sees(BARE_HEAD)
    work_of(detector).line(photo, None)
    work_of(detector, tmp_path).line(photo, tmp_path / "drawn.jpg")
    np.testing.assert_array_equal(*seen)
    drawn = cv2.imread(str(tmp_path / "drawn.jpg"))
    assert max(drawn.shape[:2]) > max(seen[0].shape[:2]), "what is drawn on is larger"
