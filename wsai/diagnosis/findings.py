"""One suspected hazard, and why WSAI suspects it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wsai.vision.labels import Label

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the upright original."""


class Verdict(StrEnum):
    """How far a picture goes towards proving a hazard."""

    HAZARD = "hazard"
    ASK_A_PERSON = "ask-a-person"
    NOT_VISIBLE = "not-visible"


Polygon = tuple[tuple[float, float], ...]
"""At least three corners ``(x, y)`` in pixels of the upright original."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One object that a finding rests on.

    Attributes:
        label: What it is.
        score: The detector's score, ``0..1``.
        box: Left, top, right, bottom in pixels of the upright original.
    """

    label: Label
    score: float
    box: Box


@dataclass(frozen=True, slots=True)
class Because:
    """Why: which rule fired on which objects in which relation.

    Attributes:
        rule: The rule's name with its version, ``ppe/helmet@2``.
        relation: What holds between the objects, ``bare-head-on-person``; a stable word.
        objects: The objects, the deciding one first; empty for ``not-visible``.
        zh: The reason as one Chinese sentence.
        en: The reason as one English sentence.
        areas: Polygons that the reason is about, in pixels of the upright original: the clearance
            zone before an exit, for one.
    """

    rule: str
    relation: str
    objects: tuple[Evidence, ...]
    zh: str
    en: str
    areas: tuple[Polygon, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One suspected hazard in one picture.

    Attributes:
        code: The hazard's code in the catalogue.
        verdict: How far the picture goes.
        probability: Calibrated, ``0..1``; ``None`` when the picture shows nothing either way.
        boxes: Where to look, in pixels of the upright original; the evidence to draw.
        because: Why.
        question_zh: What to ask a person, for ``ask-a-person``; else ``None``.
        question_en: The same in English.
        nearest: Codes of hazards that it may be, the likeliest first, where the picture shows a
            change and not what it is of.
    """

    code: str
    verdict: Verdict
    probability: float | None
    boxes: tuple[Box, ...]
    because: Because
    question_zh: str | None = None
    question_en: str | None = None
    nearest: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.probability is not None and not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"probability must be in 0..1, got {self.probability}")
        if self.verdict is Verdict.NOT_VISIBLE and self.probability is not None:
            raise ValueError("a not-visible finding has no probability")
