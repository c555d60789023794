"""How bad a hazard is, for triage."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """Triage only: the statute knows 一般 and 重大 alone, and a person determines 重大.

    ``SERIOUS`` (较大) is reported upward as 一般; ``MAJOR`` means suspected major (疑似重大).
    """

    GENERAL = "general"
    SERIOUS = "serious"
    MAJOR = "major"
