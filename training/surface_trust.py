"""Which layers of a map may be acted on, and from which share: judged by what the rules say.

A cell more or less is no matter; a question about powder on a clean floor is. So the rules
themselves look at clean photos and at the same photos painted, and a layer is trusted where they
hardly ever speak without cause and often enough with one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from training.surface_head import FLOOR, SurfaceHead, tapped
from training.surface_samples import SurfaceSample, pair_of, stacked
from wsai.diagnosis.context import RuleContext
from wsai.diagnosis.rules import floors
from wsai.diagnosis.rules.rule import Suspicion
from wsai.vision.detections import Detections
from wsai.vision.surface import Layer, Surface

NOTE = "surface"
"""Key in the metadata of a weights file."""
SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
"""From which a cell may count."""
MOST_FALSE: dict[Layer, float] = {Layer.POWDER: 0.0, Layer.LIQUID: 0.04, Layer.LITTER: 0.04}
"""Of clean photos, by the rules. A pale or shining floor looks like powder, and every place has
floors of its own: on photos of other places it is seen several times as often as on these."""
KEPT_FOUND = 0.9
"""Of what is found: so much must be left where more caution is taken than those photos ask for."""
LEAST_FOUND = 0.3
"""Of painted photos, by the rules. It is little; where they find nothing they do not say so."""
SURELY = 12.0
"""Logit of what is known."""
LEAST_PAINTED = 5
"""Pictures with a layer, below which nothing can be said."""

Maps = NDArray[np.float32]
Logits: TypeAlias = list[tuple[NDArray[np.float32], frozenset[Layer]]]
"""Of each picture the head's logits, ``(4, h, w)``, and the layers that it shows."""
Look = Callable[[Detections, RuleContext], Sequence[Suspicion]]
LOOKS: dict[Layer, tuple[Look, ...]] = {
    Layer.POWDER: (floors.look_for_dust_below, floors.look_for_dust_above),
    Layer.LIQUID: (floors.look_for_spills,),
    Layer.LITTER: (
        floors.look_for_cables,
        lambda found, context: floors.litter_suspicions(context),
    ),
}


@dataclass(frozen=True, slots=True)
class Trust:
    """How far a layer may be believed.

    Attributes:
        share: From which a cell counts.
        false: Share of clean photos of which the rules say something all the same.
        found: Share of photos painted with it of which they say it.
        painted: How many those are.
        trusted: Whether rules act on it.
    """

    share: float
    false: float
    found: float
    painted: int
    trusted: bool


def logits_of(
    head: SurfaceHead, network: Any, samples: list[SurfaceSample], *, size_px: int
) -> Logits:
    """Return for each picture the head's logits, ``(4, h, w)``, and the layers that it shows.

    A picture shows a layer where the rules speak of it when they are given the true map: a handful
    of dust is none of their business.
    """
    found = []
    for sample in samples:
        images, truth, _ = stacked([pair_of(sample, size_px, None)])
        with torch.no_grad():
            maps, _ = tapped(network, images)
            logits = head(maps, images)[0].numpy()
        true = np.where(truth[0].numpy() > 0.5, SURELY, -SURELY).astype(np.float32)
        # where the floor is nobody has drawn; the head sees it well enough
        true[FLOOR] = np.maximum(logits[FLOOR], true[FLOOR])
        shown = spoken_of(true, {}) if sample.mask is not None else frozenset[Layer]()
        found.append((logits, shown))
    return found


def spoken_of(logits: Maps, shares: dict[Layer, float]) -> frozenset[Layer]:
    """Return the layers that the rules speak of when each counts from its share."""
    moved = logits - np.array(
        [np.log(shares.get(layer, 0.5) / (1 - shares.get(layer, 0.5))) for layer in Layer],
        np.float32,
    ).reshape(-1, 1, 1)
    rows, columns = logits.shape[1:]
    surface = Surface((1 / (1 + np.exp(-moved))).astype(np.float32), columns * 8, rows * 8)
    context = RuleContext(columns * 8, rows * 8, (), lambda label, score: score, surface)
    nothing = Detections.of([])
    return frozenset(
        layer for layer, looks in LOOKS.items() if any(look(nothing, context) for look in looks)
    )


def trust_of(clean: Logits, painted: Logits) -> dict[Layer, Trust]:
    """Return from which share each layer counts, and whether it may be acted on.

    Of the shares at which it is hardly ever seen on clean floors, the one that finds most, and from
    there as high as costs next to nothing (``KEPT_FOUND``): clean floors of other places look more
    like powder than these do, and what a share of 0.7 and one of 0.98 find alike is surer at 0.98.

    Args:
        clean: What the head makes of photos of clean floors.
        painted: The same of painted ones.
    """
    found = {}
    for layer in LOOKS:
        rows = [_trust(layer, share, clean, painted) for share in SHARES]
        quiet = [row for row in rows if row.false <= MOST_FALSE[layer]]
        most = max((row.found for row in quiet), default=0.0)
        enough = [row for row in quiet if row.found >= KEPT_FOUND * most]
        found[layer] = enough[-1] if enough else rows[-1]
    return found


def measured(
    shares: dict[Layer, float],
    clean: Logits,
    painted: Logits,
) -> dict[str, dict[str, Any]]:
    """Return what the same shares give on other photos."""
    return {
        layer.value: asdict(_trust(layer, shares.get(layer, 0.5), clean, painted))
        for layer in LOOKS
    }


def _trust(
    layer: Layer,
    share: float,
    clean: Logits,
    painted: Logits,
) -> Trust:
    said = [layer in spoken_of(logits, {layer: share}) for logits, _ in clean]
    shows = [logits for logits, shown in painted if layer in shown]
    right = [layer in spoken_of(logits, {layer: share}) for logits in shows]
    false, found = (round(sum(rows) / max(len(rows), 1), 4) for rows in (said, right))
    enough = len(shows) >= LEAST_PAINTED and found >= LEAST_FOUND
    return Trust(share, false, found, len(shows), false <= MOST_FALSE[layer] and enough)


def note(weights: Path, told: dict[str, Any]) -> None:
    """Write into a weights file what was found of its map, for whoever releases it."""
    tensors = load_file(weights)
    part = weights.with_suffix(".part")
    save_file(tensors, part, metadata=metadata_of(weights) | {NOTE: json.dumps(told)})
    part.replace(weights)


def metadata_of(weights: Path) -> dict[str, str]:
    """Return what stands in a weights file beside its tensors."""
    with safe_open(weights, framework="pt") as file:
        return dict(file.metadata() or {})


def noted(weights: Path) -> dict[str, Any] | None:
    """Return what ``note`` wrote; ``None`` where there is no map or nothing was found out."""
    told = metadata_of(weights).get(NOTE)
    found: dict[str, Any] | None = json.loads(told) if told else None
    return found
