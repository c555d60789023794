"""Pictures with maps of their surfaces, and photos on whose floors something is painted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from training.datasets import Sample
from training.surface_head import FLOOR, STRIDE, SurfaceHead, tapped
from training.surface_paint import ALIKE, PAINTED, lookalike, painted
from wsai.errors import ImageUnreadable
from wsai.vision.surface import Layer

LITTER = list(Layer).index(Layer.LITTER)
TOUCHED = 0.15
"""Of a cell under loose things, from which it shows them wholly: a cable or a screw covers no more
of eight by eight pixels, and at one half of a cell none would ever be seen."""


@dataclass(frozen=True, slots=True)
class SurfaceSample:
    """A picture with its map, or one that surely shows nothing on its floor.

    Attributes:
        picture: Path.
        mask: A PNG with a channel for each layer, or ``None``: no powder, liquid or litter there,
            so that some can be painted; where its floor is stays unknown.
        floor: Where a model saw its floor, shape ``(h, w)``, ``0..1``: there it is painted.
        tidy: Whether nothing lies about; on a building site something may, and litter is unknown.
    """

    picture: Path
    mask: Path | None
    floor: NDArray[np.float32] | None = None
    tidy: bool = True


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
        images, _, _ = stacked([(small, np.zeros(0, np.float32), np.zeros(0, np.float32))])
        with torch.no_grad():
            maps, _ = tapped(network, images)
            floor = head(maps, images)[0, FLOOR].sigmoid().numpy()
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


def pair_of(
    sample: SurfaceSample,
    size_px: int,
    chance: np.random.Generator | None,
    crop_px: int | None = None,
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """Return a square picture, its map at stride 8 and which layers are known, maybe augmented.

    Args:
        sample: What is read.
        size_px: The longer side of a whole picture, before it is scaled at random.
        chance: Of the augmentation; ``None`` for the whole picture as it is.
        crop_px: Side of the square that is cut out; ``None`` for ``size_px``.

    Returns:
        Shapes ``(crop_px, crop_px, 3)`` BGR, ``(4, crop_px / 8, crop_px / 8)`` and ``(4,)``.
    """
    crop_px = crop_px or size_px
    picture = _read(sample.picture)
    height, width = picture.shape[:2]
    known = np.ones(len(Layer), np.float32)
    if sample.mask is None:
        layers: NDArray[np.uint8] = np.zeros((height // 4, width // 4, len(Layer)), np.uint8)
        known[FLOOR] = 0
        known[LITTER] = sample.tidy
        if chance is not None and chance.random() < PAINTED:
            picture, layers = painted(picture, chance, sample.floor)
            height, width = picture.shape[:2]
        elif chance is not None and chance.random() < ALIKE:
            picture = lookalike(picture, chance)
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
    square = np.full((crop_px, crop_px, 3), 114, np.uint8)
    mapped = np.zeros((crop_px, crop_px, len(Layer)), np.uint8)
    free_x, free_y = crop_px - wide, crop_px - tall
    if chance is None:
        dx, dy = free_x // 2, free_y // 2
    else:
        dx, dy = _corner(layers, (free_x, free_y), crop_px, chance)
    x0, y0 = max(dx, 0), max(dy, 0)
    x1, y1 = min(dx + wide, crop_px), min(dy + tall, crop_px)
    square[y0:y1, x0:x1] = picture[y0 - dy : y1 - dy, x0 - dx : x1 - dx]
    mapped[y0:y1, x0:x1] = layers[y0 - dy : y1 - dy, x0 - dx : x1 - dx]
    if chance is not None:
        if chance.random() < 0.5:
            square, mapped = square[:, ::-1], mapped[:, ::-1]
        square = _by_a_phone(_recoloured(np.ascontiguousarray(square), chance), chance)
    small = cv2.resize(
        np.ascontiguousarray(mapped),
        (crop_px // STRIDE, crop_px // STRIDE),
        interpolation=cv2.INTER_AREA,
    )
    truth = (small.transpose(2, 0, 1) / 255).astype(np.float32)
    truth[LITTER] = np.minimum(truth[LITTER] / TOUCHED, 1)
    return np.ascontiguousarray(square), truth, known


def _corner(
    layers: NDArray[np.uint8], free: tuple[int, int], crop_px: int, chance: np.random.Generator
) -> tuple[int, int]:
    """Return where a picture's corner lies in its crop; with luck the crop shows what lies there.

    What a picture shows of powder, liquid or litter is small: of random crops most would miss it.
    """
    spans = [(min(side, 0), max(side, 0)) for side in free]
    dx, dy = (int(chance.integers(low, high + 1)) for low, high in spans)
    rows, columns = np.nonzero(layers[..., FLOOR + 1 :].max(axis=2) > 127)
    if len(rows) and chance.random() < 0.7:
        at = int(chance.integers(len(rows)))
        aim = chance.uniform(0.2, 0.8, 2) * crop_px
        dx = int(np.clip(aim[0] - columns[at], *spans[0]))
        dy = int(np.clip(aim[1] - rows[at], *spans[1]))
    return dx, dy


def _recoloured(picture: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    """Return a picture with other light: gain, gamma and a colour cast."""
    table = np.linspace(0, 1, 256) ** float(chance.uniform(0.7, 1.4))
    gains = float(chance.uniform(0.75, 1.25)) * chance.uniform(0.92, 1.08, 3)
    tables = np.clip(table[:, None] * gains * 255, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(picture, tables.reshape(1, 256, 3)), np.uint8)


def _by_a_phone(picture: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    """Return a picture as a phone would keep it: soft, noisy, compressed.

    What is painted is sharper and cleaner than the photo below; this takes that hint away.
    """
    if chance.random() < 0.35:
        spread = float(chance.uniform(0.4, 1.1))
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), spread), np.uint8)
    if chance.random() < 0.35:
        noise = chance.normal(0, float(chance.uniform(1, 7)), picture.shape)
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    if chance.random() < 0.6:
        quality = int(chance.integers(35, 92))
        _, code = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)
    return picture


def stacked(
    rows: list[tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]],
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return what ``pair_of`` gave as a batch; pictures ``(b, 3, h, w)``, RGB, ``0..1``."""
    pictures = np.stack([row[0][..., ::-1].transpose(2, 0, 1) for row in rows])
    return (
        torch.from_numpy(np.ascontiguousarray(pictures)).float() / 255,
        torch.from_numpy(np.stack([row[1] for row in rows])),
        torch.from_numpy(np.stack([row[2] for row in rows])),
    )


def paint_set(
    photos: list[SurfaceSample], folder: Path, seed: int, *, times: int = 1
) -> list[SurfaceSample]:
    """Write painted copies of photos and their maps, to measure on the same ones every time.

    Args:
        photos: They know their floors.
        folder: Gets ``images/`` and ``masks/``.
        seed: Of what is painted.
        times: How often each is painted, with something else.
    """
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    made = []
    for number, sample in enumerate(photos * times):
        chance = np.random.default_rng([seed, number])
        out, layers = painted(_read(sample.picture), chance, sample.floor)
        copy = SurfaceSample(
            folder / "images" / f"{number:04d}.png", folder / "masks" / f"{number:04d}.png"
        )
        cv2.imwrite(str(copy.picture), out)
        cv2.imwrite(str(copy.mask), layers)
        made.append(copy)
    return made
