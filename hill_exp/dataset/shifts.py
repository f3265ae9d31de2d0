"""Shifted copies of a test set: what a model meets when the camera is worse than in training.

Four of the corruptions of Hendrycks & Dietterich 2019 (arXiv 1903.12261) and their kin, in torchvision's transforms.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from hill_exp.torchvision_import import import_torchvision
from hill_exp.types import Floats

if TYPE_CHECKING:
    from torch import Tensor

SHIFTS = {  # strength at the severities 1, 2 and 3: a person recognises most images at the first, few at the last
    "noise": (0.1, 0.2, 0.3),  # standard deviation, where black is 0 and white 1
    "blur": (0.05, 0.075, 0.1),  # standard deviation, as a share of the image's side
    "rotation": (10.0, 20.0, 30.0),  # degrees, each image to the left or to the right at random
    "contrast": (0.6, 0.4, 0.2),  # share of the contrast that is left
}


def shifted(images: Floats) -> Iterator[tuple[str, int, Floats]]:
    """images (n, 1 or 3, height, width) float32 in [0, 1] -> (shift, severity, such images), for each in SHIFTS.

    The chance in a copy hangs on the image alone: it is the same for all participants, who can share what is computed
    of it, and a higher severity adds more of the same.
    """
    import torch

    import_torchvision()
    from torchvision.transforms.v2 import InterpolationMode, functional

    original = torch.from_numpy(images)
    luck = [np.random.default_rng(zlib.crc32(image.tobytes())) for image in images]
    right = torch.tensor([rng.random() < 0.5 for rng in luck], dtype=torch.bool)
    grain = torch.from_numpy(np.stack([rng.standard_normal(images.shape[1:], dtype=np.float32) for rng in luck]))

    def noise(deviation: float) -> Tensor:
        return original + deviation * grain

    def blur(share: float) -> Tensor:
        sigma = share * min(images.shape[2:])
        reach = 2 * math.ceil(3 * sigma) + 1

        # What is made of single rows makes a matrix, and two products take a tenth of a convolution's time.
        def along(pixels: int) -> Tensor:
            of_each: Tensor = functional.gaussian_blur(torch.eye(pixels)[None], [reach, 1], [sigma] * 2)
            return of_each[0]

        return along(images.shape[2]).T @ original @ along(images.shape[3])

    def rotation(degrees: float) -> Tensor:
        turned = torch.empty_like(original)
        for those, turn in ((right, -degrees), (~right, degrees)):
            turned[those] = functional.rotate(original[those], turn, InterpolationMode.BILINEAR)
        return turned

    def contrast(share: float) -> Tensor:
        faded: Tensor = functional.adjust_contrast(original, share)
        return faded

    for shift in (noise, blur, rotation, contrast):
        for severity, strength in enumerate(SHIFTS[shift.__name__], start=1):
            yield shift.__name__, severity, shift(strength).clamp(0, 1).numpy()
