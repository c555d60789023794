"""Trains plain ``ultralytics`` on one set alone and measures it as WSAI is measured.

    python benchmarks/baseline.py --data FOLDER_WITH_THE_SETS --start WEIGHTS --set construction-ppe

What someone gets who trains ``yolo11n`` on that set and nothing else: the same first weights,
``ultralytics``' own settings and augmentation, and as many pictures seen as asked for. On a CPU it
may use all cores and bfloat16, which it would not by itself. Its detections are judged by the same
code, on the same validation part, at the picture size and overlap that suit it best.

Needs the training extra, and hours. ``benchmarks/baselines.json`` keeps what was found, set by
set; a set that is run again replaces its own figures.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import cv2
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run by path: benchmarks are no package

SETTINGS = {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "YOLO_VERBOSE": "false"}
BATCH, MOST_OBJECTS, LOWEST_SCORE = 16, 300, 0.001
NMS_IOUS = (0.7, 0.6)
"""``ultralytics``' own and ours."""
SIZES_PX = (512, 640)
"""Whichever of them, and of the overlaps, suits the rival best counts."""


def class_names(card: Any) -> list[str]:
    """Return a name for every class of the set; unused ones keep their number."""
    return [label.value if label else f"unused-{n}" for n, label in enumerate(card.classes)]


def learn(data: Path, start: Path, card: Any, pictures: int, size_px: int, folder: Path) -> Path:
    """Train with ``ultralytics`` as it comes, and return the weights."""
    import torch
    from ultralytics import YOLO, settings
    from ultralytics.engine import trainer

    from training.datasets import read_split
    from training.loop import fast_bfloat16, new_network

    settings.update({"mlflow": False})  # on by itself where MLflow is installed
    samples = read_split(data, card, "train")
    listed = folder / "train.txt"
    listed.write_text("\n".join(str(sample.path) for sample in samples), encoding="utf-8")
    about = {"path": str(folder), "train": str(listed), "val": str(listed)}
    (folder / "data.yaml").write_text(
        yaml.safe_dump(about | {"names": dict(enumerate(class_names(card)))}), encoding="utf-8"
    )
    checkpoint = folder / "start.pt"
    torch.save({"model": new_network("yolo11n", start=start), "train_args": {}}, checkpoint)
    model = YOLO(str(checkpoint))
    model.add_callback("on_train_start", lambda trainer: torch.set_num_threads(os.cpu_count() or 1))
    if fast_bfloat16():  # what it does by itself on a GPU; on a CPU it knows float32 alone
        trainer.autocast = lambda *_, **__: torch.autocast("cpu", dtype=torch.bfloat16)
    model.train(
        data=str(folder / "data.yaml"),
        imgsz=size_px,
        batch=BATCH,
        epochs=max(1, round(pictures / len(samples))),
        device="cpu",
        workers=1,
        cache="ram",
        amp=False,
        val=False,
        plots=False,
        project=str(folder),
        name="run",
        verbose=False,
    )
    return folder / "run" / "weights" / "last.pt"


def measure(data: Path, card: Any, weights: Path, size_px: int) -> dict[str, Any]:
    """Return average precision on the validation part, counted as WSAI's own is.

    It is measured at several sizes and overlaps at which doubled boxes are dropped; the best
    counts.
    """
    found = [
        measure_at(iou, data, card, weights, px) | {"nms_iou": iou, "measured_at_px": px}
        for iou in NMS_IOUS
        for px in sorted({size_px, *SIZES_PX})
    ]
    return max(found, key=lambda row: float(row["map50"]))


def measure_at(
    nms_iou: float, data: Path, card: Any, weights: Path, size_px: int
) -> dict[str, Any]:
    """Return it for one overlap at which doubled boxes are dropped."""
    from ultralytics import YOLO

    from training.datasets import read_split
    from training.evaluate import Looked, average_precision
    from training.release import validation_part
    from wsai.vision.detections import Detections
    from wsai.vision.labels import Label

    part = validation_part(card)
    if part is None:
        raise click.ClickException(f"the set {card.name} has no validation part")
    model, looked, known = YOLO(str(weights)), list[Looked](), {label.value for label in Label}
    for sample in read_split(data, card, part):
        pixels = cv2.imread(str(sample.path))
        (found,) = model.predict(
            pixels,
            imgsz=size_px,
            conf=LOWEST_SCORE,
            iou=nms_iou,
            max_det=MOST_OBJECTS,
            verbose=False,
        )
        rows = [
            (
                Label(row["name"]),
                row["confidence"],
                [row["box"][k] for k in ("x1", "y1", "x2", "y2")],
            )
            for row in found.summary(decimals=5)
            if row["name"] in known
        ]
        looked.append((sample, Detections.of(rows), pixels.shape[1], pixels.shape[0]))
    return average_precision(looked, card)


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--start", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--set", "name", required=True, help="Which set.")
@click.option("--pictures", default=10_000, show_default=True, help="Pictures seen in all.")
@click.option("--size", "size_px", default=512, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), default=ROOT / "benchmarks" / "baselines.json"
)
def cli(data: Path, start: Path, name: str, pictures: int, size_px: int, out: Path) -> None:
    """Train, measure, and write ``benchmarks/baselines.json``."""
    from training.torchvision_ops import ensure_torchvision

    ensure_torchvision()
    from importlib.metadata import version

    from training.datasets import read_cards

    card = read_cards(ROOT / "datasets")[name]
    with tempfile.TemporaryDirectory() as place:
        os.environ.update(SETTINGS, YOLO_CONFIG_DIR=place)
        began = time.monotonic()
        weights = learn(data.resolve(), start, card, pictures, size_px, Path(place))
        row = {
            "measured": datetime.now(UTC).isoformat(timespec="seconds"),
            "ultralytics": version("ultralytics"),
            "pictures_seen": pictures,
            "size_px": size_px,
            "trained_s": round(time.monotonic() - began),
            "version": card.version,
            **measure(data.resolve(), card, weights, size_px),
        }
    kept = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    kept[name] = row
    out.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    click.echo(f"{name}: mAP50 {row['map50']}, mAP50-95 {row['map50_95']}")


if __name__ == "__main__":
    cli()
