"""From the bytes of a file to an upright picture, or a clear refusal."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import cv2
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import (
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from wsai.errors import ImageTooLarge, ImageUnreadable, ImageUnsupported
from wsai.vision.picture import Picture, Pixels

# Pillow's own guard warns on stderr and counts frames it never decodes; ``ImageLimits`` is
# stricter and is applied to the size in the header, before a pixel is decoded.
Image.MAX_IMAGE_PIXELS = None

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
ORIENTATION_TAG = 0x0112
SIXTEEN_TO_EIGHT = 257
DECODER_ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, KeyError, TypeError, IndexError, RuntimeError,
    struct.error, cv2.error, MemoryError, Image.DecompressionBombError,
)  # fmt: skip
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
            f"The file has {len(data) / MEBIBYTE:.1f} MB; at most {allowed.max_bytes / MEBIBYTE:.0f} MB "
            "are accepted. Send the photo in a smaller size."
        )
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        return _decode_heif(data, allowed, local_time)
    opened = _open(data)
    width, height = opened.size
    _check_size(width, height, allowed)
    try:
        exif = opened.getexif()
        orientation = int(exif.get(ORIENTATION_TAG, 1) or 1)
        said = _said(exif, local_time)
    except DECODER_ERRORS:  # a damaged EXIF block is no reason to refuse the picture
        orientation, said = 1, (None, None)
    pixels = _turn(_pixels(data, opened, at_least_px), orientation)
    if orientation in {5, 6, 7, 8}:
        width, height = height, width
    return Picture(pixels, width, height, *said)


def _open(data: bytes) -> Image.Image:
    """Return the file opened by Pillow, header read only."""
    try:
        return Image.open(io.BytesIO(data), formats=READ_FORMATS)
    except DECODER_ERRORS as error:
        kind = _known_kind(data)
        if kind:
            raise ImageUnsupported(
                f"This is {kind}, not a photo. JPEG, PNG, WebP and HEIC are read."
            ) from error
        raise ImageUnreadable(
            "The file is damaged or is no picture. JPEG, PNG, WebP and HEIC are read."
        ) from error


def _known_kind(data: bytes) -> str | None:
    head = data[:512].lstrip()
    for magic, kind in (
        (b"%PDF", "a PDF"),
        (b"PK\x03\x04", "a ZIP archive or office document"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"Rar!", "a RAR archive"),
        (b"<svg", "an SVG drawing"),
        (b"<?xml", "an XML file"),
        (b"<!DOCTYPE", "a web page"),
        (b"<html", "a web page"),
        (b"{", "a JSON or text file"),
    ):
        if head.startswith(magic):
            return kind
    if data[4:8] == b"ftyp":
        return "a video or an unknown kind of picture (AVIF, MP4, MOV)"
    return None


def _check_size(width: int, height: int, limits: ImageLimits) -> None:
    if width < 1 or height < 1:
        raise ImageUnreadable("The picture has no pixels.")
    if width * height > limits.max_pixels or max(width, height) > limits.max_side_px:
        raise ImageTooLarge(
            f"The picture has {width}×{height} pixels ({width * height / MEGAPIXEL:.0f} megapixels); "
            f"at most {limits.max_pixels / MEGAPIXEL:.0f} megapixels and {limits.max_side_px} pixels "
            "a side are accepted. Send it in a smaller size."
        )


def _pixels(data: bytes, opened: Image.Image, at_least_px: int | None) -> Pixels:
    """Return the first frame as BGR, not yet turned upright."""
    try:
        if opened.format in {"JPEG", "MPO"} and opened.mode in {"RGB", "L"}:
            fast = _decode_jpeg(data, opened.size, at_least_px)
            if fast is not None:
                return fast
        return _decode_pillow(opened)
    except DECODER_ERRORS as error:
        raise ImageUnreadable(
            "The picture is damaged or was cut off while it was sent. Send it again."
        ) from error


def _decode_jpeg(data: bytes, size: tuple[int, int], at_least_px: int | None) -> Pixels | None:
    """Return a JPEG through libjpeg at a reduced scale, or ``None`` where that is not safe.

    OpenCV fills what a cut-off file lacks with grey and says nothing; a file without its end
    marker therefore goes to Pillow, which refuses it.
    """
    if not data.rstrip(b"\x00\r\n ").endswith(b"\xff\xd9"):
        return None
    factor = 1
    if at_least_px:
        while factor < 8 and max(size) // (factor * 2) >= at_least_px:
            factor *= 2
    flags = REDUCED[factor] | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), flags)
    return None if pixels is None else np.asarray(pixels, dtype=np.uint8)


def _decode_pillow(opened: Image.Image) -> Pixels:
    """Return any other picture through Pillow: depth scaled, transparency on white."""
    opened.seek(0)
    opened.load()
    if opened.mode.startswith("I;16") or opened.mode == "I":
        wide = np.asarray(opened).astype(np.float32)
        grey = np.clip(wide / SIXTEEN_TO_EIGHT, 0, 255).astype(np.uint8)
        return np.ascontiguousarray(np.repeat(grey[:, :, None], 3, axis=2))
    if opened.mode in {"RGBA", "LA", "PA"} or "transparency" in opened.info:
        seen = opened.convert("RGBA")
        white = Image.new("RGBA", seen.size, (255, 255, 255, 255))
        return _to_bgr(Image.alpha_composite(white, seen).convert("RGB"))
    return _to_bgr(opened.convert("RGB"))


def _to_bgr(image: Image.Image) -> Pixels:
    return np.ascontiguousarray(np.asarray(image, dtype=np.uint8)[:, :, ::-1])


def _decode_heif(data: bytes, limits: ImageLimits, local_time: tzinfo) -> Picture:
    """Return a HEIC picture; its decoder already turns it upright."""
    try:
        opened = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
        width, height = opened.size
    except DECODER_ERRORS as error:
        raise ImageUnreadable("The HEIC picture is damaged. Send it again.") from error
    _check_size(width, height, limits)
    try:
        image = opened.to_pillow()
        exif = image.getexif()
        said = _said(exif, local_time)
        pixels = _decode_pillow(ImageOps.exif_transpose(image))
    except DECODER_ERRORS as error:
        raise ImageUnreadable(
            "The HEIC picture is damaged or was cut off while it was sent. Send it again."
        ) from error
    return Picture(pixels, pixels.shape[1], pixels.shape[0], *said)


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


def _said(
    exif: Image.Exif, local_time: tzinfo
) -> tuple[datetime | None, tuple[float, float] | None]:
    """Return when and where the camera says that the picture was taken."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    return _taken_at(details, local_time), _position(place)


def _taken_at(details: dict[int, Any], local_time: tzinfo) -> datetime | None:
    text = str(details.get(ExifTags.Base.DateTimeOriginal, "")).strip("\x00 ")
    offset = str(details.get(ExifTags.Base.OffsetTimeOriginal, "")).strip("\x00 ")
    try:
        naive = datetime.strptime(text, "%Y:%m:%d %H:%M:%S")
        if offset:
            return datetime.strptime(text + offset, "%Y:%m:%d %H:%M:%S%z").astimezone(UTC)
        return naive.replace(tzinfo=local_time).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _position(place: dict[int, Any]) -> tuple[float, float] | None:
    try:
        latitude = _degrees(place[ExifTags.GPS.GPSLatitude])
        longitude = _degrees(place[ExifTags.GPS.GPSLongitude])
    except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError):
        return None
    if str(place.get(ExifTags.GPS.GPSLatitudeRef, "N")).upper().startswith("S"):
        latitude = -latitude
    if str(place.get(ExifTags.GPS.GPSLongitudeRef, "E")).upper().startswith("W"):
        longitude = -longitude
    inside = abs(latitude) <= 90 and abs(longitude) <= 180
    return (latitude, longitude) if inside else None


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600
