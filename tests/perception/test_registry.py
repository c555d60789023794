"""Which models run: what is changed is changed whole, is remembered, and can be undone."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from tiny_models import red_finder

from wsai.errors import Conflict, InvalidRequest, ModelUnavailable, SettingsInvalid, WsaiError
from wsai.perception import registry
from wsai.perception.models import active_id, installed_dir, sha256_of
from wsai.perception.onnx_detector import (
    OnnxDetector,
    open_detector,
)
from wsai.perception.registry import Canary, Rollout
from wsai.perception.runtimes import PINNED, session_options, sums_exactly

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WHO = {"by": "李工", "at": NOON}
ROOT = Path(__file__).resolve().parents[2]


def promote(models: Path, model_id: str) -> None:
    registry.tried(models, model_id)
    registry.promote(models, model_id, **WHO)


def roll_back(models: Path) -> str:
    before = registry.model_before(models)
    registry.tried(models, before)
    registry.rollback(models, before, **WHO)
    return active_id(models)


@pytest.fixture
def three(models, add_model) -> Path:
    """Three models, the first of them active."""
    add_model("red-2")
    add_model("red-3")
    return models


class TestPromotion:
    def test_it_is_active_and_the_history_says_who_when_and_why(self, three):
        change = registry.promote(three, "red-2", reason="sees smoke", **WHO)
        assert active_id(three) == "red-2"
        (line,) = (three / "HISTORY.jsonl").read_text("utf-8").splitlines()
        assert json.loads(line) == {
            "at": "2026-11-24T12:00:00Z",
            "by": "李工",
            "action": "promote",
            "before": "red-1",
            "after": "red-2",
            "reason": "sees smoke",
            "canary": None,
        }
        assert registry.history(three) == [change]

    def test_each_rollback_goes_one_further_back(self, three):
        promote(three, "red-2")
        promote(three, "red-3")
        assert [roll_back(three), roll_back(three)] == ["red-2", "red-1"]
        with pytest.raises(Conflict, match="before red-1"):
            roll_back(three)
        assert active_id(three) == "red-1"

    def test_what_was_rolled_back_from_is_not_come_back_to(self, three):
        promote(three, "red-2")
        roll_back(three)
        promote(three, "red-3")
        assert roll_back(three) == "red-1"
        actions = [change.action for change in registry.history(three)]
        assert actions == ["promote", "rollback", "promote", "rollback"]

    def test_a_model_that_was_made_active_by_hand_stands_in_the_line(self, three):
        promote(three, "red-2")
        (three / "ACTIVE").write_text("red-3", encoding="utf-8")
        assert [roll_back(three), roll_back(three)] == ["red-2", "red-1"]

    def test_the_active_one_cannot_be_promoted_again(self, three):
        with pytest.raises(Conflict, match="red-1 is active already"):
            promote(three, "red-1")
        assert registry.history(three) == []

    def test_what_was_tried_ends_with_its_promotion(self, three):
        registry.set_shadow(three, "red-2", **WHO)
        registry.set_canary(three, Canary(model="red-2", share=0.5), **WHO)
        promote(three, "red-2")
        roll_back(three)
        assert registry.read_rollout(three) == Rollout(), "it does not go on as canary"

    def test_what_else_is_tried_goes_on(self, three):
        registry.set_shadow(three, "red-3", **WHO)
        promote(three, "red-2")
        assert registry.read_rollout(three) == Rollout(shadow="red-3")

    def test_a_damaged_rollout_holds_up_no_rollback(self, three):
        promote(three, "red-2")
        (three / "ROLLOUT.json").write_bytes(b"{")
        assert roll_back(three) == "red-1"


class TestCrashes:
    def test_a_change_that_was_noted_and_not_made_is_no_change(self, three):
        promote(three, "red-2")
        never = registry.Change(action="promote", before="red-2", after="red-3", **WHO)
        with (three / "HISTORY.jsonl").open("a", encoding="utf-8") as file:
            file.write(never.model_dump_json() + "\n")
        assert registry.model_before(three) == "red-1"
        promote(three, "red-3")
        assert [roll_back(three), roll_back(three)] == ["red-2", "red-1"]

    def test_a_line_that_was_cut_short_costs_only_itself(self, three):
        promote(three, "red-2")
        with (three / "HISTORY.jsonl").open("ab") as file:
            file.write(b'{"at":"2026-11-24T12:0')
        promote(three, "red-3")
        assert [change.after for change in registry.history(three)] == ["red-2", "red-3"]
        assert roll_back(three) == "red-2"

    def test_killed_at_any_moment_it_leaves_one_model_active(self, three):
        program = (
            "import sys; from datetime import UTC, datetime; from pathlib import Path\n"
            "from wsai.perception.registry import promote\n"
            "models = Path(sys.argv[1]); print('begun', flush=True)\n"
            "for turn in range(10**6):\n"
            "    promote(models, f'red-{2 + turn % 2}', by='x', at=datetime.now(UTC))\n"
        )
        for turn in range(3):
            (three / "ACTIVE").write_text("red-1\n", encoding="utf-8")
            process = subprocess.Popen(
                [sys.executable, "-c", program, str(three)], cwd=ROOT, stdout=subprocess.PIPE
            )
            assert process.stdout is not None
            assert process.stdout.readline() == b"begun\n"
            last = time.monotonic() + 60  # on a busy machine the first change takes long
            while active_id(three) == "red-1" and time.monotonic() < last:
                time.sleep(0.01)
            time.sleep(0.037 * turn)
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
            assert active_id(three) in {"red-1", "red-2", "red-3"}
            assert open_detector(folder=three).model_id == active_id(three)
            assert registry.model_before(three) != active_id(three)
        assert len(registry.history(three)) >= 3, "they were killed before they did anything"


class TestFolder:
    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda m: registry.promote(m, "red-2", **WHO), id="promote"),
            pytest.param(lambda m: registry.set_shadow(m, "red-2", **WHO), id="shadow"),
        ],
    )
    @pytest.mark.parametrize("name", ["HISTORY.jsonl", "folder"])
    def test_one_that_cannot_be_written_says_what_to_do(self, three, change, name):
        if name == "HISTORY.jsonl":
            (three / name).mkdir()  # refuses even root
        elif os.geteuid() == 0:
            pytest.skip("root writes everywhere")
        else:
            three.chmod(0o500)
        try:
            with pytest.raises(SettingsInvalid, match=r"cannot be written.*WSAI_MODELS_DIR"):
                change(three)
        finally:
            three.chmod(0o700)
        assert active_id(three) == "red-1"
        assert registry.read_rollout(three) == Rollout()

    def test_the_installations_own_is_not_changed(self):
        with pytest.raises(SettingsInvalid, match="WSAI_MODELS_DIR"):
            registry.refuse_installed(installed_dir())

    def test_nothing_is_left_lying_about(self, three):
        promote(three, "red-2")
        registry.set_shadow(three, "red-1", **WHO)
        names = {path.name for path in three.iterdir() if path.is_file()}
        assert names == {"ACTIVE", "HISTORY.jsonl", "ROLLOUT.json"}

    def test_others_may_read_what_was_written(self, three):
        mask = os.umask(0o022)
        try:
            promote(three, "red-2")
        finally:
            os.umask(mask)
        assert (three / "ACTIVE").stat().st_mode & 0o777 == 0o644


def with_bias(value: float) -> onnx.ModelProto:
    network = red_finder(3)
    for tensor in network.graph.initializer:
        if tensor.name == "class_bias":
            tensor.CopyFrom(numpy_helper.from_array(np.full(3, value, np.float32), tensor.name))
    return network


class TestTrying:
    """Every candidate is refused for its own reason, and the active model stays."""

    @pytest.mark.parametrize(
        ("damage", "told"),
        [
            pytest.param(lambda file: file[:-1], "damaged or foreign", id="truncated"),
            pytest.param(lambda file: b"", "damaged or foreign", id="empty"),
            pytest.param(lambda file: file + b"x", "damaged or foreign", id="something added"),
        ],
    )
    @pytest.mark.parametrize("name", ["model.onnx", "calibration.json", "weights.safetensors"])
    def test_a_damaged_file(self, models, add_model, damage, told, name):
        folder = add_model("bad")
        card = json.loads((folder / "model.json").read_text("utf-8"))
        (folder / "weights.safetensors").write_bytes(b"weights")
        card["files"]["weights.safetensors"] = sha256_of(folder / "weights.safetensors")
        (folder / "model.json").write_text(json.dumps(card), encoding="utf-8")
        registry.tried(models, "bad")
        (folder / name).write_bytes(damage((folder / name).read_bytes()))
        self.refused(models, f"{name} is {told}")

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            pytest.param({"labels": ["fire", "smoke", "fire"]}, "stands twice", id="one twice"),
            pytest.param(
                {"thresholds": {"door": 0.5}}, "thresholds for labels", id="no such label"
            ),
            pytest.param({"strides": [8, 16]}, "gave outputs of", id="other anchors"),
            pytest.param({"precision": "int8"}, "computes in float32", id="another precision"),
        ],
    )
    def test_a_card_of_another_network(self, models, add_model, changes, told):
        add_model("bad", **changes)
        self.refused(models, told)

    def test_a_network_that_answers_no_numbers(self, models, add_model):
        add_model("bad", network=with_bias(float("nan")))
        self.refused(models, "no numbers")

    def test_a_network_that_fails_when_it_runs(self, models, add_model):
        network = red_finder(3)
        shape = next(t for t in network.graph.initializer if t.name == "class_shape")
        shape.CopyFrom(numpy_helper.from_array(np.array([1, 3, 7]), shape.name))
        add_model("bad", network=network)
        self.refused(models, "it fails on a picture of 640x480")

    def refused(self, models: Path, told: str) -> None:
        with pytest.raises(ModelUnavailable, match=told) as refusal:
            registry.tried(models, "bad")
        assert "\n" not in str(refusal.value).strip()
        assert registry.tried(models).model_id == "red-1"


class TestCanary:
    DIGESTS = tuple(f"{number:064x}" for number in range(4000))

    @pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
    def test_the_share_is_about_right(self, share):
        canary = Canary(model="b", share=share)
        taken = sum(canary.takes(digest, None) for digest in self.DIGESTS)
        # four standard deviations of 4000 draws
        assert abs(taken / 4000 - share) <= 4 * (share * (1 - share) / 4000) ** 0.5

    def test_a_larger_share_keeps_the_photos_of_the_smaller(self):
        small, large = Canary(model="b", share=0.1), Canary(model="b", share=0.2)
        taken = [digest for digest in self.DIGESTS if small.takes(digest, None)]
        assert taken
        assert all(large.takes(digest, "二号车间") for digest in taken)

    def test_another_candidate_gets_other_photos(self):
        first, second = Canary(model="b", share=0.1), Canary(model="c", share=0.1)
        both = sum(first.takes(d, None) and second.takes(d, None) for d in self.DIGESTS)
        assert both < 100, "of about 400 each"

    def test_a_site_is_taken_whole_and_no_other(self):
        canary = Canary(model="b", sites=("一号车间",))
        assert all(canary.takes(digest, "一号车间") for digest in self.DIGESTS)
        assert not any(
            canary.takes(digest, site) for digest in self.DIGESTS for site in (None, "x")
        )

    def test_one_that_answers_nothing_is_refused(self, three):
        with pytest.raises(InvalidRequest, match="share above 0"):
            registry.set_canary(three, Canary(model="red-2"), **WHO)

    def test_the_active_one_is_not_tried_beside_itself(self, three):
        for change in (
            lambda: registry.set_canary(three, Canary(model="red-1", share=1), **WHO),
            lambda: registry.set_shadow(three, "red-1", **WHO),
        ):
            with pytest.raises(Conflict, match="active one"):
                change()

    def test_setting_and_ending_is_remembered(self, three):
        registry.set_canary(three, Canary(model="red-2", share=0.25, sites=("a",)), **WHO)
        registry.set_shadow(three, "red-3", **WHO)
        asked = Canary(model="red-2", share=0.25, sites=("a",))
        assert registry.read_rollout(three) == Rollout(shadow="red-3", canary=asked)
        registry.set_canary(three, None, **WHO)
        registry.set_shadow(three, None, **WHO)
        assert registry.read_rollout(three) == Rollout()
        told = [(c.action, c.before, c.after) for c in registry.history(three)]
        assert told == [
            ("canary", None, "red-2"),
            ("shadow", None, "red-3"),
            ("canary", "red-2", None),
            ("shadow", "red-3", None),
        ]

    @pytest.mark.parametrize("content", [b"", b"[]", b'{"shadow": 3}', b'{"other": 1}', b"\xff"])
    def test_a_damaged_rollout_says_what_to_do(self, three, content):
        (three / "ROLLOUT.json").write_bytes(content)
        with pytest.raises(WsaiError, match=r"ROLLOUT\.json.*remove it"):
            registry.read_rollout(three)


class TestPrecision:
    def product(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return a matrix product, computed as detectors compute."""
        shapes = (left.shape, right.shape, (left.shape[0], right.shape[1]))
        a, b, c = (
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in zip("abc", shapes, strict=True)
        )
        graph = helper.make_graph([helper.make_node("MatMul", ["a", "b"], ["c"])], "m", [a, b], [c])
        opsets = [helper.make_opsetid("", 17)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()
        session = onnxruntime.InferenceSession(
            model, session_options(1), providers=["CPUExecutionProvider"]
        )
        return session.run(None, {"a": left, "b": right})[0]

    def test_float32_is_not_rounded_to_bfloat16(self):
        fine = np.full((64, 64), 1 + 2**-12, dtype=np.float32)  # bfloat16 knows only 1
        assert np.array_equal(self.product(fine, np.eye(64, dtype=np.float32)), fine)

    @pytest.mark.parametrize(
        ("machine", "cpuinfo", "exactly"),
        [
            pytest.param("x86_64", "flags\t: fma avx2 avx512f\n", False, id="no VNNI"),
            pytest.param("x86_64", "flags\t: avx2 avx512_vnni\nbugs\t:", True, id="VNNI"),
            pytest.param("AMD64", "", False, id="Windows does not say"),
            pytest.param("arm64", "", True, id="another kind"),
        ],
    )
    def test_int8_is_summed_exactly_where_the_cpu_would_overflow(self, machine, cpuinfo, exactly):
        assert sums_exactly(machine, cpuinfo) is exactly

    def test_the_options_are_said_and_not_left_to_defaults(self):
        options = session_options(1)
        for name, value in PINNED.items():
            assert options.get_session_config_entry(name) == value
        assert options.get_session_config_entry("session.x64quantprecision") in {"0", "1"}
        assert PINNED["mlas.enable_gemm_fastmath_arm64_bfloat16"] == "0"

    def test_a_detector_says_what_it_computes_in(self, models):
        detector = open_detector(folder=models)
        assert isinstance(detector, OnnxDetector)
        assert (detector.precision, detector.provider) == ("float32", "CPUExecutionProvider")
        shipped = open_detector(folder=ROOT / "models")
        assert shipped.precision == shipped.card.precision
        assert open_detector(folder=ROOT / "models", file="model.onnx").precision == "float32"
