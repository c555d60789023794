"""Training and measuring the head that maps surfaces."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional

from training.loop import SURFACE_PREFIX as PREFIX
from training.loop import fast_bfloat16, new_network
from training.surface_crops import Crops
from training.surface_head import SurfaceHead, head_for, load_head, tapped
from training.surface_samples import SurfaceSample, pair_of, stacked
from training.surface_trust import metadata_of
from wsai.errors import InvalidRequest
from wsai.vision.surface import Layer

RUN = "surface_run"
"""Key in the metadata of a weights file: what the map was learned from."""
TELL_EVERY, KEEP_EVERY = 100, 500
"""Steps."""
WEIGHTS = (1.0, 2.0, 4.0, 4.0)
"""Of a cell that shows each layer: powder, liquid and litter cover few."""


def surface_loss(logits: torch.Tensor, truth: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Return cross-entropy plus Dice, over the layers that a picture knows.

    Args:
        logits: Shape ``(b, 4, h, w)``.
        truth: The same shape, ``0..1``; soft edges count as they are.
        known: Shape ``(b, 4)``.
    """
    mask = known[:, :, None, None]
    weights = torch.tensor(WEIGHTS)[:, None, None]
    cross = functional.binary_cross_entropy_with_logits(
        logits, truth, reduction="none", pos_weight=weights
    )
    cross_mean = (cross * mask).mean() / mask.mean().clamp(min=1e-6)
    chance = logits.sigmoid() * mask
    both = (chance * truth).sum((0, 2, 3))
    dice = 1 - (2 * both + 20) / (chance.sum((0, 2, 3)) + (truth * mask).sum((0, 2, 3)) + 20)
    return cross_mean + 0.5 * dice.mean()


def train_surface(
    weights: Path,
    architecture: str,
    crops: Crops,
    out: Path,
    *,
    pictures: int,
    batch: int = 16,
    learning_rate: float = 2e-3,
    seed: int = 3,
    begin_with: Path | None = None,
    report: Callable[[dict[str, Any]], None],
) -> None:
    """Train the head on what a frozen detector made of crops, and write both into one file.

    A run that was stopped goes on where it kept its state last, as if never stopped; one that is
    done is not done again.

    Args:
        weights: Of the detector; its tensors are written unchanged.
        architecture: An ultralytics model name.
        crops: Made with these weights.
        out: Weights to write, safetensors.
        pictures: Crops seen in all, each several times.
        batch: Crops a step.
        learning_rate: Highest; it falls to zero as half a cosine.
        seed: Of the order.
        begin_with: Weights with a map, of a detector much like this one, to go on from; ``None``
            begins with one that knows nothing.
        report: Called every hundred steps.

    Raises:
        InvalidRequest: The weights to begin with have no map, or one of another build.
    """
    identity = {"crops": crops.identity, "pictures": pictures, "batch": batch, "seed": seed}
    if begin_with is not None:
        identity["begun_with"] = hashlib.sha256(begin_with.read_bytes()).hexdigest()
    if out.exists() and metadata_of(out).get(RUN) == json.dumps(identity):
        return
    network = new_network(architecture, start=weights).eval()
    torch.manual_seed(seed)
    head = _begun(network, begin_with).train()
    steps = max(1, pictures // batch)
    plan = torch.optim.AdamW(head.parameters(), lr=learning_rate, weight_decay=1e-3)
    fall = torch.optim.lr_scheduler.OneCycleLR(
        plan, learning_rate, total_steps=steps, pct_start=min(0.1, 100 / max(steps, 1000))
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    kept = out.with_suffix(".state.pt")
    first = _go_on(kept, identity, head, plan, fall)
    begun, total = time.perf_counter(), 0.0
    for step in range(first, steps + 1):
        rows = np.random.default_rng([seed, step]).integers(len(crops), size=batch)
        images, maps, truth, known = crops.take(rows)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast_bfloat16()):
            logits = head(maps, images)
        loss = surface_loss(logits.float(), truth, known)
        plan.zero_grad()
        loss.backward()
        plan.step()
        fall.step()
        total += float(loss.detach())
        if step % TELL_EVERY == 0 or step == steps:
            speed = (step - first + 1) * batch / (time.perf_counter() - begun)
            report(
                {
                    "pictures": step * batch,
                    "of": steps * batch,
                    "loss": round(total / (step % TELL_EVERY or TELL_EVERY), 4),
                    "pictures_per_s": round(speed, 1),
                }
            )
            total = 0.0
        if step % KEEP_EVERY == 0:
            state = {"head": head.state_dict(), "plan": plan.state_dict()}
            torch.save(
                {**state, "fall": fall.state_dict(), "step": step, "identity": identity},
                kept.with_suffix(".new"),
            )
            kept.with_suffix(".new").replace(kept)
    tensors = {k: v for k, v in load_file(weights).items() if not k.startswith(PREFIX)}
    tensors |= {PREFIX + k: v.contiguous() for k, v in head.eval().state_dict().items()}
    save_file(tensors, out, metadata=metadata_of(weights) | {RUN: json.dumps(identity)})
    kept.unlink(missing_ok=True)


def _begun(network: Any, begin_with: Path | None) -> SurfaceHead:
    """Return the head to learn with: fresh, or that of another network."""
    head = head_for(network)
    if begin_with is None:
        return head
    try:
        known = load_head(begin_with, network)
    except RuntimeError:  # torch's word for tensors that do not fit
        known = None
    if known is None or known.looks != head.looks:
        raise InvalidRequest(f"{begin_with}: these weights have no map that can be gone on from")
    head.load_state_dict(known.state_dict())
    return head


def _go_on(kept: Path, identity: dict[str, Any], head: SurfaceHead, plan: Any, fall: Any) -> int:
    """Take up a state that was kept, where it is of the same run; return the first step to do."""
    if not kept.exists():
        return 1
    state = torch.load(kept, weights_only=True)
    if state["identity"] != identity:
        return 1
    head.load_state_dict(state["head"])
    plan.load_state_dict(state["plan"])
    fall.load_state_dict(state["fall"])
    return int(state["step"]) + 1


def measure_surface(
    head: SurfaceHead, network: Any, samples: list[SurfaceSample], *, size_px: int
) -> dict[str, dict[str, float]]:
    """Return for each layer IoU at one half, precision and recall of cells, over all pictures."""
    counts = np.zeros((len(Layer), 3))
    for sample in samples:
        if sample.mask is None:
            continue
        images, truth, _ = stacked([pair_of(sample, size_px, None)])
        with torch.no_grad():
            maps, _ = tapped(network, images)
            found = (head(maps, images)[0].sigmoid() > 0.5).numpy()
        real = truth[0].numpy() > 0.5
        for n in range(len(Layer)):
            counts[n] += (
                (found[n] & real[n]).sum(),
                (found[n] & ~real[n]).sum(),
                (~found[n] & real[n]).sum(),
            )
    result = {}
    for n, layer in enumerate(Layer):
        hit, false, missed = counts[n].tolist()
        result[layer.value] = {
            "iou": round(hit / max(hit + false + missed, 1), 4),
            "precision": round(hit / max(hit + false, 1), 4),
            "recall": round(hit / max(hit + missed, 1), 4),
        }
    return result
