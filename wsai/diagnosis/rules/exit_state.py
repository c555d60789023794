"""Exits that are held shut, and exit signs that give no light."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wsai.diagnosis.context import RuleContext, evidence_of
from wsai.diagnosis.findings import Box, Evidence, Verdict
from wsai.diagnosis.rules.exits import exits_and_doors
from wsai.diagnosis.rules.rule import SAME_THING, Rule, Suspicion
from wsai.vision.boxes import iou
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.sign_light import SignLight
from wsai.vision.zones import Purpose

BESIDE_DOOR = 0.15
"""A hasp sits on the frame: a lock belongs to a door this share of its width away."""
EXIT_OF_DOORS = 0.5
"""How probable it is that a plain door is one that people leave by."""
EXIT_OF_LOCKS = 0.4
"""The same where a lock is seen and no door round it: it may be a cupboard's."""
DARK_BRIGHTEST, DARK_GREEN = 1.3, 0.8
"""Of the light around, below both a sign counts as dark (``benchmarks/sign_light.json``)."""
DARK_IF_MEASURED = 0.5
"""Far fewer signs are dark in life than among the rendered ones that this was measured on, and a
plate that glows by itself in the dark needs no lamp."""


def look_for_locked_exits(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return chains, padlocks and U-locks, on exits first.

    Always a question: a photo does not show whether people are inside, nor what opens from there.
    """
    locks = found.only(Label.CHAIN_LOCK)
    doors = exits_and_doors(found)
    drawn = bool(context.zones_for(Purpose.EXIT_CLEARANCE))
    suspicions = []
    for row in range(len(locks)):
        lock = evidence_of(locks, row)
        if is_something_else(lock, found, context):
            continue
        held = [(door, is_exit) for door, is_exit in doors if hangs_on(lock.box, door.box)]
        best = max(held, key=lambda one: (one[1], context.chance(one[0])), default=None)
        suspicions.append(_locked(lock, best, drawn, context))
    return suspicions


def _locked(
    lock: Evidence, held: tuple[Evidence, bool] | None, drawn: bool, context: RuleContext
) -> Suspicion:
    chance = context.chance(lock)
    if held is None and not drawn:
        return Suspicion(
            Verdict.ASK_A_PERSON, EXIT_OF_LOCKS * chance, (lock,), "lock-seen",
            "看到链锁，门未拍全", "A lock is seen; what it holds shut is not all in view",
        )  # fmt: skip
    objects = (lock,) if held is None else (lock, held[0])
    if drawn or (held is not None and held[1]):
        return Suspicion(
            Verdict.ASK_A_PERSON, chance, objects, "lock-on-exit",
            "安全出口上有链锁", "A chain or padlock is on the exit",
        )  # fmt: skip
    return Suspicion(
        Verdict.ASK_A_PERSON, EXIT_OF_DOORS * chance, objects, "lock-on-door",
        "门上有链锁", "A chain or padlock is on a door",
    )  # fmt: skip


def is_something_else(lock: Evidence, found: Detections, context: RuleContext) -> bool:
    """Return whether what is taken for a lock is more probably another thing.

    Chains and slats look alike: a stack of pallets is seen as goods, and faintly as a lock, too.
    """
    others = found.only(*(set(Label) - {Label.CHAIN_LOCK, Label.EXIT_DOOR, Label.DOOR}))
    if not len(others):
        return False
    same = iou(np.array([lock.box], dtype=np.float32), others.boxes)[0] > SAME_THING
    return any(
        context.chance(evidence_of(others, int(row))) > context.chance(lock)
        for row in np.flatnonzero(same)
    )


def hangs_on(lock: Box, door: Box) -> bool:
    """Return whether a lock's middle lies on a door or its frame.

    >>> hangs_on((95, 100, 110, 120), (0, 0, 100, 210))
    True
    >>> hangs_on((130, 100, 150, 120), (0, 0, 100, 210))
    False
    """
    x, y = (lock[0] + lock[2]) / 2, (lock[1] + lock[3]) / 2
    beside = BESIDE_DOOR * (door[2] - door[0])
    return door[0] - beside <= x <= door[2] + beside and door[1] <= y <= door[3]


def look_for_dark_signs(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return exit signs that shine no brighter than what is around them."""
    signs = found.only(Label.EXIT_SIGN)
    suspicions = []
    for row in range(len(signs)):
        sign = evidence_of(signs, row)
        light = context.light(sign.box) if context.light is not None else None
        if light is not None and is_dark(light):
            suspicions.append(
                Suspicion(
                    Verdict.ASK_A_PERSON,
                    DARK_IF_MEASURED * context.chance(sign),
                    (sign,),
                    "sign-without-light",
                    "安全出口标志不比周围墙面亮，可能未点亮",
                    "The exit sign is no brighter than what is around it; it may be off",
                )
            )
    return suspicions


def is_dark(light: SignLight) -> bool:
    """Return whether an exit sign gives no light of its own, as far as a photo shows.

    Exit signs are green, signs of fire gear red (GB 2894, ISO 7010): a red one is no exit sign that
    is off.

    >>> is_dark(SignLight(1.1, 0.5)), is_dark(SignLight(3.0, 0.5)), is_dark(SignLight(1.1, 1.2))
    (True, False, False)
    >>> is_dark(SignLight(1.1, None, red=True))
    False
    """
    no_green = light.green is None or light.green < DARK_GREEN
    return light.brightest < DARK_BRIGHTEST and no_green and not light.red


RULES: tuple[Rule, ...] = (
    Rule(
        "exits/locked@2",
        "exit-locked",
        (Label.CHAIN_LOCK,),
        look_for_locked_exits,
        "有人作业时，这扇门能否从里面不用钥匙直接打开？",
        "While people are inside, does this door open from within without a key?",
        often_misses=True,
    ),
    Rule(
        "exits/sign-dark@2",
        "exit-sign-unlit",
        (Label.EXIT_SIGN,),
        look_for_dark_signs,
        "这是灯光标志吗？现在亮着吗？",
        "Is this sign one with a lamp, and is it lit now?",
        often_misses=True,
    ),
)
