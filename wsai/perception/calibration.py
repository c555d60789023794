"""From a detector's score to the chance that the object is really there."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wsai.errors import ModelUnavailable
from wsai.vision.labels import Label

NEAREST_TO_CERTAIN = 1e-4
LARGEST_LOGIT = 30.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling per label: ``sigmoid(a * logit(score) + b)``.

    Attributes:
        slopes_offsets: Label to ``(a, b)``; a label that is missing keeps its score.
    """

    slopes_offsets: Mapping[Label, tuple[float, float]] = field(default_factory=dict)

    def probability(self, label: Label, score: float) -> float:
        """Return the calibrated probability, ``0..1``; it rises with the score.

        >>> round(Calibration().probability(Label.FIRE, 0.4), 3)
        0.4
        >>> round(Calibration({Label.FIRE: (1.0, 1.0)}).probability(Label.FIRE, 0.5), 3)
        0.731
        """
        a, b = self.slopes_offsets.get(label, (1.0, 0.0))
        inside = min(max(score, NEAREST_TO_CERTAIN), 1 - NEAREST_TO_CERTAIN)
        raised = a * math.log(inside / (1 - inside)) + b
        return 1 / (1 + math.exp(-min(max(raised, -LARGEST_LOGIT), LARGEST_LOGIT)))


def read_calibration(path: Path) -> Calibration:
    """Return the calibration that ships with a model.

    Raises:
        ModelUnavailable: The file is missing, damaged or would turn the order of scores round.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        table = {Label(name): (float(row["a"]), float(row["b"])) for name, row in rows.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelUnavailable(f"{path.name} of the model cannot be read: {error}") from error
    if not all(math.isfinite(a + b) and a > 0 for a, b in table.values()):
        raise ModelUnavailable(f"{path.name} of the model has a slope that is not above 0")
    return Calibration(table)
