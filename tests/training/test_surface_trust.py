"""Which layers of a map are acted on, and from which share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from training.card import _limits, _surfaces
from training.surface_trust import (
    LEAST_PAINTED,
    MOST_FALSE,
    Logits,
    measured,
    metadata_of,
    note,
    noted,
    spoken_of,
    trust_of,
)
from wsai.vision.surface import Layer

ROWS, COLUMNS = 30, 40
POWDER = frozenset({Layer.POWDER})


def picture(powder: float, rest: float = -6.0) -> np.ndarray:
    """Logits of a picture whose lower half is floor with a broad strip of maybe powder."""
    logits = np.full((len(Layer), ROWS, COLUMNS), rest, np.float32)
    logits[list(Layer).index(Layer.FLOOR), ROWS // 2 :] = 6
    logits[list(Layer).index(Layer.POWDER), ROWS // 2 + 4 : ROWS - 4] = powder
    return logits


def many(powder: float, shown: frozenset[Layer], count: int = 20) -> Logits:
    return [(picture(powder), shown) for _ in range(count)]


def test_the_rules_speak_of_what_counts_and_of_nothing_else() -> None:
    assert spoken_of(picture(1.0), {}) == POWDER
    assert spoken_of(picture(1.0), {Layer.POWDER: 0.9}) == frozenset()
    assert spoken_of(picture(-6.0), {}) == frozenset()


@pytest.mark.parametrize(
    ("faint", "share"),
    [(0, 0.98), (1, 0.98), (4, 0.7)],  # of 20, those that only a share up to 0.7 still finds
)
def test_the_share_is_as_high_as_costs_next_to_nothing(faint: int, share: float) -> None:
    clean = many(0.7, frozenset(), 1) + many(-6, frozenset(), 9)  # one in ten looks powdery
    painted = many(4, POWDER, 20 - faint) + many(1, POWDER, faint)
    trust = trust_of(clean, painted)[Layer.POWDER]
    assert (trust.share, trust.false, trust.trusted) == (share, 0.0, True)
    assert trust.found == (1.0 if share == 0.7 else 1 - faint / 20)


def test_a_layer_that_is_seen_everywhere_is_not_trusted() -> None:
    trust = trust_of(many(6, frozenset()), many(6, POWDER))[Layer.POWDER]
    assert trust.false > MOST_FALSE[Layer.POWDER]
    assert not trust.trusted


def test_a_layer_that_is_hardly_found_or_hardly_shown_is_not_trusted() -> None:
    clean = many(-6, frozenset())
    assert not trust_of(clean, many(-6, POWDER))[Layer.POWDER].trusted
    assert not trust_of(clean, many(4, POWDER, LEAST_PAINTED - 1))[Layer.POWDER].trusted
    assert trust_of(clean, many(4, POWDER, LEAST_PAINTED))[Layer.POWDER].trusted


def test_other_photos_are_measured_at_the_same_share() -> None:
    row = measured({Layer.POWDER: 0.9}, many(1, frozenset()), many(4, POWDER))["powder"]
    assert (row["share"], row["false"], row["found"], row["painted"]) == (0.9, 0.0, 1.0, 20)


def test_what_was_found_travels_with_the_weights(tmp_path: Path) -> None:
    weights = tmp_path / "weights.safetensors"
    save_file({"a": torch.ones(2)}, weights, metadata={"average": "[]"})
    assert noted(weights) is None
    note(weights, {"layers": {"floor": 0.5}})
    assert noted(weights) == {"layers": {"floor": 0.5}}
    assert metadata_of(weights)["average"] == "[]"


def test_the_card_says_what_is_acted_on_and_what_is_not() -> None:
    row = {"share": 0.9, "false": 0.01, "found": 0.4, "painted": 12}
    told = {
        "crops": 64, "layers": {"floor": 0.5, "powder": 0.9},
        "chosen on": {"photos": 30, "powder": row}, "tried on x": {"photos": 41, "liquid": row},
    }  # fmt: skip
    metrics = {"surface": told, "labels": {"spill": {"threshold": None}}}
    text = "\n".join([*_surfaces(metrics), *_limits(metrics)])
    assert "| chosen on (30) | powder | 0.90 | 0.010 | 0.400 of 12 | yes |" in text
    assert "| tried on x (41) | liquid | 0.90 | 0.010 | 0.400 of 12 | no |" in text
    assert "is not acted on: liquid, litter." in text
    assert "not-visible: spill." in text
    assert list(_surfaces({})) == []
