"""Whatever is sent: a clear answer or a right result, and nothing half-written."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from callers import Caller, picture
from PIL import Image
from sqlalchemy import func, select

from serving.dependencies import Parts
from wsai.storage.tables import Base


def kept(parts: Parts) -> tuple[dict[str, int], set[Path]]:
    """How many rows each table has, and which files there are."""
    with parts.readers() as session:
        rows = {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }
    folder = parts.settings.data_dir / "files"
    return rows, {path for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def nothing_kept(inspector: Caller, parts: Parts) -> Iterator[None]:
    """Fails the test if it left a row or a file behind."""
    before = kept(parts)
    yield
    assert kept(parts) == before


def check_problem(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["code"] == code
    assert body["detail"]
    assert "Traceback" not in answer.text


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG whose header promises pixels that are not there."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def png_bomb() -> bytes:
    """Fifteen thousand pixels each way, a few hundred kilobytes."""
    out = io.BytesIO()
    Image.new("1", (15_000, 15_000)).save(out, "PNG")
    return out.getvalue()


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jpg", b"\0" * 10_000_000)
    return out.getvalue()


REFUSED: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "zero bytes": (lambda: b"", 422, "image-unreadable"),
    "text": (lambda: b"hello, I am no picture", 415, "image-unsupported"),
    "truncated": (lambda: picture()[:2000], 422, "image-unreadable"),
    "only a header": (lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", 422, "image-unreadable"),
    "noise after the magic": (
        lambda: b"\x89PNG\r\n\x1a\n" + b"\x07" * 500,
        422,
        "image-unreadable",
    ),
    "claims 100 megapixels": (lambda: png_that_claims(10_000, 10_000), 413, "image-too-large"),
    "claims billions": (lambda: png_that_claims(2**31 - 1, 2**31 - 1), 413, "image-too-large"),
    "bomb of zeros": (png_bomb, 413, "image-too-large"),
    "zip bomb": (zip_bomb, 415, "image-unsupported"),
    "pdf": (lambda: b"%PDF-1.7 ...", 415, "image-unsupported"),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "image-unsupported"),
}


@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_used_is_refused(inspector: Caller, name: str) -> None:
    made, status, code = REFUSED[name]
    check_problem(inspector.upload(made()), status, code)


def heic() -> bytes:
    out = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    pillow_heif.from_pillow(Image.fromarray(noise).resize((640, 480))).save(out)
    return out.getvalue()


def animated(kind: str) -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (640, 480), colour) for colour in ("red", "green")]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()


def in_mode(mode: str, kind: str) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (640, 480)).save(out, kind)
    return out.getvalue()


def rotated() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return picture(1, (480, 640), exif=exif)


TAKEN: dict[str, Callable[[], bytes]] = {
    "animated GIF": lambda: animated("GIF"),
    "animated WebP": lambda: animated("WEBP"),
    "CMYK JPEG": lambda: in_mode("CMYK", "JPEG"),
    "16-bit PNG": lambda: in_mode("I;16", "PNG"),
    "grey JPEG": lambda: in_mode("L", "JPEG"),
    "transparent PNG": lambda: in_mode("RGBA", "PNG"),
    "palette PNG": lambda: in_mode("P", "PNG"),
    "HEIC": heic,
    "turned by EXIF": rotated,
    "one pixel high": lambda: picture(1, (640, 480), "PNG"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_every_kind_of_photo_is_read_upright(inspector: Caller, name: str) -> None:
    answer = inspector.upload(TAKEN[name]())
    assert answer.status_code == 201, answer.text
    photo = answer.json()
    assert (photo["width"], photo["height"]) == (640, 480)
    drawn = inspector.get(photo["annotated_url"])
    with Image.open(io.BytesIO(drawn.content)) as shown:
        assert shown.size == (640, 480)


@pytest.mark.usefixtures("nothing_kept")
class TestRequests:
    def test_a_body_beyond_the_limit_is_refused_while_it_comes(self, inspector: Caller) -> None:
        check_problem(inspector.upload(b"\xff\xd8" + b"\0" * (31 << 20)), 413, "image-too-large")

    def test_a_body_without_a_length_is_counted(self, inspector: Caller) -> None:
        def endless() -> Iterator[bytes]:
            for _ in range(32):
                yield b"\0" * (1 << 20)

        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = inspector.post("/v1/photos", content=endless(), headers=headers)
        check_problem(answer, 413, "image-too-large")

    def test_other_bodies_are_small(self, inspector: Caller) -> None:
        answer = inspector.post("/v1/session", content=b"x" * 100_000, headers={"X-WSAI": "1"})
        check_problem(answer, 413, "request-too-large")

    @pytest.mark.parametrize(
        "how",
        [
            {"data": {"site": "x"}},
            {"files": {"other": ("a.jpg", b"x")}},
            {"data": {"file": "text, no file"}},
            {"content": b"no form", "headers": {"Content-Type": "multipart/form-data"}},
            {"json": {"file": "x"}},
            {},
        ],
    )
    def test_a_request_without_a_file_is_refused(
        self, inspector: Caller, how: dict[str, Any]
    ) -> None:
        answer = inspector.post("/v1/photos", **how)
        assert answer.status_code in {400, 422}
        assert answer.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize(
        "fields",
        [
            {"site": "x" * 201},
            {"site": "nul\x00"},
            {"taken_at": "yesterday"},
            {"taken_at": "2026-11-23T10:00:00"},
            {"taken_at": "0001-01-01T00:00:00+14:00"},
            {"taken_at": "9999-12-31T23:59:59-12:00"},
        ],
    )
    def test_a_field_that_cannot_be_kept_is_named(
        self, inspector: Caller, fields: dict[str, str]
    ) -> None:
        answer = inspector.upload(picture(), **fields)
        check_problem(answer, 422, "invalid-request")
        assert next(iter(fields)) in answer.json()["detail"]

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/v1/photos/not-an-id"),
            ("GET", "/v1/photos?cursor=%00"),
            ("GET", "/v1/hazards?status=%00"),
            ("GET", "/v1/catalogue?on=2026-13-01"),
            ("POST", "/v1/findings/x/confirm"),
        ],
    )
    def test_a_wrong_address_is_refused(self, inspector: Caller, method: str, path: str) -> None:
        check_problem(inspector.request(method, path), 422, "invalid-request")

    @pytest.mark.parametrize("path", ["/v1/nothing", "/v2/photos", "/../etc/passwd"])
    def test_what_is_not_there_is_not_found(self, inspector: Caller, path: str) -> None:
        check_problem(inspector.get(path), 404, "not-found")

    def test_a_wrong_method_is_refused(self, inspector: Caller) -> None:
        check_problem(inspector.put("/v1/photos"), 405, "method-not-allowed")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b'{"note": 3}', b'{"other": 1}', b"\xff"])
def test_a_confirmation_that_is_no_json_changes_nothing(inspector: Caller, body: bytes) -> None:
    finding = inspector.photo()["findings"][0]
    url = f"/v1/findings/{finding['id']}/confirm"
    headers = {"Content-Type": "application/json"}
    answer = inspector.post(url, content=body, headers=headers)
    assert answer.status_code == (400 if body == b"\xff" else 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert inspector.post(url).status_code == 201


def test_a_text_with_half_a_character_is_refused(inspector: Caller) -> None:
    finding = inspector.photo()["findings"][0]
    url = f"/v1/findings/{finding['id']}/dismiss"
    headers = {"Content-Type": "application/json"}
    answer = inspector.post(url, content=b'{"reason": "\\ud800"}', headers=headers)
    check_problem(answer, 422, "invalid-request")


def test_markup_in_a_text_is_kept_as_text(inspector: Caller) -> None:
    site = "<img src=x onerror=alert(1)>"
    assert inspector.photo(site=site)["site"] == site
