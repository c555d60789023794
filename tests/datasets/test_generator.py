"""The generator of workplaces, as far as it goes without a renderer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import yaml

SYNTHETIC = Path(__file__).resolve().parents[2] / "datasets" / "synthetic"
FONT = Path(__file__).resolve().parents[2] / "wsai/documents/fonts/WSAISerifSC-Regular.ttf"
NAMES = (
    "meshes",
    "description",
    "ground",
    "signs",
    "machines",
    "more_machines",
    "furnishings",
    "goods",
    "locks",
    "compose",
)


@pytest.fixture(scope="module")
def made() -> Iterator[dict[str, ModuleType]]:
    """The generator's modules."""
    from importlib import import_module

    sys.path.insert(0, str(SYNTHETIC))
    yield {name: import_module(name) for name in NAMES}
    sys.path.remove(str(SYNTHETIC))
    for name in NAMES:
        sys.modules.pop(name, None)


def outward(mesh: object) -> float:
    """Return the volume that a mesh encloses; negative where its faces look inwards."""
    total = 0.0
    for face in mesh.faces:
        corners = mesh.points[face]
        for n in range(1, len(corners) - 1):
            total += float(np.dot(corners[0], np.cross(corners[n], corners[n + 1])))
    return total / 6


def test_closed_bodies_enclose_their_volume(made: dict[str, ModuleType]) -> None:
    meshes = made["meshes"]
    assert outward(meshes.box((1, 2, 3), (2, 1, 0.5), "x", bevel=0)) == pytest.approx(1.0)
    assert outward(meshes.box((1, 2, 3), (2, 1, 0.5), "x", bevel=0.05)) == pytest.approx(1, rel=0.1)
    cylinder = meshes.cylinder((0, 0, 0), 0.5, 2.0, "x", segments=64)
    assert outward(cylinder) == pytest.approx(np.pi / 2, rel=0.01)
    ball = meshes.ball((0, 0, 0), (2, 2, 2), "x", segments=48)
    assert outward(ball) == pytest.approx(4 / 3 * np.pi, rel=0.02)


def test_turning_and_moving_keep_lengths(made: dict[str, ModuleType]) -> None:
    mesh = made["meshes"].box((0, 0, 0), (1, 2, 3), "x")
    turned = mesh.turned(0.7, "x").turned(1.1).moved((4, 5, 6))
    before = np.linalg.norm(mesh.points[0] - mesh.points[-1])
    assert np.linalg.norm(turned.points[0] - turned.points[-1]) == pytest.approx(before)


def test_the_same_seed_is_the_same_scene(made: dict[str, ModuleType]) -> None:
    compose = made["compose"].compose
    for seed in (3, 14):
        one, other = compose(seed, 1), compose(seed, 1)
        assert [t.name for t in one.things] == [t.name for t in other.things]
        assert one.facts == other.facts
        assert one.cameras == other.cameras
        for a, b in zip(one.things, other.things, strict=True):
            np.testing.assert_array_equal(a.points(), b.points())
        np.testing.assert_array_equal(one.ground.powder, other.ground.powder)


def test_both_states_share_the_layout_and_differ_in_the_hazard(
    made: dict[str, ModuleType],
) -> None:
    compose = made["compose"].compose
    kinds: set[str] = set()
    for seed in range(60):
        good, bad = compose(seed, 0), compose(seed, 1)
        assert good.facts["room"] == bad.facts["room"]
        assert good.cameras[0].width == bad.cameras[0].width
        kinds.add(str(good.facts["focus"]))
        if good.facts["focus"] == "guards":
            states = [s for scene in (good, bad) for s in guard_states(scene)]
            half = len(states) // 2
            assert set(states[:half]) <= {"cover", "mesh"}
            assert set(states[half:]) <= {"half", "beside", "never"}
    assert kinds == {"guards", "exit", "walkway", "dust", "fire-gear"}


def test_ways_are_clean_or_show_one_thing_that_lies_there(made: dict[str, ModuleType]) -> None:
    compose, lies = made["compose"].compose, made["compose"].LIES
    seen: set[str] = set()
    held: set[str] = set()
    for seed in range(500_000, 500_030):
        clean, bad = (compose(seed, state, about="ways") for state in (0, 1))
        assert not shown(clean)
        assert len(shown(bad)) <= 1, "a heap may find no place; two kinds never lie together"
        assert clean.cameras == bad.cameras
        assert clean.materials["floor"] == bad.materials["floor"]
        seen |= shown(bad)
        held |= {camera.held for camera in clean.cameras}
    assert seen == set(lies)
    assert held == {"phone", "knee", "ceiling"}


def test_heaps_lie_on_floors_that_are_clean_otherwise(made: dict[str, ModuleType]) -> None:
    compose = made["compose"].compose
    for seed in range(700_000, 700_012):
        clean, bad = (compose(seed, state, about="heaps") for state in (0, 1))
        assert not shown(clean)
        assert not any(thing.mask == "powder" for thing in clean.things)
        assert clean.cameras == bad.cameras
        heaps = [thing for thing in bad.things if thing.mask == "powder"]
        assert len(heaps) == bad.facts["heaps"] >= 1
        for heap in heaps:
            assert not heap.label
            points = heap.points()
            assert points[:, 2].min() >= 0
            assert 0.005 < np.ptp(points[:, 2]) < 0.6
        colour = bad.materials["heap"].colour
        apart = abs(np.mean(colour) - np.mean(bad.materials["floor"].colour))
        assert apart >= made["compose"].LEAST_CONTRAST


def test_loose_powder_lies_in_heaps_and_nowhere_else(made: dict[str, ModuleType]) -> None:
    ground = made["ground"]
    heaps = [(1.0, 2.0, 0.4, 0.12), (2.2, 2.4, 0.3, 0.05)]
    points, faces = ground.loose_powder((1.6, 2.2), 3.0, heaps, 7, z=0.9, cells=300)
    assert points.shape == (300 * 300, 3)
    lying = points[np.unique(faces)]
    assert 0 < len(lying) < len(points) / 2
    near = [np.hypot(lying[:, 0] - x, lying[:, 1] - y) / reach for x, y, reach, _ in heaps]
    assert np.min(near, axis=0).max() < 2, "nothing lies far from every heap"
    assert all(one.min() < 0.2 for one in near), "every heap is there"
    assert lying[:, 2].min() > 0.9
    assert 0.06 < lying[:, 2].max() - 0.9 < 0.13, "no higher than the highest heap"
    again, _ = ground.loose_powder((1.6, 2.2), 3.0, heaps, 7, z=0.9, cells=300)
    np.testing.assert_array_equal(points, again)


def test_faces_of_a_grid_look_upwards(made: dict[str, ModuleType]) -> None:
    lies = np.ones((3, 4), bool)
    lies[0, 0] = False
    faces = made["ground"].faces_over(lies)
    assert len(faces) == 5
    points = np.array([(x, y, 0) for y in range(3) for x in range(4)])
    for a, b, _, d in points[faces]:
        assert np.cross(b - a, d - a)[2] == 1


def test_scenes_about_machines_are_about_guards(made: dict[str, ModuleType]) -> None:
    scenes = [made["compose"].compose(seed, 1, about="machines") for seed in range(5)]
    assert all(scene.facts["focus"] == "guards" for scene in scenes)
    more = [made["compose"].compose(seed, 1, about="more-machines") for seed in range(12)]
    assert all(scene.facts["focus"] == "guards" for scene in more)
    kinds = {machine["kind"] for scene in more for machine in scene.facts["machines"]}
    assert kinds <= set(made["more_machines"].MORE)
    assert len(kinds) > 6
    with pytest.raises(ValueError, match="about"):
        made["compose"].compose(1, 0, about="weather")
    with pytest.raises(ValueError, match="no kind that training does not see"):
        made["compose"].compose(1, 0, about="more-machines", test=True)


def shown(scene: object) -> set[str]:
    """Return what lies on the floor of a scene."""
    ground = scene.ground
    found = {"powder": ground.powder.any() or ground.aloft.any(), "liquid": ground.liquid.any()}
    found["litter"] = any(thing.mask == "litter" for thing in scene.things)
    return {name for name, there in found.items() if there}


def guard_states(scene: object) -> list[str]:
    """Return the state of every guard of a scene."""
    return [state for machine in scene.facts["machines"] for state in machine["guards"]]


def test_relations_name_things_that_are_there(made: dict[str, ModuleType]) -> None:
    for seed in range(25):
        scene = made["compose"].compose(seed, 1)
        names = {thing.name for thing in scene.things}
        assert len(names) == len(scene.things)
        for relation in scene.relations:
            assert {relation.first, relation.second} <= names
        for thing in scene.things:
            assert all(mesh.material in scene.materials for mesh in thing.meshes), thing.name


def test_the_test_part_alone_has_what_training_never_shows(made: dict[str, ModuleType]) -> None:
    machines, compose = made["machines"], made["compose"].compose
    for test in (False, True):
        kinds = {
            machine["kind"]
            for seed in range(25)
            for machine in compose(seed, 0, test=test).facts.get("machines", [])
        }
        assert kinds
        assert all((kind in machines.TEST_ONLY) == test for kind in kinds)


def test_every_guard_of_every_machine_can_be_built(made: dict[str, ModuleType]) -> None:
    machines = made["machines"]
    more = made["more_machines"].MORE
    assert not set(more) & (set(machines.MACHINES) | machines.TEST_ONLY)
    for kind, build in (machines.MACHINES | more).items():
        for state in machines.STATES:
            chance = np.random.default_rng(5)
            machine = build(chance)
            assert len(machine.moving) == len(machine.danger)
            for place in range(len(machine.moving)):
                guard = machines.guard_for(machine, place, state, chance)
                assert bool(guard) == (state != "never"), (kind, state)
                if state == "beside":
                    low = min(float(mesh.points[:, 2].min()) for mesh in guard)
                    assert low == pytest.approx(0.002, abs=1e-6), "it lies on the floor"


def test_every_build_of_every_further_machine_stands_on_the_floor(
    made: dict[str, ModuleType],
) -> None:
    materials = set(made["machines"].materials(np.random.default_rng(0)))
    for kind, build in made["more_machines"].MORE.items():
        for seed in range(12):
            machine = build(np.random.default_rng(seed))
            parts = [*machine.body, *(mesh for place in machine.moving for mesh in place)]
            points = np.concatenate([mesh.points for mesh in parts])
            assert np.isfinite(points).all(), kind
            assert -0.02 < points[:, 2].min() < 0.05, f"{kind} floats, or stands in the floor"
            assert points[:, 2].max() < 2.5, kind
            assert {mesh.material for mesh in parts} <= materials, kind
            for (low, high), moving in zip(machine.danger, machine.moving, strict=True):
                assert all(a < b for a, b in zip(low, high, strict=True)), kind
                reach = np.concatenate([mesh.points for mesh in moving])
                middle = (reach.min(0) + reach.max(0)) / 2
                margin = 0.1
                assert all(low[n] - margin < middle[n] < high[n] + margin for n in range(3)), kind


def test_powder_grows_with_its_level_and_stays_within_bounds(made: dict[str, ModuleType]) -> None:
    ground = made["ground"]
    means = []
    for level in (0.0, 0.3, 0.6, 1.0):
        layers = [
            ground.powder_layer(np.random.default_rng(n), level, everywhere=True) for n in range(4)
        ]
        assert all(layer.min() >= 0 and layer.max() <= 1 for layer in layers)
        means.append(float(np.mean(layers)))
    assert means[0] == 0
    assert means == sorted(means)
    assert means[-1] > 0.4


def test_signs_are_drawn_with_letters(made: dict[str, ModuleType]) -> None:
    signs = made["signs"]
    for name in signs.names():
        picture = np.asarray(signs.draw(name, FONT))
        assert picture.shape[1] / picture.shape[0] == pytest.approx(signs.aspect(name), rel=0.01)
        assert picture.std() > 8, name


@pytest.mark.parametrize("name", ["rendered", "more-machines", "walkways", "heaps", "exits"])
def test_the_card_has_the_classes_that_the_renderer_writes(name: str) -> None:
    card = yaml.safe_load((SYNTHETIC.parent / name / "dataset.yaml").read_text(encoding="utf-8"))
    source = (SYNTHETIC / "render_set.py").read_text(encoding="utf-8")
    start = source.index("LABELS = (")
    words = source[start : source.index(")", start)].split('"')[1::2]
    assert words[-1] == "chain-lock"  # scenes about exits alone label locks
    assert card["classes"] == (words if name == "exits" else words[:-1])


def test_goods_stand_on_the_floor_and_have_their_materials(made: dict[str, ModuleType]) -> None:
    goods, looks = made["goods"], made["furnishings"].looks(np.random.default_rng(0))
    for name, build in goods.GOODS.items():
        for seed in range(6):
            meshes = build(np.random.default_rng(seed))
            points = np.concatenate([mesh.points for mesh in meshes])
            assert -0.03 < points[:, 2].min() < 0.15, name
            assert 0.05 < np.ptp(points[:, 2]) < 2.6, name
            assert {mesh.material for mesh in meshes} <= set(looks), name
    first, again = (goods.put_down(np.random.default_rng(4)) for _ in range(2))
    assert all(np.array_equal(a.points, b.points) for a, b in zip(first, again, strict=True))
    assert not made["furnishings"].OBSTACLES_TEST_ONLY & set(goods.GOODS)


def test_exits_are_locked_or_free_with_the_lock_at_the_door(made: dict[str, ModuleType]) -> None:
    compose, locks = made["compose"].compose, made["locks"]
    locked = free = 0
    for seed in range(10):
        for state in (0, 1):
            for test in (False, True):
                scene = compose(1_100_000 + seed, state, test=test, about="exits")
                kinds = {t.name[4:] for t in scene.things if t.label == "chain-lock"}
                assert test or not kinds & locks.TEST_ONLY
                held = {r.second: r.first for r in scene.relations if r.word == "locks"}
                things = {t.name: t for t in scene.things}
                used = {mesh.material for thing in scene.things for mesh in thing.meshes}
                assert used <= set(scene.materials)
                for exit_ in scene.facts.get("exits", []):
                    assert exit_["locked"] == (exit_["thing"] in held)
                    if not exit_["locked"]:
                        free += state
                        continue
                    locked += state
                    lock = things[held[exit_["thing"]]].points().mean(0)
                    door = things[exit_["thing"]].points()
                    assert (lock >= door.min(0) - 0.3).all()
                    assert (lock <= door.max(0) + 0.3).all()
                    assert all(
                        m.material in scene.materials for t in scene.things for m in t.meshes
                    )
    assert locked > 10
    assert free > 3


def test_what_holds_doors_shut_has_its_materials_and_hangs_before_the_door(
    made: dict[str, ModuleType],
) -> None:
    locks = made["locks"]
    chance = np.random.default_rng(5)
    materials = locks.looks(chance)
    for kind in locks.KINDS:
        for _ in range(5):
            meshes = locks.held_shut(chance, kind, 0.1)
            points = np.concatenate([mesh.points for mesh in meshes])
            assert {mesh.material for mesh in meshes} <= set(materials)
            assert 0.05 < np.ptp(points, axis=0).max() < 0.8
            assert points[:, 1].max() < 0.03, "nothing stands behind the door's face"
    for kind in locks.HUNG:
        meshes = locks.hung(chance, kind, 0.1)
        assert bool(meshes) == (kind != "none")
        assert {mesh.material for mesh in meshes} <= set(materials)
