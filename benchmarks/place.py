"""Measures how long comparing a picture with its baseline takes, beside the detector's own look.

    python benchmarks/place.py

The demo pictures at 640 px, each laid over itself seen from a little elsewhere in other light, and
over another place; the detector looks at the same pictures in turns. The baseline is made ready
before, as the service does. ``benchmarks/place.json`` is what it found; what the comparison finds
and misses is in ``benchmarks/place_trial.json``, written by ``wsai-train place``.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run by path: benchmarks are no package

from serving.demo.service import pictures_folder  # noqa: E402
from wsai.perception.onnx_detector import open_detector  # noqa: E402
from wsai.perception.place import open_place, ready_baseline  # noqa: E402
from wsai.vision.detections import Detections  # noqa: E402
from wsai.vision.picture import Picture, Pixels  # noqa: E402

RESULT = ROOT / "benchmarks" / "place.json"
LONGEST_PX = 640


def picture_of(pixels: Pixels) -> Picture:
    """Return pixels as a picture of their own size."""
    return Picture(pixels, pixels.shape[1], pixels.shape[0])


def at_640(pixels: Pixels) -> Pixels:
    """Return a picture whose longest side is 640 px."""
    scale = LONGEST_PX / max(pixels.shape[:2])
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


def seen_again(pixels: Pixels, number: int) -> Pixels:
    """Return a picture from a little elsewhere, darker or lighter, with noise."""
    rng = np.random.default_rng(number)
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D(
        (width / 2, height / 2), float(rng.uniform(-2, 2)), float(rng.uniform(1.0, 1.06))
    )
    moved = cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
    value = moved.astype(np.float32) * rng.uniform(0.6, 1.3) + rng.normal(0, 3, moved.shape)
    return np.asarray(np.clip(value, 0, 255), dtype=np.uint8)


def _summary(times: list[float]) -> dict[str, float]:
    return {
        "median_ms": round(float(np.median(times)), 1),
        "p95_ms": round(float(np.percentile(times, 95)), 1),
    }


@click.command()
@click.option("--rounds", default=8, show_default=True)
@click.option("--cores", default="0,1", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=RESULT)
def main(rounds: int, cores: str, out: Path) -> None:
    """Measure, print and write ``benchmarks/place.json``."""
    used = [int(core) for core in cores.split(",")]
    os.sched_setaffinity(0, used)
    cv2.setNumThreads(len(used))
    detector = open_detector(threads=len(used))
    networks = open_place(threads=len(used))
    pictures = [at_640(cv2.imread(str(p))) for p in sorted(pictures_folder().glob("*.jpg"))]
    baselines = [
        ready_baseline([("before", picture_of(one))], networks=networks, detector=detector)
        for one in pictures
    ]
    nobody = Detections.of([])
    times: dict[str, list[float]] = {"same place": [], "another place": [], "detector": []}
    compared = 0
    for turn in range(-1, rounds):
        for number, pixels in enumerate(pictures):
            again = picture_of(seen_again(pixels, 100 * (turn + 1) + number))
            other = baselines[(number + 1) % len(baselines)]
            began = time.perf_counter()
            same = baselines[number].compare(again, nobody)
            first = time.perf_counter()
            other.compare(again, nobody)
            second = time.perf_counter()
            detector.detect(again, min_score=0.25)
            third = time.perf_counter()
            if turn < 0:
                continue
            compared += same.comparable
            for name, elapsed in (
                ("same place", first - began),
                ("another place", second - first),
                ("detector", third - second),
            ):
                times[name].append(elapsed * 1000)
    report: dict[str, Any] = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cores_used": len(used),
            "system": platform.system(),
            "python": platform.python_version(),
            "load": round(os.getloadavg()[0], 2),
            "packages": {n: version(n) for n in ("onnxruntime", "opencv-python")},
        },
        "model": networks.model_id,
        "longest_px": LONGEST_PX,
        "comparisons": rounds * len(pictures),
        "compared": compared,
        "times": {name: _summary(values) for name, values in times.items()},
        "times_the_detector": round(
            float(np.median(times["same place"]) / np.median(times["detector"])), 1
        ),
    }
    out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    click.echo(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
