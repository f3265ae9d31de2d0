"""What every data set is: a pool of images, and what of it one participant gets."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from hill_exp.config import Choice
from hill_exp.dataset.colour import Colour, tint
from hill_exp.dataset.observed import observed_labels
from hill_exp.dataset.pool import Deal, Pool
from hill_exp.rng import stream
from hill_exp.types import Canvas, Floats, Ints, Labelled, Sample, UserError


class Dataset(Choice):
    """What all sets share: how many images go where, which labels are observed, and the colour."""

    canvas_points: int = Field(ge=2)
    validation_points: int = Field(ge=2)
    test_points: int | None = Field(ge=2)  # None: all that remain, or the whole of a fixed test part
    labelled: float = Field(gt=0, le=1)  # share of the canvas points that carry an observed label
    label_noise: float = Field(ge=0, le=1)  # share of the observed labels that are wrong
    colour: Colour

    @model_validator(mode="after")
    def _something_to_learn(self) -> Self:
        if not self.labelled_points:
            raise UserError(
                f"dataset.labelled = {self.labelled}: labels none of the {self.canvas_points} canvas points, and then "
                f"nothing can be trained; must be from {1 / self.canvas_points:.2g} to 1"
            )
        return self

    @property
    def labelled_points(self) -> int:
        """How many canvas points carry an observed label."""
        return round(self.labelled * self.canvas_points)

    @abstractmethod
    def pool(self) -> Pool:
        """All images there are; UserError where they cannot be had."""

    @abstractmethod
    def fingerprint(self) -> str:
        """What identifies the images, wherever they lie, beside the settings; quick, and without torch."""

    def check(self) -> None:
        """UserError where no sample can be drawn: too few images, or too few points for the classes."""
        _check(self, self.pool())

    def sample(self, seed: int, participant: int) -> Sample:
        """The data of one participant: a stratified split, images (n, channels, height, width) float32 in [0, 1].

        Labels, noise and colour have streams of their own: they do not change which images are where. UserError as
        from `check`, and where too many files hold no readable image.
        """
        pool = self.pool()
        _check(self, pool)
        split, colours = (stream(seed, participant, purpose) for purpose in ("split", "colour"))
        in_training, at_test = self.colour.rates

        def coloured(images: Floats, labels: Ints, rate: float | None) -> Labelled:
            images, groups = tint(images, labels, len(pool.classes), rate, colours)
            return Labelled(images, labels, groups)

        rows = np.arange(len(pool.labels))
        shared = pool.test is None  # one pile for all three parts
        deal = Deal(pool, rows if pool.test is None else rows[~pool.test], split)
        canvas = coloured(*deal.draw(self.canvas_points, parts_to_come=1 + shared), in_training)
        validation = coloured(*deal.draw(self.validation_points, parts_to_come=0 + shared), in_training)
        deal = deal if pool.test is None else Deal(pool, rows[pool.test], split)
        test = coloured(*deal.draw(self.test_points, parts_to_come=0), at_test)
        observed = observed_labels(
            canvas.labels,
            len(pool.classes),
            self.labelled_points,
            self.label_noise,
            pick=stream(seed, participant, "labels"),
            flip=stream(seed, participant, "noise"),
        )
        return Sample(pool.classes, Canvas(canvas.images, canvas.labels, canvas.groups, observed), validation, test)


def _check(dataset: Dataset, pool: Pool) -> None:
    """Refuse what would leave a part, or a class of a part, without an image."""
    classes = len(pool.classes)
    if classes < 2:
        raise UserError(f"{pool.where}: holds one class, {pool.classes[0]!r}; must hold at least two")
    for key in ("canvas_points", "validation_points", "test_points"):
        points = getattr(dataset, key)
        if points is not None and points < classes:
            raise UserError(f"dataset.{key} = {points}: must be at least {classes}, one for each class")

    if pool.test is None:
        piles = [("images", pool.labels, 3)]  # one each for canvas, validation and test
    else:
        piles = [("training images", pool.labels[~pool.test], 2), ("test images", pool.labels[pool.test], 1)]
    for kind, labels, least in piles:
        sizes = np.bincount(labels, minlength=classes)
        for c in np.flatnonzero(sizes < least):
            raise UserError(
                f"{pool.where}: class {pool.classes[c]!r} has {sizes[c]} {kind}; must have at least {least}"
            )

    canvas, others, wanted = dataset.canvas_points, dataset.validation_points, dataset.test_points
    kind, available = piles[0][0], len(piles[0][1])
    if pool.test is None:
        others += wanted or classes
    elif wanted and wanted > (most := int(pool.test.sum())):
        raise UserError(f"dataset.test_points = {wanted}: must be at most {most}, all test images there are")
    if canvas + others > available:
        rest = "validation and test" if pool.test is None else "validation"
        room = f"must be at most {available - others}" if available - others >= classes else "ask for fewer of all"
        raise UserError(
            f"dataset.canvas_points = {canvas}: with {others} for {rest} that is {canvas + others} of {available} "
            f"{kind}; {room}"
        )
