"""LEC: a risk as likelihood × exposure × consequence, shown with its three inputs.

Graham and Kinney's method (1971) with the values and bands that are in common use; a convention,
not a statute. A score is never shown without what it was made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wsai.errors import InvalidRequest

LIKELIHOODS: dict[float, str] = {
    10: "完全可以预料",
    6: "相当可能",
    3: "可能但不经常",
    1: "可能性小，完全意外",
    0.5: "很不可能，可以设想",
    0.2: "极不可能",
    0.1: "实际不可能",
}
EXPOSURES: dict[float, str] = {
    10: "连续暴露",
    6: "每天工作时间",
    3: "每周一次或偶然",
    2: "每月一次",
    1: "每年几次",
    0.5: "非常罕见",
}
CONSEQUENCES: dict[float, str] = {
    100: "大灾难，10人以上死亡",
    40: "灾难，3-9人死亡",
    15: "非常严重，1-2人死亡",
    7: "严重，重伤",
    3: "重大，致残",
    1: "引人注目",
}


class Colour(StrEnum):
    """The four colours of risk, worst first."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    BLUE = "blue"


LEVEL_ZH = {
    Colour.RED: "重大风险",
    Colour.ORANGE: "较大风险",
    Colour.YELLOW: "一般风险",
    Colour.BLUE: "低风险",
}
BANDS: tuple[tuple[float, Colour], ...] = (
    (320, Colour.RED),
    (160, Colour.ORANGE),
    (70, Colour.YELLOW),
    (0, Colour.BLUE),
)
"""From which score on which colour."""


@dataclass(frozen=True, slots=True)
class Lec:
    """A risk with its inputs.

    Attributes:
        likelihood: One of ``LIKELIHOODS``.
        exposure: One of ``EXPOSURES``.
        consequence: One of ``CONSEQUENCES``.

    Raises:
        InvalidRequest: An input is not one of the table's values.

    Example:
        >>> risk = Lec(3, 6, 15)
        >>> risk.score, risk.colour.value
        (270.0, 'orange')
    """

    likelihood: float
    exposure: float
    consequence: float

    def __post_init__(self) -> None:
        for name, value, table in (
            ("likelihood L", self.likelihood, LIKELIHOODS),
            ("exposure E", self.exposure, EXPOSURES),
            ("consequence C", self.consequence, CONSEQUENCES),
        ):
            if value not in table:
                raise InvalidRequest(
                    f"{name} is one of {', '.join(f'{v:g}' for v in table)}, not {value:g}"
                )

    @property
    def score(self) -> float:
        """Return D, the product."""
        return float(self.likelihood * self.exposure * self.consequence)

    @property
    def colour(self) -> Colour:
        """Return the colour of the band that the score lies in."""
        return next(colour for least, colour in BANDS if self.score >= least)

    def explained(self) -> str:
        """Return the score with what it was made of, as it is always shown.

        >>> Lec(1, 6, 3).explained()
        'D = 18：L 1（可能性小，完全意外）× E 6（每天工作时间）× C 3（重大，致残），低风险'
        """
        return (
            f"D = {self.score:g}：L {self.likelihood:g}（{LIKELIHOODS[self.likelihood]}）"
            f"× E {self.exposure:g}（{EXPOSURES[self.exposure]}）"
            f"× C {self.consequence:g}（{CONSEQUENCES[self.consequence]}），{LEVEL_ZH[self.colour]}"
        )
