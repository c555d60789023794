"""Early warning: simple statistics that say how sure they are, never a bare number.

Counts of hazards are taken as Poisson with a Gamma prior, which gives the negative binomial for
what comes next (Gelman et al., Bayesian Data Analysis, 3rd ed., §2.6); shares as binomial with
Wilson's interval (Wilson 1927). Nothing here is learned; whether its intervals hold is
back-tested on simulated years.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Z_95 = 1.959963984540054
SEASON = 12
LEAST_MONTHS = 6
PRIOR_SHAPE = 0.5
"""Jeffreys' prior of a Poisson rate; it counts for half a hazard."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the range in which it lies, 95 %.

    Attributes:
        value: The best single figure.
        low: Lower end.
        high: Upper end.
    """

    value: float
    low: float
    high: float


def share_interval(some: int, everybody: int) -> Interval | None:
    """Return a share with Wilson's 95 % interval; ``None`` of nothing.

    Example:
        >>> found = share_interval(3, 10)
        >>> round(found.low, 3), round(found.high, 3)
        (0.108, 0.603)
    """
    if everybody <= 0:
        return None
    share, z2 = some / everybody, Z_95**2
    middle = (share + z2 / (2 * everybody)) / (1 + z2 / everybody)
    reach = (
        Z_95
        * math.sqrt(share * (1 - share) / everybody + z2 / (4 * everybody**2))
        / (1 + z2 / everybody)
    )
    return Interval(share, max(0.0, middle - reach), min(1.0, middle + reach))


def next_month(counts: Sequence[int], *, seasonal: bool = True) -> Interval | None:
    """Return how many hazards next month brings, with its 95 % interval.

    The rate of the last twelve months, times the season's factor where two years are known. The
    interval is that of what will be counted, not of the mean. Where months scatter more than
    chance alone would let them (the index of dispersion), it is widened by that.

    Args:
        counts: A month each, oldest first.
        seasonal: Whether the month's place in the year counts.

    Returns:
        ``None`` for fewer than six months.
    """
    if len(counts) < LEAST_MONTHS:
        return None
    recent = counts[-SEASON:]
    factor = _season(counts) if seasonal and len(counts) >= 2 * SEASON else 1.0
    shape, exposure = sum(recent) + PRIOR_SHAPE, float(len(recent))
    mean = shape / exposure * factor
    # of the coming count: its own chance, and what is not known of the rate
    variance = mean * _dispersion(recent) + (factor**2) * shape / exposure**2
    return Interval(mean, *_count_range(mean, variance))


def _season(counts: Sequence[int]) -> float:
    """Return how the coming month of the year compares to a mean one, drawn towards 1."""
    years = len(counts) // SEASON
    whole = counts[-years * SEASON :]
    same = sum(whole[::SEASON])
    mean = sum(whole) / SEASON
    # a mean month's worth of caution: few hazards say little of a season
    caution = max(mean / years, 1.0)
    return (same + caution) / (mean + caution) if mean else 1.0


def _dispersion(counts: Sequence[int]) -> float:
    mean = sum(counts) / len(counts)
    if mean == 0:
        return 1.0
    variance = sum((count - mean) ** 2 for count in counts) / (len(counts) - 1)
    return max(1.0, variance / mean)


def _count_range(mean: float, variance: float) -> tuple[float, float]:
    """Return the central 95 % of a negative binomial of this mean and variance."""
    if variance <= mean * (1 + 1e-9):
        variance = mean * (1 + 1e-9)
    size = mean**2 / (variance - mean)
    odds = size / (size + mean)
    total, count, low = 0.0, 0, None
    log_term = size * math.log(odds)
    most = int(mean + 20 * math.sqrt(variance) + 20)
    while count <= most:
        total += math.exp(log_term)
        if low is None and total >= 0.025:
            low = count
        if total >= 0.975:
            break
        log_term += math.log((size + count) / (count + 1)) + math.log1p(-odds)
        count += 1
    return float(low or 0), float(count)


@dataclass(frozen=True, slots=True)
class Hot:
    """A place with more hazards than the others' rate explains.

    Attributes:
        key: Of the place.
        count: What was found there.
        expected: What the others' rate would give.
        chance: Of finding as many by chance alone, corrected for how many places were looked at.
    """

    key: str
    count: int
    expected: float
    chance: float


def hot_places(
    counts: Mapping[str, int], exposure: Mapping[str, float], *, level: float = 0.05
) -> list[Hot]:
    """Return the places with more hazards than their share, the surest first.

    Args:
        counts: Place to hazards in a period.
        exposure: Place to what its share goes by: enterprises, inspections.
        level: Chance of naming any place that is as the others (Bonferroni).
    """
    places = [key for key in exposure if exposure[key] > 0]
    found = []
    for key in places:
        others = sum(counts.get(other, 0) for other in places if other != key)
        room = sum(exposure[other] for other in places if other != key)
        if room <= 0 or others <= 0:
            continue
        expected = others / room * exposure[key]
        chance = min(1.0, poisson_at_least(counts.get(key, 0), expected) * len(places))
        if chance <= level:
            found.append(Hot(key, counts.get(key, 0), round(expected, 2), chance))
    return sorted(found, key=lambda hot: (hot.chance, -hot.count))


def poisson_at_least(count: int, mean: float) -> float:
    """Return the chance of at least so many where so many are expected.

    >>> round(poisson_at_least(3, 1.0), 4)
    0.0803
    """
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    below = sum(math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in range(count))
    return max(0.0, 1.0 - below)


@dataclass(frozen=True, slots=True)
class BackTest:
    """How often the interval held the month that came.

    Attributes:
        months: How many forecasts.
        held: Share of them whose interval held the count; 0.95 is promised.
        error: Mean absolute error of the value.
        naive_error: The same of saying last month again.
    """

    months: int
    held: float
    error: float
    naive_error: float


def back_test(series: Sequence[Sequence[int]], *, first: int = 2 * SEASON) -> BackTest | None:
    """Return how the forecast would have done on months that are known.

    Args:
        series: A place each: counts a month, oldest first.
        first: With how many months the first forecast is made.

    Returns:
        ``None`` where no series is long enough.
    """
    months = held = 0
    error = naive = 0.0
    for counts in series:
        for at in range(first, len(counts)):
            said = next_month(counts[:at])
            if said is None:
                continue
            months += 1
            held += said.low <= counts[at] <= said.high
            error += abs(said.value - counts[at])
            naive += abs(counts[at - 1] - counts[at])
    if not months:
        return None
    return BackTest(months, held / months, error / months, naive / months)
