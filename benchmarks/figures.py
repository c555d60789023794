"""Writes the figures of the README from the files that measured them.

    python benchmarks/figures.py

Everything between the two marks in ``README.md`` comes from here; a test compares.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wsai.perception.models import by_number

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- figures: benchmarks/figures.py -->", "<!-- /figures -->"
SETS = {
    "construction-safety-rf100": "construction-safety (Roboflow 100)",
    "construction-ppe": "construction-ppe",
    "construction-site-safety": "construction-site-safety",
    "forklift": "forklift",
    "fire-smoke-cctv": "fire-smoke-cctv",
}


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def detector_lines(root: Path) -> Iterator[str]:
    """Yield what the shipped model reaches, from its ``metrics.json``."""
    model = (root / "models" / "ACTIVE").read_text(encoding="utf-8").strip()
    metrics = _read(root / "models" / model / "metrics.json")
    runs = metrics["runs"]
    yield (
        f"[`{model}`](models/{model}/README.md) at {metrics['size_px']} px, mAP50 on validation "
        "parts that it was not trained on, counted as COCO counts "
        f"([metrics.json](models/{model}/metrics.json)):"
    )
    yield ""
    yield "| set | pictures | float32 | INT8 |"
    yield "|---|---|---|---|"
    for name, title in SETS.items():
        row = metrics["sets"][name]
        exact, quantized = row["model.onnx"], row["model.int8.onnx"]
        yield (
            f"| {title} | {exact['pictures']} | {exact['map50']:.3f} | {quantized['map50']:.3f} |"
        )
    yield ""
    yield f"`{runs}` is what runs. All sets and labels are on the card."


def baseline_lines(root: Path) -> Iterator[str]:
    """Yield what single-set models reach, from ``benchmarks/baselines.json``, where measured."""
    path = root / "benchmarks" / "baselines.json"
    if not path.exists():  # hours of training
        return
    found = _read(path)
    model = (root / "models" / "ACTIVE").read_text(encoding="utf-8").strip()
    metrics = _read(root / "models" / model / "metrics.json")
    yield (
        "Against plain `ultralytics` `yolo11n`, trained from the same first weights on one set "
        "alone, with its own settings and augmentation, measured in float32 at the size and "
        "overlap that suit it best "
        "([baselines.json](benchmarks/baselines.json)), mAP50:"
    )
    yield ""
    yield (
        "| set | pictures it saw | at | plain ultralytics, that set alone | WSAI, all sets in one, "
        "as it ships | difference |"
    )
    yield "|---|---|---|---|---|---|"
    for name, row in found.items():
        ours = metrics["sets"][name][metrics["runs"]]["map50"]
        yield (
            f"| {SETS.get(name, name)} | {row['pictures_seen']} | {row['size_px']} px "
            f"| {row['map50']:.3f} | {ours:.3f} | {ours - row['map50']:+.3f} |"
        )


def curve_lines(root: Path) -> Iterator[str]:
    """Yield how far the detector came with how much training, from every release's metrics."""
    yield "The learning curve, float32 mAP50 on the validation parts by pictures seen in all:"
    yield ""
    yield "| release | pictures seen | " + " | ".join(SETS.values()) + " |"
    yield "|---" * (len(SETS) + 2) + "|"
    files = sorted(
        (root / "models").glob("wsai-detector-*/metrics.json"),
        key=lambda path: by_number(path.parent.name),
    )
    seen_before = 0
    for metrics in map(_read, files):
        seen = sum(stage["pictures"] for stage in metrics["training"])
        if seen == seen_before:  # the same detector with another map of floors
            continue
        seen_before = seen
        cells = [f"{metrics['sets'][name]['model.onnx']['map50']:.3f}" for name in SETS]
        yield f"| {metrics['id']} | {seen} | " + " | ".join(cells) + " |"


def ablation_lines(root: Path) -> Iterator[str]:
    """Yield what each kind of rendered data is worth, from ``benchmarks/ablation.json``."""
    path = root / "benchmarks" / "ablation.json"
    if not path.exists():
        return
    found = _read(path)
    yield (
        f"What of it helped on real photos: networks trained alike, {found['pictures']} pictures "
        f"seen at {found['settings']['size_px']} px, from the COCO weights "
        "([ablation.json](benchmarks/ablation.json)):"
    )
    yield ""
    yield (
        "| trained on | fire-extinguisher AP50 / AP50-95 | exit-sign AP50 / AP50-95 | rendered, "
        "unseen kinds, mAP50 | false extinguishers a photo | false exit signs a photo |"
    )
    yield "|---|---|---|---|---|---|"
    for name, row in found["ways"].items():
        yield f"| {name} | " + " | ".join(_headline_cells(row)) + " |"


def _headline_cells(row: dict[str, Any]) -> list[str]:
    """Return the cells that tables of ``benchmarks/headline.py`` have after the name."""
    false = row["false_boxes_a_photo"]
    cells = [
        f"{row[one]['map50']:.3f} / {row[one]['map50_95']:.3f}"
        for one in ("fire-extinguisher", "exit-sign-campus")
    ]
    cells += [f"{row['rendered']['map50']:.3f}" if "rendered" in row else "–"]
    return cells + [f"{false[one]['at_0.25']:.3f}" for one in ("fire-extinguisher", "exit-sign")]


def photo_lines(root: Path) -> Iterator[str]:
    """Yield the speed of a photo against ``ultralytics``, from ``benchmarks/photo.json``."""
    found = _read(root / "benchmarks" / "photo.json")
    model = found["model"]
    yield (
        "From the bytes of a JPEG to the JSON answer, two cores, against `ultralytics` `predict` "
        f"on the same network in ONNX (`{model['id']}` at {model['input_px']} px), taking turns "
        "([photo.json](benchmarks/photo.json)):"
    )
    yield ""
    yield (
        "| pictures | WSAI, a folder | WSAI, one after the other | ultralytics "
        "| times: folder | times: one after the other |"
    )
    yield "|---|---|---|---|---|---|"
    for size, row in found["speed"].items():
        cells = [
            f"{row['ways'][way]['pictures_per_s']:.1f}/s ({row['ways'][way]['p95_ms']:.0f} ms)"
            for way in ("wsai-many", "wsai", "ultralytics")
        ]
        times = [f"{row['times'][way]['ultralytics']:.1f}" for way in ("wsai-many", "wsai")]
        yield "| " + " | ".join([size, *cells, *times]) + " |"
    ours, theirs = (found["boxes"][way]["mean_over_pictures"] for way in ("wsai", "ultralytics"))
    yield ""
    yield (
        "Pictures a second, and the 95th percentile of one. `wsai diagnose FOLDER` gives each core "
        "a picture of its own; `ultralytics` takes one after the other."
    )
    yield ""
    yield (
        f"mAP50 of the same two on the labelled pictures: {ours['map50']:.3f} and "
        f"{theirs['map50']:.3f}."
    )


def http_lines(root: Path) -> Iterator[str]:
    """Yield what the service costs, from ``benchmarks/service.json``."""
    found = _read(root / "benchmarks" / "service.json")
    overhead, start, memory = found["overhead_ms"], found["start_s"], found["memory_mb"]
    of = f", with `{found['model']}`" if "model" in found else ""
    yield (
        f"The service ([service.json](benchmarks/service.json){of}): a request at "
        f"{found['picture']} takes {overhead['median']:.1f} ms more than the bare pipeline "
        f"(median), it is ready {max(start['later']):.1f} s after its start "
        f"({start['first_with_empty_database']:.1f} s where it makes its database first), and "
        f"holds {memory['after_the_requests']['peak']:.0f} MB at its peak."
    )


SCENES = {
    "rendered": "the eval part of the set rendered",
    "more-machines": "machines of other kinds than were learned from (lathe chucks, conveyors)",
    "exits": "exits, free and held shut, also by cables, which were not learned from",
}
"""Rendered sets of which the eval parts are measured on, in words."""


def headline_lines(root: Path) -> Iterator[str]:
    """Yield what rendered data reaches on real photos, from ``benchmarks/headline.json``."""
    found = _read(root / "benchmarks" / "headline.json")
    models = {found["shipped"]["id"]: found["shipped"], **found["others"]}
    yield (
        "What was learned from rendered and drawn things alone, on real photos that nothing was "
        "trained on ([headline.json](benchmarks/headline.json)); the last columns count boxes at "
        f"a score of 0.25 on {found['shipped']['photos_without']} photos of other real sets:"
    )
    yield ""
    yield (
        "| model | fire-extinguisher AP50 / AP50-95 | exit-sign AP50 / AP50-95 | rendered, unseen "
        "kinds, mAP50 | false extinguishers a photo | false exit signs a photo |"
    )
    yield "|---|---|---|---|---|---|"
    for name, row in models.items():
        yield f"| {name} | " + " | ".join(_headline_cells(row)) + " |"
    yield ""
    if any("rendered" not in row for row in models.values()):
        yield "–: not measured again on the rendered scenes of today."
        yield ""
    for name, words in SCENES.items():
        if name not in found["shipped"]:
            continue
        labels = found["shipped"][name]["labels"]
        yield f"AP50 on {words}, of the model that ships (boxes): " + (
            ", ".join(
                f"{label} {row['ap50']:.2f} ({row['truths']})" for label, row in labels.items()
            )
            + "."
        )
        yield ""
    locks = found["shipped"].get("false_locks_a_door_photo", {}).get("at_its_threshold")
    if locks is not None:
        yield (
            f"Locks on {found['shipped']['photos_of_doors']} real photos of doors, which are not "
            f"known to show any: {locks:.3f} a photo at the score that counts."
        )
        yield ""
    yield from _finding_lines(found)


def _finding_lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield how often the rules are right, of what ships and of what shipped before it."""
    others = sorted(
        ((name, row["findings"]) for name, row in found["others"].items() if "findings" in row),
        key=lambda one: ("candidate" not in one[0], by_number(one[0])),
    )
    judged = {found["shipped"]["id"]: found["shipped"]["findings"], **dict(others[-1:])}
    kinds = list(found["shipped"]["findings"])
    photos = [found["shipped"]["findings"][kind]["photos"] for kind in kinds]
    yield (
        "Findings (hazards and questions) on rendered pictures that nothing was learned from, "
        "against what the same rules make of the true boxes, found of how many there are; "
        + ", ".join(f"{kind}: {count} pictures" for kind, count in zip(kinds, photos, strict=True))
        + " (no model before 0.8.0 learned from the kinds of the set more-machines):"
    )
    yield ""
    columns = [f"{name}, {kind}" for name in judged for kind in kinds]
    yield "| finding | " + " | ".join(columns) + " |"
    yield "|---|" + "---|" * len(columns)
    codes = {code for row in judged.values() for kind in kinds for code in row[kind]} - {"photos"}
    for code in sorted(codes):
        cells = []
        for row in judged.values():
            for kind in kinds:
                count = row[kind].get(code, {"right": 0, "missed": 0, "extra": 0})
                there = count["right"] + count["missed"]
                cells.append(f"{count['right']} of {there}, {count['extra']} falsely")
        yield f"| {code} | " + " | ".join(cells) + " |"


def surface_lines(root: Path) -> Iterator[str]:
    """Yield what the map of floors finds on photos that decided nothing, where one ships."""
    model = (root / "models" / "ACTIVE").read_text(encoding="utf-8").strip()
    told = _read(root / "models" / model / "metrics.json").get("surface")
    if told is None:
        return
    rendered = any(place.startswith("said of") for place in told)
    yield (
        "Powder, liquid and litter on floors, on pictures that nothing learned from and no share "
        "was chosen on (0012 says what the photos did decide): real photos, clean and with "
        f"something painted on their floors{', and rendered eval parts' if rendered else ''} "
        f"([metrics.json](models/{model}/metrics.json)); said and found by the rules:"
    )
    yield ""
    yield "| pictures | layer | said of clean floors | found where it lies | acted on |"
    yield "|---|---|---|---|---|"
    for place, rows in told.items():
        if not place.startswith("tried on") and not re.fullmatch("said of .* eval", place):
            continue
        for layer, row in rows.items():
            if layer not in ("photos", "clean"):
                acted = "yes" if layer in told["layers"] else "no, *not visible*"
                named = place.removeprefix("tried on ").removeprefix("said of ")
                yield (
                    f"| {named} ({rows['photos']}) | {layer} "
                    f"| {row['false']:.3f} | {row['found']:.3f} of {row['painted']} | {acted} |"
                )


def way_lines(root: Path) -> Iterator[str]:
    """Yield what one photo of a way is told of, from ``benchmarks/ways.json``."""
    found = _read(root / "benchmarks" / "ways.json")
    models = {found["shipped"]["id"]: found["shipped"], **found["others"]}
    yield (
        "One photo of a way, with nothing to compare it with: real photos of "
        f"{', '.join(found['sets'])} that nothing was learned from (the map's shares were chosen "
        "on validation photos of the first three), as they are and with one thing painted "
        "on their floors ([ways.json](benchmarks/ways.json)); of the pictures of each "
        "kind, on how many a finding about the floor has a box on it:"
    )
    yield ""
    kinds = list(found["shipped"]["kinds"])
    yield "| model | said of clean floors | " + " | ".join(kinds) + " |"
    yield "|---|---|" + "---|" * len(kinds)
    for name, row in models.items():
        cells = [f"{one['found']} of {one['pictures']}" for one in row["kinds"].values()]
        yield f"| {name} | {row['said_of_clean']} of {row['clean']} | " + " | ".join(cells) + " |"


def sign_lines(root: Path) -> Iterator[str]:
    """Yield how rightly signs are said to give no light, from ``benchmarks/sign_light.json``."""
    found = _read(root / "benchmarks" / "sign_light.json")["sets"]

    def total(kind: str) -> str:
        rows = [row[kind] for row in found.values() if kind in row]
        dark, measured = (sum(row[key] for row in rows) for key in ("called_dark", "measured"))
        return f"{dark} of {measured}"

    yield (
        "Exit signs at their labelled places that are said to give no light "
        "([sign_light.json](benchmarks/sign_light.json); the limits were set on most of them): "
        f"{total('dark')} rendered dark ones, {total('lit')} rendered lit ones, {total('real')} "
        "real ones, which seem lit."
    )


def place_lines(root: Path) -> Iterator[str]:
    """Yield what the baseline of a place finds, from ``place_trial.json`` and ``place.json``."""
    trial = _read(root / "benchmarks" / "place_trial.json")
    times = _read(root / "benchmarks" / "place.json")
    kinds = trial["kinds"]
    changed = {name: row for name, row in kinds.items() if "found" in row}
    same, person = kinds["unchanged"], kinds["person"]
    yield (
        f"The baseline of a place (`{trial['model']}`), on photos of "
        f"{' and '.join(trial['photos_of'])} with drawn changes "
        "([place_trial.json](benchmarks/place_trial.json)), found of "
        f"{next(iter(changed.values()))['pairs']} each: "
        + ", ".join(f"{name} {row['found']}" for name, row in changed.items())
        + f". False regions in {same['pairs_with_false_regions']} of {same['pairs']} unchanged "
        f"pairs and in {person['pairs_with_false_regions']} of {person['pairs']} with a "
        "drawn person; "
        f"{trial['taken_for_the_same_place']} of {trial['pairs_of_different_places']} other places "
        f"were compared. A comparison takes {times['times']['same place']['median_ms']:.0f} ms at "
        f"{times['longest_px']} px ([place.json](benchmarks/place.json))."
    )


def training_lines(root: Path) -> Iterator[str]:
    """Yield the speed of the training loop, from ``benchmarks/training.json``."""
    found = _read(root / "benchmarks" / "training.json")
    speed, times = found["pictures_per_s"], found["times"]
    yield (
        f"Training on two cores at {found['size_px']} px: {speed['wsai']:.1f} pictures a second, "
        f"{times['ultralytics']:.1f} times `ultralytics` as it comes and "
        f"{times['ultralytics-threads']:.1f} times `ultralytics` with torch on all cores, on the "
        "same data and settings ([training.json](benchmarks/training.json), with the loss curves)."
    )


def ledger_lines(root: Path) -> Iterator[str]:
    """Yield what the ledger costs at size, from ``benchmarks/ledger.json``."""
    path = root / "benchmarks" / "ledger.json"
    if not path.exists():  # it takes a PostgreSQL and a quarter of an hour
        return
    found = _read(path)
    yield (
        f"The ledger with {found['enterprises']} enterprises, from request to answer "
        "([ledger.json](benchmarks/ledger.json)):"
    )
    yield ""
    yield (
        "| database | records | slowest list, p95 | record, p95 | history, p95 | statistics of a "
        "year by industry, median | grading of all |"
    )
    yield "|---|---|---|---|---|---|---|"
    for name, row in found["databases"].items():
        asked = row["questions"]
        lists = [value["p95_ms"] for key, value in asked.items() if key.startswith("list:")]
        year = asked["statistics of a year, by industry"]["median_ms"]
        yield (
            f"| {name} | {row['records']} | {max(lists):.0f} ms "
            f"| {asked['record']['p95_ms']:.0f} ms | {asked['history']['p95_ms']:.0f} ms "
            f"| {year:.0f} ms | {row['grading_s']:.1f} s |"
        )


def figures(root: Path = ROOT) -> str:
    """Return the whole part, without its marks."""
    parts = (
        detector_lines(root),
        baseline_lines(root),
        curve_lines(root),
        headline_lines(root),
        ablation_lines(root),
        surface_lines(root),
        way_lines(root),
        sign_lines(root),
        place_lines(root),
        photo_lines(root),
        http_lines(root),
        ledger_lines(root),
        training_lines(root),
    )
    return "\n\n".join(text for lines in parts if (text := "\n".join(lines)))


def main() -> None:
    """Put the figures into the README."""
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n\n{figures()}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
