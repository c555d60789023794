"""Figures of earlier models stay where they still compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from fakes import FakeDetector

from benchmarks.headline import _kept, findings
from training.datasets import DatasetCard
from wsai.vision.labels import Label

ROW: dict[str, Any] = {
    "id": "old",
    "rendered": {"map50": 0.5},
    "more-machines": {"map50": 0.4},
    "findings": {},
    "exit-sign-campus": {"map50": 0.9},
}


def report(shipped: str, version: str) -> dict[str, Any]:
    scenes = {"rendered": version, "more-machines": "m"}
    return {"scenes": scenes, "shipped": {"id": shipped}, "others": {}}


def test_rendered_figures_stay_while_the_scenes_are_the_same(tmp_path: Path) -> None:
    out = tmp_path / "headline.json"
    scenes = {"rendered": "a", "more-machines": "m"}
    last = {"measured": "yesterday", "scenes": scenes, "shipped": ROW, "others": {}}
    out.write_text(json.dumps(last), encoding="utf-8")
    assert _kept(out, report("new", "a"))["old"] == ROW | {"measured": "yesterday"}
    kept = _kept(out, report("new", "b"))["old"]
    assert set(kept) == {"id", "exit-sign-campus", "more-machines", "measured"}
    assert not _kept(out, report("old", "a")), "it was measured again"


def test_the_first_run_keeps_nothing(tmp_path: Path) -> None:
    assert not _kept(tmp_path / "headline.json", report("new", "a"))


def test_findings_are_judged_by_what_the_rules_make_of_the_true_boxes(tmp_path: Path) -> None:
    for part in ("images", "labels"):
        (tmp_path / "bare" / part / "val").mkdir(parents=True)
    rows = {"bare": "0 0.5 0.5 0.2 0.2\n", "guarded": "0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.3 0.3\n"}
    for name, row in {**rows, "empty": ""}.items():
        picture = np.full((480, 640, 3), 128, np.uint8)
        cv2.imwrite(str(tmp_path / "bare" / "images" / "val" / f"{name}.png"), picture)
        (tmp_path / "bare" / "labels" / "val" / f"{name}.txt").write_text(row)
    card = DatasetCard(
        name="bare", source="drawn", commit="none", licence="CC0", may_train=True,
        classes=(Label.MOVING_PART, Label.GUARD),
        exhaustive=(Label.MOVING_PART, Label.GUARD), splits={"val": 3},
    )  # fmt: skip
    detector: Any = FakeDetector([(Label.MOVING_PART, 0.9, (256.0, 192.0, 384.0, 288.0))])
    found = findings(detector, (("bare", "val"),), tmp_path, {"bare": card})
    assert found.pop("photos") == 3
    assert set(found) == {"guard-missing-rotating-parts"}
    count = found["guard-missing-rotating-parts"]
    assert (count["right"], count["extra"], count["missed"]) == (1, 2, 0)
    assert count["stated"] == 0, "a part alone is a question"
