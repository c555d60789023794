"""Sheets that a person can look over: what a label looks like in a set, what the doctor doubts."""

from __future__ import annotations

import base64
import html
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.dataset_files import read_pixels
from training.datasets import LABELS, Sample
from training.doctor import KINDS, Complaint
from training.matching import truth_boxes
from training.report_html import STYLE, table
from wsai.errors import ImageUnreadable, InvalidRequest
from wsai.vision.labels import Label

CELL_PX = 180
MARGIN = 0.6
BOX_COLOUR = (60, 200, 30)
BACKGROUND = 235
THUMB_PX = 230
MOST_SHOWN = 60
"""Of each kind on the doctor's page; the report has all."""


def cut_out(
    pixels: NDArray[np.uint8], box: Sequence[float], *, side: int, margin: float = MARGIN
) -> NDArray[np.uint8]:
    """Return the place around a box, the box drawn, in a square of that side."""
    left, top, right, bottom = box
    reach = margin * max(right - left, bottom - top) + 8
    x1, y1 = (max(0, int(v - reach)) for v in (left, top))
    x2, y2 = int(min(pixels.shape[1], right + reach)), int(min(pixels.shape[0], bottom + reach))
    part = np.ascontiguousarray(pixels[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)])
    scale = side / max(part.shape[:2])
    part = np.asarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    corners = [round((v - o) * scale) for v, o in zip(box, (x1, y1, x1, y1), strict=True)]
    cv2.rectangle(part, corners[:2], corners[2:], BOX_COLOUR, 2)
    cell = np.full((side, side, 3), BACKGROUND, dtype=np.uint8)
    height, width = min(side, part.shape[0]), min(side, part.shape[1])
    cell[:height, :width] = part[:height, :width]
    return cell


def label_sheet(
    samples: Sequence[Sample], label: Label, *, rows: int, columns: int, seed: int
) -> NDArray[np.uint8]:
    """Return a sheet of examples of one label, drawn at random over all pictures.

    Args:
        samples: Pictures of one set.
        label: Which.
        rows: Of the sheet.
        columns: Of the sheet.
        seed: Which examples.

    Returns:
        BGR, shape ``(rows * 180, columns * 180, 3)``.

    Raises:
        InvalidRequest: No picture shows the label.
    """
    number = LABELS.index(label)
    places = [(s, n) for s in samples for n in np.flatnonzero(s.classes == number).tolist()]
    if not places:
        raise InvalidRequest(f"no box of {label.value} in these pictures")
    chosen = random.Random(seed).sample(places, min(rows * columns, len(places)))
    sheet = np.full((rows * CELL_PX, columns * CELL_PX, 3), BACKGROUND, dtype=np.uint8)
    for place, (sample, n) in enumerate(chosen):
        pixels = read_pixels(sample.path)
        height, width = pixels.shape[:2]
        box = truth_boxes(sample, width, height)[n].tolist()
        y, x = (CELL_PX * v for v in divmod(place, columns))
        sheet[y : y + CELL_PX, x : x + CELL_PX] = cut_out(pixels, box, side=CELL_PX)
    return sheet


def doctors_page(
    root: Path,
    complaints: Sequence[Complaint],
    pictures: Mapping[str, Mapping[str, int]],
    boxes: Mapping[str, Mapping[str, int]],
) -> str:
    """Return the doctor's findings as one page, with the pictures they are about."""
    body = [
        "<h1>数据集体检 <small>check of data sets</small></h1>",
        table(
            ["数据集 set", "照片 pictures", "标注 boxes", *(kind for kind in KINDS)],
            _rows(complaints, pictures, boxes),
        ),
    ]
    for kind, level in KINDS.items():
        own = [complaint for complaint in complaints if complaint.kind == kind]
        if own:
            shown = own[:MOST_SHOWN]
            more = f" · 前 {len(shown)} 个 first {len(shown)}" if len(own) > len(shown) else ""
            body.append(f"<h2>{kind} <small>{level}, {len(own)}{more}</small></h2>")
            body.append(f"<div class=grid>{''.join(_figures(root, shown))}</div>")
    return (
        '<!doctype html><html lang="zh"><meta charset="utf-8"><title>数据集体检 · WSAI</title>'
        f"<style>{STYLE}</style><main>{''.join(body)}</main></html>\n"
    )


def _rows(
    complaints: Sequence[Complaint],
    pictures: Mapping[str, Mapping[str, int]],
    boxes: Mapping[str, Mapping[str, int]],
) -> Iterator[list[str]]:
    for name, parts in pictures.items():
        counts = dict.fromkeys(KINDS, 0)
        for complaint in complaints:
            if complaint.dataset == name:
                counts[complaint.kind] += 1
        cells = [str(count) if count else "" for count in counts.values()]
        total = [str(sum(parts.values())), str(sum(boxes.get(name, {}).values()))]
        yield [html.escape(name), *total, *cells]


def _figures(root: Path, complaints: Iterable[Complaint]) -> Iterator[str]:
    for complaint in complaints:
        places = [(complaint.dataset, complaint.split, complaint.picture)]
        if complaint.other:
            places.append(complaint.other)
        images = "".join(_image(root, place, complaint.box) for place in places)
        where = "<br>".join(html.escape("/".join(place)) for place in places)
        yield (
            f"<figure>{images}<figcaption>{html.escape(complaint.detail)}<br>{where}"
            "</figcaption></figure>"
        )


def _image(root: Path, place: tuple[str, str, str], box: Any) -> str:
    dataset, split, name = place
    path = root / dataset / "images" / split / name
    if not name or not path.is_file():
        return ""
    try:
        pixels = read_pixels(path)
    except ImageUnreadable:
        return ""
    whole = (0, 0, pixels.shape[1] - 1, pixels.shape[0] - 1)
    part = cut_out(pixels, box or whole, side=THUMB_PX, margin=MARGIN if box else 0)
    done, data = cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, 80])
    source = base64.b64encode(data.tobytes()).decode() if done else ""
    return f'<img alt="" src="data:image/jpeg;base64,{source}">'
