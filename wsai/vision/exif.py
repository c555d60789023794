"""What the camera wrote beside the pixels: which way up, when, where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from PIL import ExifTags, Image

UPRIGHT = 1


@dataclass(frozen=True, slots=True)
class Said:
    """What a file says about its picture.

    Attributes:
        orientation: ``1..8`` (EXIF 2.32, tag 0x0112); ``1`` is upright.
        taken_at: Aware, UTC.
        gps: Latitude and longitude in degrees, WGS 84.
    """

    orientation: int = UPRIGHT
    taken_at: datetime | None = None
    gps: tuple[float, float] | None = None


def read_exif(exif: Image.Exif, local_time: tzinfo) -> Said:
    """Return what an EXIF block says; what it garbles counts as unsaid.

    Args:
        exif: From Pillow.
        local_time: Time zone of cameras that do not say theirs.
    """
    details = exif.get_ifd(ExifTags.IFD.Exif)
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    return Said(_orientation(exif), _taken_at(details, local_time), _position(place))


def _orientation(exif: Image.Exif) -> int:
    said = exif.get(ExifTags.Base.Orientation, UPRIGHT)
    return said if isinstance(said, int) and 1 <= said <= 8 else UPRIGHT


def _taken_at(details: dict[int, Any], local_time: tzinfo) -> datetime | None:
    text = str(details.get(ExifTags.Base.DateTimeOriginal, "")).strip("\x00 ")
    offset = str(details.get(ExifTags.Base.OffsetTimeOriginal, "")).strip("\x00 ")
    try:
        naive = datetime.strptime(text, "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    try:
        zone = datetime.strptime(offset, "%z").tzinfo
    except ValueError:
        zone = local_time
    try:
        return naive.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:  # year 1 or 9999, from a clock that was never set
        return None


def _position(place: dict[int, Any]) -> tuple[float, float] | None:
    try:
        latitude = _degrees(place[ExifTags.GPS.GPSLatitude])
        longitude = _degrees(place[ExifTags.GPS.GPSLongitude])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if str(place.get(ExifTags.GPS.GPSLatitudeRef, "N")).upper().startswith("S"):
        latitude = -latitude
    if str(place.get(ExifTags.GPS.GPSLongitudeRef, "E")).upper().startswith("W"):
        longitude = -longitude
    inside = abs(latitude) <= 90 and abs(longitude) <= 180  # false for not-a-number too
    return (latitude, longitude) if inside else None


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600
