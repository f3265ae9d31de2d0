"""Metrics on cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.manifold import trustworthiness

from hill_exp.metrics import bias, generalization, performance
from hill_exp.metrics.faithfulness import MEASURES, faithfulness
from hill_exp.metrics.followed import followed
from hill_exp.metrics.response import embedding_response
from hill_exp.types import Canvas, Cards, Edit, Gesture, Labelled


def _ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def _bools(*values: int) -> np.ndarray:
    return np.array(values, dtype=bool)


def test_learning_curve_and_target() -> None:
    epochs = {"test_accuracy": [0.2, 0.6, 0.5, 0.7], "validation_accuracy": [0.1, 0.2, 0.3, 0.4]}
    scores = performance.scores(epochs, 4, 0.55, _ints(0, 1, 1, 0), _ints(0, 1, 0, 0), _bools(0, 0, 1, 1)).metrics
    assert scores["learning_curve_auc"] == pytest.approx(0.5)
    assert scores["epochs_to_target"] == 2
    assert scores["train_accuracy"] == 0.75 and scores["generalization_gap"] == pytest.approx(0.05)
    assert scores["reserved_accuracy"] == 0.5 and scores["reserved_gap"] == pytest.approx(-0.2)
    never = performance.scores(epochs, 4, 0.9, _ints(0), _ints(0), _bools(0)).metrics
    assert all(np.isnan(never[name]) for name in ("epochs_to_target", "reserved_accuracy", "reserved_gap"))


def test_log_loss_by_hand_and_of_one_who_is_sure_and_wrong() -> None:
    probabilities = torch.tensor([[0.5, 0.5], [0.25, 0.75]])
    loss = generalization.log_loss(probabilities, torch.tensor([0, 1])).metrics["test_loss"]
    assert loss == pytest.approx(-(np.log(0.5) + np.log(0.75)) / 2)
    wrong = generalization.log_loss(torch.tensor([[1.0, 0.0]]), torch.tensor([1])).metrics["test_loss"]
    assert 80 < wrong < 100


def test_calibration_error_of_a_model_that_is_sure_and_half_right() -> None:
    sure = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    scores = generalization.calibration(sure, torch.tensor([0, 1, 1, 0]))
    assert scores.metrics["calibration_error"] == pytest.approx(0.5)


def test_calibration_error_by_hand() -> None:
    """Two who are 0.81 and 0.85 sure are in one bin, where one of them errs; a third is 0.61 sure, and right."""
    confidence = torch.tensor([0.81, 0.85, 0.61])
    scores = generalization.calibration(torch.stack((confidence, 1 - confidence), 1), torch.tensor([0, 1, 0]))
    assert scores.metrics["calibration_error"] == pytest.approx((abs(0.81 + 0.85 - 1) + abs(0.61 - 1)) / 3)


def test_recall_of_each_class() -> None:
    scores = bias.recall(_ints(0, 0, 1, 1, 1, 2), _ints(0, 0, 1, 1, 2, 2), ("a", "b", "c"))
    assert scores.metrics == {"worst_class_recall": 0.5, "class_recall_gap": 0.5}
    assert [(row["name"], row["count"], row["accuracy"]) for row in scores.groups] == [
        ("a", 2, 1.0), ("b", 2, 1.0), ("c", 2, 0.5),
    ]  # fmt: skip


def _names(n: int) -> np.ndarray:
    return np.arange(n).astype(str)


def _coloured(labels: np.ndarray, groups: np.ndarray) -> Labelled:
    return Labelled(np.zeros((len(labels), 3, 2, 2), np.float32), labels, groups, _names(len(labels)))


def test_groups_and_directional_bias_amplification() -> None:
    canvas_labels, canvas_groups = _ints(0, 0, 0, 0, 1, 1, 1, 1), _ints(0, 0, 0, 1, 1, 1, 1, 0)
    canvas = Canvas(
        np.zeros((8, 3, 2, 2), np.float32), canvas_labels, canvas_groups, _names(8), canvas_labels, Cards.blank(8),
        reserved=np.zeros(8, bool),
    )  # fmt: skip
    test = _coloured(_ints(0, 1, 0, 1), _ints(0, 0, 1, 1))
    by_colour = bias.by_group(_ints(0, 0, 1, 1), canvas, test)  # a model that goes by colour alone
    # P(task predicted = its colour | colour) is 1 and was 1/2 in the test data: amplified by 1/2 in all four cells.
    assert by_colour.metrics["bias_amplification"] == pytest.approx(0.5)
    assert by_colour.metrics["worst_group_accuracy"] == 0.5
    assert by_colour.metrics["worst_alignment_accuracy"] == 0.0  # every conflicting image is wrong
    assert bias.by_group(_ints(0, 1, 0, 1), canvas, test).metrics["bias_amplification"] == pytest.approx(0.0)
    assert bias.by_group(_ints(0, 1), canvas, _coloured(_ints(0, 1), _ints(-1, -1))).metrics == {}


def test_bias_amplification_has_no_meaning_where_colour_and_class_are_independent() -> None:
    labels, groups = _ints(0, 0, 1, 1), _ints(0, 1, 0, 1)
    nobody = np.zeros(4, bool)
    canvas = Canvas(np.zeros((4, 3, 2, 2), np.float32), labels, groups, _names(4), labels, Cards.blank(4), nobody)
    assert np.isnan(bias.attribute_to_task_amplification(labels, labels, groups, canvas))


def test_embedding_response_follows_the_edit() -> None:
    before = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    drops = np.array([[0.0, 0.0], [0.0, 0.1], [3.0, 0.0], [3.0, 0.1]])
    edit = Edit.of(before, [Gesture(np.arange(4), drops)])
    assert embedding_response(before, before, before, edit) == 0
    assert embedding_response(before, drops, before, edit) > 0.4
    assert embedding_response(drops, before, before, edit) < -0.4
    assert np.isnan(embedding_response(before, drops, before, Edit.of(before, [])))


# --- the picture ------------------------------------------------------------------------------------------------------


def _plane(n: int = 80) -> tuple[np.ndarray, np.ndarray]:
    """Latents (n, 6) in a plane far from the origin, and the plane (n, 2): a picture of them without a fault."""
    rng = np.random.default_rng(0)
    positions = rng.normal(size=(n, 2))
    return 1e4 + 3 * positions @ np.linalg.qr(rng.normal(size=(6, 2)))[0].T, positions


def test_a_picture_without_a_fault_is_faithful_and_a_scrambled_one_is_not() -> None:
    latents, positions = _plane()
    assert faithfulness(latents, positions) == pytest.approx(dict.fromkeys(MEASURES, 1.0))
    scrambled = faithfulness(latents, np.random.default_rng(1).permutation(positions))
    assert scrambled["neighbour_agreement"] == pytest.approx(10 / 79, abs=0.05)
    assert scrambled["trustworthiness"] < 0.6 and scrambled["continuity"] < 0.6


def test_trustworthiness_and_continuity_tell_what_is_put_together_from_what_is_torn_apart() -> None:
    latents, positions = _plane()
    far = positions[:, :1] > 0
    folded = faithfulness(latents, np.column_stack([np.abs(positions[:, 0]), positions[:, 1]]))
    torn = faithfulness(latents, positions + [100, 0] * far)
    assert folded["continuity"] > folded["trustworthiness"]
    assert torn["trustworthiness"] > torn["continuity"]


def test_trustworthiness_and_continuity_are_those_of_scikit_learn() -> None:
    latents, rng = _plane()[0], np.random.default_rng(2)
    positions = latents[:, :2] + rng.normal(size=(80, 2))
    measured = faithfulness(latents, positions, k=7)
    assert 0.6 < measured["trustworthiness"] < 0.95
    assert measured["trustworthiness"] == pytest.approx(trustworthiness(latents, positions, n_neighbors=7))
    assert measured["continuity"] == pytest.approx(trustworthiness(positions, latents, n_neighbors=7))


def test_faithfulness_counts_neighbours_as_defined() -> None:
    latents = np.array([[0.0], [1.0], [2.1], [3.3], [4.6]])
    swapped = np.array([[0.0, 0], [1.0, 0], [3.3, 0], [2.1, 0], [4.6, 0]])  # nearest: 1, 0, 4 (was 1), 1 (was 2), 2 (3)
    assert faithfulness(latents, swapped, k=1)["neighbour_agreement"] == pytest.approx(2 / 5)
    assert all(np.isnan(value) for value in faithfulness(latents, swapped).values())  # too few points for ten


def _clusters(n: int = 40) -> np.ndarray:
    """(n, 2) the first half about the origin, the second at a distance."""
    return np.random.default_rng(0).normal(0, 0.1, (n, 2)) + [3, 0] * (np.arange(n) >= n // 2)[:, None]


def test_a_stray_has_followed_when_it_lies_with_those_it_was_dropped_among() -> None:
    before = _clusters()
    edit = Edit.of(before, [Gesture(_ints(0, 1), np.array([[3.0, 0.0], [3.0, 0.1]]))])
    after = before.copy()
    after[0] = [2.0, 0.0]  # some of the way, past the rest of its cluster
    assert followed(before, after, edit).nonzero()[0].tolist() == [0]
    turned = -5 * after[:, ::-1] + 7  # a picture may be turned, mirrored, stretched and shifted
    assert followed(before, turned, edit).nonzero()[0].tolist() == [0]
    assert not followed(before, before, edit).any()


def test_nobody_follows_who_was_not_moved() -> None:
    before = _clusters()
    assert not followed(before, before[::-1], Edit.of(before, [])).any()
    alone = Edit.of(np.zeros((1, 2)), [Gesture(_ints(0), np.ones((1, 2)))])
    assert not followed(np.zeros((1, 2)), np.ones((1, 2)), alone).any()
