"""Everything that is worth knowing about how good a model is, as numbers.

``report.json`` holds what this module returns; ``training/report_html.py`` draws it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.average_precision import ANY_SIZE, SIZES, Curve, match_picture
from training.calibrate import (
    BINS,
    CALIBRATED_FROM_SCORE,
    cross_fitted_error,
    cross_fitted_probabilities,
)
from training.hazard_level import hazard_counts
from training.looked import Seen, by_set
from training.matching import Judged
from wsai.diagnosis.rules import RULE_CODES
from wsai.perception.models import ModelCard
from wsai.vision.boxes import iou
from wsai.vision.labels import Label

CONFUSED_IOU = 0.5
FALLBACK_THRESHOLD = 0.3
"""For counting confusions of labels that the model has no threshold for."""
CURVE_POINTS = 60
MOST_SHOWN = 24
NOTHING = "nothing"


def curve_of(rows: Sequence[Seen], label: Label, size: tuple[float, float] = ANY_SIZE) -> Curve:
    """Return the curve of one label over pictures whose sets know it."""
    matches = []
    for row in rows:
        found, truth = row.found.only(label), row.truth.only(label)
        matches.append(match_picture(found.boxes, found.scores, truth.boxes, size=size))
    return Curve.of(matches)


def labels_in(rows: Iterable[Seen]) -> list[Label]:
    """Return the labels that occur in the truth, in the order of the vocabulary."""
    present = {label for row in rows for label in row.truth.labels}
    return [label for label in Label if label in present]


def set_figures(rows: Sequence[Seen]) -> dict[str, Any]:
    """Return mAP50, mAP50-95, by label and by size, of one set.

    Args:
        rows: Pictures of one set, what its annotators did not look for left out.
    """
    labels: dict[str, dict[str, Any]] = {}
    for label in labels_in(rows):
        whole = curve_of(rows, label).precision()
        row: dict[str, Any] = {
            "truths": int(sum(len(r.truth.only(label)) for r in rows)),
            "ap50": _rounded(whole[0]),
            "ap50_95": _rounded(whole.mean()),
        }
        for size, limits in SIZES.items():
            part = curve_of(rows, label, limits)
            row[size] = {
                "truths": int(part.truths.sum()),
                "ap50": _rounded(part.precision()[0]),
            }
        labels[label.value] = row
    return {
        "pictures": len(rows),
        "map50": _mean(row["ap50"] for row in labels.values()),
        "map50_95": _mean(row["ap50_95"] for row in labels.values()),
        "sizes": {
            size: _mean(row[size]["ap50"] for row in labels.values() if row[size]["truths"])
            for size in SIZES
        },
        "labels": labels,
    }


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(float(np.mean(known)), 4) if known else None


def label_figures(
    rows: Sequence[Seen], label: Label, card: ModelCard, promised: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the precision-recall curve, threshold and calibration of one label over all sets.

    Args:
        rows: Pictures of every set that knows the label.
        label: Which.
        card: For the threshold.
        promised: What the model's own card says of the label: precision and recall there.
    """
    curve = curve_of(rows, label)
    total = float(curve.truths.sum())
    recall, precision = curve.points(0, np.ones(len(rows)), max(total, 1.0))
    places = np.unique(np.linspace(0, max(len(recall) - 1, 0), CURVE_POINTS).astype(int))
    threshold = card.thresholds.get(label)
    told = int((curve.scores >= threshold).sum()) if threshold is not None else 0
    found = {
        "truths": int(total),
        "ap50": _rounded(curve.at_half()),
        "curve": [
            [round(float(recall[n]), 4), round(float(precision[n]), 4)]
            for n in places.tolist()
            if len(recall)
        ],
        "threshold": threshold,
        "precision": round(float(precision[told - 1]), 4) if told else None,
        "recall": round(float(recall[told - 1]), 4) if told else None,
        "promised_precision": promised.get("precision") if threshold is not None else None,
        "promised_recall": promised.get("recall") if threshold is not None else None,
    }
    return found | {"calibration": calibration_figures(curve)}


def calibration_figures(curve: Curve) -> dict[str, Any]:
    """Return ECE before and after calibration, and the reliability of both in ten bins.

    After means cross-fitted: each half of the pictures judged by a calibration of the other half.
    """
    judged = Judged(curve.scores, curve.right[0], curve.pictures.astype(np.int64), 0)
    before, after = cross_fitted_error(judged)
    use = judged.scores >= CALIBRATED_FROM_SCORE
    fitted = cross_fitted_probabilities(judged)
    return {
        "detections": int(use.sum()),
        "ece_before": round(before, 4),
        "ece_after": round(after, 4),
        "reliability_before": _reliability(judged.scores[use], judged.right[use]),
        "reliability_after": _reliability(fitted, judged.right[use]),
    }


def _reliability(chances: Any, right: Any) -> list[list[float]]:
    """Return for each filled bin: mean chance, share that is right, count."""
    bins = np.minimum((chances * BINS).astype(int), BINS - 1)
    return [
        [
            round(float(chances[bins == n].mean()), 4),
            round(float(right[bins == n].mean()), 4),
            int((bins == n).sum()),
        ]
        for n in range(BINS)
        if (bins == n).any()
    ]


def confusion(rows: Iterable[Seen], thresholds: Mapping[Label, float]) -> dict[str, dict[str, int]]:
    """Return how often what is there was taken for what: truth -> found -> count.

    Each detection that counts takes the labelled box that it covers best, whatever its label;
    ``nothing`` stands for a box that nothing was found on, and for a detection on nothing.
    """
    counts: dict[str, dict[str, int]] = {}

    def add(true: str, told: str) -> None:
        row = counts.setdefault(true, {})
        row[told] = row.get(told, 0) + 1

    for row in rows:
        kept = [
            n
            for n, (label, score) in enumerate(
                zip(row.found.labels, row.found.scores.tolist(), strict=True)
            )
            if score >= thresholds.get(label, FALLBACK_THRESHOLD)
        ]
        found = row.found.take(kept)
        overlap = iou(found.boxes, row.truth.boxes)
        # the same label first, else a person in a vest is confused with the vest
        same = np.array([[a == b for b in row.truth.labels] for a in found.labels]).reshape(
            overlap.shape
        )
        taken: set[int] = set()
        for n in np.argsort(-found.scores, kind="stable").tolist():
            free = [m for m in range(len(row.truth)) if m not in taken]
            near = [m for m in free if overlap[n, m] >= CONFUSED_IOU]
            best = max(near, key=lambda m: (same[n, m], overlap[n, m]), default=None)
            true = row.truth.labels[best].value if best is not None else NOTHING
            add(true, found.labels[n].value)
            if best is not None:
                taken.add(best)
        for m in set(range(len(row.truth))) - taken:
            add(row.truth.labels[m].value, NOTHING)
    return counts


@dataclass(frozen=True, slots=True, eq=False)
class Worst:
    """One of the worst mistakes.

    Attributes:
        seen: The picture.
        label: What was missed or wrongly found.
        box: Left, top, right, bottom in pixels.
        score: Of the false alarm; of a miss the best score of its label on it, ``0`` if none.
    """

    seen: Seen
    label: Label
    box: tuple[float, float, float, float]
    score: float

    def as_json(self) -> dict[str, Any]:
        """Return where to look."""
        return {
            "dataset": self.seen.dataset,
            "picture": self.seen.picture,
            "label": self.label.value,
            "box": [round(side, 1) for side in self.box],
            "score": round(self.score, 4),
        }


def worst_false_alarms(rows: Iterable[Seen], *, most: int = MOST_SHOWN) -> list[Worst]:
    """Return the detections on nothing with the highest scores, one a picture and label."""
    best: dict[tuple[str, str, Label], Worst] = {}
    for row in rows:
        for n, label in enumerate(row.found.labels):
            on = iou(row.found.boxes[n : n + 1], row.truth.only(label).boxes)
            score = float(row.found.scores[n])
            key = (row.dataset, row.picture, label)
            if on.max(initial=0.0) < CONFUSED_IOU and (key not in best or best[key].score < score):
                best[key] = Worst(row, label, _box(row.found.boxes[n]), score)
    return sorted(best.values(), key=lambda worst: -worst.score)[:most]


def worst_misses(rows: Iterable[Seen], *, most: int = MOST_SHOWN) -> list[Worst]:
    """Return the labelled objects that were missed most clearly: large ones with low scores.

    Sorted by the share of the picture that the object takes, times what the model's best score on
    it leaves to 1.
    """
    missed: list[tuple[float, Worst]] = []
    for row in rows:
        for m, label in enumerate(row.truth.labels):
            own = row.found.only(label)
            on = iou(row.truth.boxes[m : m + 1], own.boxes)[0] >= CONFUSED_IOU
            score = float(own.scores[on].max(initial=0.0))
            left, top, right, bottom = box = _box(row.truth.boxes[m])
            share = (right - left) * (bottom - top) / (row.width * row.height)
            missed.append((share**0.5 * (1 - score), Worst(row, label, box, score)))
    missed.sort(key=lambda pair: -pair[0])
    return [worst for _, worst in missed[:most]]


def _box(sides: Any) -> tuple[float, float, float, float]:
    left, top, right, bottom = (float(side) for side in sides)
    return left, top, right, bottom


def report(
    rows: Sequence[Seen],
    known: Mapping[str, Sequence[Label]],
    card: ModelCard,
    probability: Callable[[Label, float], float],
    promised: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Return all figures of a model over these pictures.

    Args:
        rows: What was found and what is there, what a set does not know left out.
        known: Set to the labels that it covers exhaustively.
        card: The model's.
        probability: Its calibration.
        promised: Label to what its own card promises.
    """
    sets = by_set(rows)
    figures = {name: set_figures(part) for name, part in sets.items()}
    labels: dict[str, dict[str, Any]] = {}
    for label in labels_in(rows):
        own = [row for row in rows if label in known[row.dataset]]
        labels[label.value] = label_figures(own, label, card, promised.get(label.value, {}))
    pictures = [figure["pictures"] for figure in figures.values()]
    return {
        "model": card.id,
        "pictures": len(rows),
        "map50": _weighted(figures, "map50", pictures),
        "map50_95": _weighted(figures, "map50_95", pictures),
        "sets": figures,
        "labels": labels,
        "confusion": confusion(rows, card.thresholds),
        "hazards": {
            code: count.as_json()
            for code, count in hazard_counts(
                rows, known, card.thresholds, probability, sorted(RULE_CODES)
            ).items()
        },
    }


def _weighted(
    figures: Mapping[str, Mapping[str, Any]], key: str, pictures: Sequence[int]
) -> float | None:
    """Return the mean over sets, each worth its pictures; sets without a figure left out."""
    pairs = [
        (figure[key], count)
        for figure, count in zip(figures.values(), pictures, strict=True)
        if figure[key] is not None
    ]
    if not pairs:
        return None
    values, weights = zip(*pairs, strict=True)
    return round(float(np.average(values, weights=weights)), 4)
