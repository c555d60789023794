"""What a rule is, and how single suspicions become one finding a hazard."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace

from wsai.diagnosis.context import RuleContext
from wsai.diagnosis.findings import Because, Box, Evidence, Finding, Polygon, Verdict
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.surface import Layer

LEAST_SURE = 0.5
"""A hazard less probable than this is a question: the picture suggests it, it does not show it."""
SAME_THING = 0.5
"""From which overlap two boxes are of one thing, whatever each of them is called."""
LEAST_ASKED = 0.15
"""What is less probable is not asked about: of seven such questions six would be for nothing, and
whoever is asked too often stops reading."""
OFTEN_MISSED = "often-missed"
"""The relation of a rule that has looked and seen nothing, which says nothing."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One place where a hazard is suspected.

    Attributes:
        verdict: ``HAZARD`` or ``ASK_A_PERSON``.
        probability: ``0..1``, calibrated as far as its evidence is.
        objects: The deciding object first; may be empty where a place is named.
        relation: A stable word for what holds between them.
        zh: Why, one Chinese sentence.
        en: The same in English.
        place: Where to look, if that is not the deciding object's box.
        area: The polygon that the suspicion is about.
    """

    verdict: Verdict
    probability: float
    objects: tuple[Evidence, ...]
    relation: str
    zh: str
    en: str
    place: Box | None = None
    area: Polygon | None = None

    @property
    def where(self) -> Box:
        """Return where to look: the named place, else the deciding object's box."""
        return self.place or self.objects[0].box


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what it needs to see, and how it looks.

    Attributes:
        name: ``family/thing@version``; the version rises with every change of what it finds.
        code: The hazard it finds.
        needs: Labels without which it says ``not-visible``.
        look: Returns the suspicions in one picture.
        question_zh: Asked where the verdict is ``ask-a-person``.
        question_en: The same in English.
        layers: Layers of the map without which it says ``not-visible``.
        either: Labels of which it needs one at least; empty where ``needs`` is all.
        often_misses: What it looks for was learned from rendered pictures and never measured on
            photos that show it: where it finds nothing, that says nothing.
    """

    name: str
    code: str
    needs: tuple[Label, ...]
    look: Callable[[Detections, RuleContext], Sequence[Suspicion]]
    question_zh: str
    question_en: str
    layers: tuple[Layer, ...] = ()
    either: tuple[Label, ...] = ()
    often_misses: bool = False

    def may_look(self, able: Container[Label]) -> bool:
        """Return whether a model that can be acted on for these labels gives enough to look."""
        return all(label in able for label in self.needs) and (
            not self.either or any(label in able for label in self.either)
        )

    @property
    def silence_says_nothing(self) -> bool:
        """Return whether it may not be taken for fine: of the ground every map misses much, too."""
        return self.often_misses or any(layer is not Layer.FLOOR for layer in self.layers)


def blind(rule: Rule) -> Finding:
    """Return what a rule says that has no model behind it: not visible, never fine."""
    return not_visible(
        rule.code,
        rule.name,
        "当前模型还不能识别此项，照片不能说明有无隐患，请人工检查。",
        "The model cannot see this yet; the photo says nothing either way. Check by hand.",
    )


def unsure(rule: Rule) -> Finding:
    """Return what a rule says that sees nothing, but would often miss it: still not visible."""
    return not_visible(
        rule.code,
        rule.name,
        "照片中未见明显迹象，但模型常会漏看此项，请人工检查。",
        "The model sees no sign of this here, but it often misses it. Check by hand.",
        relation=OFTEN_MISSED,
    )


def not_visible(
    code: str, rule: str, zh: str, en: str, *, relation: str = "not-visible"
) -> Finding:
    """Return a finding that the picture cannot speak about a hazard."""
    because = Because(rule, relation, (), zh, en)
    return Finding(code, Verdict.NOT_VISIBLE, None, (), because)


def _asked(suspicion: Suspicion) -> Suspicion:
    return replace(suspicion, verdict=Verdict.ASK_A_PERSON)


def joined(rule: Rule, suspicions: Sequence[Suspicion]) -> Finding:
    """Return all suspicions of one hazard in one picture as one finding.

    An inspector makes one record for one kind of hazard at one place, with everything that shows
    it. The verdict and probability are those of the strongest suspicion: the finding is right if
    any one of them is, and the maximum is a lower bound for that. What is probably not so
    (``LEAST_SURE``) is asked about, whatever the rule says.

    Args:
        rule: Whose they are.
        suspicions: At least one.
    """
    ranked = sorted(
        (s if s.probability >= LEAST_SURE else _asked(s) for s in suspicions),
        key=lambda s: (s.verdict is not Verdict.HAZARD, -s.probability, s.where),
    )
    first, count = ranked[0], len(ranked)
    more_zh = f"（共{count}处）" if count > 1 else ""
    more_en = f" ({count} places)" if count > 1 else ""
    because = Because(
        rule.name,
        first.relation,
        tuple(evidence for s in ranked for evidence in s.objects),
        first.zh + more_zh,
        first.en + more_en,
        tuple(s.area for s in ranked if s.area),
    )
    asks = first.verdict is Verdict.ASK_A_PERSON
    return Finding(
        rule.code,
        first.verdict,
        round(first.probability, 4),
        tuple(s.where for s in ranked),
        because,
        rule.question_zh if asks else None,
        rule.question_en if asks else None,
    )
