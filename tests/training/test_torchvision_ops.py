"""The non-maximum suppression that stands in for torchvision's compiled one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from training.torchvision_ops import plain_nms


def by_hand(boxes: NDArray[np.float64], scores: NDArray[np.float64], limit: float) -> list[int]:
    """Which boxes stay, best first: pair by pair, as the definition says."""
    stay: list[int] = []
    for i in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        for k in stay:
            wide = min(boxes[i][2], boxes[k][2]) - max(boxes[i][0], boxes[k][0])
            high = min(boxes[i][3], boxes[k][3]) - max(boxes[i][1], boxes[k][1])
            shared = max(wide, 0) * max(high, 0)
            areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (boxes[i], boxes[k])]
            if shared > limit * (sum(areas) - shared):
                break
        else:
            stay.append(i)
    return stay


@pytest.mark.parametrize("limit", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_definition(seed: int, limit: float) -> None:
    chance = np.random.default_rng(seed)
    corner, size = chance.uniform(0, 60, (80, 2)), chance.uniform(10, 40, (80, 2))
    boxes, scores = np.concatenate([corner, corner + size], axis=1), chance.permutation(80) / 80
    kept = plain_nms(torch.from_numpy(boxes), torch.from_numpy(scores), limit).tolist()
    assert kept == by_hand(boxes, scores, limit)
    assert 0 < len(kept) < 80


def test_the_best_of_what_overlaps_stays() -> None:
    boxes = torch.tensor([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10.0]])
    scores = torch.tensor([0.5, 0.9, 0.7])
    assert plain_nms(boxes, scores, 0.5).tolist() == [1, 2]
    assert plain_nms(boxes, scores, 0.95).tolist() == [1, 2, 0]


def test_no_boxes_stay_none() -> None:
    assert plain_nms(torch.zeros(0, 4), torch.zeros(0), 0.5).tolist() == []
