"""Composes whole workplaces: a layout by the seed, and states of it that differ in the hazard.

State 0 and state 1 of one seed share room, machines, doors, lights and cameras; what differs is
whether guards are on, ways are free, floors are clean. Pairs teach contact and absence.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import furnishings as goods
import ground
import locks
import machines
import more_machines
import numpy as np
import signs
from description import Camera, Colour, Ground, Lamp, Material, Relation, Scene, Thing
from meshes import Mesh, box, placed, sheet

FOCUSES = ("guards", "exit", "walkway", "dust", "fire-gear")
CLEARANCE_M = 1.4
"""Floor kept free before an exit door, as `wsai` assumes it."""
POWDERS: dict[str, Colour] = {
    "wood": (0.55, 0.38, 0.2),
    "flour": (0.8, 0.77, 0.7),
    "metal": (0.2, 0.19, 0.18),
    "grey": (0.4, 0.38, 0.35),
}
"""Linear RGB."""
LIQUIDS: tuple[Colour, ...] = ((0.015, 0.01, 0.006), (0.1, 0.1, 0.1), (0.16, 0.17, 0.16))
"""Oil, dirty water, clear water; linear RGB."""
ABOUT = ("", "ways", "machines", "more-machines", "heaps", "exits")
LEAST_CONTRAST = 0.1
"""Between the mean colour of powder and floor; less of it nobody would see."""
LIES = ("powder", "liquid", "litter")
"""What the floor of a way shows in its state 1."""
PORTS = {"back": 0.0, "left": math.pi / 2, "right": -math.pi / 2}
"""Wall -> turn about z that makes -y point into the room."""


@dataclass(slots=True)
class Slot:
    """A stretch of wall: where its middle is and how things placed there are turned."""

    wall: str
    at: tuple[float, float]
    turn: float


class Composer:
    """Builds one scene.

    Args:
        seed: Decides the layout.
        state: 0 as it should be, 1 with its hazards (0 may show some, too, away from the focus).
        long_px: Longest side of the pictures.
        test: Whether machines, goods and floors that training never shows are used.
        about: ``ways`` for floors, pale and shining ones as well, seen from a knee or a head along
            the way; ``heaps`` for the same with powder in heaps and drifts, or none; ``machines``
            for nothing but guards, ``more-machines`` for the same on ``more_machines.MORE``;
            ``exits`` for exits that are locked, labelled ``chain-lock``, or whose sign is dark;
            empty for all focuses in their shares.
    """

    def __init__(
        self, seed: int, state: int, *, long_px: int, test: bool, cameras: int, about: str
    ) -> None:
        if about not in ABOUT:
            raise ValueError(f"about must be one of {ABOUT}, got {about!r}")
        if test and about == "more-machines":
            raise ValueError("more-machines has no kind that training does not see; use machines")
        self.seed, self.state, self.test = seed, state, test
        self.walkways = about in ("ways", "heaps")
        self.heaps = about == "heaps"
        self.layout = np.random.default_rng([seed, 1])
        self.now = np.random.default_rng([seed, 2, state])
        self.long_px, self.camera_count = long_px, cameras
        self.things: list[Thing] = []
        self.relations: list[Relation] = []
        self.materials: dict[str, Material] = goods.looks(self.layout)
        self.facts: dict[str, object] = {}
        self.aims: list[tuple[tuple[float, float, float], float, str]] = []
        self.boxes: list[tuple[float, float, float, float]] = []
        self.focus = str(self.layout.choice(FOCUSES, p=(0.36, 0.22, 0.19, 0.12, 0.11)))
        self.more_machines = about == "more-machines"
        self.exits = about == "exits"
        self.locks = np.random.default_rng([seed, 4, state])
        if self.exits:
            self.materials |= locks.looks(self.layout)
        if about in ("machines", "more-machines"):
            self.focus = "guards"
        elif about == "exits":
            self.focus = "exit"
        elif self.walkways:
            self.focus = str(self.layout.choice(("walkway", "dust"), p=(0.8, 0.2)))
        self.hazard = state == 1

    # --- the room ---------------------------------------------------------------------------

    def scene(self) -> Scene:
        """Return the scene."""
        self._room()
        lamps = self._lights()
        self._walls()
        self._floor_things()
        floor = self._ground()
        self._people()
        cameras = self._cameras()
        self.facts |= {"focus": self.focus, "room": self.kind, "hazard": self.hazard}
        return Scene(
            self.seed,
            self.state,
            self.materials,
            self.things,
            lamps,
            cameras,
            floor,
            self.relations,
            sky=self.sky,
            sky_power=self.sky_power,
            exposure=self.exposure,
            night=self.night,
            facts=self.facts,
        )

    def _add(self, name: str, meshes: list[Mesh], label: str = "", **more: object) -> Thing:
        thing = Thing(f"{len(self.things):03d}-{name}", meshes, label)
        for key, value in more.items():
            setattr(thing, key, value)
        for mesh in meshes:
            if mesh.material.startswith(("sign:", "lit:")) and mesh.material not in self.materials:
                lit, picture = mesh.material.split(":")
                power = float(self.layout.uniform(1.2, 5.0)) if lit == "lit" else 0.0
                self.materials[mesh.material] = Material(
                    "picture", rough=0.4, picture=picture, glow=power, takes_dust=False
                )
        self.things.append(thing)
        return thing

    def _room(self) -> None:
        c = self.layout
        kinds = ("workshop", "corridor", "warehouse", "hall")
        share = {
            "exit": (0.3, 0.45, 0.2, 0.05),
            "walkway": (0.3, 0.5, 0.15, 0.05),
            "fire-gear": (0.3, 0.5, 0.2, 0.0),
        }
        self.kind = str(c.choice(kinds, p=share.get(self.focus, (0.75, 0.0, 0.15, 0.1))))
        low, high = {
            "workshop": ((4.5, 6, 2.9), (9, 10, 5)),
            "corridor": ((1.9, 6, 2.5), (3.4, 13, 3.2)),
            "warehouse": ((6, 8, 4), (12, 14, 7)),
            "hall": ((8, 9, 5), (14, 14, 8)),
        }[self.kind]
        self.w, self.d, self.h = (float(v) for v in c.uniform(low, high))
        grey = float(c.uniform(0.12, 0.5))
        warm = c.uniform(0.9, 1.1, 3)
        tone: Colour = (float(grey * warm[0]), float(grey * warm[1]), float(grey * warm[2]))
        green: Colour = (0.04, 0.17, 0.1) if c.random() < 0.6 else (0.1, 0.2, 0.35)
        rough = float(c.uniform(0.2, 0.85))
        wear = float(c.uniform(0.1, 0.9))
        floors = {
            "concrete": Material("concrete", tone, rough=max(rough, 0.5), wear=wear, scale=0.5),
            "epoxy": Material(
                "painted",
                green if c.random() < 0.6 else tone,
                rough=float(c.uniform(0.1, 0.4)),
                wear=wear,
            ),
            "tiles": Material(
                "tiles",
                tuple(min(v * 1.5, 0.7) for v in tone),
                (0.15, 0.15, 0.14),
                rough=min(rough, 0.5),
                scale=float(c.choice((0.3, 0.6, 0.8))),
                wear=wear,
            ),
            "terrazzo": Material(
                "terrazzo",
                tuple(min(v * 1.3, 0.6) for v in tone),
                (0.1, 0.09, 0.08),
                rough=float(c.uniform(0.08, 0.4)),
                scale=float(c.uniform(0.008, 0.016)),
                wear=wear,
            ),
            "plate": Material("plate", (0.3, 0.3, 0.31), rough=0.4, scale=0.05, wear=wear),
        }
        kinds = (
            ("plate",)
            if self.test and c.random() < 0.3
            else ("concrete", "epoxy", "tiles", "terrazzo")
        )
        self.floor = str(c.choice(kinds))
        self.materials["floor"] = floors[self.floor]
        if self.walkways:
            self._polish_floor()
        pale = float(c.uniform(0.25, 0.75))
        tint = c.uniform(0.94, 1.05, 3) * np.array([1.02, 1.0, 0.96]) * pale
        wall: Colour = (float(tint[0]), float(tint[1]), float(tint[2]))
        bricks = c.random() < (0.5 if self.test else 0.15)
        self.materials["wall"] = (
            Material(
                "brick",
                wall,
                (wall[0] * 0.6, wall[1] * 0.6, wall[2] * 0.6),
                rough=0.85,
                scale=float(c.choice((0.12, 0.3))),
                wear=wear,
            )
            if bricks
            else Material("concrete", wall, rough=0.85, scale=1.2, wear=wear * 0.7)
        )
        bands = (
            (0.05, 0.2, 0.12),
            (0.08, 0.16, 0.28),
            (0.25, 0.26, 0.26),
            (0.3, 0.2, 0.12),
            (0.45, 0.42, 0.32),
            (0.1, 0.1, 0.11),
        )
        band = np.asarray(bands[int(c.integers(len(bands)))]) * c.uniform(0.7, 1.4)
        self.materials["band"] = Material(
            "painted", (float(band[0]), float(band[1]), float(band[2])), rough=0.5, wear=wear
        )
        self.materials["ceiling"] = Material(
            "concrete", tuple(min(v * 1.15, 0.85) for v in wall), rough=0.9, scale=1.0, wear=0.2
        )
        w, d, h = self.w, self.d, self.h
        self._add(
            "floor",
            [
                sheet(
                    [
                        (-w / 2, -d / 2, 0),
                        (w / 2, -d / 2, 0),
                        (w / 2, d / 2, 0),
                        (-w / 2, d / 2, 0),
                    ],
                    "floor",
                )
            ],
            mask="floor",
        )
        walls = [
            box((0, d / 2 + 0.1, h / 2), (w + 0.4, 0.2, h), "wall", bevel=0),
            box((0, -d / 2 - 0.1, h / 2), (w + 0.4, 0.2, h), "wall", bevel=0),
            box((-w / 2 - 0.1, 0, h / 2), (0.2, d, h), "wall", bevel=0),
            box((w / 2 + 0.1, 0, h / 2), (0.2, d, h), "wall", bevel=0),
            box((0, 0, h + 0.05), (w + 0.4, d + 0.4, 0.1), "ceiling", bevel=0),
        ]
        if c.random() < 0.45:
            top = float(c.uniform(0.1, 1.3))
            for at, size in (
                ((0, d / 2 - 0.004, top / 2), (w, 0.008, top)),
                ((-w / 2 + 0.004, 0, top / 2), (0.008, d, top)),
                ((w / 2 - 0.004, 0, top / 2), (0.008, d, top)),
            ):
                walls.append(box(at, size, "band", bevel=0))
        self._add("walls", walls)
        if c.random() < 0.4:
            x = float(c.uniform(-0.35, 0.35)) * w
            lines = [
                box((x + dx, 0, 0.002), (0.09, d * 0.9, 0.003), "yellow", bevel=0)
                for dx in (0, float(c.uniform(0.8, 1.4)))
            ]
            self._add("floor-lines", lines, mask="floor")
        for _ in range(int(c.integers(0, 5))):
            kind = str(c.choice(goods.OVERHEAD))
            run = goods.overhead(c, kind, (d if c.random() < 0.6 else w) * 0.96)
            along = c.random() < 0.6
            z = float(c.uniform(min(2.3, h - 0.5), h - 0.25))
            if along:
                x = float(c.choice((-1, 1))) * (w / 2 - float(c.uniform(0.2, 0.6)))
                self._add(f"overhead-{kind}", placed(run, (x, 0, z), math.pi / 2))
            else:
                self._add(
                    f"overhead-{kind}", placed(run, (0, d / 2 - float(c.uniform(0.2, 2.0)), z))
                )
            self.aims.append(((0.0, d / 3, z), 2.0, "overhead"))

    def _polish_floor(self) -> None:
        """Make half of the floors pale or shining: what powder and water are mistaken for."""
        c, look = self.layout, self.materials["floor"]
        if c.random() < 0.5:
            pale = float(c.uniform(0.45, 0.85)) / max(max(look.colour), 1e-3)
            r, g, b = (min(float(v) * pale, 0.88) for v in look.colour)
            look = replace(look, colour=(r, g, b))
        if c.random() < 0.5:
            look = replace(look, rough=float(c.uniform(0.03, 0.22)))
        self.materials["floor"] = replace(look, wear=look.wear * float(c.uniform(0.1, 1.0)))

    def _lights(self) -> list[Lamp]:
        c = self.layout
        w, d, h = self.w, self.d, self.h
        self.exposure = float(c.normal(0, 0.35))
        mode = str(
            c.choice(
                ("tubes", "daylight", "mixed", "flash", "night"), p=(0.42, 0.18, 0.22, 0.11, 0.07)
            )
        )
        self.night = mode == "night"
        warm = float(c.uniform(-0.12, 0.15))
        colour: Colour = (1.0 + warm, 1.0, 1.0 - warm)
        self.sky, self.sky_power = (0.55, 0.68, 0.9), 0.05
        lamps: list[Lamp] = []
        glow = float(c.uniform(6, 18)) if mode in ("tubes", "mixed") else 0.3
        self.materials["tube"] = Material(
            "glow", (1.0 + warm, 1.0, 1.0 - warm), glow=glow, takes_dust=False
        )
        fittings = []
        rows, columns = max(1, round(w / 3.2)), max(1, round(d / 3.0))
        for i in range(rows):
            for j in range(columns):
                x, y = (i + 0.5) * w / rows - w / 2, (j + 0.5) * d / columns - d / 2
                fittings.append(box((x, y, h - 0.06), (0.14, 1.2, 0.06), "tube", bevel=0.01))
                if mode in ("tubes", "mixed") and c.random() < 0.92:
                    lamps.append(
                        Lamp(
                            "area",
                            (x, y, h - 0.12),
                            (x, y, 0),
                            float(c.uniform(18, 45)) * h / 3,
                            0.9,
                            colour,
                        )
                    )
        self._add("tubes", fittings)
        if mode in ("daylight", "mixed"):
            side = float(c.choice((-1.0, 1.0)))
            power = float(c.uniform(60, 260)) * (w * d) / 50
            if c.random() < 0.35:
                lamps.append(
                    Lamp(
                        "area",
                        (0, 0, h - 0.2),
                        (0, 0, 0),
                        power,
                        min(w, d) * 0.6,
                        (0.85, 0.93, 1.1),
                    )
                )
            else:
                lamps.append(
                    Lamp(
                        "area",
                        (side * (w / 2 - 0.05), float(c.uniform(-0.2, 0.3)) * d, h * 0.6),
                        (0, 0, 0.8),
                        power,
                        h * 0.6,
                        (0.9, 0.96, 1.08),
                    )
                )
            lamps.append(
                Lamp(
                    "sun",
                    (0, 0, h),
                    (float(c.uniform(-1, 1)), float(c.uniform(-0.5, 1)), -h),
                    0.6,
                    0.02,
                    (1.0, 0.95, 0.85),
                )
            )
        if mode in ("flash", "night"):
            self.flash = True
            self.sky_power = 0.02
            if mode == "flash":
                lamps.append(
                    Lamp("area", (0, 0, h - 0.15), (0, 0, 0), float(c.uniform(5, 25)), 1.5, colour)
                )
        else:
            self.flash = False
            lamps.append(
                Lamp(
                    "area",
                    (0, -d / 3, h - 0.2),
                    (0, 0, 0.5),
                    float(c.uniform(2, 11)) * w * d / 30,
                    min(w, d) * 0.5,
                    colour,
                )
            )
        self.facts["light"] = mode
        return lamps

    # --- along the walls --------------------------------------------------------------------

    def _slots(self) -> list[tuple[str, float, float]]:
        """Return free stretches as (wall, low, high) along the wall."""
        return [
            ("back", -self.w / 2, self.w / 2),
            ("left", -self.d / 2 + 1, self.d / 2),
            ("right", -self.d / 2 + 1, self.d / 2),
        ]

    def _slot(self, wall: str, along: float) -> Slot:
        if wall == "back":
            return Slot(wall, (along, self.d / 2), 0.0)
        if wall == "left":
            return Slot(wall, (-self.w / 2, along), PORTS["left"])
        return Slot(wall, (self.w / 2, along), PORTS["right"])

    def _put(self, slot: Slot, meshes: list[Mesh], out: float = 0.0) -> list[Mesh]:
        c, s = math.cos(slot.turn), math.sin(slot.turn)
        at = (slot.at[0] + out * s, slot.at[1] - out * c, 0.0)
        return placed(meshes, at, slot.turn)

    def _walls(self) -> None:
        c = self.layout
        wanted: list[tuple[str, float]] = []
        main = {
            "guards": "machine",
            "dust": "machine",
            "exit": "exit",
            "walkway": "exit",
            "fire-gear": "fire-gear",
        }[self.focus]
        narrow = self.kind == "corridor"
        for wall, low, high in self._slots():
            plan: list[str] = []
            if wall == "back":
                plan.append(main if not (narrow and main == "fire-gear") else "exit")
            options: tuple[str, ...] = (
                ("board", "fire-gear", "door", "nothing", "exit")
                if narrow
                else (
                    "machine",
                    "machine",
                    "shelf",
                    "cabinet",
                    "bench",
                    "board",
                    "fire-gear",
                    "gas",
                    "nothing",
                    "exit",
                    "plant",
                )
            )
            space = high - low
            while len(plan) < 6 and space - 2.2 * len(plan) > 1.8:
                plan.append(str(c.choice(options)))
            c.shuffle(plan)  # type: ignore[arg-type]
            wanted.append((wall, space))
            self._along(wall, low + 0.25, high - 0.25, plan, narrow=narrow)
        if main == "machine" and not any(t.label == "machine" for t in self.things):
            self._machine(Slot("back", (0.0, self.d / 2), 0.0))

    def _along(self, wall: str, low: float, high: float, plan: list[str], *, narrow: bool) -> None:
        c = self.layout
        widths = {
            "machine": 2.3,
            "exit": 1.5,
            "door": 1.3,
            "shelf": 2.3,
            "cabinet": 1.3,
            "bench": 2.3,
            "board": 1.3,
            "fire-gear": 0.9,
            "gas": 0.9,
            "nothing": 0.6,
            "plant": 0.7,
        }
        total = sum(widths[p] for p in plan)
        while plan and total > high - low:
            total -= widths[plan.pop()]
        rest = max(high - low - total, 0.0)
        shares = c.dirichlet(np.ones(len(plan) + 1)) * rest
        at = low
        for gap, item in zip(shares, plan, strict=False):
            at += float(gap) + widths[item] / 2
            self._wall_item(item, self._slot(wall, at), narrow=narrow)
            at += widths[item] / 2

    def _wall_item(self, item: str, slot: Slot, *, narrow: bool) -> None:
        c = self.layout
        if item == "machine":
            self._machine(slot)
        elif item == "exit":
            self._exit(slot)
        elif item == "door":
            leaf, _, _ = goods.door(c, "plain")
            self._add("door", self._put(slot, leaf), "")
        elif item == "fire-gear":
            self._fire_gear(slot)
        elif item == "board":
            family = str(c.choice(("board", "poster", "warning", "green-board")))
            name = f"{family}-{int(c.integers(signs.SHAPES[family][0]))}"
            width = (
                float(c.uniform(0.3, 0.6)) if family == "warning" else float(c.uniform(0.5, 1.2))
            )
            self._add(
                "board",
                self._put(
                    slot,
                    goods.sign(
                        name,
                        (0, -0.001, float(c.uniform(1.3, 1.8))),
                        width,
                        signs.aspect(name),
                        glow=False,
                    ),
                ),
            )
        elif item in ("shelf", "cabinet", "bench", "plant", "gas"):
            build: Callable[[np.random.Generator], list[Mesh]] = {
                "shelf": goods.shelf,
                "cabinet": goods.cabinet,
                "bench": goods.bench,
                "plant": goods.plant,
                "gas": goods.gas_bottles,
            }[item]
            meshes = self._put(slot, build(c), 0.35 if item == "plant" else 0.02)
            self._take(meshes)
            self._add(item, meshes)

    def _take(self, meshes: list[Mesh]) -> None:
        points = np.concatenate([m.points for m in meshes])
        (x0, y0, _), (x1, y1, _) = points.min(0), points.max(0)
        self.boxes.append((float(x0), float(y0), float(x1), float(y1)))

    def _machine(self, slot: Slot) -> None:
        c, now = self.layout, self.now
        builders = more_machines.MORE if self.more_machines else machines.MACHINES
        kinds = [k for k in builders if (k in machines.TEST_ONLY) == self.test]
        kind = str(c.choice(kinds))
        made = builders[kind](c)
        number = sum(t.label == "machine" for t in self.things)
        prefix = f"m{number}-"
        for key, look in (machines.materials(c) | made.materials).items():
            self.materials[prefix + key] = look
        deepest = max(float(m.points[:, 1].max()) for m in made.body)
        out = deepest + float(c.uniform(0.05, 0.5))
        turn_more = float(c.normal(0, 0.12)) if c.random() < 0.7 else float(c.uniform(-0.8, 0.8))

        def world(meshes: list[Mesh]) -> list[Mesh]:
            own = [Mesh(m.points, m.faces, prefix + m.material, m.smooth, m.uv) for m in meshes]
            return self._put(slot, [m.turned(turn_more) for m in own], out)

        spread = [m for part in [made.body, *made.moving] for m in part]
        middle = sum(float(m.points[:, 0].mean()) for m in spread) / len(spread)
        spread_moved = [m.moved((-middle, 0, 0)) for m in made.body]
        body = self._add("machine", world(spread_moved), "machine")
        self._take(body.meshes)
        good = ("cover", "mesh")
        states: list[str] = []
        for place, moving in enumerate(made.moving):
            bad = self.hazard if self.focus == "guards" else now.random() < 0.5
            state = (
                str(now.choice(good, p=(0.6, 0.4)))
                if not bad
                else str(now.choice(("half", "beside", "never"), p=(0.22, 0.3, 0.48)))
            )
            states.append(state)
            part = self._add(
                "moving", world([m.moved((-middle, 0, 0)) for m in moving]), "moving-part"
            )
            guard = machines.guard_for(made, place, state, now)
            if guard:
                cover = self._add(
                    "guard", world([m.moved((-middle, 0, 0)) for m in guard]), "guard"
                )
                word = {
                    "cover": "guards",
                    "mesh": "guards",
                    "half": "half-guards",
                    "beside": "lies-beside",
                }[state]
                self.relations.append(Relation(cover.name, word, part.name))
                if state == "beside":
                    self._take(cover.meshes)
            self.relations.append(Relation(part.name, "part-of", body.name))
            centre = np.mean(np.concatenate([m.points for m in part.meshes]), axis=0)
            reach = float(np.ptp(np.concatenate([m.points for m in part.meshes]), axis=0).max())
            self.aims.append(
                (
                    (float(centre[0]), float(centre[1]), float(centre[2])),
                    max(reach * 1.1, 0.5),
                    "guards",
                )
            )
        machine_facts = self.facts.setdefault("machines", [])
        assert isinstance(machine_facts, list)
        machine_facts.append({"thing": body.name, "kind": kind, "guards": states})

    def _exit(self, slot: Slot) -> None:
        c, now = self.layout, self.now
        kind = str(c.choice(goods.DOORS, p=(0.3, 0.25, 0.15, 0.18, 0.12)))
        leaf, width, height = goods.door(c, kind)
        door = self._add("exit-door", self._put(slot, leaf), "exit-door")
        aim = self._put(slot, [sheet([(0, 0, height * 0.55)] * 4, "floor")])[0].points[0]
        self.aims.append(
            ((float(aim[0]), float(aim[1]), float(aim[2])), max(width, height) * 0.9, "exit")
        )
        focus = self.focus == "exit"
        missing = focus and self.hazard and now.random() < 0.12
        lit = bool(c.random() < 0.65)
        if lit and focus and self.hazard and now.random() < 0.15:
            lit = False
        family = "exit-man" if c.random() < 0.62 else "exit-text"
        name = f"{family}-{int(c.integers(signs.SHAPES[family][0]))}"
        aspect = signs.aspect(name)
        size = float(c.uniform(0.28, 0.55))
        beside = c.random() < 0.22
        at = (
            (width / 2 + 0.35 + size / 2, -0.001, float(c.uniform(1.5, 2.1)))
            if beside
            else (
                float(c.normal(0, 0.08)),
                -0.001,
                min(height + 0.3 + size / aspect / 2, self.h - 0.2),
            )
        )
        if missing and kind not in ("push-bar", "double"):
            door.label = ""  # nothing in the picture says any more that it is an exit
        if not missing:
            board = self._add(
                "exit-sign",
                self._put(
                    slot,
                    goods.sign(
                        name, at, size, aspect, glow=lit, thick=float(c.uniform(0.012, 0.06))
                    ),
                ),
                "exit-sign",
            )
            self.relations.append(Relation(board.name, "marks", door.name))
        locked = kind != "shutter" and now.random() < (0.2 if focus and self.hazard else 0.03)
        if self.exits:
            locked = self._held_shut(slot, door, kind, width)
        elif locked:
            links = self._add("chain", self._put(slot, goods.chained(width)))
            self.relations.append(Relation(links.name, "locks", door.name))
        blocked = (focus and self.hazard) or now.random() < 0.12
        if self.exits:
            blocked = now.random() < 0.25
        if blocked:
            count = int(now.integers(1, 4))
            for _ in range(count):
                x = float(now.uniform(-0.5, 0.5)) * width
                self._obstacle(slot, x, float(now.uniform(0.35, CLEARANCE_M)), door, inside=True)
        zone = self._put(
            slot,
            [
                sheet(
                    [
                        (-width / 2 - 0.1, -CLEARANCE_M, 0),
                        (width / 2 + 0.1, -CLEARANCE_M, 0),
                        (width / 2 + 0.1, 0, 0),
                        (-width / 2 - 0.1, 0, 0),
                    ],
                    "floor",
                )
            ],
        )[0]
        self._take([zone])
        exits = self.facts.setdefault("exits", [])
        assert isinstance(exits, list)
        exits.append(
            {
                "thing": door.name,
                "kind": kind,
                "sign": None if missing else ("lit" if lit else "dark"),
                "locked": bool(locked),
                "blocked": bool(blocked),
                "zone": zone.points[:, :2].round(3).tolist(),
            }
        )

    def _held_shut(self, slot: Slot, door: Thing, kind: str, width: float) -> bool:
        """Hang a lock on an exit's handles in most of state 1, else maybe something harmless."""
        c = self.locks
        if kind == "shutter":
            return False
        pair = kind in ("double", "glass")
        middle = 0.0 if pair else width / 2 - 0.05
        spread = 0.12 if kind == "glass" else 0.08
        at = (middle, -0.03, float(c.uniform(0.98, 1.1)))
        locked = bool(c.random() < (0.75 if self.hazard else 0.06))
        if locked:
            kinds = [k for k in locks.KINDS if (k in locks.TEST_ONLY) <= self.test]
            lock = str(c.choice(kinds))
            if lock == "padlock" and c.random() < 0.5:
                at = (middle, at[1], float(c.uniform(0.5, 1.7)))
            meshes = locks.held_shut(c, lock, spread)
            thing = self._add(lock, self._put(slot, placed(meshes, at)), "chain-lock")
            self.relations.append(Relation(thing.name, "locks", door.name))
        else:
            meshes = locks.hung(c, str(c.choice(locks.HUNG, p=(0.15, 0.15, 0.1, 0.6))), spread)
            if meshes:
                self._add("hung", self._put(slot, placed(meshes, at)))
        x, y, z = self._put(slot, [sheet([(at[0], at[1], at[2])] * 4, "floor")])[0].points[0]
        self.aims.append(((float(x), float(y), float(z)), 0.7, "exit"))
        return locked

    def _obstacle(
        self, slot: Slot, along: float, out: float, door: Thing | None, *, inside: bool
    ) -> None:
        kinds = [k for k in goods.OBSTACLES if (k in goods.OBSTACLES_TEST_ONLY) <= self.test]
        kind = str(self.now.choice(kinds))
        meshes = placed(goods.OBSTACLES[kind](self.now), (along, 0, 0), 0.0)
        meshes = [m.turned(float(self.now.uniform(-0.7, 0.7)), about=(along, 0, 0)) for m in meshes]
        back = max(float(m.points[:, 1].max()) for m in meshes)
        meshes = [m.moved((0, -max(back - out + 0.2, 0) if back > 0.12 else 0, 0)) for m in meshes]
        thing = self._add(kind, self._put(slot, meshes, out + 0.12), "obstacle", on_floor=True)
        if inside and door is not None:
            self.relations.append(Relation(thing.name, "blocks", door.name))

    def _fire_gear(self, slot: Slot) -> None:
        c, now = self.layout, self.now
        focus = self.focus == "fire-gear"
        bad = focus and self.hazard
        if c.random() < 0.3:
            thing = self._add("hydrant-box", self._put(slot, goods.hydrant_box(c)), "hydrant-box")
            self.facts.setdefault("hydrants", []).append({"thing": thing.name, "hidden": bool(bad)})  # type: ignore[attr-defined]
            gear: Thing | None = thing
            height = 1.2
        else:
            how = str(c.choice(("mounted", "cabinet", "floor"), p=(0.6, 0.15, 0.25)))
            if bad:
                how = str(now.choice(("missing", "floor", how)))
            elif how == "floor" and focus:
                how = "mounted"
            count = 1 + int(c.random() < 0.35)
            signed = bool(c.random() < 0.6) or how == "missing"
            height = {"floor": 0.0, "cabinet": 0.08}.get(how, float(c.uniform(0.35, 0.9)))
            gear = None
            for n in range(count if how != "missing" else 0):
                body, top = goods.extinguisher(c)
                x = (n - (count - 1) / 2) * 0.26
                at = (x, -0.13, height)
                gear = self._add(
                    "extinguisher", self._put(slot, placed(body, at)), "fire-extinguisher"
                )
                self._add("valve", self._put(slot, placed(top, at)))
            if how == "mounted":
                self._add(
                    "bracket",
                    self._put(
                        slot, [box((0, -0.05, height + 0.25), (0.26 * count, 0.1, 0.03), "iron")]
                    ),
                )
            elif how == "cabinet":
                self._add(
                    "stand",
                    self._put(
                        slot,
                        [
                            box((0, -0.16, 0.04), (0.3 * count + 0.12, 0.3, 0.08), "red"),
                            *[
                                box(
                                    (s * (0.15 * count + 0.06), -0.16, 0.3), (0.02, 0.3, 0.6), "red"
                                )
                                for s in (-1, 1)
                            ],
                        ],
                    ),
                )
            if signed:
                name = f"fire-sign-{int(c.integers(signs.SHAPES['fire-sign'][0]))}"
                at = (0.0, -0.001, float(c.uniform(1.45, 1.9)))
                board = self._add(
                    "fire-sign",
                    self._put(
                        slot, goods.sign(name, at, float(c.uniform(0.2, 0.32)), 1.0, glow=False)
                    ),
                    "fire-sign",
                )
                if gear is not None:
                    self.relations.append(Relation(board.name, "marks", gear.name))
            self.facts.setdefault("extinguishers", []).append(
                {"how": how, "signed": signed, "hidden": bool(bad and how != "missing")}
            )  # type: ignore[attr-defined]
        aim = self._put(slot, [sheet([(0, 0, height + 0.3)] * 4, "floor")])[0].points[0]
        self.aims.append(((float(aim[0]), float(aim[1]), float(aim[2])), 0.8, "fire-gear"))
        if bad and gear is not None and now.random() < 0.75:
            for _ in range(int(now.integers(1, 3))):
                self._obstacle(
                    slot,
                    float(now.normal(0, 0.15)),
                    float(now.uniform(0.3, 0.6)),
                    gear,
                    inside=True,
                )

    # --- on the floor -----------------------------------------------------------------------

    def _free(self, x: float, y: float, r: float) -> bool:
        inside = abs(x) < self.w / 2 - r and abs(y) < self.d / 2 - r
        return inside and all(
            x + r < a or x - r > c or y + r < b or y - r > d for a, b, c, d in self.boxes
        )

    def _floor_things(self) -> None:
        c, now = self.layout, self.now
        for _ in range(int(c.integers(0, 2 if self.kind == "corridor" else 6))):
            for _ in range(12):
                x, y = float(c.uniform(-0.5, 0.5)) * self.w, float(c.uniform(-0.35, 0.5)) * self.d
                if self._free(x, y, 0.6):
                    kinds = [
                        k for k in goods.OBSTACLES if (k in goods.OBSTACLES_TEST_ONLY) <= self.test
                    ]
                    kind = str(c.choice(kinds))
                    meshes = placed(goods.OBSTACLES[kind](c), (x, y, 0), float(c.uniform(0, 6)))
                    self._take(meshes)
                    self._add(kind, meshes, "obstacle", on_floor=True)
                    break
        spot = (0.0, 0.0)
        for _ in range(20):
            spot = float(c.uniform(-0.35, 0.35)) * self.w, float(c.uniform(-0.4, 0.4)) * self.d
            if self._free(spot[0], spot[1], 0.3):
                break
        if self.walkways:  # the same in both states, whatever stands about
            share = np.random.default_rng([self.seed, 4]).uniform(-0.3, 0.3, 2)
            spot = float(share[0]) * self.w, float(share[1]) * self.d
        self.aims.append(((spot[0], spot[1], 0.05), 1.1, "walkway"))
        littered = self.hazard if self.focus == "walkway" else now.random() < 0.12
        if self.walkways:
            self.lies = "powder" if self.heaps else str(now.choice(LIES))
            littered = self.hazard and self.lies == "litter"
        if littered:
            kinds_now: list[str] = []
            for _ in range(int(now.integers(1, 4))):
                kind = str(now.choice(goods.LITTER))
                for _ in range(12):
                    x, y = spot[0] + float(now.normal(0, 0.45)), spot[1] + float(now.normal(0, 0.6))
                    if self._free(x, y, 0.25):
                        reach = float(now.uniform(0.2, 0.8))
                        meshes = placed(
                            goods.litter(now, kind, reach), (x, y, 0), float(now.uniform(-0.5, 0.5))
                        )
                        self._add(f"litter-{kind}", meshes, "", mask="litter", on_floor=True)
                        kinds_now.append(kind)
                        break
            self.facts["litter"] = kinds_now

    def _ground(self) -> Ground:
        c, now = self.layout, self.now
        if self.walkways:
            return self._walked_ground()
        powder = str(c.choice(tuple(POWDERS)))
        level, aloft, puddles = 0.0, 0.0, 0
        if self.focus == "dust" and self.hazard:
            level = float(now.choice((0.0, 0.35, 0.6, 0.85, 1.0)))
            aloft = float(now.choice((0.35, 0.6, 0.85, 1.0)))
        elif self.focus == "walkway" and self.hazard:
            level = float(now.choice((0.0, 0.5, 0.8, 1.0)))
            puddles = int(now.integers(0, 4))
        elif now.random() < 0.15:
            level, aloft = float(now.uniform(0.3, 0.9)), float(now.choice((0.0, 0.5)))
        elif now.random() < 0.08:
            puddles = 1
        everywhere = self.focus == "dust" or now.random() < 0.4
        side = ground.SIDE
        empty = np.zeros((side, side), np.float32)
        stain = ground.stain_layer(c, float(c.uniform(0, 0.9)) if c.random() < 0.6 else 0.0)
        wet = bool(c.random() < 0.12 and self.floor != "concrete")
        oil = now.random() < 0.45
        self.facts |= {
            "powder": powder if max(level, aloft) > 0 else None,
            "powder_level": level,
            "aloft_level": aloft,
            "puddles": puddles,
            "wet": wet,
        }
        return Ground(
            (-self.w / 2, -self.d / 2), (self.w, self.d),
            ground.powder_layer(now, level, everywhere=everywhere) if level else empty,
            ground.liquid_layer(now, puddles) if puddles else empty,
            stain,
            ground.powder_layer(now, aloft, everywhere=True) if aloft else empty,
            POWDERS[powder], LIQUIDS[0] if oil else LIQUIDS[1], wet,
        )  # fmt: skip

    def _heaped(self, spot: tuple[float, float], powder: Colour) -> Colour:
        """Let powder lie in heaps and drifts, about a spot and at the feet of what stands there.

        Returns:
            Its colour, changed where it could not be told from the floor.
        """
        now = self.now
        floor = float(np.mean(self.materials["floor"].colour))
        if abs(float(np.mean(powder)) - floor) < LEAST_CONTRAST:
            powder = max(POWDERS.values(), key=lambda colour: abs(float(np.mean(colour)) - floor))
        self.materials["heap"] = Material(
            "concrete", powder, rough=1.0, scale=float(now.uniform(0.01, 0.06)), wear=0.0,
            takes_dust=False,
        )  # fmt: skip
        feet = [spot] * int(now.integers(1, 4))
        feet += [((a + c) / 2, b) for a, b, c, _ in self.boxes if now.random() < 0.5]
        for n, (x, y) in enumerate(feet):
            reach = float(now.uniform(0.2, 1.3))
            x, y = x + float(now.normal(0, 0.5)), y + float(now.normal(0, 0.5))
            x = float(np.clip(x, 0.3 - self.w / 2, self.w / 2 - 0.3))
            y = float(np.clip(y, 0.3 - self.d / 2, self.d / 2 - 0.3))
            mesh = goods.heap(now, reach, reach * float(now.uniform(0.01, 0.2)))
            self._add(f"heap-{n}", placed([mesh], (x, y, 0)), mask="powder", on_floor=True)
        self.facts["heaps"] = len(feet)
        return powder

    def _walked_ground(self) -> Ground:
        """Return the floor of a way: one kind of thing lies there, or nothing."""
        c, now = self.layout, self.now
        kind = self.lies if self.hazard else "nothing"
        level = float(now.uniform(0.45, 1.0)) if kind == "powder" else 0.0
        puddles = int(now.integers(1, 4)) if kind == "liquid" else 0
        aloft = float(now.uniform(0.4, 1.0)) if kind == "powder" and self.focus == "dust" else 0.0
        name = str(c.choice(tuple(POWDERS)))
        tint = np.clip(np.asarray(POWDERS[name]) * c.uniform(0.85, 1.15, 3), 0.02, 0.92)
        powder: Colour = (float(tint[0]), float(tint[1]), float(tint[2]))
        empty = np.zeros((ground.SIDE, ground.SIDE), np.float32)
        stain = ground.stain_layer(c, float(c.uniform(0, 0.9)) if c.random() < 0.5 else 0.0)
        wet = bool(c.random() < 0.12 and self.floor != "concrete")
        self.facts |= {
            "powder": name if level else None,
            "powder_level": level,
            "aloft_level": aloft,
            "puddles": puddles,
            "wet": wet,
        }
        (x, y, _), _, _ = next(aim for aim in self.aims if aim[2] == "walkway")
        near = (x / self.w + 0.5, y / self.d + 0.5)
        if self.heaps and level:
            powder = self._heaped((x, y), powder)
            level = level * 0.7 if now.random() < 0.5 else 0.0
        everywhere = bool(now.random() < 0.4)
        return Ground(
            (-self.w / 2, -self.d / 2), (self.w, self.d),
            ground.powder_layer(now, level, everywhere=everywhere, near=near) if level else empty,
            ground.liquid_layer(now, puddles, near=near) if puddles else empty,
            stain,
            ground.powder_layer(now, aloft, everywhere=True) if aloft else empty,
            powder, LIQUIDS[int(now.integers(len(LIQUIDS)))], wet,
        )  # fmt: skip

    def _people(self) -> None:
        c, now = self.layout, self.now
        for n in range(int(now.choice((0, 1, 2), p=(0.62, 0.28, 0.10)))):
            for _ in range(10):
                x, y = (
                    float(now.uniform(-0.4, 0.4)) * self.w,
                    float(now.uniform(-0.2, 0.45)) * self.d,
                )
                if self._free(x, y, 0.35):
                    for key in ("skin", "shirt", "trousers", "hair", "hat", "vest"):
                        self.materials[f"p{n}-{key}"] = goods.looks(now)[key]
                    body = goods.person(now)
                    for mesh in body:
                        if mesh.material in ("skin", "shirt", "trousers", "hair", "hat", "vest"):
                            mesh.material = f"p{n}-{mesh.material}"
                    self._add(
                        "person", placed(body, (x, y, 0), float(now.uniform(0, 6.28))), "person"
                    )
                    break
        _ = c

    # --- cameras ----------------------------------------------------------------------------

    def _cameras(self) -> list[Camera]:
        chance = np.random.default_rng([self.seed, 3])
        if self.walkways:
            return [self._walking(chance) for _ in range(self.camera_count * 6)]
        focus = {
            "guards": "guards",
            "dust": "overhead" if chance.random() < 0.3 else "guards",
            "exit": "exit",
            "walkway": "walkway",
            "fire-gear": "fire-gear",
        }[self.focus]
        wanted = [aim for aim in self.aims if aim[2] == focus] or self.aims
        made = []
        for n in range(self.camera_count * 6):  # more than are used: some see nothing
            aim, reach, about = (
                wanted[int(chance.integers(len(wanted)))]
                if chance.random() < 0.75
                else self.aims[int(chance.integers(len(self.aims)))]
            )
            held = str(chance.choice(("phone", "knee", "ceiling"), p=(0.68, 0.12, 0.20)))
            focal = (
                float(chance.uniform(22, 34))
                if held != "ceiling"
                else float(chance.uniform(17, 28))
            )
            # an inspector steps close to a machine: its guard fills the picture
            close = about == "guards" and held != "ceiling" and chance.random() < 0.4
            away_by = (0.75, 1.5) if close else (1.3, 4.0)
            far = reach * focal / 36 * float(chance.uniform(*away_by)) + 0.35
            bearing = float(chance.normal(0, 0.55))
            # into the room, away from the nearest wall
            away = (
                math.atan2(-aim[1], -aim[0] * (self.d / self.w))
                if about != "walkway"
                else float(chance.uniform(0, 6.28))
            )
            x = aim[0] + far * math.cos(away + bearing)
            y = aim[1] + far * math.sin(away + bearing)
            z = {
                "phone": float(chance.uniform(1.0, 1.75)),
                "knee": float(chance.uniform(0.3, 0.6)),
            }.get(held, self.h - float(chance.uniform(0.25, 0.6)))
            x = float(np.clip(x, -self.w / 2 + 0.2, self.w / 2 - 0.2))
            y = float(np.clip(y, -self.d / 2 + 0.2, self.d / 2 - 0.2))
            jitter = chance.normal(0, 0.12 * reach, 3)
            look = (
                aim[0] + float(jitter[0]),
                aim[1] + float(jitter[1]),
                max(aim[2] + float(jitter[2]), 0.0),
            )
            wide, tall = (
                ((4, 3), (3, 4), (16, 9), (4, 3))[int(chance.integers(4))]
                if held != "ceiling"
                else (16, 9)
            )
            scale = self.long_px / max(wide, tall)
            roll = (
                float(chance.normal(0, 0.06))
                if held != "ceiling"
                else float(chance.normal(0, 0.02))
            )
            made.append(
                Camera(
                    (x, y, z),
                    look,
                    roll,
                    focal,
                    round(wide * scale / 8) * 8,
                    round(tall * scale / 8) * 8,
                    held,
                )
            )
            _ = n
        return made

    def _walking(self, chance: np.random.Generator) -> Camera:
        """Return a camera that looks along the way, from a knee, a head or under the ceiling."""
        held = str(chance.choice(("phone", "knee", "ceiling"), p=(0.46, 0.42, 0.12)))
        z = {
            "phone": float(chance.uniform(1.2, 1.75)),
            "knee": float(chance.uniform(0.22, 0.6)),
        }.get(held, self.h - float(chance.uniform(0.25, 0.6)))
        (sx, sy, _), _, _ = next(aim for aim in self.aims if aim[2] == "walkway")
        # the spot lies 1 to 5 m ahead; mostly one looks along the longer side of the room
        way = math.pi / 2 if self.d >= self.w else 0.0
        way += float(chance.choice((0.0, math.pi))) + float(chance.normal(0, 0.45))
        far = float(chance.uniform(0.9, 5.0))
        x = float(np.clip(sx - far * math.cos(way), -self.w / 2 + 0.2, self.w / 2 - 0.2))
        y = float(np.clip(sy - far * math.sin(way), -self.d / 2 + 0.2, self.d / 2 - 0.2))
        up = float(chance.uniform(0.0, 0.9)) * (z if held == "knee" else 0.6)
        look = (sx + float(chance.normal(0, 0.3)), sy + float(chance.normal(0, 0.3)), up)
        focal = float(chance.uniform(17, 28) if held == "ceiling" else chance.uniform(20, 34))
        wide, tall = ((4, 3), (3, 4), (16, 9), (1, 1))[int(chance.integers(4))]
        scale = self.long_px / max(wide, tall)
        roll = float(chance.normal(0, 0.04))
        sides = round(wide * scale / 8) * 8, round(tall * scale / 8) * 8
        return Camera((x, y, z), look, roll, focal, *sides, held)


def compose(
    seed: int,
    state: int,
    *,
    long_px: int = 416,
    test: bool = False,
    cameras: int = 3,
    about: str = "",
) -> Scene:
    """Return the scene of a seed in a state; the same arguments give the same scene.

    >>> one, other = compose(7, 0), compose(7, 0)
    >>> [t.name for t in one.things] == [t.name for t in other.things]
    True
    """
    return Composer(seed, state, long_px=long_px, test=test, cameras=cameras, about=about).scene()
