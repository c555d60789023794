"""The average of two networks of one ancestry: what either learned, without training again.

Weights between a network and what it was trained on into lie in one valley, and the middle keeps
more of the first than the second does (Wortsman et al., "Robust fine-tuning of zero-shot models",
CVPR 2022). So a stage that gains on most sets and loses on one can be taken in part.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from training.loop import SURFACE_PREFIX
from training.surface_head import TAPS
from training.surface_training import RUN
from training.surface_trust import NOTE
from wsai.errors import InvalidRequest, ModelUnavailable

KEY = "wsai.average"
CLASS_CHANNELS = re.compile(r"\.cv3\.\d+\.2\.(weight|bias)$")
"""The last convolutions of an ultralytics detection head, a channel for each label."""
LAYER = re.compile(r"^model\.(\d+)\.")
"""Number of the layer that a tensor of an ultralytics network belongs to."""
ALIKE = 2e-3
"""Relative difference up to which two tensors are one: a frozen layer goes through the moving
average of its stage and is rounded to float16 once more."""


def average_weights(first: Path, second: Path, share: float, out: Path) -> None:
    """Write ``(1 - share) · first + share · second``; what is no float comes from the second.

    Labels are only ever added at the end: the channels of those that the first has not yet come
    from the second as they are. Maps of floors are left out: each was learned on what its own
    network alone sees, and the average wants one of its own (``wsai-train surface``). Where both
    are alike in every layer that a map looks at, since the second is a stage that froze them, those
    layers and the map are the first's, and what was found out about it stays true.

    Args:
        first: Weights, safetensors.
        second: Weights of the same network, maybe of more labels.
        share: Of the second, ``0..1``.
        out: Written; says in its metadata what it is made of.

    Raises:
        InvalidRequest: The share is out of range, or the networks differ in shape.
        ModelUnavailable: A file cannot be read.
    """
    if not 0 <= share <= 1:
        raise InvalidRequest(f"share lies in 0..1, not {share:g}")
    (whole, told), (later, known) = _read(first), _read(second)
    (one, _), (other, said) = _without_map(whole, told), _without_map(later, known)
    one = _widened(one, other)
    if {k: v.shape for k, v in one.items()} != {k: v.shape for k, v in other.items()}:
        raise InvalidRequest(f"{first} and {second} are not of one architecture")
    mixed = {
        name: ((1 - share) * one[name].float() + share * value.float()).to(value.dtype)
        if value.is_floating_point()
        else value
        for name, value in other.items()
    }
    if NOTE in told and _seen_alike(one, other):
        mixed |= {k: v for k, v in one.items() if _seen_by_a_map(k)}
        mixed |= {k: v for k, v in whole.items() if k.startswith(SURFACE_PREFIX)}
        said |= {NOTE: told[NOTE]}
    made = {"of": [_origin(first, told), _origin(second, known)], "share_of_the_second": share}
    save_file(mixed, out, metadata={**said, KEY: json.dumps(made)})


def _origin(weights: Path, said: dict[str, str]) -> object:
    """Return how weights are named for whoever reads it elsewhere.

    A released model and the run of a recipe by their folder; an average that was only ever a step
    on the way by what it was made of, since its folder is one machine's alone.
    """
    if KEY in said and not (weights.parent / "model.json").exists():
        return json.loads(said[KEY])
    return f"{weights.resolve().parent.name}/{weights.name}"


def _seen_by_a_map(name: str) -> bool:
    found = LAYER.match(name)
    return found is not None and int(found[1]) <= max(TAPS)


def _seen_alike(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    """Return whether a map of floors sees the same in both networks."""
    names = [name for name in one if _seen_by_a_map(name)]
    return bool(names) and all(
        torch.allclose(one[name].float(), other[name].float(), rtol=ALIKE, atol=1e-6)
        for name in names
    )


def _without_map(
    network: dict[str, torch.Tensor], said: dict[str, str]
) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Return tensors and metadata without a map of floors and what is said of it."""
    return (
        {k: tensor for k, tensor in network.items() if not k.startswith(SURFACE_PREFIX)},
        {k: text for k, text in said.items() if k not in (NOTE, RUN)},
    )


def _widened(
    one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Return the first network with as many labels as the second has."""
    wide = dict(one)
    for name, value in one.items():
        known, now = len(value) if value.ndim else 0, other.get(name, value)
        if CLASS_CHANNELS.search(name) and now.ndim and 0 < known < len(now):
            wide[name] = torch.cat([value.float(), now[known:].float()])
    return wide


def averaged_from(weights: Path) -> dict[str, object] | None:
    """Return what weights were averaged from; ``None`` where they were not.

    Raises:
        ModelUnavailable: The file cannot be read.
    """
    said = _read(weights)[1].get(KEY)
    return json.loads(said) if said else None


def _read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt") as file:
            names = list(file.keys())
            return {name: file.get_tensor(name) for name in names}, file.metadata() or {}
    except Exception as error:  # safetensors raises its own, the system another
        raise ModelUnavailable(f"{path}: these weights cannot be read: {error}") from error
