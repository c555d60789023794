"""Hazards that no model behind WSAI can see yet: said aloud, never passed over as fine."""

from __future__ import annotations

from wsai.diagnosis.findings import Finding
from wsai.diagnosis.rules.rule import not_visible

RULE_NAME = "unseen/no-model@1"
UNSEEN_CODES: tuple[str, ...] = ("guard-missing-point-of-operation",)


def unseen() -> list[Finding]:
    """Return one not-visible finding for each hazard without a model."""
    return [
        not_visible(
            code,
            RULE_NAME,
            "尚无能识别此项的模型，照片不能说明有无隐患，请人工检查。",
            "There is no model for this yet; the photo says nothing either way. Check by hand.",
        )
        for code in UNSEEN_CODES
    ]
