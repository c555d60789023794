"""``wsai-train synth`` and ``surface``: rendered workplaces, and what learns from their maps."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import yaml
from pydantic import BaseModel, ConfigDict, Field

from training.datasets import DatasetCard, Sample, read_cards, read_split
from training.loop import new_network
from training.paste import Paster, paste_set, read_cutouts
from training.recipe import Recipe, read_recipe
from training.release import validation_part
from training.surface_head import (
    SurfaceSample,
    false_share,
    load_head,
    measure_surface,
    paint_set,
    surface_samples,
    train_surface,
    with_floors,
)
from wsai.errors import InvalidRequest
from wsai.vision.surface import Layer

DATASETS = Path(__file__).resolve().parent.parent / "datasets"
GENERATOR = DATASETS / "synthetic"
FONT = Path(__file__).resolve().parent.parent / "wsai/documents/fonts/WSAISerifSC-Regular.ttf"
NEEDS = (
    "needs Python 3.11 with Blender's module: python3.11 -m venv blender && "
    "blender/bin/pip install bpy==4.5.15 opencv-python-headless, then --python blender/bin/python"
)
PAINT_SEED = 11
PASTED_ON = (
    "construction-ppe", "construction-safety-rf100", "forklift", "doors", "wooden-pallet",
)  # fmt: skip
"""Photos of work and of rooms that hardly ever show what is pasted."""

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
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    first: int = Field(ge=0)
    cameras: int = Field(ge=1, le=12)
    size_px: int = Field(ge=128, le=2048)
    samples: int = Field(ge=1)
    split: str = Field(pattern="^(train|eval)$")
    unseen: bool


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
            *(["--test"] if plan.unseen else []),
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
@click.option("--on", multiple=True, default=PASTED_ON, help="Sets whose photos things stand on.")
@click.option("--count", type=click.IntRange(min=1), default=2600, show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
def paste(
    cutouts: Path, data: Path, datasets: Path, on: tuple[str, ...], count: int, out: Path
) -> None:
    """Paste rendered things and drawn signs on real photos: the set "pasted"."""
    cards = read_cards(datasets)
    photos: list[Path] = []
    for name in on:
        if name not in cards or not cards[name].may_train:
            raise InvalidRequest(f"{name}: no set that may be trained on, under {datasets}")
        photos += [sample.path for sample in read_split(data, cards[name], "train")]
    paster = Paster(read_cutouts(cutouts), photos, GENERATOR, FONT)
    boxes = paste_set(paster, count, out, tell=lambda made: click.echo(f"{made}/{count}"))
    click.echo(json.dumps(boxes))
    click.echo(f"done: {out}")


@click.command()
@click.argument("weights", type=existing)
@click.option("--recipe", type=existing, required=True, help="Names the architecture and size.")
@click.option("--datasets", type=existing, default=DATASETS)
@click.option("--data", type=existing, required=True)
@click.option("--maps", default="rendered", show_default=True, help="Set with masks/.")
@click.option("--clean", multiple=True, help="Set whose floors show no powder, liquid or litter.")
@click.option("--floors", type=existing, help="Weights that see where the photos' floors are.")
@click.option("--tried-on", multiple=True, help="Set of clean real floors, never trained on.")
@click.option("--pictures", default=16000, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="JSON to write.")
def surface(
    weights: Path,
    recipe: Path,
    datasets: Path,
    data: Path,
    maps: str,
    clean: tuple[str, ...],
    floors: Path | None,
    tried_on: tuple[str, ...],
    pictures: int,
    out: Path,
    report: Path | None,
) -> None:
    """Train the map of floor, powder, liquid and litter on a detector that stays as it is.

    On photos of clean floors some are painted. It is measured on rendered scenes of machines and
    floors that it never saw, and on painted and clean photos of --tried-on.
    """
    plan, cards = read_recipe(recipe), read_cards(datasets)
    samples: list[Sample] = []
    for name in (maps, *clean):
        if name not in cards or not cards[name].may_train:
            raise InvalidRequest(f"{name}: no set that may be trained on, under {datasets}")
        samples += read_split(data, cards[name], "train")

    def tell(row: dict[str, Any]) -> None:
        click.echo(
            f"{row['pictures']}/{row['of']} pictures  loss {row['loss']:.4f}  "
            f"{row['pictures_per_s']:.1f}/s"
        )

    train_surface(
        weights,
        plan.architecture,
        _on_floors(surface_samples(samples), floors, plan),
        out,
        pictures=pictures,
        size_px=plan.size_px,
        report=tell,
    )
    found = {"pictures": pictures, "clean": list(clean)}
    found |= _surface_figures(out, plan, cards, data, maps, tried_on, floors)
    if report is not None:
        report.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    click.echo(json.dumps(found))
    click.echo(f"done: {out}")


def _on_floors(
    samples: list[SurfaceSample], floors: Path | None, plan: Recipe
) -> list[SurfaceSample]:
    if floors is None:
        return samples
    network = new_network(plan.architecture, start=floors).eval()
    head = load_head(floors, network)
    if head is None:
        raise InvalidRequest(f"{floors}: these weights have no map of floors")
    return with_floors(samples, head, network, size_px=plan.size_px)


def _surface_figures(
    weights: Path,
    plan: Recipe,
    cards: dict[str, DatasetCard],
    data: Path,
    maps: str,
    tried_on: tuple[str, ...],
    floors: Path | None,
) -> dict[str, Any]:
    network = new_network(plan.architecture, start=weights).eval()
    head = load_head(weights, network)
    found: dict[str, Any] = {}
    if head is None:
        return found
    for part in [p for p in (validation_part(cards[maps]), "eval") if p]:
        held = surface_samples(read_split(data, cards[maps], part))
        if any(sample.mask for sample in held):
            found[f"{maps} {part}"] = measure_surface(head, network, held, size_px=plan.size_px)
    for name in tried_on:
        photos = [SurfaceSample(s.path, None) for s in read_split(data, cards[name], "eval")]
        photos = _on_floors(photos, floors, plan)
        with TemporaryDirectory() as folder:
            samples = paint_set(photos, Path(folder), PAINT_SEED)
            shown = measure_surface(head, network, samples, size_px=plan.size_px)
        shown.pop(Layer.FLOOR.value)  # nobody knows where it is in a photo
        found[f"{name} painted"] = shown
        found[f"{name} clean, share seen in"] = false_share(
            head, network, photos, size_px=plan.size_px
        )
    return found
