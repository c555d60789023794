"""The head that maps floor, powder, liquid and litter, on a detector that stays as it is.

It reads three of the detector's own feature maps, so a picture is looked at once. The detector's
weights are frozen: learning surfaces cannot cost a box.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional

from training.datasets import Sample
from training.loop import SURFACE_PREFIX as PREFIX
from training.loop import new_network
from training.surface_paint import PAINTED, painted
from wsai.errors import ImageUnreadable, InvalidRequest
from wsai.vision.surface import Layer

STRIDE = 8
TAPS = (2, 16, 19)
"""Layers of yolo11 whose maps are read: stride 4, stride 8 and stride 16."""
FLOOR = list(Layer).index(Layer.FLOOR)


class SurfaceHead(nn.Module):
    """Three feature maps in, logits of the four layers at stride 8 out.

    Args:
        channels: Of the three maps, finest first.
        width: Channels within.
    """

    def __init__(self, channels: tuple[int, int, int], width: int = 32) -> None:
        super().__init__()
        fine, middle, coarse = channels
        self.fine = nn.Sequential(
            nn.Conv2d(fine, width, 3, stride=2, padding=1), nn.BatchNorm2d(width), nn.SiLU()
        )
        self.middle = nn.Sequential(nn.Conv2d(middle, width, 1), nn.BatchNorm2d(width), nn.SiLU())
        self.coarse = nn.Sequential(nn.Conv2d(coarse, width, 1), nn.BatchNorm2d(width), nn.SiLU())
        self.join = nn.Sequential(
            nn.Conv2d(3 * width, width, 3, padding=1),
            nn.BatchNorm2d(width),
            nn.SiLU(),
            nn.Conv2d(width, width, 3, padding=2, dilation=2),
            nn.BatchNorm2d(width),
            nn.SiLU(),
        )
        self.out = nn.Conv2d(width, len(Layer), 1)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> torch.Tensor:
        """Return logits, shape ``(b, 4, h / 8, w / 8)``."""
        fine, middle, coarse = maps
        up = functional.interpolate(self.coarse(coarse), scale_factor=2.0, mode="nearest")
        joined = torch.cat([self.fine(fine), self.middle(middle), up], dim=1)
        logits: torch.Tensor = self.out(self.join(joined))
        return logits


def head_for(network: Any) -> SurfaceHead:
    """Return a fresh head that fits a detector."""
    grey = torch.zeros(1, 3, 64, 64)
    with torch.no_grad():
        maps, _ = tapped(network, grey)
    fine, middle, coarse = (int(part.shape[1]) for part in maps)
    return SurfaceHead((fine, middle, coarse))


def tapped(network: Any, images: torch.Tensor) -> tuple[tuple[torch.Tensor, ...], Any]:
    """Return the tapped feature maps of a detector and its own output.

    Args:
        network: An ultralytics ``DetectionModel``.
        images: Shape ``(b, 3, h, w)``, ``0..1``.
    """
    kept: list[Any] = []
    value: Any = images
    taken: dict[int, torch.Tensor] = {}
    for number, layer in enumerate(network.model):
        if layer.f != -1:
            sources = [layer.f] if isinstance(layer.f, int) else layer.f
            found = [value if source == -1 else kept[source] for source in sources]
            value = found[0] if isinstance(layer.f, int) else found
        value = layer(value)
        kept.append(value if number in network.save or number in TAPS else None)
        if number in TAPS:
            taken[number] = value
    return tuple(taken[number] for number in TAPS), value


@dataclass(frozen=True, slots=True)
class SurfaceSample:
    """A picture with its map, or one that surely shows nothing on its floor.

    Attributes:
        picture: Path.
        mask: A PNG with a channel for each layer, or ``None``: no powder, liquid or litter there,
            so that some can be painted; where its floor is stays unknown.
        floor: Where a model saw its floor, shape ``(h, w)``, ``0..1``: there it is painted.
    """

    picture: Path
    mask: Path | None
    floor: NDArray[np.float32] | None = None


def with_floors(
    samples: list[SurfaceSample], head: SurfaceHead, network: Any, *, size_px: int
) -> list[SurfaceSample]:
    """Return samples whose photos without a map know their floor, as far as a model sees it."""
    found = []
    for sample in samples:
        if sample.mask is not None:
            found.append(sample)
            continue
        picture = _read(sample.picture)
        height, width = picture.shape[:2]
        scale = size_px / max(height, width)
        wide, tall = (max(32, round(side * scale / 32) * 32) for side in (width, height))
        small = np.asarray(cv2.resize(picture, (wide, tall)), np.uint8)
        images, _, _ = _stacked([(small, np.zeros(0, np.float32), np.zeros(0, np.float32))])
        with torch.no_grad():
            maps, _ = tapped(network, images)
            floor = head(maps)[0, FLOOR].sigmoid().numpy()
        found.append(replace(sample, floor=floor))
    return found


def surface_samples(samples: list[Sample]) -> list[SurfaceSample]:
    """Return samples with the maps that lie beside their pictures, where there are some."""
    found = []
    for sample in samples:
        parts = list(sample.path.parts)
        place = len(parts) - 1 - parts[::-1].index("images")
        parts[place] = "masks"
        mask = Path(*parts).with_suffix(".png")
        found.append(SurfaceSample(sample.path, mask if mask.exists() else None))
    return found


def _read(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ImageUnreadable(f"{path}: not a picture that can be decoded")
    return np.asarray(picture, np.uint8)


def _pair(
    sample: SurfaceSample, size_px: int, chance: np.random.Generator | None
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """Return a square picture, its map at stride 8 and which layers are known, maybe augmented."""
    picture = _read(sample.picture)
    height, width = picture.shape[:2]
    known = np.ones(len(Layer), np.float32)
    if sample.mask is None:
        layers: NDArray[np.uint8] = np.zeros((height // 4, width // 4, len(Layer)), np.uint8)
        known[FLOOR] = 0
        if chance is not None and chance.random() < PAINTED:
            picture, layers = painted(picture, chance, sample.floor)
            height, width = picture.shape[:2]
    else:
        read = cv2.imread(str(sample.mask), cv2.IMREAD_UNCHANGED)
        if read is None or read.shape[-1] != len(Layer):
            raise ImageUnreadable(f"{sample.mask}: not a map of {len(Layer)} layers")
        layers = np.asarray(read, np.uint8)
    scale = size_px / max(height, width)
    if chance is not None:
        scale *= float(chance.uniform(0.75, 1.5))
    wide, tall = max(32, round(width * scale)), max(32, round(height * scale))
    picture = np.asarray(cv2.resize(picture, (wide, tall)), np.uint8)
    layers = np.asarray(cv2.resize(layers, (wide, tall)), np.uint8)
    square = np.full((size_px, size_px, 3), 114, np.uint8)
    mapped = np.zeros((size_px, size_px, len(Layer)), np.uint8)
    free_x, free_y = size_px - wide, size_px - tall
    if chance is None:
        dx, dy = free_x // 2, free_y // 2
    else:
        dx = int(chance.integers(min(free_x, 0), max(free_x, 0) + 1))
        dy = int(chance.integers(min(free_y, 0), max(free_y, 0) + 1))
    x0, y0 = max(dx, 0), max(dy, 0)
    x1, y1 = min(dx + wide, size_px), min(dy + tall, size_px)
    square[y0:y1, x0:x1] = picture[y0 - dy : y1 - dy, x0 - dx : x1 - dx]
    mapped[y0:y1, x0:x1] = layers[y0 - dy : y1 - dy, x0 - dx : x1 - dx]
    if chance is not None:
        if chance.random() < 0.5:
            square, mapped = square[:, ::-1], mapped[:, ::-1]
        square = _recoloured(np.ascontiguousarray(square), chance)
    small = cv2.resize(
        np.ascontiguousarray(mapped),
        (size_px // STRIDE, size_px // STRIDE),
        interpolation=cv2.INTER_AREA,
    )
    return (
        np.ascontiguousarray(square),
        (small.transpose(2, 0, 1) / 255).astype(np.float32),
        known,
    )


def _recoloured(picture: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    """Return a picture with other light: gain, gamma and a colour cast."""
    table = np.linspace(0, 1, 256) ** float(chance.uniform(0.7, 1.4))
    gains = float(chance.uniform(0.75, 1.25)) * chance.uniform(0.92, 1.08, 3)
    tables = np.clip(table[:, None] * gains * 255, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(picture, tables.reshape(1, 256, 3)), np.uint8)


def batches(
    samples: list[SurfaceSample], *, size_px: int, batch: int, seed: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Yield endless augmented batches: pictures, maps, known layers."""
    number = 0
    while True:
        chance = np.random.default_rng([seed, number])
        order = chance.permutation(len(samples))
        for start in range(0, len(order) - batch + 1, batch):
            rows = [
                _pair(samples[i], size_px, chance) for i in order[start : start + batch].tolist()
            ]
            yield _stacked(rows)
        number += 1


def _stacked(
    rows: list[tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]],
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    pictures = np.stack([row[0][..., ::-1].transpose(2, 0, 1) for row in rows])
    return (
        torch.from_numpy(np.ascontiguousarray(pictures)).float() / 255,
        torch.from_numpy(np.stack([row[1] for row in rows])),
        torch.from_numpy(np.stack([row[2] for row in rows])),
    )


def surface_loss(logits: torch.Tensor, truth: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Return cross-entropy plus Dice, over the layers that a picture knows.

    Args:
        logits: Shape ``(b, 4, h, w)``.
        truth: The same shape, ``0..1``; soft edges count as they are.
        known: Shape ``(b, 4)``.
    """
    mask = known[:, :, None, None]
    cross = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    cross_mean = (cross * mask).mean() / mask.mean().clamp(min=1e-6)
    chance = logits.sigmoid() * mask
    both = (chance * truth).sum((0, 2, 3))
    dice = 1 - (2 * both + 20) / (chance.sum((0, 2, 3)) + (truth * mask).sum((0, 2, 3)) + 20)
    return cross_mean + 0.5 * dice.mean()


def train_surface(
    weights: Path,
    architecture: str,
    samples: list[SurfaceSample],
    out: Path,
    *,
    pictures: int,
    size_px: int,
    batch: int = 16,
    learning_rate: float = 2e-3,
    seed: int = 3,
    report: Callable[[dict[str, Any]], None],
) -> None:
    """Train the head on a frozen detector and write both into one weights file.

    Args:
        weights: Of the detector; its tensors are written unchanged.
        architecture: An ultralytics model name.
        samples: Pictures with maps.
        out: Weights to write, safetensors.
        pictures: Pictures seen in all.
        size_px: Side of the square pictures.
        batch: Pictures a step.
        learning_rate: Highest; it falls to zero as half a cosine.
        seed: Of order and augmentation.
        report: Called every twenty steps.

    Raises:
        InvalidRequest: No picture has a map.
    """
    if not any(sample.mask for sample in samples):
        raise InvalidRequest("none of the pictures has a map in masks/ beside images/")
    network = new_network(architecture, start=weights).eval()
    for parameter in network.parameters():
        parameter.requires_grad = False
    torch.manual_seed(seed)
    head = head_for(network).train()
    steps = max(1, pictures // batch)
    plan = torch.optim.AdamW(head.parameters(), lr=learning_rate, weight_decay=1e-3)
    fall = torch.optim.lr_scheduler.OneCycleLR(
        plan, learning_rate, total_steps=steps, pct_start=min(0.1, 100 / max(steps, 1000))
    )
    supply = batches(samples, size_px=size_px, batch=min(batch, len(samples)), seed=seed)
    begun = time.perf_counter()
    total = 0.0
    for step in range(1, steps + 1):
        images, truth, known = next(supply)
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            maps, _ = tapped(network, images)
        loss = surface_loss(head(tuple(part.float() for part in maps)), truth, known)
        plan.zero_grad()
        loss.backward()
        plan.step()
        fall.step()
        total += float(loss.detach())
        if step % 20 == 0 or step == steps:
            speed = step * len(images) / (time.perf_counter() - begun)
            report(
                {
                    "pictures": step * len(images),
                    "of": steps * len(images),
                    "loss": round(total / (step % 20 or 20), 4),
                    "pictures_per_s": round(speed, 1),
                }
            )
            total = 0.0
    tensors = {k: v for k, v in load_file(weights).items() if not k.startswith(PREFIX)}
    tensors |= {PREFIX + k: v.contiguous() for k, v in head.eval().state_dict().items()}
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, out, metadata={"surface": json.dumps({"pictures": pictures, "seed": seed})})


def load_head(weights: Path, network: Any) -> SurfaceHead | None:
    """Return the head in a weights file; ``None`` where it has none."""
    tensors = {
        name[len(PREFIX) :]: tensor
        for name, tensor in load_file(weights).items()
        if name.startswith(PREFIX)
    }
    if not tensors:
        return None
    head = head_for(network)
    head.load_state_dict(tensors)
    return head.eval()


def measure_surface(
    head: SurfaceHead, network: Any, samples: list[SurfaceSample], *, size_px: int
) -> dict[str, dict[str, float]]:
    """Return for each layer IoU at one half, precision and recall of cells, over all pictures."""
    counts = np.zeros((len(Layer), 3))
    for sample in samples:
        if sample.mask is None:
            continue
        images, truth, _ = _stacked([_pair(sample, size_px, None)])
        with torch.no_grad():
            maps, _ = tapped(network, images)
            found = (head(maps)[0].sigmoid() > 0.5).numpy()
        real = truth[0].numpy() > 0.5
        for n in range(len(Layer)):
            counts[n] += (
                (found[n] & real[n]).sum(),
                (found[n] & ~real[n]).sum(),
                (~found[n] & real[n]).sum(),
            )
    result = {}
    for n, layer in enumerate(Layer):
        hit, false, missed = counts[n].tolist()
        result[layer.value] = {
            "iou": round(hit / max(hit + false + missed, 1), 4),
            "precision": round(hit / max(hit + false, 1), 4),
            "recall": round(hit / max(hit + missed, 1), 4),
        }
    return result


SHOWN_SHARE = 0.02
"""A layer over this share of a picture counts as seen there."""


def false_share(
    head: SurfaceHead, network: Any, samples: list[SurfaceSample], *, size_px: int
) -> dict[str, float]:
    """Return for each layer but the floor the share of clean pictures in which it is seen."""
    seen = np.zeros(len(Layer))
    for sample in samples:
        images, _, _ = _stacked([_pair(SurfaceSample(sample.picture, None), size_px, None)])
        with torch.no_grad():
            maps, _ = tapped(network, images)
            found = (head(maps)[0].sigmoid() > 0.5).numpy()
        seen += found.mean((1, 2)) > SHOWN_SHARE
    shares = (seen / max(len(samples), 1)).round(4).tolist()
    return {
        layer.value: share
        for layer, share in zip(Layer, shares, strict=True)
        if layer is not Layer.FLOOR
    }


def paint_set(photos: list[SurfaceSample], folder: Path, seed: int) -> list[SurfaceSample]:
    """Write painted copies of photos and their maps, to measure on the same ones every time.

    Args:
        photos: They know their floors.
        folder: Gets ``images/`` and ``masks/``.
        seed: Of what is painted.
    """
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    made = []
    for number, sample in enumerate(photos):
        chance = np.random.default_rng([seed, number])
        out, layers = painted(_read(sample.picture), chance, sample.floor)
        copy = SurfaceSample(
            folder / "images" / f"{number:04d}.png", folder / "masks" / f"{number:04d}.png"
        )
        cv2.imwrite(str(copy.picture), out)
        cv2.imwrite(str(copy.mask), layers)
        made.append(copy)
    return made
