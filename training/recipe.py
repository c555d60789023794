"""A recipe: everything that decides how a released model is trained."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from wsai.errors import InvalidRequest
from wsai.vision.labels import Label


class PseudoLabels(BaseModel):
    """Whose word is taken for what a set's annotators did not look for.

    Attributes:
        teacher: Id of a model in the registry.
        there: Calibrated probability from which its boxes are taken.
        absent: Score below which a label must stay in a whole picture to count as absent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    teacher: str
    there: float = Field(gt=0.5, lt=1)
    absent: float = Field(gt=0, lt=0.5)


class Recipe(BaseModel):
    """One YAML file under ``training/recipes/``.

    Attributes:
        sets: Set name to how often each of its pictures is drawn in one pass.
        rare_labels: Label to the factor by which pictures that show it are drawn more often.
        size_px: Side of the square that training pictures are fitted into.
        pictures: Pictures seen in the whole run; the learning rate follows this.
        warmup_pictures: Pictures over which the learning rate rises.
        final_learning_rate_share: The last learning rate over the highest.
        ema_tau: Steps over which the moving average slows down.
        mosaic: Chance that a training picture is a mosaic of four of its own set.
        close_mosaic_share: The last share of the run, without mosaics.
        domain: Chance that a picture meets dust, glare, darkness or another of `domain_faults`.
        frozen_layers: The first layers of the network that stay as they are, running statistics
            included: a late stage is quicker for it, and forgets less.
        evenness: From 0, where every labelled box counts alike, to 1, where every picture does:
            sets with one box a picture learn little beside sets with twenty.
        one_thing: Whether a box says that no thing of another kind is there, also where its set
            does not label that kind (``masked_loss.other_things``).
        pseudo_labels: A teacher for the labels that a set does not know.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    architecture: str
    sets: dict[str, float]
    rare_labels: dict[Label, float] = {}
    size_px: int = Field(multiple_of=32)
    batch: int = Field(ge=1)
    pictures: int = Field(ge=1)
    warmup_pictures: int = Field(ge=0)
    learning_rate: float = Field(gt=0)
    final_learning_rate_share: float = Field(gt=0, le=1)
    weight_decay: float = Field(ge=0)
    ema_decay: float = Field(gt=0, lt=1)
    ema_tau: int = Field(ge=1)
    mosaic: float = Field(ge=0, le=1)
    close_mosaic_share: float = Field(ge=0, le=1)
    degrees: float = Field(ge=0)
    translate: float = Field(ge=0)
    scale: float = Field(ge=0, lt=1)
    domain: float = Field(default=0, ge=0, le=1)
    frozen_layers: int = Field(default=0, ge=0)
    evenness: float = Field(default=0, ge=0, le=1)
    one_thing: bool = False
    pseudo_labels: PseudoLabels | None = None
    seed: int


def read_recipe(path: Path) -> Recipe:
    """Return the recipe in a YAML file.

    Raises:
        InvalidRequest: The file is missing or does not fit the schema.
    """
    try:
        return Recipe.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InvalidRequest(f"{path}: not a recipe: {error}") from error
