"""Is it fixed? An after-photo against the photo on which the hazard was found.

WSAI says "still there", "gone" or "can't tell", and why; a person accepts or returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from wsai.diagnosis.findings import Box, Finding, Verdict
from wsai.vision.detections import Boxes, Detections
from wsai.vision.labels import Label
from wsai.vision.picture import Picture
from wsai.vision.registration import Registration, register

LEAST_IN_VIEW = 0.6
ABOUT_PEOPLE = (
    "ppe-",
    "person-",
    "crowding",
    "sleeping-",
    "smoking",
    "restricted-zone-",
    "forklift-pedestrian-",
)
"""Hazards that go when the person goes: an empty place proves nothing of them."""

PEOPLE = frozenset({Label.PERSON, Label.PERSON_FALLEN})


class Outcome(StrEnum):
    """What an after-photo says."""

    STILL_THERE = "still-there"
    GONE = "gone"
    CANT_TELL = "cant-tell"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What WSAI says of an after-photo.

    Attributes:
        outcome: Still there, gone, or no telling.
        zh: Why, one Chinese sentence.
        en: The same in English.
        same_place: Whether both photos were recognised as one place.
        where: Where in the after-photo the hazard was, pixels of its original; empty where the
            place was not recognised.
        finding: What was found in the after-photo, where it is still there.
    """

    outcome: Outcome
    zh: str
    en: str
    same_place: bool
    where: tuple[Box, ...] = ()
    finding: Finding | None = None


def compare_photos(
    hazard: Finding,
    before: Picture,
    after: Picture,
    findings: Sequence[Finding],
    seen: Detections,
) -> Comparison:
    """Return whether a hazard is still there on an after-photo.

    "Gone" takes three things: the after-photo shows the same place, the part of it where the
    hazard was is in view, and the model, which can see this kind of hazard, sees none. For
    hazards of people somebody must be in the picture as well.

    Args:
        hazard: As it was found on the photo before.
        before: That photo.
        after: The photo of what was done.
        findings: The diagnosis of the after-photo.
        seen: Its detections that count.
    """
    again = next((f for f in findings if f.code == hazard.code), None)
    placed = register(before, after)
    boxes = np.array(hazard.boxes, dtype=np.float32).reshape(-1, 4)
    where = _boxes(placed.carried(boxes)) if placed and len(boxes) else ()
    if again is not None and again.verdict is Verdict.NOT_VISIBLE:
        return Comparison(
            Outcome.CANT_TELL,
            "当前模型还不能识别此项，请人工核对。",
            "The model cannot see this kind of hazard; compare by hand.",
            placed is not None,
            where,
        )
    if again is not None:
        return Comparison(
            Outcome.STILL_THERE,
            "整改后照片上仍发现同类隐患。",
            "The same kind of hazard is still seen on the photo after.",
            placed is not None,
            where,
            again,
        )
    return _unseen(hazard, placed, boxes, where, seen)


def _unseen(
    hazard: Finding,
    placed: Registration | None,
    boxes: Boxes,
    where: tuple[Box, ...],
    seen: Detections,
) -> Comparison:
    """Return what it means that the after-photo shows no such hazard."""
    if placed is None:
        return Comparison(
            Outcome.CANT_TELL,
            "未发现同类隐患，但看不出两张照片是同一地点，请在原位置重拍。",
            "No such hazard is seen, but the photos do not show the same place; take it again "
            "from where the first was taken.",
            False,
        )
    if len(boxes) and float(placed.seen_share(boxes).min()) < LEAST_IN_VIEW:
        return Comparison(
            Outcome.CANT_TELL,
            "未发现同类隐患，但原来的隐患部位不在画面内，请重拍。",
            "No such hazard is seen, but the part where it was is out of view; take it again.",
            True,
            where,
        )
    if hazard.code.startswith(ABOUT_PEOPLE) and not PEOPLE.intersection(seen.labels):
        return Comparison(
            Outcome.CANT_TELL,
            "照片上没有人，不能说明人员防护已整改。",
            "Nobody is in the photo, so it says nothing about people's protection.",
            True,
            where,
        )
    return Comparison(
        Outcome.GONE,
        "同一地点，原隐患部位在画面内，未再发现此隐患。",
        "The same place, the part in view, and the hazard is no longer seen.",
        True,
        where,
    )


def _boxes(rows: Boxes) -> tuple[Box, ...]:
    return tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in rows.tolist())
