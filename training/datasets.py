"""The labelled picture sets: what each one is, and which of our labels it knows about."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, field_validator

from wsai.errors import InvalidRequest
from wsai.vision.labels import Label

LABELS: tuple[Label, ...] = tuple(Label)
"""Class number of the detector -> label; the order of the vocabulary."""

DUPLICATE_IOU = 0.8
PICTURE_SUFFIXES = frozenset({".webp", ".jpg", ".jpeg", ".png"})


class DatasetCard(BaseModel):
    """What ``datasets/<name>/dataset.yaml`` says.

    Attributes:
        classes: Class number in the label files to our label; ``None`` where it is not used.
        exhaustive: Labels of which every visible object of the set has a box.
        presumed_absent: Labels nobody drew, but which such pictures cannot plausibly show.
        splits: Pictures in each published part.
        version: SHA-256 of the content that the card speaks of, see ``dataset_version``.
        boxes: Label to its boxes in all parts.
        hold_out: Share of ``train`` that is kept back as ``val``, where none was published.
        scene: A regular expression; what it matches at the beginning of a file's name says which
            scene or video the picture is of. Scenes are held out whole. Without it every picture
            is a scene of its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    source: str
    commit: str
    licence: str
    may_train: bool
    classes: tuple[Label | None, ...]
    exhaustive: tuple[Label, ...]
    presumed_absent: tuple[Label, ...] = ()
    splits: dict[str, int]
    version: str | None = None
    boxes: dict[Label, int] = {}
    hold_out: float = 0.0
    scene: str | None = None
    notes: str = ""
    citation: str = ""

    @field_validator("scene")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"scene is no regular expression: {error}") from error
        return pattern

    def scene_of(self, name: str) -> str:
        """Return which scene a picture is of, by its file name.

        A name that the pattern does not match is a scene of its own.
        """
        if self.scene and (found := re.match(self.scene, name)):
            return found.group()
        return name.rsplit(".", 1)[0]

    def known(self, *, with_presumed: bool) -> NDArray[np.bool_]:
        """Return for each class number whether an unboxed object of it would be a real negative.

        Args:
            with_presumed: Count the presumed-absent labels too (for training; an evaluation
                counts only what annotators looked for).

        Returns:
            Shape ``(len(LABELS),)``.
        """
        named = set(self.exhaustive) | (set(self.presumed_absent) if with_presumed else set())
        return np.array([label in named for label in LABELS])


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One labelled picture.

    Attributes:
        path: The picture.
        dataset: Name of its set.
        classes: ``int64``, shape ``(n,)``, class numbers as in ``LABELS``.
        boxes: ``float32``, shape ``(n, 4)``: centre x, centre y, width, height, in ``0..1``.
        absent: Class numbers that this picture surely does not show, beyond what its set knows.
    """

    path: Path
    dataset: str
    classes: NDArray[np.int64]
    boxes: NDArray[np.float32]
    absent: tuple[int, ...] = ()


def read_card(path: Path) -> DatasetCard:
    """Return the card of one set.

    Raises:
        InvalidRequest: The file is missing or does not fit the schema.
    """
    try:
        return DatasetCard.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InvalidRequest(f"{path}: not a data set card: {error}") from error


def read_cards(folder: Path) -> dict[str, DatasetCard]:
    """Return the cards of all sets below ``datasets/``, by name."""
    cards = [read_card(path) for path in sorted(folder.glob("*/dataset.yaml"))]
    return {card.name: card for card in cards}


def _row(fields: list[str]) -> tuple[float, float, float, float]:
    """Return centre and size of one label row, a box or a polygon.

    Raises:
        ValueError: It is not made of finite numbers, or they are no box and no points.
    """
    numbers = np.array(fields, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError(f"coordinates must be finite, got {fields}")
    if len(numbers) == 4:
        x, y, w, h = numbers.tolist()
        left, top, right, bottom = x - w / 2, y - h / 2, x + w / 2, y + h / 2
    else:
        points = numbers.reshape(-1, 2)
        (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
    left, right = (min(max(v, 0.0), 1.0) for v in (left, right))
    top, bottom = (min(max(v, 0.0), 1.0) for v in (top, bottom))
    return (left + right) / 2, (top + bottom) / 2, right - left, bottom - top


def _without_repeats(
    classes: NDArray[np.int64], boxes: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Drop empty boxes and boxes that repeat an earlier one of the same class."""
    low, high = boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2
    kept: list[int] = []
    for i in range(len(boxes)):
        if boxes[i, 2] <= 0 or boxes[i, 3] <= 0:
            continue
        same = [k for k in kept if classes[k] == classes[i]]
        overlap = np.clip(np.minimum(high[same], high[i]) - np.maximum(low[same], low[i]), 0, None)
        shared = overlap[:, 0] * overlap[:, 1]
        union = boxes[same, 2] * boxes[same, 3] + boxes[i, 2] * boxes[i, 3] - shared
        if not np.any(shared > DUPLICATE_IOU * union):
            kept.append(i)
    return classes[kept], boxes[kept]


def _class_number(field: str) -> int:
    """Return the class number; ``-1`` is no way to say the last class.

    Raises:
        ValueError: It is negative, or not a whole number.
    """
    number = int(field)
    if number < 0:
        raise ValueError(f"a class number must be 0 or more, got {number}")
    return number


def read_sample(picture: Path, rows: str, card: DatasetCard) -> Sample:
    """Return one labelled picture from the text of its YOLO label file.

    Raises:
        InvalidRequest: A row names a class that the card does not have, or is not finite numbers.
    """
    classes: list[int] = []
    boxes: list[tuple[float, float, float, float]] = []
    for line in rows.splitlines():
        fields = line.split()
        if not fields:
            continue
        try:
            label = card.classes[_class_number(fields[0])]
            box = _row(fields[1:])
        except (IndexError, ValueError) as error:
            raise InvalidRequest(f"{picture}: label row {line!r} does not fit its card") from error
        if label is not None:
            classes.append(LABELS.index(label))
            boxes.append(box)
    kept = _without_repeats(
        np.array(classes, dtype=np.int64), np.array(boxes, dtype=np.float32).reshape(-1, 4)
    )
    return Sample(picture, card.name, *kept)


def held_out(picture: Path, share: float) -> bool:
    """Return whether this picture belongs to the part kept back, by a hash of its name.

    >>> sum(held_out(Path(f"{n}.webp"), 0.1) for n in range(1000)) in range(70, 130)
    True
    """
    digest = hashlib.sha256(picture.stem.encode()).digest()
    return int.from_bytes(digest[:4], "big") < share * 2**32


def is_held_out(card: DatasetCard, name: str) -> bool:
    """Return whether a picture of ``train`` belongs to ``val``: with its scene, or not at all."""
    # a picture that is a scene of its own keeps the part it always had
    return held_out(Path(f"{card.scene_of(name)}.x"), card.hold_out)


def pictures_of(root: Path, card: DatasetCard, split: str) -> tuple[Path, list[Path]]:
    """Return the folder that a part of a set is read from, and its pictures, sorted by file name.

    Args:
        root: Of ``read_split``.
        card: The set.
        split: Of ``read_split``; what ``hold_out`` keeps back from it is among them.
    """
    part = "train" if split == "val" and card.hold_out else split
    folder = root / card.name / "images" / part
    return folder, sorted(p for p in folder.glob("*") if p.suffix.lower() in PICTURE_SUFFIXES)


def read_split(root: Path, card: DatasetCard, split: str) -> list[Sample]:
    """Return the samples of one part of a set, sorted by file name.

    Args:
        root: Folder that holds the sets, each with ``images/<split>`` and ``labels/<split>``.
        card: The set.
        split: ``train``, ``val`` or ``eval``; ``val`` is cut out of ``train`` where the card says
            ``hold_out``.

    Raises:
        InvalidRequest: There are no pictures, or a label does not fit the set's card.
    """
    folder, pictures = pictures_of(root, card, split)
    part = folder.name
    if not pictures:
        raise InvalidRequest(f"{folder}: no pictures of the set {card.name}; check --data")
    if card.hold_out and part == "train":  # an eval part is measured on whole
        pictures = [p for p in pictures if is_held_out(card, p.name) == (split == "val")]
    samples = []
    for picture in pictures:
        labels = root / card.name / "labels" / part / f"{picture.stem}.txt"
        text = labels.read_text(encoding="utf-8") if labels.exists() else ""
        samples.append(read_sample(picture, text, card))
    return samples
