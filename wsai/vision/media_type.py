"""What kind of picture a file is, for those who fetch it."""

from __future__ import annotations


def media_type_of(data: bytes) -> str:
    r"""Return the media type of a picture by its first bytes.

    >>> media_type_of(b"\xff\xd8\xff\xe0"), media_type_of(b"?")
    ('image/jpeg', 'application/octet-stream')
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return "image/heic"
    if data.startswith(b"GIF8"):
        return "image/gif"
    if data.startswith(b"BM"):
        return "image/bmp"
    if data[:4] in {b"II*\x00", b"MM\x00*"}:
        return "image/tiff"
    return "application/octet-stream"
