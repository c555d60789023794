"""A tiny labelled set: red and green rectangles on grey, for a network that learns in seconds."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import yaml

from training.datasets import DatasetCard, read_card
from training.recipe import Recipe
from wsai.vision.labels import Label

SIZE_PX = 64


def write_set(
    root: Path,
    name: str,
    *,
    pictures: int,
    part: str = "train",
    seed: int = 0,
    background: tuple[int, int, int] = (120, 120, 120),
) -> DatasetCard:
    """Write pictures with fire (red) and door (green) boxes, and return the set's card."""
    chance = np.random.default_rng(seed)
    images, labels = root / name / "images" / part, root / name / "labels" / part
    images.mkdir(parents=True)
    labels.mkdir(parents=True)
    for number in range(pictures):
        picture = np.full((SIZE_PX, SIZE_PX, 3), background, dtype=np.uint8)
        rows = []
        for kind, colour in ((0, (0, 0, 255)), (1, (0, 255, 0))):
            width, height = chance.integers(16, 30, 2)
            left = int(chance.integers(0, SIZE_PX - width))
            top = int(chance.integers(0, SIZE_PX - height))
            picture[top : top + height, left : left + width] = colour
            centre = ((left + width / 2) / SIZE_PX, (top + height / 2) / SIZE_PX)
            rows.append(f"{kind} {centre[0]} {centre[1]} {width / SIZE_PX} {height / SIZE_PX}")
        cv2.imwrite(str(images / f"{number:03}.png"), picture)
        (labels / f"{number:03}.txt").write_text("\n".join(rows), encoding="utf-8")
    card = root / name / "dataset.yaml"
    card.write_text(
        yaml.safe_dump(
            {
                "name": name,
                "source": "rendered",
                "commit": "none",
                "licence": "CC0",
                "may_train": True,
                "classes": ["fire", "door"],
                "exhaustive": ["fire", "door"],
                "splits": {part: pictures},
            }
        ),
        encoding="utf-8",
    )
    return read_card(card)


def recipe(**changes: object) -> Recipe:
    """A recipe for tiny runs."""
    given: dict[str, object] = {
        "name": "tiny",
        "architecture": "yolo11n",
        "sets": {"shapes": 1.0},
        "size_px": SIZE_PX,
        "batch": 4,
        "pictures": 32,
        "warmup_pictures": 4,
        "learning_rate": 0.002,
        "final_learning_rate_share": 0.1,
        "weight_decay": 0.0005,
        "ema_decay": 0.99,
        "ema_tau": 10,
        "mosaic": 0.5,
        "close_mosaic_share": 0.25,
        "degrees": 0.0,
        "translate": 0.0,
        "scale": 0.0,
        "seed": 3,
    }
    return Recipe.model_validate(given | changes)


FIRE, DOOR = (list(Label).index(label) for label in (Label.FIRE, Label.DOOR))
