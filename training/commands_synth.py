"""``wsai-train synth`` and ``surface``: rendered workplaces, and what learns from their maps."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import yaml
from pydantic import BaseModel, ConfigDict, Field

from training.datasets import DatasetCard, read_cards, read_split
from training.paste import Paster, paste_set, read_cutouts
from training.paste_goods import GoodsPaster, ground_photos
from training.paste_locks import NAMES, LockPaster
from wsai.errors import InvalidRequest
from wsai.perception.models import read_card
from wsai.perception.onnx_detector import OnnxDetector
from wsai.vision.labels import Label

DATASETS = Path(__file__).resolve().parent.parent / "datasets"
GENERATOR = DATASETS / "synthetic"
FONT = Path(__file__).resolve().parent.parent / "wsai/documents/fonts/WSAISerifSC-Regular.ttf"
NEEDS = (
    "needs Python 3.11 with Blender's module: python3.11 -m venv blender && "
    "blender/bin/pip install bpy==4.5.15 opencv-python-headless, then --python blender/bin/python"
)
PASTED_ON = (
    "construction-ppe", "construction-safety-rf100", "forklift", "doors", "wooden-pallet",
)  # fmt: skip
"""Photos of work and of rooms that hardly ever show what is pasted."""

PUT_DOWN_ON = (
    "doors", "forklift", "fall-ward-cctv", "fire-smoke-cctv", "construction-ppe",
    "construction-safety-rf100",
)  # fmt: skip
"""Photos with floors."""
HUNG_ON = ("doors",)
"""Photos with labelled doors."""
MOST_OF_A_SET = 350

existing = click.Path(exists=True, path_type=Path)
LOOK_EVERY_S = 1.0


class SynthRecipe(BaseModel):
    """One YAML file under ``training/recipes/`` that says what is rendered.

    Attributes:
        first: Seed of the first scene.
        cameras: Pictures of each of a scene's two states.
        size_px: Longest side.
        samples: Light paths a pixel; the denoiser does the rest.
        split: ``train`` or ``eval``.
        unseen: Whether machines, goods and floors are used that training never has.
        about: ``ways`` for floors along the way, ``heaps`` for powder on them, ``machines`` for
            their guards, ``more-machines`` for those of the further kinds, ``exits`` for doors that
            are locked or whose signs are dark; empty for all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    first: int = Field(ge=0)
    cameras: int = Field(ge=1, le=12)
    size_px: int = Field(ge=128, le=2048)
    samples: int = Field(ge=1)
    split: str = Field(pattern="^(train|eval)$")
    unseen: bool
    about: str = Field(default="", pattern="^(|ways|machines|more-machines|heaps|exits)$")


def read_synth_recipe(path: Path) -> SynthRecipe:
    """Return a recipe of rendering.

    Raises:
        InvalidRequest: The file is missing or does not fit the schema.
    """
    try:
        return SynthRecipe.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InvalidRequest(f"{path}: not a recipe of rendering: {error}") from error


def scenes_for(count: int, cameras: int) -> int:
    """Return how many scenes give at least so many pictures: two states of each, all cameras.

    >>> scenes_for(100, 3)
    17
    """
    return -(-count // (2 * cameras))


def draw_signs(folder: Path, font: Path) -> None:
    """Write the pictures of signs and boards that scenes hang on their walls, where missing."""
    sys.path.insert(0, str(GENERATOR))
    try:
        signs = import_module("signs")
    finally:
        sys.path.remove(str(GENERATOR))
    folder.mkdir(parents=True, exist_ok=True)
    for name in signs.names():
        path = folder / f"{name}.png"
        if not path.exists():
            signs.draw(name, font).save(path)


def _check_python(python: Path) -> None:
    """Find out before anything is written whether this interpreter can render.

    Raises:
        InvalidRequest: It cannot.
    """
    try:
        done = subprocess.run(
            [str(python), "-c", "import bpy, cv2"], capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise InvalidRequest(f"{python}: cannot be run: {error.strerror}; {NEEDS}") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise InvalidRequest(f"{python}: cannot render ({last}); {NEEDS}")


@click.command()
@click.option("--recipe", type=existing, required=True, help="What to render.")
@click.option("--count", type=click.IntRange(min=1), required=True, help="Pictures, about.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option(
    "--python", type=click.Path(path_type=Path), default=Path(sys.executable), help="With bpy."
)
@click.option("--font", type=existing, default=FONT, help="For Chinese words on signs.")
def synth(recipe: Path, count: int, workers: int, out: Path, python: Path, font: Path) -> None:
    """Render labelled workplaces; scenes that are finished in the folder are not made again."""
    plan = read_synth_recipe(recipe)
    _check_python(python)
    draw_signs(out / "signs", font)
    scenes = scenes_for(count, plan.cameras)
    rows = 0
    begun = time.monotonic()
    already = len(list((out / "done" / plan.split).glob("*"))) if out.exists() else 0
    with click.progressbar(length=2 * scenes, label=plan.name, file=sys.stderr) as bar:
        bar.update(min(already, 2 * scenes))
        for row in _rendered(plan, scenes, workers, out, python):
            rows += row["pictures"]
            bar.update(1)
    minutes = (time.monotonic() - begun) / 60
    total = len(list((out / "images" / plan.split).glob("*.jpg")))
    click.echo(f"{rows} pictures in {minutes:.1f} min; {total} in {out / 'images' / plan.split}")


def _rendered(
    plan: SynthRecipe, scenes: int, workers: int, out: Path, python: Path
) -> Iterator[dict[str, Any]]:
    """Yield what each worker says of each finished scene.

    Raises:
        InvalidRequest: A worker failed; what it has finished stays.
    """
    logs = [out / f"worker-{n}.log" for n in range(workers)]
    for log in logs:
        log.write_text("", encoding="utf-8")
    running = []
    for number, log in enumerate(logs):
        command = [
            str(python), str(GENERATOR / "render_set.py"), "--out", str(out), "--signs",
            str(out / "signs"), "--first", str(plan.first), "--count", str(scenes), "--worker",
            str(number), "--workers", str(workers), "--cameras", str(plan.cameras), "--size",
            str(plan.size_px), "--samples", str(plan.samples), "--split", plan.split,
            *(["--test"] if plan.unseen else []), "--about", plan.about,
        ]  # fmt: skip
        with log.open("w", encoding="utf-8") as file:
            running.append(subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT))
    read = [0] * workers
    try:
        while True:
            over = all(worker.poll() is not None for worker in running)
            for number, log in enumerate(logs):
                lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
                for line in lines[read[number] :]:
                    if line.startswith('{"seed"'):
                        yield json.loads(line)
                read[number] = len(lines)
            if over:
                break
            time.sleep(LOOK_EVERY_S)
    finally:
        for worker in running:
            worker.terminate()
    for worker, log in zip(running, logs, strict=True):
        if worker.returncode:
            last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise InvalidRequest(f"{log}: a worker failed: {' '.join(last)}")


@click.command()
@click.option("--cutouts", type=existing, required=True, help="Of render_cutouts.py.")
@click.option("--data", type=existing, required=True, help="Folder of the sets.")
@click.option("--datasets", type=existing, default=DATASETS)
@click.option("--on", multiple=True, help="Sets whose photos things stand on.")
@click.option("--floors", type=existing, help="Released model that sees floors: puts goods there.")
@click.option("--doors", is_flag=True, help="Hangs locks on labelled doors.")
@click.option("--count", type=click.IntRange(min=1), default=2600, show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
def paste(
    cutouts: Path,
    data: Path,
    datasets: Path,
    on: tuple[str, ...],
    floors: Path | None,
    doors: bool,
    count: int,
    out: Path,
) -> None:
    """Paste rendered things and drawn signs on real photos: the set "pasted".

    With --floors it is the set "goods" instead: goods (``render_cutouts.py --of goods``) put down
    on floors where the model sees one, on photos in which it sees nothing of the kind. With --doors
    it is the set "locks": chains and padlocks (``--of locks``) on the doors that photos show.
    """
    if doors and floors is not None:
        raise InvalidRequest("--floors and --doors make different sets; give one of them")
    cards = read_cards(datasets)
    if doors:
        _paste_locks(cutouts, data, cards, on or HUNG_ON, count, out)
        return
    on = on or (PASTED_ON if floors is None else PUT_DOWN_ON)
    photos: list[Path] = []
    for name in on:
        _check_may_train(name, cards)
        found = [sample.path for sample in read_split(data, cards[name], "train")]
        photos += found if floors is None else found[:: -(-len(found) // MOST_OF_A_SET)]
    if floors is not None:
        detector = OnnxDetector(floors, read_card(floors))
        chosen = ground_photos(
            photos, detector, tell=lambda seen: click.echo(f"{seen}/{len(photos)} photos seen")
        )
        click.echo(f"{len(chosen)} of {len(photos)} photos show an empty floor")
        boxes = paste_set(
            GoodsPaster(read_cutouts(cutouts), chosen), count, out,
            labels=(Label.OBSTACLE.value,), tell=lambda made: click.echo(f"{made}/{count}"),
        )  # fmt: skip
        click.echo(json.dumps(boxes))
        click.echo(f"done: {out}")
        return
    paster = Paster(read_cutouts(cutouts), photos, GENERATOR, FONT)
    boxes = paste_set(paster, count, out, tell=lambda made: click.echo(f"{made}/{count}"))
    click.echo(json.dumps(boxes))
    click.echo(f"done: {out}")


def _check_may_train(name: str, cards: dict[str, DatasetCard]) -> None:
    """Find out whether pictures of a set may be used.

    Raises:
        InvalidRequest: There is no such set, or it is only there to measure on.
    """
    if name not in cards or not cards[name].may_train:
        raise InvalidRequest(f"{name}: no set that may be trained on")


def _paste_locks(
    cutouts: Path,
    data: Path,
    cards: dict[str, DatasetCard],
    on: tuple[str, ...],
    count: int,
    out: Path,
) -> None:
    photos = []
    for name in on:
        _check_may_train(name, cards)
        photos += read_split(data, cards[name], "train")
    boxes = paste_set(
        LockPaster(read_cutouts(cutouts), photos), count, out, labels=NAMES,
        tell=lambda made: click.echo(f"{made}/{count}"),
    )  # fmt: skip
    click.echo(json.dumps(boxes))
    click.echo(f"done: {out}")
