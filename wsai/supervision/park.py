"""The year of the park: its targets, how they stand, and who is to be talked to (约谈)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict, Field

from wsai.errors import InvalidRequest

GRAVE_DEATHS = 3
"""较大事故 begins here (生产安全事故报告和调查处理条例 第三条: 3 to 9 deaths)."""


class Targets(BaseModel):
    """What the park wants to reach in a year."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accidents_down: float = Field(ge=0, le=1)
    deaths_down: float = Field(ge=0, le=1)
    grave_accidents: int = Field(ge=0)
    listed_hazards: int = Field(ge=0)
    chemicals_level_2: float = Field(ge=0, le=1)
    small_standardised: float = Field(ge=0, le=1)


class TalkRules(BaseModel):
    """From when on somebody is invited to a talk."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    deaths_within_12_months: int = Field(ge=1)
    injuries_within_12_months: int = Field(ge=1)
    major_open: int = Field(ge=1)
    overdue: int = Field(ge=1)
    on_priority_list: bool


class ParkRules(BaseModel):
    """Targets and talks, one version."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    targets: Targets
    talks: TalkRules


@lru_cache(maxsize=4)
def read_park_rules(text: str | None = None) -> ParkRules:
    """Return the rules of a YAML text; those that ship when ``None``.

    Raises:
        InvalidRequest: They do not fit the schema.
    """
    if text is None:
        text = (resources.files("wsai.supervision") / "data" / "park.yaml").read_text("utf-8")
    try:
        return ParkRules.model_validate(yaml.safe_load(text))
    except (ValueError, yaml.YAMLError) as error:
        raise InvalidRequest(f"park: {error}") from error


@dataclass(frozen=True, slots=True)
class Year:
    """What is counted of a year.

    Attributes:
        accidents: How many.
        deaths: In them.
        injuries: In them.
        grave: Accidents with three deaths or more.
        listed: Hazards under 挂牌督办.
    """

    accidents: int
    deaths: int
    injuries: int
    grave: int
    listed: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many enterprises are standardised.

    Attributes:
        chemicals: Chemical enterprises.
        chemicals_level_2: Of those, at level 2 or 1.
        small: Small and micro enterprises.
        small_standardised: Of those, at any level.
    """

    chemicals: int
    chemicals_level_2: int
    small: int
    small_standardised: int


def coverage_of(
    everybody: Mapping[str, Mapping[str, int]], chemicals: Mapping[str, Mapping[str, int]]
) -> Coverage:
    """Return the coverage from counts by size and level.

    Example:
        >>> coverage_of({"small": {"level-3": 9, "none": 1}}, {"large": {"level-2": 2}})
        Coverage(chemicals=2, chemicals_level_2=2, small=10, small_standardised=9)
    """
    of_chemicals = [pair for levels in chemicals.values() for pair in levels.items()]
    of_small = [pair for size in ("small", "micro") for pair in everybody.get(size, {}).items()]
    return Coverage(
        sum(count for _, count in of_chemicals),
        sum(count for level, count in of_chemicals if level in {"level-1", "level-2"}),
        sum(count for _, count in of_small),
        sum(count for level, count in of_small if level != "none"),
    )


@dataclass(frozen=True, slots=True)
class Target:
    """One target and how it stands.

    Attributes:
        zh: What.
        wanted: The figure to reach, in its own unit.
        reached: The figure now; ``None`` where it cannot be said, as with nothing to compare.
        met: Whether it stands well now; ``None`` where it cannot be said.
    """

    zh: str
    wanted: float
    reached: float | None
    met: bool | None


def how_targets_stand(
    now: Year, before: Year, coverage: Coverage, rules: ParkRules | None = None
) -> list[Target]:
    """Return every target of a year and how it stands against the year before."""
    by = (rules or read_park_rules()).targets
    return [
        _fall("事故起数下降", by.accidents_down, now.accidents, before.accidents),
        _fall("死亡人数下降", by.deaths_down, now.deaths, before.deaths),
        Target("较大以上事故", by.grave_accidents, now.grave, now.grave <= by.grave_accidents),
        Target("挂牌督办重大隐患", by.listed_hazards, now.listed, now.listed >= by.listed_hazards),
        _share(
            "化工企业标准化二级以上",
            by.chemicals_level_2,
            coverage.chemicals_level_2,
            coverage.chemicals,
        ),
        _share(
            "小微企业标准化", by.small_standardised, coverage.small_standardised, coverage.small
        ),
    ]


def _fall(zh: str, wanted: float, now: int, before: int) -> Target:
    if before == 0:  # from nothing there is no falling: nothing again is well
        return Target(zh, wanted, None, now == 0)
    fall = round(1 - now / before, 4)
    return Target(zh, wanted, fall, fall >= wanted)


def _share(zh: str, wanted: float, some: int, everybody: int) -> Target:
    if everybody == 0:
        return Target(zh, wanted, None, None)
    return Target(zh, wanted, round(some / everybody, 4), some / everybody >= wanted)


@dataclass(frozen=True, slots=True)
class Conduct:
    """What is counted of one enterprise for a talk.

    Attributes:
        deaths: Within twelve months.
        injuries: Within twelve months.
        major_open: 重大 hazards that are not closed.
        overdue: Hazards that are late.
        on_priority_list: It stands on 优先检查名单.
    """

    deaths: int = 0
    injuries: int = 0
    major_open: int = 0
    overdue: int = 0
    on_priority_list: bool = False


def reasons_to_talk(conduct: Conduct, rules: ParkRules | None = None) -> list[str]:
    """Return why an enterprise is to be invited to a talk; empty where it is not.

    >>> reasons_to_talk(Conduct(deaths=1, overdue=7))
    ['12个月内死亡 1 人', '逾期隐患 7 项']
    """
    return list(_reasons(conduct, (rules or read_park_rules()).talks))


def _reasons(conduct: Conduct, by: TalkRules) -> Iterator[str]:
    if conduct.deaths >= by.deaths_within_12_months:
        yield f"12个月内死亡 {conduct.deaths} 人"
    if conduct.injuries >= by.injuries_within_12_months:
        yield f"12个月内受伤 {conduct.injuries} 人"
    if conduct.major_open >= by.major_open:
        yield f"未销号重大隐患 {conduct.major_open} 项"
    if conduct.overdue >= by.overdue:
        yield f"逾期隐患 {conduct.overdue} 项"
    if by.on_priority_list and conduct.on_priority_list:
        yield "列入优先检查名单"
