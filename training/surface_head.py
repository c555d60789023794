"""The head that maps floor, powder, liquid and litter, on a detector that stays as it is.

It reads three of the detector's own feature maps, so a picture is looked at once. The detector's
weights are frozen: learning surfaces cannot cost a box.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from training.loop import SURFACE_PREFIX as PREFIX
from wsai.vision.surface import Layer

STRIDE = 8
TAPS = (2, 16, 19)
"""Layers of yolo11 whose maps are read: stride 4, stride 8 and stride 16."""
FLOOR = list(Layer).index(Layer.FLOOR)


class SurfaceHead(nn.Module):
    """Three feature maps in, logits of the four layers at stride 8 out.

    Args:
        channels: Of the three maps, finest first.
        width: Channels within.
    """

    def __init__(self, channels: tuple[int, int, int], width: int = 32) -> None:
        super().__init__()
        fine, middle, coarse = channels
        self.fine = nn.Sequential(
            nn.Conv2d(fine, width, 3, stride=2, padding=1), nn.BatchNorm2d(width), nn.SiLU()
        )
        self.middle = nn.Sequential(nn.Conv2d(middle, width, 1), nn.BatchNorm2d(width), nn.SiLU())
        self.coarse = nn.Sequential(nn.Conv2d(coarse, width, 1), nn.BatchNorm2d(width), nn.SiLU())
        self.join = nn.Sequential(
            nn.Conv2d(3 * width, width, 3, padding=1),
            nn.BatchNorm2d(width),
            nn.SiLU(),
            nn.Conv2d(width, width, 3, padding=2, dilation=2),
            nn.BatchNorm2d(width),
            nn.SiLU(),
        )
        self.out = nn.Conv2d(width, len(Layer), 1)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> torch.Tensor:
        """Return logits, shape ``(b, 4, h / 8, w / 8)``."""
        fine, middle, coarse = maps
        up = functional.interpolate(self.coarse(coarse), scale_factor=2.0, mode="nearest")
        joined = torch.cat([self.fine(fine), self.middle(middle), up], dim=1)
        logits: torch.Tensor = self.out(self.join(joined))
        return logits


def head_for(network: Any) -> SurfaceHead:
    """Return a fresh head that fits a detector."""
    grey = torch.zeros(1, 3, 64, 64)
    with torch.no_grad():
        maps, _ = tapped(network, grey)
    fine, middle, coarse = (int(part.shape[1]) for part in maps)
    return SurfaceHead((fine, middle, coarse))


def tapped(network: Any, images: torch.Tensor) -> tuple[tuple[torch.Tensor, ...], Any]:
    """Return the tapped feature maps of a detector and its own output.

    Args:
        network: An ultralytics ``DetectionModel``.
        images: Shape ``(b, 3, h, w)``, ``0..1``.
    """
    kept: list[Any] = []
    value: Any = images
    taken: dict[int, torch.Tensor] = {}
    for number, layer in enumerate(network.model):
        if layer.f != -1:
            sources = [layer.f] if isinstance(layer.f, int) else layer.f
            found = [value if source == -1 else kept[source] for source in sources]
            value = found[0] if isinstance(layer.f, int) else found
        value = layer(value)
        kept.append(value if number in network.save or number in TAPS else None)
        if number in TAPS:
            taken[number] = value
    return tuple(taken[number] for number in TAPS), value


def load_head(weights: Path, network: Any) -> SurfaceHead | None:
    """Return the head in a weights file; ``None`` where it has none."""
    tensors = {
        name[len(PREFIX) :]: tensor
        for name, tensor in load_file(weights).items()
        if name.startswith(PREFIX)
    }
    if not tensors:
        return None
    head = head_for(network)
    head.load_state_dict(tensors)
    return head.eval()
