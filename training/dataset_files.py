"""A labelled set as files, read one picture at a time: what converters, versions and doctor share.

Only file names are held in memory; pictures and labels are read when their turn comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.datasets import PICTURE_SUFFIXES
from wsai.errors import ImageUnreadable, InvalidRequest

Box = tuple[float, float, float, float]
Polygon = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled object.

    Attributes:
        name: Class name, as the set itself says it.
        box: Left, top, right, bottom in pixels of the picture; not clipped.
        polygon: Points ``(x, y)`` in pixels, where the set drew one; ``box`` is then around it.
    """

    name: str
    box: Box
    polygon: Polygon | None = None


@dataclass(frozen=True, slots=True)
class Labelled:
    """One picture of a set.

    Attributes:
        split: ``train``, ``val``, …
        path: The picture's file.
        width: Pixels.
        height: Pixels.
        rows: What is labelled in it.
        name: File name under which the set knows it; folders have become part of it.
    """

    split: str
    path: Path
    width: int
    height: int
    rows: tuple[Row, ...]
    name: str


def pictures_of(folder: Path) -> list[Path]:
    """Return the pictures of one folder, sorted by name."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES)


def picture_size(path: Path) -> tuple[int, int]:
    """Return width and height in pixels.

    Raises:
        ImageUnreadable: It is no picture, or cut off.
    """
    height, width = read_pixels(path).shape[:2]
    return width, height


def read_pixels(path: Path) -> NDArray[np.uint8]:
    """Return the picture, BGR, shape ``(height, width, 3)``.

    Raises:
        ImageUnreadable: It is no picture, or cut off.
    """
    data = np.fromfile(path, dtype=np.uint8) if path.stat().st_size else None
    pixels = None if data is None else cv2.imdecode(data, cv2.IMREAD_COLOR)
    if pixels is None:
        raise ImageUnreadable(f"{path}: not a picture that can be decoded")
    return np.asarray(pixels, dtype=np.uint8)


def row_numbers(line: str) -> tuple[int, list[float]]:
    """Return class number and coordinates of one row of a YOLO label file.

    Raises:
        ValueError: It is not a class and a box, or a class and at least three points.

    Example:
        >>> row_numbers("2 0.5 0.5 0.2 0.4")
        (2, [0.5, 0.5, 0.2, 0.4])
    """
    first, *rest = line.split()
    numbers = [float(field) for field in rest]
    if not np.isfinite(numbers).all():
        raise ValueError(f"coordinates must be finite, got {line!r}")
    if len(numbers) != 4 and (len(numbers) < 6 or len(numbers) % 2):
        raise ValueError(f"a row is a class and a box or a polygon, got {line!r}")
    number = int(first)
    if number < 0:
        raise ValueError(f"a class number must be 0 or more, got {line!r}")
    return number, numbers


def yolo_row(line: str, names: list[str], width: int, height: int) -> Row:
    """Return one row of a YOLO label file in pixels.

    Raises:
        ValueError: It does not fit; `row_numbers` says how.
        IndexError: There is no class of that number.
    """
    number, values = row_numbers(line)
    if len(values) == 4:
        x, y, w, h = values
        box = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
        return Row(names[number], box)
    points = tuple((x * width, y * height) for x, y in zip(values[::2], values[1::2], strict=True))
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Row(names[number], (min(xs), min(ys), max(xs), max(ys)), points)


def read_yolo(root: Path, names: list[str], splits: list[str]) -> Iterator[Labelled]:
    """Yield the pictures below ``images/<split>`` with their rows below ``labels/<split>``.

    Raises:
        InvalidRequest: A row does not fit.
        ImageUnreadable: A picture cannot be decoded.
    """
    for split in splits:
        for path in pictures_of(root / "images" / split):
            width, height = picture_size(path)
            rows = []
            for line in label_lines(root, split, path):
                try:
                    rows.append(yolo_row(line, names, width, height))
                except (ValueError, IndexError) as error:
                    raise InvalidRequest(f"{path.name}: label row {line!r}: {error}") from error
            yield Labelled(split, path, width, height, tuple(rows), path.name)


def label_lines(root: Path, split: str, picture: Path) -> list[str]:
    """Return the rows of a picture's label file that are not blank; none without a file."""
    path = root / "labels" / split / f"{picture.stem}.txt"
    if not path.exists():
        return []
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
