"""The detector: a picture in, objects in pixels of the original out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wsai.errors import ModelUnavailable, SettingsInvalid
from wsai.perception.calibration import Calibration, read_calibration
from wsai.perception.letterbox import Letterbox
from wsai.perception.models import (
    CALIBRATION_NAME,
    ModelCard,
    Precision,
    find_card,
    models_dir,
    read_verified,
    verify,
)
from wsai.perception.runtimes import Network, Runtime, load_network
from wsai.perception.suppression import suppress
from wsai.vision.detections import Boxes, Detections
from wsai.vision.labels import Label
from wsai.vision.picture import Picture
from wsai.vision.surface import Layer, Surface

BINS = 16
MOST_OBJECTS = 300
MOST_CANDIDATES = 3000
LOWEST_SCORE = 1e-4
QUANTISED = b"QuantizeLinear"
"""The operator's name stands in every quantised file; `onnx` itself is not installed to serve."""
GREY_SIZE_PX = (640, 480)


class OnnxDetector:
    """Runs a model of the registry on the CPU; safe to call from many threads.

    Args:
        folder: The model's own folder; its files are checked against its card's hashes.
        card: Its card.
        threads: Threads for one picture.
        file: Which of its files to run; the card's ``runs`` when ``None``.
        runtime: What computes it.

    Raises:
        ModelUnavailable: A file is damaged, foreign, or does not fit the card.
        SettingsInvalid: The runtime is not installed.

    Attributes:
        precision: What the network computes in, read from the file that runs; see
            `wsai.perception.runtimes`. The last convolutions of an INT8 network are float32.
    """

    def __init__(
        self,
        folder: Path,
        card: ModelCard,
        *,
        threads: int = 2,
        file: str | None = None,
        runtime: Runtime = "onnxruntime",
    ) -> None:
        runs = file or card.runs
        network = read_verified(folder, card, runs)
        verify(folder, card, (CALIBRATION_NAME,))
        self.card = card
        self._calibration: Calibration = read_calibration(folder / CALIBRATION_NAME)
        self.precision: Precision = "int8" if QUANTISED in network else "float32"
        try:
            self._network: Network = load_network(network, runtime, threads=threads)
        except SettingsInvalid:
            raise
        except Exception as error:  # the runtimes raise bare pybind errors without a common base
            raise ModelUnavailable(f"model {card.id}: {runs} cannot be run: {error}") from error
        self._check_shape(runs)
        if runs == card.runs and self.precision != card.precision:
            raise ModelUnavailable(
                f"model {card.id}: {runs} computes in {self.precision}, "
                f"the card says {card.precision}"
            )

    def _check_shape(self, runs: str) -> None:
        found = self._network.ports
        kind = "tensor(float)"
        expected = [
            ("images", kind, 1, 3),
            ("logits", kind, 1, len(self.card.labels)),
            ("distances", kind, 1, 4 * BINS),
        ]
        surface = ("surface", kind, 1, len(Layer))
        if found not in (expected, [*expected, surface]):
            raise ModelUnavailable(
                f"model {self.card.id}: {runs} is another kind of network: "
                f"its inputs and outputs are {found}, expected {expected}"
            )
        named = self._network.labels
        if named is not None and named != [label.value for label in self.card.labels]:
            raise ModelUnavailable(
                f"model {self.card.id}: {runs} was made for other labels, or in another order, "
                f"than its card says: {', '.join(map(str, named))}"
            )

    @property
    def model_id(self) -> str:
        """Return the id of the model."""
        return self.card.id

    @property
    def provider(self) -> str:
        """Return what computes it."""
        return self._network.provider

    @property
    def input_px(self) -> int:
        """Return the longest side that the model looks at."""
        return self.card.input.size

    @property
    def thresholds(self) -> Mapping[Label, float]:
        """Return from which score each label counts; missing labels cannot be seen."""
        return self.card.thresholds

    def probability(self, label: Label, score: float) -> float:
        """Return the calibrated probability that an object of this score is there, ``0..1``."""
        return self._calibration.probability(label, score)

    def try_once(self) -> None:
        """Look at a grey picture, so that what cannot work is found before a photo is lost to it.

        Raises:
            ModelUnavailable: It fails, or its answer cannot be that of a detector.
        """
        width, height = GREY_SIZE_PX
        grey = Picture(np.full((height, width, 3), self.card.input.fill, np.uint8), width, height)
        box, told = self._letterbox(grey), f"model {self.card.id}: a test on a grey picture"
        outputs = self._run(box, grey)
        anchors = len(_anchors(box.width, box.height, self.card.strides))
        shapes = [output.shape for output in outputs[:2]]
        expected = [(1, len(self.card.labels), anchors), (1, 4 * BINS, anchors)]
        if shapes != expected:
            raise ModelUnavailable(f"{told} gave outputs of {shapes}, expected {expected}")
        if not all(np.isfinite(output).all() for output in outputs):
            raise ModelUnavailable(f"{told} gave values that are no numbers")

    def detect(self, picture: Picture, *, min_score: float) -> Detections:
        """Return the objects with at least this score, best first, at most 300.

        Args:
            picture: Upright; its pixels may be reduced.
            min_score: ``0..1``.

        Raises:
            ModelUnavailable: The network fails on this picture.
        """
        card = self.card
        box = self._letterbox(picture)
        logits, distances, *maps = self._run(box, picture)
        boxes, scores, classes = _decode(
            logits[0],
            distances[0],
            _anchors(box.width, box.height, card.strides),
            max(min_score, LOWEST_SCORE),
        )
        kept = suppress(boxes, scores, classes, iou_limit=card.nms_iou)[:MOST_OBJECTS]
        return Detections(
            box.back(boxes[kept], picture.width, picture.height),
            scores[kept],
            tuple(card.labels[number] for number in classes[kept].tolist()),
            _surface(maps[0], box, picture, card.layers) if maps else None,
        )

    def _run(self, box: Letterbox, picture: Picture) -> list[NDArray[np.float32]]:
        """Return the network's outputs as they are."""
        images = box.fill(picture, grey=self.card.input.fill)
        try:
            return self._network.run(images)
        except Exception as error:  # the runtimes raise bare pybind errors without a common base
            size = f"{picture.width}x{picture.height}"
            raise ModelUnavailable(
                f"model {self.card.id}: it fails on a picture of {size}: {error}"
            ) from error

    def _letterbox(self, picture: Picture) -> Letterbox:
        into = self.card.input
        return Letterbox.of(
            picture.width, picture.height, size_px=into.size, multiple=into.multiple
        )


def open_detector(
    model_id: str | None = None,
    *,
    folder: Path | None = None,
    threads: int = 2,
    file: str | None = None,
    runtime: Runtime = "onnxruntime",
) -> OnnxDetector:
    """Return the detector of the named model, or of the active one.

    Raises:
        ModelUnavailable: There is no such model or its files are damaged.
        SettingsInvalid: The runtime is not installed.
    """
    place = folder or models_dir()
    card = find_card(place, model_id)
    return OnnxDetector(place / card.id, card, threads=threads, file=file, runtime=runtime)


@lru_cache(maxsize=32)
def _anchors(width: int, height: int, strides: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the anchor points of an input: shape ``(anchors, 3)``: x, y, stride, in pixels."""
    levels = []
    for stride in strides:
        rows, columns = np.mgrid[0 : height // stride, 0 : width // stride]
        points = (np.stack([columns, rows], axis=-1).reshape(-1, 2) + 0.5) * stride
        levels.append(np.hstack([points, np.full((len(points), 1), stride)]))
    return np.concatenate(levels).astype(np.float32)


def _decode(
    logits: NDArray[np.float32],
    distances: NDArray[np.float32],
    anchors: NDArray[np.float32],
    min_score: float,
) -> tuple[Boxes, NDArray[np.float32], NDArray[np.intp]]:
    """Return the boxes (in pixels of the input), scores and class numbers of all candidates.

    Only anchors that reach the score are decoded; an anchor counts once for each class that does.
    Distances are the expectation over 16 bins (distribution focal loss, Li et al. 2020).

    Args:
        logits: Shape ``(nc, anchors)``.
        distances: Shape ``(64, anchors)``: left, top, right, bottom, 16 bins each.
        anchors: Shape ``(anchors, 3)``.
        min_score: Above 0, below 1.
    """
    limit = np.float32(np.log(min_score / (1 - min_score))) if min_score < 1 else np.float32(np.inf)
    classes, places = np.nonzero(logits >= limit)
    values = logits[classes, places]
    if len(values) > MOST_CANDIDATES:
        best = np.argpartition(-values, MOST_CANDIDATES)[:MOST_CANDIDATES]
        classes, places, values = classes[best], places[best], values[best]
    used, own = np.unique(places, return_inverse=True)
    bins = distances[:, used].T.reshape(-1, 4, BINS)
    bins = np.exp(bins - bins.max(axis=2, keepdims=True))
    lengths = (bins @ np.arange(BINS, dtype=np.float32)) / bins.sum(axis=2) * anchors[used, 2:]
    points = anchors[used, :2]
    boxes = np.hstack([points - lengths[:, :2], points + lengths[:, 2:]]).astype(np.float32)
    scores = (1 / (1 + np.exp(-values))).astype(np.float32)
    return boxes[own.reshape(-1)], scores, classes


def _surface(
    logits: NDArray[np.float32],
    box: Letterbox,
    picture: Picture,
    layers: Mapping[Layer, float] | None,
) -> Surface:
    """Return the surface map without the letterbox's padding.

    Args:
        logits: Shape ``(1, 4, h, w)`` over the whole input.
        box: How the picture lies in it.
        picture: Whose map it is.
        layers: From which share each trusted layer counts, moved to one half here so that rules
            need not know it; ``None``: all are trusted from one half.
    """
    stride = box.width / logits.shape[3]
    x0, y0 = round(box.left / stride), round(box.top / stride)
    x1 = max(x0 + 1, round((box.left + box.inner_width) / stride))
    y1 = max(y0 + 1, round((box.top + box.inner_height) / stride))
    inner = logits[0, :, y0:y1, x0:x1].astype(np.float32)
    trusted = dict.fromkeys(Layer, 0.5) if layers is None else layers
    for layer, share in trusted.items():
        inner[list(Layer).index(layer)] -= np.float32(np.log(share / (1 - share)))
    return Surface(
        (1 / (1 + np.exp(-inner))).astype(np.float32),
        picture.width,
        picture.height,
        frozenset(trusted),
    )
