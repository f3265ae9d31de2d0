"""What a person recognises in a thumbnail: the truth, but for errors that stay the same for the same image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, field_validator, model_validator

from hill_exp.config import Choice
from hill_exp.types import Ints, UserError


class Knowledge(Choice):
    """Either one probability of error for all images, or a confusion matrix."""

    error: float = Field(ge=0, le=1)  # probability of taking an image for another class, any of the others alike
    confusion: tuple[tuple[float, ...], ...] | None  # (C, C): row the true class, column what it is taken for

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
    def _one_of_both(self) -> Knowledge:
        if self.confusion is not None and self.error:
            raise ValueError("error must be 0 where a confusion matrix is given")
        return self

    def check(self, n_classes: int) -> None:
        """UserError if the confusion matrix is of another number of classes."""
        if self.confusion is not None and len(self.confusion) != n_classes:
            raise UserError(
                f"user.knowledge.confusion: has {len(self.confusion)} rows; the data have {n_classes} classes, so it "
                f"must be {n_classes} x {n_classes}"
            )

    def recognise(self, truth: Ints, n_classes: int, rng: np.random.Generator) -> Ints:
        """(N,) the classes that the images of the true classes `truth` (N,) are taken for.

        The harness calls it once a participant. With the same rng, whoever errs more errs on the same images and more.
        """
        self.check(n_classes)
        luck, which = rng.random((2, len(truth)))
        if n_classes == 1:
            return truth.copy()
        if self.confusion is None:
            mistaken = (truth + 1 + (which * (n_classes - 1)).astype(np.int64)) % n_classes
            return np.where(luck < self.error, mistaken, truth)
        matrix = np.array(self.confusion)
        error = 1 - matrix.diagonal()
        np.fill_diagonal(matrix, 0)
        upto = matrix.cumsum(1)[truth]  # (N, C)
        mistaken = np.minimum((which[:, None] * upto[:, -1:] >= upto).sum(1), n_classes - 1)
        return np.where(luck < error[truth], mistaken, truth)
