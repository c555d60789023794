"""Renders a labelled set of workplaces; run by `wsai-train synth`, finished scenes are skipped.

    python datasets/synthetic/render_set.py --out FOLDER --signs FOLDER --first 0 --count 100

Needs Blender's Python module (``pip install bpy==4.5.15 opencv-python-headless``, Python 3.11).
Each scene leaves ``raw/<seed>-<state>-<camera>.jpg`` with a label file beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ["OPENCV_IO_ENABLE_OPENEXR"] = "1"

import bpy
import cv2
import numpy as np
from mathutils import Vector

sys.path.insert(0, str(Path(__file__).resolve().parent))
from compose import ABOUT, compose  # found only once the folder is on the path
from description import Camera, Material, Scene

GRID_PX = 4
"""One ray for every 4 by 4 pixels tells what is seen there."""
LEAST_SEEN, LEAST_SIDE_PX = 0.15, 7
LEAST_SEEN_OF = {"moving-part": 0.22}
"""A sliver behind a cover is no reachable part."""
POINTS_EACH = 90
MASKS = ("floor", "powder", "liquid", "litter")
LABELS = (
    "machine", "moving-part", "guard", "exit-door", "exit-sign", "obstacle", "fire-extinguisher",
    "hydrant-box", "fire-sign", "spill", "person", "chain-lock",
)  # fmt: skip
"""Class number -> label in the label files, as the set's card has it."""
SHOWS = {
    "guards": {"moving-part", "guard"},
    "exit": {"exit-door", "exit-sign"},
    "fire-gear": {"fire-extinguisher", "hydrant-box", "fire-sign"},
}


class Nodes:
    """Builds one material's shader."""

    def __init__(
        self, name: str, look: Material, scene: Scene, signs: Path, layers: dict[str, Any]
    ) -> None:
        self.made = bpy.data.materials.new(name)
        self.made.use_nodes = True
        self.tree = self.made.node_tree
        self.shader = self.tree.nodes["Principled BSDF"]
        self.look, self.scene, self.signs, self.layers = look, scene, signs, layers
        self.where = self.tree.nodes.new("ShaderNodeNewGeometry")

    def node(self, kind: str, **settings: Any) -> Any:
        """Return a new node with its settings."""
        made = self.tree.nodes.new(kind)
        for key, value in settings.items():
            setattr(made, key, value)
        return made

    def link(self, out: Any, into: Any) -> None:
        """Join two sockets."""
        self.tree.links.new(out, into)

    def noise(self, size_m: float, detail: float = 5) -> Any:
        """Return a noise texture's value socket with features of a size, in world coordinates."""
        made = self.node("ShaderNodeTexNoise")
        made.inputs["Scale"].default_value = 1 / size_m
        made.inputs["Detail"].default_value = detail
        self.link(self.where.outputs["Position"], made.inputs["Vector"])
        return made.outputs["Fac"]

    def ramp(self, value: Any, low: float, high: float) -> Any:
        """Return a value stretched from this range to 0..1."""
        made = self.node("ShaderNodeMapRange")
        made.clamp = True
        made.inputs["From Min"].default_value, made.inputs["From Max"].default_value = low, high
        self.link(value, made.inputs["Value"])
        return made.outputs["Result"]

    def mix(self, share: Any, first: Any, second: Any) -> Any:
        """Return a colour mixed of sockets or constants."""
        made = self.node("ShaderNodeMix", data_type="RGBA")
        for socket, value in (
            (made.inputs[0], share),
            (made.inputs[6], first),
            (made.inputs[7], second),
        ):
            if isinstance(value, (tuple, float, int)):
                socket.default_value = (*value, 1) if isinstance(value, tuple) else value
            else:
                self.link(value, socket)
        return made.outputs[2]

    def times(self, first: Any, second: Any) -> Any:
        """Return the product of sockets or constants."""
        made = self.node("ShaderNodeMath", operation="MULTIPLY")
        for socket, value in zip(made.inputs, (first, second), strict=False):
            if isinstance(value, (float, int)):
                socket.default_value = value
            else:
                self.link(value, socket)
        return made.outputs[0]

    def bump(self, height: Any, depth_m: float) -> None:
        """Let a height bend the normals."""
        made = self.node("ShaderNodeBump")
        made.inputs["Strength"].default_value = 1.0
        made.inputs["Distance"].default_value = depth_m
        self.link(height, made.inputs["Height"])
        self.link(made.outputs["Normal"], self.shader.inputs["Normal"])

    def flat_vector(self, *, upright: bool) -> Any:
        """Return (x, y) for floors, (x + y, z) for walls, as a vector socket."""
        apart = self.node("ShaderNodeSeparateXYZ")
        self.link(self.where.outputs["Position"], apart.inputs[0])
        if not upright:
            return self.where.outputs["Position"]
        total = self.node("ShaderNodeMath", operation="ADD")
        self.link(apart.outputs[0], total.inputs[0])
        self.link(apart.outputs[1], total.inputs[1])
        joined = self.node("ShaderNodeCombineXYZ")
        self.link(total.outputs[0], joined.inputs[0])
        self.link(apart.outputs[2], joined.inputs[1])
        return joined.outputs[0]

    def build(self, *, floor: bool) -> Any:
        """Return the material."""
        look, shader = self.look, self.shader
        shader.inputs["Base Color"].default_value = (*look.colour, 1)
        shader.inputs["Roughness"].default_value = look.rough
        colour: Any = look.colour
        dark = tuple(v * 0.45 for v in look.colour)
        if look.kind == "glow":
            shader.inputs["Emission Color"].default_value = (*look.colour, 1)
            shader.inputs["Emission Strength"].default_value = look.glow
            return self.made
        if look.kind == "picture":
            self._picture()
            return self.made
        if look.kind == "glass":
            self._glass()
            return self.made
        if look.kind == "metal":
            shader.inputs["Metallic"].default_value = 0.85
        if look.kind in ("tiles", "brick"):
            colour = self._tiles()
        elif look.kind == "plate":
            waves = self.node("ShaderNodeTexVoronoi", feature="F1")
            waves.inputs["Scale"].default_value = 1 / look.scale
            self.link(self.where.outputs["Position"], waves.inputs["Vector"])
            self.bump(self.ramp(waves.outputs["Distance"], 0.45, 0.25), 0.004)
            shader.inputs["Metallic"].default_value = 0.8
        elif look.kind == "terrazzo":
            cells = self.node("ShaderNodeTexVoronoi", feature="F1")
            cells.inputs["Scale"].default_value = 1 / look.scale
            self.link(self.where.outputs["Position"], cells.inputs["Vector"])
            grey = self.node("ShaderNodeSeparateColor")
            self.link(cells.outputs["Color"], grey.inputs[0])
            colour = self.mix(self.ramp(grey.outputs[0], 0.55, 0.95), look.colour, look.second)
        elif look.kind == "wood":
            grain = self.node("ShaderNodeTexWave")
            grain.inputs["Scale"].default_value = 1.2 / look.scale
            grain.inputs["Distortion"].default_value = 9
            grain.inputs["Detail"].default_value = 3
            self.link(self.where.outputs["Position"], grain.inputs["Vector"])
            colour = self.mix(self.times(grain.outputs["Fac"], 0.6), look.colour, look.second)
        elif look.kind == "concrete":
            blotch = self.ramp(self.noise(look.scale, 8), 0.3, 0.7)
            colour = self.mix(
                blotch,
                tuple(v * 0.78 for v in look.colour),
                tuple(min(v * 1.15, 0.95) for v in look.colour),
            )
            self.bump(self.noise(0.02, 6), 0.002)
        if look.wear > 0.02:
            colour = self.mix(
                self.times(self.ramp(self.noise(0.25, 9), 0.5, 0.78), look.wear * 0.8), colour, dark
            )
            if look.kind in ("painted", "metal", "plain"):
                scratch = self.times(self.ramp(self.noise(0.03, 10), 0.62, 0.68), look.wear * 0.6)
                colour = self.mix(scratch, colour, (0.32, 0.28, 0.24))
            self.link(
                self.ramp_to(
                    self.noise(0.18, 6), max(look.rough - 0.12, 0.03), min(look.rough + 0.22, 1.0)
                ),
                shader.inputs["Roughness"],
            )
        if floor:
            self._floor(colour)
            return self.made
        if not isinstance(colour, tuple):
            self.link(colour, shader.inputs["Base Color"])
        if look.takes_dust and self.layers.get("aloft") is not None:
            self._dust(colour)
        return self.made

    def ramp_to(self, value: Any, low: float, high: float) -> Any:
        """Return noise stretched to this range."""
        made = self.node("ShaderNodeMapRange")
        made.inputs["From Min"].default_value, made.inputs["From Max"].default_value = 0.3, 0.7
        made.inputs["To Min"].default_value, made.inputs["To Max"].default_value = low, high
        self.link(value, made.inputs["Value"])
        return made.outputs["Result"]

    def _picture(self) -> None:
        look, shader = self.look, self.shader
        image = self.node("ShaderNodeTexImage")
        image.image = bpy.data.images.load(
            str(self.signs / f"{look.picture}.png"), check_existing=True
        )
        image.extension = "EXTEND"
        self.link(image.outputs["Color"], shader.inputs["Base Color"])
        if look.glow:
            self.link(image.outputs["Color"], shader.inputs["Emission Color"])
            shader.inputs["Emission Strength"].default_value = look.glow

    def _glass(self) -> None:
        see = self.node("ShaderNodeBsdfTransparent")
        see.inputs[0].default_value = (*self.look.colour, 1)
        shine = self.node("ShaderNodeBsdfGlossy")
        shine.inputs["Roughness"].default_value = self.look.rough
        both = self.node("ShaderNodeMixShader")
        both.inputs[0].default_value = 0.14
        self.link(see.outputs[0], both.inputs[1])
        self.link(shine.outputs[0], both.inputs[2])
        self.link(both.outputs[0], self.tree.nodes["Material Output"].inputs["Surface"])

    def _tiles(self) -> Any:
        look = self.look
        bricks = self.node("ShaderNodeTexBrick")
        upright = look.kind == "brick"
        bricks.offset = 0.5 if upright else 0.0
        bricks.inputs["Scale"].default_value = 1.0
        bricks.inputs["Brick Width"].default_value = look.scale * (2.1 if upright else 1)
        bricks.inputs["Row Height"].default_value = look.scale * (0.65 if upright else 1)
        bricks.inputs["Mortar Size"].default_value = 0.004 if not upright else 0.008
        bricks.inputs["Color1"].default_value = (*look.colour, 1)
        bricks.inputs["Color2"].default_value = (*(v * 0.88 for v in look.colour), 1)
        bricks.inputs["Mortar"].default_value = (*look.second, 1)
        self.link(self.flat_vector(upright=upright), bricks.inputs["Vector"])
        self.bump(bricks.outputs["Fac"], -0.003)
        return bricks.outputs["Color"]

    def _layer(self, name: str) -> Any:
        """Return a ground layer's value at the shaded point."""
        ground = self.scene.ground
        image = self.node("ShaderNodeTexImage")
        image.image, image.extension = self.layers[name], "EXTEND"
        moved = self.node("ShaderNodeMapping", vector_type="POINT")
        (x, y), (w, d) = ground.low, ground.size
        moved.inputs["Location"].default_value = (-x / w, -y / d, 0)
        moved.inputs["Scale"].default_value = (1 / w, 1 / d, 0)
        self.link(self.where.outputs["Position"], moved.inputs["Vector"])
        self.link(moved.outputs[0], image.inputs["Vector"])
        return image.outputs["Color"]

    def _floor(self, colour: Any) -> None:
        ground, shader = self.scene.ground, self.shader
        layers = self.node("ShaderNodeSeparateColor")
        self.link(self._layer("floor"), layers.inputs[0])
        powder, liquid, stain = layers.outputs
        dark = tuple(v * 0.35 for v in self.look.colour)
        colour = self.mix(stain, colour, dark)
        colour = self.mix(self.times(liquid, 0.75), colour, ground.liquid_colour)
        speck = self.mix(
            self.ramp(self.noise(0.012, 4), 0.35, 0.65),
            tuple(v * 0.8 for v in ground.powder_colour),
            tuple(min(v * 1.1, 0.95) for v in ground.powder_colour),
        )
        colour = self.mix(powder, colour, speck)
        self.link(colour, shader.inputs["Base Color"])
        rough = self.node("ShaderNodeMix", data_type="FLOAT")
        before = (
            shader.inputs["Roughness"].links[0].from_socket
            if shader.inputs["Roughness"].links
            else None
        )
        self.link(liquid, rough.inputs[0])
        rough.inputs[3].default_value = 0.03
        if before is not None:
            self.link(before, rough.inputs[2])
        else:
            rough.inputs[2].default_value = self.look.rough
        if ground.wet:
            rough.inputs[2].default_value = 0.06
            for link in list(rough.inputs[2].links):
                self.tree.links.remove(link)
        last = self.node("ShaderNodeMix", data_type="FLOAT")
        self.link(powder, last.inputs[0])
        self.link(rough.outputs[0], last.inputs[2])
        last.inputs[3].default_value = 0.97
        self.link(last.outputs[0], shader.inputs["Roughness"])

    def _dust(self, colour: Any) -> None:
        """Let powder settle: fully on upward faces, a third as much on upright ones."""
        ground, shader = self.scene.ground, self.shader
        apart = self.node("ShaderNodeSeparateXYZ")
        self.link(self.where.outputs["True Normal"], apart.inputs[0])
        share = self.node("ShaderNodeMapRange")
        share.inputs["From Min"].default_value, share.inputs["From Max"].default_value = -0.2, 0.7
        share.inputs["To Min"].default_value, share.inputs["To Max"].default_value = SIDE_LOW, 1.0
        self.link(apart.outputs[2], share.inputs["Value"])
        single = self.node("ShaderNodeSeparateColor")
        self.link(self._layer("aloft"), single.inputs[0])
        amount = self.times(share.outputs["Result"], single.outputs[0])
        speck = self.mix(
            self.ramp(self.noise(0.01, 4), 0.35, 0.65),
            tuple(v * 0.85 for v in ground.powder_colour),
            tuple(min(v * 1.1, 0.95) for v in ground.powder_colour),
        )
        self.link(self.mix(amount, colour, speck), shader.inputs["Base Color"])


SIDE_LOW = 0.12


def settles(normal_z: np.ndarray) -> np.ndarray:
    """Return the share of powder that stays on faces by their normal's z, as the shader has it."""
    rise = np.clip((normal_z + 0.2) / 0.9, 0, 1)
    return np.asarray(SIDE_LOW + (1 - SIDE_LOW) * rise)


def _image(name: str, layers: list[np.ndarray]) -> Any:
    """Return up to three layers as one Blender picture without colour management."""
    side = len(layers[0])
    made = bpy.data.images.new(name, side, side, alpha=False, float_buffer=False)
    made.colorspace_settings.name = "Non-Color"
    pixels = np.ones((side, side, 4), np.float32)
    for n in range(3):
        pixels[..., n] = layers[min(n, len(layers) - 1)]
    made.pixels.foreach_set(pixels.ravel())
    made.update()
    return made


def start(samples: int, threads: int) -> None:
    """Empty Blender and set up the renderer."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples = "CPU", samples
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.use_denoising, scene.cycles.denoiser = True, "OPENIMAGEDENOISE"
    scene.cycles.denoising_prefilter = "FAST"
    scene.cycles.max_bounces, scene.cycles.diffuse_bounces, scene.cycles.glossy_bounces = 4, 3, 2
    scene.cycles.transparent_max_bounces = 4
    scene.cycles.caustics_reflective = scene.cycles.caustics_refractive = False
    scene.render.threads_mode, scene.render.threads = "FIXED", threads
    scene.render.use_persistent_data = True
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_depth = "16"
    scene.render.image_settings.exr_codec = "ZIP"
    scene.render.resolution_percentage = 100


def build(scene: Scene, signs: Path) -> None:
    """Put the scene's things, lights and sky into Blender."""
    world = bpy.data.worlds.new("sky")
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (*scene.sky, 1)
    background.inputs["Strength"].default_value = scene.sky_power
    bpy.context.scene.world = world
    ground = scene.ground
    layers = {
        "floor": _image("floor", [ground.powder, ground.liquid, ground.stain]),
        "aloft": _image("aloft", [ground.aloft]) if ground.aloft.any() else None,
    }
    used = {mesh.material for thing in scene.things for mesh in thing.meshes}
    made = {
        name: Nodes(name, look, scene, signs, layers).build(floor=name == "floor")
        for name, look in scene.materials.items()
        if name in used
    }
    for thing in scene.things:
        _object(thing, made)
    for number, lamp in enumerate(scene.lamps):
        kind = {"area": "AREA", "sun": "SUN", "point": "POINT"}[lamp.kind]
        data = bpy.data.lights.new(f"lamp{number}", kind)
        data.energy, data.color = lamp.power, lamp.colour
        if kind == "AREA":
            data.size = lamp.size
        lit = bpy.data.objects.new(f"lamp{number}", data)
        lit.location = lamp.at
        lit.rotation_euler = (
            (Vector(lamp.towards) - Vector(lamp.at)).to_track_quat("-Z", "Y").to_euler()
        )
        bpy.context.collection.objects.link(lit)


def _object(thing: Any, made: dict[str, Any]) -> None:
    points = thing.points()
    faces: list[list[int]] = []
    numbers, smooth, uvs = [], [], []
    names: list[str] = []
    start_at = 0
    for mesh in thing.meshes:
        if mesh.material not in names:
            names.append(mesh.material)
        number = names.index(mesh.material)
        for index, face in enumerate(mesh.faces):
            faces.append([start_at + corner for corner in face])
            numbers.append(number)
            smooth.append(mesh.smooth)
            uvs += mesh.uv[index] if mesh.uv else [(0.0, 0.0)] * len(face)
        start_at += len(mesh.points)
    data = bpy.data.meshes.new(thing.name)
    data.from_pydata(points.tolist(), [], faces)
    for name in names:
        data.materials.append(made[name])
    data.polygons.foreach_set("material_index", numbers)
    data.polygons.foreach_set("use_smooth", smooth)
    layer = data.uv_layers.new(name="uv")
    layer.data.foreach_set("uv", np.array(uvs, np.float32).ravel())
    data.validate()
    data.set_sharp_from_angle(angle=0.7)
    data.update()
    bpy.context.collection.objects.link(bpy.data.objects.new(thing.name, data))


class View:
    """A camera in Blender with its own projection.

    Attributes:
        matrix: World to camera, shape ``(4, 4)``.
    """

    def __init__(self, camera: Camera) -> None:
        data = bpy.data.cameras.new("camera")
        data.lens, data.sensor_width, data.sensor_fit = camera.focal_mm, 36.0, "AUTO"
        data.clip_start = 0.03
        self.eye = bpy.data.objects.new("camera", data)
        self.eye.location = camera.at
        way = (Vector(camera.towards) - Vector(camera.at)).to_track_quat("-Z", "Y").to_euler()
        way.rotate_axis("Z", camera.roll)
        self.eye.rotation_euler = way
        bpy.context.collection.objects.link(self.eye)
        scene = bpy.context.scene
        scene.camera = self.eye
        scene.render.resolution_x, scene.render.resolution_y = camera.width, camera.height
        bpy.context.view_layer.update()
        self.camera = camera
        self.matrix = np.array(self.eye.matrix_world.inverted())
        self.back = np.array(self.eye.matrix_world)
        self.focal_px = camera.focal_mm / 36.0 * max(camera.width, camera.height)

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return pixels, shape ``(n, 2)``, and depths ahead of the camera, shape ``(n,)``."""
        seen = points @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        depth = -seen[:, 2]
        safe = np.where(np.abs(depth) < 1e-6, 1e-6, depth)
        x = self.camera.width / 2 + self.focal_px * seen[:, 0] / safe
        y = self.camera.height / 2 - self.focal_px * seen[:, 1] / safe
        return np.stack([x, y], axis=1), depth

    def rays(self) -> tuple[np.ndarray, tuple[int, int]]:
        """Return unit directions through the middle of each grid cell, and the grid's shape."""
        columns = np.arange(GRID_PX / 2, self.camera.width, GRID_PX)
        rows = np.arange(GRID_PX / 2, self.camera.height, GRID_PX)
        x, y = np.meshgrid(columns, rows)
        local = np.stack(
            [
                (x - self.camera.width / 2) / self.focal_px,
                -(y - self.camera.height / 2) / self.focal_px,
                np.full(x.shape, -1.0),
            ],
            axis=-1,
        ).reshape(-1, 3)
        world = local @ self.back[:3, :3].T
        return world / np.linalg.norm(world, axis=1, keepdims=True), (len(rows), len(columns))


GLASSY = frozenset({"pane", "film"})


def look(scene: Scene, view: View) -> dict[str, Any]:
    """Return what a camera sees: boxes, surface masks, and how much of each thing is visible."""
    graph = bpy.context.evaluated_depsgraph_get()
    here = bpy.context.scene
    eye = Vector(view.camera.at)
    ways, shape = view.rays()
    number = {thing.name: n for n, thing in enumerate(scene.things)}
    hit_thing = np.full(len(ways), -1)
    hit_point = np.zeros((len(ways), 3))
    hit_up = np.zeros(len(ways))
    for n, way in enumerate(ways.tolist()):
        found, where, normal, _, thing, _ = here.ray_cast(graph, eye, Vector(way))
        if found:
            hit_thing[n] = number.get(thing.name, -1)
            hit_point[n] = where
            hit_up[n] = abs(normal.z) if normal.dot(Vector(way)) > 0 else normal.z
    ground = scene.ground
    kinds = np.array([thing.mask for thing in scene.things] + [""])
    seen_kind = kinds[hit_thing]
    on_floor = seen_kind == "floor"
    powder = np.where(on_floor, ground.at(ground.powder, hit_point), 0.0)
    heaped = seen_kind == "powder"
    if ground.aloft.any():
        dusty = np.array(
            [
                any(scene.materials[m.material].takes_dust for m in t.meshes) and t.mask != "floor"
                for t in scene.things
            ]
            + [False]
        )
        powder = np.where(
            dusty[hit_thing], ground.at(ground.aloft, hit_point) * settles(hit_up), powder
        )
    powder = np.where(heaped, 1.0, powder)
    liquid = np.where(on_floor, ground.at(ground.liquid, hit_point), 0.0)
    liquid = np.where(powder > 0.5, 0.0, liquid)
    masks = {
        "floor": on_floor | (seen_kind == "litter") | heaped,
        "powder": powder,
        "liquid": liquid,
        "litter": seen_kind == "litter",
    }
    grid = hit_thing.reshape(shape)
    objects = []
    chance = np.random.default_rng([scene.seed, 5])
    for n, thing in enumerate(scene.things):
        if not thing.label:
            continue
        row = _object_row(scene, n, view, grid, graph, chance)
        if row is not None:
            objects.append(row)
    objects += _puddles(masks["liquid"].reshape(shape), view)
    return {
        "objects": objects,
        "masks": {
            name: (np.asarray(mask, np.float32).reshape(shape) * 255).astype(np.uint8)
            for name, mask in masks.items()
        },
        "seen": grid,
    }


def _object_row(
    scene: Scene, n: int, view: View, grid: np.ndarray, graph: Any, chance: np.random.Generator
) -> dict[str, Any] | None:
    thing = scene.things[n]
    width, height = view.camera.width, view.camera.height
    points = thing.points()
    pixels, depth = view.project(points)
    cells = np.argwhere(grid == n)
    if not (depth > 0.03).any():
        return None
    tested = chance.choice(len(points), min(POINTS_EACH, len(points)), replace=False)
    eye = Vector(view.camera.at)
    inside = seen = 0
    visible = []
    for p in tested.tolist():
        x, y = pixels[p]
        if depth[p] <= 0.03 or not (0 <= x < width and 0 <= y < height):
            continue
        inside += 1
        to = Vector(points[p]) - eye
        far = to.length
        hit, where, _, _, met, _ = bpy.context.scene.ray_cast(
            graph, eye, to.normalized(), distance=far + 0.05
        )
        if not hit or met.name == thing.name or (where - eye).length >= far - 0.004:
            seen += 1
            visible.append(pixels[p])
    if not inside or (not visible and not len(cells)):
        return None
    share = seen / len(tested)
    low, high = np.array([np.inf, np.inf]), np.array([-np.inf, -np.inf])
    if visible:
        low, high = np.min(visible, axis=0), np.max(visible, axis=0)
    if len(cells):
        low = np.minimum(low, cells.min(0)[::-1] * GRID_PX)
        high = np.maximum(high, (cells.max(0)[::-1] + 1) * GRID_PX)
    if (depth > 0.03).all():  # exact edges where nothing hides them
        whole_low, whole_high = pixels.min(0), pixels.max(0)
        slack = 1.6 * GRID_PX + 0.03 * np.maximum(whole_high - whole_low, 0)
        low = np.where(low - whole_low < slack, whole_low, np.maximum(low, whole_low))
        high = np.where(whole_high - high < slack, whole_high, np.minimum(high, whole_high))
    low, high = np.clip(low, 0, (width, height)), np.clip(high, 0, (width, height))
    sides = high - low
    cover = len(cells) * GRID_PX**2
    if (
        sides.min() < LEAST_SIDE_PX
        or share < LEAST_SEEN_OF.get(thing.label, LEAST_SEEN)
        or (cover < 30 and share < 0.4)
    ):
        return None
    return {
        "thing": thing.name,
        "label": thing.label,
        "box": [round(float(v), 2) for v in (*low, *high)],
        "visible": round(share, 3),
    }


def _puddles(liquid: np.ndarray, view: View) -> list[dict[str, Any]]:
    """Return a box around each puddle that is large enough to be seen."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(
        (liquid > 0.5).astype(np.uint8), connectivity=8
    )
    rows = []
    for x, y, w, h, cells in stats[1:count].tolist():
        if cells >= 8:
            box = [
                x * GRID_PX,
                y * GRID_PX,
                min((x + w) * GRID_PX, view.camera.width),
                min((y + h) * GRID_PX, view.camera.height),
            ]
            rows.append(
                {"thing": "", "label": "spill", "box": [float(v) for v in box], "visible": 1.0}
            )
    return rows


def develop(
    linear: np.ndarray, scene: Scene, camera: Camera, chance: np.random.Generator
) -> np.ndarray:
    """Return a camera's BGR picture of linear light: exposure, white balance, curve, noise."""
    light = linear @ np.array([0.0722, 0.7152, 0.2126], np.float32)
    level = float(np.quantile(light, 0.62)) + 1e-4
    gain = 0.24 / level * 2 ** (scene.exposure * 0.7 + float(chance.normal(0, 0.2)))
    picture = linear * min(gain, 400.0)
    mean = picture.reshape(-1, 3).mean(0) + 1e-4
    balance = (mean.mean() / mean) ** float(chance.uniform(0.2, 0.8))
    picture = (
        picture * balance.astype(np.float32) * chance.uniform(0.96, 1.04, 3).astype(np.float32)
    )
    height, width = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    picture = picture * (1 - float(chance.uniform(0, 0.28)) * (x**2 + y**2) / 2)[..., None].astype(
        np.float32
    )
    shoulder = 1 - np.exp(-picture * 1.25)
    picture = np.clip(shoulder, 0, 1) ** (1 / 2.2)
    contrast = float(chance.uniform(1.0, 1.4))
    picture = np.clip(0.5 + (picture - 0.5) * contrast, 0, 1)
    if scene.night:
        grey = picture.mean(-1, keepdims=True)
        picture = np.repeat(grey, 3, axis=-1)
    dark = scene.night or camera.held == "ceiling"
    strength = float(chance.gamma(2, 0.0038)) * (2 if dark else 1)
    grain = chance.normal(0, strength, picture.shape).astype(np.float32)
    grain = cv2.GaussianBlur(grain, (0, 0), float(chance.uniform(0.3, 0.9))) * 1.6
    picture = picture + grain * (1.2 - picture)
    if chance.random() < 0.25:
        picture = cv2.GaussianBlur(picture, (0, 0), float(chance.uniform(0.4, 1.1)))
    elif chance.random() < 0.5:  # phones sharpen
        soft = cv2.GaussianBlur(picture, (0, 0), 1.0)
        picture = picture + (picture - soft) * float(chance.uniform(0.2, 0.9))
    return (np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _worth(found: dict[str, Any], scene: Scene, number: int) -> bool:
    """Return whether a view is worth rendering: it shows what the scene is about.

    Every sixth camera may show anything, so that pictures without hazards are seen, too.
    """
    floor = float(found["masks"]["floor"].mean()) / 255
    _, counts = np.unique(found["seen"], return_counts=True)
    if counts.max() > 0.9 * found["seen"].size and floor < 0.8:
        return False
    if number % 6 == 5:
        return True
    focus = str(scene.facts["focus"])
    if focus in SHOWS:
        return any(row["label"] in SHOWS[focus] for row in found["objects"])
    return floor > 0.25 or (focus == "dust" and bool(found["objects"]))


def render_scene(
    scene: Scene, wanted: int, out: Path, signs: Path, settings: argparse.Namespace
) -> int:
    """Render a scene's cameras; return how many pictures were written."""
    start(settings.samples, settings.threads)
    build(scene, signs)
    made = 0
    lights = [o for o in bpy.data.objects if o.type == "LIGHT"]
    for number, camera in enumerate(scene.cameras):
        if made >= wanted:
            break
        view = View(camera)
        found = look(scene, view)
        if not _worth(found, scene, number):
            continue
        flash = None
        if not lights or scene.facts["light"] in ("flash", "night"):
            data = bpy.data.lights.new("flash", "AREA")
            data.energy, data.size = 40.0, 0.05 if scene.night else 0.02
            flash = bpy.data.objects.new("flash", data)
            flash.location = view.eye.matrix_world @ Vector((0.03, 0.06, 0))
            flash.rotation_euler = view.eye.rotation_euler
            bpy.context.collection.objects.link(flash)
        name = f"{scene.seed:06d}-{scene.state}-{number:02d}"
        with tempfile.TemporaryDirectory() as folder:
            bpy.context.scene.render.filepath = str(Path(folder) / "frame.exr")
            bpy.ops.render.render(write_still=True)
            linear = cv2.imread(str(Path(folder) / "frame.exr"), cv2.IMREAD_UNCHANGED)
        if flash is not None:
            bpy.data.objects.remove(flash)
        chance = np.random.default_rng([scene.seed, 6, number])
        picture = develop(
            np.nan_to_num(linear[..., :3].astype(np.float32), posinf=100.0), scene, camera, chance
        )
        quality = int(chance.integers(55, 96))
        bands = np.stack([found["masks"][mask] for mask in MASKS], axis=-1)
        split = settings.split
        _write(out / "masks" / split / f"{name}.png", cv2.imencode(".png", bands)[1].tobytes())
        _write(out / "labels" / split / f"{name}.txt", _yolo(found["objects"], camera).encode())
        _write(
            out / "images" / split / f"{name}.jpg",
            cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes(),
        )
        row = {
            "picture": f"{name}.jpg",
            "seed": scene.seed,
            "state": scene.state,
            "camera": {
                "held": camera.held,
                "height_m": round(camera.at[2], 3),
                "focal_mm": round(camera.focal_mm, 2),
                "roll": round(camera.roll, 4),
            },
            "width": camera.width,
            "height": camera.height,
            "facts": scene.facts,
            "objects": found["objects"],
            "relations": [[r.first, r.word, r.second] for r in scene.relations],
            "zones": _zones(scene, view),
        }
        _write(out / "facts" / split / f"{name}.json", json.dumps(row, ensure_ascii=False).encode())
        made += 1
    return made


def _yolo(objects: list[dict[str, Any]], camera: Camera) -> str:
    """Return the rows of a YOLO label file: class, middle and size in shares of the picture."""
    rows = []
    for row in objects:
        left, top, right, bottom = row["box"]
        shares = (
            (left + right) / 2 / camera.width,
            (top + bottom) / 2 / camera.height,
            (right - left) / camera.width,
            (bottom - top) / camera.height,
        )
        rows.append(f"{LABELS.index(row['label'])} " + " ".join(f"{v:.5f}" for v in shares))
    return "".join(f"{row}\n" for row in rows)


def _zones(scene: Scene, view: View) -> list[list[list[float]]]:
    """Return the clearance zones before exits as polygons in pixels, where all is in front."""
    zones = []
    for exit_ in scene.facts.get("exits", []):  # type: ignore[attr-defined]
        corners = np.array([(x, y, 0.0) for x, y in exit_["zone"]])
        pixels, depth = view.project(corners)
        if (depth > 0.1).all():
            zones.append(pixels.round(1).tolist())
    return zones


def _write(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(path.suffix + ".part")
    part.write_bytes(data)
    part.replace(path)


def main() -> None:
    """Render what is missing of this worker's share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--signs", type=Path, required=True)
    parser.add_argument("--first", type=int, default=0, help="seed of the first scene")
    parser.add_argument("--count", type=int, required=True, help="scenes, over all workers")
    parser.add_argument("--worker", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--cameras", type=int, default=2, help="pictures of each state")
    parser.add_argument("--size", type=int, default=416)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--split", default="train", choices=("train", "eval"))
    parser.add_argument("--test", action="store_true", help="machines and goods unseen in training")
    parser.add_argument("--about", default="", choices=ABOUT, help="nothing but this")
    settings = parser.parse_args()
    done = settings.out / "done" / settings.split
    done.mkdir(parents=True, exist_ok=True)
    for seed in range(
        settings.first + settings.worker, settings.first + settings.count, settings.workers
    ):
        for state in (0, 1):
            mark = done / f"{seed:06d}-{state}"
            if mark.exists():
                continue
            begun = time.perf_counter()
            scene = compose(
                seed,
                state,
                long_px=settings.size,
                test=settings.test,
                cameras=settings.cameras,
                about=settings.about,
            )
            pictures = render_scene(scene, settings.cameras, settings.out, settings.signs, settings)
            mark.write_text(str(pictures))
            print(
                json.dumps(
                    {
                        "seed": seed,
                        "state": state,
                        "pictures": pictures,
                        "seconds": round(time.perf_counter() - begun, 2),
                    }
                ),
                flush=True,
            )


if __name__ == "__main__":
    main()
