"""``wsai-train place``: the networks that compare a place with how it should look."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from training.datasets import read_cards, read_split
from training.place import (
    Tried,
    logistic,
    make_examples,
    other_places,
    rendered_pairs,
    summary,
    sure_from,
    trial_pairs,
    try_pair,
)
from training.place_features import cut_features
from training.place_judge import export_judge, train_judge
from training.place_pairs import read
from wsai.errors import InvalidRequest
from wsai.perception.models import read_card, read_verified
from wsai.perception.place import CARD_NAME, FEATURES_NAME, JUDGE_NAME, PlaceCard, PlaceNetworks
from wsai.vision.change_maps import MAPS
from wsai.vision.overlay import framed

DATASETS = Path(__file__).resolve().parent.parent / "datasets"
LEARNED_FROM = (
    "doors", "forklift", "wooden-pallet", "garbage", "fall-ward-cctv", "fire-smoke-cctv",
    "construction-site-safety", "construction-safety-rf100", "construction-ppe",
)  # fmt: skip
TRIED_ON = ("exit-sign-campus", "fire-extinguisher")
"""Real corridors and rooms that nothing is learned from."""

SCALE_PICTURES = 40
MOST_FALSE = 0.03
"""Share of pictures of an unchanged place that may have a false region."""

existing = click.Path(exists=True, path_type=Path)
SEED = 7


def _photos(data: Path, datasets: Path, names: tuple[str, ...], split: str) -> list[Path]:
    """Return the pictures of one part of sets, in turns."""
    cards = read_cards(datasets)
    columns = []
    for name in names:
        if split == "train" and not cards[name].may_train:
            raise InvalidRequest(f"{name}: this set must not be trained on")
        columns.append([sample.path for sample in read_split(data, cards[name], split)])
    rng = np.random.default_rng(SEED)
    shuffled = [[column[n] for n in rng.permutation(len(column))] for column in columns]
    longest = max(len(column) for column in shuffled)
    return [column[n % len(column)] for n in range(longest) for column in shuffled]


@click.command()
@click.option("--data", type=existing, required=True, help="Folder of the sets.")
@click.option("--datasets", type=existing, default=DATASETS)
@click.option("--detector", type=existing, required=True, help="Folder of a released detector.")
@click.option("--rendered", type=existing, help="Folder of a rendered set, for pairs of states.")
@click.option("--pairs", type=click.IntRange(min=100), default=2500, show_default=True)
@click.option("--epochs", type=click.IntRange(min=1), default=25, show_default=True)
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--trial", type=click.Path(dir_okay=False, path_type=Path), help="JSON to write.")
def place(
    data: Path,
    datasets: Path,
    detector: Path,
    rendered: Path | None,
    pairs: int,
    epochs: int,
    workers: int,
    out: Path,
    trial: Path | None,
) -> None:
    """Make the networks that compare a place with its baseline, and try them on unseen places."""
    card = read_card(detector)
    name = next(file for file in card.files if file.endswith(".onnx") and "int8" not in file)
    out.mkdir(parents=True, exist_ok=True)
    network = out / "detector.onnx"
    network.write_bytes(read_verified(detector, card, name))
    photos = _photos(data, datasets, LEARNED_FROM, "train")
    features = cut_features(network, [framed(read(path)) for path in photos[:SCALE_PICTURES]])
    network.unlink()
    content = features.SerializeToString()
    (out / FEATURES_NAME).write_bytes(content)
    scenes = rendered_pairs(rendered / "images" / "train") if rendered else []
    chosen = [photos[n % len(photos)] for n in range(pairs)]
    examples = make_examples(
        content, chosen, scenes, workers=workers, seed=SEED,
        tell=lambda made: click.echo(f"{made} examples"),
    )  # fmt: skip
    judge = train_judge(examples, epochs=epochs, seed=SEED)
    export_judge(judge, out / JUDGE_NAME)
    write_card(out, card.id, limit=0.5, slope=1.0, middle=0.5)
    held = _photos(data, datasets, ("doors", "forklift", "garbage", "wooden-pallet"), "val")
    networks = PlaceNetworks(out)
    tried = [try_pair(networks, pair) for pair in trial_pairs(held, seed=SEED + 1, each=24)]
    limit = sure_from(tried, MOST_FALSE)
    slope, middle = logistic(tried)
    write_card(out, card.id, limit=limit, slope=slope, middle=middle)
    click.echo(json.dumps({"sure_from": limit, "held_out": summary(tried, limit)}))
    if trial is not None:
        write_trial(out, data, datasets, trial, examples=len(examples))
    click.echo(f"done: {out}")


def write_trial(out: Path, data: Path, datasets: Path, path: Path, *, examples: int) -> None:
    """Try the networks on photos of sets and parts that they never saw; write what came out."""
    networks = PlaceNetworks(out)
    photos = _photos(data, datasets, TRIED_ON, "eval")
    tried: list[Tried] = [
        try_pair(networks, pair) for pair in trial_pairs(photos, seed=SEED + 2, each=30)
    ]
    asked = 150
    said: dict[str, Any] = {
        "model": networks.model_id,
        "examples_learned_from": examples,
        "sure_from": round(networks.sure_from, 4),
        "photos_of": list(TRIED_ON),
        "kinds": summary(tried, networks.sure_from),
        "pairs_of_different_places": asked,
        "taken_for_the_same_place": other_places(networks, photos, pairs=asked, seed=SEED + 3),
    }
    path.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    click.echo(json.dumps(said))


def write_card(out: Path, cut_from: str, *, limit: float, slope: float, middle: float) -> None:
    """Write ``place.json`` with the hashes of both networks."""
    files = {
        name: hashlib.sha256((out / name).read_bytes()).hexdigest()
        for name in (FEATURES_NAME, JUDGE_NAME)
    }
    card = PlaceCard(
        id=out.name, cut_from=cut_from, maps=MAPS, sure_from=round(limit, 4),
        slope=round(slope, 4), middle=round(middle, 4), files=files,
    )  # fmt: skip
    (out / CARD_NAME).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
