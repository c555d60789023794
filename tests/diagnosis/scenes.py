"""Scenes as boxes: what a detector would report, and what the rules make of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from fakes import FakeDetector

from wsai.catalogue.catalogue import load_catalogue
from wsai.diagnosis.diagnose import Diagnosis, diagnose_image
from wsai.diagnosis.findings import Finding, Verdict
from wsai.vision.labels import Label
from wsai.vision.picture import Picture
from wsai.vision.surface import Layer, Surface
from wsai.vision.zones import Purpose, Zone

WIDTH, HEIGHT = 1280, 960
CATALOGUE = load_catalogue()
Seen = tuple[Label, float, Sequence[float]]
CONE: Seen = (Label.CONE, 0.9, (1200, 800, 1250, 900))
"""Says: this is a work site."""


def person(x: float, y: float = 300, height: float = 500, score: float = 0.95) -> Seen:
    """A standing person whose box begins at this corner."""
    return Label.PERSON, score, (x, y, x + 0.36 * height, y + height)


def head(x: float, label: Label, y: float = 300, height: float = 500, score: float = 0.9) -> Seen:
    """The head of the person at this corner: a helmet or a bare head."""
    middle, half = x + 0.18 * height, 0.07 * height
    return label, score, (middle - half, y - 0.01 * height, middle + half, y + 0.11 * height)


def torso(x: float, label: Label, y: float = 300, height: float = 500, score: float = 0.9) -> Seen:
    """The torso of the person at this corner: a vest or none."""
    return label, score, (x + 0.03 * height, y + 0.17 * height, x + 0.33 * height, y + 0.5 * height)


def everywhere(purpose: Purpose, capacity: int | None = None) -> Zone:
    """A zone over the whole picture."""
    return Zone("all", purpose, ((0, 0), (1, 0), (1, 1), (0, 1)), capacity)


def left_half(purpose: Purpose, capacity: int | None = None) -> Zone:
    """A zone over the left half of the picture."""
    return Zone("left", purpose, ((0, 0), (0.5, 0), (0.5, 1), (0, 1)), capacity)


def diagnosis(
    *seen: Seen,
    zones: tuple[Zone, ...] = (),
    able: Sequence[Label] = tuple(Label),
    scale: int = 1,
    surface: Surface | None = None,
) -> Diagnosis:
    """Diagnose a picture in which a detector sees this; ``scale`` enlarges picture and boxes."""
    width, height = WIDTH * scale, HEIGHT * scale
    picture = Picture(np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8), width, height)
    rows = [(label, score, [scale * v for v in box]) for label, score, box in seen]
    rows.sort(key=lambda row: -row[1])
    detector = FakeDetector(rows, able, surface)
    return diagnose_image(picture, detector=detector, catalogue=CATALOGUE, zones=zones)


def findings(
    *seen: Seen,
    zones: tuple[Zone, ...] = (),
    able: Sequence[Label] = tuple(Label),
    surface: Surface | None = None,
) -> dict[str, Finding]:
    """What the picture shows, by code; hazards that nothing can be said about are left out."""
    found = diagnosis(*seen, zones=zones, able=able, surface=surface).findings
    return {f.code: f for f in found if f.verdict is not Verdict.NOT_VISIBLE}


def ground(**patches: tuple[int, int, int, int]) -> Surface:
    """A map of 60 by 80 cells whose lower half is floor, with a patch (x0, y0, x1, y1) a layer."""
    layers = np.zeros((len(Layer), 60, 80), np.float32)
    layers[0, 30:] = 0.95
    for name, (x0, y0, x1, y1) in patches.items():
        layers[list(Layer).index(Layer(name)), y0:y1, x0:x1] = 0.9
    return Surface(layers, WIDTH, HEIGHT)
