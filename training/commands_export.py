"""``wsai-train parity``: whether an export may stand in for the model it was made from."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from training.datasets import read_cards, read_split
from training.evaluate import look_at
from training.parity import compare, plain_thresholds
from training.release import FIRST_THRESHOLD, FLOAT_NAME, INT8_NAME, validation_part
from wsai.errors import InvalidRequest
from wsai.perception.models import find_card, models_dir
from wsai.perception.onnx_detector import OnnxDetector
from wsai.perception.runtimes import RUNTIMES, Runtime

DATASETS = Path(__file__).resolve().parent.parent / "datasets"
existing = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("model")
@click.option("--reference", default=FLOAT_NAME, show_default=True, help="File of the model.")
@click.option("--candidate", default=INT8_NAME, show_default=True, help="File of the model.")
@click.option("--data", type=existing, required=True, help="Folder that holds the pictures.")
@click.option("--datasets", type=existing, default=DATASETS, help="Folder of data set cards.")
@click.option("--models", type=existing, help="The registry; the project's own by default.")
@click.option("--set", "names", multiple=True, help="Only these sets; all with a validation part.")
@click.option(
    "--runtime",
    type=click.Choice(RUNTIMES),
    default=RUNTIMES[0],
    help="What computes the candidate; the reference is computed by onnxruntime.",
)
def parity(
    model: str,
    reference: str,
    candidate: str,
    data: Path,
    datasets: Path,
    models: Path | None,
    names: tuple[str, ...],
    runtime: Runtime,
) -> None:
    """Compare two files of MODEL; exit status 1 where the candidate drifts."""
    folder = models or models_dir()
    card, cards = find_card(folder, model), read_cards(datasets)
    wanted = names or tuple(name for name, one in cards.items() if one.may_train)
    parts = {name: validation_part(cards[name]) for name in wanted if name in cards}
    samples = {name: read_split(data, cards[name], part) for name, part in parts.items() if part}
    if not samples:
        raise InvalidRequest(
            f"no set of {', '.join(wanted) or datasets} has a validation part; there are: "
            f"{', '.join(cards) or 'none'}"
        )
    looked = []
    sides: tuple[tuple[str, Runtime], ...] = ((reference, "onnxruntime"), (candidate, runtime))
    for file, computed_by in sides:
        detector = OnnxDetector(folder / card.id, card, file=file, runtime=computed_by)
        count = sum(len(part) for part in samples.values())
        with click.progressbar(length=count, label=file, file=sys.stderr) as bar:
            looked.append(
                {
                    name: look_at(detector, part, tick=lambda: bar.update(1))
                    for name, part in samples.items()
                }
            )
    found = compare(
        looked[0],
        looked[1],
        cards,
        plain_thresholds(card.thresholds, FIRST_THRESHOLD),
    )
    click.echo(json.dumps(found.as_json(), indent=1))
    if not found.holds:
        raise InvalidRequest(
            f"{candidate} ({runtime}) drifts from {reference}: {'; '.join(found.drifts)}"
        )
