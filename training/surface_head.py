"""The head that maps floor, powder, liquid and litter, on a detector that stays as it is.

It reads three of the detector's own feature maps, so a picture is looked at once. The detector's
weights are frozen: learning surfaces cannot cost a box. What tells powder from a pale floor is
grain, which a detector of things has thrown away, and how the rest of the floor looks: so the head
has a small eye of its own and a look at the whole.
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


def _step(into: int, out: int, *, stride: int = 1, apart: int = 1) -> nn.Sequential:
    """Return a 3 by 3 convolution, normalised, with its activation."""
    return nn.Sequential(
        nn.Conv2d(into, out, 3, stride=stride, padding=apart, dilation=apart, bias=False),
        nn.BatchNorm2d(out),
        nn.SiLU(),
    )


class SurfaceHead(nn.Module):
    """Three feature maps and the picture in, logits of the four layers at stride 8 out.

    Args:
        channels: Of the three maps, finest first.
        width: Channels within.
        looks: Whether it sees the picture itself and the floor as a whole; the first heads
            (0.2.1, 0.3.0) did not.
    """

    def __init__(
        self, channels: tuple[int, int, int], width: int = 32, *, looks: bool = True
    ) -> None:
        super().__init__()
        fine, middle, coarse = channels
        self.looks = looks
        if looks:
            self.grain = nn.Sequential(
                _step(3, 12, stride=2), _step(12, 24, stride=2), _step(24, width, stride=2)
            )
            self.wide = nn.Sequential(_step(width, width, apart=4), _step(width, width, apart=8))
            self.whole = nn.Sequential(nn.Conv2d(width, width, 1), nn.SiLU())
        self.fine = nn.Sequential(
            nn.Conv2d(fine, width, 3, stride=2, padding=1), nn.BatchNorm2d(width), nn.SiLU()
        )
        self.middle = nn.Sequential(nn.Conv2d(middle, width, 1), nn.BatchNorm2d(width), nn.SiLU())
        self.coarse = nn.Sequential(nn.Conv2d(coarse, width, 1), nn.BatchNorm2d(width), nn.SiLU())
        self.join = nn.Sequential(
            nn.Conv2d((4 if looks else 3) * width, width, 3, padding=1),
            nn.BatchNorm2d(width),
            nn.SiLU(),
            nn.Conv2d(width, width, 3, padding=2, dilation=2),
            nn.BatchNorm2d(width),
            nn.SiLU(),
        )
        self.out = nn.Conv2d(width, len(Layer), 1)

    def forward(self, maps: tuple[torch.Tensor, ...], images: torch.Tensor) -> torch.Tensor:
        """Return logits, shape ``(b, 4, h / 8, w / 8)``.

        Args:
            maps: Of ``tapped``.
            images: Shape ``(b, 3, h, w)``, RGB, ``0..1``, that they were made of.
        """
        fine, middle, coarse = maps
        up = functional.interpolate(self.coarse(coarse), scale_factor=2.0, mode="nearest")
        parts = [self.fine(fine), self.middle(middle), up]
        if self.looks:
            parts.append(self.grain(images))
        joined = self.join(torch.cat(parts, dim=1))
        if self.looks:
            joined = joined + self.wide(joined) + self.whole(joined.mean((2, 3), keepdim=True))
        logits: torch.Tensor = self.out(joined)
        return logits


def head_for(network: Any, *, looks: bool = True) -> SurfaceHead:
    """Return a fresh head that fits a detector."""
    grey = torch.zeros(1, 3, 64, 64)
    with torch.no_grad():
        maps, _ = tapped(network, grey)
    fine, middle, coarse = (int(part.shape[1]) for part in maps)
    return SurfaceHead((fine, middle, coarse), looks=looks)


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
    head = head_for(network, looks=any(name.startswith("grain.") for name in tensors))
    head.load_state_dict(tensors)
    return head.eval()
