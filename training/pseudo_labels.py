"""Labels of a teacher for what a set's annotators did not look for.

A set that labels forklifts says nothing of the helmets in its pictures. Where a trained model is
sure, its word is taken: a box where it is sure that there is one, and nothing where it is sure
that there is none. In between stays unknown, and the masked loss leaves it out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from training.datasets import LABELS, DatasetCard, Sample
from training.matching import truth_boxes
from wsai.errors import ImageUnreadable, InvalidRequest
from wsai.perception.onnx_detector import OnnxDetector
from wsai.vision.boxes import iou
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.picture import Picture

PARTS_OF: dict[Label, tuple[Label, ...]] = {
    Label.HELMET: (Label.NO_HELMET,),
    Label.NO_HELMET: (Label.HELMET,),
    Label.VEST: (Label.NO_VEST,),
    Label.NO_VEST: (Label.VEST,),
    Label.MASK: (Label.NO_MASK,),
    Label.NO_MASK: (Label.MASK,),
    Label.GOGGLES: (Label.NO_GOGGLES,),
    Label.NO_GOGGLES: (Label.GOGGLES,),
    Label.GLOVES: (Label.NO_GLOVES,),
    Label.NO_GLOVES: (Label.GLOVES,),
    Label.BOOTS: (Label.NO_BOOTS,),
    Label.NO_BOOTS: (Label.BOOTS,),
}
"""Labels that deny each other: where annotators drew one, a teacher's other one is a mistake."""

DENIED_IOU = 0.4


@dataclass(frozen=True, slots=True)
class Sureness:
    """From when a teacher counts as sure.

    Attributes:
        there: Calibrated probability from which a box is taken, ``0..1``.
        absent: Score below which everything in the picture must stay for a label to be absent.
    """

    there: float
    absent: float


@dataclass(frozen=True, slots=True)
class Said:
    """What a teacher is sure of in one picture.

    Attributes:
        classes: Class number of each box.
        boxes: Centre x, centre y, width, height of each, in ``0..1``.
        absent: Class numbers of which it is sure that there is none.
    """

    classes: tuple[int, ...]
    boxes: tuple[tuple[float, float, float, float], ...]
    absent: tuple[int, ...]


def said_of(
    found: Detections,
    sample: Sample,
    card: DatasetCard,
    teacher: OnnxDetector,
    *,
    width: int,
    height: int,
    sureness: Sureness,
) -> Said:
    """Return what the teacher is sure of among the labels that the set does not know.

    Only labels that the teacher has a threshold for count: of the others it knows too little to
    be sure of anything.

    Args:
        found: The teacher's detections, down to at most ``sureness.absent``.
        sample: The picture's own labels.
        card: Its set.
        teacher: For its calibration and thresholds.
        width: Of the picture, pixels.
        height: Of the picture, pixels.
        sureness: From when it counts as sure.
    """
    known = card.known(with_presumed=True)
    own_boxes = truth_boxes(sample, width, height)
    classes, boxes, absent = [], [], []
    for number, label in enumerate(LABELS):
        if known[number] or label not in teacher.thresholds:
            continue
        seen = found.only(label)
        if not (seen.scores >= sureness.absent).any():
            absent.append(number)
            continue
        denying = [LABELS.index(other) for other in PARTS_OF.get(label, ())]
        denied = own_boxes[np.isin(sample.classes, [*denying, number])]
        for box, score in zip(seen.boxes, seen.scores.tolist(), strict=True):
            if teacher.probability(label, score) < sureness.there:
                continue
            if len(denied) and (iou(box[None], denied) > DENIED_IOU).any():
                continue
            left, top, right, bottom = (box / [width, height, width, height]).tolist()
            classes.append(number)
            boxes.append(((left + right) / 2, (top + bottom) / 2, right - left, bottom - top))
    return Said(tuple(classes), tuple(boxes), tuple(absent))


def ask_teacher(
    teacher: OnnxDetector,
    samples: Sequence[Sample],
    cards: dict[str, DatasetCard],
    path: Path,
    *,
    sureness: Sureness,
    tick: Callable[[], None] = lambda: None,
) -> dict[str, int]:
    """Write what the teacher is sure of in every picture, and return the boxes of each label.

    The file is JSON lines: first who said it and from when it was sure, then one picture a line.

    Raises:
        ImageUnreadable: A picture cannot be decoded.
    """
    counts: dict[str, int] = {}
    part = path.with_suffix(path.suffix + ".part")
    with part.open("w", encoding="utf-8") as out:
        head = {"teacher": teacher.model_id, "there": sureness.there, "absent": sureness.absent}
        out.write(json.dumps(head) + "\n")
        for sample in samples:
            pixels = cv2.imread(str(sample.path), cv2.IMREAD_COLOR)
            if pixels is None:
                raise ImageUnreadable(f"{sample.path}: not a picture that can be decoded")
            height, width = pixels.shape[:2]
            picture = Picture(np.asarray(pixels, dtype=np.uint8), width, height)
            said = said_of(
                teacher.detect(picture, min_score=sureness.absent),
                sample,
                cards[sample.dataset],
                teacher,
                width=width,
                height=height,
                sureness=sureness,
            )
            out.write(json.dumps(_row(sample, said)) + "\n")
            for number in said.classes:
                counts[LABELS[number].value] = counts.get(LABELS[number].value, 0) + 1
            tick()
    part.replace(path)
    return dict(sorted(counts.items()))


def _row(sample: Sample, said: Said) -> dict[str, Any]:
    return {
        "dataset": sample.dataset,
        "picture": sample.path.name,
        "boxes": [
            [LABELS[number].value, *(round(value, 6) for value in box)]
            for number, box in zip(said.classes, said.boxes, strict=True)
        ],
        "absent": [LABELS[number].value for number in said.absent],
    }


def read_said(path: Path) -> dict[tuple[str, str], Said]:
    """Return what a teacher said: set and picture's name -> boxes and absent labels.

    Raises:
        InvalidRequest: The file is missing or not of this kind.
    """
    try:
        return dict(_rows(path))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidRequest(f"{path}: not a file of pseudo-labels: {error}") from error


def _rows(path: Path) -> Iterator[tuple[tuple[str, str], Said]]:
    with path.open(encoding="utf-8") as lines:
        json.loads(next(lines, ""))["teacher"]
        for line in lines:
            row = json.loads(line)
            boxes = row["boxes"]
            yield (
                (row["dataset"], row["picture"]),
                Said(
                    tuple(LABELS.index(Label(name)) for name, *_ in boxes),
                    tuple((float(x), float(y), float(w), float(h)) for _, x, y, w, h in boxes),
                    tuple(LABELS.index(Label(name)) for name in row["absent"]),
                ),
            )


def with_said(samples: Sequence[Sample], said: dict[tuple[str, str], Said]) -> list[Sample]:
    """Return the samples with the teacher's boxes added and its absences noted."""
    return [
        _joined(sample, said[key])
        if (key := (sample.dataset, sample.path.name)) in said
        else sample
        for sample in samples
    ]


def _joined(sample: Sample, said: Said) -> Sample:
    added = np.array(said.boxes, dtype=np.float32).reshape(-1, 4)
    return replace(
        sample,
        classes=np.concatenate([sample.classes, np.array(said.classes, dtype=np.int64)]),
        boxes=np.concatenate([sample.boxes, added]),
        absent=said.absent,
    )
