"""What a model found and what was labelled, kept so that two models can be compared later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.datasets import LABELS
from training.evaluate import Looked
from training.matching import truth_boxes
from wsai.errors import InvalidRequest
from wsai.vision.detections import Detections
from wsai.vision.labels import Label


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One picture with what is in it and what was found.

    Attributes:
        dataset: Name of its set.
        picture: Its file's name.
        path: Where it lies; ``None`` where it was read from a report.
        width: Pixels.
        height: Pixels.
        found: By the model, down to a score of 0.001.
        truth: By annotators, each with score 1.
    """

    dataset: str
    picture: str
    path: Path | None
    width: int
    height: int
    found: Detections
    truth: Detections


def seen_of(looked: Sequence[Looked]) -> list[Seen]:
    """Return the pictures that a model looked at."""
    return [
        Seen(
            sample.dataset,
            sample.path.name,
            sample.path,
            width,
            height,
            found,
            Detections(
                truth_boxes(sample, width, height),
                np.ones(len(sample.classes), dtype=np.float32),
                tuple(LABELS[number] for number in sample.classes.tolist()),
            ),
        )
        for sample, found, width, height in looked
    ]


def write_seen(path: Path, rows: Iterable[Seen]) -> None:
    """Write one picture a line."""
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as out:
        for row in rows:
            line = {
                "dataset": row.dataset,
                "picture": row.picture,
                "width": row.width,
                "height": row.height,
                "found": _rows(row.found),
                "truth": _rows(row.truth),
            }
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    part.replace(path)


def _rows(found: Detections) -> list[list[Any]]:
    return [
        [label.value, round(score, 5), *(round(side, 2) for side in box)]
        for label, score, box in zip(
            found.labels, found.scores.tolist(), found.boxes.tolist(), strict=True
        )
    ]


def read_seen(path: Path) -> list[Seen]:
    """Return what `write_seen` wrote.

    Raises:
        InvalidRequest: The file is missing or of another kind.
    """
    try:
        return list(_read(path))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidRequest(f"{path}: not the detections of a report: {error}") from error


def _read(path: Path) -> Iterator[Seen]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield Seen(
                row["dataset"],
                row["picture"],
                None,
                row["width"],
                row["height"],
                _detections(row["found"]),
                _detections(row["truth"]),
            )


def _detections(rows: Sequence[Sequence[Any]]) -> Detections:
    return Detections.of([(Label(name), score, box) for name, score, *box in rows])


def by_set(rows: Iterable[Seen]) -> dict[str, list[Seen]]:
    """Return the pictures of each set, in their order."""
    sets: dict[str, list[Seen]] = {}
    for row in rows:
        sets.setdefault(row.dataset, []).append(row)
    return sets


def counted(known: Mapping[str, Sequence[Label]], rows: Iterable[Seen]) -> list[Seen]:
    """Return the pictures with what their set knows alone: of the rest nobody knows the truth."""
    kept = []
    for row in rows:
        labels = set(known[row.dataset])
        kept.append(
            Seen(
                row.dataset,
                row.picture,
                row.path,
                row.width,
                row.height,
                _only(row.found, labels),
                _only(row.truth, labels),
            )
        )
    return kept


def _only(found: Detections, labels: set[Label]) -> Detections:
    return found.take([n for n, label in enumerate(found.labels) if label in labels])
