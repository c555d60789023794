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

from training import place_pairs, surface_paint, surface_samples
from training.loop import fast_bfloat16, new_network
from training.surface_head import tapped
from training.surface_samples import SurfaceSample, pair_of, stacked
from wsai.errors import InvalidRequest

BLOCK = 32
"""Crops in a file."""
PAINTERS = (place_pairs, surface_paint, surface_samples)
"""Modules that decide what a crop shows."""
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

    def cut(self, samples: list[SurfaceSample]) -> str:
        """Return a name that changes with anything that changes what is cut and painted."""
        told: list[object] = [_painters(), self.size_px, self.crop_px, self.seed]
        told += [[str(one.picture), one.floor is not None, one.tidy] for one in samples]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]

    def seen(self, samples: list[SurfaceSample]) -> str:
        """Return a name that changes with the detector as well."""
        told = f"{self.architecture} {self.cut(samples)}".encode()
        return hashlib.sha256(self.weights.read_bytes() + told).hexdigest()[:16]


def _painters() -> str:
    """Return a hash of the code that cuts and paints: crops of older code are not taken for new."""
    code = b"".join(Path(str(part.__file__)).read_bytes() for part in PAINTERS)
    return hashlib.sha256(code).hexdigest()[:16]


class Crops:
    """Crops on the disk, read as they are needed.

    Args:
        cuts: What is true of each crop, files of ``make_crops``.
        seen: What the detector makes of them, as many.
        identity: Of what they were made from.
    """

    def __init__(self, cuts: list[Path], seen: list[Path], identity: str) -> None:
        self.identity = f"{identity}-{len(cuts)}"
        self._cuts = [torch.load(path, mmap=True, weights_only=True) for path in cuts]
        self._seen = [torch.load(path, mmap=True, weights_only=True) for path in seen]

    def __len__(self) -> int:
        """Return how many crops there are."""
        return BLOCK * len(self._cuts)

    def take(
        self, rows: NDArray[np.int64]
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, ...], torch.Tensor, torch.Tensor]:
        """Return some crops, ``0..1``, the detector's maps, what is true, which layers are known.

        Args:
            rows: Numbers of crops, each below the length.
        """
        places = [(row // BLOCK, row % BLOCK) for row in rows.tolist()]
        maps = tuple(
            torch.stack([self._seen[block][n][row] for block, row in places]).float()
            for n in range(3)
        )
        truth = torch.stack([self._cuts[block]["truth"][row] for block, row in places])
        known = torch.stack([self._cuts[block]["known"][row] for block, row in places])
        images = torch.stack([self._cuts[block]["pictures"][row] for block, row in places])
        return images.float() / 255, maps, truth.float() / 255, known


def make_crops(
    plan: CropPlan,
    samples: list[SurfaceSample],
    folder: Path,
    *,
    workers: int,
    report: Callable[[int, int], None],
) -> Crops:
    """Return crops as the detector sees them, made where they are not on the disk yet.

    The arguments are those of ``cut_crops``.

    Raises:
        InvalidRequest: No picture has a map.
    """
    cuts = cut_crops(plan, samples, folder, workers=workers, report=report)
    identity = plan.seen(samples)
    seen = [folder / identity / path.name for path in cuts]
    tasks = [(plan, *pair) for pair in zip(cuts, seen, strict=True) if not pair[1].exists()]
    _in_turn(_look, tasks, len(cuts), workers, report)
    return Crops(cuts, seen, identity)


def cut_crops(
    plan: CropPlan,
    samples: list[SurfaceSample],
    folder: Path,
    *,
    workers: int,
    report: Callable[[int, int], None],
) -> list[Path]:
    """Cut and paint, without the detector: it may still be in training.

    Args:
        plan: How.
        samples: Half of the crops come from those with a map.
        folder: Gets a folder for each set of crops; files that are there are kept.
        workers: Processes, each of one thread.
        report: Called with the crops done and all, after each file.

    Returns:
        The files.

    Raises:
        InvalidRequest: No picture has a map.
    """
    if not any(sample.mask for sample in samples):
        raise InvalidRequest("none of the pictures has a map in masks/ beside images/")
    place = folder / f"cut-{plan.cut(samples)}"
    files = [place / f"{n:05d}.pt" for n in range(-(-plan.count // BLOCK))]
    tasks = [(plan, samples, n, path) for n, path in enumerate(files) if not path.exists()]
    _in_turn(_cut, tasks, len(files), workers, report)
    return files


def _in_turn(
    make: Callable[..., None],
    tasks: list[tuple[Any, ...]],
    count: int,
    workers: int,
    report: Callable[[int, int], None],
) -> None:
    done = count - len(tasks)
    if not tasks:
        return
    # one thread each: beside one another, several threads of several processes stand in their way
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(make, *task) for task in tasks]):
            future.result()
            done += 1
            report(done * BLOCK, count * BLOCK)


def _keep(made: object, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(made, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def _cut(plan: CropPlan, samples: list[SurfaceSample], number: int, path: Path) -> None:
    torch.set_num_threads(1)
    chance = np.random.default_rng([plan.seed, number])
    rows = [
        pair_of(_chosen(samples, chance), plan.size_px, chance, plan.crop_px) for _ in range(BLOCK)
    ]
    pictures, truth, known = stacked(rows)
    kept = {"pictures": pictures * 255, "truth": truth * 255}
    _keep({n: t.round().to(torch.uint8) for n, t in kept.items()} | {"known": known}, path)


_networks: dict[Path, Any] = {}
"""Of this process; a network is built once."""


def _look(plan: CropPlan, cut: Path, path: Path) -> None:
    torch.set_num_threads(1)
    network = _networks.get(plan.weights)
    if network is None:
        network = _networks[plan.weights] = new_network(
            plan.architecture, start=plan.weights
        ).eval()
    pictures = torch.load(cut, weights_only=True)["pictures"].float() / 255
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast_bfloat16()):
        maps, _ = tapped(network, pictures)
    _keep([part.to(torch.bfloat16).contiguous() for part in maps], path)


def _chosen(samples: list[SurfaceSample], chance: np.random.Generator) -> SurfaceSample:
    at = chance.random()
    if at < WITH_MAP:
        found = [one for one in samples if one.mask is not None]
    else:
        tidy = at >= WITH_MAP + UNTIDY
        found = [one for one in samples if one.mask is None and one.tidy == tidy]
    found = found or samples
    return found[int(chance.integers(len(found)))]
