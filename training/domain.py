"""What workplaces and cameras do to pictures: dust, glare, darkness, rain, bad phones."""

from __future__ import annotations

import random
from typing import Any

import albumentations
import cv2
import numpy as np
from numpy.typing import NDArray
from ultralytics.utils.instance import Instances

LEAST_VISIBLE = 0.2
"""A box of which less than this share is left after bending is dropped."""


def camera_faults() -> list[Any]:
    """Return the mild faults that any picture may have.

    Kept mild: heavy photometric augmentation did not help sim-to-real detection here.
    """
    return [
        albumentations.MotionBlur(blur_limit=(3, 7), p=0.04),
        albumentations.GaussNoise(std_range=(0.02, 0.08), p=0.04),
        albumentations.ImageCompression(quality_range=(35, 90), p=0.15),
        albumentations.RandomBrightnessContrast(p=0.15),
        albumentations.RandomGamma(gamma_limit=(60, 150), p=0.08),
        albumentations.ToGray(p=0.03),
        albumentations.Downscale(scale_range=(0.4, 0.8), p=0.05),
    ]


class DustHaze(albumentations.ImageOnlyTransform):  # type: ignore[misc]
    """Dust in the air: the picture fades into the dust's colour, more so towards the top.

    Koschmieder's law with distance growing linearly from the bottom of the picture upwards, the
    usual stand-in where no depth is known: ``seen = light * t + dust * (1 - t)``.
    """

    def apply(self, img: NDArray[np.uint8], **drawn: Any) -> NDArray[np.uint8]:
        """Return the picture in haze, same shape, ``uint8``."""
        far, near, colour = drawn["far"], drawn["near"], drawn["colour"]
        through = np.linspace(far, near, len(img), dtype=np.float32)[:, None, None]
        return np.asarray(img * through + colour * (1 - through), dtype=np.uint8)

    def get_params(self) -> dict[str, Any]:
        """Draw how much passes from far and near, and the dust's colour (BGR)."""
        far = self.py_random.uniform(0.3, 0.75)
        grey = self.py_random.uniform(130, 220)
        warm = self.py_random.uniform(0, 30)  # flour is white, wood and grain are yellowish
        return {
            "far": far,
            "near": self.py_random.uniform(far, 1.0),
            "colour": np.array([grey - warm, grey, grey + warm / 2], dtype=np.float32),
        }


class WeldingGlare(albumentations.ImageOnlyTransform):  # type: ignore[misc]
    """A welding arc: a burnt-out spot with a bluish halo, and the rest darker by the exposure."""

    def apply(self, img: NDArray[np.uint8], **drawn: Any) -> NDArray[np.uint8]:
        """Return the picture with the arc, same shape, ``uint8``."""
        height, width = img.shape[:2]
        rows, columns = np.ogrid[0:height, 0:width]
        x, y = drawn["x"] * width, drawn["y"] * height
        radius = drawn["radius"] * max(height, width)
        distance = np.sqrt((rows - y) ** 2 + (columns - x) ** 2).astype(np.float32) / radius
        halo = np.exp(-distance)[:, :, None] * np.array([255, 240, 215], dtype=np.float32)
        spot = (distance < 0.25)[:, :, None] * np.float32(255)
        lit = img * np.float32(drawn["exposure"]) + halo * np.float32(1.3) + spot
        return np.asarray(np.clip(lit, 0, 255), dtype=np.uint8)

    def get_params(self) -> dict[str, Any]:
        """Draw where the arc is, how far it shines, and how the camera closes its iris."""
        return {
            "x": self.py_random.uniform(0, 1),
            "y": self.py_random.uniform(0, 1),
            "radius": self.py_random.uniform(0.05, 0.2),
            "exposure": self.py_random.uniform(0.4, 0.9),
        }


class RainOnDome(albumentations.ImageOnlyTransform):  # type: ignore[misc]
    """Drops on the dome of a camera: out of focus themselves, they smear what lies behind."""

    def apply(self, img: NDArray[np.uint8], **drawn: Any) -> NDArray[np.uint8]:
        """Return the picture through wet glass, same shape, ``uint8``."""
        height, width = img.shape[:2]
        size = max(height, width)
        drops = np.zeros((height, width), dtype=np.float32)
        for x, y, radius in drawn["drops"].tolist():
            centre = (round(x * width), round(y * height))
            cv2.circle(drops, centre, max(1, round(radius * size)), 1.0, cv2.FILLED)
        wet = np.asarray(cv2.GaussianBlur(drops, (0, 0), 0.004 * size))[:, :, None]
        smeared = cv2.GaussianBlur(img, (0, 0), 0.015 * size).astype(np.float32) * 1.05 + 8
        seen = img * (1 - wet) + smeared * wet
        return np.asarray(np.clip(seen, 0, 255), dtype=np.uint8)

    def get_params(self) -> dict[str, Any]:
        """Draw where the drops are and how large, as shares of the picture."""
        count = self.py_random.randint(15, 60)
        rows = [
            (self.py_random.random(), self.py_random.random(), self.py_random.uniform(0.005, 0.03))
            for _ in range(count)
        ]
        return {"drops": np.array(rows)}


def domain_faults() -> list[Any]:
    """Return what workplaces do to pictures; each picture meets at most one of them."""
    return [
        DustHaze(p=1),
        WeldingGlare(p=1),
        albumentations.Sequential(  # low light
            [
                albumentations.RandomBrightnessContrast(
                    brightness_limit=(-0.6, -0.3), contrast_limit=(-0.3, 0), p=1
                ),
                albumentations.GaussNoise(std_range=(0.02, 0.06), p=1),
            ],
            p=1,
        ),
        albumentations.MotionBlur(blur_limit=(7, 15), p=1),
        RainOnDome(p=1),
        albumentations.OpticalDistortion(  # wide-angle bend
            distort_limit=(-0.35, 0.15), border_mode=cv2.BORDER_CONSTANT, fill=(114, 114, 114), p=1
        ),
        albumentations.Sequential(  # a bad phone
            [
                albumentations.Downscale(scale_range=(0.3, 0.6), p=1),
                albumentations.ImageCompression(quality_range=(8, 30), p=1),
            ],
            p=1,
        ),
        albumentations.Sequential(  # night infrared
            [
                albumentations.ToGray(p=1),
                albumentations.RandomGamma(gamma_limit=(50, 110), p=1),
                albumentations.GaussNoise(std_range=(0.03, 0.1), per_channel=False, p=1),
            ],
            p=1,
        ),
    ]


class Faults:
    """Applies the faults in ultralytics' chain of transforms.

    Unlike ultralytics' own wrapper it is drawn from ``random`` alone, which the loop seeds by the
    position in the run: albumentations' generators are their own and would make a resumed run
    differ from an unbroken one.

    Args:
        domain: Chance that a picture meets one of `domain_faults`, ``0..1``.
    """

    def __init__(self, *, domain: float) -> None:
        self.bends = domain > 0
        params = albumentations.BboxParams(
            format="albumentations",
            label_fields=["numbers"],
            clip=True,
            min_visibility=LEAST_VISIBLE,
        )
        self.chain = albumentations.Compose(
            [albumentations.OneOf(domain_faults(), p=domain), *camera_faults()]
            if self.bends
            else camera_faults(),
            bbox_params=params if self.bends else None,
        )

    def __call__(self, labels: dict[str, Any]) -> dict[str, Any]:
        """Return the row with its picture changed, and its boxes where the picture may be bent."""
        self.chain.set_random_seed(random.getrandbits(31))
        if not self.bends:
            labels["img"] = self.chain(image=labels["img"])["image"]
            return labels
        height, width = labels["img"].shape[:2]
        given: Instances = labels["instances"]
        given.convert_bbox("xyxy")
        given.normalize(width, height)
        boxes = np.clip(given.bboxes, 0, 1)
        flat = (boxes[:, 2:] <= boxes[:, :2]).any(axis=1)  # nothing of it is in the picture
        numbers = np.flatnonzero(~flat)
        done = self.chain(image=labels["img"], bboxes=boxes[numbers], numbers=numbers)
        kept = np.asarray(done["numbers"], dtype=np.intp)
        labels["img"] = done["image"]
        labels["cls"] = labels["cls"][kept]
        labels["instances"] = Instances(
            np.asarray(done["bboxes"], dtype=np.float32).reshape(-1, 4),
            np.zeros((0, 1000, 2), dtype=np.float32),
            bbox_format="xyxy",
            normalized=True,
        )
        labels["instances"].denormalize(width, height)
        return labels
