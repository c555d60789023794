"""Training pictures: drawn from all sets in the recipe's shares, augmented, with known masks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset, Sampler
from ultralytics.data.augment import (
    Compose,
    Format,
    LetterBox,
    Mosaic,
    RandomFlip,
    RandomHSV,
    RandomPerspective,
)
from ultralytics.utils.instance import Instances

from training.datasets import LABELS, DatasetCard, Sample
from training.domain import Faults
from training.recipe import Recipe
from training.several import ALONE, Team
from wsai.errors import ImageUnreadable

POSITION_SEED_STRIDE = 1_000_003


class SameSetMosaic(Mosaic):
    """A mosaic of four pictures of one set, so that one known mask holds for all of it."""

    def __init__(self, dataset: MixedPictures, imgsz: int, p: float) -> None:
        super().__init__(dataset, imgsz=imgsz, p=p)
        self.pool: NDArray[np.intp] = np.arange(0)
        self.partners: list[int] = []

    def get_params(self, labels: dict[str, Any]) -> dict[str, Any]:
        """Choose the partners from the first picture's own set, then lay them out."""
        self.pool = self.dataset.members[labels["dataset"]]
        params: dict[str, Any] = super().get_params(labels)
        return params

    def get_indexes(self) -> list[int]:
        """Return three pictures of the chosen set."""
        self.partners = [
            int(self.pool[random.randrange(len(self.pool))]) for _ in range(self.n - 1)
        ]
        return self.partners


class MixedPictures(Dataset[dict[str, Any]]):
    """The pictures of all sets, held in memory at training size.

    Indexed by ``(number, position)``: the position in the run seeds the augmentation, so a
    resumed run sees exactly what an unbroken one would have seen, with any number of workers.

    Raises:
        ImageUnreadable: A picture cannot be decoded.
    """

    def __init__(
        self, samples: list[Sample], cards: dict[str, DatasetCard], recipe: Recipe, *, mosaic: float
    ) -> None:
        self.cache = "ram"  # tells ultralytics' Mosaic to draw from all pictures
        self.samples = samples
        self.recipe = recipe
        self.known = {
            name: torch.from_numpy(card.known(with_presumed=True)).float()
            for name, card in cards.items()
        }
        names = np.array([sample.dataset for sample in samples])
        self.members = {name: np.flatnonzero(names == name) for name in set(names.tolist())}
        self.pictures = [_read_at(sample, recipe.size_px) for sample in samples]
        self.mosaic = SameSetMosaic(self, imgsz=recipe.size_px, p=mosaic)
        self.transforms = self._pipeline()

    def _pipeline(self) -> Compose:
        """Return the augmentation in the order of ultralytics' own training."""
        recipe = self.recipe
        return Compose(
            [
                self.mosaic,
                SquarePerspective(recipe),
                Faults(domain=recipe.domain),
                RandomHSV(hgain=0.015, sgain=0.5, vgain=0.4),
                RandomFlip(p=0.5, direction="horizontal"),
                Format(bbox_format="xywh", normalize=True, batch_idx=True),
            ]
        )

    def __len__(self) -> int:
        return len(self.samples)

    def get_image_and_label(self, index: int) -> dict[str, Any]:
        """Return one picture with its boxes in the form that ultralytics' transforms take."""
        sample, picture = self.samples[index], self.pictures[index]
        size = picture.shape[:2]
        return {
            "im_file": str(sample.path),
            "dataset": sample.dataset,
            "img": picture.copy(),
            "ori_shape": size,
            "resized_shape": size,
            "ratio_pad": (1.0, 1.0),
            "cls": sample.classes.astype(np.float32).reshape(-1, 1),
            "instances": Instances(
                sample.boxes.copy(),
                np.zeros((0, 1000, 2), dtype=np.float32),
                bbox_format="xywh",
                normalized=True,
            ),
        }

    def __getitem__(self, key: tuple[int, int]) -> dict[str, Any]:
        index, position = key
        seed = (self.recipe.seed * POSITION_SEED_STRIDE + position) % 2**31
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        self.mosaic.partners = []
        row: dict[str, Any] = self.transforms(self.get_image_and_label(index))
        return {
            "img": row["img"],
            "cls": row["cls"],
            "bboxes": row["bboxes"],
            "batch_idx": row["batch_idx"],
            "known": self._known([index, *self.mosaic.partners]),
        }

    def _known(self, shown: list[int]) -> torch.Tensor:
        """Return which labels are known in all of the pictures that one training picture shows."""
        known = self.known[self.samples[shown[0]].dataset]
        absent = set.intersection(*(set(self.samples[index].absent) for index in shown))
        if absent:
            known = known.clone()
            known[list(absent)] = 1
        return known


class TightPerspective(RandomPerspective):
    """RandomPerspective whose boxes fit what is in them after a turn.

    The box around the turned corners of a box is too large for all but rectangles: five degrees
    make that of a standing person a quarter wider. The ellipse inside the box is what things fill
    on average (Kalra et al., Towards Rotation Invariance in Object Detection, ICCV 2021).
    """

    def apply_bboxes(self, bboxes: NDArray[Any], M: NDArray[Any]) -> NDArray[Any]:  # noqa: N803
        """Return the boxes of the turned ellipses.

        Args:
            bboxes: Shape ``(n, 4)``: left, top, right, bottom.
            M: Shape ``(3, 3)``, affine.

        Example:
            >>> turned = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], dtype=float)
            >>> TightPerspective().apply_bboxes(np.array([[10.0, 20, 30, 80]]), turned).tolist()
            [[-80.0, 10.0, -20.0, 30.0]]
        """
        middles = np.stack([bboxes[:, 0] + bboxes[:, 2], bboxes[:, 1] + bboxes[:, 3]], 1) / 2
        halves = np.stack([bboxes[:, 2] - bboxes[:, 0], bboxes[:, 3] - bboxes[:, 1]], 1) / 2
        middles = middles @ M[:2, :2].T + M[:2, 2]
        halves = np.sqrt(halves**2 @ (M[:2, :2] ** 2).T)
        return np.concatenate([middles - halves, middles + halves], axis=1).astype(bboxes.dtype)


class SquarePerspective:
    """RandomPerspective that pads a single picture to a square first; mosaics pass as they are."""

    def __init__(self, recipe: Recipe) -> None:
        size = recipe.size_px
        self.pad = LetterBox(new_shape=(size, size), scaleup=True)
        self.perspective = TightPerspective(
            degrees=recipe.degrees,
            translate=recipe.translate,
            scale=recipe.scale,
            size=(size, size),
        )

    def __call__(self, labels: dict[str, Any]) -> dict[str, Any]:
        """Return the picture and its boxes, bent and moved."""
        if "mosaic_border" not in labels:
            labels = cast("dict[str, Any]", self.pad(labels))
        result: dict[str, Any] = self.perspective(labels)
        return result


def _read_at(sample: Sample, size_px: int) -> NDArray[np.uint8]:
    """Return the picture with its longest side at ``size_px``, BGR."""
    picture = cv2.imread(str(sample.path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ImageUnreadable(f"{sample.path}: not a picture that can be decoded")
    scale = size_px / max(picture.shape[:2])
    width, height = (max(1, round(side * scale)) for side in picture.shape[1::-1])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), dtype=np.uint8)


def collate(rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """Return a batch: pictures stacked, boxes of all pictures in one list with their numbers."""
    return {
        "img": torch.stack([row["img"] for row in rows]),
        "known": torch.stack([row["known"] for row in rows]),
        "cls": torch.cat([row["cls"] for row in rows]),
        "bboxes": torch.cat([row["bboxes"] for row in rows]),
        "batch_idx": torch.cat([row["batch_idx"] + i for i, row in enumerate(rows)]),
    }


def draw_shares(samples: list[Sample], recipe: Recipe) -> NDArray[np.float64]:
    """Return how often each sample is drawn in one pass: set's share times rarest label's."""
    shares = np.array([recipe.sets[sample.dataset] for sample in samples])
    for i, sample in enumerate(samples):
        present = {LABELS[c] for c in sample.classes.tolist()}
        shares[i] *= max(
            (f for label, f in recipe.rare_labels.items() if label in present), default=1
        )
    return shares


class PassSampler(Sampler[tuple[int, int]]):
    """Endless passes over the samples, each in a fresh order, from any position on.

    A share of 2.3 is drawn twice in every pass and a third time in three of ten. Of a team each
    process takes every n-th position, so that together they see what one alone would.
    """

    def __init__(
        self,
        shares: NDArray[np.float64],
        *,
        seed: int,
        start: int,
        stop: int,
        team: Team = ALONE,
    ) -> None:
        self.shares, self.seed, self.start, self.stop = shares, seed, start, stop
        self.team = team

    def __len__(self) -> int:
        return (self.stop - self.start) // self.team.size

    def __iter__(self) -> Iterator[tuple[int, int]]:
        position, number = 0, 0
        while position < self.stop:
            chance = np.random.default_rng([self.seed, number])
            counts = np.floor(self.shares + chance.random(len(self.shares))).astype(int)
            order = chance.permutation(np.repeat(np.arange(len(self.shares)), counts))
            for index in order.tolist():
                own = position % self.team.size == self.team.rank
                if own and self.start <= position < self.stop:
                    yield index, position
                position += 1
            number += 1
