"""Does the photo get the right findings? Precision and recall of hazards, not of boxes.

The rules are asked twice about each picture: once of what the annotators drew, once of what the
model found. A rule counts in a set only where the set covers every label that the rule needs;
both times it sees those labels alone, so that the model is not credited or blamed for context
that the annotators could not give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from training.looked import Seen
from wsai.diagnosis.context import RuleContext
from wsai.diagnosis.diagnose import above_thresholds, below_thresholds, find
from wsai.diagnosis.findings import Verdict
from wsai.diagnosis.rules.rule import OFTEN_MISSED
from wsai.vision.detections import Detections
from wsai.vision.labels import Label

TOLD = (Verdict.HAZARD, Verdict.ASK_A_PERSON)


@dataclass(slots=True)
class HazardCount:
    """How often one hazard was found, and rightly.

    Attributes:
        right: Pictures where model and annotations lead to the finding.
        extra: Pictures where only the model does.
        missed: Pictures where only the annotations do.
        pictures: Pictures in which the hazard can be decided.
        stated: Pictures that the model calls a hazard, rather than ask a person about it.
        stated_right: Those of them where the annotations lead to the finding, too.
    """

    right: int = 0
    extra: int = 0
    missed: int = 0
    pictures: int = 0
    stated: int = 0
    stated_right: int = 0

    def as_json(self) -> dict[str, float | int | None]:
        """Return the counts with precision and recall; ``None`` where there is nothing to share."""
        told, true = self.right + self.extra, self.right + self.missed
        return {
            "pictures": self.pictures,
            "right": self.right,
            "extra": self.extra,
            "missed": self.missed,
            "precision": round(self.right / told, 4) if told else None,
            "recall": round(self.right / true, 4) if true else None,
            "stated": self.stated,
            "stated_precision": (
                round(self.stated_right / self.stated, 4) if self.stated else None
            ),
        }


def _codes(
    found: Detections, context: RuleContext, able: Mapping[Label, float]
) -> tuple[set[str], set[str], set[str]]:
    """Return the codes that were told of, those called a hazard, and those not to be decided."""
    findings = find(found, context, able=able)
    told = {finding.code for finding in findings if finding.verdict in TOLD}
    stated = {finding.code for finding in findings if finding.verdict is Verdict.HAZARD}
    blind = {
        finding.code
        for finding in findings
        if finding.verdict is Verdict.NOT_VISIBLE and finding.because.relation != OFTEN_MISSED
    }
    return told, stated, blind


def hazard_counts(
    rows: Iterable[Seen],
    known: Mapping[str, Sequence[Label]],
    thresholds: Mapping[Label, float],
    probability: Callable[[Label, float], float],
    codes: Iterable[str],
) -> dict[str, HazardCount]:
    """Return how each hazard fared over the pictures.

    Args:
        rows: Pictures with what was found and what is there.
        known: Set to the labels that it covers exhaustively.
        thresholds: The model's; a label without one is a label that no rule acts on, and what
            depends on it counts as missed.
        probability: The model's calibration.
        codes: Every hazard that a rule can name.

    Returns:
        Code to its counts, for hazards that were told of or are there at least once.
    """
    counts = {code: HazardCount() for code in codes}
    for row in rows:
        labels = known[row.dataset]
        drawn = dict.fromkeys(labels, 1.0)
        able = {label: thresholds[label] for label in labels if label in thresholds}
        true, _, undecided = _codes(
            row.truth, RuleContext(row.width, row.height, (), lambda label, score: score), drawn
        )
        faint = below_thresholds(row.found, able)
        context = RuleContext(row.width, row.height, (), probability, faint=faint)
        told, stated, _ = _codes(above_thresholds(row.found, able), context, able)
        for code, count in counts.items():
            if code in undecided and code not in true:
                continue
            count.pictures += 1
            count.right += code in told and code in true
            count.extra += code in told and code not in true
            count.missed += code in true and code not in told
            count.stated += code in stated
            count.stated_right += code in stated and code in true
    return {c: n for c, n in counts.items() if n.right or n.extra or n.missed}
