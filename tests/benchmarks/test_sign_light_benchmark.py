"""The benchmark of signs counts what scenes say of them against what is measured."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from benchmarks.sign_light import counted, rendered_signs

BOX = [100.0, 60.0, 200.0, 100.0]


def scene(folder: Path, name: str, sign: str, level: int, light: str = "tubes") -> None:
    """One picture with a sign of this level on a wall of 120, and what the scene says of it."""
    for part in ("facts/train", "images/train"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    pixels = np.full((200, 300, 3), 120, np.uint8)
    pixels[60:100, 100:200] = level
    cv2.imwrite(str(folder / "images/train" / f"{name}.png"), pixels)
    exits = [{"thing": "exit-1", "sign": sign}]
    row = {
        "picture": f"{name}.png",
        "facts": {"light": light, "exits": exits},
        "objects": [{"thing": "sign-1", "label": "exit-sign", "box": BOX, "visible": 1.0}],
        "relations": [["sign-1", "marks", "exit-1"]],
    }
    (folder / "facts/train" / f"{name}.json").write_text(json.dumps(row))


def test_dark_and_lit_signs_are_counted_apart_and_nights_not_at_all(tmp_path: Path) -> None:
    scene(tmp_path, "off", "dark", 110)
    scene(tmp_path, "on", "lit", 250)
    scene(tmp_path, "dim", "lit", 115)
    scene(tmp_path, "night", "dark", 110, light="night")
    assert counted(rendered_signs(tmp_path, "train")) == {
        "dark": {"measured": 1, "called_dark": 1, "too_small": 0},
        "lit": {"measured": 2, "called_dark": 1, "too_small": 0},
    }
