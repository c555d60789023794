"""What the shipped templates are built of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import docx
from docx.document import Document
from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

TEXT_FONT, TITLE_FONT, LATIN_FONT = "仿宋", "宋体", "Times New Roman"
TEXT_PT, TITLE_PT, OVERLINE_PT, CELL_PT = 12.0, 22.0, 14.0, 10.5
LEFT_MM, RIGHT_MM, TOP_MM, BOTTOM_MM = 26, 24, 26, 22
ROOM_MM = 210 - LEFT_MM - RIGHT_MM
CELL_MARGIN_TWIPS = 40
SHADE = "F2F2F2"
Cells = Sequence[tuple[str, int]]
"""Text and width in columns of each cell of a row."""


def new(overline: str, title: str, *, number: bool = True) -> Document:
    """Return a document with its title."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(LEFT_MM), Mm(RIGHT_MM)
    section.top_margin, section.bottom_margin = Mm(TOP_MM), Mm(BOTTOM_MM)
    section.footer_distance = Mm(12)
    normal = document.styles["Normal"]
    normal.font.size = Pt(TEXT_PT)
    normal.font.name = LATIN_FONT
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), TEXT_FONT)
    normal.paragraph_format.space_after = Pt(0)
    normal.paragraph_format.line_spacing = 1.0
    _page_numbers(section.footer.paragraphs[0])
    if overline:
        written(document.add_paragraph(), overline, size=OVERLINE_PT, align="center", after=4)
    written(document.add_paragraph(), title, size=TITLE_PT, bold=True, align="center", after=6)
    if number:
        written(document.add_paragraph(), "{{ 文号 }}", align="center", after=8)
    return document


def _page_numbers(paragraph: Paragraph) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, field in (("第 ", "PAGE"), (" 页  共 ", "NUMPAGES"), (" 页", "")):
        paragraph.add_run(text).font.size = Pt(9)
        if field:
            simple = OxmlElement("w:fldSimple")
            simple.set(qn("w:instr"), field)
            run = OxmlElement("w:r")
            shown = OxmlElement("w:t")
            shown.text = "1"
            run.append(shown)
            simple.append(run)
            paragraph._p.append(simple)


def written(
    paragraph: Paragraph,
    text: str,
    *,
    size: float = TEXT_PT,
    bold: bool = False,
    align: str = "left",
    indent: bool = False,
    before: float = 0,
    after: float = 0,
    spacing: float = 1.0,
) -> Paragraph:
    """Write a text into an empty paragraph; lengths in points, ``spacing`` in lines."""
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(size), bold
    if bold:
        run.font.name = LATIN_FONT
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), TITLE_FONT)
    shape = paragraph.paragraph_format
    shape.alignment = {
        "left": WD_ALIGN_PARAGRAPH.LEFT,
        "center": WD_ALIGN_PARAGRAPH.CENTER,
        "right": WD_ALIGN_PARAGRAPH.RIGHT,
    }[align]
    if indent:
        shape.first_line_indent = Pt(2 * size)
    shape.space_before, shape.space_after, shape.line_spacing = Pt(before), Pt(after), spacing
    return paragraph


def text(document: Document, words: str, **look: Any) -> None:
    """Add a paragraph of running text, indented by two characters."""
    look = {"indent": True, "spacing": 1.25, "after": 2} | look
    written(document.add_paragraph(), words, **look)


def heading(document: Document, words: str) -> None:
    """Add a heading that stays with what follows."""
    paragraph = written(document.add_paragraph(), words, bold=True, before=8, after=4)
    paragraph.paragraph_format.keep_with_next = True


def tag(document: Document, words: str) -> None:
    """Add a line that only steers: docxtpl removes it."""
    written(document.add_paragraph(), f"{{%p {words} %}}", size=CELL_PT)


def grid(document: Document, widths_mm: Sequence[float], rows: Sequence[Cells]) -> Table:
    """Add a ruled form: labels are those cells that hold no field.

    Args:
        document: To add to.
        widths_mm: Of the columns; scaled to the room.
        rows: Their cells; a row that starts with ``{%tr`` only steers.
    """
    table = _table(document, widths_mm, len(rows))
    table.style = "Table Grid"
    for y, row in enumerate(rows):
        x = 0
        for words, span in row:
            cell = table.cell(y, x)
            if span > 1:
                cell = cell.merge(table.cell(y, x + span - 1))
            label = "{{" not in words and "{%" not in words
            _cell(cell, words, label=label)
            x += span
    return table


def listing(
    document: Document, loop: str, columns: Sequence[tuple[str, str, float]], *, wide: Sequence[str]
) -> None:
    """Add a table with a row for each item, or one that says that there are none.

    Args:
        document: To add to.
        loop: ``隐患 in 隐患列表``.
        columns: Heading, text of the cell and width in mm.
        wide: Headings whose cells start at the left; the others stand in the middle.
    """
    table = _table(document, [width for _, _, width in columns], 6)
    table.style = "Table Grid"
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for x, (head, words, _) in enumerate(columns):
        _cell(table.cell(0, x), head, label=True)
        _cell(table.cell(2, x), words, label=False, align="left" if head in wide else "center")
    for y, words in ((1, f"for {loop}"), (3, "else"), (5, "endfor")):
        table.cell(y, 0).paragraphs[0].add_run(f"{{%tr {words} %}}")
    nothing = table.cell(4, 0).merge(table.cell(4, len(columns) - 1))
    _cell(nothing, "无", label=False, align="center")


def _table(document: Document, widths_mm: Sequence[float], rows: int) -> Table:
    share = ROOM_MM / sum(widths_mm)
    table: Table = document.add_table(rows=rows, cols=len(widths_mm))
    table.autofit = False
    table._tbl.tblPr.append(_cell_margins())
    for column, width in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width * share)
        for cell in column.cells:
            cell.width = Mm(width * share)
    return table


def _cell_margins() -> Any:
    margins = OxmlElement("w:tblCellMar")
    for side in ("top", "bottom"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(CELL_MARGIN_TWIPS))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    return margins


def _cell(cell: _Cell, words: str, *, label: bool, align: str | None = None) -> None:
    cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
    first, *more = words.split("\n")
    where = align or ("center" if label else "left")
    written(cell.paragraphs[0], first, size=CELL_PT, align=where, before=2, after=2)
    for line in more:
        written(cell.add_paragraph(), line, size=CELL_PT, align=where, after=2)
    if label:
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", SHADE)):
            shade.set(qn(f"w:{name}"), value)
        cell._tc.get_or_add_tcPr().append(shade)


def signed(document: Document, *sides: tuple[str, str]) -> None:
    """Add a line to sign for each side: its label, and the field with its signatures."""
    document.add_paragraph()
    table = _table(document, [44, 74, 42], len(sides))
    for y, (label, name) in enumerate(sides):
        loop = f"{{% for 签 in {name} %}}"
        drawn = loop + "{{ 签.签名 }}　{% else %}　　　　　　{% endfor %}"
        signed_on = f"{{% if {name} %}}{{{{ {name}[0].签名日期 }}}}"
        day = signed_on + "{% else %}　　年　月　日{% endif %}"
        for x, words in enumerate((label, drawn, day)):
            cell = table.cell(y, x)
            cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
            align = "right" if x == 2 else "left"
            written(cell.paragraphs[0], words, align=align, before=4, after=4)


def sealed(document: Document) -> None:
    """Add who issues it, room for the seal, and the day."""
    written(document.add_paragraph(), "{{ 机关 }}（印章）", align="right", before=16, after=4)
    written(document.add_paragraph(), "{{ 制作日期 }}", align="right")


def copies(document: Document, words: str) -> None:
    """Add the line that says who gets a copy."""
    written(document.add_paragraph(), words, size=CELL_PT, before=10)


def pictures(document: Document, rows: str, caption: str = "{{ 图.图注 }}") -> None:
    """Add a loop over pictures, each with its caption."""
    tag(document, f"for 图 in {rows}")
    shown = written(document.add_paragraph(), "{{ 图.图 }}", align="center", before=4)
    shown.paragraph_format.keep_with_next = True
    written(document.add_paragraph(), caption, size=CELL_PT, align="center", after=4)
    tag(document, "endfor")
