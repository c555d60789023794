"""The version of a data set: a hash of its content, the same wherever it lies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from training.dataset_files import label_lines, pictures_of, row_numbers
from training.datasets import DatasetCard
from wsai.errors import InvalidRequest

DIGITS = 6
"""Of a coordinate: a hundredth of a pixel in the largest photo."""


@dataclass(frozen=True, slots=True)
class Version:
    """What a set contains.

    Attributes:
        digest: SHA-256 over names, pictures and labels of all parts.
        pictures: Part to its pictures.
        boxes: Label to its boxes in all parts; unused classes left out.
    """

    digest: str
    pictures: dict[str, int]
    boxes: dict[str, int]


def content_version(root: Path, card: DatasetCard) -> Version:
    """Return the version of a set.

    The hash runs over the parts in the order of their names, in each over the pictures in the
    order of theirs: name, SHA-256 of the file, and the label rows, sorted and written to six
    digits, so that neither the order of rows nor how a number was printed makes another version.

    Args:
        root: Folder that holds the sets.
        card: The set.

    Raises:
        InvalidRequest: A part of the card has no pictures, or a label row does not fit.
    """
    whole = hashlib.sha256()
    pictures: dict[str, int] = {}
    boxes: dict[str, int] = {}
    place = root / card.name
    for split in sorted(card.splits):
        found = pictures_of(place / "images" / split)
        if not found:
            raise InvalidRequest(f"{place / 'images' / split}: no pictures; check --data")
        pictures[split] = len(found)
        for path in found:
            rows = []
            for line in label_lines(place, split, path):
                rows.append(_plain(line, path))
                number = int(rows[-1].split()[0])
                label = card.classes[number] if number < len(card.classes) else None
                if label is not None:
                    boxes[label.value] = boxes.get(label.value, 0) + 1
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            text = "\n".join([split, path.name, content, *sorted(rows), ""])
            whole.update(text.encode())
    return Version(whole.hexdigest(), pictures, dict(sorted(boxes.items())))


def _plain(line: str, path: Path) -> str:
    try:
        number, values = row_numbers(line)
    except ValueError as error:
        raise InvalidRequest(f"{path}: label row {line!r}: {error}") from error
    return " ".join([str(number), *(f"{value + 0:.{DIGITS}f}" for value in values)])


def difference(card: DatasetCard, now: Version) -> str | None:
    """Return in a line how a set differs from what its card says; ``None`` where it does not."""
    if card.version is None or card.version == now.digest:
        return None
    counts = ", ".join(
        f"{split} {now.pictures.get(split, 0)} pictures (card: {count})"
        for split, count in card.splits.items()
        if now.pictures.get(split, 0) != count
    )
    return (
        f"set {card.name}: version {now.digest[:12]}…, its card says {card.version[:12]}…; "
        f"{counts or 'as many pictures, but pictures or labels are others'}"
    )
