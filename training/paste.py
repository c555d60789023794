"""Rendered things and drawn signs pasted on real photos: a set in which they are what matters.

In whole rendered scenes signs and extinguishers are small and their surroundings are never a
photo's. Here they have every size, stand before real rooms, and other red and green things stand
there as well. Each picture is decided by its seed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from wsai.errors import ImageUnreadable, InvalidRequest

LONGEST_PX = 640
LABELS = ("exit-sign", "fire-extinguisher", "fire-sign", "hydrant-box")
SIGN_CHANCE, NOTHING_CHANCE = 0.5, 0.18
DISTRACTORS = ("board", "poster", "warning", "green-board")
EXIT_WORDS = ("安全出口", "紧急出口", "疏散通道", "EXIT", "EXIT", "安全出口 EXIT", "出口")
FAR_TO_NEAR = (float(np.log(0.05)), float(np.log(0.8)))
NEARER = (float(np.log(0.6)), float(np.log(1.3)))
"""The longer side of a thing over that of the picture, as logarithms: in general, and close by."""
CLOSE_CHANCE = 0.2
"""Of pictures in which something is pasted: a rendered thing fills most of it, or more."""
LEAST_SEEN = 0.5
LEAST_ALPHA = 25
"""Of 255, from which a cut-out's pixel shows something."""
Pixels = NDArray[np.uint8]
Random = np.random.Generator
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """A thing alone.

    Attributes:
        pixels: Shape ``(h, w, 4)``, BGRA.
        label: Of ``LABELS``; empty for what is there to confuse.
        boxes: What the label is about, pixels: left, top, right, bottom.
    """

    pixels: Pixels
    label: str
    boxes: tuple[Box, ...]


def trimmed(thing: Cutout) -> tuple[Pixels, int, int] | None:
    """Return the part of a cut-out that shows something, and its left and upper edge there.

    ``None`` where nothing is to be seen.
    """
    alpha = thing.pixels[..., 3] > LEAST_ALPHA
    ys, xs = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
    if not len(ys):
        return None
    return thing.pixels[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1], int(xs[0]), int(ys[0])


def read_cutouts(folder: Path) -> list[Cutout]:
    """Return what ``render_cutouts.py`` wrote.

    Raises:
        InvalidRequest: There is none.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        row = json.loads(path.read_text(encoding="utf-8"))
        pixels = cv2.imread(str(path.with_suffix(".png")), cv2.IMREAD_UNCHANGED)
        if pixels is None or pixels.shape[-1] != 4:
            raise ImageUnreadable(f"{path.with_suffix('.png')}: no picture with alpha")
        boxes = tuple(tuple(box) for box in row["boxes"])
        found.append(Cutout(np.asarray(pixels, np.uint8), row["label"], boxes))
    if not found:
        raise InvalidRequest(f"{folder} has no cut-outs; make them with render_cutouts.py")
    return found


def _shaded(chance: Random, colour: tuple[int, int, int], by: float = 0.15) -> tuple[int, int, int]:
    red, green, blue = (np.array(colour) * chance.uniform(1 - by, 1 + by, 3)).clip(0, 255).tolist()
    return int(red), int(green), int(blue)


def exit_sign(chance: Random, font: Path, signs: Any) -> Image.Image:
    """Return a drawn exit sign: figure, arrows and words in any order on green or on white.

    As ISO 7010 E001/E002 and GB 2894 draw them, on the lamps that carry them: a lamp's plate is
    often wider than the pictogram, with a green field behind the figure only.
    """
    height = 160
    green = _shaded(chance, (0, 150, 80), 0.35)
    white = _shaded(chance, (240, 248, 244), 0.05)
    ground, ink = (green, white) if chance.random() < 0.5 else (white, green)
    parts = ["man"] if chance.random() < 0.85 else ["word"]
    if parts == ["man"] and chance.random() < 0.65:
        parts.append("word")
    for side in ("left", "right"):
        if chance.random() < 0.42:
            parts.append(side)
    order = chance.permutation(len(parts)).tolist()
    drawn = [_part(chance, parts[n], height, ground, ink, font, signs) for n in order]
    gap = int(chance.uniform(4, 40))
    wide = sum(part.width for part in drawn) + gap * (len(drawn) + 1)
    sign = Image.new("RGB", (wide, height), ground)
    x = gap
    for part in drawn:
        sign.paste(part, (x, 0))
        x += part.width + gap
    if chance.random() < 0.3:
        ImageDraw.Draw(sign).rectangle((3, 3, wide - 4, height - 4), outline=ink, width=5)
    return _housed(chance, sign)


def _part(
    chance: Random,
    what: str,
    height: int,
    ground: tuple[int, int, int],
    ink: tuple[int, int, int],
    font: Path,
    signs: Any,
) -> Image.Image:
    if what == "word":
        size = int(chance.uniform(34, 64))
        words = [str(chance.choice(EXIT_WORDS))]
        if chance.random() < 0.6:
            words.append(str(chance.choice(["EXIT", "EMERGENCY EXIT", "安全出口"])))
        letters = ImageFont.truetype(str(font), size)
        wide = int(max(letters.getlength(word) for word in words)) + 8
        part = Image.new("RGB", (wide, height), ground)
        pen = ImageDraw.Draw(part)
        for n, word in enumerate(words):
            y = height * (n + 1) / (len(words) + 1) if len(words) > 1 else height / 2
            pen.text((wide / 2, y), word, fill=ink, font=letters, anchor="mm")
        return part
    if what == "man":
        inverse = chance.random() < 0.5
        if inverse:
            ground, ink = ink, ground
        wide = int(height * chance.uniform(0.85, 1.1))
        part = Image.new("RGB", (wide, height), ground)
        pen = ImageDraw.Draw(part)
        left = bool(chance.random() < 0.5)
        door = 0.72 if not left else 0.28
        if chance.random() < 0.8:
            a, b = (door - 0.2) * wide, (door + 0.2) * wide
            pen.rectangle((a, 0.12 * height, b, height * 0.9), fill=ink)
            edge = 0.06 * wide
            pen.rectangle(
                (a + edge, 0.12 * height + edge, b - edge, height * 0.9), fill=ground
            )  # fmt: skip
        tall = height * chance.uniform(0.62, 0.8)
        signs.running_man(pen, wide / 2, height * 0.54, tall, ink, left=left)
        return part
    part = Image.new("RGB", (int(height * 0.8), height), ground)
    pen = ImageDraw.Draw(part)
    y, way = height / 2, 1 if what == "right" else -1
    middle, long = part.width / 2, 0.34 * height
    thick = height * chance.uniform(0.04, 0.08)
    pen.line((middle - way * long, y, middle + way * long * 0.7, y), fill=ink, width=int(2 * thick))
    tip = middle + way * long
    head = height * chance.uniform(0.16, 0.26)
    if chance.random() < 0.5:
        corners = [(tip, y), (tip - way * head, y - head), (tip - way * head, y + head)]
        pen.polygon(corners, fill=ink)
    else:
        for side in (-1, 1):
            pen.line((tip, y, tip - way * head, y + side * head), fill=ink, width=int(2 * thick))
    return part


def _housed(chance: Random, sign: Image.Image) -> Image.Image:
    """Return the sign in its lamp: a bar above, a frame round it, or alone."""
    bar, frame = (int(chance.uniform(12, 42)) if chance.random() < 0.5 else 0), 0
    if chance.random() < 0.4:
        frame = int(chance.uniform(3, 12))
    metal = _shaded(chance, (150, 152, 154) if chance.random() < 0.6 else (225, 225, 222), 0.2)
    wide = sign.width + 2 * max(frame, 4 if bar else 0)
    lamp = Image.new("RGB", (wide, sign.height + bar + 2 * frame), metal)
    lamp.paste(sign, ((wide - sign.width) // 2, bar + frame))
    return lamp


def warped(chance: Random, flat: Image.Image, *, lit: bool) -> Pixels:
    """Return a flat plate seen from aside, with alpha and a light of its own."""
    pixels = np.asarray(flat, np.float32)[..., ::-1]
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    turn = chance.uniform(0, 2 * np.pi)
    slope = chance.uniform(0, 0.35) * (np.cos(turn) * x + np.sin(turn) * y - 0.5)
    gain = chance.uniform(1.0, 1.35) if lit else chance.uniform(0.45, 1.0)
    pixels = (pixels * (gain * (1 + slope))[..., None]).clip(0, 255)
    around, over = chance.uniform(-1.0, 1.0), chance.uniform(-0.45, 0.45)
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float64)
    corners *= (width / 2, height / 2, 1)
    c, s = np.cos(around), np.sin(around)
    k, t = np.cos(over), np.sin(over)
    spun = corners @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]).T
    spun = spun @ np.array([[1, 0, 0], [0, k, -t], [0, t, k]]).T
    far = chance.uniform(1.6, 5.0) * width
    seen = spun[:, :2] * (far / (far + spun[:, 2]))[:, None]
    roll = chance.normal(0, 0.16)
    seen = seen @ np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    seen -= seen.min(0)
    size = np.ceil(seen.max(0)).astype(int) + 1
    flat_corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(flat_corners, seen.astype(np.float32))
    full = np.dstack([pixels, np.full((height, width), 255.0)]).astype(np.float32)
    out = cv2.warpPerspective(full, matrix, (int(size[0]), int(size[1])), flags=cv2.INTER_AREA)
    return np.asarray(out.clip(0, 255), np.uint8)


class Paster:
    """Makes pictures.

    Args:
        cutouts: Rendered things.
        photos: Real ones, without the labels.
        generator: Folder of the generator: signs are drawn by its own code.
        font: With Chinese letters.
    """

    def __init__(
        self, cutouts: list[Cutout], photos: list[Path], generator: Path, font: Path
    ) -> None:
        self._things = [c for c in cutouts if c.label]
        self._others = [c for c in cutouts if not c.label]
        self._photos, self._font = photos, font
        self._signs = _module(generator)

    def picture(self, seed: int) -> tuple[Pixels, list[tuple[str, Box]]]:
        """Return one picture and its labelled boxes in pixels."""
        chance = np.random.default_rng([seed, 5])
        path = self._photos[int(chance.integers(len(self._photos)))]
        photo = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if photo is None:
            raise ImageUnreadable(f"{path}: not a picture that can be decoded")
        scale = LONGEST_PX / max(photo.shape[:2])
        canvas = np.asarray(cv2.resize(photo, None, fx=scale, fy=scale), np.uint8)
        if chance.random() < 0.35:  # a wall, as there is behind most signs
            canvas = _wall(chance, canvas)
        taken: list[Box] = []
        rows: list[tuple[str, Box]] = []
        if chance.random() >= NOTHING_CHANCE:
            close = bool(chance.random() < CLOSE_CHANCE)
            for number in range(int(chance.integers(1, 4))):
                near = close and number == 0
                wanted = self._wanted(chance, signs=not near)
                canvas = self._put(chance, canvas, wanted, taken, rows, near=near)
        for _ in range(int(chance.integers(0, 3))):
            canvas = self._put(chance, canvas, self._confusing(chance), taken, rows)
        return photographed(chance, canvas), rows

    def _wanted(self, chance: Random, *, signs: bool) -> Cutout:
        if not signs or chance.random() >= SIGN_CHANCE:
            return self._things[int(chance.integers(len(self._things)))]
        label, flat = "exit-sign", None
        if chance.random() < 0.16:
            label = "fire-sign"
            flat = self._signs.draw(f"fire-sign-{int(chance.integers(5))}", self._font)
        else:
            flat = exit_sign(chance, self._font, self._signs)
        pixels = warped(chance, flat, lit=bool(chance.random() < 0.5))
        return Cutout(pixels, label, ((0.0, 0.0, float(pixels.shape[1]), float(pixels.shape[0])),))

    def _confusing(self, chance: Random) -> Cutout:
        if self._others and chance.random() < 0.5:
            return self._others[int(chance.integers(len(self._others)))]
        family = str(chance.choice(DISTRACTORS))
        name = f"{family}-{int(chance.integers(self._signs.SHAPES[family][0]))}"
        return Cutout(warped(chance, self._signs.draw(name, self._font), lit=False), "", ())

    def _put(
        self,
        chance: Random,
        canvas: Pixels,
        thing: Cutout,
        taken: list[Box],
        rows: list[tuple[str, Box]],
        *,
        near: bool = False,
    ) -> Pixels:
        shown = trimmed(thing)
        if shown is None:
            return canvas
        part, left, top = shown
        mirror = thing.label not in ("exit-sign", "fire-sign") and chance.random() < 0.5
        size = chance.uniform(*(NEARER if near else FAR_TO_NEAR))
        scale = float(np.exp(size)) * max(canvas.shape[:2]) / max(part.shape[:2])
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        part = np.asarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=way), np.uint8)
        height, width = part.shape[:2]
        free_x, free_y = canvas.shape[1] - width, canvas.shape[0] - height
        if not near and (free_x < 0 or free_y < 0):
            return canvas
        x, y = (
            int(chance.uniform(min(free, 0) - 0.15 * side, max(free, 0) + 0.15 * side))
            for free, side in ((free_x, width), (free_y, height))
        )
        here: Box = (x, y, x + width, y + height)
        if min(height, width) < 4 or any(meet(here, other) for other in taken):
            return canvas
        if mirror:
            part = part[:, ::-1]
        taken.append(here)
        for one in thing.boxes:
            a, b = (one[0] - left) * scale, (one[2] - left) * scale
            if mirror:
                a, b = width - b, width - a
            full = (x + a, y + (one[1] - top) * scale, x + b, y + (one[3] - top) * scale)
            box = (
                max(full[0], 0), max(full[1], 0),
                min(full[2], canvas.shape[1]), min(full[3], canvas.shape[0]),
            )  # fmt: skip
            whole = (full[2] - full[0]) * (full[3] - full[1])
            if (box[2] - box[0]) * (box[3] - box[1]) >= LEAST_SEEN * whole > 0:
                rows.append((thing.label, box))
        return blended(chance, canvas, np.asarray(part), x, y)


def meet(one: Box, other: Box) -> bool:
    """Return whether two boxes share more than an edge."""
    return (
        one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    )  # fmt: skip


def _wall(chance: Random, photo: Pixels) -> Pixels:
    """Return a bare wall over most of the photo, in a colour of its own, rough and unevenly lit."""
    height, width = photo.shape[:2]
    base = np.array([1.0, 1.0, 1.0]) * chance.uniform(60, 235) + chance.uniform(-14, 14, 3)
    rough = np.zeros((height, width), np.float32)
    for cell in (1.5, 4.0, 25.0, 160.0):
        size = (max(2, round(width / cell)), max(2, round(height / cell)))
        bumps = chance.standard_normal(size[::-1]).astype(np.float32)
        rough += cv2.resize(bumps, (width, height)) * chance.uniform(1, 8)
    wall = base + rough[..., None]
    cover = np.ones((height, width), np.float32)
    if chance.random() < 0.6:  # the rest of the room beside or below it
        edge = int(chance.uniform(0.55, 0.9) * (width if chance.random() < 0.5 else height))
        if chance.random() < 0.5:
            cover[:, edge:] = 0
        else:
            cover[edge:] = 0
    out = photo * (1 - cover[..., None]) + wall * cover[..., None]
    return np.asarray(out.clip(0, 255), np.uint8)


def blended(chance: Random, canvas: Pixels, part: Pixels, x: int, y: int) -> Pixels:
    """Return a picture with a part on it, in its light, mostly with a shadow on what is behind.

    Args:
        chance: Decides light and shadow.
        canvas: The picture, BGR; not changed.
        part: Shape ``(h, w, 4)``, BGRA.
        x: Where its left edge lies, pixels; parts may hang over the edges.
        y: Where its upper edge lies.
    """
    height, width = canvas.shape[:2]
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + part.shape[1], width), min(y + part.shape[0], height)
    if x1 <= x0 or y1 <= y0:
        return canvas
    inside = part[y0 - y : y1 - y, x0 - x : x1 - x].astype(np.float32)
    cover = cv2.GaussianBlur(inside[..., 3] / 255, (0, 0), 0.6)
    near = canvas[max(0, y0 - 30) : y1 + 30, max(0, x0 - 30) : x1 + 30]
    colour = lit_like(chance, near, inside[..., :3])
    out = canvas.astype(np.float32)
    if chance.random() < 0.7:  # its shadow on what is behind
        dark = np.zeros((height, width), np.float32)
        dark[y0:y1, x0:x1] = cover
        size = 0.08 * max(part.shape[:2])
        way = np.array([[1, 0, chance.uniform(-1, 1) * size], [0, 1, chance.uniform(0, 1) * size]])
        moved = cv2.warpAffine(dark, way, (width, height))
        soft = cv2.GaussianBlur(moved, (0, 0), max(1.0, size * 0.6))
        out *= (1 - chance.uniform(0.1, 0.5) * soft)[..., None]
    block = out[y0:y1, x0:x1]
    out[y0:y1, x0:x1] = block * (1 - cover[..., None]) + colour * cover[..., None]
    return np.asarray(out.clip(0, 255), np.uint8)


def lit_like(chance: Random, near: Pixels, colour: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return colours in about the light of what is around, more or less."""
    light = float(np.clip(near.mean() / 128, 0.25, 1.7)) ** chance.uniform(0.2, 0.8)
    tint = (near.reshape(-1, 3).mean(0) + 20) / (near.mean() + 20)
    return np.asarray((colour * light * tint ** chance.uniform(0, 0.6)).clip(0, 255), np.float32)


def photographed(chance: Random, canvas: Pixels) -> Pixels:
    """Return it as one photo: softened and with grain all over, photo and pasted alike."""
    out = canvas.astype(np.float32)
    if chance.random() < 0.6:
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), float(chance.uniform(0.4, 1.3))), np.float32)
    grain = chance.normal(0, chance.uniform(0.5, 7), out.shape)
    return np.asarray((out * chance.uniform(0.75, 1.2) + grain).clip(0, 255), np.uint8)


class MakesPictures(Protocol):
    """Makes a picture and its labelled boxes in pixels from a seed."""

    def picture(self, seed: int) -> tuple[Pixels, list[tuple[str, Box]]]:
        """Return the same for the same seed."""
        ...


def paste_set(
    paster: MakesPictures,
    count: int,
    out: Path,
    *,
    labels: Sequence[str] = LABELS,
    tell: Callable[[int], None],
) -> dict[str, int]:
    """Write a YOLO set; pictures that are there already stay.

    Args:
        paster: Makes them.
        count: How many.
        out: Gets ``images/train`` and ``labels/train``.
        labels: Its classes, in their order.
        tell: Called with how many there are.

    Returns:
        The number of boxes of each label that were written now.
    """
    for part in ("images", "labels"):
        (out / part / "train").mkdir(parents=True, exist_ok=True)
    boxes = dict.fromkeys(labels, 0)
    for seed in range(count):
        listed = out / "labels" / "train" / f"{seed:05d}.txt"
        if listed.exists():
            continue
        picture, rows = paster.picture(seed)
        height, width = picture.shape[:2]
        quality = int(np.random.default_rng([seed, 6]).integers(50, 96))
        cv2.imwrite(
            str(out / "images" / "train" / f"{seed:05d}.jpg"),
            picture,
            [cv2.IMWRITE_JPEG_QUALITY, quality],
        )
        lines = []
        for label, (left, top, right, bottom) in rows:
            boxes[label] += 1
            shares = (
                (left + right) / 2 / width, (top + bottom) / 2 / height,
                (right - left) / width, (bottom - top) / height,
            )  # fmt: skip
            lines.append(f"{labels.index(label)} " + " ".join(f"{v:.5f}" for v in shares) + "\n")
        listed.write_text("".join(lines), encoding="utf-8")
        if (seed + 1) % 100 == 0 or seed + 1 == count:
            tell(seed + 1)
    return boxes


def _module(generator: Path) -> Any:
    """Return the generator's drawing of signs; it is run by path and is no package."""
    import sys

    if str(generator) not in sys.path:
        sys.path.insert(0, str(generator))
    return import_module("signs")
