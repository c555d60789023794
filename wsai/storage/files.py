"""Originals and derived pictures on disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from wsai.errors import NotFound

PART_SUFFIX = ".part"


class FileStore:
    """Keeps files by the SHA-256 of their original.

    A file is written under a temporary name, flushed to the disk and renamed, and only then does
    its row go into the database: after a crash there can be a file without a row, which is
    harmless and reused when the same photo comes again, but never a row without its file.

    Args:
        folder: Created where it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._originals, self._derived = folder / "originals", folder / "derived"
        for place in (self._originals, self._derived):
            place.mkdir(parents=True, exist_ok=True)

    def put_original(self, data: bytes) -> str:
        """Keep an original byte for byte and return its SHA-256."""
        digest = hashlib.sha256(data).hexdigest()
        self._put(self._place(self._originals, digest), data)
        return digest

    def put_derived(self, digest: str, kind: str, data: bytes) -> None:
        """Keep a derived picture of an original, replacing an earlier one."""
        self._put(
            self._place(self._derived, digest).with_suffix(f".{kind}.jpg"), data, replace=True
        )

    def original(self, digest: str) -> bytes:
        """Return an original.

        Raises:
            NotFound: It is not there.
        """
        return self._get(self._place(self._originals, digest), digest)

    def derived(self, digest: str, kind: str) -> bytes:
        """Return a derived picture.

        Raises:
            NotFound: It is not there.
        """
        return self._get(self._place(self._derived, digest).with_suffix(f".{kind}.jpg"), digest)

    def sweep(self, known: Callable[[str], bool], *, older_than_s: float, now: float) -> int:
        """Remove what crashes left behind: half-written files, and files without a row.

        Args:
            known: Says whether an original of this SHA-256 has a row.
            older_than_s: Younger files are spared: their row may be on its way.
            now: Seconds since 1970, as files carry them.

        Returns:
            How many files were removed.
        """
        removed = 0
        for place in (self._originals, self._derived):
            for path in place.glob("*/*"):
                digest, _, rest = path.name.partition(".")
                if not rest.endswith(PART_SUFFIX.lstrip(".")) and known(digest):
                    continue
                with suppress(FileNotFoundError):  # another process may be sweeping too
                    if path.stat().st_mtime <= now - older_than_s:
                        path.unlink()
                        removed += 1
        return removed

    @staticmethod
    def _place(root: Path, digest: str) -> Path:
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise NotFound("file", digest)
        return root / digest[:2] / digest

    @staticmethod
    def _get(path: Path, digest: str) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise NotFound("file", digest) from None

    @staticmethod
    def _put(path: Path, data: bytes, *, replace: bool = False) -> None:
        if path.exists() and not replace:
            os.utime(path)  # young again: a sweep spares it until its row is there
            _sync_folder(path.parent)  # whoever put it there may not have come so far yet
            return
        if not path.parent.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _sync_folder(path.parent.parent)
        with NamedTemporaryFile(dir=path.parent, suffix=PART_SUFFIX, delete=False) as part:
            try:
                part.write(data)
                part.flush()
                os.fsync(part.fileno())
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
        Path(part.name).replace(path)
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename survive the power failing; where folders cannot be synced, do without."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)
