"""Two models on the same pictures: what got better, what got worse, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.average_precision import Curve, bootstrap
from training.looked import Seen, by_set
from training.report import curve_of, labels_in
from wsai.errors import InvalidRequest

ROUNDS = 400
SEED = 20
INTERVAL = (2.5, 97.5)
ALL = "all"


@dataclass(frozen=True, slots=True)
class Change:
    """How one figure differs between two models.

    Attributes:
        dataset: The set.
        label: The label, or ``all`` for the mean over the set's labels.
        truths: Labelled objects behind it.
        before: AP50 of the older model.
        after: AP50 of the newer one.
        low: Lower end of the 95 % interval of the difference, over pictures.
        high: Upper end.
    """

    dataset: str
    label: str
    truths: int
    before: float
    after: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Return ``better`` or ``worse`` where the interval leaves 0 out, else ``same``."""
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "same"

    def regression(self, tolerance: float) -> bool:
        """Return whether it got worse by more than the tolerance, past chance."""
        return self.high < -tolerance

    def as_json(self) -> dict[str, Any]:
        """Return it for ``comparison.json``."""
        return asdict(self) | {"verdict": self.verdict}


def compare(
    old: Sequence[Seen], new: Sequence[Seen], *, rounds: int = ROUNDS, seed: int = SEED
) -> list[Change]:
    """Return the change of AP50 of every set and label, each set's mean first.

    The same pictures are drawn for both models in each round, so that what is hard about a
    picture is hard for both (paired bootstrap: Efron and Tibshirani, 1993, chapter 8).

    Args:
        old: What the older model found; what a set does not know left out.
        new: The same pictures by the newer one.
        rounds: Resamples.
        seed: Of the resamples.

    Raises:
        InvalidRequest: The two did not look at the same pictures with the same labels.
    """
    before, after = by_set(old), by_set(new)
    _same_pictures(before, after)
    changes: list[Change] = []
    for name, rows in before.items():
        changes += _of_set(name, rows, after[name], rounds, seed)
    return changes


def _same_pictures(old: Mapping[str, Sequence[Seen]], new: Mapping[str, Sequence[Seen]]) -> None:
    def content(sets: Mapping[str, Sequence[Seen]]) -> dict[str, list[tuple[str, Any]]]:
        return {
            name: [
                (row.picture, (row.truth.labels, np.round(row.truth.boxes).tolist()))
                for row in rows
            ]
            for name, rows in sets.items()
        }

    if old.keys() != new.keys():
        raise InvalidRequest(
            "the two reports are not of the same sets: "
            f"{', '.join(sorted(old.keys() ^ new.keys()))} is in one of them only"
        )
    a, b = content(old), content(new)
    for name in a:
        if a[name] != b[name]:
            raise InvalidRequest(
                f"the two reports are not of the same pictures and labels of {name}; "
                "evaluate both on the same data"
            )


def _of_set(
    name: str, old: Sequence[Seen], new: Sequence[Seen], rounds: int, seed: int
) -> Iterator[Change]:
    labels = labels_in(old)
    pairs = [(curve_of(old, label), curve_of(new, label)) for label in labels]
    if not pairs:
        return
    exact = np.array([[a.at_half(), b.at_half()] for a, b in pairs])
    drawn = np.array(
        [
            [_difference(a, b, weights) for a, b in pairs]
            for weights in bootstrap(len(old), rounds=rounds, seed=seed)
        ]
    )
    truths = [int(a.truths.sum()) for a, _ in pairs]
    # a resample without any example of a label says nothing of it
    yield _change(name, ALL, sum(truths), exact.mean(axis=0), _row_means(drawn))
    for n, label in enumerate(labels):
        yield _change(name, label.value, truths[n], exact[n], drawn[:, n])


def _difference(old: Curve, new: Curve, weights: Any) -> float:
    return new.at_half(weights) - old.at_half(weights)


def _row_means(values: Any) -> Any:
    known = ~np.isnan(values)
    return np.where(known, values, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)


def _change(name: str, label: str, truths: int, exact: Any, drawn: Any) -> Change:
    known = drawn[~np.isnan(drawn)]
    low, high = np.percentile(known, INTERVAL) if len(known) else (-1.0, 1.0)
    before, after = (round(float(value), 4) for value in exact)
    return Change(name, label, truths, before, after, round(float(low), 4), round(float(high), 4))


def text(changes: Sequence[Change]) -> str:
    """Return the changes as a table for a terminal.

    >>> print(text([Change("shapes", "fire", 9, 0.5, 0.75, 0.1, 0.4)]))
    set     label  truths  before  after  change  95 % interval
    shapes  fire        9   0.500  0.750  +0.250  +0.100..+0.400  better
    """
    head = ("set", "label", "truths", "before", "after", "change", "95 % interval", "")
    rows = [
        (
            change.dataset,
            change.label,
            str(change.truths),
            f"{change.before:.3f}",
            f"{change.after:.3f}",
            f"{change.after - change.before:+.3f}",
            f"{change.low:+.3f}..{change.high:+.3f}",
            "" if change.verdict == "same" else change.verdict,
        )
        for change in changes
    ]
    widths = [max(len(row[n]) for row in [head, *rows]) for n in range(len(head))]
    lines = []
    for row in [head, *rows]:
        cells = [
            cell.rjust(width) if 2 <= n <= 5 else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
