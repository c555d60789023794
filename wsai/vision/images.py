"""From the bytes of a file to an upright picture, or a clear refusal."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from datetime import timedelta, timezone, tzinfo
from typing import Any

import cv2
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from wsai.errors import ImageTooLarge, ImageUnreadable, ImageUnsupported
from wsai.vision.exif import UPRIGHT, Said, read_exif
from wsai.vision.picture import Picture, Pixels

# taken here: ultralytics, where it is loaded too, puts another in its place that installs packages
open_picture = Image.open
# Pillow's own guard warns on stderr and counts frames it never decodes; ``ImageLimits`` is
# stricter and is applied to the size in the header, before a pixel is decoded.
Image.MAX_IMAGE_PIXELS = None
# A camera's odd metadata is no news to whoever runs a service. (catch_warnings around each call
# would be no help: it is not safe in threads.)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

CHINA_TIME = timezone(timedelta(hours=8))
MEBIBYTE = 1 << 20
MEGAPIXEL = 1_000_000
# importing a plugin registers it; naming them keeps Pillow from loading its forty others
READ_FORMATS = tuple(
    plugin.format
    for plugin in (
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        WebPImagePlugin.WebPImageFile,
        GifImagePlugin.GifImageFile,
        BmpImagePlugin.BmpImageFile,
        TiffImagePlugin.TiffImageFile,
    )
)
HEIF_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
OTHER_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or office document"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML file"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
    (b"8BPS", "a Photoshop file"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
READABLE_MAGIC = (b"\xff\xd8", b"\x89PNG", b"RIFF", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
CUT_OFF = "The picture is damaged or was cut off while it was sent. Send it again."
READ_ARE = "JPEG, PNG, WebP and HEIC are read."
SIXTEEN_TO_EIGHT = 257
DECODER_ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, AttributeError,
    ArithmeticError, RuntimeError, AssertionError, MemoryError, struct.error, zlib.error, cv2.error,
    Image.DecompressionBombError, Warning,
)  # fmt: skip
"""What Pillow, libheif and OpenCV are known to raise on damaged files, and warnings made errors."""
REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """How much one picture may ask for.

    Attributes:
        max_bytes: Size of the file.
        max_pixels: Width times height.
        max_side_px: The longer side.
    """

    max_bytes: int = 30 * MEBIBYTE
    max_pixels: int = 50 * MEGAPIXEL
    max_side_px: int = 20_000


def decode(
    data: bytes,
    *,
    limits: ImageLimits | None = None,
    at_least_px: int | None = None,
    local_time: tzinfo = CHINA_TIME,
) -> Picture:
    """Return the picture in a file: upright, eight bits, three channels, first frame.

    Args:
        data: The whole file. What it is, is read from its content, never from its name.
        limits: Checked against the header before anything is decoded.
        at_least_px: Allows a JPEG to be decoded at a half, quarter or eighth of its size as long as
            its longer side keeps this many pixels; ``None`` keeps all.
        local_time: Time zone of cameras that do not say theirs.

    Raises:
        ImageUnreadable: Empty, damaged, cut off, or not a picture.
        ImageUnsupported: A picture or file of a kind that is not read.
        ImageTooLarge: More bytes or pixels than the limits allow.
    """
    allowed = limits or ImageLimits()
    if not data:
        raise ImageUnreadable("The file is empty. Take or choose the photo again.")
    if len(data) > allowed.max_bytes:
        raise ImageTooLarge(
            f"The file has {len(data) / MEBIBYTE:.1f} MB; at most "
            f"{allowed.max_bytes / MEBIBYTE:.0f} MB are accepted. Send the photo in a smaller size."
        )
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        return _decode_heif(data, allowed, local_time)
    opened = _open(data)
    width, height = opened.size
    _check_size(width, height, allowed)
    said = _said(opened, local_time)
    # Pillow turns a TIFF upright by itself and names the upright size from the start
    orientation = UPRIGHT if opened.format == "TIFF" else said.orientation
    pixels = _turn(_pixels(data, opened, at_least_px), orientation)
    if orientation >= 5:
        width, height = height, width
    return Picture(pixels, width, height, said.taken_at, said.gps)


def _open(data: bytes) -> Image.Image:
    """Return the file opened by Pillow, header read only."""
    try:
        return open_picture(io.BytesIO(data), formats=READ_FORMATS)
    except DECODER_ERRORS as error:
        kind = _known_kind(data)
        if kind:
            raise ImageUnsupported(f"This is {kind}, not a photo. {READ_ARE}") from error
        raise ImageUnreadable(f"The file is damaged or is no picture. {READ_ARE}") from error


def _known_kind(data: bytes) -> str | None:
    """Return what a file that is no readable picture is, where that can be told."""
    head = data[:512]
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, kind in OTHER_KINDS:
        if bare.startswith(magic):
            return kind
    if head[4:8] == b"ftyp":
        return "a video or a kind of picture that is not read (MP4, MOV, AVIF)"
    if head.startswith(b"RIFF") and head[8:12] in {b"AVI ", b"WAVE"}:
        return "a video or a sound"
    if not head.startswith(READABLE_MAGIC) and _is_text(head):
        return "a text file"
    return None


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:  # the last character may be cut in two
        if error.start < len(head) - 3:
            return False
        text = head[: error.start].decode("utf-8")
    return all(letter.isprintable() or letter in "\t\r\n\f" for letter in text)


def _check_size(width: int, height: int, limits: ImageLimits) -> None:
    if width < 1 or height < 1:
        raise ImageUnreadable("The picture has no pixels.")
    megapixels = width * height / MEGAPIXEL
    if width * height > limits.max_pixels or max(width, height) > limits.max_side_px:
        raise ImageTooLarge(
            f"The picture has {width}×{height} pixels, {megapixels:.0f} megapixels; "
            f"at most {limits.max_pixels / MEGAPIXEL:.0f} megapixels and {limits.max_side_px} "
            "pixels a side are accepted. Send it in a smaller size."
        )


def _said(image: Image.Image, local_time: tzinfo) -> Said:
    try:
        return read_exif(image.getexif(), local_time)
    except DECODER_ERRORS:  # a damaged EXIF block is no reason to refuse the picture
        return Said()


def _pixels(data: bytes, opened: Image.Image, at_least_px: int | None) -> Pixels:
    """Return the first frame as BGR, not yet turned upright."""
    try:
        if opened.format not in {"JPEG", "MPO"}:
            return _decode_pillow(opened)
        factor = _reduction(opened.size, at_least_px)
        if opened.mode in {"RGB", "L"} and _has_end_marker(data):
            flags = REDUCED[factor] | cv2.IMREAD_IGNORE_ORIENTATION
            pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), flags)
            if pixels is not None:
                return np.asarray(pixels, dtype=np.uint8)
        opened.draft(None, (opened.width // factor, opened.height // factor))
        return _decode_pillow(opened)
    except DECODER_ERRORS as error:
        raise ImageUnreadable(CUT_OFF) from error


def _reduction(size: tuple[int, int], at_least_px: int | None) -> int:
    """Return the largest of 1, 2, 4, 8 that leaves the longer side at least this long."""
    factor = 1
    while at_least_px and factor < 8 and max(size) // (factor * 2) >= at_least_px:
        factor *= 2
    return factor


def _has_end_marker(data: bytes) -> bool:
    """Return whether a JPEG is complete.

    OpenCV fills what a cut-off file lacks with grey and says nothing; a file without its end
    marker therefore goes to Pillow, which refuses it. (Some phones write more behind the marker;
    Pillow reads those, only slower.)
    """
    return data[-64:].rstrip(b"\x00\r\n ").endswith(b"\xff\xd9")


def _decode_pillow(opened: Image.Image) -> Pixels:
    """Return the first frame through Pillow: depth scaled, transparency on white."""
    opened.seek(0)
    opened.load()
    if opened.mode.startswith("I") or opened.mode == "F":
        grey = _eight_bits(np.asarray(opened, dtype=np.float32), opened.mode)
        return np.ascontiguousarray(np.repeat(grey[:, :, None], 3, axis=2))
    if opened.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in opened.info:
        seen = opened.convert("RGBA")
        ground = Image.new("RGB", seen.size, (255, 255, 255))
        ground.paste(seen, mask=seen.getchannel("A"))
        return _to_bgr(ground)
    return _to_bgr(opened.convert("RGB"))


def _eight_bits(wide: NDArray[np.float32], mode: str) -> Pixels:
    """Return grey values of 16 or 32 bits, or in ``0..1``, as ``0..255``."""
    most = float(wide.max(initial=0.0))
    if mode.startswith("I;16") or (mode == "I" and most <= 0xFFFF):
        scale = 1 / SIXTEEN_TO_EIGHT
    elif mode == "F" and most <= 1:
        scale = 255.0
    else:
        scale = 1.0 if most <= 255 else 255 / most
    levels = np.clip(np.nan_to_num(wide * scale).round(), 0, 255)
    return np.asarray(levels, dtype=np.uint8)


def _to_bgr(image: Image.Image) -> Pixels:
    return np.ascontiguousarray(np.asarray(image, dtype=np.uint8)[:, :, ::-1])


def _decode_heif(data: bytes, limits: ImageLimits, local_time: tzinfo) -> Picture:
    """Return a HEIC picture.

    Its decoder turns it upright by the container's own rotation, which alone counts (ISO 23008-12):
    the EXIF orientation repeats it and must not be applied again.
    """
    try:
        opened = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
        width, height = opened.size
    except DECODER_ERRORS as error:
        raise ImageUnreadable(CUT_OFF) from error
    _check_size(width, height, limits)
    try:
        image = opened.to_pillow()
        pixels = _decode_pillow(image)
    except DECODER_ERRORS as error:
        raise ImageUnreadable(CUT_OFF) from error
    said = _said(image, local_time)
    return Picture(pixels, pixels.shape[1], pixels.shape[0], said.taken_at, said.gps)


def _turn(pixels: Pixels, orientation: int) -> Pixels:
    """Return the picture upright (EXIF 2.32, tag 0x0112)."""
    turned: NDArray[Any] = pixels
    if orientation in {5, 6, 7, 8}:
        turned = turned.transpose(1, 0, 2)
    if orientation in {2, 3, 6, 7}:
        turned = turned[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        turned = turned[::-1]
    return np.ascontiguousarray(turned, dtype=np.uint8)
