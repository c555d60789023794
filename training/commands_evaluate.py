"""``wsai-train evaluate`` and ``compare``: how good a model is, and whether it got better."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from training.compare import compare as compare_models
from training.compare import text
from training.datasets import DatasetCard, Sample, pictures_of, read_cards, read_split
from training.evaluate import look_at
from training.looked import Seen, counted, read_seen, seen_of, write_seen
from training.release import validation_part
from training.report import report, worst_false_alarms, worst_misses
from training.report_html import page
from wsai.catalogue.catalogue import load_catalogue
from wsai.errors import InvalidRequest
from wsai.perception.models import ModelCard, find_card, models_dir, read_card
from wsai.perception.onnx_detector import OnnxDetector
from wsai.vision.labels import Label

DATASETS = Path(__file__).resolve().parent.parent / "datasets"
REPORT, DETECTIONS, PAGE = "report.json", "detections.jsonl", "report.html"
existing = click.Path(exists=True, path_type=Path)
folder = click.Path(file_okay=False, path_type=Path)


def find_model(named: str, registry: Path | None) -> tuple[Path, ModelCard]:
    """Return the folder and card of a model named by its id or by its folder.

    Raises:
        ModelUnavailable: There is none.
    """
    if Path(named).is_dir() and ("/" in named or not registry):
        return Path(named), read_card(Path(named).resolve())
    place = registry or models_dir()
    card = find_card(place, named)
    return place / card.id, card


def measured_part(card: DatasetCard, part: str | None) -> str | None:
    """Return the part of a set to measure on: the named one, else what no model was trained on."""
    if part:
        return part if part in card.splits or part == validation_part(card) else None
    return validation_part(card) or ("eval" if "eval" in card.splits else None)


def _promised(place: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return what the model's card promises of each label; nothing where it has no figures."""
    try:
        found = json.loads((place / "metrics.json").read_text(encoding="utf-8"))
        labels: Mapping[str, Mapping[str, Any]] = found["labels"]
    except (OSError, ValueError, KeyError):
        return {}
    return labels


@click.command()
@click.argument("model")
@click.option("--data", type=existing, required=True, help="Folder that holds the pictures.")
@click.option("--datasets", type=existing, default=DATASETS, help="Folder of data set cards.")
@click.option("--models", type=existing, help="The registry; the project's own by default.")
@click.option("--set", "names", multiple=True, help="Only these sets; all by default.")
@click.option("--part", help="Which part; validation parts, else eval, by default.")
@click.option("--file", "file", help="Which file of the model; the one that runs by default.")
@click.option("--out", type=folder, required=True, help="Folder for the report.")
def evaluate(
    model: str,
    data: Path,
    datasets: Path,
    models: Path | None,
    names: tuple[str, ...],
    part: str | None,
    file: str | None,
    out: Path,
) -> None:
    """Measure MODEL (an id or a folder): report.json, report.html, detections.jsonl."""
    place, card = find_model(model, models)
    cards = read_cards(datasets)
    if unknown := [name for name in names if name not in cards]:
        raise InvalidRequest(
            f"no set {', '.join(unknown)} under {datasets}; there are: {', '.join(cards) or 'none'}"
        )
    chosen = {name: cards[name] for name in names or cards if cards[name].exhaustive}
    parts = {name: measured_part(one, part) for name, one in chosen.items()}
    samples: dict[str, list[Sample]] = {}
    for name, one in parts.items():
        # who asks for a set by name is not given a report without it
        if one and (name in names or pictures_of(data, chosen[name], one)[1]):
            samples[name] = read_split(data, chosen[name], one)
        elif one:
            click.echo(f"left out: no pictures of the set {name}", err=True)
    if not samples:
        raise InvalidRequest(f"{data}: no pictures of the part {part or 'val or eval'} of any set")
    detector = OnnxDetector(place, card, file=file)
    rows: list[Seen] = []
    with click.progressbar(
        length=sum(len(each) for each in samples.values()), label=card.id, file=sys.stderr
    ) as bar:
        for each in samples.values():
            rows += seen_of(look_at(detector, each, tick=lambda: bar.update(1)))
    known = {name: chosen[name].exhaustive for name in samples}
    write_report(out, rows, known, detector, file or card.runs, _promised(place))


def write_report(
    out: Path,
    rows: list[Seen],
    known: Mapping[str, tuple[Label, ...]],
    detector: OnnxDetector,
    file: str,
    promised: Mapping[str, Mapping[str, Any]],
) -> None:
    """Write what a model found, the figures, and the page, and say the headline."""
    out.mkdir(parents=True, exist_ok=True)
    rows = counted(known, rows)
    found = report(rows, known, detector.card, detector.probability, promised)
    found |= {
        "file": file,
        "precision": detector.card.precision if file == detector.card.runs else "float32",
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "known": {name: [label.value for label in labels] for name, labels in known.items()},
    }
    misses, alarms = worst_misses(rows), worst_false_alarms(rows)
    found["worst_misses"] = [worst.as_json() for worst in misses]
    found["worst_false_alarms"] = [worst.as_json() for worst in alarms]
    write_seen(out / DETECTIONS, rows)
    (out / PAGE).write_text(page(found, misses, alarms, load_catalogue()), encoding="utf-8")
    (out / REPORT).write_text(
        json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    for name, row in found["sets"].items():
        click.echo(f"{name}: mAP50 {row['map50']}, mAP50-95 {row['map50_95']}")
    click.echo(f"{out / PAGE}")


@click.command()
@click.argument("old", type=existing)
@click.argument("new", type=existing)
@click.option("--tolerance", default=0.0, show_default=True, help="AP50 that may be lost.")
@click.option("--out", type=click.Path(path_type=Path), help="Write comparison.json there.")
def compare(old: Path, new: Path, tolerance: float, out: Path | None) -> None:
    """Compare the reports OLD and NEW; exit status 1 where something got worse past chance."""
    changes = compare_models(read_seen(old / DETECTIONS), read_seen(new / DETECTIONS))
    click.echo(text(changes))
    if out:
        out.write_text(
            json.dumps([change.as_json() for change in changes], indent=1) + "\n", encoding="utf-8"
        )
    worse = [change for change in changes if change.regression(tolerance)]
    if worse:
        raise InvalidRequest(
            "worse, past chance: "
            + "; ".join(
                f"{c.dataset} {c.label} {c.before:.3f} -> {c.after:.3f} (at best {c.high:+.3f})"
                for c in worse
            )
        )
