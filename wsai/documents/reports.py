"""The two documents that tell rather than order: enterprise file and inspection report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from wsai.documents.forms import Fields, Issued, cited, hazard_rows, refuse_empty, signature_fields
from wsai.documents.numbering import DocumentKind
from wsai.documents.values import (
    NOTHING,
    Citation,
    HazardEntry,
    Picture,
    Signature,
    clean,
    photo_rows,
    zh_date,
    zh_moment,
)
from wsai.supervision.enterprises import SIZE_ZH, TAG_ZH, Enterprise, Tag
from wsai.supervision.lec import LEVEL_ZH, Lec

STANDARD_ZH = {"level-1": "一级", "level-2": "二级", "level-3": "三级", "none": "未达标"}
"""标准化等级."""


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """A place of the risk register.

    Attributes:
        name: Of the place or process.
        risk: Its LEC.
        measures: Against it.
        person: Who answers for it.
    """

    name: str
    risk: Lec
    measures: str
    person: str | None = None

    def printed(self) -> Fields:
        """Return the fields of a template; a score is never shown without its inputs."""
        risk = self.risk
        return {
            "名称": clean(self.name),
            "风险值": f"{risk.score:g}",
            "风险构成": f"L{risk.likelihood:g}×E{risk.exposure:g}×C{risk.consequence:g}",
            "风险等级": LEVEL_ZH[risk.colour],
            "管控措施": clean(self.measures),
            "责任人": clean(self.person),
        }


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an enterprise's history: inspection, document, grade, accident, training.

    Attributes:
        on: When.
        kind: In words.
        text: What.
        number: Of its document.
    """

    on: date
    kind: str
    text: str
    number: str | None = None

    def printed(self) -> Fields:
        """Return the fields of a template."""
        return {
            "日期": zh_date(self.on),
            "类别": clean(self.kind),
            "内容": clean(self.text),
            "文号": clean(self.number),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterpriseFile(Issued):
    """All about one enterprise (一企一档); ``issued_on`` is the day of the extract.

    Attributes:
        enterprise: As written down.
        grid: 网格.
        grade: In words, with its reason.
        risks: Risk register.
        hazards: Open and closed.
        events: History, in any order; printed newest first.
        plans: Floor plans.
    """

    kind: ClassVar[DocumentKind] = DocumentKind.ENTERPRISE_FILE
    enterprise: Enterprise
    grid: str | None = None
    grade: str | None = None
    risks: tuple[RiskPoint, ...] = ()
    hazards: tuple[HazardEntry, ...] = ()
    events: tuple[Event, ...] = ()
    plans: tuple[Picture, ...] = ()

    def citations(self) -> Sequence[Citation]:
        """Return every clause that it cites."""
        return cited(self.hazards)

    def fields(self) -> Fields:
        """Return what its template can print."""
        firm = self.enterprise
        worst_first = sorted(self.risks, key=lambda one: -one.risk.score)
        newest_first = sorted(self.events, key=lambda one: one.on, reverse=True)
        return {
            **self._head(),
            "统一社会信用代码": firm.credit_code,
            "监管分类": "、".join(TAG_ZH[tag] for tag in Tag if tag in firm.tags) or NOTHING,
            "规模": SIZE_ZH[firm.size] if firm.size else NOTHING,
            "职工人数": f"{firm.employees}人" if firm.employees is not None else NOTHING,
            "标准化等级": STANDARD_ZH[firm.standardisation],
            "经纬度": (
                f"{firm.longitude:.5f}，{firm.latitude:.5f}"
                if firm.longitude is not None and firm.latitude is not None
                else NOTHING
            ),
            "网格": clean(self.grid),
            "分级结果": clean(self.grade),
            "风险点": [one.printed() for one in worst_first],
            "隐患列表": hazard_rows(self.hazards),
            "大事记": [one.printed() for one in newest_first],
            "平面图": photo_rows(self.plans),
        }


@dataclass(frozen=True, slots=True)
class ReportedFinding:
    """A hazard of a report with what WSAI adds.

    Attributes:
        hazard: With its marked pictures.
        because: Why it was seen, in words.
        guidance: Steps (整改导则).
        confirmed_by: The person who confirmed it; ``None`` while it is suspected.
    """

    hazard: HazardEntry
    because: str | None = None
    guidance: tuple[str, ...] = ()
    confirmed_by: str | None = None


def _steps(guidance: Sequence[str]) -> str:
    steps = (f"{number}. {clean(step)}" for number, step in enumerate(guidance, start=1))
    return "\n".join(steps) or NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionReport(Issued):
    """Report of an inspection with marked pictures (安全检查报告).

    Attributes:
        place: Where.
        inspected_at: Local time at the site.
        inspectors: Names.
        findings: At least one finding or one sentence in ``unseen``.
        unseen: What no picture can show and people must look at.
        model: Which model looked; ``None`` where only people did.
        signatures: Of the inspectors.

    Raises:
        InvalidRequest: It says nothing.
    """

    kind: ClassVar[DocumentKind] = DocumentKind.INSPECTION_REPORT
    place: str
    inspected_at: datetime
    inspectors: tuple[str, ...]
    findings: tuple[ReportedFinding, ...] = ()
    unseen: tuple[str, ...] = ()
    model: str | None = None
    signatures: tuple[Signature, ...] = ()

    def __post_init__(self) -> None:
        if not self.unseen:
            refuse_empty([one.hazard for one in self.findings], "a report")

    def citations(self) -> Sequence[Citation]:
        """Return every clause that it cites."""
        return cited([one.hazard for one in self.findings])

    def fields(self) -> Fields:
        """Return what its template can print."""
        confirmed = sum(one.confirmed_by is not None for one in self.findings)
        return {
            **self._head(),
            "检查场所": clean(self.place),
            "检查时间": zh_moment(self.inspected_at),
            "检查人员": "、".join(map(clean, self.inspectors)) or NOTHING,
            "隐患数量": str(len(self.findings)),
            "已确认数": str(confirmed),
            "待确认数": str(len(self.findings) - confirmed),
            "隐患列表": [
                {
                    **one.hazard.printed(order),
                    "原因": clean(one.because),
                    "整改导则": _steps(one.guidance),
                    "确认": f"已由{clean(one.confirmed_by)}确认" if one.confirmed_by else "待确认",
                }
                for order, one in enumerate(self.findings, start=1)
            ],
            "需人工检查": "；".join(map(clean, self.unseen)),
            "模型": clean(self.model),
            **signature_fields("检查人员签名", self.signatures),
        }
