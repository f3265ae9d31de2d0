"""Whom the errors fall on: classes, and groups of a visible attribute."""

from __future__ import annotations

import numpy as np

from hill_exp.metrics.scores import Scores
from hill_exp.types import NO_CLASS, Canvas, Ints, Labelled


def recall(predicted: Ints, truth: Ints, classes: tuple[str, ...]) -> Scores:
    """Recall of each class, the worst of them, and the gap from best to worst."""
    from sklearn.metrics import recall_score

    present = np.unique(truth)
    recalls = recall_score(truth, predicted, labels=present, average=None, zero_division=0)
    return Scores(
        {"worst_class_recall": float(recalls.min()), "class_recall_gap": float(recalls.max() - recalls.min())},
        [
            {"kind": "class", "name": classes[c], "count": int((truth == c).sum()), "accuracy": float(r)}
            for c, r in zip(present, recalls, strict=True)
        ],
    )


def by_group(predicted: Ints, canvas: Canvas, test: Labelled) -> Scores:
    """Where the images carry a visible attribute, a colour: accuracy of each group, the worst, the gap, and
    directional bias amplification. Nothing where they carry none.

    A group is a colour, and also whether that colour is the one that its class mostly has on the canvas: the
    aligned images, and the conflicting ones that a person who goes by colour would misplace.
    """
    if (test.groups == NO_CLASS).all():
        return Scores()
    from fairlearn.metrics import MetricFrame, count
    from sklearn.metrics import accuracy_score

    rows, metrics = [], dict[str, float]()
    aligned = np.where(_usual_colour(canvas)[test.labels] == test.groups, "aligned", "conflicting")
    for kind, groups in (("colour", test.groups.astype(str)), ("alignment", aligned)):
        frame = MetricFrame(
            metrics={"accuracy": accuracy_score, "count": count},
            y_true=test.labels,
            y_pred=predicted,
            sensitive_features=groups,
        )
        rows += [
            {"kind": kind, "name": str(name), "count": int(row["count"]), "accuracy": float(row["accuracy"])}
            for name, row in frame.by_group.iterrows()
        ]
        worst, gap = float(frame.group_min()["accuracy"]), float(frame.difference()["accuracy"])
        suffix = "group" if kind == "colour" else kind
        metrics |= {f"worst_{suffix}_accuracy": worst, f"{suffix}_accuracy_gap": gap}
    metrics["bias_amplification"] = attribute_to_task_amplification(predicted, test.labels, test.groups, canvas)
    return Scores(metrics, rows)


def attribute_to_task_amplification(predicted: Ints, truth: Ints, groups: Ints, canvas: Canvas) -> float:
    """Directional bias amplification from attribute to task, BiasAmp A->T of Wang & Russakovsky 2021 (ICML), eq. 1.

    For each pair of attribute a and task t, with y_at whether they go together more often on the canvas than
    chance would have it: Delta_at = P(t predicted | a) - P(t | a); the mean of Delta_at where y_at holds and of
    -Delta_at where it does not. Above 0: the model leans on the attribute more than the data bear out. NaN where
    attribute and task are independent on the canvas: the measure has no meaning there.
    """
    tasks, attributes = np.unique(canvas.labels), np.unique(canvas.groups)
    task_is = {t: canvas.labels == t for t in tasks}
    deltas, correlated = [], []
    for a in attributes:
        of_group, seen = groups == a, canvas.groups == a
        if not of_group.any():
            continue
        for t in tasks:
            joint, chance = (seen & task_is[t]).mean(), seen.mean() * task_is[t].mean()
            correlated.append(joint > chance)
            deltas.append((predicted[of_group] == t).mean() - (truth[of_group] == t).mean())
    if len(set(correlated)) < 2:
        return float("nan")
    return float(np.where(correlated, deltas, -np.array(deltas)).mean())


def _usual_colour(canvas: Canvas) -> Ints:
    """(C,) the colour that most images of each class have on the canvas."""
    n_classes = int(canvas.labels.max()) + 1
    counts = np.zeros((n_classes, int(canvas.groups.max()) + 1), dtype=np.int64)
    np.add.at(counts, (canvas.labels, canvas.groups), 1)
    return counts.argmax(axis=1)
