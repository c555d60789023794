"""Measures how often an exit sign is rightly said to give no light.

    python benchmarks/sign_light.py --data SETS

Signs at their labelled places in rendered pictures, of which the scene says whether they are lit,
and in the real photos of ``exit-sign-campus``, of which nobody says it: nearly all seem lit, so
what is called dark there counts as false. ``benchmarks/sign_light.json`` is what it found.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run by path: benchmarks are no package

from training.datasets import read_cards, read_split  # noqa: E402
from wsai.diagnosis.rules.exit_state import DARK_BRIGHTEST, DARK_GREEN, is_dark  # noqa: E402
from wsai.vision.images import ImageLimits, decode  # noqa: E402
from wsai.vision.labels import Label  # noqa: E402
from wsai.vision.picture import Picture  # noqa: E402
from wsai.vision.sign_light import sign_light  # noqa: E402

RESULT = ROOT / "benchmarks" / "sign_light.json"
RENDERED = ("rendered", "more-machines", "walkways", "heaps", "exits")
REAL = "exit-sign-campus"
LEAST_VISIBLE = 0.6
"""Of a rendered sign's surface, from which it counts."""


def open_picture(path: Path) -> Picture:
    """Return a picture, decoded whole."""
    return decode(path.read_bytes(), limits=ImageLimits())


def rendered_signs(folder: Path, part: str) -> Iterator[tuple[str, bool | None]]:
    """Yield of each sign of a rendered part ``lit`` or ``dark``, and whether it is called dark."""
    for path in sorted((folder / "facts" / part).glob("*.json")):
        facts = json.loads(path.read_text(encoding="utf-8"))
        if facts["facts"]["light"] == "night":  # infrared: no green, and lamps are no brighter
            continue
        of_door = {one["thing"]: one["sign"] for one in facts["facts"].get("exits", [])}
        door_of = {sign: door for sign, word, door in facts["relations"] if word == "marks"}
        signs = [
            one
            for one in facts["objects"]
            if one["label"] == Label.EXIT_SIGN
            and one["visible"] >= LEAST_VISIBLE
            and of_door.get(door_of.get(one["thing"]))
        ]
        if not signs:
            continue
        picture = open_picture(folder / "images" / part / facts["picture"])
        for one in signs:
            light = sign_light(picture, tuple(one["box"]))
            yield of_door[door_of[one["thing"]]], None if light is None else is_dark(light)


def counted(signs: Iterator[tuple[str, bool | None]]) -> dict[str, dict[str, int]]:
    """Return for each kind of sign how many were measured and how many of them called dark."""
    found: dict[str, dict[str, int]] = {}
    for kind, dark in signs:
        row = found.setdefault(kind, {"measured": 0, "called_dark": 0, "too_small": 0})
        if dark is None:
            row["too_small"] += 1
        else:
            row["measured"] += 1
            row["called_dark"] += dark
    return found


def real_signs(data: Path) -> Iterator[tuple[str, bool | None]]:
    """Yield the same of the real photos' labelled signs, as ``real``."""
    card = read_cards(ROOT / "datasets")[REAL]
    for sample in read_split(data, card, "eval"):
        picture = open_picture(sample.path)
        for x, y, w, h in sample.boxes.tolist():
            box = (
                (x - w / 2) * picture.width, (y - h / 2) * picture.height,
                (x + w / 2) * picture.width, (y + h / 2) * picture.height,
            )  # fmt: skip
            light = sign_light(picture, box)
            yield "real", None if light is None else is_dark(light)


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True)
def main(data: Path) -> None:
    """Measure all sets and write the file."""
    sets: dict[str, Any] = {}
    for name in RENDERED:
        for part in ("train", "eval"):
            if (data / name / "facts" / part).is_dir():
                sets[f"{name}/{part}"] = counted(rendered_signs(data / name, part))
    sets[REAL] = counted(real_signs(data))
    found = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "dark_below": {"brightest": DARK_BRIGHTEST, "green": DARK_GREEN},
        "sets": sets,
    }
    RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    click.echo(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
