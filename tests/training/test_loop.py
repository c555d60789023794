"""The loss, the loop, the export and the release, on a tiny set."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import save_file
from tiny_set import DOOR, FIRE, recipe, write_set
from ultralytics.nn.tasks import DetectionModel
from ultralytics.utils.loss import v8DetectionLoss

from benchmarks.shares import main as shares
from training.cli import cli
from training.datasets import LABELS, DatasetCard, read_cards, read_split
from training.export import ATTENTION, CLASS_BRANCH, RawHead, export_onnx
from training.loop import Machine, Run, learning_rate_at, new_network, train
from training.masked_loss import MaskedBce, MaskedDetectionLoss, even_shares, other_things
from training.release import Release
from wsai.errors import InvalidRequest
from wsai.perception.models import models_dir, read_card
from wsai.perception.onnx_detector import OnnxDetector
from wsai.vision.labels import Label
from wsai.vision.picture import Picture

MACHINE = Machine(threads=1, workers=0, bfloat16=False)


def quiet(line: dict[str, Any]) -> None:
    """Take a line of progress and keep it."""


@pytest.fixture
def network() -> Any:
    """A network for our labels with random weights, ready to learn."""
    torch.manual_seed(0)
    return new_network("yolo11n", start=None).train()


@pytest.fixture
def batch() -> dict[str, torch.Tensor]:
    """Two pictures with one box each."""
    return {
        "img": torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1)),
        "cls": torch.tensor([[float(FIRE)], [float(DOOR)]]),
        "bboxes": torch.tensor([[0.5, 0.5, 0.4, 0.4], [0.3, 0.3, 0.3, 0.5]]),
        "batch_idx": torch.tensor([0.0, 1.0]),
    }


class TestMaskedLoss:
    def test_unknown_classes_neither_cost_nor_teach(self) -> None:
        loss = MaskedBce()
        loss.known = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
        logits = torch.randn(2, 5, 2, requires_grad=True)
        targets = torch.rand(2, 5, 2)
        targets[0, :, 1] = 0
        values = loss(logits, targets)
        values.sum().backward()
        plain = torch.nn.functional.binary_cross_entropy_with_logits(
            logits, targets, reduction="none"
        )
        assert logits.grad is not None
        assert bool((values[0, :, 1] == 0).all())
        assert bool((logits.grad[0, :, 1] == 0).all())
        torch.testing.assert_close(values[:, :, 0], plain[:, :, 0])
        torch.testing.assert_close(values[1], plain[1])

    def test_a_box_of_an_unknown_class_teaches_in_its_own_cells_alone(self) -> None:
        loss = MaskedBce()
        loss.known = torch.zeros(1, 2)
        targets = torch.zeros(1, 5, 2)
        targets[0, 3, 1] = 0.8
        values = loss(torch.zeros(1, 5, 2), targets)
        assert torch.nonzero(values).tolist() == [[0, 3, 1]]

    def test_a_box_rules_out_other_things_in_its_own_cells_alone(self) -> None:
        nothing_known = torch.zeros(1, len(LABELS))
        plain, strict = MaskedBce(), MaskedBce(others=other_things(len(LABELS)))
        plain.known = strict.known = nothing_known
        logits = torch.zeros(1, 4, len(LABELS))
        targets = torch.zeros(1, 4, len(LABELS))
        targets[0, 2, LABELS.index(Label.FIRE_EXTINGUISHER)] = 0.6
        assert torch.count_nonzero(plain(logits, targets)) == 1
        values = strict(logits, targets)
        assert torch.nonzero(values.sum(2)).tolist() == [[0, 2]], "one cell has a box"
        told = {LABELS[n] for n in torch.nonzero(values[0, 2]).flatten().tolist()}
        assert {Label.DOOR, Label.EXIT_DOOR, Label.PERSON, Label.FIRE_EXTINGUISHER} <= told
        assert not told & {Label.HELMET, Label.NO_VEST, Label.SPILL}

    def test_what_one_box_may_show_twice_is_not_ruled_out(self) -> None:
        table = other_things(len(LABELS))
        for one, other in (
            (Label.DOOR, Label.EXIT_DOOR), (Label.FORKLIFT, Label.MACHINE),
            (Label.MACHINE, Label.GUARD), (Label.PALLET, Label.OBSTACLE),
            (Label.PERSON, Label.PERSON_FALLEN), (Label.NO_HELMET, Label.PERSON),
        ):  # fmt: skip
            assert table[LABELS.index(one), LABELS.index(other)] == 0, (one, other)
        assert torch.equal(table, table.T)
        assert torch.count_nonzero(table.diagonal()) == 0

    def test_with_everything_known_it_is_ultralytics_own_loss(
        self, network: Any, batch: dict[str, torch.Tensor]
    ) -> None:
        found = network(batch["img"])
        theirs, _ = v8DetectionLoss(network)(found, batch)
        batch["known"] = torch.ones(2, len(LABELS))
        ours, _ = MaskedDetectionLoss(network)(found, batch)
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)
        batch["known"] = torch.zeros(2, len(LABELS))
        masked, _ = MaskedDetectionLoss(network)(found, batch)
        # what is left is the cells of the two boxes
        assert 0 < masked.detach()[1] < 0.7 * theirs.detach()[1]
        torch.testing.assert_close(masked[[0, 2]], theirs[[0, 2]])

    def test_even_pictures_weigh_alike_whatever_is_in_them(
        self, network: Any, batch: dict[str, torch.Tensor]
    ) -> None:
        crowd = {
            "img": batch["img"],
            "cls": torch.tensor([[float(FIRE)]] + [[float(DOOR)]] * 6),
            "bboxes": torch.tensor(
                [[0.5, 0.5, 0.4, 0.4]] + [[0.1 + 0.13 * n, 0.3, 0.12, 0.3] for n in range(6)]
            ),
            "batch_idx": torch.tensor([0.0] + [1.0] * 6),
            "known": torch.ones(2, len(LABELS)),
        }
        found = dict(network(crowd["img"]))
        boxes = found["boxes"].detach().requires_grad_()
        found["boxes"] = boxes

        def pull(evenness: float) -> tuple[torch.Tensor, torch.Tensor]:
            """Return how hard each picture's boxes pull, and how much each counts."""
            loss = MaskedDetectionLoss(network, evenness)
            parts, _ = loss(found, crowd)
            (gradient,) = torch.autograd.grad(parts[0], boxes, retain_graph=True)
            return gradient.abs().sum((1, 2)), loss.bce.shares

        plain, _ = MaskedDetectionLoss(network)(found, crowd)
        theirs, _ = v8DetectionLoss(network)(found, crowd)
        torch.testing.assert_close(plain, theirs, rtol=0, atol=0)
        (before, _), (after, shares) = pull(0.0), pull(0.5)
        assert float(shares.max() / shares.min()) > 1.5
        torch.testing.assert_close(after / before, shares)

    def test_shares_keep_the_sum_and_leave_empty_pictures_alone(self) -> None:
        sums = torch.tensor([1.0, 0.0, 20.0, 3.0])
        for evenness in (0.3, 1.0):
            shares = even_shares(sums, evenness)
            assert float((shares * sums).sum()) == pytest.approx(24.0, rel=1e-5)
            assert float(shares[1]) == 1
            assert shares[0] > shares[3] > shares[2]
        assert even_shares(torch.zeros(3), 1.0).tolist() == [1, 1, 1]

    def test_known_classes_learn_as_ever_and_unknown_ones_nothing(
        self, network: Any, batch: dict[str, torch.Tensor]
    ) -> None:
        found = dict(network(batch["img"]))
        logits = found["scores"].detach().requires_grad_()
        found["scores"] = logits
        plain, _ = v8DetectionLoss(network)(found, batch)
        (expected,) = torch.autograd.grad(plain[1], logits, retain_graph=True)
        known = torch.zeros(2, len(LABELS))
        known[0, FIRE], known[1, DOOR] = 1, 1
        batch["known"] = known
        total, _ = MaskedDetectionLoss(network)(found, batch)
        (gradient,) = torch.autograd.grad(total[1], logits)
        assert bool((expected != 0).all()), "else zero would prove nothing"
        torch.testing.assert_close(gradient, expected * known[:, :, None], rtol=0, atol=0)


class TestNetwork:
    def test_the_person_of_coco_is_kept(self, tmp_path: Path) -> None:
        torch.manual_seed(1)
        coco = DetectionModel("yolo11n.yaml", nc=80, verbose=False)
        save_file(
            {k: v.contiguous() for k, v in coco.state_dict().items()}, tmp_path / "coco.safetensors"
        )
        ours = new_network("yolo11n", start=tmp_path / "coco.safetensors")
        person = LABELS.index(Label.PERSON)
        for level in range(3):
            old, new = coco.model[-1].cv3[level][-1], ours.model[-1].cv3[level][-1]
            torch.testing.assert_close(new.weight[person], old.weight[0])
            assert new.out_channels == len(LABELS)

    def test_weights_of_another_network_are_refused(self, tmp_path: Path) -> None:
        save_file({"x": torch.zeros(1)}, tmp_path / "x.safetensors")
        with pytest.raises(InvalidRequest, match="another network"):
            new_network("yolo11n", start=tmp_path / "x.safetensors")

    def test_the_learning_rate_rises_then_falls_to_its_share(self) -> None:
        plan = recipe(pictures=1000, warmup_pictures=100, learning_rate=1.0)
        rates = [learning_rate_at(n, plan) for n in range(0, 1001, 50)]
        assert rates[0] < rates[1] < rates[2] == 1.0
        assert rates[2:] == sorted(rates[2:], reverse=True)
        assert rates[-1] == pytest.approx(0.1)


def test_a_resumed_run_is_the_unbroken_run(
    tmp_path: Path, shapes: tuple[Path, DatasetCard]
) -> None:
    root, card = shapes
    samples, cards = read_split(root, card, "train"), {"shapes": card}
    plan = recipe(domain=0.7)
    whole = Run(tmp_path / "whole", plan, MACHINE, start=None)
    train(whole, samples, cards, report=quiet)
    first = Run(tmp_path / "parts", plan, MACHINE, start=None)

    class Stopped(Exception):
        pass

    def stop(line: dict[str, Any]) -> None:
        if line["pictures"] >= 12:
            first.save()
            raise Stopped

    with pytest.raises(Stopped):
        train(first, samples, cards, report=stop, report_every_pictures=4)
    again = Run(tmp_path / "parts", plan, MACHINE, start=None)
    assert again.pictures == 12
    train(again, samples, cards, report=quiet)
    assert again.pictures == whole.pictures == 32
    for one, other in ((whole.network, again.network), (whole.ema.ema, again.ema.ema)):
        expected = other.state_dict()
        for name, tensor in one.state_dict().items():
            assert torch.equal(tensor, expected[name]), name


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[dict[str, Any]]]:
    """The sets, the run and its progress of a network that has learned red and green."""
    place = tmp_path_factory.mktemp("trained")
    card = write_set(place / "sets", "shapes", pictures=24)
    for name in ("images", "labels"):
        (place / "sets" / "shapes" / name / "val").symlink_to(
            place / "sets" / "shapes" / name / "train"
        )
    plan = recipe(pictures=1200, batch=4, mosaic=0.0, learning_rate=0.002, ema_decay=0.95)
    lines: list[dict[str, Any]] = []
    run = Run(place / "run", plan, MACHINE, start=None)
    samples = read_split(place / "sets", card, "train")
    train(run, samples, {"shapes": card}, report=lines.append, report_every_pictures=120)
    return place / "sets", place / "run", lines


def test_frozen_layers_stay_and_the_others_learn(tmp_path: Path) -> None:
    card = write_set(tmp_path / "sets", "shapes", pictures=8)
    plan = recipe(pictures=16, batch=4, mosaic=0.0, frozen_layers=5)
    run = Run(tmp_path / "run", plan, MACHINE, start=None)
    before = {name: tensor.clone() for name, tensor in run.network.state_dict().items()}
    train(run, read_split(tmp_path / "sets", card, "train"), {"shapes": card}, report=quiet)
    for name, tensor in run.network.state_dict().items():
        frozen = name.startswith(tuple(f"model.{n}." for n in range(5)))
        if frozen:
            assert torch.equal(tensor, before[name]), name
        elif name.endswith("conv.weight") and "dfl" not in name:
            assert not torch.equal(tensor, before[name]), name


def test_it_learns(trained: tuple[Path, Path, list[dict[str, Any]]]) -> None:
    _, folder, lines = trained
    assert lines[-1]["cls_loss"] < 0.5 * lines[0]["cls_loss"]
    assert len((folder / "log.jsonl").read_text(encoding="utf-8").splitlines()) == len(lines)


@pytest.mark.parametrize("one_thing", [False, True])
def test_a_recipe_decides_whether_boxes_rule_out_what_their_set_does_not_know(
    tmp_path: Path, one_thing: bool
) -> None:
    card = write_set(tmp_path / "sets", "shapes", pictures=4)
    plan = recipe(pictures=16, batch=4, mosaic=0.0, one_thing=one_thing)
    run = Run(tmp_path / "run", plan, MACHINE, start=None)
    head: Any = run.network.model[-1]
    forklift = LABELS.index(Label.FORKLIFT)  # of which the set knows nothing
    before = [branch[-1].bias[forklift].item() for branch in head.cv3]
    train(run, read_split(tmp_path / "sets", card, "train"), {"shapes": card}, report=quiet)
    after = [branch[-1].bias[forklift].item() for branch in head.cv3]
    assert (before != after) is one_thing


@pytest.mark.parametrize(("height", "width"), [(64, 96), (160, 128)])
def test_the_export_is_the_same_network(
    tmp_path: Path,
    trained: tuple[Path, Path, list[dict[str, Any]]],
    height: int,
    width: int,
) -> None:
    weights = trained[1] / "weights.safetensors"
    export_onnx(weights, "yolo11n", tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(
        tmp_path / "model.onnx", providers=["CPUExecutionProvider"]
    )
    images = np.random.default_rng(0).random((1, 3, height, width), dtype=np.float32)
    logits, distances = session.run(["logits", "distances"], {"images": images})
    with torch.no_grad():
        expected = RawHead(weights, "yolo11n")(torch.from_numpy(images))
    anchors = sum((height // s) * (width // s) for s in (8, 16, 32))
    assert logits.shape == (1, len(LABELS), anchors)
    assert distances.shape == (1, 64, anchors)
    np.testing.assert_allclose(logits, expected[0].numpy(), atol=1e-3)
    np.testing.assert_allclose(distances, expected[1].numpy(), atol=1e-3)


def as_printed(value: Any) -> Iterator[str]:
    """Every figure of a JSON value, with two and with three decimals."""
    if isinstance(value, dict):
        for each in value.values():
            yield from as_printed(each)
    elif isinstance(value, float):
        yield from (f"{value:.2f}", f"{value:.3f}")


@pytest.fixture(scope="module")
def released(trained: tuple[Path, Path, list[dict[str, Any]]]) -> Path:
    """The folder of a model that was released from that run."""
    sets, run, _ = trained
    place = sets.parent
    plan = place / "tiny.yaml"
    plan.write_text(recipe(pictures=1200).model_dump_json(), encoding="utf-8")
    card = (sets / "shapes" / "dataset.yaml").read_text(encoding="utf-8")
    (place / "datasets" / "shapes").mkdir(parents=True)
    (place / "datasets" / "shapes" / "dataset.yaml").write_text(
        card.replace("train: 24", "train: 24\n  val: 24"), encoding="utf-8"
    )
    out = place / "models" / "tiny-1"
    arguments = ["release", str(run / "weights.safetensors"), "--recipe", str(plan)]
    arguments += ["--datasets", str(place / "datasets"), "--data", str(sets)]
    done = CliRunner().invoke(
        cli, [*arguments, "--out", str(out), "--size", "64"], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return out


def test_a_release_measures_what_it_ships_and_says_it_on_the_card(released: Path) -> None:
    out = released
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    exact = metrics["sets"]["shapes"]["model.onnx"]
    assert exact["map50"] > 0.8, "red and green are easy"
    text = (out / "README.md").read_text(encoding="utf-8")
    assert f"{exact['map50']:.3f}" in text
    assert metrics["command"] in text
    tables = text[text.index("## mAP per set") : text.index("## What it cannot do")]
    rows = "\n".join(line for line in tables.splitlines() if line.startswith("|"))
    assert set(re.findall(r"\d+\.\d+", rows)) <= set(as_printed(metrics))
    int8 = onnx.load(out / "model.int8.onnx")
    assert "QuantizeLinear" in {node.op_type for node in int8.graph.node}
    assert metrics["sets"]["shapes"]["model.int8.onnx"]["map50"] > 0.7
    model = read_card(out)
    assert model.runs == metrics["runs"] == "model.int8.onnx"
    assert metrics["parity"]["holds"] is True
    assert metrics["labels"]["smoke"]["threshold"] is None, "never seen, so never acted on"
    assert Label.SMOKE not in model.thresholds
    assert Label.FIRE in model.thresholds
    detector = OnnxDetector(out, model)
    red = np.full((64, 64, 3), 120, dtype=np.uint8)
    red[20:44, 16:40] = (0, 0, 255)
    found = detector.detect(Picture(red, 64, 64), min_score=0.2).only(Label.FIRE)
    assert len(found)
    np.testing.assert_allclose(found.boxes[0], [16, 20, 40, 44], atol=5)


def test_an_export_of_other_weights_is_refused(
    tmp_path: Path,
    trained: tuple[Path, Path, list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weights = trained[1] / "weights.safetensors"
    real = onnx.load

    def tampered(path: Any) -> onnx.ModelProto:
        model = real(path)
        bias = next(t for t in model.graph.initializer if t.name.endswith("cv3.0.2.bias"))
        values = onnx.numpy_helper.to_array(bias) + 0.1
        bias.CopyFrom(onnx.numpy_helper.from_array(values, bias.name))
        return model

    monkeypatch.setattr("training.export.onnx.load", tampered)
    with pytest.raises(InvalidRequest, match=r"another network: its logits differ by 0\.1"):
        export_onnx(weights, "yolo11n", tmp_path / "model.onnx")


def test_attention_and_the_class_branch_of_the_shipped_int8_file_are_float() -> None:
    folder = models_dir()
    active = (folder / "ACTIVE").read_text(encoding="utf-8").strip()
    nodes = onnx.load(folder / active / "model.int8.onnx").graph.node
    scaled = {name for node in nodes if node.op_type == "DequantizeLinear" for name in node.output}
    eight_bits = [node.name for node in nodes if node.op_type == "Conv" and node.input[1] in scaled]
    assert len(eight_bits) > 40
    assert not [name for name in eight_bits if ATTENTION in name or CLASS_BRANCH in name]


def test_shares_of_an_average_are_measured_as_a_release_is(
    released: Path, weights: Path, tmp_path: Path
) -> None:
    place, out = released.parent.parent, tmp_path / "shares.json"
    given = [str(weights), str(released / "weights.safetensors"), "--out", str(out)]
    given += ["--recipe", str(place / "tiny.yaml"), "--datasets", str(place / "datasets")]
    given += ["--data", str(place / "sets"), "--share", "0", "--share", "1", "--size", "64"]
    done = CliRunner().invoke(shares, given, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    told = json.loads(out.read_text(encoding="utf-8"))
    card = json.loads((released / "metrics.json").read_text(encoding="utf-8"))
    assert told["shares"]["1"]["shapes"]["map50"] == card["sets"]["shapes"]["model.onnx"]["map50"]
    assert told["shares"]["0"]["shapes"]["map50"] < 0.1, "it knows nothing"
    assert told["of"][1] == "tiny-1/weights.safetensors"


class TestParityCommand:
    def arguments(self, released: Path, *more: str) -> list[str]:
        place = released.parent.parent
        given = ["parity", "tiny-1", "--models", str(released.parent), *more]
        return [*given, "--datasets", str(place / "datasets"), "--data", str(place / "sets")]

    def test_the_shipped_pair_passes(self, released: Path) -> None:
        done = CliRunner().invoke(cli, self.arguments(released), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        assert found["holds"] is True
        assert found["boxes"] > 0

    def test_another_set_is_named(self, released: Path) -> None:
        with pytest.raises(InvalidRequest, match="there are: shapes"):
            CliRunner().invoke(
                cli, self.arguments(released, "--set", "nothing"), catch_exceptions=False
            )


def test_what_excuses_and_what_costs_more_when_missed_have_thresholds_of_their_own(
    released: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def note(rows: Any, **given: Any) -> tuple[float, float, float]:
        asked.append(given)
        return 0.5, 1.0, 1.0

    monkeypatch.setattr("training.release.operating_threshold", note)
    place = released.parent.parent
    cards = read_cards(place / "datasets")
    work = Release(place / "again", recipe(), cards, place / "sets", size_px=64)
    monkeypatch.setattr(work, "write_card", lambda: None)
    work.calibrate({})
    told = dict(zip(LABELS, asked, strict=True))
    assert told.pop(Label.GUARD) == {"beta": 1.0, "highest": True}
    assert told.pop(Label.MOVING_PART) == {"beta": 2.0, "highest": False}
    assert all(given == {"beta": 1.0, "highest": False} for given in told.values())


class TestEvaluateCommand:
    def evaluate(self, released: Path, out: Path, *more: str) -> Any:
        place = released.parent.parent
        given = ["evaluate", str(released), "--datasets", str(place / "datasets"), "--out"]
        return CliRunner().invoke(
            cli, [*given, str(out), "--data", str(place / "sets"), *more], catch_exceptions=False
        )

    def test_its_figures_are_those_of_the_card(self, released: Path, tmp_path: Path) -> None:
        assert self.evaluate(released, tmp_path / "new").exit_code == 0
        found = json.loads((tmp_path / "new" / "report.json").read_text(encoding="utf-8"))
        metrics = json.loads((released / "metrics.json").read_text(encoding="utf-8"))
        measured = metrics["sets"]["shapes"]["model.int8.onnx"]
        for key in ("map50", "map50_95"):
            assert found["sets"]["shapes"][key] == pytest.approx(measured[key], abs=1e-3)
        assert found["labels"]["fire"]["promised_recall"] == metrics["labels"]["fire"]["recall"]
        assert (tmp_path / "new" / "report.html").stat().st_size > 5000

    def test_two_files_of_a_model_are_compared(self, released: Path, tmp_path: Path) -> None:
        self.evaluate(released, tmp_path / "int8")
        self.evaluate(released, tmp_path / "exact", "--file", "model.onnx")
        out = tmp_path / "comparison.json"
        given = ["compare", str(tmp_path / "exact"), str(tmp_path / "int8"), "--out", str(out)]
        done = CliRunner().invoke(cli, [*given, "--tolerance", "0.3"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        assert "shapes" in done.output
        rows = json.loads(out.read_text(encoding="utf-8"))
        assert {row["label"] for row in rows} == {"all", "fire", "door"}

    def test_a_model_that_lost_a_label_fails_the_comparison(
        self, released: Path, tmp_path: Path
    ) -> None:
        self.evaluate(released, tmp_path / "old")
        self.evaluate(released, tmp_path / "new")
        lines = (tmp_path / "new" / "detections.jsonl").read_text(encoding="utf-8").splitlines()
        blind = [json.loads(line) for line in lines]
        for row in blind:
            row["found"] = [found for found in row["found"] if found[0] != "fire"]
        (tmp_path / "new" / "detections.jsonl").write_text(
            "\n".join(json.dumps(row) for row in blind), encoding="utf-8"
        )
        with pytest.raises(InvalidRequest, match="worse, past chance: shapes all"):
            CliRunner().invoke(
                cli,
                ["compare", str(tmp_path / "old"), str(tmp_path / "new")],
                catch_exceptions=False,
            )

    def test_a_set_without_pictures_is_left_out_unless_it_was_asked_for(
        self, released: Path, tmp_path: Path
    ) -> None:
        cards = tmp_path / "datasets"
        shutil.copytree(released.parent.parent / "datasets", cards)
        text = (cards / "shapes" / "dataset.yaml").read_text(encoding="utf-8")
        (cards / "elsewhere").mkdir()
        (cards / "elsewhere" / "dataset.yaml").write_text(
            text.replace("name: shapes", "name: elsewhere"), encoding="utf-8"
        )
        done = self.evaluate(released, tmp_path / "all", "--datasets", str(cards))
        assert done.exit_code == 0
        assert "left out" in done.stderr
        assert "elsewhere" in done.stderr
        found = json.loads((tmp_path / "all" / "report.json").read_text(encoding="utf-8"))
        assert set(found["sets"]) == {"shapes"}
        with pytest.raises(InvalidRequest, match="no pictures of the set elsewhere"):
            self.evaluate(released, tmp_path / "x", "--datasets", str(cards), "--set", "elsewhere")

    def test_a_set_that_is_not_there_is_named(self, released: Path, tmp_path: Path) -> None:
        with pytest.raises(InvalidRequest, match="no set nothing"):
            self.evaluate(released, tmp_path / "x", "--set", "nothing")


@pytest.mark.parametrize("module", ["training.cli", "training.masked_loss"])
def test_what_is_no_picture_is_refused_whatever_is_loaded_first(module: str) -> None:
    code = f"import {module}\nfrom wsai.vision.images import decode\ndecode(b'no picture at all')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert "wsai.errors.ImageUn" in done.stderr.splitlines()[-1], done.stderr


def test_errors_of_the_command_line_are_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "training.cli",
            "train",
            "--data",
            str(tmp_path),
            "--out",
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("wsai-train: ")
    assert "check --data" in done.stderr
