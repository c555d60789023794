"""What comes in from phones, and what must be refused."""

import io
import warnings
import zipfile
from datetime import UTC, datetime, timedelta, timezone

import cv2
import numpy as np
import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from wsai.errors import ImageRejected, ImageTooLarge, ImageUnreadable, ImageUnsupported
from wsai.vision.images import ImageLimits, decode

STORED_AS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture lies in a file with this EXIF orientation."""


def scene(width: int = 320, height: int = 240) -> Image.Image:
    """Return a smooth picture whose corners all differ."""
    corners = np.array(
        [[[250, 20, 20], [20, 240, 30]], [[20, 30, 230], [240, 240, 240]]], dtype=np.uint8
    )
    return Image.fromarray(corners).resize((width, height), Image.Resampling.BILINEAR)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


EXIF_ORIENTATION_ENTRY = b"\x01\x12\x00\x03\x00\x00\x00\x01\x00"


def heic(image: Image.Image, *, orientation: int = 1) -> bytes:
    """Return a HEIC as phones write it: turned by the container, repeated in the EXIF."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file, heif = io.BytesIO(), pillow_heif.from_pillow(image)
    heif.info["exif"] = exif.tobytes()
    heif.save(file, quality=95)
    return file.getvalue()


def turned(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(STORED_AS[orientation]) if orientation in STORED_AS else image


def difference(pixels: np.ndarray, image: Image.Image) -> float:
    wanted = np.asarray(image.convert("RGB"))[:, :, ::-1].astype(int)
    assert pixels.shape == wanted.shape
    return float(np.abs(pixels.astype(int) - wanted).mean())


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        pytest.param("JPEG", {"quality": 95}, 3, id="jpeg"),
        pytest.param("JPEG", {"quality": 95, "progressive": True}, 3, id="progressive jpeg"),
        pytest.param("PNG", {}, 0, id="png"),
        pytest.param("WEBP", {"lossless": True}, 0, id="webp"),
        pytest.param("BMP", {}, 0, id="bmp"),
        pytest.param("TIFF", {}, 0, id="tiff"),
        pytest.param("TIFF", {"compression": "tiff_lzw"}, 0, id="compressed tiff"),
        pytest.param("GIF", {}, 6, id="gif"),
    ],
)
def test_a_picture_of_each_kind_is_read(kind, options, tolerance):
    picture = decode(encoded(scene(), kind, **options))
    assert (picture.width, picture.height) == (320, 240)
    assert difference(picture.pixels, scene()) <= tolerance


def test_a_heic_photo_is_read():
    picture = decode(heic(scene()))
    assert difference(picture.pixels, scene()) < 4


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_turned_picture_comes_out_upright(kind, orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    picture = decode(encoded(turned(scene(), orientation), kind, exif=exif))
    assert (picture.width, picture.height) == (320, 240)
    assert difference(picture.pixels, scene()) < 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_heic_is_turned_once(orientation):
    picture = decode(heic(turned(scene(), orientation), orientation=orientation))
    assert (picture.width, picture.height) == (320, 240)
    assert difference(picture.pixels, scene()) < 4


def test_exif_does_not_turn_a_heic_whose_container_does_not():
    data = heic(scene(), orientation=1)
    assert data.count(EXIF_ORIENTATION_ENTRY + b"\x01") == 1
    lying = data.replace(EXIF_ORIENTATION_ENTRY + b"\x01", EXIF_ORIENTATION_ENTRY + b"\x06")
    assert difference(decode(lying).pixels, scene()) < 4


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_an_impossible_orientation_is_ignored(orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    assert difference(decode(encoded(scene(), "JPEG", exif=exif)).pixels, scene()) < 4


@pytest.mark.parametrize(
    ("at_least_px", "longest"),
    [
        pytest.param(None, 2000, id="all"),
        pytest.param(1001, 2000, id="half would be too small"),
        pytest.param(1000, 1000, id="half"),
        pytest.param(640, 1000, id="a quarter would be too small"),
        pytest.param(400, 500, id="quarter"),
        pytest.param(10, 250, id="never below an eighth"),
    ],
)
@pytest.mark.parametrize("trailer", [b"", b"phone's own data"], ids=["plain", "with a trailer"])
def test_a_large_jpeg_is_reduced_as_far_as_allowed(at_least_px, longest, trailer):
    data = encoded(scene(1500, 2000), "JPEG", quality=90) + trailer
    picture = decode(data, at_least_px=at_least_px)
    assert (picture.width, picture.height) == (1500, 2000)
    assert max(picture.pixels.shape) == longest
    small = scene(1500, 2000).resize(picture.pixels.shape[1::-1], Image.Resampling.BOX)
    assert difference(picture.pixels, small) < 4


def test_a_reduced_turned_jpeg_keeps_the_upright_size():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    picture = decode(encoded(turned(scene(2000, 1500), 6), "JPEG", exif=exif), at_least_px=500)
    assert (picture.width, picture.height) == (2000, 1500)
    assert picture.pixels.shape == (375, 500, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_a_cut_off_picture_is_refused_and_never_filled(kind, share):
    data = encoded(scene(), kind)
    with pytest.raises(ImageUnreadable):
        decode(data[: int(len(data) * share)])


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_cut_off_heic_is_refused(share):
    data = heic(scene())
    with pytest.raises(ImageUnreadable):
        decode(data[: int(len(data) * share)])


def test_a_cut_off_jpeg_is_refused_at_reduced_scale_too():
    data = encoded(scene(1500, 2000), "JPEG")
    with pytest.raises(ImageUnreadable):
        decode(data[: len(data) * 2 // 3], at_least_px=250)


def test_a_cut_off_jpeg_padded_with_zeros_is_refused():
    data = encoded(scene(1500, 2000), "JPEG")
    with pytest.raises(ImageUnreadable):
        decode(data[: len(data) // 2] + bytes(len(data) // 2))


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(1 << 20))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "word"),
    [
        pytest.param(b"%PDF-1.7\n%\xe2\xe3", "PDF", id="pdf"),
        pytest.param(zipped(), "ZIP", id="zip"),
        pytest.param("巡检记录：一切正常".encode(), "text", id="chinese text"),
        pytest.param(b'{"a": 1}', "text", id="json"),
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG", id="svg"),
        pytest.param(b'\xef\xbb\xbf<?xml version="1.0"?><svg/>', "XML", id="xml with a mark"),
        pytest.param(b"<!DOCTYPE html><p>", "web page", id="html"),
        pytest.param(b"\0\0\0\x18ftypisom" + bytes(20), "video", id="mp4"),
        pytest.param(b"RIFF\x24\0\0\0AVI LIST" + bytes(20), "video", id="avi"),
    ],
)
def test_another_kind_of_file_is_refused_by_its_name(data, word):
    with pytest.raises(ImageUnsupported, match=word):
        decode(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(bytes(1000), id="zeros"),
        pytest.param(b"\xff\xd8\xff\xe0" + bytes(50), id="jpeg in name only"),
        pytest.param(b"\x89PNG\r\n\x1a\n", id="only a signature"),
        pytest.param(b"\0\0\0\x18ftypheic" + bytes(50), id="heic in name only"),
    ],
)
def test_a_file_that_is_no_picture_is_refused(data):
    with pytest.raises(ImageUnreadable):
        decode(data)


def test_too_many_bytes_are_refused_before_anything_is_read():
    with pytest.raises(ImageTooLarge, match="MB"):
        decode(b"x" * 101, limits=ImageLimits(max_bytes=100))


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "JPEG", "TIFF"])
def test_too_many_pixels_are_refused_from_the_header(kind):
    data = encoded(scene(400, 300), kind)
    decode(data, limits=ImageLimits(max_pixels=400 * 300))
    with pytest.raises(ImageTooLarge, match="400×300"):
        decode(data, limits=ImageLimits(max_pixels=400 * 300 - 1))


def test_too_many_pixels_of_a_heic_are_refused():
    with pytest.raises(ImageTooLarge, match="320×240"):
        decode(heic(scene()), limits=ImageLimits(max_pixels=10_000))


def test_a_hundred_megapixels_are_refused_quickly_and_without_a_warning():
    data = encoded(Image.new("1", (10_000, 10_000)), "PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ImageTooLarge, match="100 megapixels"):
            decode(data)


def test_a_png_that_claims_more_than_it_holds_is_refused():
    data = bytearray(encoded(scene(), "PNG"))
    data[16:24] = (40_000).to_bytes(4, "big") * 2
    with pytest.raises(ImageRejected):
        decode(bytes(data))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_counts(kind):
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "lime", "blue")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
    assert decode(data).pixels[24, 32].tolist() == [0, 0, 255]


def test_a_cmyk_jpeg_has_its_colours():
    picture = decode(encoded(scene().convert("CMYK"), "JPEG", quality=95))
    assert difference(picture.pixels, scene()) < 6


def test_a_cmyk_jpeg_as_print_shops_write_it_is_not_a_negative():
    # Adobe stores inverted inks and marks that with an APP14 segment, as Pillow's encoder does
    data = encoded(scene().convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data
    assert decode(data).pixels[5, 5, 2] > 200


def test_sixteen_bits_are_scaled_and_not_clipped():
    levels = np.linspace(0, 65535, 256).astype(np.uint16)
    picture = decode(encoded(Image.fromarray(np.tile(levels, (8, 1))), "PNG"))
    assert picture.pixels[3, :, 1].tolist() == list(range(256))


def test_sixteen_bits_in_three_channels_are_scaled():
    levels = np.linspace(0, 65535, 256).astype(np.uint16)
    deep = np.repeat(np.tile(levels, (8, 1))[:, :, None], 3, axis=2)
    picture = decode(cv2.imencode(".png", deep)[1].tobytes())
    assert np.abs(picture.pixels[3, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_grey_becomes_three_channels():
    picture = decode(encoded(scene().convert("L"), "JPEG", quality=95))
    assert np.ptp(picture.pixels.astype(int), axis=2).max() == 0
    assert picture.pixels.shape == (240, 320, 3)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_becomes_white(mode):
    image = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 20, 30))
    options = {}
    if mode == "P":
        image = image.convert("RGB").quantize(2)
        image.putdata([0 if n % 40 < 20 else 1 for n in range(1200)])
        image.putpalette([0, 0, 0, 9, 9, 9])
        options = {"transparency": 1}
    else:
        image = image.convert(mode)
    pixels = decode(encoded(image, "PNG", **options)).pixels
    assert pixels[15, 5].tolist() == [0, 0, 0]
    assert pixels[15, 35].tolist() == [255, 255, 255]


def exif_with(**said) -> Image.Exif:
    exif = Image.Exif()
    details, place = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    for name, value in said.items():
        if name.startswith("GPS"):
            place[ExifTags.GPS[name]] = value
        else:
            details[ExifTags.Base[name]] = value
    return exif


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param(
            {"DateTimeOriginal": "2026:05:01 08:30:00"},
            datetime(2026, 5, 1, 0, 30, tzinfo=UTC),
            id="no offset is local time",
        ),
        pytest.param(
            {"DateTimeOriginal": "2026:05:01 08:30:00", "OffsetTimeOriginal": "+02:00"},
            datetime(2026, 5, 1, 6, 30, tzinfo=UTC),
            id="its own offset",
        ),
        pytest.param(
            {"DateTimeOriginal": "2026:05:01 08:30:00", "OffsetTimeOriginal": "noon"},
            datetime(2026, 5, 1, 0, 30, tzinfo=UTC),
            id="a garbled offset",
        ),
        pytest.param({"DateTimeOriginal": "0000:00:00 00:00:00"}, None, id="a clock never set"),
        pytest.param({"DateTimeOriginal": "0001:01:01 00:00:00"}, None, id="before all time zones"),
    ],
)
def test_when_it_was_taken(said, expected):
    assert decode(encoded(scene(), "JPEG", exif=exif_with(**said))).taken_at == expected


def test_the_local_time_zone_can_be_set():
    data = encoded(scene(), "JPEG", exif=exif_with(DateTimeOriginal="2026:05:01 08:30:00"))
    picture = decode(data, local_time=timezone(timedelta(hours=-3)))
    assert picture.taken_at == datetime(2026, 5, 1, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(
            {
                "GPSLatitudeRef": "S",
                "GPSLatitude": (10.0, 30.0, 0.0),
                "GPSLongitudeRef": "E",
                "GPSLongitude": (113.0, 15.0, 36.0),
            },
            (-10.5, 113.26),
            id="a place",
        ),
        pytest.param({"GPSLatitude": (10.0, 30.0, 0.0)}, None, id="half a place"),
        pytest.param(
            {"GPSLatitude": (910.0, 30.0, 0.0), "GPSLongitude": (113.0, 15.0, 36.0)},
            None,
            id="off the globe",
        ),
    ],
)
def test_where_it_was_taken(said, expected):
    gps = decode(encoded(scene(), "JPEG", exif=exif_with(**said))).gps
    assert gps == (None if expected is None else pytest.approx(expected))


@pytest.mark.filterwarnings("ignore:.*EXIF:UserWarning")  # as in production; see images.py
def test_a_damaged_exif_block_does_not_refuse_the_picture():
    data = encoded(scene(), "JPEG", exif=exif_with(DateTimeOriginal="2026:05:01 08:30:00"))
    start = data.index(b"Exif\0\0") + 14
    broken = data[:start] + b"\xff" * 20 + data[start + 20 :]
    assert difference(decode(broken).pixels, scene()) < 4


WHOLE = {
    "JPEG": encoded(scene(64, 48), "JPEG", exif=exif_with(DateTimeOriginal="2026:05:01 08:30:00")),
    "PNG": encoded(scene(64, 48), "PNG"),
    "WEBP": encoded(scene(64, 48), "WEBP"),
    "GIF": encoded(scene(64, 48), "GIF"),
    "BMP": encoded(scene(64, 48), "BMP"),
    "TIFF": encoded(scene(64, 48), "TIFF", compression="tiff_lzw"),
    "HEIC": heic(scene(64, 48)),
}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(kind=st.sampled_from(sorted(WHOLE)), changes=st.data())
def test_damage_anywhere_gives_a_picture_or_a_refusal(kind, changes):
    data = bytearray(WHOLE[kind])
    for _ in range(changes.draw(st.integers(1, 6))):
        # half of the damage goes into the first bytes, where the headers are
        end = changes.draw(st.sampled_from([200, len(data)]))
        data[changes.draw(st.integers(0, min(end, len(data)) - 1))] = changes.draw(
            st.integers(0, 255)
        )
    try:
        picture = decode(bytes(data), limits=ImageLimits(max_pixels=1_000_000))
    except ImageRejected:
        return
    assert picture.pixels.shape[2] == 3
