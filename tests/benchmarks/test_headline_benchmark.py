"""Figures of earlier models stay where they still compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.headline import _kept

ROW: dict[str, Any] = {
    "id": "old",
    "rendered": {"map50": 0.5},
    "more-machines": {"map50": 0.4},
    "findings": {},
    "exit-sign-campus": {"map50": 0.9},
}


def report(shipped: str, version: str) -> dict[str, Any]:
    return {"scenes": {"rendered": version}, "shipped": {"id": shipped}, "others": {}}


def test_rendered_figures_stay_while_the_scenes_are_the_same(tmp_path: Path) -> None:
    out = tmp_path / "headline.json"
    last = {"measured": "yesterday", "scenes": {"rendered": "a"}, "shipped": ROW, "others": {}}
    out.write_text(json.dumps(last), encoding="utf-8")
    assert _kept(out, report("new", "a"))["old"] == ROW | {"measured": "yesterday"}
    assert set(_kept(out, report("new", "b"))["old"]) == {"id", "exit-sign-campus", "measured"}
    assert not _kept(out, report("old", "a")), "it was measured again"


def test_the_first_run_keeps_nothing(tmp_path: Path) -> None:
    assert not _kept(tmp_path / "headline.json", report("new", "a"))
