"""What the trained model says of the validation and the test images: by it, a metric can be computed afterwards."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np

from hill_exp.types import Floats, Ints

TOLERANCE: Final = 5e-5  # of a metric, below what tables show


@dataclass(frozen=True)
class Predictions:
    """Probabilities (n, C), float16 where that changes no metric and else float32, and true labels (n,), int16."""

    validation_probabilities: Floats
    validation_labels: Ints
    test_probabilities: Floats
    test_labels: Ints

    def __post_init__(self) -> None:
        for part in ("validation", "test"):
            probabilities, labels = getattr(self, f"{part}_probabilities"), getattr(self, f"{part}_labels")
            if probabilities.ndim != 2 or labels.shape != probabilities.shape[:1]:
                raise ValueError(
                    f"{part}: probabilities {probabilities.shape} and labels {labels.shape} do not go together"
                )

    @classmethod
    def of(cls, validation: tuple[Floats, Ints], test: tuple[Floats, Ints]) -> Self:
        """From (probabilities, labels) of each part, as they are to be kept."""
        return cls(compact(*validation), validation[1].astype(np.int16), compact(*test), test[1].astype(np.int16))

    def arrays(self) -> dict[str, np.ndarray]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def confusion(self) -> Ints:
        """(C, C) counts of test images: row the true class, column the predicted one."""
        classes = self.test_probabilities.shape[1]
        counts = np.zeros((classes, classes), np.int64)
        np.add.at(counts, (self.test_labels.astype(np.int64), self.test_probabilities.argmax(1)), 1)
        return counts


def compact(probabilities: Floats, labels: Ints) -> Floats:
    """probabilities (n, C) as float16 if the predicted classes stay the same, and the confidence and the log loss, by
    which calibration and proper scores are computed, on average stay within TOLERANCE; else as float32."""
    full, half = probabilities.astype(np.float32), probabilities.astype(np.float16)
    rows = np.arange(len(labels))

    def scores(p: Floats) -> Floats:
        exact = p.astype(float)
        with np.errstate(divide="ignore"):
            return np.array([exact.max(1).mean(), -np.log(exact[rows, labels]).mean()])

    same = (full.argmax(1) == half.argmax(1)).all()
    with np.errstate(invalid="ignore"):
        close = (np.abs(scores(full) - scores(half)) < TOLERANCE).all()
    return half if same and close else full
