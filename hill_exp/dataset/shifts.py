"""Shifted copies of a test set: what a model meets when the camera is worse than in training.

Four of the corruptions of Hendrycks & Dietterich 2019 (arXiv 1903.12261) and their kin. They are what torchvision's
transforms make, in torch alone: to import torchvision takes as long as all of torch, and every run would wait for it.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from hill_exp.types import Floats

if TYPE_CHECKING:
    from torch import Tensor

SHIFTS = {  # strength at the severities 1, 2 and 3: a person recognises most images at the first, few at the last
    "noise": (0.1, 0.2, 0.3),  # standard deviation, where black is 0 and white 1
    "blur": (0.05, 0.075, 0.1),  # standard deviation, as a share of the image's side
    "rotation": (10.0, 20.0, 30.0),  # degrees, each image to the left or to the right at random
    "contrast": (0.6, 0.4, 0.2),  # share of the contrast that is left
}

LUMA = [[[0.2989]], [[0.587]], [[0.114]]]  # how bright red, green and blue are to the eye


def shifted(images: Floats) -> Iterator[tuple[str, int, Floats]]:
    """images (n, 1 or 3, height, width) float32 in [0, 1] -> (shift, severity, such images), for each in SHIFTS.

    The chance in a copy hangs on the image alone: it is the same for all participants, who can share what is computed
    of it, and a higher severity adds more of the same.
    """
    import torch
    from torch.nn import functional

    original = torch.from_numpy(images)
    luck = [np.random.default_rng(zlib.crc32(image.tobytes())) for image in images]
    right = torch.tensor([rng.random() < 0.5 for rng in luck], dtype=torch.bool)
    grain = torch.from_numpy(np.stack([rng.standard_normal(images.shape[1:], dtype=np.float32) for rng in luck]))

    def noise(deviation: float) -> Tensor:
        return original + deviation * grain

    def blur(share: float) -> Tensor:
        sigma = share * min(images.shape[2:])
        reach = math.ceil(3 * sigma)
        weights = torch.softmax(-((torch.arange(-reach, reach + 1) / sigma) ** 2) / 2, dim=0)

        # What is made of single rows makes a matrix, and two products take a tenth of a convolution's time.
        def along(pixels: int) -> Tensor:
            row_by_row = functional.pad(torch.eye(pixels)[:, None], (reach, reach), mode="reflect")
            return functional.conv1d(row_by_row, weights[None, None])[:, 0]

        return along(images.shape[2]).T @ original @ along(images.shape[3])

    def rotation(degrees: float) -> Tensor:
        angles = torch.deg2rad(torch.where(right, degrees, -degrees))
        cosine, sine, zero = angles.cos(), angles.sin(), torch.zeros_like(angles)
        aspect = images.shape[2] / images.shape[3]
        turns = torch.stack((cosine, aspect * sine, zero, -sine / aspect, cosine, zero), dim=1).reshape(-1, 2, 3)
        grid = functional.affine_grid(turns, list(images.shape), align_corners=False)
        return functional.grid_sample(original, grid, align_corners=False)

    def contrast(share: float) -> Tensor:
        grey = original if images.shape[1] == 1 else (original * torch.tensor(LUMA)).sum(1, keepdim=True)
        return share * original + (1 - share) * grey.mean((1, 2, 3), keepdim=True)

    for shift in (noise, blur, rotation, contrast):
        for severity, strength in enumerate(SHIFTS[shift.__name__], start=1):
            yield shift.__name__, severity, shift(strength).clamp(0, 1).numpy()
