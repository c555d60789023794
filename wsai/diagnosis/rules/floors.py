"""What lies on the floor where people walk, and dust on floors, machines and overhead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from wsai.diagnosis.context import RuleContext, evidence_of
from wsai.diagnosis.findings import Box, Verdict
from wsai.diagnosis.rules.rule import Rule, Suspicion
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.surface import Layer, Share, Surface

SEEN = 0.5
"""From which share a cell counts for a layer."""
LEAST_PATCH = {Layer.LIQUID: 0.002, Layer.LITTER: 0.001, Layer.POWDER: 0.004}
"""Of the picture, so that single cells say nothing."""
THIN = 0.35
"""A patch that fills less than this of its turned box, or is this narrow, is a cable or hose."""
FLOOR_COVERED = 0.08
"""Share of the floor in view under powder from which somebody is asked; by judgement."""
PICTURE_COVERED = 0.03
OVERHEAD_COVERED = 0.012
OVERHEAD_ABOVE = 0.45
"""What is no floor and lies in this upper share of the picture counts as overhead."""
BESIDE, BELOW, FOOT = 0.35, 0.2, 0.25
"""Of a thing's width and height: how far around its foot the floor is looked at; by judgement."""
FLOOR_AROUND = 0.5


@dataclass(frozen=True, slots=True)
class Patch:
    """One connected patch of a layer.

    Attributes:
        box: In pixels of the upright original.
        share: Of the picture.
        chance: Mean of its cells, ``0..1``.
        thin: Whether it is long and narrow.
    """

    box: Box
    share: float
    chance: float
    thin: bool


def patches(surface: Surface, layer: Layer, within: NDArray[np.bool_] | None = None) -> list[Patch]:
    """Return the patches of a layer that are large enough to be meant, largest first.

    Args:
        surface: The map.
        layer: Which.
        within: Cells that count, shape ``(h, w)``; all when ``None``.
    """
    values = surface.of(layer)
    seen = values >= SEEN
    if within is not None:
        seen &= within
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(
        seen.astype(np.uint8), connectivity=8
    )
    rows, columns = values.shape
    wide, tall = surface.width / columns, surface.height / rows
    found = []
    for number in range(1, count):
        x, y, w, h, cells = (int(v) for v in stats[number])
        if cells < LEAST_PATCH.get(layer, 0.002) * values.size:
            continue
        here = numbers == number
        points = np.argwhere(here)[:, ::-1].astype(np.float32)
        (_, (a, b), _) = cv2.minAreaRect(points)
        long, short = max(a, b) + 1, min(a, b) + 1
        thin = short / long < THIN or cells / (long * short) < THIN
        box = (x * wide, y * tall, (x + w) * wide, (y + h) * tall)
        found.append(Patch(box, cells / values.size, float(values[here].mean()), bool(thin)))
    return sorted(found, key=lambda patch: -patch.share)


def _walkable(surface: Surface) -> NDArray[np.bool_]:
    """Return the cells of the floor with what lies on them, a cell around included."""
    grown = cv2.dilate(_floor(surface).astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(grown > 0)


def stands_in_the_way(box: Box, surface: Surface) -> bool:
    """Return whether a thing stands on a floor that goes on before it and on both its sides.

    What stands against a wall or in a row of goods has no floor on one side at least.

    Args:
        box: Of the thing, pixels.
        surface: The map; its floor is read.
    """
    floor = surface.of(Layer.FLOOR) >= SEEN
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    aside, deep = BESIDE * wide, max(BELOW * tall, 2 * surface.height / len(floor))
    before = (left, bottom, right, bottom + deep)
    low = bottom - FOOT * tall
    places = [(left - aside, low, left, bottom + deep), (right, low, right + aside, bottom + deep)]
    inside = left - aside >= 0 and right + aside <= surface.width and bottom < surface.height - deep
    return inside and all(
        float(floor[surface.cells(place)].mean()) >= FLOOR_AROUND for place in (before, *places)
    )


def _floor(surface: Surface) -> NDArray[np.bool_]:
    found = np.maximum(surface.of(Layer.FLOOR), surface.of(Layer.LITTER)) >= SEEN
    return np.asarray(found, dtype=bool)


def look_for_spills(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return liquids on the floor; sure where the box and the map agree."""
    surface = context.surface
    if surface is None:
        return []
    spills = found.only(Label.SPILL)
    suspicions = []
    for patch in patches(surface, Layer.LIQUID, _walkable(surface)):
        agreeing = [
            evidence_of(spills, row)
            for row in range(len(spills))
            if _overlap(patch.box, tuple(spills.boxes[row].tolist()))
        ]
        suspicions.append(
            Suspicion(
                Verdict.HAZARD if agreeing else Verdict.ASK_A_PERSON,
                context.chance(agreeing[0]) if agreeing else patch.chance * 0.5,
                tuple(agreeing),
                "liquid-on-floor",
                "地面有积液",
                "Liquid lies on the floor",
                place=patch.box,
            )
        )
    return suspicions


def look_for_cables(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return long thin things on the floor."""
    return [
        Suspicion(
            Verdict.ASK_A_PERSON,
            patch.chance,
            (),
            "thin-thing-on-floor",
            "地面有线缆、软管类细长物",
            "A cable, hose or other thin thing lies on the floor",
            place=patch.box,
        )
        for patch in _litter(context)
        if patch.thin
    ]


def litter_suspicions(context: RuleContext) -> list[Suspicion]:
    """Return loose things on the floor that are not thin."""
    return [
        Suspicion(
            Verdict.ASK_A_PERSON,
            patch.chance,
            (),
            "loose-things-on-floor",
            "地面有散落物",
            "Loose things lie on the floor",
            place=patch.box,
        )
        for patch in _litter(context)
        if not patch.thin
    ]


def _litter(context: RuleContext) -> list[Patch]:
    surface = context.surface
    if surface is None or not context.trusted.issuperset((Layer.FLOOR, Layer.LITTER)):
        return []
    return patches(surface, Layer.LITTER, _walkable(surface))


def look_for_dust_below(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return powder on the floor and on machines: always a question.

    Whether the dust can burn, and whether cleaning is done every shift, no photo shows; both
    decide whether it is a hazard or a major one.
    """
    surface = context.surface
    if surface is None:
        return []
    floor = _walkable(surface)
    powder = surface.of(Layer.POWDER)
    overhead = _overhead(surface, floor)
    on_floor = _share(powder, _floor(surface))
    low = _share(powder, ~overhead) * float((~overhead).mean())
    if on_floor < FLOOR_COVERED and low < PICTURE_COVERED:
        return []
    percent = round(100 * on_floor)
    return [
        Suspicion(
            Verdict.ASK_A_PERSON,
            patch.chance,
            (),
            "powder-on-floor",
            f"可见地面约{percent}%覆盖粉末或粉尘",
            f"Powder or dust covers about {percent} % of the floor in view",
            place=patch.box,
        )
        for patch in patches(surface, Layer.POWDER, ~overhead)[:5]
    ]


def look_for_dust_above(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return dust on beams, ducts and trays: what feeds the second explosion weighs more."""
    surface = context.surface
    if surface is None:
        return []
    overhead = _overhead(surface, _walkable(surface))
    powder = (surface.of(Layer.POWDER) >= SEEN) & overhead
    if float(powder.mean()) < OVERHEAD_COVERED:
        return []
    return [
        Suspicion(
            Verdict.ASK_A_PERSON,
            patch.chance,
            (),
            "powder-overhead",
            "高处（梁架、管道、桥架等）可见积尘",
            "Dust lies overhead, on beams, ducts or trays",
            place=patch.box,
        )
        for patch in patches(surface, Layer.POWDER, overhead)[:5]
    ]


def _overhead(surface: Surface, floor: NDArray[np.bool_]) -> NDArray[np.bool_]:
    rows = np.arange(len(floor))[:, None] < OVERHEAD_ABOVE * len(floor)
    return np.asarray(rows & ~floor)


def _share(powder: Share, where: NDArray[np.bool_]) -> float:
    """Return the share of cells that hold powder among those that count."""
    return float((powder[where] >= SEEN).mean()) if where.any() else 0.0


def _overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


RULES: tuple[Rule, ...] = (
    Rule(
        "floors/spill@4",
        "floor-spill",
        (),
        look_for_spills,
        "地面是积液还是刚拖过的水迹？是否会滑倒？",
        "Is this a spill, or a floor just mopped? Could people slip?",
        layers=(Layer.FLOOR, Layer.LIQUID),
    ),
    Rule(
        "floors/cable@2",
        "trip-hazard-cable",
        (),
        look_for_cables,
        "这条线缆或软管是否横过通道、未做防护？",
        "Does this cable or hose cross a walkway without a cover?",
        layers=(Layer.FLOOR, Layer.LITTER),
    ),
    Rule(
        "dust/floor@2",
        "dust-layer-floor-equipment",
        (),
        look_for_dust_below,
        "这是可燃性粉尘吗？是否每班清理？",
        "Is this combustible dust? Is it cleaned up every shift?",
        layers=(Layer.FLOOR, Layer.POWDER),
    ),
    Rule(
        "dust/overhead@2",
        "dust-layer-overhead",
        (),
        look_for_dust_above,
        "高处积尘是可燃性粉尘吗？上次清理是什么时候？",
        "Is the dust overhead combustible? When was it cleaned last?",
        layers=(Layer.FLOOR, Layer.POWDER),
    ),
)
