"""Making the networks that places are compared with, and trying them on pairs they never saw."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from training.place_features import as_input
from training.place_judge import Example
from training.place_pairs import (
    CLASSES,
    KINDS,
    Mask,
    Pair,
    Pixels,
    as_large,
    in_light,
    make_pair,
    read,
    seen_from,
)
from wsai.diagnosis.baseline import Baseline, Judged, Kind, region_score, regions_of
from wsai.diagnosis.place_views import Framed, PlaceModel, View, fitting
from wsai.vision.boxes import iou
from wsai.vision.change_maps import Features, pooled
from wsai.vision.detections import Detections
from wsai.vision.overlay import sampled
from wsai.vision.picture import Picture

UNCHANGED_PAIRS, PERSON_PAIRS = 0.3, 0.05
"""Shares of the pairs in which nothing happens, and in which only somebody comes."""

RENDERED_STEP = 16
"""Two renderings of one camera differ by so much of 255 where a state differs, not by noise."""

MOST_RENDERED_CHANGE = 6.0
"""Median difference from which two states have other light, or a camera that sees another room."""

SAME_BOX = 0.55
NO_PEOPLE: NDArray[np.float32] = np.zeros((0, 4), dtype=np.float32)
HIT_CELLS = 2


class Sighted:
    """Features without a judge, who is still to be trained.

    Args:
        content: The features' ONNX file.
    """

    model_id, sure_from = "none", 1.0

    def __init__(self, content: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )

    def features(self, pixels: Pixels) -> Features:
        """Return patch features at strides 4, 8 and 16, channels last."""
        return [found[0] for found in self._session.run(None, {"images": as_input(pixels)})]

    def judge(self, maps: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return that nothing has changed."""
        chances = np.zeros((len(CLASSES), *maps.shape[1:]), dtype=np.float32)
        chances[0] = 1
        return chances

    def probability(self, score: float) -> float:
        """Return the score itself."""
        return score


@dataclass(frozen=True, slots=True, eq=False)
class RenderedPair:
    """A scene in two states, seen by one camera.

    Attributes:
        before: How it should look.
        after: With what happened.
        classes: Shape ``(h, w)``: a number of ``CLASSES``, ``-1`` where the class is not known.
    """

    before: Pixels
    after: Pixels
    classes: NDArray[np.int8]


def as_picture(pixels: Pixels) -> Picture:
    """Return pixels as an upright picture of their own size."""
    return Picture(pixels, pixels.shape[1], pixels.shape[0])


def rendered_pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Return pictures of a scene's two states by one camera.

    Args:
        folder: ``images/<split>`` of a rendered set.
    """
    pairs = []
    for first in sorted(folder.glob("*-0-*.jpg")):
        second = first.with_name(first.name.replace("-0-", "-1-", 1))
        if second.exists():
            pairs.append((first, second))
    return pairs


def read_rendered(first: Path, second: Path) -> RenderedPair | None:
    """Return a rendered pair with what differs; ``None`` where light or room differ, too."""
    before, after = (cv2.imread(str(path), cv2.IMREAD_COLOR) for path in (first, second))
    if before is None or after is None or before.shape != after.shape:
        return None
    apart = np.abs(
        cv2.blur(before.astype(np.float32), (5, 5)) - cv2.blur(after.astype(np.float32), (5, 5))
    ).max(axis=2)
    if float(np.median(apart)) > MOST_RENDERED_CHANGE:
        return None
    changed = (apart > RENDERED_STEP).astype(np.uint8)
    changed = cv2.morphologyEx(changed, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    classes = np.where(changed > 0, -1, 0).astype(np.int8)
    for path, other, number in ((second, first, 1), (first, second, 2)):
        here, there = _objects(path), _objects(other)
        for label, box in here:
            others = [b for name, b in there if name == label]
            if others and float(iou(box[None], np.stack(others)).max()) > SAME_BOX:
                continue
            left, top, right, bottom = np.round(box).astype(int)
            inside = classes[max(0, top) : bottom, max(0, left) : right]
            inside[inside != 0] = number
    old, new = (_floor_layers(path, before.shape[:2]) for path in (first, second))
    if old is not None and new is not None:
        surface = np.abs(new - old) > 0.25
        classes[surface & (apart > RENDERED_STEP / 2)] = 3
    return RenderedPair(np.asarray(before, np.uint8), np.asarray(after, np.uint8), classes)


def _beside(path: Path, folder: str, suffix: str) -> Path:
    return path.parents[2] / folder / path.parent.name / f"{path.stem}{suffix}"


def _objects(path: Path) -> list[tuple[str, NDArray[np.float32]]]:
    said = json.loads(_beside(path, "facts", ".json").read_text(encoding="utf-8"))
    return [(row["label"], np.array(row["box"], dtype=np.float32)) for row in said["objects"]]


def _floor_layers(path: Path, shape: tuple[int, ...]) -> Mask | None:
    found = cv2.imread(str(_beside(path, "masks", ".png")), cv2.IMREAD_UNCHANGED)
    if found is None:
        return None
    most = found[..., 1:].max(axis=2).astype(np.float32) / 255  # all layers but the floor itself
    return np.asarray(cv2.resize(most, (shape[1], shape[0])), dtype=np.float32)


def compared(
    model: PlaceModel, before: Pixels, after: Pixels, people: NDArray[np.float32] = NO_PEOPLE
) -> Judged | None:
    """Return a new picture compared with one of how the place should look.

    Args:
        model: What compares.
        before: How it should look.
        after: The new one.
        people: Boxes in the new picture, shape ``(n, 4)``, its pixels.

    Returns:
        ``None`` where it is not of the same place, as far as can be told.
    """
    old, new = (Framed(as_picture(pixels)) for pixels in (before, after))
    view = View("before", old, model.features(old.pixels), NO_PEOPLE)
    laid = fitting(new, [view])
    if not laid:
        return None
    scale = np.array([new.size[0] / new.width, new.size[1] / new.height] * 2)
    return Baseline((view,), model).judged(new, laid[0], np.asarray(people * scale, np.float32))


def in_cells(mask: Mask, after: Pixels, judged: Judged) -> NDArray[np.float32]:
    """Return which share of each cell a mask of the new picture covers.

    Args:
        mask: Shape of the new picture, ``0..1``.
        after: The new picture.
        judged: The comparison.
    """
    frame = Framed(as_picture(after)).size
    whole = np.asarray(cv2.resize(mask, frame, interpolation=cv2.INTER_AREA), dtype=np.float32)
    rows, columns = judged.changed.shape
    return pooled(np.asarray(sampled(whole, judged.overlay.back), np.float32), rows, columns)


def example_of(model: PlaceModel, pair: Pair) -> Example | None:
    """Return what the judge learns from a made pair."""
    people = NO_PEOPLE if pair.person is None else np.array([pair.person], dtype=np.float32)
    judged = compared(model, pair.before, pair.after, people)
    if judged is None:
        return None
    share = in_cells(pair.mask_after, pair.after, judged)
    return Example(judged.maps.astype(np.float16), *_classes({pair.truth: share}, judged))


def example_of_rendered(
    model: PlaceModel, pair: RenderedPair, rng: np.random.Generator
) -> Example | None:
    """Return what the judge learns from a rendered pair, in either order and other light."""
    before, after, classes = pair.before, pair.after, pair.classes
    if rng.random() < 0.5:
        before, after = after, before
        classes = np.choose(classes + 1, [-1, 0, 2, 1, 3]).astype(np.int8)
    numbers = (-1, 1, 2, 3)
    layers = [as_large((classes == number).astype(np.float32)) for number in numbers]
    first, _, _ = seen_from(rng, as_large(before), [], bent=0.0)
    second, layers, _ = seen_from(rng, as_large(after), layers, bent=float(rng.uniform(0, 1.6)))
    after = in_light(rng, second)
    judged = compared(model, in_light(rng, first), after)
    if judged is None:
        return None
    shares = {
        number: in_cells(layer, after, judged)
        for number, layer in zip(numbers, layers, strict=True)
    }
    return Example(judged.maps.astype(np.float16), *_classes(shares, judged))


def _classes(
    shares: dict[int, NDArray[np.float32]], judged: Judged
) -> tuple[NDArray[np.float16], NDArray[np.int8]]:
    stacked = np.stack([share for _, share in sorted(shares.items())])
    numbers = np.array(sorted(shares), dtype=np.int8)
    changed = np.minimum(stacked.sum(axis=0), 1).astype(np.float16)
    changed[~judged.seen] = -1
    return changed, numbers[stacked.argmax(axis=0)]


@dataclass(frozen=True, slots=True)
class Task:
    """A part of the pairs, for one process.

    Attributes:
        features: The features' ONNX file.
        seed: Of the randomness.
        photos: Single photos to make pairs of.
        rendered: Rendered pairs of one scene each.
    """

    features: bytes
    seed: int
    photos: tuple[Path, ...]
    rendered: tuple[tuple[Path, Path], ...]


def examples_of(task: Task) -> list[Example]:
    """Return the examples of a task; pairs that cannot be laid over each other are left out."""
    cv2.setNumThreads(1)
    model, rng = Sighted(task.features), np.random.default_rng(task.seed)
    found = []
    for number, photo in enumerate(task.photos):
        other = task.photos[int(rng.integers(len(task.photos)))]
        pair = make_pair(rng, read(photo), read(other), kind_for(rng, number))
        found.append(example_of(model, pair))
    for first, second in task.rendered:
        rendered = read_rendered(first, second)
        if rendered is not None:
            found.append(example_of_rendered(model, rendered, rng))
    return [one for one in found if one is not None]


def kind_for(rng: np.random.Generator, number: int) -> str:
    """Return what happens to the photo of a number."""
    lot = rng.random()
    if lot < UNCHANGED_PAIRS:
        return "unchanged"
    if lot < UNCHANGED_PAIRS + PERSON_PAIRS:
        return "person"
    return list(KINDS)[number % len(KINDS)]


def make_examples(
    features: bytes,
    photos: Sequence[Path],
    rendered: Sequence[tuple[Path, Path]],
    *,
    workers: int,
    seed: int,
    tell: Callable[[int], None],
) -> list[Example]:
    """Return examples of all photos and rendered pairs, made in several processes.

    The same arguments give the same examples, whatever the number of processes.
    """
    step = 25
    tasks = [
        Task(features, seed + at, tuple(photos[at : at + step]), ())
        for at in range(0, len(photos), step)
    ] + [
        Task(features, seed + 500_000 + at, (), tuple(rendered[at : at + step]))
        for at in range(0, len(rendered), step)
    ]
    examples: list[Example] = []
    with ProcessPoolExecutor(workers) as pool:
        for found in pool.map(examples_of, tasks):
            examples += found
            tell(len(examples))
    return examples


@dataclass(frozen=True, slots=True)
class Tried:
    """One pair of the trial.

    Attributes:
        kind: What happened.
        comparable: Whether it was compared.
        score: Of the surest region that touches what happened; 0 for none.
        right: Whether that region's kind is the true one.
        false_scores: Of the regions that touch nothing that happened.
    """

    kind: str
    comparable: bool
    score: float
    right: bool
    false_scores: tuple[float, ...]


def try_pair(model: PlaceModel, pair: Pair) -> Tried:
    """Return what the comparison says of a pair whose truth is known, at every score."""
    people = NO_PEOPLE if pair.person is None else np.array([pair.person], dtype=np.float32)
    judged = compared(model, pair.before, pair.after, people)
    if judged is None:
        return Tried(pair.kind, False, 0.0, False, ())
    truth = in_cells(pair.mask_after, pair.after, judged) > 0.1
    wide = cv2.dilate(truth.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    best, right, false = 0.0, False, []
    for cells in regions_of(judged, 0.0):
        score = region_score(judged.changed, cells)
        if (cells & wide).sum() < HIT_CELLS:
            false.append(score)
        elif score > best:
            best = score
            right = int(judged.chances[1:, cells].sum(axis=1).argmax()) + 1 == pair.truth
    return Tried(pair.kind, True, best, right, tuple(false))


def trial_pairs(photos: Sequence[Path], *, seed: int, each: int) -> Iterator[Pair]:
    """Yield pairs of every kind, so many each, and twice as many in which nothing happens."""
    rng = np.random.default_rng(seed)
    kinds = ["unchanged"] * (2 * each) + ["person"] * each + [k for k in KINDS for _ in range(each)]
    for number, kind in enumerate(kinds):
        photo = photos[number % len(photos)]
        other = photos[int(rng.integers(len(photos)))]
        yield make_pair(rng, read(photo), read(other), kind)


def sure_from(tried: Sequence[Tried], most_false: float) -> float:
    """Return the least score at which so few pairs without a change have a false region.

    Args:
        tried: Pairs; only those in which nothing happened are looked at.
        most_false: Share of those pairs, ``0..1``.
    """
    highest = np.array(
        [
            max(one.false_scores, default=0.0)
            for one in tried
            if one.kind in ("unchanged", "person") and one.comparable
        ]
    )
    return float(np.clip(np.quantile(highest, 1 - most_false) + 0.005, 0.5, 0.98))


def logistic(tried: Sequence[Tried]) -> tuple[float, float]:
    """Return slope and middle of the chance that a region of a score is a change, by Newton."""
    rows = [(one.score, 1.0) for one in tried if one.score > 0]
    rows += [(score, 0.0) for one in tried for score in one.false_scores]
    x, y = (np.array(column) for column in zip(*rows, strict=True))
    design = np.stack([x, np.ones_like(x)], axis=1)
    weights = np.zeros(2)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-design @ weights))
        curve = design.T @ (design * (chance * (1 - chance))[:, None]) + 1e-3 * np.eye(2)
        weights += np.linalg.solve(curve, design.T @ (y - chance) - 1e-3 * weights)
    slope = max(float(weights[0]), 0.1)
    return slope, float(-weights[1] / slope)


def summary(tried: Sequence[Tried], limit: float) -> dict[str, Any]:
    """Return per kind how many pairs were compared, found, rightly named and falsely marked."""
    rows: dict[str, Any] = {}
    for kind in dict.fromkeys(one.kind for one in tried):
        of_kind = [one for one in tried if one.kind == kind]
        seen = [one for one in of_kind if one.comparable]
        hit = [one for one in seen if one.score >= limit]
        false = sum(score >= limit for one in seen for score in one.false_scores)
        row = {
            "pairs": len(of_kind),
            "compared": len(seen),
            "false_regions_a_pair": round(false / max(len(seen), 1), 3),
            "pairs_with_false_regions": sum(
                any(score >= limit for score in one.false_scores) for one in seen
            ),
        }
        if kind in KINDS:
            row["found"] = len(hit)
            row["kind_right"] = sum(one.right for one in hit)
        rows[kind] = row
    return rows


def other_places(model: PlaceModel, photos: Sequence[Path], *, pairs: int, seed: int) -> int:
    """Return how many pairs of two different photos are taken for the same place."""
    rng = np.random.default_rng(seed)
    wrong = 0
    for _ in range(pairs):
        first, second = rng.choice(len(photos), size=2, replace=False)
        baseline_view = Framed(as_picture(read(photos[int(first)])))
        view = View("a", baseline_view, model.features(baseline_view.pixels), NO_PEOPLE)
        new = as_picture(in_light(rng, read(photos[int(second)])))
        wrong += Baseline((view,), model).compare(new, Detections.of([])).comparable
    return wrong


def names_of_kinds() -> tuple[str, ...]:
    """Return the kinds in the order of the judge's classes after none."""
    return tuple(Kind(name).value for name in CLASSES[1:])
