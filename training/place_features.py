"""Cutting the first layers out of a detector: features for comparing a place with its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.utils import Extractor

LAYERS = ("model.2", "model.4", "model.6")
"""Of YOLO11: outputs of the three C3k2 blocks at strides 4, 8 and 16."""

OUTPUTS = ("fine", "middle", "coarse")
LEAST_SPREAD = 0.05


def cut_features(network: Path, pictures: Sequence[NDArray[np.uint8]]) -> onnx.ModelProto:
    """Return a network from a picture to features of mean 0 and spread 1, channels last.

    Args:
        network: A detector's float32 ONNX file.
        pictures: Shape ``(h, w, 3)`` BGR each, sides multiples of 32; mean and spread are theirs.
    """
    whole = onnx.load(network)
    names = [
        next(
            node.output[0]
            for node in whole.graph.node
            if node.output[0].endswith(f"{layer}/cv2/act/Mul_output_0")
        )
        for layer in LAYERS
    ]
    cut = Extractor(whole).extract_model(["images"], names)
    session = onnxruntime.InferenceSession(
        cut.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    sums = [[0.0, 0.0, 0] for _ in names]
    for picture in pictures:
        for row, found in zip(sums, session.run(None, {"images": as_input(picture)}), strict=True):
            row[0] = row[0] + found.sum(axis=(0, 2, 3), dtype=np.float64)
            row[1] = row[1] + (found.astype(np.float64) ** 2).sum(axis=(0, 2, 3))
            row[2] += found.shape[2] * found.shape[3]
    graph = cut.graph
    del graph.output[:]
    del graph.value_info[:]
    for name, output, (total, squares, count) in zip(names, OUTPUTS, sums, strict=True):
        mean = np.asarray(total / count)
        spread = np.sqrt(np.maximum(squares / count - mean**2, LEAST_SPREAD**2))
        constants = {"mean": mean, "scale": 1 / spread}
        for kind, value in constants.items():
            rows = value.astype(np.float32).reshape(1, -1, 1, 1)
            graph.initializer.append(numpy_helper.from_array(rows, f"{output}.{kind}"))
        graph.node.append(helper.make_node("Sub", [name, f"{output}.mean"], [f"{output}.0"]))
        graph.node.append(
            helper.make_node("Mul", [f"{output}.0", f"{output}.scale"], [f"{output}.1"])
        )
        graph.node.append(
            helper.make_node("Transpose", [f"{output}.1"], [output], perm=[0, 2, 3, 1])
        )
        sides: list[str | int | None] = [1, f"{output}-rows", f"{output}-columns", len(mean)]
        graph.output.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, sides))
    onnx.checker.check_model(cut)
    return cut


def as_input(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a picture as the networks take it: ``(1, 3, h, w)``, RGB, ``0..1``."""
    blob = cv2.dnn.blobFromImage(pixels, 1 / 255, swapRB=True)
    return np.asarray(blob, dtype=np.float32)
