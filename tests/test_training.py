"""How the student is trained: each setting does what it says, off is plain training, and nothing is left to chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from commands import assert_same, hill_exp_here
from torch.nn.functional import cross_entropy

from hill_exp.config import build, compose, validate
from hill_exp.encoder import Encoder
from hill_exp.loop import run as loop
from hill_exp.loop.augmentation import GREY, Augmentation, Consistency
from hill_exp.loop.batches import Batch, Batches
from hill_exp.loop.parts import Parts
from hill_exp.loop.step import Training, consistency_loss, drawing_from, step_loss
from hill_exp.metrics import performance
from hill_exp.model.network import forward
from hill_exp.person import Person
from hill_exp.record.condition import Condition
from hill_exp.rng import stream, stream_seed
from hill_exp.study.job import participate
from hill_exp.testing import global_generators_at
from hill_exp.types import NO_CLASS, Floats, Teaching

MakeParts = Callable[..., Parts]

AUGMENTED = ["training.augmentation.flip=0.5", "training.augmentation.translate=0.125"]
CONSISTENT = ["training.consistency.weight=1", "training.consistency.threshold=0"]
RANDOM = [*AUGMENTED, *CONSISTENT, "model.dropout=0.3"]


class Flat(Encoder):
    """The pixels as a vector, in place of a pretrained network's features."""

    def features(self, images: Floats) -> Floats:
        return images.reshape(len(images), -1)


FLAT = f"encoder._target_={__name__}.Flat"


@cache
def usual() -> Mapping[str, Any]:
    return compose.composed("+user=none")[0]["training"]


def settings(**changes: Any) -> Training:
    return validate(Training, {**usual(), **changes}, "training")


def augmentation(**changes: float) -> Augmentation:
    return Augmentation(**{"flip": 0, "translate": 0, "rotate": 0, "erase": 0, **changes})


def _run(parts: Parts, participant: int = 1) -> loop.Outcome:
    assert isinstance(parts.user, Person)
    sample = parts.encoder.encoded(parts.dataset.sample(0, participant))
    return loop.run(parts, parts.user, sample, 0, participant, "cpu", lambda *_: None)


# --- off


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_with_everything_off_a_run_is_the_plain_loop_to_the_last_bit(model: str, tiny_parts: MakeParts) -> None:
    parts = tiny_parts("+user=none", f"model={model}", "training.keep=last")
    sample, training = parts.dataset.sample(0, 1), parts.training
    inputs, observed = torch.from_numpy(sample.canvas.inputs), torch.from_numpy(sample.canvas.observed)
    net = parts.model.build(sample.canvas.inputs, len(sample.classes), stream_seed(0, 1, "weights"))
    optimizer = torch.optim.AdamW(
        net.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay, fused=True
    )
    rng, losses, accuracies = stream(0, 1, "batches"), [], []
    for _ in range(training.epochs):
        net.train()
        for rows in torch.from_numpy(rng.permutation(len(inputs))).tensor_split(2):
            seen = (observed[rows] != NO_CLASS).sum().clamp(min=1)
            loss = cross_entropy(net(inputs[rows])[1], observed[rows], ignore_index=NO_CLASS, reduction="sum") / seen
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        predicted = forward(net, torch.from_numpy(sample.test.inputs))[1].argmax(1).numpy()
        accuracies.append(float((predicted == sample.test.labels).mean()))
    outcome = _run(parts)
    assert outcome.epochs["train_loss"] == torch.stack(losses).reshape(-1, 2).mean(1).tolist()
    assert outcome.epochs["test_accuracy"] == accuracies and outcome.metrics["test_accuracy"] == accuracies[-1]
    assert outcome.epochs["consistency_loss"] == [0.0] * training.epochs


@pytest.mark.parametrize(
    "setting",
    [
        "training.learning_rate_schedule=cosine",
        "training.label_smoothing=0.1",
        "model.dropout=0.2",
        "training.augmentation.flip=0.5",
        "training.augmentation.translate=0.2",
        "training.augmentation.rotate=20",
        "training.augmentation.erase=0.5",
        "training.consistency.weight=1",
    ],
)
def test_each_setting_changes_the_training(setting: str, tiny_parts: MakeParts) -> None:
    always = "training.consistency.threshold=0"
    plain, changed = (_run(tiny_parts("+user=none", "model=cnn", always, *more)) for more in ([], [setting]))
    assert plain.epochs["train_loss"][1:] != changed.epochs["train_loss"][1:]
    same_at_first = plain.epochs["train_loss"][0] == changed.epochs["train_loss"][0]
    assert same_at_first == ("schedule" in setting)  # which begins at the full rate


# --- learning rate, smoothing


def test_the_cosine_ends_near_0_and_the_constant_stays() -> None:
    rates: dict[str, list[float]] = {}
    for name in ("constant", "cosine"):
        optimizer, schedule = settings(epochs=10, learning_rate=0.1, learning_rate_schedule=name).optimizer(
            torch.nn.Linear(1, 1)
        )
        rates[name] = []
        for _ in range(10):
            rates[name].append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        rates[name].append(optimizer.param_groups[0]["lr"])
    assert rates["constant"] == [0.1] * 11
    assert rates["cosine"] == pytest.approx([0.05 * (1 + math.cos(math.pi * e / 10)) for e in range(11)])


def test_label_smoothing_spreads_observed_labels_and_those_of_gestures() -> None:
    logits = torch.tensor([[2.0, 0.0, -1.0], [0.0, 1.0, 0.5]])
    surprise = -logits.log_softmax(1)
    smoothed = 0.8 * surprise[0, 0] + 0.2 * surprise[0].mean()  # Szegedy et al. 2016, section 7
    rows, observed = torch.arange(2), torch.tensor([0, NO_CLASS])

    class Fixed(torch.nn.Module):
        def forward(self, _: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return logits, logits

    total, made_of = step_loss(
        Fixed(), Batch(rows, observed, logits, None), settings(label_smoothing=0.2), None, None, 0.0
    )
    assert total.item() == pytest.approx(smoothed.item()) and made_of.tolist() == [total.item(), 0, 0]

    teacher = build({**compose.settings("teacher", "annotation", "teacher"), "label_smoothing": 0.2}, "teacher")
    teaching = Teaching(torch.tensor([True, False]), torch.tensor([[0], [NO_CLASS]]))
    assert teacher.loss(logits, logits, rows, teaching).item() == pytest.approx(smoothed.item())


# --- whose network is kept


def test_the_best_epoch_is_kept_the_earliest_of_equals() -> None:
    accuracies = [0.3, 0.5, 0.4, 0.5, 0.6, 0.6]
    kept = [epoch for epoch in range(1, 7) if settings(keep="best_validation").keeps(accuracies[:epoch])]
    assert kept == [1, 2, 5]
    assert all(settings(keep="last").keeps(accuracies[:epoch]) for epoch in range(1, 7))


def test_all_metrics_are_those_of_the_network_that_is_kept(tiny_parts: MakeParts) -> None:
    wild = ["+user=oracle", "training.learning_rate=0.1"]
    best, last = (
        _run(tiny_parts(*wild, "training.epochs=6", f"training.keep={k}")) for k in ("best_validation", "last")
    )
    assert best.epochs == last.epochs
    validation, test = best.epochs["validation_accuracy"], best.epochs["test_accuracy"]
    epoch = int(best.metrics["kept_epoch"])
    assert epoch == 1 + validation.index(max(validation)) < 6 and last.metrics["kept_epoch"] == 6
    for outcome, kept in ((best, epoch), (last, 6)):
        metrics, counts = outcome.metrics, np.array(outcome.confusion)
        assert metrics["test_accuracy"] == test[kept - 1] == pytest.approx(np.trace(counts) / counts.sum())
        assert metrics["validation_accuracy"] == validation[kept - 1]
        assert outcome.predictions is not None
        recalls = [row["accuracy"] for row in outcome.groups if row["kind"] == "class"]
        assert metrics["worst_class_recall"] == min(recalls)
        assert metrics["last_test_accuracy"] == test[-1]
        assert metrics["best_validation_test_accuracy"] == test[epoch - 1]
    for metric in ("shifted_accuracy", "calibration_error"):
        assert best.metrics[metric] != last.metrics[metric]
    shorter = _run(tiny_parts(*wild, f"training.epochs={epoch}", "training.keep=last"))
    for metric in ("train_accuracy", "shifted_accuracy", "calibration_error"):
        assert best.metrics[metric] == shorter.metrics[metric]  # the network of that epoch, and no other


def test_the_picture_goes_on_with_the_network_as_it_trains(tiny_parts: MakeParts) -> None:
    best, last = (_run(tiny_parts("+user=oracle", "training.learning_rate=0.1", f"training.keep={keep}"))
                  for keep in ("best_validation", "last"))  # fmt: skip
    assert best.metrics["kept_epoch"] < last.metrics["kept_epoch"] and best.turns == last.turns
    assert best.trace and last.trace
    for name, array in best.trace.arrays().items():
        np.testing.assert_array_equal(array, last.trace.arrays()[name])
    assert best.metrics["embedding_response"] == last.metrics["embedding_response"]


def test_scores_tell_both_ways_to_keep_whichever_is_kept() -> None:
    epochs = {"test_accuracy": [0.2, 0.6, 0.5, 0.7], "validation_accuracy": [0.1, 0.4, 0.4, 0.3]}
    truth = np.zeros(4, dtype=np.int64)
    for kept, accuracy in ((2, 0.6), (4, 0.7)):
        scores = performance.scores(epochs, kept, 0.5, truth, truth, truth == NO_CLASS).metrics
        assert scores["kept_epoch"] == kept and scores["test_accuracy"] == accuracy
        assert (scores["last_test_accuracy"], scores["best_validation_test_accuracy"]) == (0.7, 0.6)


# --- chance


def test_what_a_step_draws_is_of_its_epoch_and_leaves_the_generators_alone() -> None:
    drawn = []
    for state, seed in ((0, 3), (1, 3), (0, 4)):
        with global_generators_at(state, "training"), drawing_from(seed, "cpu"):
            drawn.append(torch.rand(3).tolist())
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_run_with_everything_random_on_is_the_same_whatever_ran_before(tiny: Callable[..., Condition]) -> None:
    condition = tiny("+user=oracle", "model=cnn", *RANDOM, "training.augmentation.erase=0.5")
    with global_generators_at(0, "a run"):
        one = {participant: participate(condition, 0, participant, lambda *_: None) for participant in (1, 2)}
    with global_generators_at(1, "a run"):
        other = {participant: participate(condition, 0, participant, lambda *_: None) for participant in (2, 1)}
    for participant, record in one.items():
        assert_same(record, other[participant])
    assert one[1].epochs["consistency_loss"][0] > 0


def test_pairs_share_what_is_drawn(tiny_parts: MakeParts) -> None:
    none, oracle = (_run(tiny_parts(f"+user={user}", "schedule.warmup=2", *RANDOM)) for user in ("none", "oracle"))
    assert none.epochs["train_loss"][:2] == oracle.epochs["train_loss"][:2]
    assert none.epochs["consistency_loss"][:2] == oracle.epochs["consistency_loss"][:2]
    assert none.epochs["train_loss"][3] != oracle.epochs["train_loss"][3]


def test_every_epoch_draws_from_a_stream_of_its_own(tiny_parts: MakeParts, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = list[int]()

    def of(_: Augmentation, images: torch.Tensor) -> torch.Tensor:
        begun.append(torch.default_generator.initial_seed())
        return images

    monkeypatch.setattr(Augmentation, "of", of)
    _run(tiny_parts("+user=none", "training.batch_size=60"))  # a batch an epoch
    assert begun == [stream_seed(0, 1, f"training/{epoch}") for epoch in range(1, 5)]


# --- augmentation


def pictures(n: int, height: int = 12, width: int = 12) -> torch.Tensor:
    return torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def _torch_as_it_was() -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        yield


def test_no_change_is_the_same_tensor() -> None:
    images = pictures(2)
    assert augmentation().of(images) is images and augmentation().on() == {}


def test_images_are_flipped_with_the_probability_each_by_itself() -> None:
    images = pictures(200)
    torch.testing.assert_close(augmentation(flip=1).of(images), images.flip(-1))
    half = augmentation(flip=0.5).of(images)
    flipped = ((half - images.flip(-1)).abs() < 1e-4).flatten(1).all(1)
    left = ((half - images).abs() < 1e-4).flatten(1).all(1)
    assert (flipped ^ left).all() and 60 < flipped.sum() < 140


def test_images_are_shifted_by_whole_pixels_up_to_a_share_of_the_side() -> None:
    images = pictures(300, 8, 16)
    moved = augmentation(translate=0.25).of(images)
    found = set()
    for image, after in zip(images, moved, strict=True):
        inner = after[:, 2:6, 4:12]
        for down in range(-2, 3):
            for right in range(-4, 5):
                if torch.allclose(inner, image[:, 2 + down : 6 + down, 4 + right : 12 + right], atol=1e-4):
                    found.add((down, right))
    assert {down for down, _ in found} == set(range(-2, 3)) and {right for _, right in found} == set(range(-4, 5))


def test_images_are_turned_about_their_middle_without_distortion(monkeypatch: pytest.MonkeyPatch) -> None:
    images = pictures(1, 4, 8)
    monkeypatch.setattr(torch, "rand", lambda *size: torch.ones(*size))  # as far as it goes, and no flip
    torch.testing.assert_close(augmentation(rotate=180).of(images), images.flip(-1, -2), atol=1e-4, rtol=0)
    turned = augmentation(rotate=90).of(images)[..., 2:6]  # the square in the middle stays one
    torch.testing.assert_close(turned, images[..., 2:6].rot90(1, (-2, -1)), atol=1e-4, rtol=0)


def test_turns_reach_to_both_sides_and_differ() -> None:
    ramp = torch.linspace(0, 1, 33)[:, None].expand(33, 33).expand(50, 1, 33, 33)  # lighter from top to bottom
    turned = augmentation(rotate=30).of(ramp)
    slope = (turned[:, 0, 16, 24] - turned[:, 0, 16, 8]) / (turned[:, 0, 24, 16] - turned[:, 0, 8, 16])
    degrees = slope.atan().rad2deg()
    assert -30.1 < degrees.min() < -20 and 20 < degrees.max() < 30.1 and degrees.unique().numel() > 40


def test_a_rectangle_is_erased_with_the_probability() -> None:
    images = pictures(400, 16, 24)
    after = augmentation(erase=0.5).of(images)
    changed = (after != images).all(1)  # (B, height, width)
    assert 150 < changed.flatten(1).any(1).sum() < 250
    for mask, image in zip(changed, after, strict=True):
        if mask.any():
            rows, columns = mask.any(1).nonzero()[:, 0], mask.any(0).nonzero()[:, 0]
            assert mask.sum() == (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
            assert (image[:, mask] == GREY).all() and mask.sum() <= 0.4 * mask.numel()


def test_only_canvas_images_in_training_are_augmented(tiny_parts: MakeParts, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = tiny_parts("+user=oracle", *AUGMENTED)
    sample, seen = parts.dataset.sample(0, 1), []
    canvas = torch.from_numpy(sample.canvas.inputs)
    monkeypatch.setattr(Augmentation, "of", lambda _, images: seen.append(images) or images)
    _run(parts)
    assert sum(map(len, seen)) == parts.training.epochs * len(canvas)
    assert all((canvas == image).flatten(1).all(1).any() for image in torch.cat(seen))


# --- consistency


def test_the_loss_of_fixmatch_by_hand() -> None:
    weak = torch.tensor([[0.98, 0.02], [0.10, 0.90], [0.03, 0.97], [0.5, 0.5]]).log().requires_grad_()
    strong = torch.tensor([[0.50, 0.50], [0.01, 0.99], [0.80, 0.20], [0.5, 0.5]]).log().requires_grad_()
    loss = consistency_loss(weak, strong, threshold=0.95)  # the second and the fourth are not sure enough
    assert loss.item() == pytest.approx((-math.log(0.5) - math.log(0.2)) / 4)
    loss.backward()
    assert weak.grad is None and strong.grad is not None
    assert strong.grad[[1, 3]].abs().max() == 0 < strong.grad[[0, 2]].abs().min()
    assert consistency_loss(weak, strong, threshold=1).item() == 0


def test_the_step_adds_the_consistency_of_all_points_labelled_or_not() -> None:
    net = build(compose.settings("model", "mlp", "model"), "model").build(pictures(4).numpy(), 3, seed=0)
    weak, strong = pictures(4), pictures(4).flip(-1)
    training = settings(consistency={"weight": 2.0, "threshold": 0.0, "strength": 0.3})
    batch = Batch(torch.arange(4), torch.tensor([0, NO_CLASS, NO_CLASS, 1]), weak, strong)
    total, made_of = step_loss(net, batch, training, None, None, 0.0)
    expected = consistency_loss(net(weak)[1], net(strong)[1], 0.0)
    assert made_of[2].item() == pytest.approx(expected.item())
    assert total.item() == pytest.approx(made_of[0].item() + 2 * expected.item())
    without, _ = step_loss(net, replace(batch, strong=None), training, None, None, 0.0)
    assert without.item() == pytest.approx(made_of[0].item())


@pytest.mark.parametrize("channels", [1, 3])
def test_the_strong_view_of_images_is_another_image_of_the_same_kind(channels: int) -> None:
    images = pictures(50)[:, :channels]
    strong = Consistency(weight=1, threshold=0.95, strength=0.3).strong(images, augmentation())
    assert strong.shape == images.shape and strong.dtype == images.dtype
    assert strong.min() >= 0 and strong.max() <= 1
    assert ((strong - images).abs() > 0.1).flatten(1).any(1).sum() > 25
    none = Consistency(weight=1, threshold=0.95, strength=0.0).strong(images, augmentation(flip=1))
    torch.testing.assert_close(none, images.flip(-1))  # then it is another weak view


def test_the_strong_view_of_vectors_has_a_share_of_components_at_their_mean() -> None:
    features = torch.rand(100, 40)
    mean = features.mean(0)
    consistency = {"weight": 1.0, "threshold": 0.95, "strength": 0.3}
    batches = Batches(
        settings(consistency=consistency, batch_size=100), features, False, torch.zeros(100, dtype=torch.long),
        np.random.default_rng(0),
    )  # fmt: skip
    (batch,) = batches.epoch()
    assert batch.strong is not None
    torch.testing.assert_close(batch.weak, features[batch.rows], rtol=0, atol=0)
    masked = batch.strong != batch.weak
    assert 0.27 < masked.float().mean() < 0.33
    assert (batch.strong == torch.where(masked, mean, batch.weak)).all()
    assert masked.unique(dim=0).shape[0] == 100  # each its own


def test_consistency_works_on_vectors_and_with_nobody_and_somebody(tiny_parts: MakeParts) -> None:
    for user in ("none", "oracle"):
        outcome = _run(tiny_parts(f"+user={user}", FLAT, *CONSISTENT, "model.dropout=0.2"))
        assert min(outcome.epochs["consistency_loss"]) > 0
    sure = _run(tiny_parts("+user=none", FLAT, *CONSISTENT, "training.consistency.threshold=1"))
    assert sure.epochs["consistency_loss"] == [0.0] * 4  # nothing is as sure as that


def test_consistency_sees_no_label_of_the_canvas(tiny_parts: MakeParts) -> None:
    """With other true labels, and the same observed ones, the training is the same."""
    parts = tiny_parts("+user=none", *RANDOM)
    assert isinstance(parts.user, Person)
    sample = parts.dataset.sample(0, 1)
    other = replace(sample, canvas=replace(sample.canvas, labels=np.roll(sample.canvas.labels, 7)))
    runs = [loop.run(parts, parts.user, s, 0, 1, "cpu", lambda *_: None).epochs for s in (sample, other)]
    assert runs[0] == runs[1]


# --- refusals


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["training.keep=best"], "training.keep = best: must be 'last' or 'best_validation'"),
        (["training.learning_rate_schedule=step"], "training.learning_rate_schedule = step: must be 'constant' or"),
        (["training.label_smoothing=1"], "training.label_smoothing = 1: must be less than 1"),
        (["model.dropout=1"], "model.dropout = 1: must be less than 1"),
        (["training.augmentation.translate=0.6"], "training.augmentation.translate = 0.6: must be less than or equal"),
        (["+training.augmentation.flp=1"], "training.augmentation: there is no 'flp'. Did you mean flip?"),
        (["training.consistency.threshold=95"], "training.consistency.threshold = 95: must be less than or equal to 1"),
        (
            [FLAT, "training.augmentation.erase=0.2"],
            "training.augmentation.erase = 0.2: changes images, and the model is given vectors (dataset=digits "
            "encoder=Flat). Set it to 0, or train on images with encoder=none.",
        ),
        ([FLAT, "model=cnn"], "model=cnn needs images, and is given vectors (dataset=digits encoder=Flat)."),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_cannot_be_is_refused_in_a_sentence(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    done = hill_exp_here("+user=oracle", *arguments, cwd=tmp_path)
    assert done.returncode == 2 and sentence in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
