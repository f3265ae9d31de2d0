"""How well, and how soon."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from hill_exp.metrics.scores import Scores
from hill_exp.types import Bools, Ints


def scores(
    epochs: Mapping[str, Sequence[float]],
    kept: int,
    target: float,
    canvas_predicted: Ints,
    canvas_truth: Ints,
    reserved: Bools,
) -> Scores:
    """Accuracies of the network that is scored, that of the epoch `kept`, and the course of the learning curve.

    `train_accuracy` is on all canvas points against their true labels, labelled or not, so the generalization gap
    asks whether what the person did to the points on the canvas carries over to points nobody saw.
    `reserved_accuracy` is on the `reserved` (N,) of them alone, whose labels no person gave under any condition, and
    `reserved_gap` what it has over test accuracy: what carries over from the canvas as a place. NaN without a reserve.
    `last_test_accuracy` and `best_validation_test_accuracy` are what the test accuracy is if the last epoch is kept,
    and if that of the best validation accuracy is, the earliest of several.
    `learning_curve_auc` is the mean test accuracy over the epochs: the area under the curve, as a share.
    `epochs_to_target` is the first epoch whose test accuracy reaches `target`, NaN if none does.
    """
    curve, validation = epochs["test_accuracy"], epochs["validation_accuracy"]
    right = canvas_predicted == canvas_truth
    test_accuracy, train_accuracy = curve[kept - 1], float(right.mean())
    reserved_accuracy = float(right[reserved].mean()) if reserved.any() else math.nan
    reached = [epoch for epoch, accuracy in enumerate(curve, start=1) if accuracy >= target]
    return Scores(
        {
            "test_accuracy": test_accuracy,
            "train_accuracy": train_accuracy,
            "validation_accuracy": validation[kept - 1],
            "generalization_gap": train_accuracy - test_accuracy,
            "reserved_accuracy": reserved_accuracy,
            "reserved_gap": reserved_accuracy - test_accuracy,
            "kept_epoch": float(kept),
            "last_test_accuracy": curve[-1],
            "best_validation_test_accuracy": curve[validation.index(max(validation))],
            "learning_curve_auc": sum(curve) / len(curve),
            "epochs_to_target": float(reached[0]) if reached else math.nan,
        }
    )
