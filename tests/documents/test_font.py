"""The font of the PDFs: small enough to ship, free, and without gaps in what WSAI prints."""

from __future__ import annotations

import io
from datetime import date
from importlib import resources

import docx
import pytest
from docx.oxml.ns import qn

from wsai.catalogue.catalogue import load_catalogue
from wsai.documents.docx_pdf import pdf_of
from wsai.documents.font import missing_characters, registered_font
from wsai.documents.make_font import FILE_NAME, MORE, NAMES_BEYOND, characters
from wsai.documents.numbering import KIND_ZH, DocumentKind, read_offices
from wsai.documents.write import template_of
from wsai.supervision.enterprises import SIZE_ZH, TAG_ZH

FONTS = resources.files("wsai.documents") / "fonts"
MOST_BYTES = 8 << 20


def test_the_font_is_small_and_its_licence_lies_beside_it() -> None:
    assert len((FONTS / FILE_NAME).read_bytes()) < MOST_BYTES
    licence = (FONTS / "OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert FILE_NAME in licence


@pytest.mark.parametrize("kind", list(DocumentKind))
def test_every_character_of_every_template_has_a_glyph(kind: DocumentKind) -> None:
    document = docx.Document(io.BytesIO(template_of(kind).read_bytes()))
    text = "".join(one.text or "" for one in document.element.body.iter(qn("w:t"))) + KIND_ZH[kind]
    assert len(text) > 100
    assert missing_characters(text) == []


def test_every_character_of_the_catalogue_has_a_glyph() -> None:
    catalogue = load_catalogue()
    text = "".join(hazard.model_dump_json() for hazard in catalogue.hazards.values())
    text += "".join(checklist.model_dump_json() for checklist in catalogue.checklists.values())
    assert missing_characters(text) == []


def test_every_character_of_the_offices_and_words_has_a_glyph() -> None:
    text = read_offices().model_dump_json() + "".join([*SIZE_ZH.values(), *TAG_ZH.values()])
    assert missing_characters(text + MORE + NAMES_BEYOND) == []


def test_every_character_of_gb2312_has_a_glyph() -> None:
    hanzi = [
        bytes((first, second)).decode("gb2312", "ignore")
        for first in range(0xB0, 0xF8)
        for second in range(0xA1, 0xFF)
    ]
    assert len("".join(hanzi)) == 6763
    assert missing_characters("".join(hanzi)) == []
    assert set("".join(hanzi)) <= characters()


def test_what_is_missing_is_told() -> None:
    assert missing_characters("安全𬱖ก安全") == ["ก", "𬱖"]


def test_letters_are_as_wide_as_their_advance() -> None:
    face = registered_font().face
    assert face.charWidths[ord("安")] == 1000
    assert 400 < face.charWidths[ord("1")] < 700


def test_an_empty_document_is_a_page() -> None:
    out = io.BytesIO()
    docx.Document().save(out)
    pdf = pdf_of(out.getvalue(), title="空", author="空", dated=date(2026, 1, 1))
    assert pdf.startswith(b"%PDF")
