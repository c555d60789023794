"""How good a shipped model is: average precision per label and set, from its own files."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from faster_coco_eval import COCO, COCOeval_faster

from training.datasets import LABELS, DatasetCard, Sample
from training.matching import truth_boxes
from wsai.errors import ImageUnreadable
from wsai.perception.onnx_detector import OnnxDetector
from wsai.vision.detections import Detections
from wsai.vision.picture import Picture

LOWEST_SCORE = 0.001
Looked = tuple[Sample, Detections, int, int]
"""A sample, what the model found on it, its width and its height."""


def look_at(
    detector: OnnxDetector, samples: Sequence[Sample], *, tick: Callable[[], None] = lambda: None
) -> list[Looked]:
    """Return what the detector finds on each sample, down to a score of 0.001.

    Raises:
        ImageUnreadable: A picture cannot be decoded.
    """
    looked: list[Looked] = []
    for sample in samples:
        pixels = cv2.imread(str(sample.path), cv2.IMREAD_COLOR)
        if pixels is None:
            raise ImageUnreadable(f"{sample.path}: not a picture that can be decoded")
        height, width = pixels.shape[:2]
        picture = Picture(np.asarray(pixels, dtype=np.uint8), width, height)
        looked.append((sample, detector.detect(picture, min_score=LOWEST_SCORE), width, height))
        tick()
    return looked


def average_precision(looked: Sequence[Looked], card: DatasetCard) -> dict[str, Any]:
    """Return mAP and the AP of each label on one set, counted as COCO counts.

    Only labels that the set's annotators looked for and that occur count; what the model finds of
    other labels is left out, since nobody knows whether it is right.

    Returns:
        ``{"pictures", "map50", "map50_95", "labels": {label: {"ap50", "ap50_95", "truths"}}}``.
    """
    known = card.known(with_presumed=False)
    present = {int(c) for sample, *_ in looked for c in sample.classes}
    numbers = [n for n in sorted(present) if known[n]]
    labels = {LABELS[n].value: _label_precision(looked, n) for n in numbers}

    def mean(key: str) -> float:
        return round(float(np.mean([row[key] for row in labels.values()])), 4) if labels else 0.0

    return {
        "pictures": len(looked),
        "map50": mean("ap50"),
        "map50_95": mean("ap50_95"),
        "labels": labels,
    }


def _label_precision(looked: Sequence[Looked], number: int) -> dict[str, float | int]:
    label = LABELS[number]
    annotations: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for picture, (sample, detections, width, height) in enumerate(looked, start=1):
        for box in truth_boxes(sample, width, height)[sample.classes == number].tolist():
            annotations.append(_row(picture, box) | {"id": len(annotations) + 1, "iscrowd": 0})
        own = detections.only(label)
        for box, score in zip(own.boxes.tolist(), own.scores.tolist(), strict=True):
            found.append(_row(picture, box) | {"score": score})
    if not found:
        return {"ap50": 0.0, "ap50_95": 0.0, "truths": len(annotations)}
    images = [{"id": i, "width": w, "height": h} for i, (_, _, w, h) in enumerate(looked, start=1)]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(
            {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "it"}]}
        )
        judge = COCOeval_faster(truth, truth.loadRes(found), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return {
        "ap50": round(float(judge.stats[1]), 4),
        "ap50_95": round(float(judge.stats[0]), 4),
        "truths": len(annotations),
    }


def _row(picture: int, box: list[float]) -> dict[str, Any]:
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    return {
        "image_id": picture,
        "category_id": 1,
        "bbox": [left, top, width, height],
        "area": width * height,
    }
