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
from training.surface_training import RUN
from training.surface_trust import NOTE
from wsai.errors import InvalidRequest, ModelUnavailable

KEY = "wsai.average"
CLASS_CHANNELS = re.compile(r"\.cv3\.\d+\.2\.(weight|bias)$")
"""The last convolutions of an ultralytics detection head, a channel for each label."""


def average_weights(first: Path, second: Path, share: float, out: Path) -> None:
    """Write ``(1 - share) · first + share · second``; what is no float comes from the second.

    Labels are only ever added at the end: the channels of those that the first has not yet come
    from the second as they are. Maps of floors are left out: each was learned on what its own
    network alone sees, and the average wants one of its own (``wsai-train surface``).

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
    (one, _), (other, said) = (_without_map(*_read(path)) for path in (first, second))
    one = _widened(one, other)
    if {k: v.shape for k, v in one.items()} != {k: v.shape for k, v in other.items()}:
        raise InvalidRequest(f"{first} and {second} are not of one architecture")
    mixed = {
        name: ((1 - share) * one[name].float() + share * value.float()).to(value.dtype)
        if value.is_floating_point()
        else value
        for name, value in other.items()
    }
    names = [f"{path.parent.name}/{path.name}" for path in (first, second)]
    made = json.dumps({"of": names, "share_of_the_second": share})
    save_file(mixed, out, metadata={**said, KEY: made})


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
