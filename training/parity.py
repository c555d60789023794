"""The parity gate, which lets an export pass only while it is still the same model.

An export is compared with what it was made from, on the same pictures: average precision of every
label, and box against box. Averages alone hide a lost label, boxes alone hide what the loss costs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.average_precision import bootstrap
from training.datasets import LABELS, DatasetCard
from training.evaluate import Looked, average_precision
from training.looked import seen_of
from training.report import curve_of
from wsai.vision.boxes import iou
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.surface import Layer

SAME_BOX_IOU = 0.5
ROUNDS, SEED, SURELY = 400, 20, 2.5
"""Resamples, their seed, and the percentile of the loss that must lie above 0."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far an export may drift.

    Attributes:
        map50: Loss of mAP50, averaged over the pictures of all sets.
        label_ap50: Loss of a label's AP50 in one set, where it is past chance. About a hundred
            labels are compared: of so many one loses as much by luck.
        fewest: Labelled objects from which a label's AP is believed: with fewer, one box more or
            less moves it by more than any export does.
        unmatched: Share of the boxes that count which the other model has not, either way.
        layer_iou: Of the cells where both maps show a layer that is acted on, over all pictures.
        fewest_cells: Cells from which a layer's overlap is believed.
    """

    map50: float = 0.01
    label_ap50: float = 0.05
    fewest: int = 30
    unmatched: float = 0.08
    layer_iou: float = 0.8
    fewest_cells: int = 2000


@dataclass(frozen=True, slots=True)
class Parity:
    """How an export compares.

    Attributes:
        map50_loss: Averaged over the pictures of all sets; negative where the export is better.
        sets: Set to its loss of mAP50.
        labels: Set to label to its loss of AP50, for labels with enough objects.
        boxes: Boxes that count, of both models together.
        unmatched: Share of them without a partner of the same label.
        layers: Layer to the overlap of both maps (IoU); empty for models without maps.
        drifts: What is past the tolerance, a line each; empty where the export may ship.
    """

    map50_loss: float
    sets: dict[str, float]
    labels: dict[str, dict[str, float]]
    boxes: int
    unmatched: float
    layers: dict[str, float]
    drifts: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Return whether the export may ship."""
        return not self.drifts

    def as_json(self) -> dict[str, Any]:
        """Return it for ``metrics.json``."""
        return asdict(self) | {"holds": self.holds, "drifts": list(self.drifts)}


def unmatched_boxes(
    one: Detections, other: Detections, thresholds: Mapping[Label, float]
) -> tuple[int, int]:
    """Return how many boxes count, in both, and how many of them have no partner.

    A box counts from its label's threshold on; its partner may score a little less: half the
    threshold is enough, so that a score just below does not count as a lost box.

    Example:
        >>> a = Detections.of([(Label.FIRE, 0.9, (0, 0, 10, 10))])
        >>> b = Detections.of([(Label.FIRE, 0.4, (0, 0, 10, 9)), (Label.FIRE, 0.8, (50, 0, 60, 9))])
        >>> unmatched_boxes(a, b, {Label.FIRE: 0.5})
        (2, 1)
    """
    counted = lost = 0
    for label, threshold in thresholds.items():
        ours, theirs = one.only(label), other.only(label)
        for mine, partners in ((ours, theirs), (theirs, ours)):
            sure = mine.take(mine.scores >= threshold)
            near = partners.take(partners.scores >= threshold / 2)
            counted += len(sure)
            if len(sure):
                found = iou(sure.boxes, near.boxes) >= SAME_BOX_IOU
                lost += int((~found.any(axis=1)).sum())
    return counted, lost


def past_chance(reference: Sequence[Looked], candidate: Sequence[Looked], label: Label) -> bool:
    """Return whether a label's loss of AP50 is more than the choice of these pictures explains.

    The same pictures are drawn for both in each round (paired bootstrap: Efron and Tibshirani,
    1993, chapter 8); the 95 % interval of the loss must lie above 0.

    Args:
        reference: What the original found.
        candidate: The same pictures in the same order, by the export.
        label: Whose loss.
    """
    before, after = (curve_of(seen_of(side), label) for side in (reference, candidate))
    losses = [
        before.at_half(weights) - after.at_half(weights)
        for weights in bootstrap(len(reference), rounds=ROUNDS, seed=SEED)
    ]
    return bool(np.nanpercentile(losses, SURELY) > 0)


def compare(
    reference: Mapping[str, Sequence[Looked]],
    candidate: Mapping[str, Sequence[Looked]],
    cards: Mapping[str, DatasetCard],
    thresholds: Mapping[Label, float],
    tolerance: Tolerance | None = None,
) -> Parity:
    """Return how an export compares with what it was made from.

    Args:
        reference: Set to what the original found in its pictures.
        candidate: The same pictures in the same order, by the export.
        cards: Of the sets.
        thresholds: From which score a label's boxes count.
        tolerance: How far the export may drift.
    """
    allowed = tolerance or Tolerance()
    sets: dict[str, float] = {}
    labels: dict[str, dict[str, float]] = {}
    drifts: list[str] = []
    pictures = counted = lost = 0
    total = 0.0
    for name, looked in reference.items():
        before = average_precision(looked, cards[name])
        after = average_precision(candidate[name], cards[name])
        sets[name] = round(before["map50"] - after["map50"], 4)
        total += sets[name] * len(looked)
        pictures += len(looked)
        labels[name] = {
            label: round(row["ap50"] - after["labels"][label]["ap50"], 4)
            for label, row in before["labels"].items()
            if row["truths"] >= allowed.fewest
        }
        drifts += [
            f"{name}, {label}: AP50 falls by {loss:.3f} (allowed: {allowed.label_ap50})"
            for label, loss in labels[name].items()
            if loss > allowed.label_ap50 and past_chance(looked, candidate[name], Label(label))
        ]
        for (_, one, _, _), (_, other, _, _) in zip(looked, candidate[name], strict=True):
            both, without = unmatched_boxes(one, other, thresholds)
            counted, lost = counted + both, lost + without
    mean = round(total / max(pictures, 1), 4)
    share = round(lost / max(counted, 1), 4)
    if mean > allowed.map50:
        drifts.insert(0, f"mAP50 falls by {mean:.4f} on average (allowed: {allowed.map50})")
    if share > allowed.unmatched:
        drifts.append(
            f"{share:.1%} of {counted} boxes have no partner (allowed: {allowed.unmatched:.0%})"
        )
    layers = _layers_of(reference, candidate, fewest=allowed.fewest_cells)
    drifts += [
        f"the map of {layer} overlaps by {overlap:.2f} (needed: {allowed.layer_iou})"
        for layer, overlap in layers.items()
        if overlap < allowed.layer_iou
    ]
    return Parity(mean, sets, labels, counted, share, layers, tuple(drifts))


def _layers_of(
    reference: Mapping[str, Sequence[Looked]],
    candidate: Mapping[str, Sequence[Looked]],
    *,
    fewest: int,
) -> dict[str, float]:
    """Return the overlap of what both maps show, for the layers that are acted on."""
    both, either = Counter[Layer](), Counter[Layer]()
    for name, looked in reference.items():
        for (_, one, _, _), (_, other, _, _) in zip(looked, candidate[name], strict=True):
            if one.surface is None or other.surface is None:
                continue
            for layer in one.surface.trusted:
                here, there = (side.of(layer) >= 0.5 for side in (one.surface, other.surface))
                both[layer] += int((here & there).sum())
                either[layer] += int((here | there).sum())
    return {
        layer.value: round(both[layer] / either[layer], 4)
        for layer in Layer
        if either[layer] >= fewest
    }


def plain_thresholds(thresholds: Mapping[Label, float], fallback: float) -> dict[Label, float]:
    """Return a threshold for every label, the fallback where a model has none."""
    return {label: thresholds.get(label, fallback) for label in LABELS}
