"""The doctor of data sets: what is broken, doubled, leaking, or probably labelled wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.dataset_files import label_lines, pictures_of, read_pixels, row_numbers
from training.datasets import DatasetCard, is_held_out
from training.looked import Seen
from wsai.errors import ImageUnreadable
from wsai.vision.boxes import iou
from wsai.vision.labels import Label

HASH_SIDE = 8
HASH_BITS = HASH_SIDE * HASH_SIDE
NEAR_BITS = 6
"""Two pictures whose hashes differ in at most so many of 64 bits are looked at more closely."""

ALIKE = 0.9
"""Least correlation of two thumbnails that makes a pair: unlike scenes can share a hash."""

BANDS = 8  # hashes within 7 bits of each other share at least one of eight bytes: pigeonholes
THUMB_PX = 32
OUTSIDE = 1e-3
SMALLEST_PX = 2.0
IMBALANCE = 50.0
REPEATED_IOU = 0.9
SURE, TOUCHES, ON_IT, HARDLY = 0.8, 0.3, 0.6, 0.1

ERROR, WARNING, NOTE = "error", "warning", "note"
KINDS: dict[str, str] = {
    "unreadable": ERROR,
    "bad-row": ERROR,
    "leak": ERROR,
    "label-without-picture": WARNING,
    "duplicate": WARNING,
    "near-duplicate": WARNING,
    "leak-across-sets": WARNING,
    "box-outside": WARNING,
    "box-degenerate": WARNING,
    "box-repeated": WARNING,
    "suspected-missing": WARNING,
    "suspected-wrong": WARNING,
    "picture-without-labels": NOTE,
    "polygon": NOTE,
    "imbalance": NOTE,
}
"""What the doctor finds -> how bad it is; an error makes ``check`` fail."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong.

    Attributes:
        kind: One of ``KINDS``.
        dataset: The set.
        split: Its part; empty where it is about the whole set.
        picture: File name; empty where it is about more than one.
        detail: What exactly, for people.
        other: The other picture of a pair: set, part, file name.
        box: Where in the picture, in pixels.
    """

    kind: str
    dataset: str
    split: str
    picture: str
    detail: str
    other: tuple[str, str, str] | None = None
    box: tuple[float, float, float, float] | None = None

    @property
    def level(self) -> str:
        """Return ``error``, ``warning`` or ``note``."""
        return KINDS[self.kind]


@dataclass(slots=True)
class Album:
    """What is kept of every picture while the doctor goes through the sets: 1.1 kB each.

    Attributes:
        places: Set, part and file name.
        hashes: Perceptual hash.
        mirrored: That of the picture's mirror image.
        thumbs: Grey thumbnails, normalised to mean 0 and length 1.
    """

    places: list[tuple[str, str, str]] = field(default_factory=list)
    hashes: list[int] = field(default_factory=list)
    mirrored: list[int] = field(default_factory=list)
    thumbs: list[NDArray[np.int8]] = field(default_factory=list)

    def add(self, place: tuple[str, str, str], pixels: NDArray[np.uint8]) -> None:
        """Add one picture."""
        small = cv2.resize(pixels, (THUMB_PX, THUMB_PX), interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
        self.places.append(place)
        self.hashes.append(perceptual_hash(grey))
        self.mirrored.append(perceptual_hash(grey[:, ::-1]))
        centred = grey - grey.mean()
        scale = max(float(np.abs(centred).max()), 1e-6)
        self.thumbs.append((centred / scale * 127).astype(np.int8))


def perceptual_hash(grey: NDArray[np.float32]) -> int:
    """Return 64 bits that survive another size, JPEG and small changes of light.

    The low frequencies of the picture's cosine transform, each above or below their median
    (C. Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010).

    Args:
        grey: Shape ``(32, 32)``.
    """
    waves = np.asarray(cv2.dct(np.ascontiguousarray(grey)))[:HASH_SIDE, :HASH_SIDE].flatten()
    bits = waves > np.median(waves[1:])  # the first is the mean brightness
    return int(np.packbits(bits).view(">u8")[0])


def near_pairs(first: Sequence[int], second: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield ``(i, j)`` with ``i < j`` whose hashes differ in at most six bits, each pair once.

    Pictures are sorted into buckets by each byte of the hash; only those that share a bucket are
    compared, all of it at once.
    """
    a = np.array(first, dtype=np.uint64)
    b = np.array(second, dtype=np.uint64)
    for band in range(BANDS):
        shift = np.uint64(8 * band)
        in_a, in_b = (a >> shift) & np.uint64(255), (b >> shift) & np.uint64(255)
        for value in np.intersect1d(in_a, in_b).tolist():
            rows, columns = np.flatnonzero(in_a == value), np.flatnonzero(in_b == value)
            apart = np.bitwise_count(a[rows, None] ^ b[None, columns])
            earlier = _shares_earlier_band(a[rows, None] ^ b[None, columns], band)
            hit = (apart <= NEAR_BITS) & (rows[:, None] < columns[None]) & ~earlier
            for i, j in np.argwhere(hit).tolist():
                yield int(rows[i]), int(columns[j])


def _shares_earlier_band(difference: NDArray[np.uint64], band: int) -> NDArray[np.bool_]:
    """Return which pairs were met in an earlier bucket already."""
    shared = np.zeros(difference.shape, dtype=bool)
    for earlier in range(band):
        shared |= ((difference >> np.uint64(8 * earlier)) & np.uint64(255)) == 0
    return shared


def alike_pairs(album: Album) -> Iterator[tuple[int, int, bool]]:
    """Yield pairs of pictures that are the same or nearly so, and whether one is mirrored."""
    seen: set[tuple[int, int]] = set()
    for mirrored in (False, True):
        for i, j in near_pairs(album.hashes, album.mirrored if mirrored else album.hashes):
            if (i, j) in seen:
                continue
            one, other = album.thumbs[i], album.thumbs[j]
            if correlation(one, other[:, ::-1] if mirrored else other) >= ALIKE:
                seen.add((i, j))
                yield i, j, mirrored


def correlation(one: NDArray[np.int8], other: NDArray[np.int8]) -> float:
    """Return how alike two thumbnails are, ``-1..1``; flat ones are like nothing."""
    a, b = one.astype(np.float32).ravel(), other.astype(np.float32).ravel()
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / length if length else 0.0


class Doctor:
    """Goes through sets picture by picture and keeps what it finds.

    Args:
        root: Folder that holds the sets.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.album = Album()
        self.complaints: list[Complaint] = []
        self.pictures: dict[str, dict[str, int]] = {}
        self.boxes: dict[str, dict[str, int]] = {}

    def look_through(self, card: DatasetCard, *, tick: Callable[[], None] = lambda: None) -> None:
        """Examine every picture and label row of one set."""
        boxes = self.boxes.setdefault(card.name, {})
        for split in card.splits:
            place = self.root / card.name
            found = pictures_of(place / "images" / split)
            self.pictures.setdefault(card.name, {})[split] = len(found)
            for path in found:
                self._picture(card, split, path, boxes)
                tick()
            stems = {path.stem for path in found}
            for label in sorted((place / "labels" / split).glob("*.txt")):
                if label.stem not in stems:
                    self._say("label-without-picture", card.name, split, label.name, "")
        if boxes and max(boxes.values()) > IMBALANCE * min(boxes.values()):
            least, most = min(boxes, key=boxes.__getitem__), max(boxes, key=boxes.__getitem__)
            self._say(
                "imbalance", card.name, "", "",
                f"{most} has {boxes[most]} boxes, {least} has {boxes[least]}",
            )  # fmt: skip

    def _say(
        self, kind: str, dataset: str, split: str, picture: str, detail: str, **more: Any
    ) -> None:
        self.complaints.append(Complaint(kind, dataset, split, picture, detail, **more))

    def _picture(self, card: DatasetCard, split: str, path: Path, boxes: dict[str, int]) -> None:
        try:
            pixels = read_pixels(path)
        except ImageUnreadable:
            self._say("unreadable", card.name, split, path.name, "not a whole picture")
            return
        height, width = pixels.shape[:2]
        self.album.add((card.name, split, path.name), pixels)
        lines = label_lines(self.root / card.name, split, path)
        if not lines:
            self._say("picture-without-labels", card.name, split, path.name, "")
        earlier: list[tuple[int, NDArray[np.float32]]] = []
        for line in lines:
            try:
                number, values = row_numbers(line)
                label = card.classes[number]
            except (ValueError, IndexError):
                self._say("bad-row", card.name, split, path.name, f"row {line!r}")
                continue
            if len(values) != 4:
                self._say("polygon", card.name, split, path.name, f"{len(values) // 2} points")
            box = _corners(values)
            self._box(card.name, split, path.name, line, box, (width, height))
            low = np.asarray(box * [width, height, width, height], dtype=np.float32)[None]
            if any(n == number and iou(low, b)[0, 0] > REPEATED_IOU for n, b in earlier):
                self._say("box-repeated", card.name, split, path.name, f"row {line!r}")
            earlier.append((number, low))
            if label is not None:
                boxes[label.value] = boxes.get(label.value, 0) + 1

    def _box(
        self,
        dataset: str,
        split: str,
        picture: str,
        line: str,
        box: NDArray[np.float64],
        size: tuple[int, int],
    ) -> None:
        if (box < -OUTSIDE).any() or (box > 1 + OUTSIDE).any():
            self._say("box-outside", dataset, split, picture, f"row {line!r}")
        sides = (np.clip(box[2:], 0, 1) - np.clip(box[:2], 0, 1)) * size
        if (sides < SMALLEST_PX).any():
            self._say("box-degenerate", dataset, split, picture, f"row {line!r}")

    def compare_pictures(self, cards: Mapping[str, DatasetCard]) -> None:
        """Find pictures that are there twice: in one part, across parts, across sets.

        Across ``train`` and a part that models are measured on it is leakage: the measurement
        then rewards memory. Where a card holds out a share of ``train``, the split that counts is
        the one after holding out.
        """

        def part(place: tuple[str, str, str]) -> str:
            dataset, split, name = place
            share = cards[dataset].hold_out
            if share and split == "train" and is_held_out(cards[dataset], name):
                return "val"
            return split

        for i, j, mirrored in alike_pairs(self.album):
            one, other = self.album.places[i], self.album.places[j]
            how = "mirrored" if mirrored else "the same or nearly so"
            if one[0] != other[0]:
                kind = "leak-across-sets" if part(one) != part(other) else "near-duplicate"
            elif part(one) != part(other):
                kind = "leak"
            else:
                exact = not mirrored and self._bytes(one) == self._bytes(other)
                kind = "duplicate" if exact else "near-duplicate"
            detail = f"{part(one)} and {part(other)}: {how}"
            self._say(kind, one[0], one[1], one[2], detail, other=other)
        self._scenes(cards, part)

    def _scenes(
        self, cards: Mapping[str, DatasetCard], part: Callable[[tuple[str, str, str]], str]
    ) -> None:
        """Find scenes that are in two parts; frames of one video are not the only alike ones."""
        met: dict[tuple[str, str], dict[str, tuple[str, str, str]]] = {}
        for place in self.album.places:
            key = (place[0], cards[place[0]].scene_of(place[2]))
            met.setdefault(key, {}).setdefault(part(place), place)
        for (dataset, scene), parts in met.items():
            if len(parts) > 1:
                one, other, *_ = parts.values()
                detail = f"scene {scene} is in {' and '.join(parts)}"
                self._say("leak", dataset, one[1], one[2], detail, other=other)

    def _bytes(self, place: tuple[str, str, str]) -> bytes:
        dataset, split, name = place
        return (self.root / dataset / "images" / split / name).read_bytes()

    def suspect(
        self,
        rows: Iterable[tuple[str, Seen]],
        known: Mapping[str, Sequence[Label]],
        probability: Callable[[Label, float], float],
    ) -> None:
        """Compare labels with what a trained model sees; a person decides who is right.

        Args:
            rows: Part and picture with its labels and what the model found.
            known: Set to the labels that it covers exhaustively.
            probability: The model's calibration.
        """
        for split, row in rows:
            for complaint in suspicions(split, row, known[row.dataset], probability):
                self.complaints.append(complaint)

    def counts(self) -> dict[str, int]:
        """Return how many complaints of each kind there are."""
        found = dict.fromkeys(KINDS, 0)
        for complaint in self.complaints:
            found[complaint.kind] += 1
        return found

    @property
    def failed(self) -> bool:
        """Return whether anything is an error."""
        return any(complaint.level == ERROR for complaint in self.complaints)


def _corners(values: Sequence[float]) -> NDArray[np.float64]:
    """Return left, top, right, bottom of a box or a polygon, as shares of the picture."""
    if len(values) == 4:
        x, y, w, h = values
        return np.array([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
    points = np.array(values).reshape(-1, 2)
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def suspicions(
    split: str,
    row: Seen,
    known: Sequence[Label],
    probability: Callable[[Label, float], float],
) -> Iterator[Complaint]:
    """Yield where a model contradicts the labels of one picture with certainty.

    A box that it is sure of where annotators drew none of that label is suspected missing; a
    labelled box on which it hardly sees that label and is sure of another is suspected wrong.
    """
    contradicted: set[int] = set()
    for m, label in enumerate(row.truth.labels):
        box = row.truth.boxes[m : m + 1]
        on = iou(box, row.found.boxes)[0] >= ON_IT
        here = row.found.take(on)
        own = max(
            (s for la, s in zip(here.labels, here.scores, strict=True) if la is label), default=0
        )
        for n in np.flatnonzero(on).tolist():
            other, score = row.found.labels[n], float(row.found.scores[n])
            rivals = iou(row.found.boxes[n : n + 1], row.truth.only(other).boxes)
            if (
                other is not label
                and other in known
                and own < HARDLY
                and probability(other, score) >= SURE
                and rivals.max(initial=0.0) < TOUCHES
            ):
                contradicted.add(n)
                detail = f"labelled {label.value}, seen as {other.value} ({score:.2f})"
                yield _suspicion("suspected-wrong", split, row, row.truth.boxes[m], detail)
    for n, label in enumerate(row.found.labels):
        score = float(row.found.scores[n])
        if n in contradicted or label not in known or probability(label, score) < SURE:
            continue
        touching = iou(row.found.boxes[n : n + 1], row.truth.only(label).boxes)
        if touching.max(initial=0.0) < TOUCHES:
            detail = f"{label.value} seen ({score:.2f}), none labelled there"
            yield _suspicion("suspected-missing", split, row, row.found.boxes[n], detail)


def _suspicion(
    kind: str, split: str, row: Seen, box: NDArray[np.float32], detail: str
) -> Complaint:
    left, top, right, bottom = (float(side) for side in box)
    sides = (left, top, right, bottom)
    return Complaint(kind, row.dataset, split, row.picture, detail, box=sides)
