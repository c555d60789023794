"""Makes the font that goes into every PDF: `python -m wsai.documents.make_font NOTO.ttc`.

The outlines of Noto Serif CJK are cubic (CFF), which reportlab cannot embed; here they become
quadratic (TrueType), for the characters that a Chinese office writes. Only whoever makes the font
anew needs fontTools and the original.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FAMILY = "WSAI Serif SC"
FILE_NAME = "WSAISerifSC-Regular.ttf"
ORIGINAL = "Noto Serif CJK SC"
LARGEST_ERROR = 2.0
"""How far a quadratic outline may lie off the cubic one, of 1000 units to the em."""

CODECS = ("gb2312", "big5", "shift_jis")
"""Names of people and firms in the park: mainland, Taiwan, Japan."""

LIMITS = (
    *("maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs"),
    *("maxStackElements", "maxSizeOfInstructions", "maxComponentElements", "maxComponentDepth"),
    *("maxPoints", "maxContours", "maxCompositePoints", "maxCompositeContours"),
)
"""Of the table ``maxp``; those of glyphs are counted anew, the others are of programs: none."""

LATIN = range(0x20, 0x100)
MORE = "〔〕①②③④⑤⑥⑦⑧⑨⑩℃㎡‰≤≥×÷±√■□●○◆◇▲△★☆→←↑↓…—–·“”‘’〓、。《》「」『』【】￥"
NAMES_BEYOND = "镕旻玥昉翀堃喆珺濛祎彧玚頔鿍鿎鿏"
"""In names of people, and in none of the codecs."""


def characters() -> set[str]:
    """Return every character that the font shall have where the original has it."""
    found = {chr(code) for code in LATIN} | set(MORE) | set(NAMES_BEYOND)
    for codec in CODECS:
        found |= set(_two_byte(codec))
    return found


def _two_byte(codec: str) -> Iterator[str]:
    for first in range(0x81, 0xFF):
        for second in range(0x40, 0xFF):
            try:
                text = bytes((first, second)).decode(codec)
            except UnicodeDecodeError:
                continue
            if len(text) == 1:  # two half-width characters are no Chinese one
                yield text


def make(original: Path, target: Path) -> None:
    """Write the font.

    Args:
        original: A collection (``.ttc``) that holds ``ORIGINAL``.
        target: The TrueType file.
    """
    from fontTools import subset
    from fontTools.ttLib import TTCollection

    found = [font for font in TTCollection(original) if font["name"].getDebugName(4) == ORIGINAL]
    if not found:
        raise SystemExit(f"{original} holds no {ORIGINAL}")
    font = found[0]
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True)
    options.drop_tables += ["VORG", "vhea", "vmtx", "BASE", "GPOS", "GSUB"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(char) for char in characters()])
    cutter.subset(font)
    _to_truetype(font)
    _rename(font)
    font["head"].created = font["head"].modified  # same input, same file
    font.recalcTimestamp = False
    font.save(target)


def _to_truetype(font: Any) -> None:
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from fontTools.ttLib import newTable

    outlines, glyphs = font.getGlyphSet(), {}
    for name in font.getGlyphOrder():
        pen = TTGlyphPen(outlines)
        outlines[name].draw(Cu2QuPen(pen, LARGEST_ERROR, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"] = newTable("loca")
    glyf = font["glyf"] = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = font.getGlyphOrder(), glyphs
    for name, glyph in glyphs.items():
        glyph.recalcBounds(glyf)
        font["hmtx"][name] = (font["hmtx"][name][0], getattr(glyph, "xMin", 0))
    del font["CFF "]
    if "VORG" in font:
        del font["VORG"]
    largest = font["maxp"]
    largest.tableVersion = 0x00010000
    for limit in LIMITS:
        setattr(largest, limit, 0)
    largest.maxZones = 1
    font["post"].formatType = 3.0  # no glyph names: nobody reads them
    font.sfntVersion = "\000\001\000\000"


def _rename(font: Any) -> None:
    """Give the changed font a name of its own; copyright and licence stay (OFL 1.1)."""
    names = font["name"]
    kept = {0, 5, 7, 8, 9, 13, 14}
    names.names = [one for one in names.names if one.nameID in kept]
    full = f"{FAMILY} Regular"
    for number, text in {1: FAMILY, 2: "Regular", 3: full, 4: full}.items():
        names.setName(text, number, 3, 1, 0x409)
    names.setName(FILE_NAME.removesuffix(".ttf"), 6, 3, 1, 0x409)


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(__file__).parent / "fonts" / FILE_NAME)
