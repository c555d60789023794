"""Tiny networks with the real inputs and outputs, for detectors that run in a millisecond."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from wsai.perception.models import sha256_of

BINS = 16
STRIDES = (8, 16, 32)


def red_finder(class_count: int, *, reach: int = 1) -> onnx.ModelProto:
    """Return a network that scores each cell by how much more red than green and blue it is.

    Class 0 likes red, all others nothing. Every side of every box is ``reach`` cells away from
    the cell's centre.
    """
    colours = np.zeros((class_count, 3, 1, 1), dtype=np.float32)
    colours[0, :, 0, 0] = [20, -10, -10]
    bins = np.zeros(4 * BINS, dtype=np.float32)
    bins[reach::BINS] = 60
    constants = {
        "class_weight": colours,
        "class_bias": np.full(class_count, -10, dtype=np.float32),
        "bin_weight": np.zeros((4 * BINS, 3, 1, 1), dtype=np.float32),
        "bin_bias": bins,
        "class_shape": np.array([1, class_count, -1]),
        "bin_shape": np.array([1, 4 * BINS, -1]),
    }
    nodes = []
    for stride in STRIDES:
        cells = {"kernel_shape": [stride] * 2, "strides": [stride] * 2}
        nodes.append(helper.make_node("AveragePool", ["images"], [f"cells{stride}"], **cells))
        for kind in ("class", "bin"):
            name = f"{kind}{stride}"
            inputs = [f"cells{stride}", f"{kind}_weight", f"{kind}_bias"]
            nodes.append(helper.make_node("Conv", inputs, [f"{name}_map"]))
            nodes.append(helper.make_node("Reshape", [f"{name}_map", f"{kind}_shape"], [name]))
    for kind, output in (("class", "logits"), ("bin", "distances")):
        levels = [f"{kind}{stride}" for stride in STRIDES]
        nodes.append(helper.make_node("Concat", levels, [output], axis=2))

    def port(name: str, *shape: int | str) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    graph = helper.make_graph(
        nodes,
        "red",
        [port("images", 1, 3, "height", "width")],
        [port("logits", 1, class_count, "anchors"), port("distances", 1, 4 * BINS, "anchors")],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def write_model(folder: Path, network: onnx.ModelProto, **changes: object) -> Path:
    """Write a model folder and return it; ``changes`` replace rows of the card."""
    folder.mkdir(parents=True)
    onnx.save(network, folder / "model.onnx")
    calibration = {"fire": {"a": 2.0, "b": -1.0, "n": 50}}
    (folder / "calibration.json").write_text(json.dumps(calibration), encoding="utf-8")
    card = {
        "id": folder.name,
        "created": "2026-01-01T00:00:00+00:00",
        "architecture": "red",
        "labels": ["fire", "smoke", "person"],
        "input": {"size": 256, "multiple": 32, "fill": 114},
        "outputs": {"logits": "", "distances": ""},
        "strides": list(STRIDES),
        "runs": "model.onnx",
        "precision": "float32",
        "nms_iou": 0.7,
        "files": {name: sha256_of(folder / name) for name in ("model.onnx", "calibration.json")},
        "thresholds": {"fire": 0.4, "smoke": 0.3},
    }
    (folder / "model.json").write_text(json.dumps(card | changes), encoding="utf-8")
    return folder
