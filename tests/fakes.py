"""Stand-ins for the seams of WSAI; add yours below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.picture import Picture
from wsai.vision.surface import Surface

BARE_HEAD = (
    (Label.PERSON, 0.95, (100.0, 100.0, 200.0, 400.0)),
    (Label.NO_HELMET, 0.9, (130.0, 105.0, 170.0, 150.0)),
)
"""Someone without a helmet, in a picture of at least 640 × 480."""


class FixedClock:
    """A clock that tests turn.

    Args:
        at: What it shows first.
    """

    def __init__(self, at: datetime = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return what it shows."""
        return self.at

    def turn(self, by: timedelta) -> None:
        """Move it on."""
        self.at += by


class FakeDetector:
    """Sees the same objects in every picture.

    Args:
        seen: Label, score and box of each, best first.
        labels: Which labels it can see at all.
        surface: What it maps of floors and tops.
    """

    model_id = "fake-detector-1"
    input_px = 640

    def __init__(
        self,
        seen: Sequence[tuple[Label, float, Sequence[float]]] = BARE_HEAD,
        labels: Sequence[Label] = tuple(Label),
        surface: Surface | None = None,
    ) -> None:
        self.seen = seen
        self.surface = surface
        self.thresholds = dict.fromkeys(labels, 0.5)

    def detect(self, picture: Picture, *, min_score: float) -> Detections:
        """Return what it always sees, from that score on."""
        del picture
        found = replace(Detections.of(self.seen), surface=self.surface)
        return found.take(np.flatnonzero(found.scores >= min_score))

    def probability(self, label: Label, score: float) -> float:
        """Return the score: it is calibrated by decree."""
        del label
        return score
