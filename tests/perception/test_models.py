"""The registry of models on disk refuses what is not the model its card describes."""

import json
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from wsai.errors import ModelUnavailable
from wsai.perception.models import active_id, find_card, list_cards, models_dir, sha256_of, verify
from wsai.perception.onnx_detector import open_detector


def test_the_active_model_is_used_when_none_is_named(models, add_model):
    add_model("red-2")
    assert active_id(models) == "red-1"
    assert find_card(models, None).id == "red-1"
    assert open_detector(folder=models).model_id == "red-1"
    assert open_detector("red-2", folder=models).model_id == "red-2"
    assert [card.id for card in list_cards(models)] == ["red-1", "red-2"]


def test_without_an_active_model_the_message_says_what_to_do(tmp_path):
    with pytest.raises(ModelUnavailable, match="WSAI_MODELS_DIR"):
        open_detector(folder=tmp_path)


@pytest.mark.parametrize("name", ["red-9", "../red-1", "/etc", ".", ""])
def test_an_unknown_model_is_refused_and_the_known_are_named(models, name):
    (models / "ACTIVE").write_text(name, encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="red-1"):
        find_card(models, name or None)


def test_models_are_looked_for_where_the_environment_says(models, monkeypatch):
    monkeypatch.setenv("WSAI_MODELS_DIR", str(models))
    assert models_dir() == models
    assert open_detector().model_id == "red-1"


def test_a_checkout_has_its_own_models(monkeypatch):
    monkeypatch.delenv("WSAI_MODELS_DIR", raising=False)
    assert models_dir() == Path(__file__).resolve().parents[2] / "models"


@pytest.mark.parametrize("name", ["model.onnx", "calibration.json"])
def test_one_changed_byte_is_refused(models, name):
    path = models / "red-1" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelUnavailable, match=f"{name} is damaged or foreign"):
        open_detector(folder=models)
    with pytest.raises(ModelUnavailable, match="damaged or foreign"):
        verify(models / "red-1", find_card(models, None))


@pytest.mark.parametrize("name", ["model.onnx", "calibration.json"])
def test_a_missing_file_is_named(models, name):
    (models / "red-1" / name).unlink()
    with pytest.raises(ModelUnavailable, match=f"{name} is missing"):
        open_detector(folder=models)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"labels": ["fire", "unicorn", "person"]}, "labels", id="an unknown label"),
        pytest.param({"labels": ["fire", "smoke"]}, "another kind of network", id="too few labels"),
        pytest.param({"runs": "model.int8.onnx"}, "no hash for", id="a file without a hash"),
        pytest.param({"runs": "../red-1/model.onnx"}, "no hash for", id="a file elsewhere"),
        pytest.param({"id": "other"}, "belongs to other", id="the card of another model"),
        pytest.param({"input": {"size": 1}}, "input", id="an input that cannot be"),
        pytest.param({"surprise": 1}, "surprise", id="an unknown row"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(models, add_model, changes, message):
    add_model("odd", **changes)
    with pytest.raises(ModelUnavailable, match=message):
        open_detector("odd", folder=models)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[]"])
def test_a_damaged_card_is_refused(models, content):
    (models / "red-1" / "model.json").write_bytes(content)
    with pytest.raises(ModelUnavailable, match=r"model\.json"):
        open_detector(folder=models)


def one_output() -> onnx.ModelProto:
    shape = (1, 3, "height", "width")
    graph = helper.make_graph(
        [helper.make_node("Identity", ["images"], ["output0"])],
        "other",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, shape)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_a_network_of_another_kind_is_refused(models, add_model):
    add_model("other", network=one_output())
    with pytest.raises(ModelUnavailable, match=r"another kind of network.*output0"):
        open_detector("other", folder=models)


def test_a_network_from_the_future_is_refused(models, add_model, red):
    network = red(3)
    network.opset_import[0].version = 999
    add_model("future", network=network)
    with pytest.raises(ModelUnavailable, match=r"cannot be run.*opset"):
        open_detector("future", folder=models)


def test_a_file_that_is_no_network_is_refused(models, add_model):
    folder = add_model("text")
    (folder / "model.onnx").write_bytes(b"not a network")
    card = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    card["files"]["model.onnx"] = sha256_of(folder / "model.onnx")
    (folder / "model.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="cannot be run"):
        open_detector("text", folder=models)
