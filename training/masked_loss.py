"""The detection loss that does not punish what a set does not label."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from ultralytics.utils.loss import v8DetectionLoss


class MaskedBce(nn.Module):
    """Binary cross-entropy that is zero where the truth is unknown.

    A box says what is in its own cells, even of a class that is unknown elsewhere in the picture:
    that is how pseudo-labels of a teacher teach.
    """

    def __init__(self) -> None:
        super().__init__()
        self.known = torch.ones(1, 1)

    def forward(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return the loss of each cell.

        Args:
            logits: Shape ``(b, anchors, nc)``.
            targets: The same shape, ``0..1``.

        Returns:
            The same shape; ``0`` where no box is and the picture's set does not label the class.
        """
        loss = nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        return loss * torch.maximum(self.known[:, None, :].to(loss), (targets > 0).to(loss))


class MaskedDetectionLoss(v8DetectionLoss):
    """The YOLO detection loss with a mask of known classes for each picture.

    A helmet without a box is a mistake of the model only in a set that labels helmets; elsewhere
    it is unknown, and its classification loss is left out. ``batch["known"]`` has shape
    ``(b, nc)``, ``1`` where the set knows the class.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__(model)
        # the name is the parent's, which declares torch's own class for it
        self.bce: Any = MaskedBce()

    def __call__(self, preds: Any, batch: dict[str, Any]) -> tuple[torch.Tensor, dict[str, Any]]:
        """Return the loss (box, class, dfl) times the batch size, and its parts for the log."""
        self.bce.known = batch["known"]
        result: tuple[torch.Tensor, dict[str, Any]] = super().__call__(preds, batch)
        return result
