"""``wsai-train data``: what is in a data set, in which version, from and to which format."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import cv2
import yaml

from training.contact_sheet import doctors_page, label_sheet
from training.dataset_files import Labelled, pictures_of, read_yolo
from training.dataset_formats import FORMATS, class_names, export, read_foreign
from training.dataset_version import Version, content_version, difference
from training.datasets import DatasetCard, read_card, read_cards, read_split
from training.doctor import KINDS, Doctor
from training.evaluate import look_at
from training.looked import Seen, seen_of
from wsai.errors import InvalidRequest
from wsai.perception.onnx_detector import open_detector
from wsai.vision.labels import Label

DATASETS = Path(__file__).resolve().parent.parent / "datasets"
existing = click.Path(exists=True, path_type=Path)
target = click.Path(path_type=Path)
data_option = click.option("--data", type=existing, required=True, help="Folder of the sets.")
datasets_option = click.option(
    "--datasets", type=existing, default=DATASETS, help="Folder of data set cards."
)


@click.group()
def data() -> None:
    """Look after data sets: check, count, version, convert, register."""


def chosen_cards(datasets: Path, names: Iterable[str]) -> list[DatasetCard]:
    """Return the cards of the named sets, or of all.

    Raises:
        InvalidRequest: There is no such set.
    """
    cards = read_cards(datasets)
    if unknown := [name for name in names if name not in cards]:
        raise InvalidRequest(
            f"no set {', '.join(unknown)} under {datasets}; there are: {', '.join(cards) or 'none'}"
        )
    return [cards[name] for name in names] or list(cards.values())


@data.command()
@click.argument("names", nargs=-1)
@data_option
@datasets_option
@click.option("--write", is_flag=True, help="Write version and counts into the cards.")
def version(names: tuple[str, ...], data: Path, datasets: Path, write: bool) -> None:
    """Print the version of sets; exit status 1 where a card says another."""
    differing = []
    for card in chosen_cards(datasets, names):
        now = content_version(data, card)
        click.echo(f"{now.digest}  {card.name}")
        if write:
            write_version(datasets / card.name / "dataset.yaml", now)
        elif told := difference(card, now):
            differing.append(told)
    if differing:
        raise InvalidRequest("; ".join(differing))


def write_version(path: Path, now: Version) -> None:
    """Put version and counts into a card, leaving the rest of its text as it is."""
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(("version:", "boxes:", "splits:"))]
    splits = ", ".join(f"{split}: {count}" for split, count in now.pictures.items())
    boxes = ", ".join(f"{label}: {count}" for label, count in now.boxes.items())
    kept += [f"splits: {{{splits}}}", f"version: {now.digest}", f"boxes: {{{boxes}}}"]
    part = path.with_suffix(".part")
    part.write_text("\n".join(kept) + "\n", encoding="utf-8")
    read_card(part)
    part.replace(path)


@data.command()
@click.argument("names", nargs=-1)
@data_option
@datasets_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def stats(names: tuple[str, ...], data: Path, datasets: Path, as_json: bool) -> None:
    """Count pictures, boxes and their sizes, by part and label."""
    found = {card.name: set_stats(data, card) for card in chosen_cards(datasets, names)}
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    for name, row in found.items():
        parts = ", ".join(f"{split} {count}" for split, count in row["pictures"].items())
        click.echo(f"{name}: {parts}")
        for label, own in row["labels"].items():
            click.echo(
                f"  {label:<14}{own['boxes']:>7} boxes in {own['pictures']} pictures, "
                f"{own['median_px']:.0f} px wide or high in the middle"
            )


def set_stats(root: Path, card: DatasetCard) -> dict[str, Any]:
    """Return what a set holds: pictures by part; boxes, pictures and median size by label."""
    counts: dict[str, int] = {}
    sides: dict[str, list[float]] = {}
    shown: dict[str, int] = {}
    names = [label.value if label else "" for label in card.classes]
    for row in read_yolo(root / card.name, names, list(card.splits)):
        counts[row.split] = counts.get(row.split, 0) + 1
        for one in row.rows:
            left, top, right, bottom = one.box
            sides.setdefault(one.name, []).append(max(right - left, bottom - top))
        for name in {one.name for one in row.rows}:
            shown[name] = shown.get(name, 0) + 1
    return {
        "pictures": counts,
        "labels": {
            name: {
                "boxes": len(own),
                "pictures": shown[name],
                "median_px": round(sorted(own)[len(own) // 2], 1),
            }
            for name, own in sorted(sides.items())
            if name
        },
    }


@data.command()
@click.argument("names", nargs=-1)
@data_option
@datasets_option
@click.option("--model", help="A model that suspects wrong labels; none is asked by default.")
@click.option("--out", type=target, help="Write check.json and check.html there.")
def check(
    names: tuple[str, ...], data: Path, datasets: Path, model: str | None, out: Path | None
) -> None:
    """Look for what is broken, doubled, leaking or mislabelled; exit status 1 on errors."""
    cards = chosen_cards(datasets, names)
    doctor = Doctor(data)
    total = sum(
        len(pictures_of(data / card.name / "images" / split))
        for card in cards
        for split in card.splits
    )
    with click.progressbar(length=total, label="pictures", file=sys.stderr) as bar:
        for card in cards:
            doctor.look_through(card, tick=lambda: bar.update(1))
    doctor.compare_pictures({card.name: card for card in cards})
    if model:
        _suspect(doctor, cards, data, model)
    found = doctor.counts()
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "check.html").write_text(
            doctors_page(data, doctor.complaints, doctor.pictures, doctor.boxes), encoding="utf-8"
        )
        report = {
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "pictures": doctor.pictures,
            "boxes": doctor.boxes,
            "counts": found,
            "complaints": [asdict(one) | {"level": one.level} for one in doctor.complaints],
        }
        (out / "check.json").write_text(
            json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    for kind, count in found.items():
        if count:
            click.echo(f"{KINDS[kind]:<8} {count:>6}  {kind}")
    if doctor.failed:
        first = next(one for one in doctor.complaints if one.level == "error")
        raise InvalidRequest(
            f"the sets have errors, the first: {first.kind} {first.dataset}/{first.split}/"
            f"{first.picture}: {first.detail}"
        )


def _suspect(doctor: Doctor, cards: list[DatasetCard], root: Path, model: str) -> None:
    detector = open_detector(model)
    for card in cards:
        samples = {split: read_split(root, card, split) for split in card.splits}
        count = sum(len(each) for each in samples.values())
        rows: list[tuple[str, Seen]] = []
        with click.progressbar(length=count, label=card.name, file=sys.stderr) as bar:
            for split, each in samples.items():
                seen = seen_of(look_at(detector, each, tick=lambda: bar.update(1)))
                rows += [(split, row) for row in seen]
        doctor.suspect(rows, {card.name: card.exhaustive}, detector.probability)


@data.command("export")
@click.argument("name")
@click.option("--format", "kind", type=click.Choice(FORMATS), required=True)
@data_option
@datasets_option
@click.option("--out", type=target, required=True, help="A new folder.")
def export_set(name: str, kind: str, data: Path, datasets: Path, out: Path) -> None:
    """Write the set NAME for another tool: our labels, pictures included."""
    (card,) = chosen_cards(datasets, [name])
    names = list(dict.fromkeys(label.value for label in card.classes if label))
    raw = [label.value if label else "" for label in card.classes]
    rows = _used(read_yolo(data / card.name, raw, list(card.splits)))
    count = export(_counted(rows, name), names, kind, out)
    click.echo(f"{count} pictures: {out}")


def _used(rows: Iterable[Labelled]) -> Iterator[Labelled]:
    """Leave out the boxes of classes that the card does not use."""
    for row in rows:
        kept = tuple(one for one in row.rows if one.name)
        yield Labelled(row.split, row.path, row.width, row.height, kept, row.name)


def _counted(rows: Iterable[Labelled], label: str) -> Iterator[Labelled]:
    with click.progressbar(rows, label=label, file=sys.stderr) as bar:
        yield from bar


@data.command("import")
@click.argument("folder", type=existing)
@click.option("--format", "kind", type=click.Choice(FORMATS), required=True)
@click.option("--name", required=True, help="Of the new set.")
@click.option("--map", "pairs", multiple=True, help="THEIRS=OURS; equal names need none.")
@click.option("--source", required=True, help="Where it comes from.")
@click.option("--licence", required=True)
@click.option("--commit", default="none", help="Of the source.")
@click.option("--may-train/--measure-only", required=True, help="May it train a shipped model?")
@click.option("--data", type=target, required=True, help="Folder of the sets.")
@click.option("--datasets", type=target, default=DATASETS, help="Folder of data set cards.")
def import_set(
    folder: Path,
    kind: str,
    name: str,
    pairs: tuple[str, ...],
    source: str,
    licence: str,
    commit: str,
    may_train: bool,
    data: Path,
    datasets: Path,
) -> None:
    """Take in a FOLDER of another tool: pictures, labels, and a card for it."""
    names = class_names(kind, folder)
    classes = mapped(names, pairs)
    count = export(_counted(read_foreign(kind, folder, names), name), names, "yolo", data / name)
    about = {"source": source, "licence": licence, "commit": commit, "may_train": may_train}
    register(data, datasets, name, classes, about)
    unused = [theirs for theirs, ours in zip(names, classes, strict=True) if ours is None]
    told = f"; not used: {', '.join(unused)}" if unused else ""
    click.echo(f"{count} pictures: {data / name}, {datasets / name / 'dataset.yaml'}{told}")


def mapped(names: list[str], pairs: Iterable[str]) -> list[Label | None]:
    """Return our label for each of their classes; ``None`` where we have none.

    Raises:
        InvalidRequest: A pair is malformed, or names a class or label that is not there.

    Example:
        >>> mapped(["Hardhat", "fire", "bed"], ["Hardhat=helmet"])
        [<Label.HELMET: 'helmet'>, <Label.FIRE: 'fire'>, None]
    """
    ours = {label.value: label for label in Label}
    chosen: dict[str, Label | None] = {name: ours.get(name.lower()) for name in names}
    for pair in pairs:
        theirs, _, label = pair.partition("=")
        if theirs not in chosen or label not in ours:
            raise InvalidRequest(
                f"--map {pair}: not THEIRS=OURS with THEIRS one of {', '.join(names)} and OURS "
                "one of `wsai labels`"
            )
        chosen[theirs] = ours[label]
    return [chosen[name] for name in names]


@data.command()
@click.argument("name")
@click.option(
    "--class",
    "classes",
    multiple=True,
    required=True,
    help="Our label of each class, in the order of their numbers; - for unused.",
)
@click.option("--exhaustive", multiple=True, help="Labels with every object boxed; all by default.")
@click.option("--source", required=True, help="Where it comes from.")
@click.option("--licence", required=True)
@click.option("--commit", default="none", help="Of the source.")
@click.option("--may-train/--measure-only", required=True, help="May it train a shipped model?")
@data_option
@click.option("--datasets", type=target, default=DATASETS, help="Folder of data set cards.")
def add(
    name: str,
    classes: tuple[str, ...],
    exhaustive: tuple[str, ...],
    source: str,
    licence: str,
    commit: str,
    may_train: bool,
    data: Path,
    datasets: Path,
) -> None:
    """Register the set NAME, a folder with images/ and labels/ below --data."""
    about: dict[str, Any] = {"source": source, "licence": licence, "commit": commit}
    about["may_train"] = may_train
    path = register(
        data,
        datasets,
        name,
        [None if one == "-" else _label(one) for one in classes],
        about,
        exhaustive=[_label(one) for one in exhaustive],
    )
    click.echo(f"{path}: check it with `wsai-train data check {name}`")


def _label(named: str) -> Label:
    try:
        return Label(named)
    except ValueError as error:
        raise InvalidRequest(f"{named}: no label; `wsai labels` lists them") from error


def register(
    root: Path,
    datasets: Path,
    name: str,
    classes: list[Label | None],
    about: dict[str, Any],
    *,
    exhaustive: Iterable[Label] = (),
) -> Path:
    """Write the card of a set with its counts and version.

    Raises:
        InvalidRequest: There is a card already, or the set has no pictures.
    """
    path = datasets / name / "dataset.yaml"
    if path.exists():
        raise InvalidRequest(f"{path}: is there already; edit it, or choose another name")
    place = root / name / "images"
    splits = sorted(p.name for p in place.iterdir() if p.is_dir()) if place.is_dir() else []
    if not splits:
        raise InvalidRequest(f"{place}: no folder there for any part, such as train")
    used = list(dict.fromkeys(label for label in classes if label))
    card = DatasetCard.model_validate(
        {"name": name, **about, "classes": classes, "splits": dict.fromkeys(splits, 0)}
        | {"exhaustive": list(exhaustive) or used}
    )
    now = content_version(root, card)
    whole = card.model_dump(mode="json", exclude_defaults=True)
    whole |= {"splits": now.pictures, "version": now.digest, "boxes": now.boxes}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


@data.command()
@click.option("--set", "name", required=True)
@click.option("--label", required=True)
@data_option
@datasets_option
@click.option("--split", help="Only this part.")
@click.option("--rows", default=6, show_default=True)
@click.option("--columns", default=8, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--out", type=target, required=True, help="A .jpg or .png file.")
def sheet(
    name: str,
    label: str,
    data: Path,
    datasets: Path,
    split: str | None,
    rows: int,
    columns: int,
    seed: int,
    out: Path,
) -> None:
    """Write a contact sheet of one label in one set."""
    (card,) = chosen_cards(datasets, [name])
    splits = [split] if split else list(card.splits)
    samples = [sample for part in splits for sample in read_split(data, card, part)]
    drawn = label_sheet(samples, _label(label), rows=rows, columns=columns, seed=seed)
    if not cv2.haveImageWriter(str(out)) or not cv2.imwrite(str(out), drawn):
        raise InvalidRequest(f"{out}: cannot be written; name a .jpg or .png file")
    click.echo(str(out))
