"""Renders the demo pictures with their labels; finished ones are skipped.

    python datasets/synthetic/render_demo.py --out serving/demo/pictures

Needs Blender's Python module: ``pip install bpy==4.5.15`` (Python 3.11).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path

import bpy
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

sys.path.insert(0, str(Path(__file__).resolve().parent))
from scenes import SCENES  # found only once the folder is on the path


def start(width: int, height: int, samples: int, threads: int) -> None:
    """Empty the scene and set up the renderer."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples = "CPU", samples
    scene.cycles.use_denoising, scene.cycles.denoiser = True, "OPENIMAGEDENOISE"
    scene.cycles.max_bounces, scene.cycles.volume_step_rate = 6, 2.0
    scene.render.threads_mode, scene.render.threads = "FIXED", threads
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.image_settings.file_format, scene.render.image_settings.quality = "JPEG", 90
    scene.render.use_stamp = False
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.exposure = 0.55
    world = bpy.data.worlds.new("sky")
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.62, 0.72, 0.86, 1)
    world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.55
    scene.world = world


def aim(place, target, focal_mm: float) -> None:
    """Put the camera somewhere, looking at a point, with the roll of a held phone."""
    bpy.ops.object.camera_add(location=place)
    camera = bpy.context.object
    camera.data.lens = focal_mm
    camera.rotation_euler = (Vector(target) - Vector(place)).to_track_quat("-Z", "Y").to_euler()
    camera.rotation_euler.rotate_axis("Z", 0.012)
    bpy.context.scene.camera = camera


def box_of(things, width: int, height: int) -> list[float] | None:
    """Return the box around objects in the picture, pixels; ``None`` if they are outside."""
    scene, graph = bpy.context.scene, bpy.context.evaluated_depsgraph_get()
    xs, ys = [], []
    for thing in things:
        seen = thing.evaluated_get(graph)
        mesh = seen.to_mesh()
        for vertex in mesh.vertices:
            at = world_to_camera_view(scene, scene.camera, seen.matrix_world @ vertex.co)
            if at.z > 0:
                xs.append(at.x * width)
                ys.append((1 - at.y) * height)
        seen.to_mesh_clear()
    if not xs:
        return None
    left, right = (min(max(v, 0), width) for v in (min(xs), max(xs)))
    top, bottom = (min(max(v, 0), height) for v in (min(ys), max(ys)))
    return (
        [round(v, 1) for v in (left, top, right, bottom)] if right > left and bottom > top else None
    )


def render(name: str, out: Path, *, size: int, samples: int, seed: int, threads: int) -> dict:
    """Render one scene and return its labels."""
    width, height = size, size * 3 // 4
    start(width, height, samples, threads)
    labelled, (place, target, focal_mm) = SCENES[name](random.Random(f"{name}-{seed}"))
    aim(place, target, focal_mm)
    bpy.context.view_layer.update()
    rows = [(label, box_of(things, width, height)) for label, things in labelled]
    bpy.context.scene.render.filepath = str(out / f"{name}.jpg")
    bpy.ops.render.render(write_still=True)
    return {
        "picture": f"{name}.jpg",
        "width": width,
        "height": height,
        "seed": seed,
        "objects": [{"label": label, "box": box} for label, box in rows if box],
    }


def main() -> None:
    """Render what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scene", choices=sorted(SCENES), action="append")
    parser.add_argument("--size", type=int, default=1280, help="width in pixels")
    parser.add_argument("--samples", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    labels_file = chosen.out / "labels.json"
    labels = json.loads(labels_file.read_text(encoding="utf-8")) if labels_file.exists() else {}
    for name in chosen.scene or SCENES:
        if name in labels and (chosen.out / f"{name}.jpg").exists():
            continue
        labels[name] = render(
            name,
            chosen.out,
            size=chosen.size,
            samples=chosen.samples,
            seed=chosen.seed,
            threads=chosen.threads,
        )
        labels_file.write_text(
            json.dumps(labels, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        print(f"{name}: {len(labels[name]['objects'])} objects", flush=True)


if __name__ == "__main__":
    main()
