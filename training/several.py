"""Several processes that learn as one: each its share of every batch, gradients averaged.

Started by ``torchrun --nproc-per-node N -m training.cli train …``, which tells each process its
rank. NVIDIA cards speak over NCCL, CPUs over Gloo. Normalisation statistics stay each process's
own; those of the first one are saved, as in torch's DistributedDataParallel.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import distributed, nn

from wsai.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Team:
    """Where a process stands among those that learn together.

    Attributes:
        rank: ``0`` is the one that saves and reports.
        size: How many there are; ``1`` is no team.
    """

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Return whether this is the process that saves and reports."""
        return self.rank == 0

    @property
    def alone(self) -> bool:
        """Return whether there is no other."""
        return self.size == 1

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace each gradient by the mean over the team, in one exchange."""
        if self.alone:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        distributed.all_reduce(flat)
        flat /= self.size
        place = 0
        for gradient in gradients:
            gradient.copy_(flat[place : place + gradient.numel()].view_as(gradient))
            place += gradient.numel()

    def wait(self) -> None:
        """Wait until all are here."""
        if not self.alone:
            distributed.barrier()

    def leave(self) -> None:
        """End the exchange, after the last gradient."""
        if not self.alone:
            distributed.destroy_process_group()


ALONE = Team()


def join_team(device: str, batch: int) -> tuple[Team, str]:
    """Return the team that ``torchrun`` made, and the device of this process.

    Args:
        device: As asked for: ``cpu``, ``cuda``; with a team each process takes a card of its own.
        batch: Pictures of one batch of the recipe, for the whole team.

    Raises:
        InvalidRequest: The batch cannot be shared out evenly.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        return ALONE, device
    if batch % size:
        raise InvalidRequest(
            f"a batch of {batch} pictures cannot be shared out to {size} processes; "
            "choose a number that divides it"
        )
    rank, cuda = int(os.environ["RANK"]), device.startswith("cuda")
    if cuda:
        device = f"cuda:{os.environ['LOCAL_RANK']}"
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if cuda else "gloo")
    return Team(rank, size), device
