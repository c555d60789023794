"""Renders things alone on nothing, to be pasted on photos; finished ones are skipped.

    python datasets/synthetic/render_cutouts.py --out FOLDER --signs FOLDER --count 400
    python datasets/synthetic/render_cutouts.py --of goods --out FOLDER --signs FOLDER --count 1000
    python datasets/synthetic/render_cutouts.py --of locks --out FOLDER --signs FOLDER --count 500

Needs Blender's Python module, as ``render_set.py`` does. Each is a PNG with alpha and a JSON with
its label and the box of what the label is about: of an extinguisher its cylinder only. ``--of
goods`` are things that stand in the way, seen from a knee up to the ceiling; ``--of locks`` what
holds doors shut, and what hangs on handles and does not.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

os.environ["OPENCV_IO_ENABLE_OPENEXR"] = "1"

import bpy
import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
import furnishings
import goods
import locks
import signs
from description import Camera, Ground, Lamp, Material, Scene, Thing
from meshes import Mesh, box, cylinder, lathe, tube
from render_set import View, build, start

SIZE_PX = 352
KINDS = {
    "walls": ("extinguisher", "extinguisher", "extinguisher", "hydrant", "other"),
    "goods": ("goods",),
    "locks": ("lock", "lock", "lock", "hung"),
}
FIRST_SEED = {"walls": 0, "goods": 100_000, "locks": 200_000}
"""Each kind is of draws of its own."""
PRINTS = signs.SHAPES["print"][0]
OTHERS = ("drums", "crates", "sacks", "cartons", "bin_", "chairs", "cart", "gas_bottles")


def bottle(chance: np.random.Generator) -> tuple[list[Mesh], list[Mesh]]:
    """Return an extinguisher's cylinder and the rest: foot, hose, horn, as makers differ."""
    label = f"print-{int(chance.integers(PRINTS))}" if chance.random() < 0.8 else ""
    body, rest = furnishings.extinguisher(chance, label, (1.2, 3.6))
    points = np.concatenate([mesh.points for mesh in body])
    r, h = float(np.abs(points[:, :2]).max()), float(points[:, 2].max())
    slim = float(chance.uniform(0.75, 1.25))
    if chance.random() < 0.4:  # a black foot
        body.append(cylinder((0, 0, 0.02), r * 1.02, 0.04 + 0.03 * chance.random(), "black"))
    if chance.random() < 0.06:  # of polished steel
        body = [replace(m, material="steel") if m.material == "red" else m for m in body]
    if chance.random() < 0.35:  # carbon dioxide: a horn at its side
        side = r * 1.5
        horn = [(0.018, 0.0), (0.02, 0.05), (0.045, 0.2), (0.047, 0.21)]
        rest += [
            mesh.moved((side, -0.02, h * 0.35)) for mesh in [lathe(horn, "black", segments=20)]
        ]
        rest.append(tube([(0, 0, h + 0.03), (side, 0, h), (side, 0, h * 0.75)], 0.01, "black"))
    return (
        [m.scaled((slim, slim, 1)) for m in body],
        [m.scaled((slim, slim, 1)) for m in rest],
    )


def things_of(kind: str, chance: np.random.Generator) -> tuple[list[Thing], str]:
    """Return what stands there and the label of the things whose names begin with ``it``."""
    if kind == "extinguisher":
        found = []
        count = int(chance.choice((1, 1, 1, 2, 2, 3, 5)))
        apart = float(chance.uniform(0.15, 0.34))  # close together they hide one another
        for n in range(count):
            body, rest = bottle(chance)
            at = (
                n * apart + float(chance.normal(0, 0.02)),
                float(chance.uniform(-0.25, 0.05)) if count > 2 else 0.0,
                float(chance.uniform(0, 0.05)),
            )
            found.append(Thing(f"it{n}", furnishings.placed(body, at)))
            found.append(Thing(f"rest{n}", furnishings.placed(rest, at)))
        if chance.random() < 0.12:  # on a stand of bent tube
            x = 0.14
            bent = [(-x, 0.1, 0.0), (-x, -0.15, 0.0), (-x, 0.1, 0.45), (x, 0.1, 0.45)]
            bent += [(x, -0.15, 0.0), (x, 0.1, 0.0)]
            found.append(Thing("stand", [tube(bent, 0.012, "steel")]))
        if chance.random() < 0.3:  # on a board
            board = box((0.15, 0.13, 0.35), (0.75, 0.015, 0.95), "white", bevel=0.002)
            found.append(Thing("board", [board]))
        return found, "fire-extinguisher"
    if kind == "hydrant":
        body = [m.moved((0, 0, -0.7)) for m in furnishings.hydrant_box(chance)]
        return [Thing("it0", body)], "hydrant-box"
    if kind == "goods":
        return [Thing("it0", goods.put_down(chance))], "obstacle"
    if kind in ("lock", "hung"):
        return on_handles(kind, chance)
    meshes = getattr(furnishings, str(chance.choice(OTHERS)))(chance)
    return [Thing("other", meshes)], ""


def on_handles(kind: str, chance: np.random.Generator) -> tuple[list[Thing], str]:
    """Return what hangs on a door's handles, half of the time with the handles, and its label."""
    spread = float(chance.uniform(0.04, 0.16))
    handles = [Thing("pulls", locks.pulls(spread))] if chance.random() < 0.5 else []
    if kind == "hung":
        what = str(chance.choice([one for one in locks.HUNG if one != "none"]))
        return [Thing("other", locks.hung(chance, what, spread)), *handles], ""
    what = str(chance.choice([one for one in locks.KINDS if one not in locks.TEST_ONLY]))
    if what == "padlock":
        handles = []
    return [Thing("it0", locks.held_shut(chance, what, spread)), *handles], "chain-lock"


def scene_of(kind: str, seed: int) -> tuple[Scene, str]:
    """Return one thing in a light of its own, and its label."""
    chance = np.random.default_rng([seed, 77])
    things, label = things_of(kind, chance)
    materials = furnishings.looks(chance)
    if kind in ("lock", "hung"):
        materials |= locks.looks(chance)
    red = (float(chance.uniform(0.35, 0.72)), *chance.uniform(0.003, 0.03, 2).tolist())
    materials["red"] = Material(
        "plain", red, rough=float(chance.uniform(0.12, 0.5)), wear=float(chance.uniform(0, 0.3))
    )
    if kind == "other" and chance.random() < 0.5:  # red alone makes no extinguisher
        for name in ("carton", "drum", "crate", "sack", "plastic"):
            if name in materials:
                materials[name] = replace(materials[name], colour=red)
    for thing in things:
        for mesh in thing.meshes:
            if mesh.material.startswith(("sign:", "lit:")):
                picture = mesh.material.split(":", 1)[1]
                materials[mesh.material] = Material(
                    "picture", picture=picture, rough=0.5, takes_dust=False
                )
    points = np.concatenate([thing.points() for thing in things])
    low, high = points.min(0), points.max(0)
    middle, size = (low + high) / 2, float(np.linalg.norm(high - low))
    around, up = float(chance.uniform(-1.1, 1.1)), float(chance.uniform(-0.2, 0.75))
    if kind == "hydrant":
        around, up = around * 0.6, up - 0.2
    if kind == "goods":
        up = float(chance.uniform(0.03, 0.9))
    if kind in ("lock", "hung"):
        up = float(chance.uniform(-0.15, 0.5))
    focal = float(chance.uniform(24, 60))
    far = size * focal / 36 * float(chance.uniform(1.15, 1.4))
    way = (math.sin(around) * math.cos(up), -math.cos(around) * math.cos(up), math.sin(up))
    at = tuple(float(m + far * w) for m, w in zip(middle, way, strict=True))
    camera = Camera(
        at, tuple(middle.tolist()), float(chance.normal(0, 0.12)), focal, SIZE_PX, SIZE_PX, "phone"
    )  # fmt: skip
    lamps = []
    for _ in range(int(chance.integers(1, 4))):
        place = middle + size * chance.uniform((-3, -3.5, 0.6), (3, 0.0, 3.5))
        lamps.append(
            Lamp(
                "area", tuple(place.tolist()), tuple(middle.tolist()),
                float(chance.uniform(15, 90)) * size**2, float(chance.uniform(0.2, 2.0)) * size,
                tuple((1 + chance.uniform(-0.12, 0.12, 3)).tolist()),
            )
        )  # fmt: skip
    none = np.zeros((4, 4), np.float32)
    sky = tuple(chance.uniform(0.5, 1.0, 3).tolist())
    scene = Scene(
        seed, 0, materials, things, lamps, [camera], Ground((-5, -5), (10, 10), *([none] * 4)),
        sky=sky, sky_power=float(chance.uniform(0.15, 1.2)),
    )  # fmt: skip
    return scene, label


def mirrored_room(scene: Scene, chance: np.random.Generator) -> None:
    """Put panels round it that only mirrors see: else gloss shows an empty sky."""
    for number in range(5):
        turn, far = chance.uniform(0, 2 * math.pi), chance.uniform(1.5, 3.0)
        bpy.ops.mesh.primitive_plane_add(
            size=float(chance.uniform(0.5, 2.0)),
            location=(far * math.cos(turn), far * math.sin(turn), float(chance.uniform(0.2, 2))),
            rotation=(math.pi / 2, 0, turn + math.pi / 2),
        )
        panel = bpy.context.object
        panel.visible_camera = panel.visible_shadow = panel.visible_diffuse = False
        stuff = bpy.data.materials.new(f"panel{number}")
        stuff.use_nodes = True
        nodes = stuff.node_tree.nodes
        nodes.clear()
        glow = nodes.new("ShaderNodeEmission")
        grey = float(chance.uniform(0.02, 1.5))
        glow.inputs["Color"].default_value = (*(chance.uniform(0.8, 1.0, 3) * grey), 1)
        out = nodes.new("ShaderNodeOutputMaterial")
        stuff.node_tree.links.new(glow.outputs[0], out.inputs["Surface"])
        panel.data.materials.append(stuff)


def render(kind: str, seed: int, drawn: Path, samples: int) -> tuple[np.ndarray, dict[str, object]]:
    """Return a picture with alpha, ``(h, w, 4)`` BGRA, and its label row."""
    scene, label = scene_of(kind, seed)
    start(samples, 1)
    bpy.context.scene.render.film_transparent = True
    bpy.context.scene.render.image_settings.color_mode = "RGBA"
    build(scene, drawn)
    mirrored_room(scene, np.random.default_rng([seed, 78]))
    view = View(scene.cameras[0])
    with tempfile.TemporaryDirectory() as folder:
        bpy.context.scene.render.filepath = str(Path(folder) / "frame.exr")
        bpy.ops.render.render(write_still=True)
        linear = cv2.imread(str(Path(folder) / "frame.exr"), cv2.IMREAD_UNCHANGED)
    linear = np.nan_to_num(linear.astype(np.float32), posinf=100.0)
    alpha = linear[..., 3].clip(0, 1)
    colour = linear[..., :3] / np.maximum(alpha, 0.02)[..., None]
    seen = alpha > 0.5
    level = float(np.quantile(colour[seen].mean(-1), 0.7)) if seen.any() else 0.2
    colour = 1 - np.exp(-colour * 0.32 / max(level, 1e-3))
    picture = np.dstack([(colour.clip(0, 1) ** (1 / 2.2)) * 255, alpha * 255]).astype(np.uint8)
    boxes = []
    for thing in scene.things:
        if label and thing.name.startswith("it"):
            at, _ = view.project(thing.points())
            boxes.append([*at.min(0).round(1).tolist(), *at.max(0).round(1).tolist()])
    return picture, {"label": label, "boxes": boxes, "kind": kind, "seed": seed}


def main() -> None:
    """Render what is missing of this worker's share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--signs", type=Path, required=True)
    parser.add_argument("--of", choices=sorted(KINDS), default="walls")
    parser.add_argument("--count", type=int, required=True, help="cut-outs, over all workers")
    parser.add_argument("--worker", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--samples", type=int, default=6)
    settings = parser.parse_args()
    settings.out.mkdir(parents=True, exist_ok=True)
    for seed in range(settings.worker, settings.count, settings.workers):
        name = settings.out / f"{seed:05d}"
        if name.with_suffix(".json").exists():
            continue
        kinds = KINDS[settings.of]
        drawn = seed + FIRST_SEED[settings.of]
        picture, row = render(kinds[seed % len(kinds)], drawn, settings.signs, settings.samples)
        cv2.imwrite(str(name.with_suffix(".png")), picture)
        name.with_suffix(".json").write_text(json.dumps(row))
        print(json.dumps({"seed": seed, "label": row["label"]}), flush=True)


if __name__ == "__main__":
    main()
