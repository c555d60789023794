"""The detection loss that does not punish what a set does not label."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from ultralytics.utils.loss import v8DetectionLoss

from training.datasets import LABELS
from wsai.vision.labels import Label

MOST_SHARE = 8.0
"""Of a picture with next to nothing in it."""
NO_OTHER_THING: tuple[frozenset[Label], ...] = (
    frozenset({Label.DOOR, Label.EXIT_DOOR}),
    frozenset({Label.FIRE_EXTINGUISHER}),
    frozenset({Label.HYDRANT_BOX}),
    frozenset({Label.EXIT_SIGN}),
    frozenset({Label.FIRE_SIGN}),
    frozenset({Label.FIRE}),
    frozenset({Label.SMOKE}),
    frozenset({Label.FORKLIFT, Label.VEHICLE, Label.MACHINERY, Label.MACHINE}),
    frozenset({Label.MACHINE, Label.MOVING_PART, Label.GUARD}),
    frozenset({Label.OBSTACLE, Label.PALLET, Label.WASTE, Label.WASTE_BIN, Label.CONE}),
    frozenset({Label.CHAIN_LOCK}),
    frozenset({Label.PERSON, Label.PERSON_FALLEN}),
)
"""What one box may show at once; of labels that share no set here, it shows one alone. What people
wear or lack is left out: sets draw it around heads or around whole people."""


class MaskedBce(nn.Module):
    """Binary cross-entropy that is zero where the truth is unknown.

    A box says what is in its own cells, even of a class that is unknown elsewhere in the picture:
    that is how pseudo-labels of a teacher teach.

    Args:
        evenness: Of ``even_shares``.
        others: Of ``other_things``; ``None`` for a box that says nothing of other classes.
    """

    def __init__(self, evenness: float = 0.0, others: torch.Tensor | None = None) -> None:
        super().__init__()
        self.known = torch.ones(1, 1)
        self.evenness, self.others = evenness, others
        self.shares = torch.ones(1)

    def forward(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return the loss of each cell.

        Args:
            logits: Shape ``(b, anchors, nc)``.
            targets: The same shape, ``0..1``.

        Returns:
            The same shape; ``0`` where the picture's set does not label the class and no box says
            what is there.
        """
        loss = nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        there = (targets > 0).to(loss)
        told = there
        if self.others is not None:
            told = torch.maximum(there, (there @ self.others.to(loss)).clamp(max=1))
        loss = loss * torch.maximum(self.known[:, None, :].to(loss), told)
        if self.evenness:
            self.shares = even_shares(targets.detach().sum((1, 2)).float(), self.evenness)
            loss = loss * self.shares[:, None, None].to(loss)
        return loss


def other_things(count: int) -> torch.Tensor:
    """Return which classes a box of a class rules out in its own cells.

    A set with extinguishers and without doors never says that an extinguisher is no door, and a
    tall red one becomes one.

    Args:
        count: Of the network's classes, the first ones of ``LABELS``.

    Returns:
        Shape ``(count, count)``, ``0`` or ``1``, symmetric.

    Example:
        >>> table = other_things(len(LABELS))
        >>> extinguisher, door, exit_door, helmet = (
        ...     LABELS.index(Label(name))
        ...     for name in ("fire-extinguisher", "door", "exit-door", "helmet")
        ... )
        >>> table[extinguisher, door].item(), table[door, exit_door].item()
        (1.0, 0.0)
        >>> table[helmet].sum().item()
        0.0
    """
    kinds = [
        {number for number, one in enumerate(NO_OTHER_THING) if label in one}
        for label in LABELS[:count]
    ]
    return torch.tensor(
        [[float(bool(one and other and not one & other)) for other in kinds] for one in kinds]
    )


def even_shares(sums: torch.Tensor, evenness: float) -> torch.Tensor:
    """Return how much each picture's loss counts, so that few boxes are not drowned by many.

    The loss of a batch is divided by what is labelled in all of it: a picture with one fire beside
    fifteen of a building site with twenty boxes each decides one three-hundredth of the step.

    Args:
        sums: Of each picture's target scores, shape ``(b,)``.
        evenness: ``0`` every box counts alike, ``1`` every picture with boxes.

    Returns:
        Shape ``(b,)``; weighted by them the sums add up to what they were. A picture without boxes
        counts as one of average crowding.

    Example:
        >>> even_shares(torch.tensor([1.0, 9.0, 0.0]), 1.0).tolist()
        [5.0, 0.5555555820465088, 1.0]
    """
    there = sums > 0
    if not there.any():
        return torch.ones_like(sums)
    mean = sums[there].mean()
    shares = torch.where(there, (mean / sums.clamp(min=1e-3)) ** evenness, torch.ones_like(sums))
    shares = shares.clamp(max=MOST_SHARE)
    scaled = shares * sums.sum() / (shares * sums).sum()
    return torch.where(there, scaled, shares)


class EvenBoxLoss(nn.Module):
    """The parent's loss of boxes, with the shares that the classes' loss has found.

    Args:
        boxes: The parent's.
        classes: Asked first in every step.
    """

    def __init__(self, boxes: nn.Module, classes: MaskedBce) -> None:
        super().__init__()
        self.boxes, self.classes = boxes, classes

    def forward(
        self,
        distances: torch.Tensor,
        boxes: torch.Tensor,
        anchors: torch.Tensor,
        target_boxes: torch.Tensor,
        target_scores: torch.Tensor,
        *more: torch.Tensor,
    ) -> Any:
        """Return what the parent's does, with the arguments of the parent's."""
        scores = target_scores * self.classes.shares[:, None, None].to(target_scores)
        return self.boxes(distances, boxes, anchors, target_boxes, scores, *more)


class MaskedDetectionLoss(v8DetectionLoss):
    """The YOLO detection loss with a mask of known classes for each picture.

    A helmet without a box is a mistake of the model only in a set that labels helmets; elsewhere
    it is unknown, and its classification loss is left out. ``batch["known"]`` has shape
    ``(b, nc)``, ``1`` where the set knows the class.

    Args:
        model: The network.
        evenness: Of ``even_shares``.
        one_thing: Whether a box rules out what ``other_things`` says.
    """

    def __init__(self, model: nn.Module, evenness: float = 0.0, *, one_thing: bool = False) -> None:
        super().__init__(model)
        # the name is the parent's, which declares torch's own class for it
        self.bce: Any = MaskedBce(evenness, other_things(self.nc) if one_thing else None)
        if evenness:
            self.bbox_loss: Any = EvenBoxLoss(self.bbox_loss, self.bce)

    def __call__(self, preds: Any, batch: dict[str, Any]) -> tuple[torch.Tensor, dict[str, Any]]:
        """Return the loss (box, class, dfl) times the batch size, and its parts for the log."""
        self.bce.known = batch["known"]
        result: tuple[torch.Tensor, dict[str, Any]] = super().__call__(preds, batch)
        return result
