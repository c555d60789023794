"""What an act takes: each guard says what is missing, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from wsai.ledger.machine import Act, Case

SIX_ITEMS = 6
"""目标和任务, 方法和措施, 经费和物资, 机构和人员, 时限和要求, 安全措施和应急预案.

令16号《安全生产事故隐患排查治理暂行规定》第十五条; unverified, from public copies.
"""

EXTENSION_NOTICE_DAYS = 21
"""Fifteen working days before the deadline, in calendar days (Ningbo's rule)."""

Guard = Callable[["Case", "Act"], str | None]


def _present(value: object, what: str) -> str | None:
    blank = not value or (isinstance(value, str) and not value.strip())
    return f"{what} is missing" if blank else None


def _deadline(case: Case, act: Act) -> str | None:
    if act.deadline is None:
        return "the deadline is missing"
    return None if act.deadline >= act.at.date() else f"the deadline {act.deadline} has passed"


def _later_deadline(case: Case, act: Act) -> str | None:
    if act.deadline is None:
        return "the new deadline is missing"
    if case.deadline is not None and act.deadline <= case.deadline:
        return f"the new deadline {act.deadline} is not after the present one, {case.deadline}"
    return None


def _early_enough(case: Case, act: Act) -> str | None:
    if case.deadline is None:
        return None
    left = (case.deadline - act.at.date()).days
    if left < EXTENSION_NOTICE_DAYS:
        return (
            f"an extension is asked for at least {EXTENSION_NOTICE_DAYS} days before the deadline; "
            f"{max(left, 0)} are left"
        )
    return None


def _not_the_fixer(case: Case, act: Act) -> str | None:
    judges = {act.actor.name, act.second_officer or act.actor.name}
    if both := judges & case.fixers:
        return f"{', '.join(sorted(both))} fixed it, and nobody accepts their own work"
    return None


def _two_officers(case: Case, act: Act) -> str | None:
    second = (act.second_officer or "").strip()
    if not second:
        return "a second officer is missing: the law asks for two (行政处罚法 第四十二条)"
    return "the second officer must be another person" if second == act.actor.name else None


def _six_items(case: Case, act: Act) -> str | None:
    written = [item for item in act.six_items if item.strip()]
    if len(written) < SIX_ITEMS:
        return f"the treatment plan has six items; {len(written)} are written"
    return None


@lru_cache(maxsize=1)
def levels() -> tuple[str, ...]:
    """Return the levels of a listing (挂牌督办), the highest first.

    They stand in ``data/levels.yaml``, which a park edits.

    Raises:
        ValueError: The file is no list of different names; a test reads it.
    """
    text = (resources.files("wsai.ledger") / "data" / "levels.yaml").read_text("utf-8")
    found = yaml.safe_load(text)
    named = isinstance(found, list) and all(isinstance(one, str) and one.strip() for one in found)
    if not named or len(set(found)) < max(len(found), 1):
        raise ValueError("levels.yaml must be a list of different names, the highest first")
    return tuple(found)


def _level(case: Case, act: Act) -> str | None:
    if act.level in levels():
        return None
    return f"the level must be one of {', '.join(levels())}"


GUARDS: dict[str, Guard] = {
    "reason": lambda case, act: _present(act.reason, "a reason"),
    "after-photos": lambda case, act: _present(act.after_photos, "a photo of what was done"),
    "photos-on-file": lambda case, act: _present(case.after_photos, "a photo of what was done"),
    "signed-record": lambda case, act: _present(act.signed_record, "the signed record"),
    "responsible": lambda case, act: _present(act.responsible, "who is responsible"),
    "measures": lambda case, act: _present(act.measures, "what is to be done"),
    "deadline": _deadline,
    "later-deadline": _later_deadline,
    "early-enough": _early_enough,
    "basis": lambda case, act: _present(act.basis, "the clause and item that it is determined by"),
    "two-officers": _two_officers,
    "not-the-fixer": _not_the_fixer,
    "six-items": _six_items,
    "level": _level,
    "reference": lambda case, act: _present(act.reference, "the number of the document"),
    "receiver": lambda case, act: _present(act.receiver, "the receiving department"),
    "request-open": lambda case, act: _present(case.asked_deadline, "a request for extension"),
    "no-request-open": lambda case, act: (
        "a request for extension is undecided already" if case.asked_deadline else None
    ),
}
"""Name in ``machines.yaml`` -> what it asks."""


def complaint(need: str, case: Case, act: Act) -> str | None:
    """Return what is missing for one need; ``None`` where nothing is."""
    return GUARDS[need](case, act)
