"""A real ``wsai serve`` with the shipped model, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class LiveService:
    """A running service.

    Attributes:
        address: ``http://127.0.0.1:PORT``.
        process: Its process; a test may kill it.
        said: What it printed before it was ready.
    """

    address: str
    process: subprocess.Popen[str]
    said: list[str]


@contextmanager
def live_service(data_dir: Path, **environment: str) -> Iterator[LiveService]:
    """Start the service on a free port; it listens when this yields, and is ended afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "serving.cli", "serve", "--port", "0"],
        cwd=Path(__file__).resolve().parents[1],
        env=os.environ | {"WSAI_DATA_DIR": str(data_dir)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        assert first.startswith("WSAI: "), f"it did not start: {first!r}"
        yield LiveService(first.removeprefix("WSAI: ").strip(), process, [first])
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
