"""Lays rendered workplaces out on one page, so that a person can judge them at a glance.

    python datasets/synthetic/gallery.py --rendered SETS/rendered --out docs/rendered.jpg

Takes pictures in the order of their seeds, each seed in both of its states beside one another: as
it should be on the left, with its hazard on the right. Needs opencv and numpy alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

FOCUSES = ("guards", "exit", "walkway", "dust", "fire-gear")
CELL_PX, GAP_PX, PAIRS_A_ROW = 300, 8, 2


def pairs(rendered: Path, split: str) -> Iterator[tuple[str, Path, Path]]:
    """Yield focus, picture without and picture with the hazard, from the same camera."""
    for row in sorted((rendered / "facts" / split).glob("*-0-*.json")):
        facts = json.loads(row.read_text(encoding="utf-8"))["facts"]
        seed, _, camera = row.stem.split("-")
        clean = rendered / "images" / split / f"{row.stem}.jpg"
        other = rendered / "images" / split / f"{seed}-1-{camera}.jpg"
        if clean.exists() and other.exists() and facts["light"] != "night":
            yield facts["focus"], clean, other


def chosen(rendered: Path, split: str, rows: int) -> list[tuple[Path, Path]]:
    """Return pairs of different scenes, the focuses in turn."""
    waiting: dict[str, list[tuple[Path, Path]]] = {focus: [] for focus in FOCUSES}
    scenes: set[str] = set()
    for focus, clean, other in pairs(rendered, split):
        scene = clean.stem.split("-")[0]
        if scene not in scenes:
            scenes.add(scene)
            waiting[focus].append((clean, other))
    found: list[tuple[Path, Path]] = []
    while len(found) < rows * PAIRS_A_ROW and any(waiting.values()):
        for focus in FOCUSES:
            if waiting[focus]:
                found.append(waiting[focus].pop(0))
    return found[: rows * PAIRS_A_ROW]


def cell(path: Path) -> np.ndarray:
    """Return one picture cut to the cell's shape, three wide to two high."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    tall = CELL_PX * 2 // 3
    scale = max(CELL_PX / picture.shape[1], tall / picture.shape[0])
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    y, x = (picture.shape[0] - tall) // 2, (picture.shape[1] - CELL_PX) // 2
    return picture[y : y + tall, x : x + CELL_PX]


def page(found: list[tuple[Path, Path]]) -> np.ndarray:
    """Return all pairs on white."""
    tall, wide = CELL_PX * 2 // 3, 2 * CELL_PX + 2
    rows = -(-len(found) // PAIRS_A_ROW)
    shape = (rows * (tall + GAP_PX) - GAP_PX, PAIRS_A_ROW * (wide + GAP_PX) - GAP_PX, 3)
    sheet = np.full(shape, 255, np.uint8)
    for number, (clean, other) in enumerate(found):
        y, x = number // PAIRS_A_ROW * (tall + GAP_PX), number % PAIRS_A_ROW * (wide + GAP_PX)
        sheet[y : y + tall, x : x + CELL_PX] = cell(clean)
        sheet[y : y + tall, x + CELL_PX + 2 : x + wide] = cell(other)
    return sheet


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rendered", type=Path, required=True)
    parser.add_argument("--split", default="train")
    parser.add_argument("--rows", type=int, default=6)
    parser.add_argument("--out", type=Path, required=True)
    settings = parser.parse_args()
    found = chosen(settings.rendered, settings.split, settings.rows)
    if not found:
        parser.error(f"{settings.rendered} has no scene in both states; make some first")
    cv2.imwrite(str(settings.out), page(found), [cv2.IMWRITE_JPEG_QUALITY, 88])
    print(f"{len(found)} scenes, two states each: {settings.out}")


if __name__ == "__main__":
    main()
