"""What goes into documents: small values, and how each is printed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from PIL import Image, UnidentifiedImageError

from wsai.catalogue.hazards import Clause
from wsai.errors import ClauseUnverified, ImageUnreadable
from wsai.supervision.enterprises import Enterprise

UNVERIFIED = "〔未核〕"
NOTHING = "/"
"""What an office writes into a field that stays empty, so that nobody fills it in later."""

PEN_ROOM = "\u3000" * 6
PEN_DATE = "\u3000\u3000年\u3000月\u3000日"
SIGNATURE_MM = (30.0, 12.0)
PHOTO_MM = (110.0, 72.0)

FORBIDDEN_CHARACTERS = re.compile("[\x00-\x09\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
"""No XML holds them; a line break may stand in a text."""


def clean(text: str | None) -> str:
    """Return a text as it is printed; ``/`` where there is none.

    >>> clean(" 三号" + chr(7) + "车间 "), clean(None)
    ('三号车间', '/')
    """
    return FORBIDDEN_CHARACTERS.sub("", text or "").strip() or NOTHING


def zh_date(day: date | None) -> str:
    """Return a day as it is written in a document.

    >>> zh_date(date(2026, 7, 4)), zh_date(None)
    ('2026年7月4日', '/')
    """
    return f"{day.year}年{day.month}月{day.day}日" if day else NOTHING


def zh_moment(moment: datetime) -> str:
    """Return a moment, to the minute.

    >>> zh_moment(datetime(2026, 7, 4, 9, 5))
    '2026年7月4日9时05分'
    """
    return f"{zh_date(moment.date())}{moment.hour}时{moment.minute:02d}分"


def zh_money(yuan: Decimal | None) -> str:
    """Return an amount.

    >>> zh_money(Decimal("12500.5")), zh_money(None)
    ('12,500.50元', '/')
    """
    return f"{yuan:,.2f}元" if yuan is not None else NOTHING


@dataclass(frozen=True, slots=True)
class Citation:
    """A clause that a document cites.

    Attributes:
        text: Law and article.
        verified: Whether somebody compared it with the published text.
    """

    text: str
    verified: bool

    @classmethod
    def of(cls, clause: Clause) -> Citation:
        """Return the citation of a clause of the catalogue."""
        return cls(f"{clause.ref} {clause.clause}", clause.verified)

    @property
    def printed(self) -> str:
        """Return the text with its mark.

        >>> Citation("GB 2811-2019 第4条", verified=False).printed
        'GB 2811-2019 第4条〔未核〕'
        """
        return clean(self.text) + ("" if self.verified else UNVERIFIED)


def refuse_unverified(citations: Iterable[Citation]) -> None:
    """Ask before unverified clauses are cited.

    Raises:
        ClauseUnverified: One is; the message names all.
    """
    if open_ones := list(dict.fromkeys(one.text for one in citations if not one.verified)):
        raise ClauseUnverified(
            f"not compared with the published text: {'；'.join(open_ones)}; compare and verify "
            "them, or accept that the document marks them"
        )


@dataclass(frozen=True, slots=True)
class Party:
    """The enterprise as a document names it.

    Attributes:
        name: As on its licence.
        address: Where it works.
        head: Legal representative, or who is in charge.
        post: Of the head.
        phone: Of the head or the contact.
    """

    name: str
    address: str
    head: str | None = None
    post: str | None = None
    phone: str | None = None

    @classmethod
    def of(cls, enterprise: Enterprise, *, post: str | None = None) -> Party:
        """Return an enterprise with its contact."""
        return cls(enterprise.name, enterprise.address, enterprise.contact, post, enterprise.phone)

    def printed(self) -> dict[str, str]:
        """Return the fields of a template."""
        return {
            "单位名称": clean(self.name),
            "单位地址": clean(self.address),
            "负责人": clean(self.head),
            "职务": clean(self.post),
            "联系电话": clean(self.phone),
        }


@dataclass(frozen=True, slots=True)
class Officer:
    """Who enforces.

    Attributes:
        name: Of the person.
        certificate: Number of the enforcement certificate.
    """

    name: str
    certificate: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in a document.

    Attributes:
        content: A JPEG or PNG file, upright, heads already blurred.
        caption: Stands below it.

    Raises:
        ImageUnreadable: It is neither.
    """

    content: bytes
    caption: str = ""

    def __post_init__(self) -> None:
        try:
            with Image.open(io.BytesIO(self.content), formats=("JPEG", "PNG")) as image:
                image.load()
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, ImportError) as error:
            raise ImageUnreadable(
                f"the picture {self.caption or 'of a document'} is no whole JPEG or PNG"
            ) from error

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height in pixels."""
        with Image.open(io.BytesIO(self.content)) as image:
            return image.size


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture with the room it has.

    Attributes:
        most_wide_mm: In print.
        most_high_mm: Likewise.
    """

    picture: Picture
    most_wide_mm: float
    most_high_mm: float

    def size_mm(self) -> tuple[float, float]:
        """Return width and height in print: as large as the room allows.

        The shape of the picture stays.
        """
        wide, high = self.picture.size
        share = min(self.most_wide_mm / wide, self.most_high_mm / high)
        return wide * share, high * share


def photo_rows(pictures: Iterable[Picture]) -> list[dict[str, object]]:
    """Return pictures with captions for a template (``图``, ``图注``)."""
    return [
        {"图": Placed(one, *PHOTO_MM), "图注": clean(one.caption) if one.caption else ""}
        for one in pictures
    ]


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed.

    Attributes:
        name: Of the person, in print beside the drawn one.
        drawn: The drawn signature as PNG; ``None`` leaves room for a pen.
        signed_on: When; ``None`` leaves room too.
    """

    name: str
    drawn: Picture | None = None
    signed_on: date | None = None

    def printed(self) -> dict[str, object]:
        """Return the fields of a template; what is not signed stays blank, not ``/``."""
        return {
            "姓名": clean(self.name),
            "签名": Placed(self.drawn, *SIGNATURE_MM) if self.drawn else PEN_ROOM,
            "签名日期": zh_date(self.signed_on) if self.signed_on else PEN_DATE,
        }


class PlanForm(StrEnum):
    """Under which headings the plan of a rectification is printed."""

    FIVE_FIXED = "five-fixed"
    FIVE_IN_PLACE = "five-in-place"


PLAN_TITLE = {PlanForm.FIVE_FIXED: "“五落实”", PlanForm.FIVE_IN_PLACE: "“五到位”"}


@dataclass(frozen=True, slots=True)
class SevenItems:
    """The plan of a rectification: seven items, from which either form of five is printed.

    Attributes:
        goal: 治理目标.
        responsible: 责任部门/责任人.
        staff: 治理机构人员.
        measures: 治理措施.
        planned_yuan: 治理经费（计划）.
        spent_yuan: 治理经费（实际）.
        deadline: 计划完成时间.
        emergency: 应急预案/防范措施.
        phone: Of who is responsible.
        supplies: 物资.
        funds: 资金, in words.
    """

    goal: str | None = None
    responsible: str | None = None
    staff: str | None = None
    measures: str | None = None
    planned_yuan: Decimal | None = None
    spent_yuan: Decimal | None = None
    deadline: date | None = None
    emergency: str | None = None
    phone: str | None = None
    supplies: str | None = None
    funds: str | None = None

    def printed(self, form: PlanForm) -> list[dict[str, str]]:
        """Return headings and texts, in the order of the form.

        >>> [row["项目"] for row in SevenItems().printed(PlanForm.FIVE_FIXED)]
        ['责任', '措施', '资金', '时限', '预案']
        >>> [row["项目"] for row in SevenItems().printed(PlanForm.FIVE_IN_PLACE)]
        ['目标', '物资', '机构人员', '时限', '安全措施及预案']
        """
        who = "，".join(filter(None, (self.responsible, self.phone and f"电话{self.phone}")))
        money = f"计划{zh_money(self.planned_yuan)}，实际{zh_money(self.spent_yuan)}"
        if self.planned_yuan is None and self.spent_yuan is None:
            money = self.funds or NOTHING
        people = "；".join(filter(None, (who, self.staff)))
        goal = self.goal and f"目标：{self.goal}"
        if form is PlanForm.FIVE_FIXED:
            pairs = [
                ("责任", people),
                (
                    "措施",
                    "；".join(filter(None, (goal, self.measures))),
                ),
                ("资金", money),
                ("时限", zh_date(self.deadline)),
                ("预案", self.emergency),
            ]
        else:
            supplies = "；".join(filter(None, (self.supplies, money if money != NOTHING else None)))
            safety = "；".join(filter(None, (self.measures, self.emergency)))
            pairs = [
                ("目标", self.goal),
                ("物资", supplies),
                ("机构人员", people),
                ("时限", zh_date(self.deadline)),
                ("安全措施及预案", safety),
            ]
        return [{"项目": name, "内容": clean(text)} for name, text in pairs]


@dataclass(frozen=True, slots=True)
class HazardEntry:
    """A hazard as a document lists it; field names after the ledger.

    Attributes:
        number: 隐患编号.
        description: 隐患描述（基本情况）.
        place: 隐患区域/地址.
        category: 隐患类别.
        grade: 级别, in words: 一般 or 重大.
        found_on: 发现日期.
        finder: 发现人.
        source: 隐患来源.
        citations: 依据.
        demand: What is to be done (整改要求).
        deadline: 整改期限.
        status: 整改情况, in words.
        pictures: 隐患图片, marked.
        after_pictures: 整改后照片.
    """

    number: str
    description: str
    found_on: date
    place: str | None = None
    category: str | None = None
    grade: str = "一般"
    finder: str | None = None
    source: str | None = None
    citations: tuple[Citation, ...] = ()
    demand: str | None = None
    deadline: date | None = None
    status: str | None = None
    pictures: tuple[Picture, ...] = ()
    after_pictures: tuple[Picture, ...] = ()

    def printed(self, order: int) -> dict[str, object]:
        """Return the fields of a template; ``order`` counts from 1."""
        return {
            "序号": str(order),
            "隐患编号": clean(self.number),
            "隐患描述": clean(self.description),
            "发现日期": zh_date(self.found_on),
            "隐患区域": clean(self.place),
            "隐患类别": clean(self.category),
            "级别": clean(self.grade),
            "发现人": clean(self.finder),
            "隐患来源": clean(self.source),
            "依据": "；".join(one.printed for one in self.citations) or NOTHING,
            "整改要求": clean(self.demand),
            "整改期限": zh_date(self.deadline),
            "整改情况": clean(self.status),
            "隐患图片": photo_rows(self.pictures),
            "整改后照片": photo_rows(self.after_pictures),
        }
