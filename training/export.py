"""From trained weights to the files that ship: ONNX in float32 and INT8."""

from __future__ import annotations

import contextlib
import json
import logging
import random
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
import onnxslim
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import nn

from training.datasets import LABELS, Sample
from training.loop import new_network
from training.surface_head import load_head, tapped
from wsai.errors import ImageUnreadable, InvalidRequest
from wsai.perception.runtimes import LABELS_KEY

OPSET = 17
TRACE_PX = 64
FILL = 114
PRECISION_KEY = "wsai.precision"
FIRST_LAYERS = ("/model.0/", "/model.1/", "/model.2/")
ATTENTION = "/model.10/"
"""In the names of the nodes of YOLO11's one block of attention."""
GRAIN = "/surface/grain/"
CLASS_BRANCH = "/model.23/cv3"
"""In the names of the nodes of a YOLO11 head's class branch."""
MOST_ROUNDING = 2e-3
"""Of logits and bins between two runtimes in float32; they range over tens."""


class RawHead(nn.Module):
    """The network up to its raw head: class logits and box bins of all anchors, undecoded.

    Decoding stays outside: it is needed only for the few anchors that score, and a joint output
    of pixels and probabilities would share one INT8 scale and lose the probabilities.
    """

    def __init__(self, weights: Path, architecture: str) -> None:
        super().__init__()
        self.network: Any = new_network(architecture, start=weights).eval()
        self.network.fuse(verbose=False)
        # the head alone in training mode returns raw values; nothing below it has such a switch
        self.network.model[-1].training = True
        self.surface = load_head(weights, self.network)

    @property
    def outputs(self) -> list[str]:
        """Return the names of what it gives, in order."""
        return ["logits", "distances", *(["surface"] if self.surface is not None else [])]

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return logits ``(1, nc, anchors)``, distances ``(1, 64, anchors)``, maybe surfaces.

        Surfaces are logits of ``(1, 4, h / 8, w / 8)``, where the weights have that head.

        Args:
            images: Shape ``(1, 3, h, w)``, RGB, ``0..1``, sides multiples of 32.
        """
        maps, found = tapped(self.network, images)
        if self.surface is None:
            return found["scores"], found["boxes"]
        return found["scores"], found["boxes"], self.surface(maps, images)


def export_onnx(weights: Path, architecture: str, path: Path) -> None:
    """Write the float32 ONNX file, with dynamic height and width."""
    module = RawHead(weights, architecture)
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        # torch announces the end of the tracing exporter and warns about every traced shape
        warnings.simplefilter("ignore")
        raw = Path(folder) / "raw.onnx"
        torch.onnx.export(
            module,
            (torch.zeros(1, 3, TRACE_PX, TRACE_PX * 2),),
            str(raw),
            input_names=["images"],
            output_names=module.outputs,
            dynamic_axes={
                "images": {2: "height", 3: "width"},
                "logits": {2: "anchors"},
                "distances": {2: "anchors"},
                **({"surface": {2: "rows", 3: "columns"}} if module.surface is not None else {}),
            },
            opset_version=OPSET,
            dynamo=False,
            training=torch.onnx.TrainingMode.PRESERVE,  # else the head decodes
        )
        onnx.save(_described(onnxslim.slim(onnx.load(raw)), "float32"), path)
    _same_outputs(module, path)


def _described(model: onnx.ModelProto, precision: str) -> onnx.ModelProto:
    """Return the network with what it must be told from others by in its metadata."""
    labels = json.dumps([label.value for label in LABELS])
    onnx.helper.set_model_props(model, {LABELS_KEY: labels, PRECISION_KEY: precision})
    return model


def _same_outputs(module: RawHead, path: Path) -> None:
    """Compare the file with the network on noise of another size than it was traced with.

    Raises:
        InvalidRequest: They differ by more than rounding.
    """
    noise = torch.rand(1, 3, TRACE_PX * 3, TRACE_PX * 2, generator=torch.Generator().manual_seed(0))
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = module(noise)
    for name, theirs, ours in zip(
        module.outputs, expected, session.run(None, {"images": noise.numpy()}), strict=True
    ):
        gap = float(np.abs(theirs.numpy() - ours).max())
        if gap > MOST_ROUNDING:
            raise InvalidRequest(
                f"{path}: the export is another network: its {name} differ by {gap:.4f} "
                f"(allowed: {MOST_ROUNDING})"
            )


def letterboxed(path: Path, size_px: int) -> NDArray[np.float32]:
    """Return one picture as the network takes it: ``(1, 3, h, w)``, sides multiples of 32."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ImageUnreadable(f"{path}: not a picture that can be decoded")
    scale = size_px / max(picture.shape[:2])
    width, height = (max(1, round(side * scale)) for side in picture.shape[1::-1])
    picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
    down, right = -height % 32, -width % 32
    picture = cv2.copyMakeBorder(
        picture,
        down // 2,
        down - down // 2,
        right // 2,
        right - right // 2,
        cv2.BORDER_CONSTANT,
        value=(FILL,) * 3,
    )
    planes = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).transpose(2, 0, 1)
    return np.ascontiguousarray(planes, dtype=np.float32)[None] / np.float32(255)


class CalibrationPictures(CalibrationDataReader):  # type: ignore[misc]
    """Pictures of every set, the same number of each where there are enough."""

    def __init__(self, samples: list[Sample], *, each: int, size_px: int, seed: int) -> None:
        chance = random.Random(seed)
        chosen: list[Sample] = []
        for name in sorted({sample.dataset for sample in samples}):
            members = [sample for sample in samples if sample.dataset == name]
            chosen += chance.sample(members, min(each, len(members)))
        self.pictures: Iterator[NDArray[np.float32]] = (
            letterboxed(sample.path, size_px) for sample in chosen
        )

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """Return the next input, or ``None`` at the end."""
        picture = next(self.pictures, None)
        return None if picture is None else {"images": picture}


def quantize(
    float_model: Path,
    path: Path,
    samples: list[Sample],
    *,
    size_px: int,
    each: int = 128,
    seed: int = 7,
) -> None:
    """Write the INT8 file: static QDQ, all operators, weights per channel.

    The class branch stays float32: its outputs are logits whose range is set by the rare confident
    anchors, and eight bits would round all others away. The box bins bear eight bits at no loss,
    and a sixth of the time is saved.

    Args:
        float_model: The float32 ONNX file.
        path: Where to write.
        samples: Training pictures of every set to calibrate on.
        size_px: Longest side while calibrating.
        each: Pictures of each set.
        seed: Which pictures are chosen.
    """
    with _warnings_unlogged(), tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(float_model), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(path),
            CalibrationPictures(samples, each=each, size_px=size_px, seed=seed),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=_kept_in_float(onnx.load(prepared)),
            extra_options={"CalibMovingAverage": True, "QuantizeBias": True},
        )
        onnx.save(_described(onnx.load(path), "int8"), path)


@contextlib.contextmanager
def _warnings_unlogged() -> Iterator[None]:
    """Keep the quantiser's advice, which it gives to the root logger, off the terminal."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)


def _kept_in_float(model: onnx.ModelProto) -> list[str]:
    """Return the names of the nodes that stay float32.

    The whole class branch of the head: eight bits there cost rare classes two points of AP, and
    float32 no time that can be measured. The first two convolutions: they see the bare picture,
    and eight bits there cost small cones more than the parity gate allows. The block after them:
    the map of floors reads it, and its powder is grain that eight bits lose. The attention, one
    block at a 32nd of the picture's size: a softmax has no range that suits eight bits
    everywhere. Of the surface map, what sees the bare picture and the last convolution.
    """
    present = {output.name for output in model.graph.output}
    kept = (CLASS_BRANCH, ATTENTION, GRAIN, *FIRST_LAYERS)
    branch = [node.name for node in model.graph.node if any(part in node.name for part in kept)]
    last = [
        name
        for output in ("logits", "surface")
        if output in present
        for name in _behind(model, output)
    ]
    return sorted({*branch, *last})


def _behind(model: onnx.ModelProto, output: str) -> list[str]:
    """Return the names of the nodes from the last convolutions before an output to that output."""
    made_by = {name: node for node in model.graph.node for name in node.output}
    names: list[str] = []
    waiting = [output]
    while waiting:
        node = made_by.get(waiting.pop())
        if node is None or node.name in names:
            continue
        names.append(node.name)
        if node.op_type != "Conv":
            waiting += list(node.input)
    return names
