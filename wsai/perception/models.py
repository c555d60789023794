"""The registry of models on disk: ``models/<id>/`` with card, hashes and thresholds."""

from __future__ import annotations

import hashlib
import os
import re
import sysconfig
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from wsai.errors import ModelUnavailable
from wsai.vision.labels import Label
from wsai.vision.surface import Layer

CARD_NAME = "model.json"
ACTIVE_NAME = "ACTIVE"
CALIBRATION_NAME = "calibration.json"
INSTALLED = Path("share", "wsai", "models")

Precision: TypeAlias = Literal["int8", "float32"]


class ModelInput(BaseModel):
    """How a picture is laid into the model's input.

    Attributes:
        size: Longest side, pixels.
        multiple: Both sides are multiples of this.
        fill: Grey of the padding, ``0..255``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(ge=32)
    multiple: int = Field(ge=1)
    fill: int = Field(ge=0, le=255)


class ModelCard(BaseModel):
    """The machine-readable card, ``model.json``.

    Attributes:
        id: Name of the folder.
        labels: Class number to label, in order.
        runs: The file that the service runs.
        precision: Of the file that runs.
        nms_iou: Two boxes of one label that overlap by more than this are one object.
        files: File name to SHA-256.
        thresholds: Label to the score from which it counts; a label that is missing cannot be seen.
        layers: The same for the layers of its map of surfaces: from which share a cell counts; one
            that is missing is not acted on. ``None``: all, from one half.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    created: datetime
    architecture: str
    labels: tuple[Label, ...]
    input: ModelInput
    outputs: dict[str, str]
    strides: tuple[int, ...]
    runs: str
    precision: Precision
    nms_iou: float = Field(gt=0, lt=1)
    files: dict[str, str]
    thresholds: dict[Label, float]
    layers: dict[Layer, Annotated[float, Field(gt=0, lt=1)]] | None = None

    @model_validator(mode="after")
    def _labels_are_one_list(self) -> Self:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("a label stands twice in the list of labels")
        if unknown := set(self.thresholds) - set(self.labels):
            raise ValueError(f"thresholds for labels it does not have: {sorted(unknown)}")
        return self


def models_dir() -> Path:
    """Return where models are kept.

    ``WSAI_MODELS_DIR`` where it is set; else ``models/`` of the checkout that this file lies in;
    else ``share/wsai/models`` of the environment that WSAI was installed into.
    """
    named = os.environ.get("WSAI_MODELS_DIR")
    if named:
        return Path(named)
    root = Path(__file__).resolve().parents[2]
    if (root / "pyproject.toml").is_file():
        return root / "models"
    return installed_dir()


def installed_dir() -> Path:
    """Return where an installed WSAI has the models that came with it."""
    return Path(sysconfig.get_path("data")) / INSTALLED


def active_id(folder: Path) -> str:
    """Return the id of the model that is used when none is named.

    Raises:
        ModelUnavailable: None is marked.
    """
    try:
        return (folder / ACTIVE_NAME).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelUnavailable(
            f"no active model: {ACTIVE_NAME} is missing in the models folder; "
            "set WSAI_MODELS_DIR to a folder with models or name one with --model"
        ) from error


def read_card(folder: Path) -> ModelCard:
    """Return the card in a model's folder.

    Raises:
        ModelUnavailable: It is missing or does not fit the schema.
    """
    try:
        card = ModelCard.model_validate_json((folder / CARD_NAME).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ModelUnavailable(f"model {folder.name}: {CARD_NAME} cannot be read") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelUnavailable(
            f"model {folder.name}: {CARD_NAME}: {place}: {first['msg']}"
        ) from error
    if card.id != folder.name:
        raise ModelUnavailable(f"model {folder.name}: {CARD_NAME} belongs to {card.id}")
    return card


def by_number(model_id: str) -> list[tuple[int, str]]:
    """Return a key that sorts ids as people count: numbers by their worth.

    >>> sorted(["detector-0.10.0", "detector-0.9.0"], key=by_number)
    ['detector-0.9.0', 'detector-0.10.0']
    """
    parts = re.split(r"(\d+)", model_id)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def list_cards(folder: Path) -> list[ModelCard]:
    """Return the cards of all models, by id.

    Raises:
        ModelUnavailable: A card is damaged.
    """
    found = [path.parent for path in folder.glob(f"*/{CARD_NAME}")]
    return [read_card(path) for path in sorted(found, key=lambda path: by_number(path.name))]


def find_card(folder: Path, model_id: str | None) -> ModelCard:
    """Return the card of the named model, or of the active one.

    Raises:
        ModelUnavailable: There is no such model.
    """
    wanted = model_id or active_id(folder)
    if Path(wanted).name != wanted or not (folder / wanted / CARD_NAME).is_file():
        known = ", ".join(sorted(p.parent.name for p in folder.glob(f"*/{CARD_NAME}"))) or "none"
        raise ModelUnavailable(f"no model {wanted}; there are: {known}")
    return read_card(folder / wanted)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(folder: Path, card: ModelCard, names: tuple[str, ...] | None = None) -> None:
    """Check files of a model against the hashes of its card.

    Args:
        folder: The model's own folder.
        card: Its card.
        names: Which files; all of the card when ``None``.

    Raises:
        ModelUnavailable: A file is missing, unknown to the card, or not the one it names.
    """
    for name in card.files if names is None else names:
        read_verified(folder, card, name)


def read_verified(folder: Path, card: ModelCard, name: str) -> bytes:
    """Return a file of a model, after checking exactly these bytes against the card's hash.

    Raises:
        ModelUnavailable: The file is missing, unknown to the card, or not the one it names.
    """
    return verified_bytes(folder, card.id, name, card.files.get(name))


def verified_bytes(folder: Path, model_id: str, name: str, expected: str | None) -> bytes:
    """Return a file, after checking exactly these bytes against the SHA-256 that is expected.

    Raises:
        ModelUnavailable: No hash is expected, or the file is missing or another one.
    """
    if expected is None or Path(name).name != name:
        raise ModelUnavailable(f"model {model_id}: its card has no hash for {name}")
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise ModelUnavailable(f"model {model_id}: {name} is missing or cannot be read") from error
    actual = hashlib.sha256(content).hexdigest()
    if actual != expected:
        raise ModelUnavailable(
            f"model {model_id}: {name} is damaged or foreign: "
            f"SHA-256 is {actual[:12]}…, the card says {expected[:12]}…; install the model again"
        )
    return content
