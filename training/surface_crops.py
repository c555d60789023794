"""Crops of pictures as a frozen detector sees them, kept on the disk.

To paint, cut and look at a crop takes fifteen times as long as a step of the small head that learns
from it; and the detector's weights do not change. So each crop is made once and learned from often.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.loop import new_network
from training.surface_head import tapped
from training.surface_samples import SurfaceSample, pair_of, stacked
from wsai.errors import InvalidRequest

BLOCK = 32
"""Crops in a file."""
WITH_MAP, UNTIDY = 0.5, 0.2
"""The share of crops from pictures that have a map, and from photos where litter is unknown."""


@dataclass(frozen=True, slots=True)
class CropPlan:
    """How crops are made.

    Attributes:
        weights: Of the detector.
        architecture: An ultralytics model name.
        count: Crops in all; rounded up to whole files.
        size_px: The longer side of a whole picture, before it is scaled at random.
        crop_px: Side of a crop, a multiple of 32.
        seed: Of what is chosen, painted and cut.
    """

    weights: Path
    architecture: str
    count: int
    size_px: int
    crop_px: int
    seed: int = 3

    def identity(self, samples: list[SurfaceSample]) -> str:
        """Return a name that changes with anything that changes the crops."""
        told = [self.architecture, self.size_px, self.crop_px, self.seed]
        told += [[str(one.picture), one.floor is not None, one.tidy] for one in samples]
        text = json.dumps(told).encode()
        return hashlib.sha256(self.weights.read_bytes() + text).hexdigest()[:16]


class Crops:
    """Crops on the disk, read as they are needed.

    Args:
        files: Made by ``make_crops``.
        identity: Of what they were made from.
    """

    def __init__(self, files: list[Path], identity: str) -> None:
        self.identity = f"{identity}-{len(files)}"
        self._blocks = [torch.load(path, mmap=True, weights_only=True) for path in files]

    def __len__(self) -> int:
        """Return how many crops there are."""
        return BLOCK * len(self._blocks)

    def take(
        self, rows: NDArray[np.int64]
    ) -> tuple[tuple[torch.Tensor, ...], torch.Tensor, torch.Tensor]:
        """Return some crops: the detector's maps, what is true, ``0..1``, which layers are known.

        Args:
            rows: Numbers of crops, each below the length.
        """
        places = [(self._blocks[row // BLOCK], row % BLOCK) for row in rows.tolist()]
        maps = tuple(
            torch.stack([block["maps"][n][row] for block, row in places]).float() for n in range(3)
        )
        truth = torch.stack([block["truth"][row] for block, row in places]).float() / 255
        return maps, truth, torch.stack([block["known"][row] for block, row in places])


def make_crops(
    plan: CropPlan,
    samples: list[SurfaceSample],
    folder: Path,
    *,
    workers: int,
    report: Callable[[int, int], None],
) -> Crops:
    """Return crops, made where they are not on the disk yet.

    Args:
        plan: How.
        samples: Half of the crops come from those with a map.
        folder: Gets a folder for each set of crops; files that are there are kept.
        workers: Processes, each of one thread.
        report: Called with the crops done and all, after each file.

    Raises:
        InvalidRequest: No picture has a map.
    """
    if not any(sample.mask for sample in samples):
        raise InvalidRequest("none of the pictures has a map in masks/ beside images/")
    identity = plan.identity(samples)
    place = folder / identity
    place.mkdir(parents=True, exist_ok=True)
    files = [place / f"{n:05d}.pt" for n in range(-(-plan.count // BLOCK))]
    missing = [n for n, path in enumerate(files) if not path.exists()]
    done = len(files) - len(missing)
    parts = [missing[n::workers] for n in range(workers)]
    # one thread each: beside one another, several threads of several processes stand in their way
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        small = [part[at : at + 4] for part in parts for at in range(0, len(part), 4)]
        for future in as_completed(
            [pool.submit(_make, plan, samples, place, numbers) for numbers in small]
        ):
            done += future.result()
            report(done * BLOCK, len(files) * BLOCK)
    return Crops(files, identity)


_networks: dict[Path, Any] = {}
"""Of this process; a network is built once."""


def _make(plan: CropPlan, samples: list[SurfaceSample], place: Path, numbers: list[int]) -> int:
    torch.set_num_threads(1)
    network = _networks.get(plan.weights)
    if network is None:
        network = _networks[plan.weights] = new_network(
            plan.architecture, start=plan.weights
        ).eval()
    for number in numbers:
        chance = np.random.default_rng([plan.seed, number])
        rows = [
            pair_of(_chosen(samples, chance), plan.size_px, chance, plan.crop_px)
            for _ in range(BLOCK)
        ]
        images, truth, known = stacked(rows)
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            maps, _ = tapped(network, images)
        path = place / f"{number:05d}.pt"
        torch.save(
            {
                "maps": [part.to(torch.bfloat16).contiguous() for part in maps],
                "truth": (truth * 255).round().to(torch.uint8),
                "known": known,
            },
            path.with_suffix(".new"),
        )
        path.with_suffix(".new").replace(path)
    return len(numbers)


def _chosen(samples: list[SurfaceSample], chance: np.random.Generator) -> SurfaceSample:
    at = chance.random()
    if at < WITH_MAP:
        found = [one for one in samples if one.mask is not None]
    else:
        tidy = at >= WITH_MAP + UNTIDY
        found = [one for one in samples if one.mask is None and one.tidy == tidy]
    found = found or samples
    return found[int(chance.integers(len(found)))]
