from __future__ import annotations

import json
import subprocess
import sys

import pytest

FAILS = """
import structlog
from serving.logs import set_up_logs

def log_in(password):
    raise RuntimeError("the database is away")

set_up_logs(as_json={as_json})
try:
    log_in("hunter2-the-password")
except RuntimeError as error:
    structlog.get_logger("wsai").error("unexpected-error", exc_info=error)
"""


def log_of(*, as_json: bool) -> str:
    """Return what a program of its own logs about an error: logging is set up once a process."""
    done = subprocess.run(
        [sys.executable, "-c", FAILS.replace("{as_json}", str(as_json))],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stderr


@pytest.mark.parametrize("as_json", [False, True])
def test_a_traceback_tells_where_but_no_value_of_a_variable(as_json: bool) -> None:
    log = log_of(as_json=as_json)
    assert "the database is away" in log
    assert "in log_in" in log
    # the source line is in the traceback; nothing shows what the parameter held there
    assert log.count("hunter2") == log.count('log_in("hunter2') + log.count('log_in(\\"hunter2')
    assert "locals" not in log


def test_json_logs_are_one_object_a_line() -> None:
    (line,) = log_of(as_json=True).splitlines()
    row = json.loads(line)
    assert (row["event"], row["level"]) == ("unexpected-error", "error")
