"""From trained weights to a model folder that ships, with everything its card claims."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from training.calibrate import (
    BETA,
    EXCUSES,
    LEAST_F1,
    calibration_of,
    cross_fitted_error,
    operating_threshold,
)
from training.card import card_text
from training.dataset_version import content_version
from training.datasets import LABELS, DatasetCard, read_split
from training.evaluate import Looked, average_precision, look_at
from training.export import FILL, export_onnx, quantize
from training.loop import SURFACE_PREFIX
from training.matching import judge
from training.parity import compare, plain_thresholds
from training.recipe import Recipe
from training.surface_trust import noted
from wsai.errors import InvalidRequest
from wsai.perception.models import read_card, sha256_of
from wsai.perception.onnx_detector import OnnxDetector

FLOAT_NAME, INT8_NAME = "model.onnx", "model.int8.onnx"
FIRST_THRESHOLD = 0.3
"""Of every label, until the validation parts have said better."""
NMS_IOU = 0.6
"""Lower than the 0.7 of ``ultralytics``: at that a box around two extinguishers stays beside the
two boxes of each. Chosen on the validation parts, where it gains or changes next to nothing."""


def validation_part(card: DatasetCard) -> str | None:
    """Return the part of a set that no model was trained on, if it has one."""
    return "val" if "val" in card.splits or card.hold_out else None


class Release:
    """Builds ``models/<id>/`` step by step.

    Attributes:
        folder: The model's folder.
        metrics: What has been measured so far; written as ``metrics.json``.
    """

    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        cards: dict[str, DatasetCard],
        data: Path,
        *,
        size_px: int,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.recipe, self.cards, self.data = folder, recipe, cards, data
        self.size_px = size_px
        self.thresholds = {label.value: FIRST_THRESHOLD for label in LABELS}
        self.precision, self.runs = "int8", INT8_NAME
        self.created = datetime.now(UTC).isoformat(timespec="seconds")
        self.metrics: dict[str, Any] = {"id": folder.name, "size_px": size_px, "sets": {}}

    def build(self, weights: Path) -> None:
        """Write the weights and both ONNX files, with an identity calibration for a start."""
        self.draft(weights)
        samples = [
            s for n in self.recipe.sets for s in read_split(self.data, self.cards[n], "train")
        ]
        quantize(self.folder / FLOAT_NAME, self.folder / INT8_NAME, samples, size_px=self.size_px)
        self.runs, self.precision = INT8_NAME, "int8"
        self.write_card()

    def draft(self, weights: Path) -> None:
        """Write the weights and the float32 file alone: enough to compare, not to ship."""
        shutil.copyfile(weights, self.folder / "weights.safetensors")
        if (told := noted(weights)) is not None:
            self.metrics["surface"] = told
        export_onnx(weights, self.recipe.architecture, self.folder / FLOAT_NAME)
        (self.folder / "calibration.json").write_text("{}\n", encoding="utf-8")
        self.runs, self.precision = FLOAT_NAME, "float32"
        self.write_card()

    def write_card(self) -> None:
        """Write ``model.json`` with the hashes of the files as they are now."""
        names = (FLOAT_NAME, INT8_NAME, "calibration.json", "weights.safetensors")
        card = {
            "id": self.folder.name,
            "created": self.created,
            "architecture": self.recipe.architecture,
            "labels": [label.value for label in LABELS],
            "input": {"size": self.size_px, "multiple": 32, "fill": FILL},
            "outputs": {
                "logits": "(1, nc, anchors) class logits before the sigmoid",
                "distances": "(1, 64, anchors) DFL bin logits: left, top, right, bottom, 16 each",
            },
            "strides": [8, 16, 32],
            "runs": self.runs,
            "precision": self.precision,
            "nms_iou": NMS_IOU,
            "files": {
                name: sha256_of(self.folder / name)
                for name in names
                if (self.folder / name).exists()  # a draft has no INT8 file
            },
            "thresholds": self.thresholds,
        }
        if "surface" in self.metrics:
            card["layers"] = self.metrics["surface"]["layers"]
        _write_json(self.folder / "model.json", card)

    def measure(self, file: str, *, tick: Callable[[], None]) -> dict[str, list[Looked]]:
        """Return what one of the files finds on every validation part; note its precision."""
        detector = OnnxDetector(self.folder, read_card(self.folder), file=file)
        looked: dict[str, list[Looked]] = {}
        for name in self.recipe.sets:
            card, part = self.cards[name], validation_part(self.cards[name])
            if part is None:
                continue
            looked[name] = look_at(detector, read_split(self.data, card, part), tick=tick)
            result = average_precision(looked[name], card)
            self.metrics["sets"].setdefault(name, {})[file] = result
        return looked

    def choose(self, looked: dict[str, dict[str, list[Looked]]]) -> None:
        """Let INT8 run if it passes the parity gate, else float32.

        Args:
            looked: File to what it found in each set.

        Raises:
            InvalidRequest: No set of the recipe has a validation part.
        """
        if not self.metrics["sets"]:
            raise InvalidRequest(
                f"recipe {self.recipe.name}: none of its sets has a validation part, so nothing "
                "can be measured; add a set with val pictures or hold_out"
            )
        found = compare(
            looked[FLOAT_NAME], looked[INT8_NAME], self.cards, plain_thresholds({}, FIRST_THRESHOLD)
        )
        self.metrics["parity"] = found.as_json()
        if not found.holds:
            self.runs, self.precision = FLOAT_NAME, "float32"
        self.metrics["runs"] = self.runs

    def calibrate(self, looked: dict[str, list[Looked]]) -> None:
        """Fit probabilities and thresholds on the validation parts and write them."""
        table: dict[str, Any] = {}
        report: dict[str, Any] = {}
        for number, label in enumerate(LABELS):
            rows = [
                row
                for name, part in looked.items()
                if self.cards[name].known(with_presumed=False)[number]
                for row in part
            ]
            judged = judge(rows, number)
            platt = calibration_of(judged)
            before, after = cross_fitted_error(judged)
            threshold, precision, recall = operating_threshold(
                judged, beta=BETA.get(label, 1.0), highest=label in EXCUSES
            )
            f1 = 2 * precision * recall / max(precision + recall, 1e-9)
            table[label.value] = {"a": round(platt.a, 5), "b": round(platt.b, 5), "n": platt.n}
            if f1 >= LEAST_F1:
                self.thresholds[label.value] = threshold
            else:  # rules without a threshold answer not-visible, see decision 0003
                self.thresholds.pop(label.value, None)
            report[label.value] = {
                "truths": judged.truths,
                "detections": platt.n,
                "ece_before": round(before, 4),
                "ece_after": round(after, 4),
                "threshold": threshold if f1 >= LEAST_F1 else None,
                "f1": round(f1, 4),
                "precision": round(precision, 4),
                "recall": round(recall, 4),
            }
        _write_json(self.folder / "calibration.json", table)
        self.metrics["labels"] = report
        self.write_card()

    def keep_calibration(self, of: Path) -> None:
        """Take thresholds and calibration from a release of the same detector.

        Where only the map of floors is new, what was chosen on more pictures stays.

        Args:
            of: The folder of that release.

        Raises:
            InvalidRequest: Its detector is another one.
        """
        ours, theirs = (
            {
                name: tensor
                for name, tensor in load_file(folder / "weights.safetensors").items()
                if not name.startswith(SURFACE_PREFIX)
            }
            for folder in (self.folder, of)
        )
        if ours.keys() != theirs.keys() or any(
            not torch.equal(tensor, theirs[name]) for name, tensor in ours.items()
        ):
            raise InvalidRequest(f"{of}: its detector is another one; calibrate this one anew")
        shutil.copyfile(of / "calibration.json", self.folder / "calibration.json")
        self.thresholds = {label.value: score for label, score in read_card(of).thresholds.items()}
        told = json.loads((of / "metrics.json").read_text(encoding="utf-8"))
        self.metrics["labels"], self.metrics["calibration_of"] = told["labels"], of.name
        self.write_card()

    def finish(self, command: str) -> None:
        """Write ``metrics.json`` and the card for people."""
        self.metrics["command"] = command
        self.metrics["data"] = {
            name: content_version(self.data, self.cards[name]).digest for name in self.recipe.sets
        }
        _write_json(self.folder / "metrics.json", self.metrics)
        text = card_text(self.metrics, self.recipe, self.cards, read_card(self.folder))
        (self.folder / "README.md").write_text(text, encoding="utf-8")


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
