from __future__ import annotations

from dataclasses import replace

import pytest

from wsai.ledger.machine import Case, Kind, machines
from wsai.ledger.recurrence import Again, Look, back_by, seen_again, still_dismissed

LAMP = Look("m", "r@1", "hazard", [[0.1, 0.1, 0.2, 0.2]])


def test_what_becomes_of_it_in_every_state() -> None:
    for kind, machine in machines().items():
        for state, words in machine.states.items():
            again = seen_again(Case(kind, state))
            if not words.end and state != "delisted":
                assert again is Again.JOIN, state
            else:
                assert again is (Again.REOPEN if back_by(Case(kind, state)) else Again.NEW), state


def test_only_what_was_closed_on_proof_comes_back() -> None:
    assert back_by(Case(Kind.GENERAL, "closed")) == "reopen"
    assert back_by(Case(Kind.MAJOR, "revisited")) == "relapse"
    assert back_by(Case(Kind.MAJOR, "closed-by-government")) is None
    assert seen_again(None) is Again.NEW


@pytest.mark.parametrize(
    "change",
    [
        {"model": "m2"},
        {"rule": "r@2"},
        {"verdict": "ask-a-person"},
        {"boxes": [[0.5, 0.5, 0.6, 0.6]]},
        {"boxes": [[0.1, 0.1, 0.2, 0.2], [0.7, 0.7, 0.8, 0.8]]},
        {"boxes": []},
    ],
)
def test_anything_that_changed_asks_a_person_anew(change: dict[str, object]) -> None:
    assert still_dismissed(LAMP, LAMP)
    assert not still_dismissed(LAMP, replace(LAMP, **change))  # type: ignore[arg-type]
