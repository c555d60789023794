"""The benchmark of the training loop counts what it should."""

from __future__ import annotations

import doctest
import importlib.util
import os
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def training():
    spec = importlib.util.spec_from_file_location(
        "benchmark_training", ROOT / "benchmarks" / "training.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_its_examples_hold(training):
    result = doctest.testmod(training)
    assert result.attempted > 0
    assert result.failed == 0


class Told:
    """A way that has told its steps."""

    def __init__(self, name, rates, steps):
        self.name, self.rates, self.steps = name, rates, steps


def steps(count, loss):
    return [
        {"pictures": 16 * n, "box_loss": loss, "cls_loss": loss, "dfl_loss": loss}
        for n in range(1, count + 1)
    ]


def test_curves_are_compared_over_what_all_have_seen(training):
    ways = [
        Told("wsai", [20.0, 10.0], steps(40, 1.0)),
        Told("ultralytics", [5.0, 5.0], steps(10, 2.0)),
    ]
    found = training.report(ways)
    assert found["pictures_compared"] == 160
    assert found["times"] == {"ultralytics": 3.0}
    assert found["last_loss_over_ultralytics"] == 0.5
    assert [row["upto"] for row in found["curves"]["wsai"]] == [32, 64, 96, 128, 160]


def test_another_goes_first_each_round(training):
    assert "".join(training.turns(["a", "b", "c"], 3)) == "abcbcacab"


def test_a_way_runs_in_its_turn_and_stands_still_otherwise(training, tmp_path, monkeypatch):
    script = tmp_path / "steps.py"
    script.write_text(
        "import json, time\n"
        "n = 0\n"
        "while True:\n"
        "    n += 16\n"
        "    print(json.dumps({'pictures': n}), flush=True)\n"
        "    time.sleep(0.02)\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(training, "__file__", str(script))
    way = training.Way("any", [], sorted(os.sched_getaffinity(0))[:1], tmp_path / "way")
    try:
        way.begin(limit_s=30)
        time.sleep(0.3)
        before = len(way.steps)
        time.sleep(0.3)
        assert len(way.steps) == before, "it stands still"
        way.turn(0.5)
        assert len(way.steps) > before
        assert way.rates[0] > 0
    finally:
        way.end()
    assert way.ended
