"""What lies in a PDF that reportlab wrote: its streams, unpacked."""

from __future__ import annotations

import base64
import re
import zlib

STREAM = re.compile(rb"<<((?:(?!endobj).)*?)>>\s*stream\r?\n(.*?)endstream", re.DOTALL)
CODE = re.compile(rb"^<[0-9A-F]{2}> <([0-9A-F]{4})>$", re.MULTILINE)


def streams(pdf: bytes) -> list[tuple[bytes, bytes]]:
    """Return every stream's dictionary and its unpacked bytes."""
    found = []
    for about, packed in STREAM.findall(pdf):
        content = packed.strip() if b"/ASCII85Decode" in about else packed
        if b"/ASCII85Decode" in about:
            content = base64.a85decode(content.removesuffix(b"~>"))
        if b"/FlateDecode" in about:
            content = zlib.decompress(content)
        found.append((about, content))
    return found


def fonts_in(pdf: bytes) -> set[str]:
    """Return the names of the fonts that a PDF uses."""
    return {name.decode() for name in re.findall(rb"/BaseFont\s*/([^\s/>]+)", pdf)}


def embedded_fonts(pdf: bytes) -> list[bytes]:
    """Return the TrueType programs that lie in a PDF, by the references to them."""
    found = []
    for number in re.findall(rb"/FontFile2 (\d+) 0 R", pdf):
        start = pdf.index(b"\n" + number + b" 0 obj")
        found.append(streams(pdf[start : pdf.index(b"endobj", start)])[0][1])
    return found


def characters_in(pdf: bytes) -> set[str]:
    """Return the characters that the fonts in a PDF map to."""
    maps = [content for _, content in streams(pdf) if b"beginbfchar" in content]
    return {chr(int(code, 16)) for content in maps for code in CODE.findall(content)}


def page_count(pdf: bytes) -> int:
    """Return how many pages there are."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))
