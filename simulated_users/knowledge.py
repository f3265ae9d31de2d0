"""What a person recognises in a thumbnail: the truth, but for errors that stay the same for the same image."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, FiniteFloat, field_validator, model_validator

from hill_exp.config import Choice
from hill_exp.types import Floats, Ints, Sights, UserError
from simulated_users.label_file import SOMEBODY, LabelFile, confusion_of

Kind = Literal["uniform", "class", "difficulty", "measured"]


class Knowledge(Choice):
    """How much is misread is said by one of three: `error`, `confusion`, or `labels`, what real people took the images
    for. Which images are, by `by`; of labels it keeps their mean error alone (uniform, difficulty), their confusion of
    the classes (class), or themselves (measured).

    By difficulty, image i is misread with probability min(1, a (1 - p_i) ** sharpness), p_i being the posterior of its
    true class (Sights.posteriors) and a such that the mean over the canvas is the error; it is taken for another class
    with a probability in proportion to that class' posterior.
    """

    error: float = Field(ge=0, le=1)  # probability of taking an image for another class, any of the others alike
    confusion: tuple[tuple[float, ...], ...] | None  # (C, C): row the true class, column what it is taken for
    labels: LabelFile | None
    reader: str  # of the labels: a column, or SOMEBODY, at each image any of them
    by: Kind | None  # None: as what is given says, error uniform, confusion class, labels measured
    sharpness: FiniteFloat = Field(ge=0)  # of difficulty
    shared: float = Field(ge=0, le=1)  # correlation of two people's errors on an image of a given difficulty

    @field_validator("confusion", mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        """A text is the path of a CSV file of C rows of C numbers, without a header."""
        if not isinstance(value, str):
            return value
        try:
            return np.loadtxt(Path(value), delimiter=",", ndmin=2).tolist()
        except (OSError, ValueError) as error:
            raise ValueError(f"must be a matrix or a readable CSV file of numbers; {value}: {error}") from None

    @field_validator("confusion")
    @classmethod
    def _rows(cls, rows: tuple[tuple[float, ...], ...] | None) -> tuple[tuple[float, ...], ...] | None:
        for i, row in enumerate(rows or ()):
            if len(row) != len(rows or ()):
                raise ValueError(f"must be square; row {i} has {len(row)} numbers of {len(rows or ())}")
            if not min(row) >= 0:
                raise ValueError(f"must hold no number below 0; row {i} has {min(row)}")
            if not abs(sum(row) - 1) <= 1e-6:
                raise ValueError(f"every row must sum to 1; row {i} sums to {sum(row):.6g}")
        return rows

    @model_validator(mode="after")
    def _fits_together(self) -> Knowledge:
        if self.confusion is not None and self.error:
            raise ValueError("error must be 0 where a confusion matrix is given")
        if self.labels is not None and (self.error or self.confusion is not None):
            raise ValueError("error must be 0 and confusion null where labels are given")
        if self.confusion is not None and self.kind != "class":
            raise ValueError("by must be class where a confusion matrix is given")
        if self.confusion is None and self.labels is None and self.kind == "class":
            raise ValueError("by=class must come with a confusion matrix or labels")
        if self.labels is None and self.kind == "measured":
            raise UserError(
                "user.knowledge.labels: needs a file of what real people took the images for; give it as "
                "user.knowledge.labels=FILE (docs/eyes.md says what stands in it, and where to get one)"
            )
        if self.labels is None and self.reader != SOMEBODY:
            raise ValueError(f"reader must be {SOMEBODY} where no labels are given")
        if self.shared and self.kind == "measured":
            raise ValueError("shared must be 0 where labels are measured: they share what they share")
        return self

    @property
    def kind(self) -> Kind:
        """What the errors go by."""
        return self.by or ("measured" if self.labels else "class" if self.confusion else "uniform")

    def check(self, classes: tuple[str, ...]) -> None:
        """UserError if the confusion matrix or the labels are of other classes."""
        if self.confusion is not None and len(self.confusion) != len(classes):
            raise UserError(
                f"user.knowledge.confusion: has {len(self.confusion)} rows; the data have {len(classes)} classes, so "
                f"it must be {len(classes)} x {len(classes)}"
            )
        if self.labels is not None:
            self.labels.check(classes, self.reader)

    def recognise(self, sights: Sights, rng: np.random.Generator) -> Ints:
        """(N,) the classes that the images are taken for.

        The harness calls it once a participant. With the same rng, whoever errs more errs on the same images and more.
        UserError as from `check`, and where the labels lack an image.
        """
        self.check(sights.classes)
        truth, n_classes = sights.truth, len(sights.classes)
        luck, which = rng.random((2, len(truth)))
        if n_classes == 1:
            return truth.copy()
        read = None if self.labels is None else self.labels.of(sights, self.reader)  # (N, people)
        if self.kind == "measured":
            assert read is not None
            return read[np.arange(len(truth)), (which * read.shape[1]).astype(np.int64)]
        if self.shared:  # of two people, both go by the image's luck with probability `shared`
            by_image = rng.random(len(truth)) < np.sqrt(self.shared)
            luck = np.where(by_image, _luck_of(sights.names), luck)
        error = self.error if read is None else float((read != truth[:, None]).mean())
        match self.kind:
            case "class":
                matrix = confusion_of(truth, read, n_classes) if read is not None else np.array(self.confusion)
                return _misread(truth, luck < 1 - matrix.diagonal()[truth], matrix[truth], which)
            case "difficulty":
                posteriors = np.maximum(sights.posteriors(), 1e-12)  # so that no error is impossible
                hardness = (1 - posteriors[np.arange(len(truth)), truth]).clip(1e-12) ** self.sharpness
                return _misread(truth, luck < _scaled(hardness, error), posteriors, which)
        mistaken = (truth + 1 + (which * (n_classes - 1)).astype(np.int64)) % n_classes
        return np.where(luck < error, mistaken, truth)


def _misread(truth: Ints, errs: np.ndarray, weights: Floats, which: Floats) -> Ints:
    """(N,) the truth, or where one `errs` (N,) another class, chosen by the uniform `which` (N,) with a probability in
    proportion to its weight (N, C)."""
    others = weights.copy()
    others[np.arange(len(truth)), truth] = 0
    upto = others.cumsum(1)
    mistaken = np.minimum((which[:, None] * upto[:, -1:] >= upto).sum(1), upto.shape[1] - 1)
    return np.where(errs, mistaken, truth)


def _scaled(hardness: Floats, mean: float) -> Floats:
    """(N,) min(1, a * hardness), a such that the mean is `mean`, of a hardness (N,) above 0."""
    hardest_first = np.sort(hardness)[::-1]
    n, rest = len(hardness), hardest_first[::-1].cumsum()[::-1]  # rest[k]: of all but the k hardest
    scales = np.maximum(mean * n - np.arange(n), 0) / rest  # a, if the k hardest are always misread
    most = np.flatnonzero(scales * hardest_first <= 1)
    return np.minimum(1, scales[most[0]] * hardness) if len(most) else np.ones(n)


def _luck_of(names: np.ndarray) -> Floats:
    """(N,) uniform numbers that are an image's own, by its name, whoever looks at it."""
    return np.array([np.random.default_rng(zlib.crc32(str(name).encode())).random() for name in names])
