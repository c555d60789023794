"""The one training loop: ultralytics' network and loss, our sets, masks, and exact resume."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.utils.data import DataLoader
from ultralytics.cfg import get_cfg
from ultralytics.nn.tasks import DetectionModel
from ultralytics.utils.torch_utils import ModelEMA

from training.datasets import LABELS, DatasetCard, Sample
from training.masked_loss import MaskedDetectionLoss
from training.mixing import MixedPictures, PassSampler, collate, draw_shares
from training.recipe import Recipe
from training.several import ALONE, Team
from wsai.errors import InvalidRequest
from wsai.vision.labels import Label

GRADIENT_NORM_LIMIT = 10.0
COCO_PERSON = 0
COCO_CLASSES = 80
SURFACE_PREFIX = "surface."
"""Of the surface head's tensors, in a weights file that holds the detector's as well."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the loop runs on.

    Attributes:
        device: ``cpu``, ``cuda``, ``cuda:1``.
        threads: Threads of torch on a CPU.
        workers: Processes that prepare pictures; ``0`` prepares them in the loop itself.
        bfloat16: Run the network under bfloat16 autocast (the loss stays float32); as
            ``fast_bfloat16`` says when ``None``.
        team: The processes that learn together; this one alone by default.
    """

    device: str = "cpu"
    threads: int = 2
    workers: int = 1
    bfloat16: bool | None = None
    team: Team = ALONE


def fast_bfloat16(device: str = "cpu") -> bool:
    """Return whether bfloat16 is quicker here: on a CPU without AVX-512 it is many times slower."""
    if torch.device(device).type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def new_network(architecture: str, *, start: Path | None) -> Any:
    """Return a network for our labels, started from given weights.

    The network is built with COCO's 80 classes and its last class convolutions are then exchanged
    for ours. That keeps the whole class tower (ultralytics would build a narrower one for fewer
    classes and lose it) and the channel of ``person``.

    Args:
        architecture: An ultralytics model name, ``yolo11n``.
        start: A safetensors state dict, with COCO's classes or with our labels, maybe the first
            ones only; ``None`` leaves random weights.

    Returns:
        An ultralytics ``DetectionModel``; ``Any``, since its parts are set from YAML and no type
        checker can follow.

    Raises:
        InvalidRequest: The weights belong to another network.
    """
    network: Any = DetectionModel(f"{architecture}.yaml", nc=COCO_CLASSES, verbose=False)
    network.args = get_cfg()
    given = load_file(start) if start is not None else None
    if given is not None and _class_count(given) == COCO_CLASSES:
        _load(network, given, start)
        given = None
    _exchange_classes(network)
    if given is not None:
        _load(network, _widened(given, network), start)
    return network


def _widened(given: dict[str, torch.Tensor], network: Any) -> dict[str, torch.Tensor]:
    """Return weights with channels for the labels that came after them.

    Labels are only ever added at the end of the vocabulary, so what is missing are the last ones;
    they begin as a fresh network has them.
    """
    fresh = network.state_dict()
    known = _class_count(given)
    if not 0 < known < len(LABELS):
        return given
    widened = dict(given)
    for name, tensor in given.items():
        if re.search(r"\.cv3\.\d+\.2\.(weight|bias)$", name):
            widened[name] = torch.cat([tensor.float(), fresh[name][known:].float()])
    return widened


def _class_count(weights: dict[str, torch.Tensor]) -> int:
    """Return for how many classes the last class convolution was made; ``0`` if there is none."""
    found = [tensor for name, tensor in weights.items() if name.endswith("cv3.0.2.weight")]
    return len(found[0]) if found else 0


def _load(network: nn.Module, weights: dict[str, torch.Tensor], path: Path | None) -> None:
    try:
        network.load_state_dict(
            {k: v for k, v in weights.items() if not k.startswith(SURFACE_PREFIX)}
        )
    except RuntimeError as error:
        raise InvalidRequest(f"{path}: weights of another network: {error}") from error


def _exchange_classes(network: Any) -> None:
    """Replace the last class convolution of each level by one for our labels."""
    head = network.model[-1]
    person = LABELS.index(Label.PERSON)
    for level, stride in zip(head.cv3, head.stride.tolist(), strict=True):
        old = level[-1]
        new: Any = nn.Conv2d(old.in_channels, len(LABELS), 1)
        # the prior of ultralytics' bias_init: about five objects in a 640 px picture
        nn.init.constant_(new.bias, math.log(5 / len(LABELS) / (640 / stride) ** 2))
        with torch.no_grad():
            new.weight[person], new.bias[person] = old.weight[COCO_PERSON], old.bias[COCO_PERSON]
        level[-1] = new
    head.nc, head.no = len(LABELS), len(LABELS) + 4 * head.reg_max
    network.nc = len(LABELS)
    network.yaml["nc"] = len(LABELS)
    network.names = {i: label.value for i, label in enumerate(LABELS)}


def learning_rate_at(pictures: int, recipe: Recipe) -> float:
    """Return the learning rate after so many pictures: a linear rise, then half a cosine."""
    if pictures < recipe.warmup_pictures:
        return recipe.learning_rate * (pictures + 1) / recipe.warmup_pictures
    share = (pictures - recipe.warmup_pictures) / max(1, recipe.pictures - recipe.warmup_pictures)
    low = recipe.final_learning_rate_share
    return recipe.learning_rate * (low + (1 - low) * (1 + math.cos(math.pi * min(share, 1))) / 2)


def new_optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Return AdamW with weight decay on weights alone, not on biases and normalisation."""
    decayed = [p for p in network.parameters() if p.requires_grad and p.ndim > 1]
    plain = [p for p in network.parameters() if p.requires_grad and p.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": recipe.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=(0.9, 0.999))


class Run:
    """One training run in a folder: its state, how to go on, and what it leaves behind.

    The folder holds ``state.pt`` (everything to resume), ``weights.safetensors`` (the moving
    average, what is exported) and ``log.jsonl`` (a line of progress every so often).
    """

    def __init__(
        self, folder: Path, recipe: Recipe, machine: Machine, *, start: Path | None
    ) -> None:
        self.folder, self.recipe, self.machine = folder, recipe, machine
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(recipe.seed)
        self.network: Any = new_network(recipe.architecture, start=start).to(machine.device)
        self.network.to(memory_format=torch.channels_last)
        for parameter in self.network.parameters():
            parameter.requires_grad_(True)
        self.network.model[-1].dfl.conv.weight.requires_grad_(False)
        for layer in self.network.model[: recipe.frozen_layers]:
            layer.requires_grad_(False)
        self.optimizer = new_optimizer(self.network, recipe)
        self.ema = ModelEMA(self.network, decay=recipe.ema_decay, tau=recipe.ema_tau)
        self.pictures = 0
        if (folder / "state.pt").exists():
            self._resume()

    def learn(self) -> None:
        """Set every layer to learning, but those that the recipe freezes."""
        self.network.train()
        for layer in self.network.model[: self.recipe.frozen_layers]:
            layer.eval()

    def _resume(self) -> None:
        state = torch.load(
            self.folder / "state.pt", map_location=self.machine.device, weights_only=True
        )
        self.network.load_state_dict(state["network"])
        self.ema.ema.load_state_dict(state["ema"])
        self.ema.updates = state["ema_updates"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.pictures = state["pictures"]

    def save(self) -> None:
        """Write the state and the averaged weights, each replacing the old one in one step.

        Only the process that leads writes.
        """
        if not self.machine.team.leads:
            return
        state = {
            "network": self.network.state_dict(),
            "ema": self.ema.ema.state_dict(),
            "ema_updates": self.ema.updates,
            "optimizer": self.optimizer.state_dict(),
            "pictures": self.pictures,
        }
        torch.save(state, self.folder / "state.pt.part")
        (self.folder / "state.pt.part").replace(self.folder / "state.pt")
        save_weights(self.ema.ema, self.folder / "weights.safetensors")

    def step(self, batch: dict[str, torch.Tensor], loss: MaskedDetectionLoss) -> dict[str, float]:
        """Learn from one batch and return the parts of its loss."""
        device = torch.device(self.machine.device)
        batch = {name: tensor.to(device) for name, tensor in batch.items()}
        rate = learning_rate_at(self.pictures, self.recipe)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        half = self.machine.bfloat16
        half = fast_bfloat16(self.machine.device) if half is None else half
        pictures = batch["img"].float().div_(255).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=half):
            found = self.network(pictures)
        found = {
            key: [t.float() for t in value] if isinstance(value, list) else value.float()
            for key, value in found.items()
        }
        total, parts = loss(found, batch)
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(total.sum())
        self.machine.team.average_gradients(self.network.parameters())
        nn.utils.clip_grad_norm_(self.network.parameters(), GRADIENT_NORM_LIMIT)
        self.optimizer.step()
        self.ema.update(self.network)
        self.pictures += len(pictures) * self.machine.team.size
        return {name: float(value) for name, value in parts.items()}

    def batches(
        self, samples: list[Sample], cards: dict[str, DatasetCard]
    ) -> Iterator[dict[str, torch.Tensor]]:
        """Return the batches from here to the end of the recipe, mosaics first."""
        recipe, shares, team = self.recipe, draw_shares(samples, self.recipe), self.machine.team
        close_at = round(recipe.pictures * (1 - recipe.close_mosaic_share))
        close_at -= close_at % recipe.batch
        for mosaic, stop in ((recipe.mosaic, close_at), (0.0, recipe.pictures)):
            if self.pictures >= stop:
                continue
            yield from DataLoader(
                MixedPictures(samples, cards, recipe, mosaic=mosaic),
                batch_size=recipe.batch // team.size,
                sampler=PassSampler(
                    shares, seed=recipe.seed, start=self.pictures, stop=stop, team=team
                ),
                num_workers=self.machine.workers,
                collate_fn=collate,
                worker_init_fn=one_thread,
                drop_last=True,
            )


def one_thread(worker: int) -> None:
    """Keep a worker from competing with the training threads."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def save_weights(network: nn.Module, path: Path) -> None:
    """Write a state dict as safetensors: weights as float16, running statistics as float32."""
    tensors = {
        name: (
            tensor.detach().half()
            if tensor.is_floating_point() and "running" not in name
            else tensor.detach()
        ).contiguous()
        for name, tensor in network.state_dict().items()
    }
    part = path.with_suffix(".part")
    save_file(tensors, part)
    part.replace(path)


def train(
    run: Run,
    samples: list[Sample],
    cards: dict[str, DatasetCard],
    *,
    report: Callable[[dict[str, Any]], None],
    save_every_s: float = 120.0,
    report_every_pictures: int = 1600,
) -> None:
    """Train to the end of the recipe, saving and reporting on the way.

    Args:
        run: Where to start from; a folder with a state goes on from it.
        samples: All training pictures.
        cards: What each set knows.
        report: Takes one line of progress: pictures, loss parts, speed, time left in seconds.
        save_every_s: Seconds between saves.
        report_every_pictures: Pictures between two lines of progress.
    """
    torch.set_num_threads(run.machine.threads)
    run.learn()
    loss = MaskedDetectionLoss(run.network, run.recipe.evenness, one_thing=run.recipe.one_thing)
    sums: dict[str, float] = {}
    steps, began, first, saved = 0, time.monotonic(), run.pictures, time.monotonic()
    for batch in run.batches(samples, cards):
        for name, value in run.step(batch, loss).items():
            sums[name] = sums.get(name, 0.0) + value
        steps += 1
        if steps * run.recipe.batch >= report_every_pictures:
            speed = (run.pictures - first) / (time.monotonic() - began)
            line: dict[str, Any] = {"pictures": run.pictures, "of": run.recipe.pictures}
            line |= {name: round(value / steps, 4) for name, value in sums.items()}
            line |= {
                "learning_rate": learning_rate_at(run.pictures, run.recipe),
                "pictures_per_s": round(speed, 2),
                "left_s": round((run.recipe.pictures - run.pictures) / speed),
            }
            if run.machine.team.leads:
                report(line)
                with (run.folder / "log.jsonl").open("a", encoding="utf-8") as log:
                    log.write(json.dumps(line) + "\n")
            sums, steps = {}, 0
        if time.monotonic() - saved > save_every_s:
            run.save()
            saved = time.monotonic()
    run.save()
