"""Does it hold where the test images are shifted, and does the model know when it errs?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from hill_exp.metrics.scores import Scores
from hill_exp.types import Floats, Ints, Shifted

if TYPE_CHECKING:
    import torch

BINS: Final = 15  # of confidence, of equal width


def under_shift(predict: Callable[[Floats], Ints], shifted: Sequence[Shifted]) -> Scores:
    """Accuracy under each shift and severity, and its mean over all of them; NaN where the data know no shift."""
    accuracies = {f"shift.{s.shift}.{s.severity}": float((predict(s.inputs) == s.labels).mean()) for s in shifted}
    mean = float(np.mean(list(accuracies.values()))) if accuracies else math.nan
    return Scores({"shifted_accuracy": mean, **accuracies})


def log_loss(probabilities: torch.Tensor, labels: torch.Tensor) -> Scores:
    """Mean surprise at the true classes, in nats: a proper score, so that it is least for a model that knows how often
    it errs, and grows with every error (Gneiting & Raftery 2007). probabilities (n, C); one of 0 counts as the least
    number above 0 that their type holds."""
    import torch

    of_truth = probabilities.gather(1, labels[:, None])[:, 0]
    return Scores({"test_loss": float(-of_truth.clamp(min=torch.finfo(of_truth.dtype).tiny).log().mean())})


def calibration(probabilities: torch.Tensor, labels: torch.Tensor) -> Scores:
    """Expected calibration error over BINS of confidence (Guo et al. 2017, eq. 5). probabilities (n, C)."""
    confidence, predicted = (values.numpy() for values in probabilities.double().max(1))
    gaps = confidence - (predicted == labels.numpy())
    total = np.bincount(np.minimum(confidence * BINS, BINS - 1).astype(int), weights=gaps)
    return Scores({"calibration_error": float(np.abs(total).sum() / len(labels))})
