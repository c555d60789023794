"""Rows of the ledger as documents print them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from serving.dependencies import Parts
from serving.findings.service import Books
from serving.photos.annotated import annotated_picture
from wsai.documents.numbering import Office
from wsai.documents.values import (
    Citation,
    HazardEntry,
    Officer,
    Party,
    Picture,
    SevenItems,
    Signature,
)
from wsai.ledger.machine import Kind, machines
from wsai.storage.access import AccessRepository
from wsai.storage.enterprises import EnterpriseRepository
from wsai.storage.photos import PhotoRepository
from wsai.storage.tables import HazardRow

SOURCE_ZH = {"supervision": "执法检查", "self-check": "企业自查", "camera": "视频监控"}
GRADE_ZH = {"general": "一般", "serious": "较大", "major": "重大"}


class Head:
    """What every document has beside the enterprise.

    Args:
        number: Of the document.
        office: Who issues it.
        issued_on: Day at the site.
    """

    def __init__(self, number: str, office: Office, issued_on: date) -> None:
        self.number, self.office, self.issued_on = number, office, issued_on

    def with_party(self, party: Party) -> dict[str, Any]:
        """Return the fields that all documents begin with."""
        return {
            "number": self.number,
            "office": self.office,
            "issued_on": self.issued_on,
            "party": party,
        }


def signature_of(parts: Parts, name: str, digest: str, day: date) -> Signature:
    """Return a drawn signature as it is printed."""
    return Signature(name, Picture(parts.files.original(digest)), day)


def party_of(session: Session, enterprise_id: UUID | None, site: str | None) -> Party:
    """Return who a document is about."""
    if enterprise_id is None:
        return Party(site or "", "")
    row = EnterpriseRepository(session).get(enterprise_id)
    return Party(row.name, row.address, row.contact, None, row.phone)


def entry_of(
    session: Session, parts: Parts, row: HazardRow, books: Books, *, with_after: bool
) -> HazardEntry:
    """Return a record as a document lists it, with its marked pictures."""
    hazard, photos = books.catalogue.hazard(row.code), PhotoRepository(session)
    after = row.after_photos[-1:] if with_after else []
    return HazardEntry(
        number=row.number,
        description=hazard.name("zh") + (f"；{row.note}" if row.note else ""),
        found_on=row.found_on,
        place=row.checkpoint or row.site,
        category=hazard.category_zh,
        grade=GRADE_ZH[row.severity],
        finder=row.confirmed_by,
        source=SOURCE_ZH[row.source],
        citations=tuple(Citation.of(clause) for clause in hazard.clauses_on(row.found_on)),
        demand=row.measures or "；".join(hazard.guidance("zh")),
        deadline=row.deadline,
        status=machines()[Kind(row.kind)].states[row.status].zh,
        pictures=(Picture(annotated_picture(photos.get(row.photo_id), parts, "zh"), "整改前"),),
        after_pictures=tuple(
            Picture(annotated_picture(photos.get(UUID(photo)), parts, "zh"), "整改后")
            for photo in after
        ),
    )


def officer_of(session: Session, name: str) -> Officer:
    """Return who signs for the office, with the number of the certificate where one is known."""
    account = AccessRepository(session).account(name)
    return Officer(name, (account.certificate if account else None) or "")


def plan_of(row: HazardRow) -> SevenItems:
    """Return the seven items."""
    items = row.items
    return SevenItems(
        goal=items.get("goal"),
        responsible=items.get("responsibility") or row.responsible,
        staff=items.get("people"),
        measures=items.get("measures") or row.measures,
        deadline=row.deadline,
        emergency=items.get("plan"),
        funds=items.get("funds"),
    )
