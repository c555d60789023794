"""The pictures of how a place should look, made ready once, and a new picture laid over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wsai.vision.alignment import (
    CERTAIN_INLIERS,
    CERTAIN_PARTS,
    Alignment,
    Keypoints,
    align,
    even_grey,
    quick_keypoints,
    sure_keypoints,
)
from wsai.vision.change_maps import Features
from wsai.vision.overlay import framed
from wsai.vision.picture import Picture, Pixels


class PlaceModel(Protocol):
    """The networks that places are compared with; ``wsai.perception`` has them."""

    @property
    def model_id(self) -> str:
        """Return which model and version this is."""
        ...

    @property
    def sure_from(self) -> float:
        """Return the score from which a region is one, ``0..1``."""
        ...

    def probability(self, score: float) -> float:
        """Return how likely a region of this score has changed, ``0..1``."""
        ...

    def features(self, pixels: Pixels) -> Features:
        """Return patch features at strides 4, 8 and 16, channels last."""
        ...

    def judge(self, maps: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return for each cell how likely it is unchanged, appeared, gone, changed of surface.

        Args:
            maps: Of `wsai.vision.change_maps.change_maps`.

        Returns:
            Shape ``(4, h/8, w/8)``, each cell's sum 1.
        """
        ...


class Framed:
    """A picture at the size at which places are compared; what is costly is made once.

    Args:
        picture: Upright.
    """

    def __init__(self, picture: Picture) -> None:
        self.width, self.height = picture.width, picture.height
        self.pixels = framed(picture.pixels)
        self.grey = even_grey(self.pixels)

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height, pixels of the frame."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @cached_property
    def quick(self) -> Keypoints:
        """Return the quick features."""
        return quick_keypoints(self.grey)

    @cached_property
    def sure(self) -> Keypoints:
        """Return the sure features."""
        return sure_keypoints(self.grey)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A picture of how a place should look.

    Attributes:
        name: Of its file, or its id.
        frame: Its pixels and features to align by.
        features: Its patch features, the memory that new pictures are compared with.
        ignored: Boxes of people in it, shape ``(n, 4)``, pixels of the frame.
    """

    name: str
    frame: Framed
    features: Features
    ignored: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """A view that a new picture fits over.

    Attributes:
        view: The view.
        alignment: From pixels of the new frame to pixels of the view's.
    """

    view: View
    alignment: Alignment


def fitting(new: Framed, views: Sequence[View]) -> list[Laid]:
    """Return the views that show the same place as the new picture, the best fit first.

    Quick features are tried first on all; only where none of them is certain are the sure ones.
    """
    quick = _fits(new.quick, [(view, view.frame.quick) for view in views])
    if quick and quick[0].alignment.inliers >= CERTAIN_INLIERS:
        certain = [laid for laid in quick if laid.alignment.parts >= CERTAIN_PARTS]
        if certain and certain[0] is quick[0]:
            return certain
    sure = _fits(new.sure, [(view, view.frame.sure) for view in views])
    return sure or quick


def _fits(new: Keypoints, views: Sequence[tuple[View, Keypoints]]) -> list[Laid]:
    found = [(view, align(new, known)) for view, known in views]
    laid = [Laid(view, alignment) for view, alignment in found if alignment is not None]
    return sorted(laid, key=lambda one: (-one.alignment.inliers, one.view.name))
