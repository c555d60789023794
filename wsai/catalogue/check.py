"""What the schema cannot see: references between files, dates that do not fit, gaps."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from wsai.catalogue.catalogue import Catalogue
from wsai.catalogue.hazards import Hazard


def check_catalogue(
    catalogue: Catalogue, *, rule_codes: Collection[str] = (), today: date
) -> list[str]:
    """Return what is wrong, one line a problem; empty when all is well.

    Args:
        catalogue: As loaded; its schema holds already.
        rule_codes: The codes that diagnosis rules use; each must exist.
        today: The day for which every hazard must have a clause in force.
    """
    problems = [
        f"rules: {code}: the catalogue has no such hazard"
        for code in sorted(set(rule_codes) - set(catalogue.hazards))
    ]
    for checklist in catalogue.checklists.values():
        seen: set[str] = set()
        for item in checklist.items:
            if item.code not in catalogue.hazards:
                problems.append(
                    f"checklist {checklist.id}: item {item.number}: no hazard {item.code}"
                )
            if item.code in seen:
                problems.append(f"checklist {checklist.id}: {item.code} stands there twice")
            seen.add(item.code)
    covered = {i.code for c in catalogue.checklists.values() for i in c.items}
    problems += [
        f"{code}: no checklist asks for it" for code in catalogue.hazards if code not in covered
    ]
    for hazard in catalogue.hazards.values():
        problems += _hazard_problems(hazard, today)
    return problems


def _hazard_problems(hazard: Hazard, today: date) -> list[str]:
    problems = []
    if not hazard.clauses_on(today):
        problems.append(f"{hazard.code}: no clause is in force on {today}")
    if len(hazard.guidance_zh) != len(hazard.guidance_en):
        problems.append(f"{hazard.code}: guidance_zh and guidance_en differ in length")
    starts = {c.in_force_from for c in hazard.clauses if c.in_force_from}
    for clause in hazard.clauses:
        until = clause.in_force_until
        if until and until + timedelta(days=1) not in starts:
            problems.append(f"{hazard.code}: {clause.ref} ends on {until} and nothing follows it")
    return problems


def unverified_count(catalogue: Catalogue) -> tuple[int, int]:
    """Return how many clauses are unverified, and how many there are."""
    clauses = [clause for hazard in catalogue.hazards.values() for clause in hazard.clauses]
    return sum(not clause.verified for clause in clauses), len(clauses)
