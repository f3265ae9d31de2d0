"""Does it hold where the test images are shifted, and does the model know when it errs?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from hill_exp.metrics.scores import Scores
from hill_exp.metrics.shifts import shifted
from hill_exp.types import Floats, Ints, Labelled

if TYPE_CHECKING:
    import torch


def under_shift(predict: Callable[[Floats], Ints], test: Labelled, rng: np.random.Generator) -> Scores:
    """Accuracy under each shift and severity, and its mean over all of them."""
    accuracies = {
        f"shift.{name}.{severity}": float((predict(images) == test.labels).mean())
        for name, severity, images in shifted(test.images, rng)
    }
    return Scores({"shifted_accuracy": float(np.mean(list(accuracies.values()))), **accuracies})


def calibration(probabilities: torch.Tensor, labels: torch.Tensor) -> Scores:
    """Expected calibration error over 15 bins of confidence (Guo et al. 2017, eq. 5). probabilities (n, C)."""
    from hill_exp.torchvision_import import import_torchvision

    import_torchvision()  # torchmetrics imports it where it is installed
    from torchmetrics.functional.classification import multiclass_calibration_error

    error = multiclass_calibration_error(probabilities, labels, num_classes=probabilities.shape[1], n_bins=15)
    return Scores({"calibration_error": float(error)})
