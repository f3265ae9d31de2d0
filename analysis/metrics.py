"""What each number of a record is called in front of a reader."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """`better`: +1 where more is better, -1 where less is, 0 where it says how much was done and not how well."""

    label: str
    better: int = 0
    share: bool = False  # a share from 0 to 1, or a difference of two
    digits: int = 1  # after the point; of a share 3
    censored: bool = False  # the epochs to an event that may not come about in as many as there were
    signed: bool = False  # a difference, that can lie below 0

    @property
    def limits(self) -> tuple[float, float]:
        """What it can be at least and at most."""
        return (
            -1.0 if self.share and self.signed else -math.inf if self.signed else 0.0,
            1.0 if self.share else math.inf,
        )


METRICS: dict[str, Metric] = {
    "test_accuracy": Metric("test accuracy", 1, share=True),
    "train_accuracy": Metric("accuracy on the canvas", 1, share=True),
    "validation_accuracy": Metric("validation accuracy", 1, share=True),
    "generalization_gap": Metric("generalization gap", -1, share=True, signed=True),
    "reserved_accuracy": Metric("accuracy on the reserve of the canvas", 1, share=True),
    "reserved_gap": Metric("reserve-test gap", -1, share=True, signed=True),
    "shifted_accuracy": Metric("accuracy under shift", 1, share=True),
    "test_loss": Metric("log loss on the test set", -1, digits=3),
    "calibration_error": Metric("calibration error", -1, share=True),
    "worst_class_recall": Metric("recall of the worst class", 1, share=True),
    "class_recall_gap": Metric("class-recall gap", -1, share=True),
    "learning_curve_auc": Metric("mean accuracy over epochs", 1, share=True),
    "kept_epoch": Metric("epoch whose network is scored"),
    "last_test_accuracy": Metric("test accuracy after the last epoch", 1, share=True),
    "best_validation_test_accuracy": Metric("test accuracy at the best validation accuracy", 1, share=True),
    "epochs_to_target": Metric("epochs to target", -1, censored=True),
    "points_moved": Metric("points moved"),
    "points_handled": Metric("points handled"),
    "gestures": Metric("gestures"),
    "distance": Metric("distance dragged"),
    "person_seconds": Metric("seconds of the person"),
    "points_named": Metric("points named"),
    "named_accuracy": Metric("names that are right", 1, share=True),
    "embedding_response": Metric("embedding response", digits=3, signed=True),
    "moved_followed": Metric("moved points that followed"),
    "trustworthiness": Metric("trustworthiness of the picture", 1, share=True),
    "continuity": Metric("continuity of the picture", 1, share=True),
    "neighbour_agreement": Metric("neighbours that the picture keeps", 1, share=True),
    "worst_group_accuracy": Metric("accuracy of the worst group", 1, share=True),
    "group_accuracy_gap": Metric("group-accuracy gap", -1, share=True),
    "worst_alignment_accuracy": Metric("accuracy where colour and class disagree", 1, share=True),
    "alignment_accuracy_gap": Metric("aligned-conflicting gap", -1, share=True),
    "bias_amplification": Metric("bias amplification", -1, share=True, signed=True),
    "named_confusions": Metric("confusions that the bias names, less all others", -1, share=True, signed=True),
    "touched_recall": Metric("recall of the classes that the bias names", 1, share=True),
    "touched_minus_other_recall": Metric(
        "recall of the classes that the bias names, less that of the others", 1, True, signed=True
    ),
    "seconds": Metric("seconds of computation"),
}


def describe(name: str) -> Metric:
    """The metric by its column name; one that only a store knows is called as its column. Of a claim about several,
    joined by "and", all of their labels."""
    if " and " in name:
        several = [describe(each) for each in name.split(" and ")]
        shares = all(metric.share for metric in several)
        return Metric(" and ".join(metric.label for metric in several), share=shares, digits=3)
    return METRICS.get(name, Metric(name.replace("_", " "), share=name.startswith("shift.")))


def number(name: str, value: float, signed: bool = False) -> str:
    """A value of the metric for a person: shares with three decimals, counts with one."""
    metric = describe(name)
    return "-" if math.isnan(value) else decimal(value, 3 if metric.share else metric.digits, signed)


def decimal(value: float, digits: int, signed: bool = False) -> str:
    """So many digits after the point, with the minus sign of print; signed: a plus too."""
    return f"{value:{'+' if signed else ''}.{digits}f}".replace("-", "\N{MINUS SIGN}")
