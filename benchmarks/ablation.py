"""What of the rendered training data carries over to real photos: four ways, trained alike.

    python benchmarks/ablation.py --data SETS --start WEIGHTS --work FOLDER

From the same first weights, with as many pictures seen and the same settings, a network learns from
whole rendered scenes, from rendered things pasted on real photos, from half of each, and from both
with a fifth of real pictures that do not show them. Each is exported, quantised and measured as
``benchmarks/headline.py`` measures a release. The work folder keeps what is trained: a run that was
stopped goes on. ``benchmarks/ablation.json`` is what was found.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run by path: benchmarks are no package

from benchmarks.headline import measured  # noqa: E402
from training.datasets import read_cards, read_split  # noqa: E402
from training.loop import Machine, Run, train  # noqa: E402
from training.recipe import Recipe  # noqa: E402
from training.release import Release  # noqa: E402
from training.several import join_team  # noqa: E402

RESULT = ROOT / "benchmarks" / "ablation.json"
REAL = ("construction-safety-rf100", "construction-ppe", "forklift")
WAYS: dict[str, dict[str, float]] = {
    "scenes alone": {"rendered": 1.0},
    "pasted alone": {"pasted": 1.0},
    "scenes and pasted": {"rendered": 0.5, "pasted": 0.5},
    "scenes, pasted and a fifth real": {"rendered": 0.4, "pasted": 0.4}
    | dict.fromkeys(REAL, 0.2 / len(REAL)),
}
"""Of all pictures seen, the share of each set."""
SETTINGS: dict[str, Any] = {
    "architecture": "yolo11n", "size_px": 416, "batch": 16, "warmup_pictures": 400,
    "learning_rate": 0.001, "final_learning_rate_share": 0.02, "weight_decay": 0.0005,
    "ema_decay": 0.999, "ema_tau": 200, "mosaic": 0.3, "close_mosaic_share": 0.3, "degrees": 8.0,
    "translate": 0.1, "scale": 0.5, "seed": 21,
}  # fmt: skip


def recipe_of(name: str, counts: dict[str, int], pictures: int) -> Recipe:
    """Return the recipe of a way: each set gets its share of the pictures seen.

    Args:
        name: A key of ``WAYS``.
        counts: Training pictures of each set.
        pictures: Seen in all.
    """
    shares = {
        one: max(round(share * pictures / counts[one], 4), 1e-3)
        for one, share in WAYS[name].items()
    }
    least = min(1.0, *(1 / v for v in shares.values()))
    sets = {one: round(v * least, 4) for one, v in shares.items()}
    named = name.replace(",", "").replace(" ", "-")
    return Recipe.model_validate(SETTINGS | {"name": named, "sets": sets, "pictures": pictures})


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--start", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--pictures", default=6000, show_default=True, help="Seen in each way.")
@click.option("--out", type=click.Path(path_type=Path), default=RESULT)
def main(data: Path, start: Path, work: Path, pictures: int, out: Path) -> None:
    """Train each way, measure it, and write ``benchmarks/ablation.json``."""
    team, device = join_team("cpu", SETTINGS["batch"])
    cards = read_cards(ROOT / "datasets")
    report: dict[str, Any] = {"pictures": pictures, "settings": SETTINGS, "ways": {}}
    for name in WAYS:
        samples = {one: read_split(data, cards[one], "train") for one in WAYS[name]}
        plan = recipe_of(name, {one: len(rows) for one, rows in samples.items()}, pictures)
        folder = work / plan.name
        run = Run(folder, plan, Machine(device, 2, 1, None, team), start=start)
        rows = [row for part in samples.values() for row in part]
        train(run, rows, {one: cards[one] for one in samples}, report=lambda line: None)
        release = Release(folder / "model", plan, cards, data, size_px=plan.size_px)
        release.build(folder / "weights.safetensors")
        told = measured(release.folder, data, cards)
        report["ways"][name] = {"sets": plan.sets} | told
        click.echo(f"{name}: " + json.dumps({k: told[k] for k in told if k not in ("id", "file")}))
        report["measured"] = datetime.now(UTC).isoformat(timespec="seconds")
        out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
