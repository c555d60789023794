"""The photo benchmark counts right, and its process for WSAI answers."""

import doctest
import importlib.util
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from wsai.perception.models import active_id, models_dir

PATH = Path(__file__).resolve().parents[2] / "benchmarks" / "photo.py"


@pytest.fixture(scope="module")
def photo():
    """Return the script as a module."""
    spec = importlib.util.spec_from_file_location("photo_benchmark", PATH)
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module


@pytest.fixture
def pictures(tmp_path):
    """Return the paths of three pictures."""
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.png")
        noise = np.random.default_rng(number).integers(0, 256, (48, 64, 3), dtype=np.uint8)
        cv2.imwrite(str(paths[-1]), noise)
    return paths


def test_its_examples_hold(photo):
    result = doctest.testmod(photo)
    assert result.attempted > 0
    assert result.failed == 0


def test_throughput_counts_time_and_not_the_mean_of_rates(photo):
    found = photo.speeds(
        {
            "wsai": [
                {"all_ms": 20, "elapsed_ms": [10, 10]},
                {"all_ms": 60, "elapsed_ms": [30, 30]},
            ],
            # two at once: each takes as long as both together
            "wsai-many": [{"all_ms": 20, "elapsed_ms": [20, 20]}],
            "ultralytics": [{"all_ms": 120, "elapsed_ms": [80, 40]}],
        }
    )
    assert found["ways"]["wsai"]["rounds_pictures_per_s"] == [100, 33.33]
    assert found["ways"]["wsai"]["pictures_per_s"] == 50
    assert found["ways"]["ultralytics"]["p95_ms"] == pytest.approx(78, abs=0.5)
    assert found["times"] == {"wsai": {"ultralytics": 3}, "wsai-many": {"ultralytics": 6}}


def test_copies_have_the_size_that_is_named(photo, pictures, tmp_path):
    copies = photo.resized_copies(pictures, 640, tmp_path / "large")
    assert [cv2.imread(str(copy)).shape for copy in copies] == [(480, 640, 3)] * 3
    same = photo.resized_copies(pictures, None, tmp_path / "same")
    assert cv2.imread(str(same[0])).shape == (48, 64, 3)


def test_the_machine_is_described_without_a_path_or_a_name(photo):
    about = photo.machine([0])
    assert about["cores_used"] == 1
    assert "/" not in str(about["processor"]) + about["system"]
    assert Path.home().name not in str(about["packages"])


def test_every_way_takes_the_first_turn_once(photo):
    class Asked:
        def __init__(self, name):
            self.name = name

        def ask(self, paths, *, min_score):
            order.append(self.name)
            return {"all_ms": 10.0 * len(paths), "elapsed_ms": [10.0] * len(paths)}

    order = []
    ways = [Asked("wsai"), Asked("ultralytics")]
    found = photo.measure_speed(ways, [Path("a"), Path("b")], rounds=2)
    assert order == ["wsai", "ultralytics"] * 2 + ["ultralytics", "wsai"]
    assert found["times"]["wsai"]["ultralytics"] == 1


@pytest.mark.parametrize("name", ["wsai", "wsai-many"])
def test_the_process_for_wsai_answers_with_times_and_detections(photo, pictures, tmp_path, name):
    way = photo.Way(name, active_id(models_dir()), tmp_path, [0])
    reply = way.ask(pictures, min_score=0.001, keep=True)
    timed = way.ask(pictures[:1], min_score=0.25)
    way.end()
    assert len(reply["elapsed_ms"]) == 3
    assert all(ms > 0 for ms in reply["elapsed_ms"])
    rows = [row for rows in reply["detections"] for row in rows]
    assert all(set(row) == {"label", "score", "box"} for row in rows)
    assert rows
    assert "detections" not in timed
    assert timed["all_ms"] >= max(timed["elapsed_ms"])
