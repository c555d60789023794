"""``wsai-train``: what the data team runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from training.average import average_weights, averaged_from
from training.commands_data import data as data_group
from training.commands_evaluate import compare, evaluate
from training.commands_export import parity
from training.commands_place import place
from training.commands_surface import surface
from training.commands_synth import paste, synth
from training.dataset_version import content_version, difference
from training.datasets import DatasetCard, Sample, read_cards, read_split
from training.evaluate import Looked
from training.loop import Machine, Run
from training.loop import train as train_loop
from training.pseudo_labels import Sureness, ask_teacher, read_said, with_said
from training.recipe import PseudoLabels, Recipe, read_recipe
from training.release import FLOAT_NAME, INT8_NAME, Release, validation_part
from training.several import join_team
from training.tracking import tracking
from wsai.errors import InvalidRequest, WsaiError
from wsai.perception.onnx_detector import open_detector

HERE = Path(__file__).resolve().parent
DEFAULT_RECIPE = HERE / "recipes" / "wsai-detector.yaml"
DATASETS = HERE.parent / "datasets"

folder = click.Path(file_okay=False, path_type=Path)
existing = click.Path(exists=True, path_type=Path)


@click.group()
def cli() -> None:
    """Train, measure and release WSAI's models."""


def _cards_of(plan: Recipe, datasets: Path) -> dict[str, DatasetCard]:
    """Return the cards of the sets that a recipe names.

    Raises:
        InvalidRequest: A set has no card, or must not be trained on.
    """
    cards = read_cards(datasets)
    for name in plan.sets:
        if name not in cards:
            raise InvalidRequest(
                f"recipe {plan.name}: no set {name} under {datasets}; there are: "
                f"{', '.join(cards) or 'none'}"
            )
        if not cards[name].may_train:
            raise InvalidRequest(
                f"recipe {plan.name}: the set {name} must not be trained on (its card says "
                "may_train: false); take it out of sets"
            )
    return {name: cards[name] for name in plan.sets}


def _warn_of_other_versions(cards: dict[str, DatasetCard], data: Path) -> None:
    """Say where pictures or labels are others than the card speaks of."""
    for card in cards.values():
        if told := difference(card, content_version(data, card)):
            click.echo(f"warning: {told}", err=True)


def _print(line: dict[str, Any]) -> None:
    minutes = line["left_s"] / 60
    losses = " ".join(f"{name} {line[name]:.3f}" for name in line if name.endswith("_loss"))
    click.echo(
        f"{line['pictures']}/{line['of']} pictures  {losses}  "
        f"{line['pictures_per_s']:.1f}/s  {minutes:.0f} min left"
    )


def _ask(
    plan: PseudoLabels, samples: list[Sample], cards: dict[str, DatasetCard], path: Path
) -> None:
    """Let a teacher say what it is sure of, once for the run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    teacher = open_detector(plan.teacher, file=FLOAT_NAME)
    with click.progressbar(length=len(samples), label="teacher", file=sys.stderr) as bar:
        counts = ask_teacher(
            teacher,
            samples,
            cards,
            path,
            sureness=Sureness(plan.there, plan.absent),
            tick=lambda: bar.update(1),
        )
    click.echo(f"{plan.teacher} is sure of: {json.dumps(counts)}")


@cli.command()
@click.option("--recipe", type=existing, default=DEFAULT_RECIPE, show_default="the shipped recipe")
@click.option("--datasets", type=existing, default=DATASETS, help="Folder of data set cards.")
@click.option("--data", type=existing, required=True, help="Folder that holds the pictures.")
@click.option("--start", type=existing, help="Weights to start from (safetensors).")
@click.option("--out", type=folder, required=True, help="Run folder; one with a state goes on.")
@click.option("--device", default="cpu", show_default=True)
@click.option("--threads", default=2, show_default=True)
@click.option("--workers", default=1, show_default=True)
@click.option("--bfloat16/--float32", default=None, show_default="what is quicker here")
def train(
    recipe: Path,
    datasets: Path,
    data: Path,
    start: Path | None,
    out: Path,
    device: str,
    threads: int,
    workers: int,
    bfloat16: bool | None,
) -> None:
    """Train by a recipe, or go on with an unfinished run.

    On several GPUs: torchrun --nproc-per-node N -m training.cli train ... --device cuda.
    """
    plan = read_recipe(recipe)
    team, device = join_team(device, plan.batch)
    click.get_current_context().call_on_close(team.leave)
    cards = _cards_of(plan, datasets)
    if team.leads:
        _warn_of_other_versions(cards, data)
    samples = [sample for name in plan.sets for sample in read_split(data, cards[name], "train")]
    if plan.pseudo_labels:
        said = out / "pseudo-labels.jsonl"
        if team.leads and not said.exists():
            _ask(plan.pseudo_labels, samples, cards, said)
        team.wait()
        samples = with_said(samples, read_said(said))
    run = Run(out, plan, Machine(device, threads, workers, bfloat16, team), start=start)
    if not team.leads:
        train_loop(run, samples, cards, report=lambda line: None)
        return
    click.echo(f"{len(samples)} pictures, {run.pictures} of {plan.pictures} seen")
    with tracking(plan) as tracker:

        def report(line: dict[str, Any]) -> None:
            _print(line)
            tracker.line(line)

        train_loop(run, samples, cards, report=report)
    click.echo(f"done: {out / 'weights.safetensors'}")


@cli.command()
@click.argument("weights", type=existing)
@click.option(
    "--recipe",
    "recipes",
    type=existing,
    multiple=True,
    default=(DEFAULT_RECIPE,),
    show_default="the shipped recipe",
    help="What it was trained by; once for each stage, the first one first.",
)
@click.option("--datasets", type=existing, default=DATASETS)
@click.option("--data", type=existing, required=True)
@click.option("--out", type=folder, required=True, help="models/<id>; the folder's name is the id.")
@click.option("--size", default=640, show_default=True, help="Longest side of the input, pixels.")
@click.option("--calibration-of", type=existing, help="A release of the very same detector.")
def release(
    weights: Path,
    recipes: tuple[Path, ...],
    datasets: Path,
    data: Path,
    out: Path,
    size: int,
    calibration_of: Path | None,
) -> None:
    """Export, quantise, measure, calibrate, and write the model folder with its card."""
    stages = [read_recipe(recipe) for recipe in recipes]
    plan = stages[-1]
    cards = _cards_of(plan, datasets)
    _warn_of_other_versions(cards, data)
    work = Release(out, plan, cards, data, size_px=size)
    work.metrics["training"] = [
        {"recipe": s.name, "pictures": s.pictures, "size_px": s.size_px, "seed": s.seed}
        | ({"teacher": s.pseudo_labels.teacher} if s.pseudo_labels else {})
        for s in stages
    ]
    if (made := averaged_from(weights)) is not None:
        work.metrics["average"] = made
    click.echo("exporting")
    work.build(weights)
    parts = [(cards[n], validation_part(cards[n])) for n in plan.sets]
    count = sum(len(read_split(data, card, part)) for card, part in parts if part)
    looked: dict[str, dict[str, list[Looked]]] = {}
    for file in (FLOAT_NAME, INT8_NAME):
        with click.progressbar(length=count, label=file, file=sys.stderr) as bar:
            looked[file] = work.measure(file, tick=lambda: bar.update(1))
    work.choose(looked)
    if calibration_of is None:
        work.calibrate(looked[work.runs])
    else:
        work.keep_calibration(calibration_of)
    named = "".join(f" --recipe training/recipes/{recipe.name}" for recipe in recipes)
    work.finish(
        f"wsai-train release WEIGHTS --data SETS{named} --out models/{out.name} --size {size}"
        + (f" --calibration-of models/{calibration_of.name}" if calibration_of else "")
    )
    for name, files in work.metrics["sets"].items():
        click.echo(f"{name}: " + json.dumps({file: row["map50"] for file, row in files.items()}))


@cli.command()
@click.argument("first", type=existing)
@click.argument("second", type=existing)
@click.option("--share", type=float, required=True, help="Of the second, 0 to 1.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Weights to write.",
)
def average(first: Path, second: Path, share: float, out: Path) -> None:
    """Average the weights of two stages of one training.

    A map of floors is left out, unless the second stage froze all that it looks at.
    """
    average_weights(first, second, share, out)
    click.echo(f"{out}: {1 - share:g} of {first}, {share:g} of {second}")


for command in (data_group, parity, evaluate, compare, synth, paste, place, surface):
    cli.add_command(command)


def main() -> None:
    """Run the command line; an expected error is one line and exit status 1."""
    try:
        cli()
    except WsaiError as error:
        click.echo(f"wsai-train: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
