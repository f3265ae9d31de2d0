"""What all sets of images share: their colour, and the shifts under which they are tested."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Self

import numpy as np
from pydantic import Field, model_validator
from typing_extensions import override

from hill_exp.dataset.base import Dataset
from hill_exp.dataset.colour import Colour, tint
from hill_exp.dataset.copies import HASH_BITS, is_near
from hill_exp.dataset.pool import Part, Pool
from hill_exp.dataset.shifts import shifted
from hill_exp.types import Bools, Cards, Floats, Labelled, Shifted, UserError


class ImageSet(Dataset):
    """Images (n, channels, height, width) float32 in [0, 1], a person's cards being the images themselves."""

    gives = "images"

    shifted_points: int | None = Field(ge=1)  # of the test images; None: all
    near_copies: int | None = Field(ge=0, lt=HASH_BITS)  # bits of 64 of perceptual hashes; None: not looked for
    colour: Colour

    @model_validator(mode="after")
    def _hashes_can_be_had(self) -> Self:
        if self.near_copies is not None and find_spec("imagehash") is None:
            raise UserError(
                f"dataset.near_copies = {self.near_copies}: needs the package imagehash. Install it with: "
                "sh setup.sh copies"
            )
        return self

    @property
    @override
    def coloured(self) -> bool:
        return self.colour.train is not None

    @override
    def labelled_part(self, part: Part, pool: Pool, at_test: bool, colours: np.random.Generator) -> Labelled:
        images: Floats = part.items.transpose(0, 3, 1, 2).astype(np.float32, order="C") / 255
        rate = self.colour.rates[at_test]
        images, groups = tint(images, part.labels, len(pool.classes), rate, colours)
        return Labelled(images, part.labels, groups, part.names(pool))

    @override
    def cards(self, canvas: Labelled, part: Part) -> Cards:
        return Cards.of_images(canvas.inputs)

    @override
    def copied(self, inputs: Floats, others: Floats) -> Bools:
        """Those value for value, and those that look alike as far as `near_copies` has it."""
        exact = super().copied(inputs, others)
        return exact if self.near_copies is None else exact | is_near(inputs, others, self.near_copies)

    @override
    def shifted(self, test: Labelled) -> tuple[Shifted, ...]:
        images, labels = test.inputs[: self.shifted_points], test.labels[: self.shifted_points]
        return tuple(Shifted(name, severity, copies, labels) for name, severity, copies in shifted(images))
