"""Other tools' formats: YOLO, COCO and Pascal VOC, in and out, with the pictures.

Everything is streamed, a picture at a time. What is written appears under its name only when it
is whole. Coordinates keep four digits behind the point, in pixels, so a round trip through any of
the formats moves no box by a thousandth of a pixel.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, TextIO

import ijson
import yaml

from training.dataset_files import (
    Labelled,
    Polygon,
    Row,
    picture_size,
    pictures_of,
    read_yolo,
)
from wsai.errors import InvalidRequest

FORMATS = ("yolo", "coco", "voc")
DIGITS = 4
LARGEST_XML_BYTES = 4 << 20

Write = Callable[[Path, Iterable[Labelled], list[str]], int]


def safe_name(named: str) -> str:
    """Return a file name of ours for the one that a foreign file gives.

    Folders in it become part of the name, since two of them may hold files of one name.

    Raises:
        InvalidRequest: It leads out of its folder.

    Example:
        >>> safe_name("night/cam 3.jpg")
        'night__cam 3.jpg'
    """
    path = PurePosixPath(PureWindowsPath(named).as_posix())
    if path.is_absolute() or ".." in path.parts or ":" in named or not path.name:
        raise InvalidRequest(f"file name {named!r} leads out of the data set; it is not followed")
    return "__".join(path.parts)


def export(rows: Iterable[Labelled], names: list[str], kind: str, out: Path) -> int:
    """Write pictures and labels in another tool's format.

    Args:
        rows: The pictures.
        names: All class names, in the order of their numbers.
        kind: ``yolo``, ``coco`` or ``voc``.
        out: A folder that is not there yet.

    Returns:
        How many pictures were written.

    Raises:
        InvalidRequest: The folder is there, or the format is unknown.
    """
    if kind not in WRITERS:
        raise InvalidRequest(f"format {kind}: not one of {', '.join(FORMATS)}")
    if out.exists():
        raise InvalidRequest(f"{out}: is there already; name a new folder")
    part = out.with_name(out.name + ".part")
    if part.exists():
        shutil.rmtree(part)  # left by a run that was killed
    part.mkdir(parents=True)
    count = WRITERS[kind](part, rows, names)
    part.replace(out)
    return count


def _copy(row: Labelled, folder: Path) -> str:
    """Copy a picture into a folder under its own name, which no other may have there."""
    target = folder / row.name
    if target.exists():
        raise InvalidRequest(f"two pictures are called {row.name}; rename one of them")
    shutil.copyfile(row.path, target)
    return target.name


def _write_yolo(out: Path, rows: Iterable[Labelled], names: list[str]) -> int:
    splits: dict[str, None] = {}
    count = 0
    for row in rows:
        images, labels = out / "images" / row.split, out / "labels" / row.split
        if row.split not in splits:
            images.mkdir(parents=True)
            labels.mkdir(parents=True)
            splits[row.split] = None
        name = _copy(row, images)
        lines = [_yolo_line(one, names, row.width, row.height) for one in row.rows]
        label = labels / f"{Path(name).stem}.txt"
        if label.exists():
            raise InvalidRequest(f"two pictures share the name {label.stem}; rename one of them")
        label.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        count += 1
    about = {split: f"images/{split}" for split in splits}
    about |= {"val": about.get("val", about.get("train", "images"))}
    whole = {"path": ".", **about, "names": dict(enumerate(names))}
    (out / "data.yaml").write_text(
        yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    return count


def _yolo_line(row: Row, names: list[str], width: int, height: int) -> str:
    number = names.index(row.name)
    if row.polygon:
        values = [v for x, y in row.polygon for v in (x / width, y / height)]
    else:
        left, top, right, bottom = row.box
        values = [
            (left + right) / 2 / width,
            (top + bottom) / 2 / height,
            (right - left) / width,
            (bottom - top) / height,
        ]
    # nine digits: a thousandth of a pixel in pictures a hundred thousand pixels wide
    return " ".join([str(number), *(f"{value:.9f}".rstrip("0").rstrip(".") for value in values)])


def _pixels(value: float) -> float:
    return round(value, DIGITS)


def _write_coco(out: Path, rows: Iterable[Labelled], names: list[str]) -> int:
    """Write one file of annotations a part; both of its lists grow in files of their own."""
    count = boxes = 0
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        lists: dict[tuple[str, str], TextIO] = {}

        def add(split: str, key: str, item: dict[str, Any]) -> None:
            if (split, key) not in lists:
                path = Path(place) / f"{len(lists)}"
                lists[split, key] = stack.enter_context(path.open("w+", encoding="utf-8"))
            else:
                lists[split, key].write(",\n")
            lists[split, key].write(json.dumps(item, ensure_ascii=False))

        for row in rows:
            folder = out / row.split
            folder.mkdir(exist_ok=True)
            count += 1
            image = {"id": count, "file_name": _copy(row, folder)}
            add(row.split, "images", image | {"width": row.width, "height": row.height})
            for one in row.rows:
                boxes += 1
                add(
                    row.split,
                    "annotations",
                    _coco_box(one, names) | {"id": boxes} | {"image_id": count},
                )
        (out / "annotations").mkdir()
        for split in dict.fromkeys(split for split, _ in lists):
            path = out / "annotations" / f"instances_{split}.json"
            with path.open("w", encoding="utf-8") as whole:
                _join_coco(whole, lists, split, names)
    return count


def _coco_box(row: Row, names: list[str]) -> dict[str, Any]:
    left, top, right, bottom = row.box
    width, height = right - left, bottom - top
    polygon = [_pixels(v) for point in row.polygon for v in point] if row.polygon else None
    return {
        "category_id": names.index(row.name) + 1,
        "bbox": [_pixels(value) for value in (left, top, width, height)],
        "area": _pixels(width * height),
        "iscrowd": 0,
        "segmentation": [polygon] if polygon else [],
    }


def _join_coco(
    whole: TextIO, lists: dict[tuple[str, str], TextIO], split: str, names: list[str]
) -> None:
    categories = [{"id": n, "name": name} for n, name in enumerate(names, start=1)]
    whole.write('{"categories": ' + json.dumps(categories, ensure_ascii=False))
    for key in ("images", "annotations"):
        whole.write(f',\n"{key}": [\n')
        if (split, key) in lists:
            lists[split, key].seek(0)
            shutil.copyfileobj(lists[split, key], whole)
        whole.write("]")
    whole.write("}\n")


def _write_voc(out: Path, rows: Iterable[Labelled], names: list[str]) -> int:
    (out / "JPEGImages").mkdir()
    (out / "Annotations").mkdir()
    (out / "ImageSets" / "Main").mkdir(parents=True)
    count = 0
    with ExitStack() as stack:
        listed: dict[str, TextIO] = {}
        for row in rows:
            name = _copy(row, out / "JPEGImages")
            stem = Path(name).stem
            target = out / "Annotations" / f"{stem}.xml"
            if target.exists():
                raise InvalidRequest(f"two pictures share the name {stem}; rename one of them")
            ElementTree.ElementTree(_voc_tree(row, name)).write(target, encoding="utf-8")
            if row.split not in listed:
                path = out / "ImageSets" / "Main" / f"{row.split}.txt"
                listed[row.split] = stack.enter_context(path.open("w", encoding="utf-8"))
            listed[row.split].write(f"{stem}\n")
            count += 1
    (out / "labels.txt").write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    return count


def _voc_tree(row: Labelled, name: str) -> ElementTree.Element:
    root = ElementTree.Element("annotation")
    ElementTree.SubElement(root, "filename").text = name
    size = ElementTree.SubElement(root, "size")
    for key, value in (("width", row.width), ("height", row.height), ("depth", 3)):
        ElementTree.SubElement(size, key).text = str(value)
    for one in row.rows:
        item = ElementTree.SubElement(root, "object")
        ElementTree.SubElement(item, "name").text = one.name
        box = ElementTree.SubElement(item, "bndbox")
        for key, side in zip(("xmin", "ymin", "xmax", "ymax"), one.box, strict=True):
            ElementTree.SubElement(box, key).text = str(_pixels(side))
        if one.polygon:
            shape = ElementTree.SubElement(item, "polygon")
            for n, (x, y) in enumerate(one.polygon, start=1):
                ElementTree.SubElement(shape, f"x{n}").text = str(_pixels(x))
                ElementTree.SubElement(shape, f"y{n}").text = str(_pixels(y))
    return root


WRITERS: dict[str, Write] = {"yolo": _write_yolo, "coco": _write_coco, "voc": _write_voc}


def class_names(kind: str, folder: Path) -> list[str]:
    """Return the class names of a foreign set, in the order of their numbers.

    Raises:
        InvalidRequest: The file that names them is missing or of another kind.
    """
    readers = {"yolo": _yolo_names, "coco": _coco_names, "voc": _voc_names}
    if kind not in readers:
        raise InvalidRequest(f"format {kind}: not one of {', '.join(FORMATS)}")
    try:
        return readers[kind](folder)
    except (OSError, ValueError, KeyError, TypeError, ijson.JSONError, yaml.YAMLError) as error:
        raise InvalidRequest(f"{folder}: no {kind} data set: {error}") from error


def _yolo_names(folder: Path) -> list[str]:
    names = yaml.safe_load((folder / "data.yaml").read_text(encoding="utf-8"))["names"]
    return [str(names[n]) for n in sorted(names)] if isinstance(names, dict) else list(names)


def _coco_files(folder: Path) -> dict[str, Path]:
    """Return the annotation files, by part."""
    found = sorted((folder / "annotations").glob("*.json"))
    found += [p for p in sorted(folder.glob("*/_annotations.coco.json")) if p not in found]
    if not found:
        raise InvalidRequest(f"{folder}: no annotations/*.json")
    return {
        path.parent.name
        if path.name.startswith("_")
        else path.stem.removeprefix("instances_"): path
        for path in found
    }


def _coco_categories(path: Path) -> dict[int, str]:
    with path.open("rb") as file:
        return {item["id"]: str(item["name"]) for item in ijson.items(file, "categories.item")}


def _coco_names(folder: Path) -> list[str]:
    names: dict[str, None] = {}
    for path in _coco_files(folder).values():
        names |= dict.fromkeys(_coco_categories(path).values())
    return list(names)


def _voc_names(folder: Path) -> list[str]:
    listed = folder / "labels.txt"
    if listed.exists():
        return [line for line in listed.read_text(encoding="utf-8").splitlines() if line]
    names = {
        item.findtext("name", "")
        for path in (folder / "Annotations").glob("*.xml")
        for item in _voc_root(path).iter("object")
    }
    if not names:
        raise InvalidRequest(f"{folder}: no Annotations/*.xml with objects")
    return sorted(names)


def read_foreign(kind: str, folder: Path, names: list[str]) -> Iterator[Labelled]:
    """Yield the pictures of a foreign set.

    Raises:
        InvalidRequest: A file is damaged, of another kind, or leads out of the folder.
        ImageUnreadable: A picture is missing or cannot be decoded.
    """
    if kind == "yolo":
        splits = sorted(p.name for p in (folder / "images").iterdir() if p.is_dir())
        yield from read_yolo(folder, names, splits)
    elif kind == "coco":
        for split, path in _coco_files(folder).items():
            yield from _read_coco(folder, split, path)
    else:
        yield from _read_voc(folder)


def _read_coco(folder: Path, split: str, path: Path) -> Iterator[Labelled]:
    """Yield the pictures of one file; its annotations wait in a file until their picture comes."""
    categories = _coco_categories(path)
    with tempfile.TemporaryDirectory() as place:
        store = sqlite3.connect(Path(place) / "annotations.sqlite3")
        try:
            store.execute("CREATE TABLE box (image INTEGER, row TEXT)")
            with path.open("rb") as file:
                store.executemany(
                    "INSERT INTO box VALUES (?, ?)",
                    (
                        (item["image_id"], json.dumps(item))
                        for item in ijson.items(file, "annotations.item", use_float=True)
                    ),
                )
            store.execute("CREATE INDEX by_image ON box (image)")
            with path.open("rb") as file:
                for image in ijson.items(file, "images.item", use_float=True):
                    found = store.execute(
                        "SELECT row FROM box WHERE image = ? ORDER BY rowid", (image["id"],)
                    )
                    rows = tuple(_coco_row(json.loads(text), categories) for (text,) in found)
                    yield _coco_picture(folder, split, path, image, rows)
        except (KeyError, TypeError, ValueError, ijson.JSONError) as error:
            raise InvalidRequest(f"{path}: damaged or of another kind: {error}") from error
        finally:
            store.close()


def _coco_picture(
    folder: Path, split: str, listed_in: Path, image: dict[str, Any], rows: tuple[Row, ...]
) -> Labelled:
    named = str(image["file_name"])
    name = safe_name(named)
    places = [folder / split / named, listed_in.parent / named, folder / "images" / split / named]
    found = next((place for place in places if place.is_file()), places[0])
    if not found.is_file():
        raise InvalidRequest(f"{listed_in}: its picture {named} is not there")
    width, height = picture_size(found)
    return Labelled(split, found, width, height, rows, name)


def _coco_row(item: dict[str, Any], categories: dict[int, str]) -> Row:
    left, top, width, height = (float(value) for value in item["bbox"])
    shapes = item.get("segmentation") or []
    polygon: Polygon | None = None
    if isinstance(shapes, list) and len(shapes) == 1 and len(shapes[0]) >= 6:
        polygon = tuple(zip(shapes[0][::2], shapes[0][1::2], strict=True))
    return Row(categories[item["category_id"]], (left, top, left + width, top + height), polygon)


def _voc_root(path: Path) -> ElementTree.Element:
    """Return the tree of one annotation file.

    Raises:
        InvalidRequest: It is damaged, too large, or declares entities, which may grow without end.
    """
    if path.stat().st_size > LARGEST_XML_BYTES:
        raise InvalidRequest(f"{path}: too large for the annotations of one picture")
    data = path.read_bytes()
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise InvalidRequest(f"{path}: declares entities; they are not read")
    try:
        return ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise InvalidRequest(f"{path}: damaged: {error}") from error


def _read_voc(folder: Path) -> Iterator[Labelled]:
    lists = sorted((folder / "ImageSets" / "Main").glob("*.txt"))
    if lists:
        for path in lists:
            with path.open(encoding="utf-8") as stems:
                for line in stems:
                    if line.strip():
                        yield _voc_picture(folder, path.stem, _listed_stem(folder, line.strip()))
    else:
        for path in pictures_of(folder / "JPEGImages"):
            yield _voc_picture(folder, "train", path.stem)


def _listed_stem(folder: Path, line: str) -> str:
    """Return the name that a line of a part's list gives; VOC's own lists put a flag behind it."""
    whole = (folder / "Annotations" / f"{safe_name(line)}.xml").is_file()
    return line if whole else line.split()[0]


def _voc_picture(folder: Path, split: str, stem: str) -> Labelled:
    path = folder / "Annotations" / f"{safe_name(stem)}.xml"
    if not path.is_file():
        raise InvalidRequest(f"{path}: is named by the set and not there")
    root = _voc_root(path)
    picture = folder / "JPEGImages" / safe_name(root.findtext("filename", f"{stem}.jpg"))
    if not picture.is_file():
        raise InvalidRequest(f"{path}: its picture {picture.name} is not there")
    width, height = picture_size(picture)
    try:
        rows = tuple(_voc_row(item) for item in root.iter("object"))
    except (TypeError, ValueError) as error:
        raise InvalidRequest(f"{path}: a box is missing or no number: {error}") from error
    return Labelled(split, picture, width, height, rows, picture.name)


def _voc_row(item: ElementTree.Element) -> Row:
    sides = [item.findtext(f"bndbox/{key}") for key in ("xmin", "ymin", "xmax", "ymax")]
    left, top, right, bottom = (float(side) for side in sides if side is not None)
    shape = item.find("polygon")
    polygon: Polygon | None = None
    if shape is not None and len(shape) >= 6:
        values = [float(point.text or "nan") for point in shape]
        polygon = tuple(zip(values[::2], values[1::2], strict=True))
    return Row(item.findtext("name", ""), (left, top, right, bottom), polygon)
