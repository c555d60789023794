"""From a detector's score to the chance that it is right, and the score to act on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.matching import Judged
from wsai.vision.labels import Label

LOWEST_LOGIT_SCORE = 1e-4
PRIOR_WEIGHT = 4.0
BINS = 10
FEWEST = 20
FALLBACK_THRESHOLD = 0.4
THRESHOLD_RANGE = (0.15, 0.7)
FALLBACK_TRUTHS = 40.0
"""A high score counts against ``FALLBACK_THRESHOLD`` as if that had been chosen on so many."""
CALIBRATED_FROM_SCORE = 0.05
AS_GOOD = 0.98
"""Of the best F1: among scores that do about as well, chance picked the best one."""
BETA = {Label.MOVING_PART: 2.0}
"""How many times as much recall counts as precision; other labels: once. A moving part that is seen
faintly is asked about, and one that is missed costs more than that."""
EXCUSES = (Label.GUARD,)
"""Where it is seen nothing is asked, so of the scores that are about as good it has the highest."""
LEAST_F1 = 0.3
"""A label that does worse at its best score is too weak to act on; set by judgement."""


@dataclass(frozen=True, slots=True)
class Platt:
    """``probability = sigmoid(a * logit(score) + b)``; rises with the score since ``a > 0``.

    J. Platt, Probabilistic Outputs for Support Vector Machines (1999), on the logit of the score.

    Attributes:
        a: Slope.
        b: Offset.
        n: Detections it was fitted on; with fewer than ``FEWEST`` it is the identity.
    """

    a: float
    b: float
    n: int

    def probability(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the calibrated probabilities, same shape, ``0..1``."""
        return np.asarray(1 / (1 + np.exp(-(self.a * logit(scores) + self.b))), dtype=np.float64)


def logit(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``log(s / (1 - s))``, with scores kept away from 0 and 1."""
    inside = np.clip(scores, LOWEST_LOGIT_SCORE, 1 - LOWEST_LOGIT_SCORE)
    return np.asarray(np.log(inside / (1 - inside)), dtype=np.float64)


def fit_platt(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> Platt:
    """Return the maximum-likelihood calibration, drawn a little towards the identity.

    Newton's method on two parameters; the prior (a = 1, b = 0, worth ``PRIOR_WEIGHT``
    observations) keeps labels with few or one-sided examples from extremes.

    Example:
        >>> chance = np.random.default_rng(0)
        >>> scores = chance.uniform(0.05, 0.95, 4000)
        >>> honest = fit_platt(scores, chance.random(4000) < scores)
        >>> abs(honest.a - 1) < 0.15 and abs(honest.b) < 0.15
        True
    """
    if len(scores) < FEWEST:
        return Platt(1.0, 0.0, len(scores))
    x, y = logit(scores), right.astype(np.float64)
    design = np.stack([x, np.ones_like(x)], axis=1)
    prior = np.array([1.0, 0.0])
    theta = prior.copy()
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(design @ theta, -30, 30)))
        gradient = design.T @ (p - y) + PRIOR_WEIGHT * (theta - prior)
        curvature = (design * (p * (1 - p))[:, None]).T @ design + PRIOR_WEIGHT * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        theta = theta - np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-6:
            break
    return Platt(max(float(theta[0]), 0.05), float(theta[1]), len(scores))


def expected_calibration_error(
    probabilities: NDArray[np.float64], right: NDArray[np.bool_]
) -> float:
    """Return the ECE over ten equal bins: the mean gap between confidence and being right.

    Guo et al., On Calibration of Modern Neural Networks (2017), eq. 3.

    >>> expected_calibration_error(np.array([0.9, 0.9]), np.array([True, False]))
    0.4
    """
    if not len(probabilities):
        return 0.0
    bins = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    total = 0.0
    for number in range(BINS):
        inside = bins == number
        if inside.any():
            gap = abs(float(probabilities[inside].mean()) - float(right[inside].mean()))
            total += gap * float(inside.mean())
    return round(total, 6)


def cross_fitted_error(judged: Judged) -> tuple[float, float]:
    """Return the ECE before and after calibration, each half judged by the other half's fit."""
    use = judged.scores >= CALIBRATED_FROM_SCORE
    scores, right = judged.scores[use], judged.right[use]
    after = cross_fitted_probabilities(judged)
    return expected_calibration_error(scores, right), expected_calibration_error(after, right)


def cross_fitted_probabilities(judged: Judged) -> NDArray[np.float64]:
    """Return the probability of each detection worth looking at, by a fit of the other half.

    Pictures with even numbers are judged by a calibration of the others, and the other way round.
    """
    use = judged.scores >= CALIBRATED_FROM_SCORE
    scores, right, even = judged.scores[use], judged.right[use], judged.pictures[use] % 2 == 0
    after = np.zeros_like(scores)
    for half in (even, ~even):
        after[half] = fit_platt(scores[~half], right[~half]).probability(scores[half])
    return after


def calibration_of(judged: Judged) -> Platt:
    """Return the calibration of one label from all its detections worth looking at."""
    use = judged.scores >= CALIBRATED_FROM_SCORE
    return fit_platt(judged.scores[use], judged.right[use])


def operating_threshold(
    judged: Judged, *, beta: float = 1.0, highest: bool = False
) -> tuple[float, float, float]:
    """Return the score to act on, with its precision and recall on these pictures.

    It is the lowest score whose F1 is about as good (``AS_GOOD``) as the best, kept inside
    ``THRESHOLD_RANGE``: the F1 is flat about its top, where one picture more or less moves the best
    score far. What is seen by it and is not so is improbable, and rules do not ask about that.
    Above ``FALLBACK_THRESHOLD`` it is drawn down to that, the more so the fewer
    truths it was chosen on: a high one, chosen on a few signs, misses signs of other places. It is
    never drawn up: what is not seen costs more than what is asked about.
    Labels with too few truths or detections get ``FALLBACK_THRESHOLD``.

    Args:
        judged: Of the validation pictures whose sets know the label.
        beta: How many times as much recall counts as precision: F-beta (van Rijsbergen 1979)
            instead of F1.
        highest: The highest score that is about as good instead of the lowest, for what excuses.
    """
    order = np.argsort(-judged.scores, kind="stable")
    scores, hits = judged.scores[order], np.cumsum(judged.right[order])
    if judged.truths < FEWEST // 2 or not len(scores):
        threshold = FALLBACK_THRESHOLD
    else:
        precision = hits / np.arange(1, len(hits) + 1)
        recall = hits / judged.truths
        weighed = np.maximum(beta**2 * precision + recall, 1e-9)
        worth = (1 + beta**2) * precision * recall / weighed
        worth[:-1][scores[:-1] == scores[1:]] = 0  # a score lets in all that have it
        as_good = np.flatnonzero(worth >= AS_GOOD * worth.max())
        best = float(np.clip(scores[int(as_good[0 if highest else -1])], *THRESHOLD_RANGE))
        if best > FALLBACK_THRESHOLD:
            drawn = best * judged.truths + FALLBACK_THRESHOLD * FALLBACK_TRUTHS
            best = drawn / (judged.truths + FALLBACK_TRUTHS)
        # rounded down, and before counting: what is written must let in what was counted
        threshold = float(np.floor(best * 1000) / 1000)
    count = int((scores >= threshold).sum())
    hit = int(hits[count - 1]) if count else 0
    return threshold, hit / max(count, 1), hit / max(judged.truths, 1)
