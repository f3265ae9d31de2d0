"""What every data set is: a pool of images or vectors, and what of it one participant gets."""

from __future__ import annotations

from abc import abstractmethod
from functools import cache
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from hill_exp.config import Choice
from hill_exp.dataset.copies import is_copy
from hill_exp.dataset.observed import observed_labels, reserve
from hill_exp.dataset.pool import Deal, Part, Pool
from hill_exp.rng import stream
from hill_exp.types import Bools, Canvas, Cards, Floats, Labelled, Sample, Shifted, UserError


class Dataset(Choice):
    """What all sets share: how many points go where, and which labels are observed."""

    gives: ClassVar[Literal["images", "vectors"]]

    canvas_points: int = Field(ge=2)
    validation_points: int = Field(ge=2)
    test_points: int | None = Field(ge=2)  # None: all that remain, or the whole of a fixed test part
    labelled: float = Field(gt=0, le=1)  # share of the canvas points that carry an observed label
    label_noise: float = Field(ge=0, le=1)  # share of the observed labels that are wrong
    reserved: float = Field(ge=0, lt=1)  # share of the canvas points without a label that nobody may handle
    copies: Literal["keep", "drop"]  # of canvas and validation points among the test points

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

    @property
    def coloured(self) -> bool:
        """Whether each point carries a visible attribute."""
        return False

    @abstractmethod
    def pool(self) -> Pool:
        """All points there are; UserError where they cannot be had."""

    @abstractmethod
    def fingerprint(self) -> str:
        """What identifies the data, wherever they lie, beside the settings; quick, and without torch."""

    @abstractmethod
    def labelled_part(self, part: Part, pool: Pool, at_test: bool, colours: np.random.Generator) -> Labelled:
        """What a model is given of a part that was drawn from the pool."""

    @abstractmethod
    def cards(self, canvas: Labelled, part: Part) -> Cards:
        """What a person sees of the canvas."""

    def copied(self, inputs: Floats, others: Floats) -> Bools:
        """(n,) which of the inputs (n, ...) count as copies of any of the others (m, ...)."""
        return is_copy(inputs, others)

    def shifted(self, test: Labelled) -> tuple[Shifted, ...]:
        """Shifted copies of the test set, the same whenever they are asked for; none where the data know no shift."""
        return ()

    def check(self) -> None:
        """UserError where no sample can be drawn: too few points, or too few for the classes."""
        _check(self, self.pool())

    def sample(self, seed: int, participant: int) -> Sample:
        """The data of one participant, a stratified split.

        Labels, noise, the reserve and colour have streams of their own: they do not change which points are where.
        UserError as from `check`, and where too many files hold no readable image.
        """
        pool = self.pool()
        _check(self, pool)
        split, colours = (stream(seed, participant, purpose) for purpose in ("split", "colour"))
        rows = np.arange(len(pool.labels))
        shared = pool.test is None  # one pile for all three parts
        deal = Deal(pool, rows if pool.test is None else rows[~pool.test], split)
        shown = deal.draw(self.canvas_points, parts_to_come=1 + shared)
        canvas = self.labelled_part(shown, pool, False, colours)
        validation = self.labelled_part(deal.draw(self.validation_points, 0 + shared), pool, False, colours)
        deal = deal if pool.test is None else Deal(pool, rows[pool.test], split)
        test = self.labelled_part(deal.draw(self.test_points, parts_to_come=0), pool, True, colours)
        copied = self.copied(test.inputs, np.concatenate([canvas.inputs, validation.inputs]))
        if self.copies == "drop":
            test, copied = test.those(~copied), np.zeros(0, dtype=bool)
        observed = observed_labels(
            canvas.labels,
            len(pool.classes),
            self.labelled_points,
            self.label_noise,
            pick=stream(seed, participant, "labels"),
            flip=stream(seed, participant, "noise"),
        )
        reserved = reserve(canvas.labels, observed, self.reserved, stream(seed, participant, "reserve"))
        return Sample(
            pool.classes,
            Canvas(**vars(canvas), observed=observed, cards=self.cards(canvas, shown), reserved=reserved),
            validation,
            test,
            cache(lambda: self.shifted(test)),
            float(copied.mean()) if len(copied) else 0.0,
        )


def _check(dataset: Dataset, pool: Pool) -> None:
    """Refuse what would leave a part, or a class of a part, without a point."""
    classes = len(pool.classes)
    if classes < 2:
        raise UserError(f"{pool.where}: holds one class, {pool.classes[0]!r}; must hold at least two")
    for key in ("canvas_points", "validation_points", "test_points"):
        points = getattr(dataset, key)
        if points is not None and points < classes:
            raise UserError(f"dataset.{key} = {points}: must be at least {classes}, one for each class")

    if pool.test is None:
        piles = [(f"{dataset.gives}", pool.labels, 3)]  # one each for canvas, validation and test
    else:
        parts = (("training", pool.labels[~pool.test], 2), ("test", pool.labels[pool.test], 1))
        piles = [(f"{part} {dataset.gives}", labels, least) for part, labels, least in parts]
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
        raise UserError(f"dataset.test_points = {wanted}: must be at most {most}, all test {dataset.gives} there are")
    if canvas + others > available:
        rest = "validation and test" if pool.test is None else "validation"
        room = f"must be at most {available - others}" if available - others >= classes else "ask for fewer of all"
        raise UserError(
            f"dataset.canvas_points = {canvas}: with {others} for {rest} that is {canvas + others} of {available} "
            f"{kind}; {room}"
        )
