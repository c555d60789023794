"""Lets torchvision load beside a torch that was built without it.

ultralytics' validator and predictor import torchvision. A CPU build of torch from the registry
has no torchvision of the same build; torchvision's compiled part then fails to load and its
import ends in "operator torchvision::nms does not exist". Declaring the operators first lets
its Python part load, and a non-maximum suppression in plain torch stands in for the compiled one.
Where the builds do pair, nothing is changed.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from typing import Any

import torch

SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


def plain_nms(dets: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """Return the numbers of the boxes that stay, best first.

    Args:
        dets: Shape ``(n, 4)``: left, top, right, bottom.
        scores: Shape ``(n,)``.
        iou_threshold: A box that overlaps a better one by more than this goes.
    """
    order = scores.argsort(descending=True)
    boxes = dets[order]
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    alive = torch.ones(len(order), dtype=torch.bool)
    for i in range(len(order)):
        if not alive[i]:
            continue
        low = torch.maximum(boxes[i, :2], boxes[i + 1 :, :2])
        high = torch.minimum(boxes[i, 2:], boxes[i + 1 :, 2:])
        shared = (high - low).clamp(min=0).prod(1)
        alive[i + 1 :] &= shared <= iou_threshold * (areas[i] + areas[i + 1 :] - shared)
    return order[alive]


def ensure_torchvision() -> bool:
    """Make ``import torchvision`` work and return whether its own operators are there."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module("torchvision")
    except RuntimeError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        library: Any = torch.library.Library("torchvision", "FRAGMENT")
        for schema in SCHEMAS:
            library.define(schema)
        library.impl("nms", plain_nms, "CPU")
        _KEPT.append(library)
        importlib.import_module("torchvision")
        # its own check asks whether the compiled part was loaded, not whether nms can be called
        extension: Any = importlib.import_module("torchvision.extension")
        extension._has_ops = lambda: True
        return False
    return True


_KEPT: list[torch.library.Library] = []
"""A torch library unregisters its operators when it is collected; these stay for the process."""
