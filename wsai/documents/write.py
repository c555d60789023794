"""A document as a file: its template filled, as Word or as PDF.

The templates are Word files that an office may change: copy one from ``templates/`` into a folder
of its own and name the folder here. Fields stand in it as ``{{ 文号 }}``. The PDF is made from the
filled Word file, so both always say the same.
"""

from __future__ import annotations

import io
from datetime import date
from enum import StrEnum
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from docx.opc.exceptions import PackageNotFoundError
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from wsai.documents.archive import settled
from wsai.documents.docx_pdf import pdf_of
from wsai.documents.forms import Document
from wsai.documents.numbering import KIND_ZH, DocumentKind
from wsai.documents.values import Placed, refuse_unverified
from wsai.errors import SettingsInvalid


class Form(StrEnum):
    """Which file."""

    WORD = "docx"
    PDF = "pdf"


MEDIA_TYPE = {
    Form.WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Form.PDF: "application/pdf",
}


def write(
    document: Document,
    *,
    form: Form,
    dated: date,
    own_templates: Path | None = None,
    accept_unverified: bool = False,
) -> bytes:
    """Return a document as a file; the same document and day give the same bytes.

    Args:
        document: What to write.
        form: As which file.
        dated: Day for the file's metadata; no clock is read.
        own_templates: A folder whose templates go before the shipped ones.
        accept_unverified: Cite clauses that nobody compared, with their mark.

    Raises:
        ClauseUnverified: It would cite such a clause, and nobody accepted that.
        SettingsInvalid: The template is no Word file, or prints a field that is not there.
        InvalidRequest: The font of the PDF lacks a character.
    """
    if not accept_unverified:
        refuse_unverified(document.citations())
    word = _filled(document, template_of(document.kind, own_templates), dated)
    if form is Form.WORD:
        return word
    title = f"{KIND_ZH[document.kind]} {document.number}"
    return pdf_of(word, title=title, author=document.office.name, dated=dated)


def template_of(kind: DocumentKind, own_templates: Path | None = None) -> Traversable:
    """Return the template: the office's own where there is one, else the shipped one."""
    name = f"{kind.value}.docx"
    if own_templates is not None and (own := own_templates / name).is_file():
        return own
    return resources.files("wsai.documents") / "templates" / name


def _filled(document: Document, template: Traversable, dated: date) -> bytes:
    try:
        word = DocxTemplate(io.BytesIO(template.read_bytes()))
        word.init_docx()
    except (OSError, PackageNotFoundError, BadZipFile, KeyError, ValueError) as error:
        raise SettingsInvalid(f"{template.name}: no Word file (.docx)") from error
    # an office writes templates, but no template may reach beyond its fields
    rules = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    try:
        word.render(_placed(document.fields(), word), rules, autoescape=True)
    except (TemplateError, TypeError) as error:
        raise SettingsInvalid(f"{template.name}: {error}") from error
    about = word.docx.core_properties
    about.title = f"{KIND_ZH[document.kind]} {document.number}"
    about.author = about.last_modified_by = document.office.name
    about.comments = about.keywords = ""
    about.revision = 1
    out = io.BytesIO()
    word.save(out)
    return settled(out.getvalue(), dated)


def _placed(value: Any, word: DocxTemplate) -> Any:
    """Return fields with every picture as the template takes it."""
    if isinstance(value, Placed):
        wide, high = value.size_mm()
        content = io.BytesIO(value.picture.content)
        return InlineImage(word, content, width=Mm(wide), height=Mm(high))
    if isinstance(value, dict):
        return {name: _placed(one, word) for name, one in value.items()}
    if isinstance(value, list):
        return [_placed(one, word) for one in value]
    return value
