"""A PostgreSQL server for the test run, where Debian's package is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import quote

BINARIES = Path("/usr/lib/postgresql")
NOT_ROOT = "postgres"


class NoPostgres(Exception):
    """There is no server to start here; the message says why."""


def _tools() -> Path:
    found = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise NoPostgres(f"no PostgreSQL server is installed (no initdb under {BINARIES})")
    return found[-1].parent


def _as_ordinary_user() -> list[str]:
    """Return what to put before a command: the server refuses to run as root."""
    if os.geteuid() != 0:
        return []
    runuser = shutil.which("runuser")
    if runuser is None or subprocess.run(["id", NOT_ROOT], capture_output=True).returncode:
        raise NoPostgres(f"PostgreSQL refuses root, and there is no runuser or user {NOT_ROOT}")
    return [runuser, "-u", NOT_ROOT, "--"]


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a server on a Unix socket in a folder of its own; yield SQLAlchemy's address of it.

    Raises:
        NoPostgres: There is none to start.
    """
    tools, prefix = _tools(), _as_ordinary_user()
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise NoPostgres("psycopg is not installed") from None
    folder = Path(mkdtemp(prefix="wsai-pg-", dir="/tmp"))  # a socket's path is at most 107 bytes
    if prefix:
        shutil.chown(folder, NOT_ROOT)
    folder.chmod(0o700)
    place = str(folder / "data")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"

    def run(*command: str) -> None:
        done = subprocess.run([*prefix, *command], capture_output=True, text=True, cwd="/")
        if done.returncode:
            raise NoPostgres(f"{Path(command[0]).name} failed: {done.stderr.strip()[-500:]}")

    try:
        run(str(tools / "initdb"), "-D", place, "-U", "wsai", "-A", "trust", "-E", "UTF8", "-N")
        log = str(folder / "log")
        run(str(tools / "pg_ctl"), "-D", place, "-o", options, "-l", log, "-w", "start")
        try:
            yield f"postgresql+psycopg://wsai@/postgres?host={quote(str(folder))}"
        finally:
            run(str(tools / "pg_ctl"), "-D", place, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
