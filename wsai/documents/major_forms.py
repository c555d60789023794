"""The documents of a major hazard: the notice that lists it, and the one that takes it off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from wsai.documents.forms import Fields, Issued
from wsai.documents.numbering import DocumentKind
from wsai.documents.values import (
    PLAN_TITLE,
    Citation,
    HazardEntry,
    PlanForm,
    SevenItems,
    clean,
    zh_date,
)
from wsai.errors import InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class MajorHazardNotice(Issued):
    """Notice that a major hazard is listed for supervision (重大事故隐患挂牌督办通知书).

    Attributes:
        hazard: As determined by people.
        basis: Clause and item that make it a major hazard (判定依据).
        determined_by: Names.
        determined_on: When.
        level: 挂牌级别.
        supervisor: 督办单位/部门.
        due: 督办完成时间.
        plan: The seven items.
        plan_form: Under which headings they are printed.
        government_help: 是否需政府协调.
        partial_stop: 局部停产.
        full_stop: 全部停产.
        key_project: 是否市级以上重点工程.

    Raises:
        InvalidRequest: It is due before it was determined, or nothing makes it major.
    """

    kind: ClassVar[DocumentKind] = DocumentKind.MAJOR_HAZARD_NOTICE
    hazard: HazardEntry
    basis: tuple[Citation, ...]
    determined_by: str
    determined_on: date
    level: str
    supervisor: str
    due: date
    plan: SevenItems = field(default_factory=SevenItems)
    plan_form: PlanForm = PlanForm.FIVE_FIXED
    government_help: bool = False
    partial_stop: bool = False
    full_stop: bool = False
    key_project: bool = False

    def __post_init__(self) -> None:
        if not self.basis:
            raise InvalidRequest("a major hazard is determined by a clause; the basis is missing")
        if self.due < self.determined_on:
            raise InvalidRequest(f"due on {self.due}, before it was determined")

    def citations(self) -> Sequence[Citation]:
        """Return every clause that it cites."""
        return [*self.basis, *self.hazard.citations]

    def fields(self) -> Fields:
        """Return what its template can print."""
        return {
            **self._head(),
            **self.hazard.printed(1),
            "判定依据": "；".join(one.printed for one in self.basis),
            "判定人": clean(self.determined_by),
            "判定时间": zh_date(self.determined_on),
            "挂牌级别": clean(self.level),
            "督办单位": clean(self.supervisor),
            "督办完成时间": zh_date(self.due),
            "治理形式": PLAN_TITLE[self.plan_form],
            "治理项目": self.plan.printed(self.plan_form),
            "是否需政府协调": _yes(self.government_help),
            "局部停产": _yes(self.partial_stop),
            "全部停产": _yes(self.full_stop),
            "是否市级以上重点工程": _yes(self.key_project),
        }


def _yes(value: bool) -> str:
    return "是" if value else "否"


@dataclass(frozen=True, slots=True, kw_only=True)
class DelistingNotice(Issued):
    """Notice that a listed hazard is off the list (重大事故隐患摘牌通知书).

    Attributes:
        hazard: With its after-pictures.
        notice_number: Of the notice that listed it.
        listed_on: When that was issued.
        level: 挂牌级别.
        self_assessed_on: 自评.
        experts: Of the expert assessment (专家评估).
        accepted_on: 政府验收.
        accepted_by: Who accepted; never who fixed it.
        cancelled_on: 销号时间.
        publication: 公示链接.
        revisit_on: 回头看日期.
        plan: The seven items as they were done.
        plan_form: Under which headings they are printed.

    Raises:
        InvalidRequest: The days are not in their order.
    """

    kind: ClassVar[DocumentKind] = DocumentKind.DELISTING_NOTICE
    hazard: HazardEntry
    notice_number: str
    listed_on: date
    level: str
    self_assessed_on: date
    experts: str
    accepted_on: date
    accepted_by: str
    cancelled_on: date
    publication: str | None = None
    revisit_on: date | None = None
    plan: SevenItems = field(default_factory=SevenItems)
    plan_form: PlanForm = PlanForm.FIVE_FIXED

    def __post_init__(self) -> None:
        days = [self.listed_on, self.self_assessed_on, self.accepted_on, self.cancelled_on]
        if days != sorted(days):
            raise InvalidRequest("listed, self-assessed, accepted, cancelled: not in this order")

    def citations(self) -> Sequence[Citation]:
        """Return every clause that it cites."""
        return self.hazard.citations

    def fields(self) -> Fields:
        """Return what its template can print."""
        return {
            **self._head(),
            **self.hazard.printed(1),
            "督办通知文号": clean(self.notice_number),
            "挂牌日期": zh_date(self.listed_on),
            "挂牌级别": clean(self.level),
            "自评日期": zh_date(self.self_assessed_on),
            "专家评估": clean(self.experts),
            "验收日期": zh_date(self.accepted_on),
            "验收人": clean(self.accepted_by),
            "销号时间": zh_date(self.cancelled_on),
            "公示链接": clean(self.publication),
            "回头看日期": zh_date(self.revisit_on),
            "治理形式": PLAN_TITLE[self.plan_form],
            "治理项目": self.plan.printed(self.plan_form),
        }
