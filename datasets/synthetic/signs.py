"""Pictures of signs, boards and labels, drawn here: flat colours as the standards draw them.

Exit signs follow ISO 7010 E001/E002 and GB 2894: a white running figure and door on green. Needs
Pillow; a font with Chinese letters is given by path.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

SHAPES: dict[str, tuple[int, float]] = {
    "exit-man": (8, 2.0),
    "exit-text": (8, 2.2),
    "fire-sign": (5, 1.0),
    "hydrant": (4, 0.8),
    "board": (8, 1.4),
    "poster": (8, 0.72),
    "warning": (6, 0.8),
    "green-board": (4, 1.8),
    "bottle": (4, 1.6),
    "print": (28, 1.5),
}
"""Family -> how many variants there are, and width over height."""

GREEN, RED = (0, 122, 62), (190, 20, 24)


def names() -> list[str]:
    """Return the names of all pictures.

    >>> names()[0]
    'exit-man-0'
    """
    return [f"{family}-{n}" for family, (count, _) in SHAPES.items() for n in range(count)]


def aspect(name: str) -> float:
    """Return width over height of a picture."""
    return SHAPES[name.rsplit("-", 1)[0]][1]


def draw(name: str, font: Path) -> Image.Image:
    """Return one picture, 256 pixels high at most 560 wide."""
    from PIL import Image, ImageDraw  # where scenes are only rendered, Pillow is not needed

    family, number = name.rsplit("-", 1)
    chance = np.random.default_rng([int(number), len(family), ord(family[0]), ord(family[-1])])
    height = 256
    picture = Image.new("RGB", (round(height * aspect(name)), height), (235, 235, 230))
    _DRAW[family](picture, ImageDraw.Draw(picture), int(number), chance, font)
    return picture


def _shade(
    colour: tuple[int, int, int], chance: np.random.Generator, by: float = 0.15
) -> tuple[int, int, int]:
    factors = chance.uniform(1 - by, 1 + by, 3)
    red, green, blue = (int(min(max(c * f, 0), 255)) for c, f in zip(colour, factors, strict=True))
    return red, green, blue


def _write(
    pen: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size: int,
    colour: tuple[int, int, int],
    font: Path,
) -> None:
    from PIL import ImageFont

    pen.text(at, text, fill=colour, font=ImageFont.truetype(str(font), size), anchor="mm")


def _limb(
    pen: ImageDraw.ImageDraw,
    points: list[tuple[float, float]],
    width: float,
    colour: tuple[int, int, int],
) -> None:
    pen.line(points, fill=colour, width=round(width), joint="curve")
    for x, y in (points[0], points[-1]):
        pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=colour)


def running_man(
    pen: ImageDraw.ImageDraw,
    x: float,
    y: float,
    size: float,
    colour: tuple[int, int, int],
    *,
    left: bool,
) -> None:
    """Draw the running figure with its middle at a point; ``size`` is its height in pixels."""

    def at(u: float, v: float) -> tuple[float, float]:
        return x + (-u if left else u) * size, y + v * size

    thick = 0.115 * size
    head = at(0.13, -0.40)
    pen.ellipse(
        (
            head[0] - 0.085 * size,
            head[1] - 0.085 * size,
            head[0] + 0.085 * size,
            head[1] + 0.085 * size,
        ),
        fill=colour,
    )
    _limb(pen, [at(0.07, -0.26), at(-0.06, 0.05)], thick * 1.25, colour)
    _limb(pen, [at(0.07, -0.25), at(0.24, -0.10), at(0.36, -0.20)], thick * 0.75, colour)
    _limb(pen, [at(0.05, -0.26), at(-0.16, -0.22), at(-0.26, -0.04)], thick * 0.75, colour)
    _limb(pen, [at(-0.05, 0.06), at(0.15, 0.17), at(0.12, 0.44)], thick, colour)
    _limb(pen, [at(-0.07, 0.06), at(-0.17, 0.28), at(-0.42, 0.32)], thick, colour)


def _arrow(
    pen: ImageDraw.ImageDraw,
    x: float,
    y: float,
    size: float,
    colour: tuple[int, int, int],
    angle: float,
) -> None:
    shape = [
        (0.5, 0),
        (0.05, -0.4),
        (0.05, -0.16),
        (-0.5, -0.16),
        (-0.5, 0.16),
        (0.05, 0.16),
        (0.05, 0.4),
    ]
    c, s = math.cos(angle), math.sin(angle)
    pen.polygon(
        [(x + size * (u * c - v * s), y + size * (u * s + v * c)) for u, v in shape], fill=colour
    )


def _exit_man(
    picture: Image.Image,
    pen: ImageDraw.ImageDraw,
    number: int,
    chance: np.random.Generator,
    font: Path,
) -> None:
    width, height = picture.size
    ground, ink = _shade(GREEN, chance), (245, 250, 245)
    if number % 4 == 3:  # the other way round: green on a lit white panel
        ground, ink = (238, 246, 238), ground
    pen.rectangle((0, 0, width, height), fill=ground)
    left = bool(number % 2)
    if number < 5:
        figure, door = (0.33, 0.62) if not left else (0.67, 0.38)
        door_x = door * width
        pen.rectangle(
            (door_x - 0.13 * width, 0.14 * height, door_x + 0.13 * width, 0.88 * height), fill=ink
        )
        pen.rectangle(
            (door_x - 0.085 * width, 0.22 * height, door_x + 0.085 * width, 0.88 * height),
            fill=ground,
        )
        running_man(
            pen,
            (figure + (0.12 if not left else -0.12)) * width,
            0.52 * height,
            0.72 * height,
            ink,
            left=left,
        )
        _arrow(
            pen,
            (0.88 if not left else 0.12) * width,
            0.5 * height,
            0.34 * height,
            ink,
            math.pi if left else 0,
        )
    else:
        running_man(pen, 0.25 * width, 0.5 * height, 0.7 * height, ink, left=left)
        _write(pen, (0.68 * width, 0.36 * height), "安全出口", 62, ink, font)
        _write(pen, (0.68 * width, 0.72 * height), "EXIT", 58, ink, font)
    if number % 3 == 0:
        pen.rectangle((3, 3, width - 4, height - 4), outline=ink, width=6)


def _exit_text(
    picture: Image.Image,
    pen: ImageDraw.ImageDraw,
    number: int,
    chance: np.random.Generator,
    font: Path,
) -> None:
    width, height = picture.size
    ground, ink = _shade(GREEN, chance), (244, 250, 244)
    if number in (2, 6):
        ground, ink = (240, 244, 238), ground if number == 2 else RED
    pen.rectangle((0, 0, width, height), fill=ground)
    if number % 4 == 0:
        _write(pen, (width / 2, 0.36 * height), "安全出口", 104, ink, font)
        _write(pen, (width / 2, 0.76 * height), "EXIT", 76, ink, font)
    elif number % 4 == 1:
        _write(pen, (width / 2, 0.5 * height), "安全出口", 124, ink, font)
    elif number % 4 == 2:
        _write(pen, (width / 2, 0.5 * height), "EXIT", 190, ink, font)
    else:
        _write(pen, (0.42 * width, 0.36 * height), "紧急出口", 92, ink, font)
        _write(pen, (0.42 * width, 0.76 * height), "EMERGENCY EXIT", 40, ink, font)
        _arrow(pen, 0.88 * width, 0.5 * height, 0.3 * height, ink, 0)


def _fire_sign(
    picture: Image.Image,
    pen: ImageDraw.ImageDraw,
    number: int,
    chance: np.random.Generator,
    font: Path,
) -> None:
    width, height = picture.size
    pen.rectangle((0, 0, width, height), fill=_shade(RED, chance))
    ink = (248, 246, 244)
    pen.rectangle((8, 8, width - 9, height - 9), outline=ink, width=5)
    if number < 3:  # ISO 7010 F001: a cylinder with handle and hose beside a flame
        pen.rounded_rectangle(
            (0.22 * width, 0.38 * height, 0.46 * width, 0.85 * height), 18, fill=ink
        )
        pen.rectangle((0.30 * width, 0.26 * height, 0.38 * width, 0.4 * height), fill=ink)
        pen.polygon(
            [
                (0.2 * width, 0.2 * height),
                (0.52 * width, 0.16 * height),
                (0.5 * width, 0.26 * height),
                (0.22 * width, 0.28 * height),
            ],
            fill=ink,
        )
        pen.arc(
            (0.10 * width, 0.26 * height, 0.34 * width, 0.8 * height), 120, 280, fill=ink, width=10
        )
        pen.polygon(
            [
                (0.72 * width, 0.25 * height),
                (0.86 * width, 0.6 * height),
                (0.72 * width, 0.85 * height),
                (0.58 * width, 0.6 * height),
            ],
            fill=ink,
        )
    else:
        _write(pen, (width / 2, 0.38 * height), "灭火器", 74, ink, font)
        _write(pen, (width / 2, 0.7 * height), "FIRE", 54, ink, font)


def _hydrant(
    picture: Image.Image,
    pen: ImageDraw.ImageDraw,
    number: int,
    chance: np.random.Generator,
    font: Path,
) -> None:
    width, height = picture.size
    red = _shade(RED, chance)
    pen.rectangle((0, 0, width, height), fill=red if number % 2 == 0 else (225, 225, 222))
    ink = (246, 246, 244) if number % 2 == 0 else red
    _write(pen, (width / 2, 0.3 * height), "消火栓", 58, ink, font)
    _write(pen, (width / 2, 0.52 * height), "FIRE HYDRANT", 24, ink, font)
    _write(pen, (width / 2, 0.68 * height), "火警 119", 32, ink, font)
    pen.rectangle((4, 4, width - 5, height - 5), outline=(110, 110, 110), width=4)


def _lines(
    pen: ImageDraw.ImageDraw,
    box: tuple[float, float, float, float],
    count: int,
    colour: tuple[int, int, int],
    chance: np.random.Generator,
) -> None:
    left, top, right, bottom = box
    for n in range(count):
        y = top + (bottom - top) * (n + 0.5) / count
        end = left + (right - left) * float(chance.uniform(0.4, 1))
        pen.line((left, y, end, y), fill=colour, width=5)


def _board(
    picture: Image.Image,
    pen: ImageDraw.ImageDraw,
    number: int,
    chance: np.random.Generator,
    font: Path,
) -> None:
    width, height = picture.size
    head = ((20, 70, 150), (170, 30, 30), (20, 110, 90), (60, 60, 64))[number % 4]
    pen.rectangle((0, 0, width, 0.22 * height), fill=_shade(head, chance))
    title = (
        "安全操作规程",
        "车间管理制度",
        "设备点检表",
        "生产看板",
        "职业危害告知",
        "消防安全制度",
        "6S 管理",
        "岗位职责",
    )[number]
    _write(pen, (width / 2, 0.11 * height), title, 40, (245, 245, 245), font)
    for column in range(1 + number % 3):
        columns = 1 + number % 3
        left = width * (0.05 + column * 0.92 / columns)
        _lines(
            pen,
            (left, 0.28 * height, left + width * 0.8 / columns, 0.95 * height),
            9,
            (70, 70, 76),
            chance,
        )


def _poster(
    picture: Image.Image,
    pen: ImageDraw.ImageDraw,
    number: int,
    chance: np.random.Generator,
    font: Path,
) -> None:
    width, height = picture.size
    pen.rectangle(
        (0, 0, width, height),
        fill=_shade(
            ((200, 210, 225), (235, 225, 190), (205, 225, 205), (228, 205, 205))[number % 4], chance
        ),
    )
    for _ in range(6):
        x, y = chance.uniform(0.1, 0.9) * width, chance.uniform(0.25, 0.75) * height
        r = float(chance.uniform(0.05, 0.22)) * width
        colour = _shade(
            ((200, 40, 40), (40, 90, 160), (40, 140, 70), (230, 170, 30))[int(chance.integers(4))],
            chance,
            0.3,
        )
        pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)
    _write(
        pen,
        (width / 2, 0.12 * height),
        ("安全第一", "质量为本", "注意防火", "节约用电")[number % 4],
        36,
        (40, 40, 40),
        font,
    )
    _lines(pen, (0.1 * width, 0.8 * height, 0.9 * width, 0.97 * height), 3, (60, 60, 60), chance)


def _warning(
    picture: Image.Image,
    pen: ImageDraw.ImageDraw,
    number: int,
    chance: np.random.Generator,
    font: Path,
) -> None:
    width, height = picture.size
    if number < 3:
        pen.polygon(
            [
                (width / 2, 0.08 * height),
                (0.95 * width, 0.68 * height),
                (0.05 * width, 0.68 * height),
            ],
            fill=(248, 200, 20),
            outline=(10, 10, 10),
        )
        _write(pen, (width / 2, 0.48 * height), "!", 96, (10, 10, 10), font)
    elif number < 5:
        r = 0.36 * width
        pen.ellipse(
            (width / 2 - r, 0.36 * height - r, width / 2 + r, 0.36 * height + r),
            outline=(200, 20, 24),
            width=18,
        )
        pen.line(
            (
                width / 2 - r * 0.7,
                0.36 * height - r * 0.7,
                width / 2 + r * 0.7,
                0.36 * height + r * 0.7,
            ),
            fill=(200, 20, 24),
            width=18,
        )
    else:
        r = 0.38 * width
        pen.ellipse(
            (width / 2 - r, 0.36 * height - r, width / 2 + r, 0.36 * height + r), fill=(10, 80, 160)
        )
    _write(
        pen,
        (width / 2, 0.85 * height),
        ("当心机械伤人", "当心触电", "注意安全", "禁止烟火", "禁止入内", "必须戴安全帽")[number],
        30,
        (20, 20, 20),
        font,
    )


def _green_board(
    picture: Image.Image,
    pen: ImageDraw.ImageDraw,
    number: int,
    chance: np.random.Generator,
    font: Path,
) -> None:
    width, height = picture.size
    pen.rectangle((0, 0, width, height), fill=_shade((20, 120, 70), chance, 0.25))
    text = ("节能环保", "合格品区", "休息区", "配电室")[number]
    _write(pen, (width / 2, height / 2), text, 90, (240, 245, 240), font)


def _bottle(
    picture: Image.Image,
    pen: ImageDraw.ImageDraw,
    number: int,
    chance: np.random.Generator,
    font: Path,
) -> None:
    width, height = picture.size
    pen.rectangle((0, 0, width, height), fill=_shade((228, 226, 220), chance, 0.06))
    pen.rectangle((0, 0, width, 0.25 * height), fill=_shade(RED, chance))
    _write(pen, (width / 2, 0.12 * height), "干粉灭火器", 40, (245, 245, 245), font)
    for n in range(3):
        x = width * (0.2 + 0.3 * n)
        pen.rectangle((x - 36, 0.36 * height, x + 36, 0.66 * height), outline=(30, 30, 30), width=4)
    _lines(pen, (0.1 * width, 0.72 * height, 0.9 * width, 0.96 * height), 4, (60, 60, 60), chance)


def _print(
    picture: Image.Image,
    pen: ImageDraw.ImageDraw,
    number: int,
    chance: np.random.Generator,
    font: Path,
) -> None:
    """Draw what makers print on a cylinder: dense lettering, classes, pictograms, on any ground."""
    width, height = picture.size
    grounds = (RED, (232, 230, 224), RED, (240, 205, 30), RED, (30, 70, 140), (24, 24, 26))
    ground = _shade(grounds[number % len(grounds)], chance)
    light = sum(ground) > 420
    ink = (30, 30, 34) if light else (244, 242, 238)
    pen.rectangle((0, 0, width, height), fill=ground)
    y = 0.0
    if chance.random() < 0.6:  # a band with the kind of what is inside
        deep = float(chance.uniform(0.1, 0.22)) * height
        bands = ((245, 242, 236), (20, 60, 140), (20, 20, 22), (230, 190, 30), RED)
        band = _shade(bands[int(chance.integers(5))], chance)
        pen.rectangle((0, y, width, y + deep), fill=band)
        words = (
            "干粉灭火器",
            "DRY POWDER",
            "WATER",
            "CO2",
            "FOAM",
            "FIRE EXTINGUISHER",
            "二氧化碳",
        )
        word = words[int(chance.integers(len(words)))]
        letter = (20, 20, 20) if sum(band) > 420 else (245, 245, 245)
        _write(pen, (width / 2, y + deep / 2), word, int(deep * 0.6), letter, font)
        y += deep
    while y < 0.92 * height:
        part = float(chance.uniform(0.12, 0.3)) * height
        low, high = y + 0.12 * part, min(y + 0.88 * part, 0.97 * height)
        what = chance.random()
        if what < 0.5:
            _rows(pen, (0.06 * width, low, 0.94 * width, high), ink, chance)
        elif what < 0.75:  # pictograms, each in a frame
            count = int(chance.integers(2, 6))
            side = min(high - low, 0.8 * width / count)
            for n in range(count):
                x = width * (n + 0.5) / count
                pen.rectangle((x - side / 2, low, x + side / 2, low + side), outline=ink, width=4)
                r = 0.28 * side
                pen.ellipse((x - r, low + side / 2 - r, x + r, low + side / 2 + r), fill=ink)
        elif what < 0.9:
            makers = ("ABC", "MFZ/ABC4", "使用方法", "P 6", "9 L", "A B E", "EN 3", "GB 4351")
            word = makers[int(chance.integers(len(makers)))]
            _write(pen, (width / 2, (low + high) / 2), word, int(0.7 * part), ink, font)
        y += part
    if chance.random() < 0.4:
        pen.rectangle((4, 4, width - 5, height - 5), outline=ink, width=4)


def _rows(
    pen: ImageDraw.ImageDraw,
    box: tuple[float, float, float, float],
    ink: tuple[int, int, int],
    chance: np.random.Generator,
) -> None:
    """Draw rows of words too small to be read."""
    left, top, right, bottom = box
    tall = float(chance.uniform(5, 13))
    middle = chance.random() < 0.5
    y = top
    while y + tall * 0.6 < bottom:
        long = (right - left) * float(chance.uniform(0.35, 1))
        x = (left + right - long) / 2 if middle else left
        end = x + long
        while x < end:
            word = min(tall * float(chance.uniform(0.8, 4.5)), end - x)
            pen.rectangle((x, y, x + word, y + tall * 0.55), fill=ink)
            x += word + tall * 0.5
        y += tall


_DRAW = {
    "exit-man": _exit_man,
    "exit-text": _exit_text,
    "fire-sign": _fire_sign,
    "hydrant": _hydrant,
    "board": _board,
    "poster": _poster,
    "warning": _warning,
    "green-board": _green_board,
    "bottle": _bottle,
    "print": _print,
}
