"""Tables of the README compare what ships with what shipped before."""

from __future__ import annotations

from typing import Any

from benchmarks.figures import _finding_lines


def row(right: int) -> dict[str, Any]:
    counts = {"photos": 9, "exit-blocked": {"right": right, "missed": 1, "extra": 0}}
    return {"findings": {"other kinds": counts}}


def test_findings_stand_beside_those_of_the_last_release_and_not_of_a_candidate() -> None:
    found = {
        "shipped": {"id": "detector-0.11.0", **row(4)},
        "others": {
            "detector-0.10.0 (candidate)": row(3),
            "detector-0.9.0": row(2),
            "detector-0.8.0": row(1),
            "detector-0.7.0": {},
        },
    }
    head, rule, line = [one for one in _finding_lines(found) if one.startswith("|")]
    assert head == "| finding | detector-0.11.0, other kinds | detector-0.9.0, other kinds |"
    assert rule.count("---") == 3
    assert line == "| exit-blocked | 4 of 5, 0 falsely | 2 of 3, 0 falsely |"
