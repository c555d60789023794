"""The rules, one file a hazard family."""

from __future__ import annotations

from wsai.diagnosis.rules import (
    areas,
    exit_state,
    exits,
    fallen,
    fire_gear,
    fire_smoke,
    floors,
    guards,
    housekeeping,
    ppe,
    vehicles,
)
from wsai.diagnosis.rules.rule import Rule
from wsai.diagnosis.rules.unseen import UNSEEN_CODES

RULES: tuple[Rule, ...] = (
    *fire_smoke.RULES,
    *fallen.RULES,
    *ppe.RULES,
    *vehicles.RULES,
    *areas.RULES,
    *guards.RULES,
    *exits.RULES,
    *exit_state.RULES,
    *fire_gear.RULES,
    *floors.RULES,
    *housekeeping.RULES,
)

RULE_CODES: frozenset[str] = frozenset(rule.code for rule in RULES) | frozenset(UNSEEN_CODES)
"""Every catalogue code that a rule can name."""
