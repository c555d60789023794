"""What an average of two networks keeps of each, by how much of the second is taken.

    python benchmarks/shares.py FIRST SECOND --recipe RECIPE --data SETS --share 0 --share 0.5 ...

Each average is exported in float32 and measured on the validation parts of the recipe's sets, and
on nothing else: a share that was chosen on a part flatters the figures of that part.
``benchmarks/shares.json`` is what it found for the network that ships.
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run by path: benchmarks are no package

from training.average import average_weights, averaged_from  # noqa: E402
from training.datasets import DatasetCard, read_cards  # noqa: E402
from training.recipe import Recipe, read_recipe  # noqa: E402
from training.release import FLOAT_NAME, Release  # noqa: E402

RESULT = ROOT / "benchmarks" / "shares.json"
existing = click.Path(exists=True, path_type=Path)


def measured(
    weights: Path, recipe: Recipe, cards: dict[str, DatasetCard], data: Path, size_px: int
) -> dict[str, Any]:
    """Return mAP50 of each set's validation part, and AP50 of its labels with their truths."""
    with tempfile.TemporaryDirectory() as folder:
        draft = Release(Path(folder) / "draft", recipe, cards, data, size_px=size_px)
        draft.draft(weights)
        draft.measure(FLOAT_NAME, tick=lambda: None)
    rows = {name: files[FLOAT_NAME] for name, files in draft.metrics["sets"].items()}
    return {
        name: {
            "map50": row["map50"],
            "labels": {
                label: {"ap50": one["ap50"], "truths": one["truths"]}
                for label, one in row["labels"].items()
            },
        }
        for name, row in rows.items()
    }


def means(sets: dict[str, Any]) -> dict[str, float]:
    """Return mAP50 of each set and, as ``mean``, of all sets, each counting alike.

    >>> means({"a": {"map50": 0.5}, "b": {"map50": 0.75}})
    {'a': 0.5, 'b': 0.75, 'mean': 0.625}
    """
    found: dict[str, float] = {name: row["map50"] for name, row in sets.items()}
    return found | {"mean": round(sum(found.values()) / len(found), 4)}


@click.command()
@click.argument("first", type=existing)
@click.argument("second", type=existing)
@click.option("--recipe", type=existing, required=True, help="Names the sets.")
@click.option("--data", type=existing, required=True)
@click.option("--datasets", type=existing, default=ROOT / "datasets", help="Cards of the sets.")
@click.option("--share", "shares", type=float, multiple=True, required=True, help="Of the second.")
@click.option("--size", default=640, show_default=True, help="Longest side of the input, pixels.")
@click.option("--out", type=click.Path(path_type=Path), default=RESULT)
def main(
    first: Path, second: Path, recipe: Path, data: Path, datasets: Path, shares: tuple[float, ...],
    size: int, out: Path,
) -> None:  # fmt: skip
    """Measure each share and write ``benchmarks/shares.json``."""
    plan, cards = read_recipe(recipe), read_cards(datasets)
    report: dict[str, Any] = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "recipe": plan.name,
        "versions": {name: cards[name].version for name in plan.sets},
        "shares": {},
    }
    for share in shares:
        with tempfile.TemporaryDirectory() as folder:
            mixed = Path(folder) / "weights.safetensors"
            average_weights(first, second, share, mixed)
            report["of"] = (averaged_from(mixed) or {}).get("of")
            sets = measured(mixed, plan, cards, data, size)
        report["shares"][f"{share:g}"] = sets
        click.echo(f"{share:g}: {json.dumps(means(sets))}")
    out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
