"""Measures the training loop: WSAI against plain ``ultralytics`` on the same pictures and settings.

    python benchmarks/training.py --data FOLDER_WITH_THE_SETS --start WEIGHTS

Every way is a process of its own, started from the same weights on the same set. They take turns:
one runs for a slice of time while the others are stopped, so that what else the machine does falls
on all of them alike. Speed is pictures learnt from in a slice, preparation of pictures included.
Loss curves are compared over the same pictures seen; they must agree, else speed says nothing.

Needs the training extra. ``benchmarks/training.json`` is what it found.
"""

from __future__ import annotations

import itertools
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import numpy as np
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run by path: benchmarks are no package

SET = "construction-safety-rf100"
WAYS = {
    "wsai": "WSAI: channels-last, bfloat16 autocast, all cores",
    "ultralytics": "ultralytics train as it comes",
    "ultralytics-threads": "ultralytics train with torch on all cores",
}
MEASURED, AGAINST = "wsai", "ultralytics"
LOSSES = ("box_loss", "cls_loss", "dfl_loss")
SIZE_PX, BATCH, SEED = 416, 16, 11
LEARNING_RATE, FINAL_SHARE, WEIGHT_DECAY = 0.0005, 0.1, 0.0005
MOSAIC, DEGREES, TRANSLATE, SCALE = 0.5, 5.0, 0.1, 0.5
ULTRALYTICS_SETTINGS = {
    "YOLO_OFFLINE": "true",
    "YOLO_AUTOINSTALL": "false",
    "YOLO_VERBOSE": "false",
}


def tell(pictures: int, losses: dict[str, float]) -> None:
    """Write one step on standard output for the process that measures."""
    line = {"pictures": pictures, **{name: round(value, 4) for name, value in losses.items()}}
    print(json.dumps(line), file=sys.__stdout__, flush=True)


def learn_wsai(data: Path, start: Path, pictures: int, cores: int, folder: Path) -> None:
    """Train with WSAI's loop."""
    import torch

    from training.datasets import read_cards, read_split
    from training.loop import Machine, MaskedDetectionLoss, Run
    from training.recipe import Recipe

    recipe = Recipe(
        name="benchmark",
        architecture="yolo11n",
        sets={SET: 1},
        size_px=SIZE_PX,
        batch=BATCH,
        pictures=pictures,
        warmup_pictures=0,
        learning_rate=LEARNING_RATE,
        final_learning_rate_share=FINAL_SHARE,
        weight_decay=WEIGHT_DECAY,
        ema_decay=0.9999,
        ema_tau=2000,
        mosaic=MOSAIC,
        close_mosaic_share=0,
        degrees=DEGREES,
        translate=TRANSLATE,
        scale=SCALE,
        seed=SEED,
    )
    cards = read_cards(ROOT / "datasets")
    run = Run(folder / "run", recipe, Machine("cpu", cores, 1, True), start=start)
    torch.set_num_threads(cores)
    run.network.train()
    loss = MaskedDetectionLoss(run.network)
    for batch in run.batches(read_split(data, cards[SET], "train"), cards):
        parts = run.step(batch, loss)
        tell(run.pictures, parts)


def learn_ultralytics(
    data: Path, start: Path, pictures: int, threads: int | None, folder: Path
) -> None:
    """Train with ``ultralytics``: the same weights, pictures, augmentation and schedule."""
    from training.torchvision_ops import ensure_torchvision

    ensure_torchvision()
    import torch
    from ultralytics import YOLO, settings
    from ultralytics.models.yolo.detect import DetectionTrainer

    from training.datasets import read_cards, read_split
    from training.loop import new_network

    settings.update({"mlflow": False})  # on by itself where MLflow is installed
    cards = read_cards(ROOT / "datasets")
    names = [label.value if label else "none" for label in cards[SET].classes]
    listed = folder / "train.txt"
    listed.write_text(
        "\n".join(str(s.path) for s in read_split(data, cards[SET], "train")), encoding="utf-8"
    )
    about = {"path": str(folder), "train": str(listed), "val": str(listed)}
    (folder / "data.yaml").write_text(
        yaml.safe_dump(about | {"names": dict(enumerate(names))}), encoding="utf-8"
    )
    checkpoint = folder / "start.pt"
    torch.save({"model": new_network("yolo11n", start=start), "train_args": {}}, checkpoint)
    seen = 0

    def begun(trainer: DetectionTrainer) -> None:
        if threads:
            torch.set_num_threads(threads)

    def learnt(trainer: DetectionTrainer) -> None:
        nonlocal seen
        seen += BATCH
        tell(seen, {name: float(value) for name, value in trainer.loss_items.items()})

    model = YOLO(str(checkpoint))
    model.add_callback("on_train_start", begun)
    model.add_callback("on_train_batch_end", learnt)
    model.train(
        data=str(folder / "data.yaml"),
        imgsz=SIZE_PX,
        batch=BATCH,
        nbs=BATCH,
        epochs=max(1, round(pictures / cards[SET].splits["train"])),
        device="cpu",
        workers=1,
        optimizer="AdamW",
        lr0=LEARNING_RATE,
        lrf=FINAL_SHARE,
        cos_lr=True,
        momentum=0.9,
        weight_decay=WEIGHT_DECAY,
        warmup_epochs=0,
        mosaic=MOSAIC,
        close_mosaic=0,
        degrees=DEGREES,
        translate=TRANSLATE,
        scale=SCALE,
        cache="ram",
        seed=SEED,
        val=False,
        plots=False,
        save=False,
        project=str(folder),
        verbose=False,
    )


class Way:
    """One way of training, in a process that runs only while it is its turn."""

    def __init__(self, name: str, arguments: list[str], cores: list[int], folder: Path) -> None:
        folder.mkdir()
        environment = dict(os.environ, **ULTRALYTICS_SETTINGS, YOLO_CONFIG_DIR=str(folder))
        self.name, self.steps = name, list[dict[str, Any]]()
        self.rates: list[float] = []
        self._process = subprocess.Popen(
            [sys.executable, __file__, "worker", name, *arguments, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                self.steps.append(json.loads(line))

    @property
    def ended(self) -> bool:
        """Return whether it is done, or failed."""
        return self._process.poll() is not None

    def turn(self, seconds: float) -> None:
        """Run for so long and note the speed between the first and the last step of the slice."""
        os.killpg(self._process.pid, signal.SIGCONT)
        began, before = time.monotonic(), len(self.steps)
        while time.monotonic() - began < seconds and not self.ended:
            time.sleep(0.05)
        if not self.ended:
            os.killpg(self._process.pid, signal.SIGSTOP)
        elapsed, done = time.monotonic() - began, len(self.steps) - before
        if before and not self.ended:
            self.rates.append(BATCH * done / elapsed)

    def begin(self, limit_s: float) -> None:
        """Run until the first step is done, then stop.

        Raises:
            click.ClickException: It ended, or took too long.
        """
        until = time.monotonic() + limit_s
        while not self.steps:
            if self.ended or time.monotonic() > until:
                raise click.ClickException(f"{self.name} did not begin; see its error above")
            time.sleep(0.05)
        os.killpg(self._process.pid, signal.SIGSTOP)

    def end(self) -> None:
        """Let the process end."""
        if not self.ended:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()


def curve(steps: list[dict[str, Any]], upto: int, parts: int = 5) -> list[dict[str, float]]:
    """Return the mean losses over equal parts of the pictures seen.

    >>> curve([{"pictures": 16 * n, "box_loss": 1.0 / n, "cls_loss": 1, "dfl_loss": 1}
    ...        for n in range(1, 11)], 160, parts=2)[0]["box_loss"]
    0.457
    """
    edges = np.linspace(0, upto, parts + 1)
    found = []
    for low, high in itertools.pairwise(edges):
        inside = [step for step in steps if low < step["pictures"] <= high]
        found.append(
            {"upto": int(high)}
            | {name: round(float(np.mean([s[name] for s in inside])), 3) for name in LOSSES}
        )
    return found


def report(ways: list[Way]) -> dict[str, Any]:
    """Return speeds, how they compare, and the loss curves over what all have seen."""
    rates = {way.name: float(np.mean(way.rates)) for way in ways}
    upto = min(way.steps[-1]["pictures"] for way in ways)
    curves = {way.name: curve(way.steps, upto) for way in ways}
    last = {name: sum(rows[-1][loss] for loss in LOSSES) for name, rows in curves.items()}
    return {
        "pictures_per_s": {name: round(rate, 2) for name, rate in rates.items()},
        "slices": {way.name: [round(rate, 2) for rate in way.rates] for way in ways},
        "times": {
            name: round(rates[MEASURED] / rate, 2)
            for name, rate in rates.items()
            if name != MEASURED
        },
        "pictures_compared": upto,
        "curves": curves,
        "last_loss_over_ultralytics": round(last[MEASURED] / last[AGAINST], 3),
    }


def machine(cores: list[int]) -> dict[str, Any]:
    """Return what the figures were measured on; names no person and no folder."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores_used": len(cores),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ("torch", "ultralytics", "albumentations")},
    }


def turns(ways: list[Way], rounds: int) -> Iterator[Way]:
    """Yield whose turn it is; another goes first each round."""
    for number in range(rounds):
        first = number % len(ways)
        yield from ways[first:] + ways[:first]


@click.group(invoke_without_command=True)
@click.option("--data", type=click.Path(exists=True, path_type=Path), help="Folder of the sets.")
@click.option("--start", type=click.Path(exists=True, path_type=Path), help="COCO weights.")
@click.option("--rounds", default=6, show_default=True)
@click.option("--slice-s", default=20.0, show_default=True, help="Seconds of one turn.")
@click.option("--pictures", default=9970, show_default=True, help="Length of the schedule.")
@click.option("--cores", default="0,1", show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), default=ROOT / "benchmarks" / "training.json"
)
@click.pass_context
def cli(
    context: click.Context,
    data: Path | None,
    start: Path | None,
    rounds: int,
    slice_s: float,
    pictures: int,
    cores: str,
    out: Path,
) -> None:
    """Measure, print and write ``benchmarks/training.json``."""
    if context.invoked_subcommand:
        return
    if data is None or start is None:
        raise click.UsageError("--data and --start are needed: the labelled sets, and weights")
    used = [int(core) for core in cores.split(",")]
    about = machine(used)
    with tempfile.TemporaryDirectory() as place:
        given = [str(data.resolve()), str(start.resolve()), str(pictures), str(len(used))]
        ways: list[Way] = []
        try:
            for name in WAYS:
                ways.append(Way(name, given, used, Path(place) / name))
                ways[-1].begin(limit_s=300)
            for way in turns(ways, rounds):
                way.turn(slice_s)
                click.echo(f"{way.name}: {way.rates[-1]:.1f} pictures/s", err=True)
        finally:
            for way in ways:
                way.end()
        found = report(ways)
    whole = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": about,
        "ways": WAYS,
        "set": SET,
        "size_px": SIZE_PX,
        "batch": BATCH,
        "slice_s": slice_s,
        **found,
    }
    out.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    click.echo(json.dumps(found["times"]))


@cli.command(hidden=True)
@click.argument("way")
@click.argument("data", type=click.Path(path_type=Path))
@click.argument("start", type=click.Path(path_type=Path))
@click.argument("pictures", type=int)
@click.argument("cores", type=int)
@click.argument("folder", type=click.Path(path_type=Path))
def worker(way: str, data: Path, start: Path, pictures: int, cores: int, folder: Path) -> None:
    """Train one way until it is stopped."""
    sys.stdout = sys.stderr  # what libraries print must not mix with steps
    if way == "wsai":
        learn_wsai(data, start, pictures, cores, folder)
    else:
        threads = cores if way == "ultralytics-threads" else None
        learn_ultralytics(data, start, pictures, threads, folder)


if __name__ == "__main__":
    cli()
