"""The networks that places are compared with, and pictures of a place made ready for them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wsai.diagnosis.baseline import MOST_PICTURES, Baseline, people_of
from wsai.diagnosis.diagnose import Detector, above_thresholds
from wsai.diagnosis.place_views import Framed, View
from wsai.errors import ImageRejected, InvalidRequest, ModelUnavailable
from wsai.perception.models import installed_dir, models_dir, verified_bytes
from wsai.perception.runtimes import session_options
from wsai.vision.change_maps import MAPS, Features
from wsai.vision.images import decode
from wsai.vision.overlay import FRAME_PX
from wsai.vision.picture import Picture, Pixels

PLACE_ID = "wsai-place-0.1.0"
CARD_NAME = "place.json"
FEATURES_NAME, JUDGE_NAME = "features.onnx", "judge.onnx"
PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".bmp", ".tif", ".tiff", ".gif"}
)


class PlaceCard(BaseModel):
    """The machine-readable card of the networks, ``place.json``.

    Attributes:
        id: Name of the folder.
        cut_from: The detector whose first layers give the features.
        maps: What the judge looks at, in order.
        sure_from: The score from which a region is one.
        slope: Of the logistic curve that turns a region's score into a probability.
        middle: The score that means even odds.
        files: File name to SHA-256.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    cut_from: str
    maps: tuple[str, ...]
    sure_from: float = Field(gt=0, lt=1)
    slope: float = Field(gt=0)
    middle: float
    files: dict[str, str]


class PlaceNetworks:
    """Patch features and the judge of maps; safe to call from many threads.

    Args:
        folder: Where the card and both networks lie.
        threads: Threads for one picture.

    Raises:
        ModelUnavailable: A file is missing, damaged, or made for other maps.
    """

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        self.card = _read_card(folder)
        self._features, self._judge = (
            _session(folder, name, self.card, threads) for name in (FEATURES_NAME, JUDGE_NAME)
        )

    @property
    def model_id(self) -> str:
        """Return the id of the networks."""
        return self.card.id

    @property
    def sure_from(self) -> float:
        """Return the score from which a region is one."""
        return self.card.sure_from

    def probability(self, score: float) -> float:
        """Return how likely a region of this score has changed, ``0..1``."""
        return 1 / (1 + math.exp(-self.card.slope * (score - self.card.middle)))

    def features(self, pixels: Pixels) -> Features:
        """Return patch features at strides 4, 8 and 16, channels last, each of spread 1.

        Args:
            pixels: Sides are multiples of 32.
        """
        images = cv2.dnn.blobFromImage(pixels, 1 / 255, swapRB=True)
        return [found[0] for found in self._features.run(None, {"images": images})]

    def judge(self, maps: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the chances of each cell, shape ``(4, rows, columns)``."""
        chances: NDArray[np.float32] = self._judge.run(None, {"maps": maps[None]})[0][0]
        return chances


def _read_card(folder: Path) -> PlaceCard:
    try:
        card = PlaceCard.model_validate_json((folder / CARD_NAME).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ModelUnavailable(f"model {folder.name}: {CARD_NAME} cannot be read") from error
    except ValidationError as error:
        raise ModelUnavailable(
            f"model {folder.name}: {CARD_NAME}: {error.errors()[0]['msg']}"
        ) from error
    if card.maps != MAPS:
        raise ModelUnavailable(f"model {folder.name}: it was made for other maps")
    return card


def _session(
    folder: Path, name: str, card: PlaceCard, threads: int
) -> onnxruntime.InferenceSession:
    content = verified_bytes(folder, card.id, name, card.files.get(name))
    try:
        return onnxruntime.InferenceSession(
            content, session_options(threads), providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime raises bare pybind errors without a common base
        raise ModelUnavailable(f"model {card.id}: {name} cannot be run: {error}") from error


def place_folder() -> Path:
    """Return where the networks lie: in the models folder, else where WSAI was installed.

    A site may keep detectors of its own in a folder of its own; these two come with WSAI and
    change with it only.
    """
    own = models_dir() / PLACE_ID
    shipped = Path(__file__).resolve().parents[2] / "models" / PLACE_ID
    places = [own, shipped, installed_dir() / PLACE_ID]
    return next((place for place in places if (place / CARD_NAME).is_file()), own)


def open_place(*, threads: int = 2) -> PlaceNetworks:
    """Return the networks that come with WSAI.

    Raises:
        ModelUnavailable: They are missing or damaged.
    """
    return PlaceNetworks(place_folder(), threads=threads)


def ready_baseline(
    pictures: Iterable[tuple[str, Picture]], *, networks: PlaceNetworks, detector: Detector
) -> Baseline:
    """Return a baseline with everything made that can be made once.

    Args:
        pictures: Name and picture of each, one to five.
        networks: What compares.
        detector: Finds the people in them, who are no part of the place.
    """
    views = []
    for name, picture in pictures:
        frame = Framed(picture)
        found = detector.detect(picture, min_score=min(detector.thresholds.values(), default=1.0))
        people = people_of(above_thresholds(found, detector.thresholds), frame)
        views.append(View(name, frame, networks.features(frame.pixels), people))
    return Baseline(tuple(views), networks)


def baseline_in(folder: Path, detector: Detector, *, threads: int = 2) -> Baseline:
    """Return the baseline whose pictures lie in a folder, or are one file.

    Raises:
        InvalidRequest: There is no picture, more than five, or one that cannot be read.
        ModelUnavailable: The networks are missing or damaged.
    """
    try:
        files = [folder] if folder.is_file() else sorted(folder.iterdir())
    except OSError as error:
        raise InvalidRequest(f"baseline {folder}: it cannot be read: {error.strerror}") from error
    files = [file for file in files if file.suffix.lower() in PICTURE_SUFFIXES and file.is_file()]
    if not files:
        raise InvalidRequest(
            f"baseline {folder}: it holds no pictures of how the place should look"
        )
    if len(files) > MOST_PICTURES:
        raise InvalidRequest(
            f"baseline {folder}: it holds {len(files)} pictures; keep the best one to "
            f"{MOST_PICTURES} of how the place should look"
        )
    pictures = [(file.name, _read_picture(file)) for file in files]
    return ready_baseline(pictures, networks=open_place(threads=threads), detector=detector)


def _read_picture(file: Path) -> Picture:
    try:
        return decode(file.read_bytes(), at_least_px=FRAME_PX)
    except OSError as error:
        raise InvalidRequest(f"baseline {file}: it cannot be read: {error.strerror}") from error
    except ImageRejected as error:
        raise InvalidRequest(f"baseline {file}: {error}") from error
