"""What a rule may look at beside the detections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wsai.diagnosis.findings import Box, Evidence
from wsai.vision.detections import Boxes, Detections
from wsai.vision.labels import Label
from wsai.vision.sign_light import SignLight
from wsai.vision.surface import Layer, Surface
from wsai.vision.zones import Purpose, Zone, contains

SITE_LABELS = (
    Label.HELMET,
    Label.VEST,
    Label.CONE,
    Label.MACHINERY,
    Label.FORKLIFT,
    Label.PALLET,
)
"""Things that say: this is a work site where people wear protection."""


@dataclass(frozen=True, slots=True)
class RuleContext:
    """The picture's frame, the places in it, and what a score is worth.

    Attributes:
        width: Pixels of the upright original.
        height: Pixels of the upright original.
        zones: Drawn for this checkpoint or camera; empty for a loose photo.
        probability: Calibrated probability of a label's score, ``0..1``.
        surface: What lies on floors and tops; ``None`` where the model does not map it.
        light: How a sign in a box shines; ``None`` where there is no picture to look at.
        faint: Objects below their label's threshold: never a reason of their own to say something,
            but maybe one not to, or beside another. ``None`` where nobody kept them.
    """

    width: int
    height: int
    zones: tuple[Zone, ...]
    probability: Callable[[Label, float], float]
    surface: Surface | None = None
    light: Callable[[Box], SignLight | None] | None = None
    faint: Detections | None = None

    @property
    def trusted(self) -> frozenset[Layer]:
        """Return the layers of the map that the model sees well enough to act on."""
        return self.surface.trusted if self.surface is not None else frozenset()

    def zones_for(self, *purposes: Purpose) -> tuple[Zone, ...]:
        """Return the zones with one of these purposes."""
        return tuple(zone for zone in self.zones if zone.purpose in purposes)

    def inside(self, points: NDArray[np.float32], *purposes: Purpose) -> NDArray[np.bool_]:
        """Return for each point whether it lies in any zone with one of these purposes."""
        hit = np.zeros(len(points), dtype=bool)
        for zone in self.zones_for(*purposes):
            hit |= contains(zone, points, width=self.width, height=self.height)
        return hit

    def chance(self, evidence: Evidence) -> float:
        """Return the calibrated probability of one object."""
        return self.probability(evidence.label, evidence.score)


@dataclass(frozen=True, slots=True)
class Requirement:
    """Whether something is required in the place that a person stands in.

    Attributes:
        known: It is: a zone says so, or the scene does (others wear it, machines stand there).
        excluded: Zones are drawn for it and the person stands in none of them.
    """

    known: bool
    excluded: bool


def requirement(
    feet: tuple[float, float], found: Detections, context: RuleContext, *purposes: Purpose
) -> Requirement:
    """Return whether a person with these feet must wear what the zones are about.

    Zones decide where they are drawn; else a scene with helmets, vests, cones, machines,
    forklifts or pallets counts as a work site.
    """
    if context.zones_for(*purposes):
        inside = bool(context.inside(np.array([feet], dtype=np.float32), *purposes)[0])
        return Requirement(inside, not inside)
    return Requirement(len(found.only(*SITE_LABELS)) > 0, False)


def evidence_of(found: Detections, row: int) -> Evidence:
    """Return one detection as evidence."""
    return Evidence(found.labels[row], float(found.scores[row]), box_of(found.boxes, row))


def box_of(boxes: Boxes, row: int) -> Box:
    """Return one box as four floats."""
    left, top, right, bottom = (float(value) for value in boxes[row])
    return left, top, right, bottom


def feet(boxes: Boxes) -> NDArray[np.float32]:
    """Return the middle of each box's lower edge: where a person or thing stands, ``(n, 2)``."""
    return np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1).astype(np.float32)
