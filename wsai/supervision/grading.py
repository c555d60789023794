"""Grading of enterprises: a score from four sides and the open hazards, each point with a reason.

The formula is a configuration with a version (``data/grading.yaml``); every score names it. Only
confirmed hazards count, never what WSAI suspects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import lru_cache
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict

from wsai.errors import InvalidRequest
from wsai.supervision.lec import Colour

HIGHEST = 100.0


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Points(_Strict):
    """What one source or process is worth."""

    points: float
    zh: str


class Weights(_Strict):
    """Shares of the four sides."""

    risk: float
    sources: float
    process: float
    management: float


class RiskRules(_Strict):
    """How the risk register counts."""

    colours: dict[Colour, float]
    worst_share: float
    worst_few: int
    without_register: float


class SourceRules(_Strict):
    """How hazard sources count."""

    points: dict[str, Points]
    none: float
    each_further: float


class ProcessRules(_Strict):
    """How processes count."""

    points: dict[str, Points]
    crowded: float
    interlocks_lacking: float
    automated: float


class ManagementRules(_Strict):
    """How management counts."""

    standardisation: dict[str, float]
    double_prevention_not_running: float
    training_gap: float
    overdue_rate: float
    recurrence_rate: float
    recheck_failed_rate: float
    penalty_within_12_months: float
    injury_within_12_months: float
    self_found: float
    self_found_from: float


class OpenRules(_Strict):
    """How open hazards count."""

    general: float
    serious: float
    major: float
    overdue_times: float
    most: float


class Lines(_Strict):
    """From which score on an enterprise is observed, or looked at first."""

    observe: float
    priority: float


class Leave(_Strict):
    """What it takes to leave a list: so many scores in a row, so far below the line."""

    scores: int
    below_line: float


class Rules(_Strict):
    """One version of the configuration."""

    version: str
    weights: Weights
    risk: RiskRules
    sources: SourceRules
    process: ProcessRules
    management: ManagementRules
    open_hazards: OpenRules
    bands: dict[Colour, float]
    lines: Lines
    leave: Leave


@dataclass(frozen=True, slots=True)
class OpenHazards:
    """Confirmed hazards that are not closed, by triage.

    Attributes:
        general: 一般.
        serious: 较大.
        major: 重大, determined by people.
        general_overdue: Of the general ones.
        serious_overdue: Of the serious ones.
        major_overdue: Of the major ones.
    """

    general: int = 0
    serious: int = 0
    major: int = 0
    general_overdue: int = 0
    serious_overdue: int = 0
    major_overdue: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an enterprise when it is graded.

    Attributes:
        risk_points: Colours of its risk points; empty where it has no register.
        sources: Keys of its hazard sources.
        processes: Keys of its processes.
        crowded: Over 500 people, or a crowded place.
        interlocks_lacking: Safety interlocks are missing.
        automated: The dangerous work is done by machines.
        standardisation: ``level-1`` to ``level-3``, or ``none``.
        double_prevention: It runs risk control and hazard treatment.
        training_gap: Certificates or training are missing.
        overdue_rate: Of its hazards of twelve months, ``0..1``.
        recurrence_rate: The same.
        recheck_failed_rate: Of its rechecks, ``0..1``.
        penalised: Within twelve months.
        injured: An accident with injuries within twelve months.
        self_found_share: Of its hazards, found by itself, ``0..1``.
        open: Its open hazards.
        fatal: A fatal accident within twelve months.
        concealed: It concealed a major hazard.
        tampered: It falsified or disabled monitoring (安全生产法 第三十六条第三款).
    """

    risk_points: tuple[Colour, ...] = ()
    sources: frozenset[str] = frozenset()
    processes: frozenset[str] = frozenset()
    crowded: bool = False
    interlocks_lacking: bool = False
    automated: bool = False
    standardisation: str = "none"
    double_prevention: bool = True
    training_gap: bool = False
    overdue_rate: float = 0.0
    recurrence_rate: float = 0.0
    recheck_failed_rate: float = 0.0
    penalised: bool = False
    injured: bool = False
    self_found_share: float = 0.0
    open: OpenHazards = field(default_factory=OpenHazards)
    fatal: bool = False
    concealed: bool = False
    tampered: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a score.

    Attributes:
        side: ``risk``, ``sources``, ``process``, ``management`` or ``open``.
        zh: What it is for.
        points: What it adds on its side, before the side's weight.
    """

    side: str
    zh: str
    points: float


class ListName(IntEnum):
    """On which list an enterprise stands; the higher the sooner it is looked at."""

    NONE = 0
    OBSERVE = 1
    PRIORITY = 2


LIST_ZH = {
    ListName.NONE: "不在名单",
    ListName.OBSERVE: "观察企业名单",
    ListName.PRIORITY: "优先检查名单",
}


@dataclass(frozen=True, slots=True)
class Score:
    """A grade with everything that it was made of.

    Attributes:
        version: Of the configuration.
        risk: R, ``0..100``.
        sources: H.
        process: P.
        management: M.
        base: S, the weighted four.
        open_points: Z, for open hazards.
        total: T, ``0..100``.
        colour: Of the band.
        by_score: The list that the total asks for.
        triggers: What puts it on a list whatever the total says: list and why.
        reasons: Every part.
    """

    version: str
    risk: float
    sources: float
    process: float
    management: float
    base: float
    open_points: float
    total: float
    colour: Colour
    by_score: ListName
    triggers: tuple[tuple[ListName, str], ...]
    reasons: tuple[Reason, ...]

    @property
    def asks_for(self) -> ListName:
        """Return the list that total and triggers ask for together."""
        return max([self.by_score, *(name for name, _ in self.triggers)])


@lru_cache(maxsize=4)
def read_rules(text: str | None = None) -> Rules:
    """Return a configuration; the one that ships when ``None``.

    Raises:
        InvalidRequest: It does not fit the schema.
    """
    if text is None:
        text = (resources.files("wsai.supervision") / "data" / "grading.yaml").read_text("utf-8")
    try:
        return Rules.model_validate(yaml.safe_load(text))
    except (ValueError, yaml.YAMLError) as error:
        raise InvalidRequest(f"grading: {error}") from error


def grade(facts: Facts, rules: Rules | None = None) -> Score:
    """Return the score of an enterprise.

    Raises:
        InvalidRequest: A source, process or level is not in the configuration, or a rate is not
            in ``0..1``.
    """
    by = rules or read_rules()
    _check(facts, by)
    sides = {
        "risk": list(_risk(facts, by.risk)),
        "sources": list(_sources(facts, by.sources)),
        "process": list(_process(facts, by.process)),
        "management": list(_management(facts, by.management)),
    }
    values = {name: _clamped(sum(reason.points for reason in own)) for name, own in sides.items()}
    base = sum(getattr(by.weights, name) * value for name, value in values.items())
    open_reasons = list(_open(facts.open, by.open_hazards))
    open_points = min(sum(reason.points for reason in open_reasons), by.open_hazards.most)
    total = min(HIGHEST, base + open_points)
    return Score(
        version=by.version,
        **{name: round(value, 2) for name, value in values.items()},
        base=round(base, 2),
        open_points=round(open_points, 2),
        total=round(total, 2),
        colour=next(
            c for c, least in sorted(by.bands.items(), key=lambda b: -b[1]) if total >= least
        ),
        by_score=_list_of(total, by.lines),
        triggers=tuple(_triggers(facts)),
        reasons=(*(reason for own in sides.values() for reason in own), *open_reasons),
    )


def _check(facts: Facts, rules: Rules) -> None:
    for what, given, known in (
        ("source", facts.sources, rules.sources.points),
        ("process", facts.processes, rules.process.points),
        ("standardisation", {facts.standardisation}, rules.management.standardisation),
    ):
        if strange := sorted(set(given) - set(known)):
            raise InvalidRequest(f"{what} {strange[0]}: not one of {', '.join(known)}")
    for name in ("overdue_rate", "recurrence_rate", "recheck_failed_rate", "self_found_share"):
        if not 0 <= getattr(facts, name) <= 1:
            raise InvalidRequest(f"{name} lies in 0..1, not {getattr(facts, name)}")


def _clamped(value: float) -> float:
    return min(HIGHEST, max(0.0, value))


def _list_of(total: float, lines: Lines) -> ListName:
    if total >= lines.priority:
        return ListName.PRIORITY
    return ListName.OBSERVE if total >= lines.observe else ListName.NONE


def _risk(facts: Facts, rules: RiskRules) -> Iterator[Reason]:
    if not facts.risk_points:
        yield Reason("risk", "没有风险清单", rules.without_register)
        return
    worth = sorted((rules.colours[colour] for colour in facts.risk_points), reverse=True)
    few = worth[: rules.worst_few]
    yield Reason("risk", "最高风险点", rules.worst_share * worth[0])
    mean = sum(few) / len(few)
    yield Reason("risk", f"最高的{len(few)}个风险点平均", (1 - rules.worst_share) * mean)


def _sources(facts: Facts, rules: SourceRules) -> Iterator[Reason]:
    if not facts.sources:
        yield Reason("sources", "无危险源", rules.none)
        return
    found = sorted((rules.points[key] for key in facts.sources), key=lambda p: (-p.points, p.zh))
    yield Reason("sources", found[0].zh, found[0].points)
    for other in found[1:]:
        yield Reason("sources", f"另有{other.zh}", rules.each_further)


def _process(facts: Facts, rules: ProcessRules) -> Iterator[Reason]:
    found = sorted((rules.points[key] for key in facts.processes), key=lambda p: (-p.points, p.zh))
    if found:
        yield Reason("process", found[0].zh, found[0].points)
    for applies, zh, points in (
        (facts.crowded, "500人以上或人员密集", rules.crowded),
        (facts.interlocks_lacking, "安全联锁缺失", rules.interlocks_lacking),
        (facts.automated, "自动化", rules.automated),
    ):
        if applies:
            yield Reason("process", zh, points)


def _management(facts: Facts, rules: ManagementRules) -> Iterator[Reason]:
    level = rules.standardisation[facts.standardisation]
    for applies, zh, points in (
        (level, f"标准化 {facts.standardisation}", level),
        (not facts.double_prevention, "双重预防未运行", rules.double_prevention_not_running),
        (facts.training_gap, "持证或培训缺口", rules.training_gap),
        (facts.overdue_rate, "逾期率", rules.overdue_rate * facts.overdue_rate),
        (facts.recurrence_rate, "重复率", rules.recurrence_rate * facts.recurrence_rate),
        (
            facts.recheck_failed_rate,
            "复查不通过率",
            rules.recheck_failed_rate * facts.recheck_failed_rate,
        ),
        (facts.penalised, "12个月内处罚", rules.penalty_within_12_months),
        (facts.injured, "12个月内伤害事故", rules.injury_within_12_months),
        (facts.self_found_share >= rules.self_found_from, "自查比例高", rules.self_found),
    ):
        if applies:
            yield Reason("management", zh, points)


def _open(hazards: OpenHazards, rules: OpenRules) -> Iterator[Reason]:
    for zh, count, overdue, each in (
        ("一般隐患", hazards.general, hazards.general_overdue, rules.general),
        ("较大隐患", hazards.serious, hazards.serious_overdue, rules.serious),
        ("重大隐患", hazards.major, hazards.major_overdue, rules.major),
    ):
        if count - overdue > 0:
            yield Reason("open", f"未销号{zh} {count - overdue} 项", each * (count - overdue))
        if overdue:
            yield Reason("open", f"逾期{zh} {overdue} 项", each * rules.overdue_times * overdue)


SERIOUS_OVERDUE = 3


def _triggers(facts: Facts) -> Iterator[tuple[ListName, str]]:
    hazards = facts.open
    for applies, name, zh in (
        (hazards.major, ListName.OBSERVE, "有未销号的重大隐患"),
        (
            hazards.serious_overdue >= SERIOUS_OVERDUE,
            ListName.OBSERVE,
            f"较大隐患逾期 {hazards.serious_overdue} 项",
        ),
        (hazards.major_overdue, ListName.PRIORITY, "重大隐患逾期"),
        (facts.concealed, ListName.PRIORITY, "隐瞒重大隐患"),
        (facts.fatal, ListName.PRIORITY, "12个月内发生死亡事故"),
        (facts.tampered, ListName.PRIORITY, "篡改、关闭监测（安全生产法第三十六条第三款）"),
    ):
        if applies:
            yield name, zh


def listed_after(
    standing: ListName, scores: Sequence[Score], *, approved: bool, rules: Rules | None = None
) -> ListName:
    """Return on which list an enterprise stands after its newest score.

    Up at once; down only after enough scores in a row that lie clearly below the line of the list
    it stands on, with no trigger, and with a person's approval.

    Args:
        standing: Where it stands.
        scores: Its monthly scores, newest last.
        approved: A person agreed that it leaves.
        rules: The configuration.
    """
    by = rules or read_rules()
    if not scores:
        return standing
    asked = scores[-1].asks_for
    if asked >= standing:
        return asked
    line = by.lines.priority if standing is ListName.PRIORITY else by.lines.observe
    last = scores[-by.leave.scores :]
    calm = len(last) == by.leave.scores and all(
        score.total <= line - by.leave.below_line and score.asks_for < standing for score in last
    )
    return asked if calm and approved else standing


def ways_down(facts: Facts, rules: Rules | None = None) -> list[tuple[str, Score]]:
    """Return what would move an enterprise off its list: each remedy with the score after it.

    One remedy at a time, those that help, the best first.
    """
    now = grade(facts, rules)
    hazards = facts.open
    on_time = replace(hazards, general_overdue=0, serious_overdue=0, major_overdue=0)
    remedies = {
        "全部隐患销号": replace(facts, open=OpenHazards()),
        "逾期隐患销号": replace(
            facts,
            open=replace(
                on_time,
                general=hazards.general - hazards.general_overdue,
                serious=hazards.serious - hazards.serious_overdue,
                major=hazards.major - hazards.major_overdue,
            ),
            overdue_rate=0.0,
        ),
        "双重预防运行": replace(facts, double_prevention=True),
        "补齐持证和培训": replace(facts, training_gap=False),
        "标准化达到二级": replace(facts, standardisation="level-2")
        if facts.standardisation in {"none", "level-3"}
        else facts,
        "补齐安全联锁": replace(facts, interlocks_lacking=False),
        "建立风险清单": replace(facts, risk_points=(Colour.YELLOW,))
        if not facts.risk_points
        else facts,
        "提高自查比例": replace(facts, self_found_share=1.0),
    }
    found = [(zh, grade(after, rules)) for zh, after in remedies.items() if after != facts]
    helping = [
        (zh, score)
        for zh, score in found
        if (score.asks_for, score.total) < (now.asks_for, now.total)
    ]
    return sorted(helping, key=lambda pair: (pair[1].asks_for, pair[1].total))
