"""What a hazard is: question, dated clauses, guidance, severity, what a picture proves."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from wsai.catalogue.severity import Severity

Lang = Literal["zh", "en"]

ACCIDENT_CODING_2025_FROM = date(2026, 7, 1)
"""GB 6441-2025 replaced GB 6441-1986 on this day."""

UNVERIFIED_MARK = {"zh": "〔未核〕", "en": "[unverified]"}


class Clause(BaseModel):
    """One legal reference.

    Attributes:
        ref: The law or standard.
        clause: The article in it.
        verified: Whether the article's text was read; else it must be checked before any notice.
        in_force_from: First day; ``None`` where it has been in force for long.
        in_force_until: Last day; ``None`` where no end is known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    ref: str = Field(min_length=2)
    clause: str = Field(min_length=1)
    verified: bool
    in_force_from: date | None = None
    in_force_until: date | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        first, last = self.in_force_from, self.in_force_until
        if first and last and last < first:
            raise ValueError(f"in_force_until {last} lies before in_force_from {first}")
        return self

    def in_force(self, on: date) -> bool:
        """Return whether the clause is in force on a day."""
        return (self.in_force_from is None or self.in_force_from <= on) and (
            self.in_force_until is None or on <= self.in_force_until
        )

    def text(self, lang: Lang = "zh") -> str:
        """Return the reference as it is shown everywhere: with its mark when unverified.

        >>> Clause(ref="GB 2811-2019", clause="条号待核", verified=False).text()
        'GB 2811-2019 条号待核〔未核〕'
        """
        return f"{self.ref} {self.clause}" + ("" if self.verified else UNVERIFIED_MARK[lang])


CATEGORIES_ZH = {
    "behaviour": "作业行为",
    "confined-space": "有限空间",
    "dust": "粉尘",
    "electrical": "电气",
    "evacuation": "安全疏散",
    "fire-equipment": "消防设施",
    "fire-smoke": "火情烟雾",
    "height": "高处作业",
    "hot-work": "动火作业",
    "housekeeping": "现场管理",
    "lifting": "起重吊装",
    "lockout": "能量隔离",
    "machinery": "机械设备",
    "ppe": "个体防护",
    "process": "工艺",
    "signage": "安全标志",
    "storage": "储存",
    "vehicle": "厂内车辆",
}
"""Category of a hazard -> as documents call it."""


class Hazard(BaseModel):
    """One entry of the catalogue.

    The compliant answer to the question is yes; no raises the hazard.

    Attributes:
        code: Stable; rules, records and checklists use it.
        tier: ``core``: covered first; ``extended``: later.
        severity: Triage; a person determines 重大.
        clauses: All, with their dates; :meth:`clauses_on` chooses.
        major_hazard_zh: When it may be a major hazard, and what that needs.
        deadline_days: Proposal; 0 is on the spot.
        visual_evidence: What a picture can prove.
        single_photo_ok: Whether one picture can.
        needs_context: What must be known beside the picture.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    name_zh: str = Field(min_length=2)
    name_en: str = Field(min_length=2)
    category: str
    tier: Literal["core", "extended"]
    question_zh: str = Field(min_length=4)
    question_en: str = Field(min_length=4)
    severity: Severity
    clauses: tuple[Clause, ...]
    references_intl: tuple[str, ...]
    major_hazard_zh: str | None
    accident_type_1986: str
    accident_type_2025: str
    guidance_zh: tuple[str, ...] = Field(min_length=1)
    guidance_en: tuple[str, ...] = Field(min_length=1)
    deadline_days: int = Field(ge=0, le=365)
    visual_evidence: str
    single_photo_ok: bool
    needs_context: tuple[str, ...]

    def name(self, lang: Lang) -> str:
        """Return the name."""
        return self.name_zh if lang == "zh" else self.name_en

    @property
    def category_zh(self) -> str:
        """Return the category's name in Chinese, or its word where it has none."""
        return CATEGORIES_ZH.get(self.category, self.category)

    def question(self, lang: Lang) -> str:
        """Return the checklist question; yes is compliant."""
        return self.question_zh if lang == "zh" else self.question_en

    def guidance(self, lang: Lang) -> tuple[str, ...]:
        """Return what to do, step by step (整改导则)."""
        return self.guidance_zh if lang == "zh" else self.guidance_en

    def clauses_on(self, on: date) -> tuple[Clause, ...]:
        """Return the clauses in force on the day of the inspection."""
        return tuple(clause for clause in self.clauses if clause.in_force(on))

    def accident_type(self, on: date) -> str:
        """Return the accident type in the coding in force on a day (GB 6441)."""
        after = on >= ACCIDENT_CODING_2025_FROM
        return self.accident_type_2025 if after else self.accident_type_1986


class ChecklistItem(BaseModel):
    """One line of a checklist.

    Attributes:
        number: ``2.3``: section and place in it.
        code: The hazard that a no raises.
        section_zh: Heading it stands under.
        section_en: The same in English.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    checklist: str
    number: str
    code: str
    section_zh: str
    section_en: str


class ChecklistSection(BaseModel):
    """A heading of a checklist with its hazards in order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title_zh: str
    title_en: str
    codes: tuple[str, ...] = Field(min_length=1)


class Checklist(BaseModel):
    """A checklist (检查表) for a kind of workplace.

    Attributes:
        id: Stable.
        scope_zh: Which workplaces it is for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title_zh: str
    title_en: str
    scope_zh: str
    scope_en: str
    sections: tuple[ChecklistSection, ...] = Field(min_length=1)

    def title(self, lang: Lang) -> str:
        """Return the title."""
        return self.title_zh if lang == "zh" else self.title_en

    @property
    def items(self) -> tuple[ChecklistItem, ...]:
        """Return the items in order, numbered by section."""
        return tuple(
            ChecklistItem(
                checklist=self.id,
                number=f"{s}.{i}",
                code=code,
                section_zh=section.title_zh,
                section_en=section.title_en,
            )
            for s, section in enumerate(self.sections, start=1)
            for i, code in enumerate(section.codes, start=1)
        )
