"""The small network that says of each cell whether a place has changed there, and how."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.place_pairs import CLASSES
from wsai.vision.change_maps import MAPS

WIDTH = 32
BATCH = 16
CHANGED_SHARE, UNCHANGED_SHARE = 0.12, 0.01
"""A cell counts as changed from the first share of its pixels on, as unchanged up to the second."""

CHANGED_WEIGHT = 2.0
IGNORED = -100


class Judge(nn.Module):
    """Maps of differences in, one score a class and cell out; sees about 150 pixels around."""

    def __init__(self) -> None:
        super().__init__()
        steps: list[nn.Module] = []
        inputs = len(MAPS)
        for dilation in (1, 1, 2, 4, 1):
            steps.append(nn.Conv2d(inputs, WIDTH, 3, padding=dilation, dilation=dilation))
            steps.append(nn.ReLU())
            inputs = WIDTH
        self.layers = nn.Sequential(*steps, nn.Conv2d(WIDTH, len(CLASSES), 1))

    def forward(self, maps: Tensor) -> Tensor:
        """Return scores before the softmax, shape ``(n, 4, rows, columns)``."""
        scores: Tensor = self.layers(maps)
        return scores


class Shipped(nn.Module):
    """A judge with its softmax, as it is exported."""

    def __init__(self, judge: Judge) -> None:
        super().__init__()
        self.judge = judge

    def forward(self, maps: Tensor) -> Tensor:
        """Return chances, shape ``(n, 4, rows, columns)``."""
        scores: Tensor = self.judge(maps)
        return scores.softmax(dim=1)


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One pair of pictures, compared.

    Attributes:
        maps: Shape ``(24, rows, columns)``, half precision: thousands are kept.
        changed: Shape ``(rows, columns)``: share of each cell that changed, ``0..1``; below 0
            where it cannot be seen.
        truth: Shape ``(rows, columns)``: number of the class in ``CLASSES``; -1 where something
            changed and nobody knows how.
    """

    maps: NDArray[np.float16]
    changed: NDArray[np.float16]
    truth: NDArray[np.int8]


def targets(example: Example) -> NDArray[np.int64]:
    """Return the class of each cell; ``IGNORED`` at borders and outside."""
    share = example.changed
    out = np.full(share.shape, IGNORED, dtype=np.int64)
    out[share <= UNCHANGED_SHARE] = 0
    sure = share >= CHANGED_SHARE
    out[sure] = np.where(example.truth < 0, IGNORED, example.truth)[sure]
    out[share < 0] = IGNORED
    return out


def train_judge(examples: list[Example], *, epochs: int, seed: int = 1) -> Judge:
    """Return a judge trained on examples; the same ones give the same judge on the same machine."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    judge = Judge()
    weights = torch.tensor([1.0] + [CHANGED_WEIGHT] * (len(CLASSES) - 1))
    optimizer = torch.optim.AdamW(judge.parameters(), lr=3e-3, weight_decay=1e-3)
    steps = epochs * sum(1 for _ in _batches(examples, rng))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps + 1)
    for _ in range(epochs):
        for maps, wanted in _batches(examples, rng):
            loss = functional.cross_entropy(
                judge(maps), wanted, weight=weights, ignore_index=IGNORED
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return judge.eval()


def _batches(examples: list[Example], rng: np.random.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield batches of examples of one shape, some of them mirrored."""
    shapes: dict[tuple[int, ...], list[int]] = {}
    for number, example in enumerate(examples):
        shapes.setdefault(example.maps.shape, []).append(number)
    batches = []
    for numbers in shapes.values():
        order = rng.permutation(numbers)
        batches += [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    for place in rng.permutation(len(batches)):
        chosen = [examples[number] for number in batches[place]]
        maps = np.stack([example.maps for example in chosen]).astype(np.float32)
        wanted = np.stack([targets(example) for example in chosen])
        if rng.random() < 0.5:
            maps, wanted = maps[..., ::-1].copy(), wanted[..., ::-1].copy()
        yield torch.from_numpy(maps), torch.from_numpy(wanted)


def export_judge(judge: Judge, path: Path) -> None:
    """Write the judge as ONNX; rows and columns are free."""
    torch.onnx.export(
        Shipped(judge).eval(),
        (torch.zeros(1, len(MAPS), 60, 80),),
        str(path),
        input_names=["maps"],
        output_names=["chances"],
        dynamic_axes={"maps": {2: "rows", 3: "columns"}, "chances": {2: "rows", 3: "columns"}},
        opset_version=17,
        dynamo=False,
    )
