"""How well, and how soon."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from hill_exp.metrics.scores import Scores
from hill_exp.types import Ints


def scores(epochs: Mapping[str, Sequence[float]], target: float, canvas_predicted: Ints, canvas_truth: Ints) -> Scores:
    """Accuracies at the end of training and the course of the learning curve.

    `train_accuracy` is on all canvas points against their true labels, labelled or not, so the generalization gap
    asks whether what the person did to the points on the canvas carries over to points nobody saw.
    `learning_curve_auc` is the mean test accuracy over the epochs: the area under the curve, as a share.
    `epochs_to_target` is the first epoch whose test accuracy reaches `target`, NaN if none does.
    """
    curve = epochs["test_accuracy"]
    train_accuracy = float((canvas_predicted == canvas_truth).mean())
    reached = [epoch for epoch, accuracy in enumerate(curve, start=1) if accuracy >= target]
    return Scores(
        {
            "test_accuracy": curve[-1],
            "train_accuracy": train_accuracy,
            "validation_accuracy": epochs["validation_accuracy"][-1],
            "generalization_gap": train_accuracy - curve[-1],
            "learning_curve_auc": sum(curve) / len(curve),
            "epochs_to_target": float(reached[0]) if reached else math.nan,
        }
    )
