"""The model card for people, written from the measured figures alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from training.calibrate import AS_GOOD, BETA, EXCUSES, LEAST_F1
from training.datasets import DatasetCard
from training.recipe import Recipe
from training.surface_trust import LEAST_FOUND, MOST_FALSE
from wsai.perception.models import ModelCard
from wsai.vision.surface import Layer


def card_text(
    metrics: dict[str, Any], recipe: Recipe, cards: dict[str, DatasetCard], model: ModelCard
) -> str:
    """Return the card as Markdown."""
    lines = [
        *_head(metrics, recipe, model),
        *_data(metrics, recipe, cards),
        *_sets(metrics),
        *_labels(metrics),
        *_surfaces(metrics),
        *_limits(metrics),
    ]
    return "\n".join(lines) + "\n"


def _head(metrics: dict[str, Any], recipe: Recipe, model: ModelCard) -> Iterator[str]:
    yield f"# {model.id}"
    yield ""
    yield (
        f"A joint detector of {len(model.labels)} labels ({recipe.architecture}), trained on "
        f"{len(recipe.sets)} sets with a loss that leaves out what a set does not label."
    )
    yield ""
    made = model.created.date().isoformat()
    yield f"- Made: {made}, `{metrics['command']}`; figures in `metrics.json`"
    yield f"- Runs: `{model.runs}` ({model.precision}), input at most {model.input.size} px"
    for stage in metrics["training"]:
        yield (
            f"- Trained: recipe `{stage['recipe']}`, {stage['pictures']} pictures "
            f"at {stage['size_px']} px, seed {stage['seed']}"
            + (f", `{stage['teacher']}` teaching (0006)" if "teacher" in stage else "")
        )
    if (mixed := metrics.get("average")) is not None:
        yield f"- Weights: {mixture(mixed)}, averaged"
    yield "- Licence: AGPL-3.0 (the network and its first weights are Ultralytics', AGPL-3.0)"
    for name, digest in model.files.items():
        yield f"- `{name}` SHA-256 `{digest}`"
    yield ""


def mixture(mixed: dict[str, Any]) -> str:
    """Return what an average is made of; a side that was an average itself in brackets."""
    share = mixed["share_of_the_second"]
    first, second = (
        f"`{side}`" if isinstance(side, str) else f"({mixture(side)})" for side in mixed["of"]
    )
    return f"{1 - share:g} of {first}, {share:g} of {second}"


def _data(metrics: dict[str, Any], recipe: Recipe, cards: dict[str, DatasetCard]) -> Iterator[str]:
    yield "## Data"
    yield ""
    yield "| set | version | source | licence | labels it covers |"
    yield "|---|---|---|---|---|"
    for name in recipe.sets:
        card = cards[name]
        labels = ", ".join(label.value for label in card.exhaustive)
        version = metrics["data"][name][:12]
        source = f"{card.source} ({card.commit})"
        yield f"| {name} | `{version}` | {source} | {card.licence} | {labels} |"
    yield ""
    for name in recipe.sets:
        if cards[name].notes:
            yield f"- {name}: {cards[name].notes}"
        if cards[name].citation:
            yield f"- {name}, please cite: {cards[name].citation}"
    yield ""


def _sets(metrics: dict[str, Any]) -> Iterator[str]:
    yield "## mAP per set (validation parts, never trained on)"
    yield ""
    yield "| set | pictures | file | mAP50 | mAP50-95 | AP50 per label |"
    yield "|---|---|---|---|---|---|"
    for name, files in metrics["sets"].items():
        for file, row in files.items():
            each = ", ".join(f"{label} {ap['ap50']:.3f}" for label, ap in row["labels"].items())
            yield (
                f"| {name} | {row['pictures']} | {file} | {row['map50']:.3f} "
                f"| {row['map50_95']:.3f} | {each} |"
            )
    yield ""
    parity = metrics["parity"]
    yield (
        f"INT8 loses {parity['map50_loss']:.4f} mAP50 against float32 on the average over all "
        f"these pictures (allowed: 0.01); of {parity['boxes']} boxes of both, "
        f"{parity['unmatched']:.3f} have no partner in the other (allowed: 0.08). "
        f"What runs: `{metrics['runs']}`."
    )
    if parity.get("layers"):
        told = ", ".join(f"{layer} {overlap:.2f}" for layer, overlap in parity["layers"].items())
        yield ""
        yield f"The maps of both files overlap (IoU; needed: 0.8): {told}."
    for drift in parity["drifts"]:
        yield f"- INT8 drifts: {drift}"
    yield ""


def _labels(metrics: dict[str, Any]) -> Iterator[str]:
    yield "## Thresholds and calibration per label"
    yield ""
    yield (
        f"The threshold is the lowest score whose F1 on the validation parts is {AS_GOOD} of the "
        "best or more, kept in 0.15 to 0.70; 0.40 where there are fewer than ten examples. Of "
        f"{' and '.join(EXCUSES)}, which excuses, it is the highest such score; of "
        f"{' and '.join(BETA)}, which costs more missed than asked about, F2 takes the place of "
        "F1. Precision and recall are those at the threshold on the same pictures, so they are a "
        "little flattering. A label whose F1 "
        f"there stays below {LEAST_F1} has none: it is listed when it is seen, and no rule acts "
        "on it. ECE is cross-fitted: each half of the pictures is judged by the other half's "
        "calibration. A label with fewer than 20 detections keeps its score as its probability."
    )
    yield ""
    if "calibration_of" in metrics:
        yield (
            f"The detector is that of `{metrics['calibration_of']}`, to the last weight; so are "
            "these, chosen on its validation pictures."
        )
        yield ""
    yield "| label | examples | threshold | precision | recall | ECE before | ECE after |"
    yield "|---|---|---|---|---|---|---|"
    for label, row in metrics["labels"].items():
        threshold = "none" if row["threshold"] is None else f"{row['threshold']:.2f}"
        yield (
            f"| {label} | {row['truths']} | {threshold} | {row['precision']:.2f} "
            f"| {row['recall']:.2f} | {row['ece_before']:.3f} | {row['ece_after']:.3f} |"
        )
    yield ""


def _surfaces(metrics: dict[str, Any]) -> Iterator[str]:
    if (told := metrics.get("surface")) is None:
        return
    yield "## The map of floor, powder, liquid and litter"
    yield ""
    yield (
        f"Trained on {told['crops']} crops, rendered ones and photos with something painted on "
        "their floors, the detector's weights frozen. A layer is acted on where the rules speak "
        f"of it in hardly any photos of clean floors ({MOST_FALSE[Layer.POWDER]:.0%} for powder, "
        f"at most {MOST_FALSE[Layer.LITTER]:.0%} for the others) and in at least "
        f"{LEAST_FOUND:.0%} of the same photos painted; the share from which a cell counts was "
        "chosen on validation photos, the other rows are photos on which no share was chosen. A "
        "photo counts as painted with a layer where the rules would speak of it, given the true "
        "map. It misses much, so where nothing is seen the answer is still not-visible."
    )
    yield ""
    yield "| pictures | layer | counts from | said of clean floors | found of painted | acted on |"
    yield "|---|---|---|---|---|---|"
    for place, rows in told.items():
        if not place.startswith(("chosen on", "tried on", "said of")):
            continue
        for layer, row in rows.items():
            if layer not in ("photos", "clean"):
                yield (
                    f"| {place} ({rows['photos']}) | {layer} | {row['share']:.2f} "
                    f"| {row['false']:.3f} | {row['found']:.3f} of {row['painted']} "
                    f"| {'yes' if layer in told['layers'] else 'no'} |"
                )
    yield ""


def _limits(metrics: dict[str, Any]) -> Iterator[str]:
    yield "## What it cannot do"
    yield ""
    yield (
        "- It was trained on construction sites, wards, homes, yards and one pallet place; "
        "workshops with other light, clothing and machines are not in the data."
    )
    yield (
        "- Sets disagree on what a bare head's box is; `no-helmet` boxes are therefore looser than "
        "others."
    )
    unseen = [label for label, row in metrics["labels"].items() if row["threshold"] is None]
    if unseen:
        yield f"- Too weak to act on, the rules answer not-visible: {', '.join(unseen)}."
    layers = metrics.get("surface", {}).get("layers", {})
    missing = [layer.value for layer in Layer if layer.value not in layers]
    if missing:
        yield f"- What lies on floors and is not acted on: {', '.join(missing)}."
    yield (
        "- Machines, guards, exits, goods and fire gear were learned from rendered workplaces "
        "and pasted pictures; figures on real photos exist for extinguishers and exit signs only."
    )
    yield (
        "- Small sets (waste, waste-bin, pallet, person-fallen) have a handful of validation "
        "pictures; their figures say little."
    )
