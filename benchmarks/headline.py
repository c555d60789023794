"""Measures what rendered training data reaches: real photos nobody trained on, and false boxes.

    python benchmarks/headline.py --data SETS [--also NAME=MODEL_FOLDER ...]

AP50 of fire extinguishers and exit signs on real photos (``eval`` parts, measured only), AP50 of
every label on rendered scenes of machines, goods and floors that no training scene has, which
findings the rules come to on rendered scenes of kinds that were learned from and of others, and
how many boxes of the labels that are learned from rendered things alone are found on the
validation parts of real sets, which have no such labels; locks also on photos of doors, none of
which is known to have one. ``benchmarks/headline.json`` is what it found.
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

from training.datasets import DatasetCard, read_cards, read_split  # noqa: E402
from training.evaluate import average_precision, look_at  # noqa: E402
from training.hazard_level import hazard_counts  # noqa: E402
from training.looked import seen_of  # noqa: E402
from wsai.diagnosis.rules import RULE_CODES  # noqa: E402
from wsai.perception.models import active_id, models_dir, read_card  # noqa: E402
from wsai.perception.onnx_detector import OnnxDetector  # noqa: E402
from wsai.vision.images import ImageLimits, decode  # noqa: E402
from wsai.vision.labels import Label  # noqa: E402

RESULT = ROOT / "benchmarks" / "headline.json"
REAL = ("fire-extinguisher", "exit-sign-campus")
WITHOUT = (
    "construction-safety-rf100", "construction-ppe", "construction-site-safety", "forklift",
    "fire-smoke-cctv", "fall-ward-cctv",
)  # fmt: skip
"""Real sets whose photos hardly ever show the labels below."""

RENDERED_ONLY = (
    Label.FIRE_EXTINGUISHER, Label.EXIT_SIGN, Label.FIRE_SIGN, Label.HYDRANT_BOX, Label.EXIT_DOOR,
    Label.MOVING_PART, Label.GUARD, Label.MACHINE, Label.OBSTACLE, Label.SPILL, Label.CHAIN_LOCK,
)  # fmt: skip
PLAIN_SCORE = 0.25

SCENES = ("rendered", "more-machines", "exits")
"""Rendered sets whose ``eval`` parts show machines, goods and floors that no training scene has."""
JUDGED: dict[str, tuple[tuple[str, str], ...]] = {
    "kinds learned from": tuple((name, "val") for name in (*SCENES, "walkways")),
    "other kinds": tuple((name, "eval") for name in (*SCENES, "walkways")),
}
"""Rendered parts of which the findings are judged, not the boxes; no model learned from them."""


def photos(
    data: Path, cards: dict[str, DatasetCard], names: tuple[str, ...] = WITHOUT
) -> Iterator[Path]:
    """Yield the validation photos of sets without the labels."""
    for name in names:
        for sample in read_split(data, cards[name], "val"):
            yield sample.path


def false_boxes(detector: OnnxDetector, paths: list[Path]) -> dict[str, dict[str, float | None]]:
    """Return for each label the boxes a picture at a score of 0.25, and at its own threshold."""
    plain = dict.fromkeys(RENDERED_ONLY, 0)
    own = dict.fromkeys(RENDERED_ONLY, 0)
    for path in paths:
        picture = decode(path.read_bytes(), limits=ImageLimits(), at_least_px=detector.input_px)
        found = detector.detect(picture, min_score=0.05)
        for label, score in zip(found.labels, found.scores.tolist(), strict=True):
            if label in plain:
                plain[label] += score >= PLAIN_SCORE
                threshold = detector.thresholds.get(label)
                own[label] += threshold is not None and score >= threshold
    return {
        label.value: {
            "at_0.25": round(plain[label] / len(paths), 4),
            "at_its_threshold": round(own[label] / len(paths), 4)
            if label in detector.thresholds
            else None,
        }
        for label in RENDERED_ONLY
    }


def findings(
    detector: OnnxDetector,
    parts: tuple[tuple[str, str], ...],
    data: Path,
    cards: dict[str, DatasetCard],
) -> dict[str, Any]:
    """Return how each hazard fared, against what the same rules make of the true boxes."""
    rows = []
    for name, part in parts:
        rows += seen_of(look_at(detector, read_split(data, cards[name], part)))
    known = {name: cards[name].exhaustive for name, _ in parts}
    counts = hazard_counts(
        rows, known, detector.thresholds, detector.probability, sorted(RULE_CODES)
    )
    return {"photos": len(rows)} | {code: count.as_json() for code, count in counts.items()}


def measured(folder: Path, data: Path, cards: dict[str, DatasetCard]) -> dict[str, Any]:
    """Return the figures of one model, by the file that it runs."""
    detector = OnnxDetector(folder, read_card(folder))
    told: dict[str, Any] = {"id": folder.name, "file": detector.card.runs}
    for name in (*REAL, *SCENES):
        looked = look_at(detector, read_split(data, cards[name], "eval"), tick=lambda: None)
        told[name] = average_precision(looked, cards[name])
    told["findings"] = {
        kinds: findings(detector, parts, data, cards) for kinds, parts in JUDGED.items()
    }
    paths = list(photos(data, cards))
    told["photos_without"] = len(paths)
    told["false_boxes_a_photo"] = false_boxes(detector, paths)
    doors = list(photos(data, cards, ("doors",)))
    told["photos_of_doors"] = len(doors)
    told["false_locks_a_door_photo"] = false_boxes(detector, doors)[Label.CHAIN_LOCK.value]
    return told


def _kept(out: Path, report: dict[str, Any]) -> dict[str, Any]:
    """Return the rows of the last run that were not measured again.

    Real photos stay as they are; rendered scenes are others when the generator has changed, and
    their figures are left out where they are of another version of those sets.
    """
    if not out.exists():
        return {}
    last = json.loads(out.read_text(encoding="utf-8"))
    shipped = last["shipped"]
    rows = {shipped["id"]: shipped, **last["others"]}
    before, now = last.get("scenes", {}), report["scenes"]
    other = {name for name in now if before.get(name) != now[name]}
    of_scenes = {*other, "findings"} if other else set()
    return {
        name: {key: value for key, value in row.items() if key not in of_scenes}
        | {"measured": row.get("measured", last["measured"])}
        for name, row in rows.items()
        if name not in report["others"] and row["id"] != report["shipped"]["id"]
    }


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--also", multiple=True, metavar="NAME=FOLDER", help="Another model to measure.")
@click.option("--out", type=click.Path(path_type=Path), default=RESULT)
def main(data: Path, also: tuple[str, ...], out: Path) -> None:
    """Measure, print and write ``benchmarks/headline.json``."""
    cards = read_cards(ROOT / "datasets")
    report: dict[str, Any] = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "scenes": {name: cards[name].version for parts in JUDGED.values() for name, _ in parts},
        "shipped": measured(models_dir() / active_id(models_dir()), data, cards),
        "others": {},
    }
    for one in also:
        name, _, folder = one.partition("=")
        report["others"][name] = measured(Path(folder), data, cards)
    report["others"] = _kept(out, report) | report["others"]
    out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    click.echo(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
