"""Writes the figures of the README from the files that measured them.

    python benchmarks/figures.py

Everything between the two marks in ``README.md`` comes from here; a test compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- figures: benchmarks/figures.py -->", "<!-- /figures -->"
SETS = {
    "construction-safety-rf100": "construction-safety (Roboflow 100)",
    "construction-ppe": "construction-ppe",
    "construction-site-safety": "construction-site-safety",
    "forklift": "forklift",
    "fire-smoke-cctv": "fire-smoke-cctv",
}


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def detector_lines(root: Path) -> Iterator[str]:
    """Yield what the shipped model reaches, from its ``metrics.json``."""
    model = (root / "models" / "ACTIVE").read_text(encoding="utf-8").strip()
    metrics = _read(root / "models" / model / "metrics.json")
    runs = metrics["runs"]
    yield (
        f"[`{model}`](models/{model}/README.md) at {metrics['size_px']} px, mAP50 on validation "
        "parts that it was not trained on, counted as COCO counts "
        f"([metrics.json](models/{model}/metrics.json)):"
    )
    yield ""
    yield "| set | pictures | float32 | INT8 |"
    yield "|---|---|---|---|"
    for name, title in SETS.items():
        row = metrics["sets"][name]
        exact, quantized = row["model.onnx"], row["model.int8.onnx"]
        yield (
            f"| {title} | {exact['pictures']} | {exact['map50']:.3f} | {quantized['map50']:.3f} |"
        )
    yield ""
    yield f"`{runs}` is what runs. All sets and labels are on the card."


def photo_lines(root: Path) -> Iterator[str]:
    """Yield the speed of a photo against ``ultralytics``, from ``benchmarks/photo.json``."""
    found = _read(root / "benchmarks" / "photo.json")
    yield (
        "From the bytes of a JPEG to the JSON answer, two cores, against `ultralytics` `predict` "
        "on the same network in ONNX, taking turns ([photo.json](benchmarks/photo.json)):"
    )
    yield ""
    yield (
        "| pictures | WSAI, a folder | WSAI, one after the other | ultralytics "
        "| times: folder | times: one after the other |"
    )
    yield "|---|---|---|---|---|---|"
    for size, row in found["speed"].items():
        cells = [
            f"{row['ways'][way]['pictures_per_s']:.1f}/s ({row['ways'][way]['p95_ms']:.0f} ms)"
            for way in ("wsai-many", "wsai", "ultralytics")
        ]
        times = [f"{row['times'][way]['ultralytics']:.1f}" for way in ("wsai-many", "wsai")]
        yield "| " + " | ".join([size, *cells, *times]) + " |"
    ours, theirs = (found["boxes"][way]["mean_over_pictures"] for way in ("wsai", "ultralytics"))
    yield ""
    yield (
        "Pictures a second, and the 95th percentile of one. `wsai diagnose FOLDER` gives each core "
        "a picture of its own; `ultralytics` takes one after the other."
    )
    yield ""
    yield (
        f"mAP50 of the same two on the labelled pictures: {ours['map50']:.3f} and "
        f"{theirs['map50']:.3f}."
    )


def http_lines(root: Path) -> Iterator[str]:
    """Yield what the service costs, from ``benchmarks/service.json``."""
    found = _read(root / "benchmarks" / "service.json")
    overhead, start, memory = found["overhead_ms"], found["start_s"], found["memory_mb"]
    yield (
        "The service ([service.json](benchmarks/service.json)): a request at "
        f"{found['picture']} takes {overhead['median']:.1f} ms more than the bare pipeline "
        f"(median), it is ready {max(start['later']):.1f} s after its start "
        f"({start['first_with_empty_database']:.1f} s where it makes its database first), and "
        f"holds {memory['after_the_requests']['peak']:.0f} MB at its peak."
    )


def figures(root: Path = ROOT) -> str:
    """Return the whole part, without its marks."""
    parts = (detector_lines(root), photo_lines(root), http_lines(root))
    return "\n\n".join("\n".join(lines) for lines in parts)


def main() -> None:
    """Put the figures into the README."""
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n\n{figures()}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
