"""What a rendered workplace is made of, before any renderer sees it. Needs numpy only.

A scene is decided by its seed alone: the same seed gives the same things, states and cameras.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from meshes import Mesh, Point, Points
from numpy.typing import NDArray

Colour = tuple[float, float, float]
Kind = Literal[
    "plain",
    "painted",
    "metal",
    "concrete",
    "tiles",
    "brick",
    "plate",
    "terrazzo",
    "wood",
    "glass",
    "picture",
    "glow",
]


@dataclass(frozen=True, slots=True)
class Material:
    """How a surface looks.

    Attributes:
        colour: Linear RGB, ``0..1``.
        second: The other colour of tiles, bricks, grain and speckles.
        rough: ``0`` mirror to ``1`` chalk.
        scale: Size of the pattern, metres.
        wear: ``0..1``: scratches, stains and faded patches.
        glow: Watts per square metre, for lamps and lit signs.
        picture: Name of a sign picture.
        takes_dust: Whether powder of the scene settles on it.
    """

    kind: Kind = "plain"
    colour: Colour = (0.5, 0.5, 0.5)
    second: Colour = (0.3, 0.3, 0.3)
    rough: float = 0.6
    scale: float = 0.3
    wear: float = 0.2
    glow: float = 0.0
    picture: str = ""
    takes_dust: bool = True


@dataclass(slots=True)
class Thing:
    """One thing in the scene: what a label and its box are about.

    Attributes:
        name: Unique in the scene.
        meshes: World coordinates.
        label: A word of the vocabulary; empty for what has no label.
        mask: Which surface channel its pixels count for: ``floor``, ``litter``, ``powder`` or none.
        floor_things: Whether it stands or lies on the floor.
    """

    name: str
    meshes: list[Mesh]
    label: str = ""
    mask: Literal["", "floor", "litter", "powder"] = ""
    on_floor: bool = False

    def points(self) -> Points:
        """Return all points, shape ``(n, 3)``."""
        return np.concatenate([mesh.points for mesh in self.meshes])


@dataclass(frozen=True, slots=True)
class Lamp:
    """A light: ``area`` (watts), ``sun`` (watts per square metre) or ``point`` (watts)."""

    kind: Literal["area", "sun", "point"]
    at: Point
    towards: Point
    power: float
    size: float
    colour: Colour = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Camera:
    """Where a picture is taken from.

    Attributes:
        roll: Radians.
        focal_mm: On a sensor 36 mm wide along the longer side.
        width: Pixels.
        height: Pixels.
        held: ``phone``, ``knee`` or ``ceiling``.
    """

    at: Point
    towards: Point
    roll: float
    focal_mm: float
    width: int
    height: int
    held: str


@dataclass(frozen=True, slots=True)
class Relation:
    """What holds between two things: ``blocks``, ``guards``, ``lies-beside``, ``marks``."""

    first: str
    word: str
    second: str


@dataclass(slots=True, eq=False)
class Ground:
    """What lies on upward faces, as pictures of the room seen from above.

    Attributes:
        low: Room corner (x, y) of pixel (0, 0), metres.
        size: Side lengths covered, metres.
        powder: Shape ``(n, n)``, ``0..1``: how much of the floor's colour a layer hides.
        liquid: Shape ``(n, n)``, ``0..1``.
        stain: Shape ``(n, n)``, ``0..1``: old discolouring, no hazard.
        aloft: Shape ``(n, n)``, ``0..1``: powder on everything above the floor.
        powder_colour: Linear RGB.
        liquid_colour: Linear RGB.
        wet: Whether the whole floor shines after mopping: no hazard by itself.
    """

    low: tuple[float, float]
    size: tuple[float, float]
    powder: NDArray[np.float32]
    liquid: NDArray[np.float32]
    stain: NDArray[np.float32]
    aloft: NDArray[np.float32]
    powder_colour: Colour = (0.5, 0.45, 0.38)
    liquid_colour: Colour = (0.05, 0.05, 0.05)
    wet: bool = False

    def at(self, layer: NDArray[np.float32], xy: Points) -> NDArray[np.float32]:
        """Return a layer's values at points of the floor, shape ``(n,)``."""
        n = len(layer)
        share = (xy[:, :2] - np.asarray(self.low)) / np.asarray(self.size)
        cells = np.clip((share * n).astype(int), 0, n - 1)
        return layer[cells[:, 1], cells[:, 0]]


@dataclass(slots=True, eq=False)
class Scene:
    """A whole workplace.

    Attributes:
        seed: What it was made from.
        state: Which of its paired states this is; the layout is the same in all of them.
        exposure: Stops.
        night: Whether it is seen by an infrared camera: grey, lit from the camera.
        facts: What was decided, for the label file: guard state, dust level and so on.
    """

    seed: int
    state: int
    materials: dict[str, Material]
    things: list[Thing]
    lamps: list[Lamp]
    cameras: list[Camera]
    ground: Ground
    relations: list[Relation] = field(default_factory=list)
    sky: Colour = (0.6, 0.7, 0.85)
    sky_power: float = 0.3
    exposure: float = 0.0
    night: bool = False
    facts: dict[str, object] = field(default_factory=dict)
