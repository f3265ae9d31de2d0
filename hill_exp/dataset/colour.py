"""The coloured variant of any set: a tint that agrees with the label at one rate in training, at another at test.

As the coloured MNIST of Arjovsky et al. 2019 (arXiv 1907.02893, section 5.2), with one colour a class as in Nam et al.
2020 (arXiv 2007.02561).
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from hill_exp.config import Choice
from hill_exp.types import NO_CLASS, Floats, Ints

TINTS: Floats = np.array(
    [
        (1.0, 0.15, 0.15),  # red
        (0.15, 0.85, 0.15),  # green
        (0.25, 0.35, 1.0),  # blue
        (1.0, 0.95, 0.15),  # yellow
        (0.95, 0.2, 0.95),  # magenta
        (0.15, 0.95, 0.95),  # cyan
        (1.0, 0.55, 0.1),  # orange
        (0.55, 0.25, 0.85),  # violet
        (1.0, 0.6, 0.75),  # pink
        (1.0, 1.0, 1.0),  # white
    ],
    dtype=np.float32,
)  # no channel is lost altogether, so that an RGB image keeps what it shows


class Colour(Choice):
    train: float | None = Field(ge=0, le=1)  # share of canvas and validation images in their class' colour; None: off
    test: float = Field(ge=0, le=1)  # the same of the test images

    @property
    def rates(self) -> tuple[float | None, float | None]:
        """(in training, at test), None where images keep their colours."""
        return self.train, None if self.train is None else self.test


def tint(
    images: Floats, labels: Ints, classes: int, rate: float | None, rng: np.random.Generator
) -> tuple[Floats, Ints]:
    """images (n, 1 or 3, height, width) -> tinted (n, 3, height, width), and the number of each one's colour (n,).

    Exactly a share `rate` of the images, rounded, has its class' own colour, the others another one at random. Those
    at a lower rate are among those at a higher. Classes beyond the number of colours share them. Without a rate the
    images come back as they are, with NO_CLASS.
    """
    if rate is None:
        return images, np.full_like(labels, NO_CLASS)
    colours = min(classes, len(TINTS))
    usual = labels % colours
    other = (usual + rng.integers(1, colours, len(labels))) % colours
    agrees = rng.permutation(len(labels)) < round(rate * len(labels))
    groups = np.where(agrees, usual, other)
    return images * TINTS[groups][:, :, None, None], groups
