"""A filled Word document as PDF, so that both forms come from one template.

Knows what an office's form is made of: paragraphs, tables with merged cells, pictures in lines,
page breaks, and a footer with page numbers. Text boxes, floating pictures and columns are left out.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any, Literal

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Length
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph as WordParagraph
from docx.text.run import Run
from reportlab.lib import colors
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    PageBreak,
    PageTemplate,
    Spacer,
    Table,
)

from wsai.documents.canvas import dated_canvas
from wsai.documents.font import FONT, refuse_missing, registered_font
from wsai.documents.lines import Inline, Letters, Lines, Look, Piece, draw_letters

DEFAULT_SIZE = 10.5
"""Word's own, in points (五号)."""

EMU_PER_POINT = 12700
CELL_PAD_SIDE, CELL_PAD_TOP = 5.0, 2.0
BORDER = 0.6
ROW_THAT_MUST_PART = 400.0
"""Height in points of a row that may find no page to stand on whole."""

FOOTER_SIZE = 9.0
ALIGN: dict[Any, Literal["left", "center", "right"]] = {
    WD_ALIGN_PARAGRAPH.CENTER: "center",
    WD_ALIGN_PARAGRAPH.RIGHT: "right",
}
VALIGN = {"center": "MIDDLE", "bottom": "BOTTOM"}
CONTAINERS = {qn(f"w:{name}") for name in ("hyperlink", "ins", "smartTag", "sdt", "sdtContent")}


def pdf_of(word: bytes, *, title: str, author: str, dated: date) -> bytes:
    """Return a Word document as PDF with its font embedded.

    The same document, title, author and date give the same bytes.

    Args:
        word: The ``.docx`` file.
        title: For the PDF's metadata.
        author: For the PDF's metadata.
        dated: For the PDF's metadata.

    Raises:
        InvalidRequest: The font lacks a character of it.
    """
    document = docx.Document(io.BytesIO(word))
    refuse_missing("".join(one.text or "" for one in document.element.body.iter(qn("w:t"))))
    registered_font()
    first = _built(document, title, author, dated, pages=0)
    if not _counts_pages(document):
        return first.content
    return _built(document, title, author, dated, pages=first.pages).content


class _Built:
    def __init__(self, content: bytes, pages: int) -> None:
        self.content, self.pages = content, pages


def _built(document: Document, title: str, author: str, dated: date, *, pages: int) -> _Built:
    section = document.sections[0]
    wide, high = _points(section.page_width), _points(section.page_height)
    left, right = _points(section.left_margin), _points(section.right_margin)
    top, bottom = _points(section.top_margin), _points(section.bottom_margin)
    footer = list(_footer(document))

    def page(canvas: Canvas, template: BaseDocTemplate) -> None:
        _draw_footer(canvas, footer, wide, _points(section.footer_distance), pages)

    out = io.BytesIO()
    template = BaseDocTemplate(out, pagesize=(wide, high), title=title, author=author)
    frame = Frame(left, bottom, wide - left - right, high - top - bottom, 0, 0, 0, 0)
    template.addPageTemplates(PageTemplate(frames=[frame], onPage=page))
    story = list(_story(document, wide - left - right))
    template.build(story, canvasmaker=partial(dated_canvas, dated=dated))
    return _Built(out.getvalue(), template.page)


def _points(length: Length | None) -> float:
    return float(length.pt) if length is not None else 0.0


def _story(document: Document, room: float) -> Iterator[Flowable]:
    for block in document.iter_inner_content():
        if isinstance(block, WordParagraph):
            if block.paragraph_format.page_break_before:
                yield PageBreak()
            yield _lines(block)
            if _breaks_page(block):
                yield PageBreak()
        else:
            yield _table(block, room)


def _breaks_page(paragraph: WordParagraph) -> bool:
    return any(one.get(qn("w:type")) == "page" for one in paragraph._p.iter(qn("w:br")))


def _lines(paragraph: WordParagraph) -> Lines:
    size = _size_of(paragraph, None)
    lines = Lines(list(_pieces(paragraph)), _look(paragraph, size), empty_size=size)
    lines.keepWithNext = int(bool(paragraph.paragraph_format.keep_with_next))
    return lines


def _pieces(paragraph: WordParagraph) -> Iterator[Piece]:
    for run in _runs(paragraph._p, paragraph):
        size, font = _size_of(paragraph, run), run.font
        bold = font.bold if font.bold is not None else _style_value(paragraph, "bold")
        underline = bool(font.underline)
        for child in run._r:
            if child.tag == qn("w:t"):
                yield Letters(child.text or "", size, bool(bold), underline)
            elif child.tag == qn("w:tab"):
                yield Letters("\u3000\u3000", size, bool(bold), underline)
            elif child.tag == qn("w:br") and child.get(qn("w:type")) in (None, "textWrapping"):
                yield Letters("\n", size)
            elif child.tag == qn("w:drawing"):
                yield from _pictures(child, paragraph)


def _runs(element: Any, paragraph: WordParagraph) -> Iterator[Run]:
    for child in element:
        if child.tag == qn("w:r"):
            yield Run(child, paragraph)
        elif child.tag in CONTAINERS:
            yield from _runs(child, paragraph)


def _pictures(drawing: Any, paragraph: WordParagraph) -> Iterator[Inline]:
    for inline in drawing.iter(qn("wp:inline")):
        extent = inline.find(qn("wp:extent"))
        for blip in inline.iter(qn("a:blip")):
            part = paragraph.part.related_parts[blip.get(qn("r:embed"))]
            yield Inline(
                ImageReader(io.BytesIO(part.blob)),
                int(extent.get("cx")) / EMU_PER_POINT,
                int(extent.get("cy")) / EMU_PER_POINT,
            )


def _styles(paragraph: WordParagraph) -> Iterator[Any]:
    style: Any = paragraph.style
    while style is not None:
        yield style
        style = style.base_style


def _style_value(paragraph: WordParagraph, name: str) -> Any:
    for style in _styles(paragraph):
        if (value := getattr(style.font, name)) is not None:
            return value
    return None


def _size_of(paragraph: WordParagraph, run: Run | None) -> float:
    own = run.font.size if run is not None else _mark_size(paragraph)
    size = own or _style_value(paragraph, "size")
    if size is None:
        part: Any = paragraph.part
        normal = part.document.styles.default(WD_STYLE_TYPE.PARAGRAPH)
        size = normal.font.size if normal is not None else None
    return float(size.pt) if size is not None else DEFAULT_SIZE


def _mark_size(paragraph: WordParagraph) -> Length | None:
    return next((run.font.size for run in paragraph.runs if run.font.size), None)


def _look(paragraph: WordParagraph, size: float) -> Look:
    def value(name: str) -> Any:
        own = getattr(paragraph.paragraph_format, name)
        if own is not None:
            return own
        found = (getattr(style.paragraph_format, name) for style in _styles(paragraph))
        return next((one for one in found if one is not None), None)

    spacing = value("line_spacing")
    if isinstance(spacing, Length):
        spacing = spacing.pt / (size * 1.3)
    return Look(
        align=ALIGN.get(value("alignment"), "left"),
        first_indent=_points(value("first_line_indent")),
        left=_points(value("left_indent")),
        before=_points(value("space_before")),
        after=_points(value("space_after")),
        spacing=max(float(spacing or 1.0), 0.8),
    )


def _table(table: WordTable, room: float) -> Flowable:
    widths = _widths(table, room)
    height = len(table.rows)
    cells: list[list[Any]] = [["" for _ in widths] for _ in range(height)]
    style: list[tuple[Any, ...]] = [
        ("FONTNAME", (0, 0), (-1, -1), FONT),  # of cells without text, too: it is embedded
        ("LEFTPADDING", (0, 0), (-1, -1), CELL_PAD_SIDE),
        ("RIGHTPADDING", (0, 0), (-1, -1), CELL_PAD_SIDE),
        ("TOPPADDING", (0, 0), (-1, -1), CELL_PAD_TOP),
        ("BOTTOMPADDING", (0, 0), (-1, -1), CELL_PAD_TOP),
    ]
    if _bordered(table):
        style.append(("GRID", (0, 0), (-1, -1), BORDER, colors.black))
    least: list[float] = []
    tallest = 0.0
    for y, row in enumerate(table._tbl.tr_lst):
        x, tall = 0, 0.0
        for cell in row.tc_lst:
            across = min(cell.grid_span, len(widths) - x)
            down = _rows_down(table, y, x) if cell.vMerge == "restart" else 1
            if cell.vMerge != "continue":
                inside = sum(widths[x : x + across])
                content = list(_cell_story(cell, table, inside - 2 * CELL_PAD_SIDE))
                cells[y][x] = content
                style += _cell_style(cell, (x, y), (x + across - 1, y + down - 1))
                tall = max(tall, _tall(content, inside) if down == 1 else 0.0)
            x += across
        tallest = max(tallest, tall)
        wanted = _points(row.trHeight_val) if row.trHeight_val is not None else 0.0
        least.append(wanted if wanted > tall else 0.0)
    heads = sum(1 for row in table._tbl.tr_lst if row.find(f".//{qn('w:tblHeader')}") is not None)
    return Table(
        cells,
        colWidths=widths,
        rowHeights=[value or None for value in least],
        style=style,
        repeatRows=heads,
        # parted inside only where it must be: reportlab repeats the head before such a part
        splitInRow=int(tallest > ROW_THAT_MUST_PART),
        hAlign="LEFT" if sum(widths) < room - 1 else "CENTER",
    )


def _widths(table: WordTable, room: float) -> list[float]:
    columns = table._tbl.tblGrid.gridCol_lst
    widths = [_points(column.w) or room / len(columns) for column in columns]
    share = min(1.0, room / sum(widths))
    return [width * share for width in widths]


def _bordered(table: WordTable) -> bool:
    borders = table._tbl.tblPr.find(qn("w:tblBorders"))
    if borders is not None:
        inside = borders.find(qn("w:insideH"))
        return inside is not None and inside.get(qn("w:val")) not in ("nil", "none")
    return table.style is not None and table.style.name == "Table Grid"


def _rows_down(table: WordTable, y: int, x: int) -> int:
    """Return over how many rows the cell at a place of the grid is merged."""
    down = 1
    for row in table._tbl.tr_lst[y + 1 :]:
        at = 0
        for cell in row.tc_lst:
            if at == x and cell.vMerge == "continue":
                down += 1
                break
            at += cell.grid_span
        else:
            break
    return down


def _cell_style(
    cell: Any, start: tuple[int, int], end: tuple[int, int]
) -> Iterator[tuple[Any, ...]]:
    if start != end:
        yield ("SPAN", start, end)
    properties = cell.tcPr
    aligned = properties.find(qn("w:vAlign")) if properties is not None else None
    upright = VALIGN.get(aligned.get(qn("w:val")), "TOP") if aligned is not None else "TOP"
    yield ("VALIGN", start, end, upright)
    shade = properties.find(qn("w:shd")) if properties is not None else None
    fill = shade.get(qn("w:fill")) if shade is not None else None
    if fill and fill != "auto":
        yield ("BACKGROUND", start, end, colors.HexColor(f"#{fill}"))


def _cell_story(cell: Any, table: WordTable, room: float) -> Iterator[Flowable]:
    for child in cell:
        if child.tag == qn("w:p"):
            lines = _lines(WordParagraph(child, table._parent))
            if lines.getSpaceBefore():
                yield Spacer(0, lines.getSpaceBefore())
            yield lines
            if lines.getSpaceAfter():
                yield Spacer(0, lines.getSpaceAfter())
        elif child.tag == qn("w:tbl"):
            yield _table(WordTable(child, table._parent), room)


def _tall(content: list[Flowable], width: float) -> float:
    inside = width - 2 * CELL_PAD_SIDE
    return sum(float(one.wrap(inside, 1e6)[1]) for one in content) + 2 * CELL_PAD_TOP


def _counts_pages(document: Document) -> bool:
    return any(piece == "NUMPAGES" for piece, _ in _footer(document))


def _footer(document: Document) -> Iterator[tuple[str, bool]]:
    """Yield text and fields of the footer, each with whether it is a field."""
    field: str | None = None
    shown = False
    for node in document.sections[0].footer._element.iter():
        if node.tag == qn("w:fldSimple"):
            yield ((node.get(qn("w:instr")) or "").split() or [""])[0], True
        elif node.tag == qn("w:fldChar"):
            kind = node.get(qn("w:fldCharType"))
            if kind == "begin":
                field, shown = "", False
            elif kind == "separate":
                shown = True
            elif field is not None:
                yield (field.split() or [""])[0], True
                field = None
        elif node.tag == qn("w:instrText") and field is not None and not shown:
            field += node.text or ""
        elif node.tag == qn("w:t") and field is None and not _in_simple_field(node):
            yield node.text or "", False


def _in_simple_field(node: Any) -> bool:
    return any(above.tag == qn("w:fldSimple") for above in node.iterancestors())


def _draw_footer(
    canvas: Canvas, footer: list[tuple[str, bool]], wide: float, up: float, pages: int
) -> None:
    values = {"PAGE": str(canvas.getPageNumber()), "NUMPAGES": str(pages)}
    text = "".join(values.get(piece, "") if field else piece for piece, field in footer)
    if text:
        letters = Letters(text, FOOTER_SIZE)
        draw_letters(canvas, letters, (wide - letters.width) / 2, up)
