"""The documents of an inspection: what each needs, and what its template can print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Protocol

from wsai.documents.numbering import DocumentKind, Office
from wsai.documents.values import (
    NOTHING,
    Citation,
    HazardEntry,
    Officer,
    Party,
    Signature,
    clean,
    zh_date,
    zh_moment,
)
from wsai.errors import InvalidRequest

Fields = dict[str, Any]
"""Name in the template -> text, picture, or rows of the same."""


class Document(Protocol):
    """What can be written as Word or PDF."""

    @property
    def kind(self) -> DocumentKind:
        """Return which document it is."""
        ...

    @property
    def number(self) -> str:
        """Return its number."""
        ...

    @property
    def office(self) -> Office:
        """Return who issues it."""
        ...

    def citations(self) -> Sequence[Citation]:
        """Return every clause that it cites."""
        ...

    def fields(self) -> Fields:
        """Return what its template can print."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What every document has.

    Attributes:
        number: Of the document.
        office: Who issues it.
        party: The enterprise.
        issued_on: Day at the site.
    """

    number: str
    office: Office
    party: Party
    issued_on: date

    def _head(self) -> Fields:
        return {
            "文号": clean(self.number),
            "机关": clean(self.office.name),
            "复议机关": clean(self.office.reconsideration),
            "法院": clean(self.office.court),
            "制作日期": zh_date(self.issued_on),
            **self.party.printed(),
        }


def cited(hazards: Sequence[HazardEntry]) -> list[Citation]:
    """Return every clause that hazards cite, in their order."""
    return [citation for hazard in hazards for citation in hazard.citations]


def hazard_rows(hazards: Sequence[HazardEntry]) -> list[Fields]:
    """Return hazards as rows of a template, counted from 1."""
    return [hazard.printed(order) for order, hazard in enumerate(hazards, start=1)]


def _officers(officers: Sequence[Officer]) -> Fields:
    return {
        "检查人员": "、".join(clean(one.name) for one in officers) or NOTHING,
        "证件号码": "、".join(clean(one.certificate) for one in officers) or NOTHING,
    }


def signature_fields(name: str, signatures: Sequence[Signature]) -> Fields:
    """Return the signatures of one side under their name in the template."""
    return {name: [one.printed() for one in signatures]}


def refuse_empty(hazards: Sequence[HazardEntry], what: str) -> None:
    """Refuse a document about nothing.

    Raises:
        InvalidRequest: There is no hazard; the message says of what.
    """
    if not hazards:
        raise InvalidRequest(f"{what} names at least one hazard")


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionRecord(Issued):
    """On-site inspection record (现场检查记录), signed by both sides.

    Attributes:
        place: 检查场所.
        began: Local time at the site.
        ended: Likewise; not before it began.
        officers: At least two, as the law asks (行政处罚法 第四十二条; unverified).
        hazards: What was found; empty where nothing was.
        remark: More of what was seen.
        officer_signatures: Of the officers.
        party_signatures: Of the enterprise.
        refusal: Why the enterprise did not sign.

    Raises:
        InvalidRequest: It ends before it began, or one officer was alone.
    """

    kind: ClassVar[DocumentKind] = DocumentKind.INSPECTION_RECORD
    place: str
    began: datetime
    ended: datetime
    officers: tuple[Officer, ...]
    hazards: tuple[HazardEntry, ...] = ()
    remark: str | None = None
    officer_signatures: tuple[Signature, ...] = ()
    party_signatures: tuple[Signature, ...] = ()
    refusal: str | None = None

    def __post_init__(self) -> None:
        if self.ended < self.began:
            raise InvalidRequest(f"the inspection ends {self.ended}, before it began {self.began}")
        if len(self.officers) < 2:
            raise InvalidRequest("an inspection is made by at least two officers")

    def citations(self) -> Sequence[Citation]:
        """Return every clause that it cites."""
        return cited(self.hazards)

    def fields(self) -> Fields:
        """Return what its template can print."""
        return {
            **self._head(),
            **_officers(self.officers),
            "检查场所": clean(self.place),
            "检查开始": zh_moment(self.began),
            "检查结束": zh_moment(self.ended),
            "隐患列表": hazard_rows(self.hazards),
            "隐患数量": str(len(self.hazards)),
            "备注": clean(self.remark) if self.remark else "",
            "拒签情况": clean(self.refusal) if self.refusal else "",
            **signature_fields("检查人员签名", self.officer_signatures),
            **signature_fields("被检查单位签名", self.party_signatures),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RectificationOrder(Issued):
    """Order to rectify by a day (责令限期整改指令书).

    Attributes:
        hazards: At least one, each with its deadline.
        record_number: Of the inspection record that it follows from.
        officers: Who issue it.
        officer_signatures: Of the officers.
        party_signatures: Of the enterprise, for receipt.

    Raises:
        InvalidRequest: No hazard, or one without a deadline.
    """

    kind: ClassVar[DocumentKind] = DocumentKind.RECTIFICATION_ORDER
    hazards: tuple[HazardEntry, ...]
    record_number: str | None = None
    officers: tuple[Officer, ...] = ()
    officer_signatures: tuple[Signature, ...] = ()
    party_signatures: tuple[Signature, ...] = ()

    def __post_init__(self) -> None:
        refuse_empty(self.hazards, "an order")
        for hazard in self.hazards:
            if hazard.deadline is None:
                raise InvalidRequest(f"{hazard.number}: an order needs a deadline")

    def citations(self) -> Sequence[Citation]:
        """Return every clause that it cites."""
        return cited(self.hazards)

    def fields(self) -> Fields:
        """Return what its template can print."""
        return {
            **self._head(),
            **_officers(self.officers),
            "隐患列表": hazard_rows(self.hazards),
            "整改期限表": list(self._by_deadline()),
            "检查记录文号": clean(self.record_number),
            **signature_fields("检查人员签名", self.officer_signatures),
            **signature_fields("被检查单位签名", self.party_signatures),
        }

    def _by_deadline(self) -> Iterator[Fields]:
        """Yield each deadline with the items that it holds for, the earliest first."""
        by_day: dict[date, list[str]] = {}
        for order, hazard in enumerate(self.hazards, start=1):
            if hazard.deadline is not None:
                by_day.setdefault(hazard.deadline, []).append(str(order))
        for day in sorted(by_day):
            yield {"项": "、".join(by_day[day]), "期限": zh_date(day)}


@dataclass(frozen=True, slots=True)
class Recheck:
    """What a re-inspection found of one hazard.

    Attributes:
        hazard: With its after-pictures.
        fixed: Whether it is fixed.
        opinion: In words.
    """

    hazard: HazardEntry
    fixed: bool
    opinion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinspectionOpinion(Issued):
    """Re-inspection opinion (整改复查意见书).

    Attributes:
        order_number: Of the order.
        ordered_on: When that was issued.
        rechecks: At least one.
        next_step: What follows for what is not fixed; needed where something is not.
        officers: Who rechecked.
        officer_signatures: Of the officers.
        party_signatures: Of the enterprise.

    Raises:
        InvalidRequest: Nothing was rechecked, or nothing follows for what is not fixed.
    """

    kind: ClassVar[DocumentKind] = DocumentKind.REINSPECTION_OPINION
    order_number: str
    ordered_on: date
    rechecks: tuple[Recheck, ...]
    next_step: str | None = None
    officers: tuple[Officer, ...] = ()
    officer_signatures: tuple[Signature, ...] = ()
    party_signatures: tuple[Signature, ...] = ()

    def __post_init__(self) -> None:
        refuse_empty([one.hazard for one in self.rechecks], "a re-inspection")
        if not all(one.fixed for one in self.rechecks) and not (self.next_step or "").strip():
            raise InvalidRequest("say what follows for the hazards that are not fixed")

    def citations(self) -> Sequence[Citation]:
        """Return every clause that it cites."""
        return cited([one.hazard for one in self.rechecks])

    def fields(self) -> Fields:
        """Return what its template can print."""
        rows = [
            {
                **one.hazard.printed(order),
                "复查结论": "已整改" if one.fixed else "未整改",
                "复查意见": clean(one.opinion),
            }
            for order, one in enumerate(self.rechecks, start=1)
        ]
        fixed = sum(one.fixed for one in self.rechecks)
        return {
            **self._head(),
            **_officers(self.officers),
            "整改指令文号": clean(self.order_number),
            "整改指令日期": zh_date(self.ordered_on),
            "隐患列表": rows,
            "已整改数": str(fixed),
            "未整改数": str(len(rows) - fixed),
            "后续措施": clean(self.next_step) if self.next_step else "",
            **signature_fields("检查人员签名", self.officer_signatures),
            **signature_fields("被复查单位签名", self.party_signatures),
        }
