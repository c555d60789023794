from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from wsai.errors import NotFound
from wsai.storage.files import FileStore

DATA = b"a photo, byte for byte"
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def all_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_original_comes_back_byte_for_byte(files: FileStore) -> None:
    assert files.put_original(DATA) == DIGEST
    assert files.original(DIGEST) == DATA


def test_the_same_original_is_kept_once(files: FileStore, tmp_path: Path) -> None:
    files.put_original(DATA)
    files.put_original(DATA)
    assert len(all_files(tmp_path)) == 1


def test_a_derived_picture_replaces_the_one_before(files: FileStore) -> None:
    files.put_derived(DIGEST, "annotated-zh", b"first")
    files.put_derived(DIGEST, "annotated-zh", b"second")
    assert files.derived(DIGEST, "annotated-zh") == b"second"


@pytest.mark.parametrize(
    "digest",
    [
        pytest.param("0" * 64, id="never stored"),
        pytest.param("../../etc/passwd", id="a path"),
        pytest.param("0" * 63 + "/", id="a slash"),
        pytest.param("", id="empty"),
    ],
)
def test_what_is_not_there_is_not_found(files: FileStore, digest: str) -> None:
    with pytest.raises(NotFound):
        files.original(digest)


def test_a_write_that_fails_leaves_nothing(
    files: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.put_original(DATA)
    assert all_files(tmp_path) == []


def test_sweeping_removes_what_nobody_knows_and_nothing_else(
    files: FileStore, tmp_path: Path
) -> None:
    files.put_original(DATA)
    files.put_derived(DIGEST, "annotated-zh", b"drawn")
    orphan = files.put_original(b"its row was never committed")
    files.put_derived(orphan, "annotated-zh", b"drawn")
    part = tmp_path / "files" / "originals" / DIGEST[:2] / "x.part"
    part.write_bytes(b"half")
    assert files.sweep({DIGEST}.__contains__, older_than_s=0, now=time.time() + 1) == 3
    assert files.original(DIGEST) == DATA
    assert files.derived(DIGEST, "annotated-zh") == b"drawn"
    assert len(all_files(tmp_path)) == 2


def test_sweeping_spares_what_may_still_be_on_its_way(files: FileStore) -> None:
    orphan = files.put_original(b"its row comes in a moment")
    assert files.sweep(lambda _digest: False, older_than_s=3600, now=time.time()) == 0
    assert files.original(orphan)
