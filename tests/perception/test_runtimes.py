"""Whatever computes a network, it is the same network in the same precision."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from tiny_models import red_finder, write_model

from wsai.errors import ModelUnavailable, SettingsInvalid
from wsai.perception.models import models_dir, read_card
from wsai.perception.onnx_detector import OnnxDetector, open_detector
from wsai.perception.runtimes import LABELS_KEY, RUNTIMES, Runtime, load_network
from wsai.vision.picture import Picture


@pytest.fixture(params=RUNTIMES)
def runtime(request: pytest.FixtureRequest) -> Runtime:
    if request.param == "openvino":
        pytest.importorskip("openvino", reason="the extra openvino is not installed")
    chosen: Runtime = request.param
    return chosen


LABELS = ("fire", "smoke", "person")


def red_spot() -> Picture:
    pixels = np.full((64, 96, 3), 30, dtype=np.uint8)
    pixels[24:40, 40:56] = (0, 0, 255)
    return Picture(pixels, 96, 64)


def named(labels: list[str]) -> onnx.ModelProto:
    network = red_finder(len(LABELS))
    onnx.helper.set_model_props(network, {LABELS_KEY: json.dumps(labels)})
    return network


def test_it_finds_what_the_other_finds(tmp_path: Path, runtime: Runtime) -> None:
    folder = write_model(tmp_path / "red-1", red_finder(len(LABELS)))
    detector = OnnxDetector(folder, read_card(folder), runtime=runtime)
    plain = OnnxDetector(folder, read_card(folder))
    detector.try_once()
    ours, theirs = (d.detect(red_spot(), min_score=0.3) for d in (detector, plain))
    assert ours.labels == theirs.labels
    np.testing.assert_allclose(ours.boxes, theirs.boxes, atol=0.01)
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-4)
    assert len(ours)


def test_float32_is_computed_in_float32(runtime: Runtime) -> None:
    """Bfloat16 has eight bits: logits of the shipped network would move by a tenth and more."""
    folder = models_dir() / read_card(models_dir() / open_detector().model_id).id
    content = (folder / "model.onnx").read_bytes()
    images = np.random.default_rng(0).random((1, 3, 96, 128), dtype=np.float32)
    ours = load_network(content, runtime, threads=1).run(images)
    exact = load_network(content, "onnxruntime", threads=1).run(images)
    for one, other in zip(ours, exact, strict=True):
        np.testing.assert_allclose(one, other, atol=0.01)


def test_many_threads_share_one_network(tmp_path: Path, runtime: Runtime) -> None:
    folder = write_model(tmp_path / "red-1", red_finder(len(LABELS)))
    detector = OnnxDetector(folder, read_card(folder), threads=1, runtime=runtime)
    alone = detector.detect(red_spot(), min_score=0.3)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: detector.detect(red_spot(), min_score=0.3), range(64)))
    assert all(np.array_equal(one.boxes, alone.boxes) for one in found)


def test_a_network_made_for_another_order_of_labels_is_refused(
    tmp_path: Path, runtime: Runtime
) -> None:
    right = [*LABELS]
    folder = write_model(tmp_path / "red-1", named(right))
    assert OnnxDetector(folder, read_card(folder), runtime=runtime).model_id == "red-1"
    swapped = write_model(tmp_path / "red-2", named(["smoke", "fire", "person"]))
    with pytest.raises(ModelUnavailable, match="other labels, or in another order"):
        OnnxDetector(swapped, read_card(swapped), runtime=runtime)


def test_a_file_that_is_no_network_is_refused(runtime: Runtime) -> None:
    with pytest.raises(Exception, match=r".+"):
        load_network(b"no network", runtime, threads=1)


def test_openvino_that_is_not_installed_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    folder = write_model(tmp_path / "red-1", red_finder(len(LABELS)))
    with pytest.raises(SettingsInvalid, match=r"wsai\[openvino\]"):
        OnnxDetector(folder, read_card(folder), runtime="openvino")


def test_the_provider_is_said(tmp_path: Path, runtime: Runtime) -> None:
    folder = write_model(tmp_path / "red-1", red_finder(len(LABELS)))
    said: Any = OnnxDetector(folder, read_card(folder), runtime=runtime).provider
    assert said == {"onnxruntime": "CPUExecutionProvider", "openvino": "OpenVINO CPU"}[runtime]
