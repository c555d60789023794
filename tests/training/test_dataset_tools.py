"""Versions, formats, the doctor and sheets, on sets that the tests draw themselves."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_set import write_set

from training.cli import cli
from training.commands_data import write_version
from training.dataset_files import Labelled, Row, read_yolo
from training.dataset_formats import FORMATS, class_names, export, read_foreign, safe_name
from training.dataset_version import content_version, difference
from training.datasets import DatasetCard, is_held_out, read_card, read_split
from training.doctor import (
    NEAR_BITS,
    Doctor,
    correlation,
    near_pairs,
    perceptual_hash,
    suspicions,
)
from training.looked import Seen
from wsai.errors import ImageUnreadable, InvalidRequest
from wsai.vision.detections import Detections
from wsai.vision.labels import Label

NAMES = ["fire", "door"]


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False)


def scene(seed: int, size: tuple[int, int] = (160, 120)) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A picture unlike those of other seeds."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(0, 255, (5, 6, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a set of two parts, each picture another."""
    root = tmp_path / "sets"
    for split, first in (("train", 0), ("val", 50)):
        images, labels = (root / "shapes" / kind / split for kind in ("images", "labels"))
        images.mkdir(parents=True)
        labels.mkdir(parents=True)
        for n in range(first, first + 6):
            cv2.imwrite(str(images / f"{n}.png"), scene(n))
            (labels / f"{n}.txt").write_text(
                f"{n % 2} 0.5 0.4 0.3 0.2\n0 0.2 0.8 0.1 0.1\n", encoding="utf-8"
            )
    return root


@pytest.fixture
def card() -> DatasetCard:
    return DatasetCard(
        name="shapes",
        source="rendered",
        commit="none",
        licence="CC0",
        may_train=True,
        classes=(Label.FIRE, Label.DOOR),
        exhaustive=(Label.FIRE, Label.DOOR),
        splits={"train": 6, "val": 6},
    )


class TestVersion:
    def test_it_is_the_same_wherever_the_set_lies_and_however_it_is_printed(
        self, place: Path, card: DatasetCard, tmp_path: Path
    ) -> None:
        before = content_version(place, card)
        moved = tmp_path / "elsewhere"
        shutil.copytree(place, moved)
        label = moved / "shapes" / "labels" / "train" / "1.txt"
        label.write_text("0 0.20 0.8000 0.1 0.10\n\n1 .5 0.4 0.3 0.2", encoding="utf-8")
        assert content_version(moved, card) == before
        assert before.pictures == {"train": 6, "val": 6}
        assert before.boxes == {"door": 6, "fire": 18}

    @pytest.mark.parametrize("change", ["label", "picture", "name", "part"])
    def test_whatever_changes_makes_another(
        self, place: Path, card: DatasetCard, change: str
    ) -> None:
        before = content_version(place, card).digest
        images, labels = place / "shapes" / "images", place / "shapes" / "labels"
        if change == "label":
            (labels / "val" / "50.txt").write_text("0 0.5 0.4 0.3 0.2001\n", encoding="utf-8")
        elif change == "picture":
            with (images / "val" / "50.png").open("ab") as file:
                file.write(b"\0")
        elif change == "name":
            (images / "val" / "50.png").rename(images / "val" / "56.png")
        else:
            (images / "val" / "50.png").rename(images / "train" / "50.png")
        assert content_version(place, card).digest != before

    def test_a_card_of_another_version_is_named(self, place: Path, card: DatasetCard) -> None:
        now = content_version(place, card)
        assert difference(card, now) is None, "no version, no difference"
        same = card.model_copy(update={"version": now.digest})
        assert difference(same, now) is None
        other = card.model_copy(update={"version": "0" * 64, "splits": {"train": 5, "val": 6}})
        assert "train 6 pictures (card: 5)" in (difference(other, now) or "")

    def test_it_is_written_into_the_card_and_the_rest_stays(
        self, place: Path, card: DatasetCard
    ) -> None:
        path = place / "dataset.yaml"
        path.write_text(
            "# a comment\n" + yaml.safe_dump(card.model_dump(mode="json", exclude_defaults=True)),
            encoding="utf-8",
        )
        now = content_version(place, card)
        path.write_text(
            "\n".join(
                line
                for line in path.read_text(encoding="utf-8").splitlines()
                if not line.startswith(("splits", "  train", "  val"))
            )
            + "\nsplits: {train: 1}\n",
            encoding="utf-8",
        )
        write_version(path, now)
        again = read_card(path)
        assert again.version == now.digest
        assert again.splits == {"train": 6, "val": 6}
        assert path.read_text(encoding="utf-8").startswith("# a comment")


boxes = st.tuples(*[st.floats(0, 1) for _ in range(4)]).map(
    lambda v: (
        min(v[0], v[2]) * 160,
        min(v[1], v[3]) * 120,
        max(v[0], v[2]) * 160,
        max(v[1], v[3]) * 120,
    )
)
polygons = st.lists(st.tuples(st.floats(0, 160), st.floats(0, 120)), min_size=3, max_size=7)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    name = draw(st.sampled_from(NAMES))
    if draw(st.booleans()):
        return Row(name, draw(boxes))
    points = tuple(draw(polygons))
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Row(name, (min(xs), min(ys), max(xs), max(ys)), points)


class TestFormats:
    @settings(max_examples=25, deadline=None)
    @given(first=st.lists(rows(), max_size=5), second=st.lists(rows(), max_size=5))
    @pytest.mark.parametrize("kind", FORMATS)
    def test_a_round_trip_changes_nothing(
        self,
        kind: str,
        first: list[Row],
        second: list[Row],
        tmp_path_factory: pytest.TempPathFactory,
    ) -> None:
        place = tmp_path_factory.mktemp("trip")
        pictures = []
        for n, (split, own) in enumerate([("train", first), ("val", second)]):
            path = place / f"{n} 一号.png"
            cv2.imwrite(str(path), scene(n))
            pictures.append(Labelled(split, path, 160, 120, tuple(own), path.name))
        assert export(iter(pictures), NAMES, kind, place / "out") == 2
        assert class_names(kind, place / "out") == NAMES
        again = sorted(read_foreign(kind, place / "out", NAMES), key=lambda row: row.name)
        for before, after in zip(pictures, again, strict=True):
            assert (after.split, after.name) == (before.split, before.name)
            assert after.path.read_bytes() == before.path.read_bytes()
            assert [r.name for r in after.rows] == [r.name for r in before.rows]
            for one, other in zip(before.rows, after.rows, strict=True):
                assert other.box == pytest.approx(one.box, abs=1e-3)
                assert (one.polygon is None) == (other.polygon is None)
                if one.polygon and other.polygon:
                    np.testing.assert_allclose(other.polygon, one.polygon, atol=1e-3)

    @pytest.mark.parametrize("kind", ["coco", "voc"])
    def test_there_and_back_is_the_same_version(
        self, place: Path, card: DatasetCard, tmp_path: Path, kind: str
    ) -> None:
        before = content_version(place, card)
        datasets = tmp_path / "cards"
        (datasets / "shapes").mkdir(parents=True)
        (datasets / "shapes" / "dataset.yaml").write_text(
            yaml.safe_dump(card.model_dump(mode="json", exclude_defaults=True)), encoding="utf-8"
        )
        out, back = tmp_path / "foreign", tmp_path / "back"
        given = ["data", "export", "shapes", "--format", kind, "--data", place]
        assert run(*given, "--datasets", datasets, "--out", out).exit_code == 0
        taken = ["data", "import", out, "--format", kind, "--name", "shapes", "--source", "trip"]
        taken += ["--licence", "CC0", "--may-train", "--data", back, "--datasets", tmp_path / "new"]
        done = run(*taken)
        assert done.exit_code == 0, done.output
        imported = read_card(tmp_path / "new" / "shapes" / "dataset.yaml")
        assert imported.version == before.digest == content_version(back, imported).digest
        assert imported.exhaustive == (Label.FIRE, Label.DOOR)

    def test_a_half_written_export_has_another_name(self, place: Path, tmp_path: Path) -> None:
        def cut_off() -> Iterator[Labelled]:
            yield from list(read_yolo(place / "shapes", NAMES, ["train"]))[:2]
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            export(cut_off(), NAMES, "coco", tmp_path / "out")
        assert not (tmp_path / "out").exists()
        whole = read_yolo(place / "shapes", NAMES, ["train"])
        assert export(whole, NAMES, "coco", tmp_path / "out") == 6
        assert [p.name for p in tmp_path.glob("out*")] == ["out"]

    def test_what_is_there_is_not_overwritten(self, place: Path) -> None:
        with pytest.raises(InvalidRequest, match="is there already"):
            export(iter(()), NAMES, "yolo", place)

    @pytest.mark.parametrize(
        "named", ["../x.jpg", "/etc/x.jpg", "a/../../x.jpg", "..\\x.jpg", "C:\\x", ""]
    )
    def test_names_that_lead_out_are_refused(self, named: str) -> None:
        with pytest.raises(InvalidRequest, match="leads out"):
            safe_name(named)

    def test_a_coco_file_that_names_other_files_reads_none(self, tmp_path: Path) -> None:
        folder = tmp_path / "set"
        (folder / "annotations").mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "secret.png"), scene(1))
        image = {"id": 1, "file_name": "../secret.png", "width": 160, "height": 120}
        (folder / "annotations" / "instances_train.json").write_text(
            json.dumps({"images": [image], "annotations": [], "categories": []}), encoding="utf-8"
        )
        with pytest.raises(InvalidRequest, match="leads out"):
            list(read_foreign("coco", folder, []))

    def test_entities_in_xml_are_not_read(self, tmp_path: Path) -> None:
        folder = tmp_path / "set"
        for name in ("JPEGImages", "Annotations"):
            (folder / name).mkdir(parents=True)
        cv2.imwrite(str(folder / "JPEGImages" / "a.png"), scene(1))
        (folder / "Annotations" / "a.xml").write_text(
            '<!DOCTYPE x [<!ENTITY a "aaaa">]><annotation>&a;</annotation>', encoding="utf-8"
        )
        with pytest.raises(InvalidRequest, match="declares entities"):
            list(read_foreign("voc", folder, []))

    @pytest.mark.parametrize("kind", FORMATS)
    def test_a_folder_of_another_kind_is_named(self, tmp_path: Path, kind: str) -> None:
        with pytest.raises(InvalidRequest, match=str(tmp_path)):
            class_names(kind, tmp_path)

    def test_memory_does_not_grow_with_the_set(self, tmp_path: Path) -> None:
        picture = tmp_path / "p.png"
        cv2.imwrite(str(picture), scene(1, (16, 16)))

        def peak(count: int) -> int:
            many = (
                Labelled("train", picture, 16, 16, (Row("fire", (1, 1, 5, 5)),) * 20, f"{n}.png")
                for n in range(count)
            )
            out = tmp_path / f"out{count}"
            tracemalloc.start()
            export(many, NAMES, "coco", out)
            for row in read_foreign("coco", out, NAMES):
                assert len(row.rows) == 20
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return most

        peak(20)  # what is loaded once
        assert peak(1000) < 1.5 * peak(100) + 200_000


class TestDoctor:
    def examine(self, place: Path, *cards: DatasetCard) -> Doctor:
        doctor = Doctor(place)
        for card in cards:
            doctor.look_through(card)
        doctor.compare_pictures({card.name: card for card in cards})
        return doctor

    def test_a_clean_set_has_no_complaints(self, place: Path, card: DatasetCard) -> None:
        doctor = self.examine(place, card)
        assert doctor.complaints == []
        assert not doctor.failed

    @pytest.mark.parametrize(
        ("rows_of", "kind"),
        [
            ("0 0.5 0.5 0.2", "bad-row"),
            ("9 0.5 0.5 0.2 0.2", "bad-row"),
            ("0 0.95 0.5 0.2 0.2", "box-outside"),
            ("0 0.5 0.5 0.001 0.2", "box-degenerate"),
            ("0 0.5 0.5 0.2 0.2\n0 0.5 0.5 0.2 0.201", "box-repeated"),
            ("0 0.1 0.1 0.5 0.1 0.5 0.5", "polygon"),
            ("", "picture-without-labels"),
        ],
    )
    def test_each_fault_of_a_row_is_found(
        self, place: Path, card: DatasetCard, rows_of: str, kind: str
    ) -> None:
        (place / "shapes" / "labels" / "train" / "3.txt").write_text(rows_of, encoding="utf-8")
        (complaint,) = self.examine(place, card).complaints
        assert (complaint.kind, complaint.picture) == (kind, "3.png")

    @pytest.mark.parametrize("content", [b"", b"no picture", "cut"])
    def test_unreadable_pictures_are_errors(
        self, place: Path, card: DatasetCard, content: bytes | str
    ) -> None:
        path = place / "shapes" / "images" / "train" / "3.png"
        path.write_bytes(path.read_bytes()[:40] if isinstance(content, str) else content)
        doctor = self.examine(place, card)
        assert [c.kind for c in doctor.complaints] == ["unreadable"]
        assert doctor.failed

    def test_labels_without_a_picture_are_found(self, place: Path, card: DatasetCard) -> None:
        (place / "shapes" / "images" / "train" / "3.png").unlink()
        (complaint,) = self.examine(place, card).complaints
        assert complaint.kind == "label-without-picture"

    @pytest.mark.parametrize("how", ["copy", "jpeg", "smaller", "darker", "mirrored"])
    def test_a_picture_of_train_in_val_is_a_leak_however_it_was_changed(
        self, place: Path, card: DatasetCard, how: str
    ) -> None:
        images = place / "shapes" / "images"
        pixels = scene(2)
        target = images / "val" / "51.png"
        if how == "copy":
            shutil.copyfile(images / "train" / "2.png", target)
        elif how == "jpeg":
            _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 40])
            target.write_bytes(data.tobytes())
        elif how == "smaller":
            cv2.imwrite(str(target), cv2.resize(pixels, (96, 72), interpolation=cv2.INTER_AREA))
        elif how == "darker":
            cv2.imwrite(str(target), (pixels * 0.7).astype(np.uint8))
        else:
            cv2.imwrite(str(target), pixels[:, ::-1])
        (complaint,) = self.examine(place, card).complaints
        assert complaint.kind == "leak"
        assert (complaint.picture, complaint.other) == ("2.png", ("shapes", "val", "51.png"))

    def test_within_a_part_and_across_sets_it_is_told_apart(
        self, place: Path, card: DatasetCard
    ) -> None:
        shutil.copytree(place / "shapes", place / "others")
        for path in (place / "others" / "images").glob("*/*.png"):
            if path.name != "50.png":
                cv2.imwrite(str(path), scene(int(path.stem) + 900))
        train = place / "others" / "images" / "train"
        shutil.copyfile(train / "1.png", train / "4.png")
        shutil.copyfile(place / "shapes" / "images" / "train" / "5.png", train / "5.png")
        shutil.copyfile(place / "shapes" / "images" / "val" / "52.png", train / "0.png")
        others = card.model_copy(update={"name": "others"})
        kinds = sorted(c.kind for c in self.examine(place, card, others).complaints)
        # 50 is in val of both sets, 5 in train of both, 52 in val of one and train of the other
        assert kinds == ["duplicate", "leak-across-sets", "near-duplicate", "near-duplicate"]

    def test_frames_of_one_video_on_both_sides_are_a_leak_though_they_look_different(
        self, place: Path, card: DatasetCard
    ) -> None:
        for kind, suffix in (("images", "png"), ("labels", "txt")):
            for split, n in (("train", 3), ("val", 53)):
                folder = place / "shapes" / kind / split
                (folder / f"{n}.{suffix}").rename(folder / f"cam1-{n}.{suffix}")
        watched = card.model_copy(update={"scene": r"cam\d+(?=-)"})
        (complaint,) = self.examine(place, watched).complaints
        assert complaint.kind == "leak"
        assert "scene cam1 is in train and val" in complaint.detail

    def test_a_part_held_out_of_train_counts_as_val(self, place: Path, card: DatasetCard) -> None:
        lone = card.model_copy(update={"splits": {"train": 6}, "hold_out": 0.5})
        train = place / "shapes" / "images" / "train"
        held = [p.name for p in sorted(train.iterdir()) if is_held_out(lone, p.name)]
        kept = [p.name for p in sorted(train.iterdir()) if not is_held_out(lone, p.name)]
        assert held
        assert kept
        shutil.copyfile(train / kept[0], train / held[0])
        (complaint,) = self.examine(place, lone).complaints
        assert complaint.kind == "leak"

    def test_imbalance_is_noted(self, place: Path, card: DatasetCard) -> None:
        row = "0 {x} 0.5 0.02 0.1\n"
        many = "".join(row.format(x=0.03 * n + 0.05) for n in range(30))
        for path in (place / "shapes" / "labels").glob("*/*.txt"):
            path.write_text(many, encoding="utf-8")
        (place / "shapes" / "labels" / "val" / "50.txt").write_text(
            "1 0.5 0.5 0.1 0.1\n", encoding="utf-8"
        )
        (complaint,) = self.examine(place, card).complaints
        assert complaint.detail == "fire has 330 boxes, door has 1"

    def test_the_command_fails_on_errors_and_shows_the_pictures(
        self, place: Path, card: DatasetCard, tmp_path: Path
    ) -> None:
        datasets, out = tmp_path / "cards", tmp_path / "out"
        (datasets / "shapes").mkdir(parents=True)
        (datasets / "shapes" / "dataset.yaml").write_text(
            yaml.safe_dump(card.model_dump(mode="json", exclude_defaults=True)), encoding="utf-8"
        )
        given = ["data", "check", "--data", place, "--datasets", datasets, "--out", out]
        assert run(*given).exit_code == 0
        shutil.copyfile(
            place / "shapes" / "images" / "train" / "2.png",
            place / "shapes" / "images" / "val" / "51.png",
        )
        with pytest.raises(InvalidRequest, match=r"leak shapes/train/2\.png"):
            run(*given)
        page = (out / "check.html").read_text(encoding="utf-8")
        assert page.count("data:image/jpeg") == 2
        assert json.loads((out / "check.json").read_text(encoding="utf-8"))["counts"]["leak"] == 1


class TestHashes:
    def test_all_near_pairs_are_found_once(self) -> None:
        chance = np.random.default_rng(4)
        first = [int(v) for v in chance.integers(0, 2**63, 200)]
        near = []
        for value in first[:60]:
            for bit in chance.choice(64, int(chance.integers(0, 10)), replace=False).tolist():
                value ^= 1 << bit
            near.append(value)
        everything = first + near
        found = list(near_pairs(everything, everything))
        apart = [
            (i, j)
            for i in range(len(everything))
            for j in range(i + 1, len(everything))
            if (everything[i] ^ everything[j]).bit_count() <= NEAR_BITS
        ]
        assert sorted(found) == apart
        assert len(apart) > 20

    def test_a_flat_picture_is_like_nothing(self) -> None:
        flat = np.zeros((32, 32), dtype=np.int8)
        assert correlation(flat, flat) == 0
        assert perceptual_hash(flat.astype(np.float32)) in range(2**64)


class TestSuspicions:
    def seen(self, truth: list[Any], found: list[Any]) -> list[str]:
        row = Seen("shapes", "1.png", None, 640, 480, Detections.of(found), Detections.of(truth))
        known = (Label.HELMET, Label.NO_HELMET)
        return [s.kind for s in suspicions("train", row, known, lambda label, score: score)]

    def test_a_sure_box_without_a_label_is_suspected_missing(self) -> None:
        helmet = (Label.HELMET, 0.9, (10, 10, 50, 50))
        assert self.seen([], [helmet]) == ["suspected-missing"]
        assert self.seen([(Label.HELMET, 1, (12, 12, 52, 52))], [helmet]) == []
        assert self.seen([], [(Label.HELMET, 0.6, (10, 10, 50, 50))]) == []
        assert self.seen([], [(Label.FIRE, 0.99, (10, 10, 50, 50))]) == [], "unknown to the set"

    def test_a_label_that_is_surely_another_is_suspected_wrong(self) -> None:
        place = (10, 10, 50, 50)
        bare = (Label.NO_HELMET, 1, place)
        assert self.seen([bare], [(Label.HELMET, 0.9, place)]) == ["suspected-wrong"]
        doubtful = [(Label.HELMET, 0.9, place), (Label.NO_HELMET, 0.3, place)]
        assert "suspected-wrong" not in self.seen([bare], doubtful)


def test_scenes_are_held_out_whole(card: DatasetCard) -> None:
    cut = card.model_copy(update={"hold_out": 0.3, "scene": r"cam\d+(?=-)"})
    sides = {
        camera: {is_held_out(cut, f"cam{camera}-{frame}.png") for frame in range(20)}
        for camera in range(40)
    }
    assert all(len(side) == 1 for side in sides.values())
    held = sum(side == {True} for side in sides.values())
    assert 4 < held < 20


def test_a_pattern_that_is_none_is_refused(card: DatasetCard) -> None:
    with pytest.raises(ValueError, match="no regular expression"):
        DatasetCard.model_validate(card.model_dump() | {"scene": "("})


class TestCommands:
    def test_add_registers_what_lies_there(self, place: Path, tmp_path: Path) -> None:
        datasets = tmp_path / "cards"
        given = ["data", "add", "shapes", "--class", "fire", "--class", "-", "--source", "drawn"]
        given += ["--licence", "CC0", "--measure-only", "--data", place, "--datasets", datasets]
        assert run(*given).exit_code == 0
        made = read_card(datasets / "shapes" / "dataset.yaml")
        assert made.classes == (Label.FIRE, None)
        assert made.splits == {"train": 6, "val": 6}
        assert made.boxes == {Label.FIRE: 18}
        assert not made.may_train
        assert len(read_split(place, made, "train")) == 6
        with pytest.raises(InvalidRequest, match="is there already"):
            run(*given)

    def test_versions_are_compared_with_the_cards(self, place: Path, tmp_path: Path) -> None:
        datasets = tmp_path / "cards"
        given = ["data", "add", "shapes", "--class", "fire", "--class", "door", "--source", "drawn"]
        given += ["--licence", "CC0", "--may-train", "--data", place, "--datasets", datasets]
        run(*given)
        seen = ["data", "version", "--data", place, "--datasets", datasets]
        assert run(*seen).exit_code == 0
        (place / "shapes" / "labels" / "train" / "0.txt").write_text("", encoding="utf-8")
        with pytest.raises(InvalidRequest, match="its card says"):
            run(*seen)

    def test_statistics_count_what_is_there(self, place: Path, tmp_path: Path) -> None:
        datasets = tmp_path / "cards"
        given = ["data", "add", "shapes", "--class", "fire", "--class", "door", "--source", "drawn"]
        given += ["--licence", "CC0", "--may-train", "--data", place, "--datasets", datasets]
        run(*given)
        done = run("data", "stats", "--json", "--data", place, "--datasets", datasets)
        found = json.loads(done.stdout)["shapes"]
        assert found["pictures"] == {"train": 6, "val": 6}
        assert found["labels"]["fire"] == {"boxes": 18, "pictures": 12, "median_px": 16.0}
        assert "door" in run("data", "stats", "--data", place, "--datasets", datasets).stdout

    def test_a_sheet_shows_examples_of_a_label(self, tmp_path: Path) -> None:
        write_set(tmp_path / "sets", "shapes", pictures=5)
        out = tmp_path / "sheet.png"
        given = ["data", "sheet", "--set", "shapes", "--data", tmp_path / "sets"]
        given += ["--datasets", tmp_path / "sets", "--out", out, "--rows", "2", "--columns", "3"]
        assert run(*given, "--label", "fire").exit_code == 0
        drawn = cv2.imread(str(out))
        assert drawn.shape == (360, 540, 3)
        assert (np.abs(drawn.astype(int) - (0, 0, 255)).max(axis=2) < 40).mean() > 0.02
        with pytest.raises(InvalidRequest, match="no box of smoke"):
            run(*given, "--label", "smoke")


def test_a_picture_that_is_cut_off_is_named(place: Path) -> None:
    path = place / "shapes" / "images" / "train" / "0.png"
    path.write_bytes(b"")
    with pytest.raises(ImageUnreadable, match=r"0\.png"):
        list(read_yolo(place / "shapes", NAMES, ["train"]))
