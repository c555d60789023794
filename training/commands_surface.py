"""``wsai-train surface``: the map of floor, powder, liquid and litter, on a detector that stays."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np

from training.datasets import DatasetCard, Sample, pictures_of, read_cards, read_split
from training.loop import new_network
from training.recipe import Recipe, read_recipe
from training.release import validation_part
from training.surface_crops import CropPlan, cut_crops, make_crops
from training.surface_head import load_head
from training.surface_samples import SurfaceSample, paint_set, surface_samples, with_floors
from training.surface_training import measure_surface, train_surface
from training.surface_trust import Logits, logits_of, measured, note, noted, trust_of
from wsai.errors import InvalidRequest
from wsai.vision.surface import Layer

DATASETS = Path(__file__).resolve().parent.parent / "datasets"
PAINT_SEED = 11
TIMES = 3
"""How often each photo is painted to measure on."""

existing = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("weights", type=existing)
@click.option("--recipe", type=existing, required=True, help="Names the architecture and size.")
@click.option("--datasets", type=existing, default=DATASETS)
@click.option("--data", type=existing, required=True)
@click.option(
    "--maps",
    multiple=True,
    default=("rendered", "walkways"),
    show_default=True,
    help="Set with masks/.",
)
@click.option("--measured-on", multiple=True, help="Set with masks/ that nothing is learned from.")
@click.option("--clean", multiple=True, help="Set whose floors show no powder, liquid or litter.")
@click.option("--untidy", multiple=True, help="Set without powder or liquid; litter is unknown.")
@click.option("--most-untidy", default=150, show_default=True, help="Pictures of such a set.")
@click.option("--floors", type=existing, help="Weights that see where the photos' floors are.")
@click.option("--tried-on", multiple=True, help="Set of clean real floors, never trained on.")
@click.option("--crops", default=6000, show_default=True, help="Made once, learned from often.")
@click.option("--crops-in", type=click.Path(file_okay=False, path_type=Path), help="Beside --out.")
@click.option("--crop-px", default=416, show_default=True)
@click.option("--workers", default=2, show_default=True, help="Processes that make crops.")
@click.option("--cut-only", is_flag=True, help="While the detector is still in training.")
@click.option("--begin-with", type=existing, help="Weights with a map to go on from.")
@click.option("--pictures", default=96000, show_default=True, help="Crops seen in all.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="JSON to write.")
def surface(
    weights: Path,
    recipe: Path,
    datasets: Path,
    data: Path,
    maps: tuple[str, ...],
    measured_on: tuple[str, ...],
    clean: tuple[str, ...],
    untidy: tuple[str, ...],
    most_untidy: int,
    floors: Path | None,
    tried_on: tuple[str, ...],
    crops: int,
    crops_in: Path | None,
    crop_px: int,
    workers: int,
    cut_only: bool,
    begin_with: Path | None,
    pictures: int,
    out: Path,
    report: Path | None,
) -> None:
    """Train the map of floor, powder, liquid and litter on a detector that stays as it is.

    On photos of clean floors some are painted. What the detector makes of a crop is kept on the
    disk, 2 MB each: a run that was stopped goes on, and the next is quicker. It is measured on
    rendered scenes of machines and floors that it never saw, and on painted and clean photos of
    --tried-on.
    """
    plan, cards = read_recipe(recipe), read_cards(datasets)
    if unknown := [name for name in measured_on if name not in cards]:
        raise InvalidRequest(f"{unknown[0]}: no such set under {datasets}")
    samples: list[SurfaceSample] = []
    for name in (*maps, *clean, *untidy):
        if name not in cards or not cards[name].may_train:
            raise InvalidRequest(f"{name}: no set that may be trained on, under {datasets}")
        found = surface_samples(read_split(data, cards[name], "train"))
        if name in untidy:
            found = [replace(one, tidy=False) for one in found[:: -(-len(found) // most_untidy)]]
        samples += found

    def tell(row: dict[str, Any]) -> None:
        click.echo(
            f"{row['pictures']}/{row['of']} pictures  loss {row['loss']:.4f}  "
            f"{row['pictures_per_s']:.1f}/s"
        )

    cropping = CropPlan(weights, plan.architecture, crops, plan.size_px, crop_px)
    place = crops_in or out.parent / "crops"
    seen = _on_floors(samples, floors, plan, kept_in=place)

    def count(done: int, of: int) -> None:
        click.echo(f"{done}/{of} crops")

    if cut_only:
        cut_crops(cropping, seen, place, workers=workers, report=count)
        return
    made = make_crops(cropping, seen, place, workers=workers, report=count)
    train_surface(
        weights, plan.architecture, made, out,
        pictures=pictures, begin_with=begin_with, report=tell,
    )  # fmt: skip
    told: dict[str, Any] = {"crops": len(made), "pictures": pictures}
    if begin_with is not None:
        before = noted(begin_with) or {}
        seen_before = int(before.get("pictures", 0)) + int(before.get("pictures before", 0))
        told |= {"begun with": _named(begin_with), "pictures before": seen_before}
    told |= {"maps": list(maps), "clean": list(clean), "untidy": list(untidy)}
    told |= {"measured on": list(measured_on)}
    shown = (*maps, *measured_on)
    told |= _surface_figures(out, plan, cards, data, shown, (clean, tried_on), floors)
    note(out, told)
    if report is not None:
        report.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    click.echo(json.dumps(told))
    click.echo(f"done: {out}")


def _named(weights: Path) -> str:
    """Return how weights are named where the folders of a machine say nothing."""
    return f"{weights.resolve().parent.name}/{weights.name}"


def _on_floors(
    samples: list[SurfaceSample], floors: Path | None, plan: Recipe, kept_in: Path | None = None
) -> list[SurfaceSample]:
    """Return the samples with their floors, found once where there is a folder to keep them."""
    if floors is None:
        return samples
    network = new_network(plan.architecture, start=floors).eval()
    head = load_head(floors, network)
    if head is None:
        raise InvalidRequest(f"{floors}: these weights have no map of floors")
    if kept_in is None:
        return with_floors(samples, head, network, size_px=plan.size_px)
    named = hashlib.sha256(floors.read_bytes())
    named.update(json.dumps([plan.size_px, [str(one.picture) for one in samples]]).encode())
    kept = kept_in / f"floors-{named.hexdigest()[:16]}.npz"
    if not kept.exists():
        found = with_floors(samples, head, network, size_px=plan.size_px)
        maps = {str(n): one.floor for n, one in enumerate(found) if one.floor is not None}
        kept_in.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(".part.npz")
        np.savez_compressed(part, allow_pickle=False, **maps)
        part.replace(kept)
        return found
    with np.load(kept) as maps:
        return [
            replace(one, floor=maps[str(n)]) if str(n) in maps else one
            for n, one in enumerate(samples)
        ]


def _surface_figures(
    weights: Path,
    plan: Recipe,
    cards: dict[str, DatasetCard],
    data: Path,
    maps: tuple[str, ...],
    photos: tuple[tuple[str, ...], tuple[str, ...]],
    floors: Path | None,
) -> dict[str, Any]:
    """Return what the map is worth; thresholds are chosen on other photos than are tried."""
    network = new_network(plan.architecture, start=weights).eval()
    head = load_head(weights, network)
    found: dict[str, Any] = {}
    if head is None:
        return found
    clean, tried_on = photos
    rendered: dict[str, list[SurfaceSample]] = {}
    for name in maps:
        for part in [p for p in (validation_part(cards[name]), "eval") if p]:
            if not pictures_of(data, cards[name], part)[1]:
                # a part of a set that is only measured on may be missing
                click.echo(f"left out: no pictures of {name} {part}", err=True)
                continue
            held = surface_samples(read_split(data, cards[name], part))
            if any(sample.mask for sample in held):
                rendered[f"{name} {part}"] = held
    for place, held in rendered.items():
        found[place] = measure_surface(head, network, held, size_px=plan.size_px)

    def looked_at(rows: list[Sample]) -> tuple[Logits, Logits]:
        given = _on_floors([SurfaceSample(row.path, None) for row in rows], floors, plan)
        with TemporaryDirectory() as folder:
            changed = paint_set(given, Path(folder), PAINT_SEED, times=TIMES)
            told = (
                logits_of(head, network, them, size_px=plan.size_px) for them in (given, changed)
            )
            first, second = told
        return first, second

    chosen_on = [
        row
        for name in clean
        if (held_out := validation_part(cards[name])) is not None
        for row in read_split(data, cards[name], held_out)
    ]
    trust = trust_of(*looked_at(chosen_on)) if chosen_on else {}
    found["chosen on"] = {
        "photos": len(chosen_on), **{layer.value: asdict(row) for layer, row in trust.items()}
    }  # fmt: skip
    shares = {layer: row.share for layer, row in trust.items()}
    for place, held in rendered.items():
        judged = logits_of(head, network, held, size_px=plan.size_px)
        nothing = [row for row in judged if not row[1]]
        said = measured(shares, nothing, [row for row in judged if row[1]])
        found[f"said of {place}"] = {"photos": len(judged), "clean": len(nothing)} | said
    for name in tried_on:
        rows = read_split(data, cards[name], "eval")
        found[f"tried on {name}"] = {"photos": len(rows)} | measured(shares, *looked_at(rows))
    found["layers"] = {Layer.FLOOR.value: 0.5} | {
        layer.value: row.share for layer, row in trust.items() if row.trusted
    }
    return found
