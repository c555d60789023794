"""Measures what one photo of a way is told of, with no picture of how the place should look.

    python benchmarks/ways.py --data SETS [--also NAME=MODEL_FOLDER ...]

Real photos that no model learned from and that show a floor, as they are and with one thing painted
on that floor: a box, a bag, a cable, debris, screws, powder, foam, water. A thing is found where a
finding about the floor has a box on it. The painters are those of ``wsai-train place``; the map of
floors learned from other photos that they painted, the detector from rendered goods and, since
wsai-detector-0.12.0, from boxes and bags that they painted on other photos.
``benchmarks/ways.json`` is what it found.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run by path: benchmarks are no package

from training.datasets import read_cards, read_split  # noqa: E402
from training.place_pairs import KINDS, Mask, Pixels, read  # noqa: E402
from training.release import validation_part  # noqa: E402
from training.surface_paint import visible  # noqa: E402
from wsai.catalogue.catalogue import Catalogue, load_catalogue  # noqa: E402
from wsai.diagnosis.diagnose import diagnose_image  # noqa: E402
from wsai.diagnosis.findings import Finding, Verdict  # noqa: E402
from wsai.perception.models import active_id, models_dir, read_card  # noqa: E402
from wsai.perception.onnx_detector import OnnxDetector  # noqa: E402
from wsai.vision.images import ImageLimits, decode  # noqa: E402
from wsai.vision.picture import Picture  # noqa: E402
from wsai.vision.surface import Layer  # noqa: E402

RESULT = ROOT / "benchmarks" / "ways.json"
SETS = ("doors", "forklift", "fall-ward-cctv", "exit-sign-campus", "fire-extinguisher")
PAINTED = ("box", "bag", "cable", "debris", "screws", "powder", "foam", "water")
STANDING = ("box", "bag")
"""Of these only the foot has to be on the floor."""
ABOUT_FLOORS = (
    "housekeeping-clutter", "trip-hazard-cable", "floor-spill", "dust-layer-floor-equipment",
)  # fmt: skip
FLOOR_FROM, LEAST_FLOOR = "wsai-detector-0.7.0", 0.35
"""Which released model says where floors are, of every model that is measured; share of the lower
half of a photo."""
ON_FLOOR, LEAST_VISIBLE, TRIES = 0.85, 0.6, 12
LEAST_MASK_PX = 30
COVERED = 0.15
"""Of a thing by a finding's box, from which it is found."""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A photo with its floor.

    Attributes:
        pixels: Of ``place_pairs.read``.
        floor: Shape ``(h, w)``.
    """

    pixels: Pixels
    floor: NDArray[np.bool_]


def _decoded(pixels: Pixels, detector: OnnxDetector) -> Picture:
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return decode(data.tobytes(), limits=ImageLimits(), at_least_px=detector.input_px)


def ways(data: Path, detector: OnnxDetector) -> list[Way]:
    """Return the photos of the sets' unlearned parts that show a floor."""
    cards = read_cards(ROOT / "datasets")
    found = []
    for name in SETS:
        part = "eval" if "eval" in cards[name].splits else validation_part(cards[name])
        if part is None:
            continue
        for sample in read_split(data, cards[name], part):
            pixels = read(sample.path)
            seen = detector.detect(_decoded(pixels, detector), min_score=0.5)
            if seen.surface is None:
                raise click.ClickException(f"{detector.model_id} has no map of floors")
            floor = cv2.resize(seen.surface.of(Layer.FLOOR), pixels.shape[1::-1]) > 0.5
            if float(floor[len(floor) // 2 :].mean()) >= LEAST_FLOOR:
                found.append(Way(pixels, floor))
    return found


def painted(way: Way, kind: str, seed: list[int]) -> tuple[Pixels, Mask] | None:
    """Return a photo with a thing on its floor, and where; ``None`` where no place is found."""
    chance = np.random.default_rng(seed)
    change, _ = KINDS[kind]
    for _ in range(TRIES):
        out, mask = change(chance, way.pixels, way.pixels)
        where = mask > 0.5
        if where.sum() < LEAST_MASK_PX:
            continue
        lies = where
        if kind in STANDING:
            foot = int(np.flatnonzero(where.any(1))[-1])
            lies = np.zeros_like(where)
            lies[max(foot - 12, 0) : foot + 6] = where.any(0)
        on_floor = float((lies & way.floor).sum()) / float(lies.sum())
        seen = float((visible(way.pixels, out) * where).sum()) / float(where.sum())
        if on_floor >= ON_FLOOR and seen >= LEAST_VISIBLE:
            return out, mask
    return None


def told(pixels: Pixels, detector: OnnxDetector, catalogue: Catalogue) -> list[Finding]:
    """Return what is said of the floor, questions and hazards."""
    found = diagnose_image(_decoded(pixels, detector), detector=detector, catalogue=catalogue)
    return [
        finding
        for finding in found.findings
        if finding.code in ABOUT_FLOORS and finding.verdict is not Verdict.NOT_VISIBLE
    ]


def on_it(finding: Finding, mask: Mask) -> bool:
    """Return whether a finding has a box on what was painted.

    Args:
        finding: Its boxes are in pixels of the mask.
        mask: Shape ``(h, w)``, ``0..1``.
    """
    for left, top, right, bottom in finding.boxes:
        inside = mask[max(int(top), 0) : int(bottom) + 1, max(int(left), 0) : int(right) + 1]
        if float(inside.sum()) >= COVERED * float(mask.sum()):
            return True
    return False


def measured(
    folder: Path, photos: list[Way], changed: dict[str, list[tuple[Pixels, Mask]]]
) -> dict[str, Any]:
    """Return the figures of one model."""
    detector, catalogue = OnnxDetector(folder, read_card(folder)), load_catalogue()
    said = sum(bool(told(way.pixels, detector, catalogue)) for way in photos)
    kinds = {}
    for kind, rows in changed.items():
        right = sum(
            any(on_it(finding, mask) for finding in told(pixels, detector, catalogue))
            for pixels, mask in rows
        )
        kinds[kind] = {"pictures": len(rows), "found": right}
    return {
        "id": folder.name, "file": detector.card.runs, "clean": len(photos),
        "said_of_clean": said, "kinds": kinds,
    }  # fmt: skip


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--also", multiple=True, metavar="NAME=FOLDER", help="Another model to measure.")
@click.option("--every", default=2, show_default=True, help="Of the photos with floors.")
@click.option("--out", type=click.Path(path_type=Path), default=RESULT)
def main(data: Path, also: tuple[str, ...], every: int, out: Path) -> None:
    """Paint, look, print and write ``benchmarks/ways.json``."""
    sees = models_dir() / FLOOR_FROM
    photos = ways(data, OnnxDetector(sees, read_card(sees)))[::every]
    changed: dict[str, list[tuple[Pixels, Mask]]] = {}
    for number, kind in enumerate(PAINTED):
        rows = [painted(way, kind, [number, at]) for at, way in enumerate(photos)]
        changed[kind] = [row for row in rows if row is not None]
    report: dict[str, Any] = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "sets": list(SETS),
        "floors_by": FLOOR_FROM,
        "shipped": measured(models_dir() / active_id(models_dir()), photos, changed),
        "others": {},
    }
    for one in also:
        name, _, folder = one.partition("=")
        report["others"][name] = measured(Path(folder), photos, changed)
    out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    click.echo(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
