"""When something seen again is the same as before: it joins, comes back, or stays dismissed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from wsai.ledger.machine import Case, Kind, machines
from wsai.vision.boxes import iou

SAME_BOX_IOU = 0.5
CAME_BACK = {Kind.GENERAL: ("closed", "reopen"), Kind.MAJOR: ("revisited", "relapse")}
"""The end from which a case of each kind comes back, and by which act."""


class Again(StrEnum):
    """What becomes of a hazard that is seen again."""

    NEW = "new"
    JOIN = "join"
    REOPEN = "reopen"


def seen_again(case: Case | None) -> Again:
    """Return what becomes of a hazard that is seen at a place with such a case before.

    An open case takes it in. One that was closed on proof comes back with its history. What a
    government closed, or was no hazard, is another matter: a new record.
    """
    if case is None:
        return Again.NEW
    if not case.ended and case.state != "delisted":
        return Again.JOIN
    return Again.REOPEN if back_by(case) else Again.NEW


def back_by(case: Case) -> str | None:
    """Return the act that opens a closed case again; ``None`` where none does."""
    action = CAME_BACK[case.kind][1]
    return action if machines()[case.kind].find(action, case.state) else None


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a place said of one code.

    Attributes:
        model: Which model.
        rule: Which rule, with its version.
        verdict: What it said.
        boxes: Evidence, shares of the picture's width and height.
    """

    model: str
    rule: str
    verdict: str
    boxes: Sequence[Sequence[float]]


def still_dismissed(before: Look, now: Look) -> bool:
    """Return whether what a person dismissed is seen again with nothing changed.

    The same model and rule say the same of the same parts of the picture. Another box, another
    model, or a verdict that has become sure asks a person anew.

    Example:
        >>> lamp = Look("m", "r@1", "hazard", [[0.1, 0.1, 0.2, 0.2]])
        >>> still_dismissed(lamp, lamp)
        True
        >>> still_dismissed(lamp, Look("m", "r@1", "hazard", [[0.6, 0.6, 0.8, 0.8]]))
        False
    """
    if (before.model, before.rule, before.verdict) != (now.model, now.rule, now.verdict):
        return False
    if not now.boxes or not before.boxes:
        return not now.boxes and not before.boxes
    overlaps = iou(np.array(now.boxes, dtype=np.float32), np.array(before.boxes, dtype=np.float32))
    return bool((overlaps.max(axis=1) >= SAME_BOX_IOU).all())
