"""One participant: what the loop must hold to, whatever is plugged in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hill_exp.config.show import EVERYTHING
from hill_exp.loop import run as loop
from hill_exp.loop.parts import Parts
from hill_exp.loop.sights import sights_of
from hill_exp.loop.step import Diverged
from hill_exp.loop.turns import Desk
from hill_exp.metrics.faithfulness import MEASURES
from hill_exp.person import AtThePage, Person
from hill_exp.record.condition import Condition
from hill_exp.study.job import Job, attempt, participate
from hill_exp.types import NO_CLASS, Budget, Cards, Edit, Gesture, Labelled, Sample, View

MakeParts = Callable[..., Parts]


def _run(parts: Parts, sample: Sample | None = None, person: Person | None = None) -> loop.Outcome:
    assert isinstance(parts.user, Person)
    return loop.run(parts, person or parts.user, sample or parts.dataset.sample(0, 1), 0, 1, "cpu", lambda *_: None)


def _same(a: loop.Outcome, b: loop.Outcome, but: tuple[str, ...] = ()) -> None:
    for name in a.epochs:
        if name not in but:
            assert a.epochs[name] == b.epochs[name], name


def test_the_same_participant_twice_is_the_same_to_the_last_bit(tiny_parts: MakeParts) -> None:
    parts = tiny_parts("+user=noisy")
    one, two = _run(parts), _run(parts)
    _same(one, two)
    assert {k: v for k, v in one.metrics.items() if v == v} == {k: v for k, v in two.metrics.items() if v == v}
    assert one.trace and two.trace
    for name, array in one.trace.arrays().items():
        np.testing.assert_array_equal(array, two.trace.arrays()[name])


@pytest.mark.parametrize("teacher", ["contrastive", "annotation", "neighbour", "projective"])
def test_with_weight_0_the_run_equals_plain_training_to_the_last_bit(tiny_parts: MakeParts, teacher: str) -> None:
    taught = _run(tiny_parts("+user=oracle", f"teacher={teacher}", "teacher.weight=0"))
    plain = _run(tiny_parts("+user=none"))
    assert taught.metrics["points_moved"] > 0
    _same(taught, plain)
    assert taught.metrics["test_accuracy"] == plain.metrics["test_accuracy"]


def test_a_teaching_of_weight_above_0_changes_the_run(tiny_parts: MakeParts) -> None:
    taught, plain = _run(tiny_parts("+user=oracle")), _run(tiny_parts("+user=none"))
    assert taught.epochs["train_loss"][0] == plain.epochs["train_loss"][0]  # before the first turn
    assert taught.epochs["train_loss"][-1] != plain.epochs["train_loss"][-1]


def test_the_sham_moves_nothing_and_still_distils(tiny_parts: MakeParts) -> None:
    sham, plain = _run(tiny_parts("+user=placebo", "teacher=neighbour")), _run(tiny_parts("+user=none"))
    assert sham.metrics["points_moved"] == 0 and sham.metrics["points_handled"] == 24  # 12 points a turn, two turns
    assert sham.epochs["train_loss"][-1] != plain.epochs["train_loss"][-1]


def test_nobody_sees_test_data(tiny_parts: MakeParts) -> None:
    """With other test images and labels, everything but the metrics on them stays the same to the last bit."""
    parts = tiny_parts("+user=oracle", "teacher=contrastive")
    sample = parts.dataset.sample(0, 1)
    rng = np.random.default_rng(0)
    scrambled = Labelled(
        rng.random(sample.test.inputs.shape, dtype=np.float32),
        rng.permutation(sample.test.labels),
        sample.test.groups,
        sample.test.names,
    )
    one, other = _run(parts, sample), _run(parts, replace(sample, test=scrambled))
    _same(one, other, but=("test_accuracy",))
    assert one.epochs["test_accuracy"] != other.epochs["test_accuracy"]
    assert one.trace and other.trace
    for name, array in one.trace.arrays().items():
        np.testing.assert_array_equal(array, other.trace.arrays()[name])
    for metric in ("train_accuracy", "validation_accuracy", "distance", "embedding_response"):
        assert one.metrics[metric] == other.metrics[metric]


def test_nobody_sees_validation_data(tiny_parts: MakeParts) -> None:
    """The schedule may (a turn on a plateau); a person, a teacher and the loss may not."""
    parts = tiny_parts("+user=oracle", "teacher=contrastive")
    sample = parts.dataset.sample(0, 1)
    scrambled = replace(sample.validation, labels=np.roll(sample.validation.labels, 7))
    one, other = _run(parts, sample), _run(parts, replace(sample, validation=scrambled))
    _same(one, other, but=("validation_accuracy", "validation_loss"))
    assert one.trace and other.trace
    np.testing.assert_array_equal(one.trace.edited, other.trace.edited)


def test_a_person_sees_the_canvas_and_nothing_else(tiny_parts: MakeParts) -> None:
    parts = tiny_parts("+user=oracle")
    sample = parts.dataset.sample(0, 1)
    views = list[View]()

    class Onlooker(AtThePage):
        def watch(self, view: View) -> None:
            pass

        def leaves_after(self, turn: int) -> bool:
            return False

        def edit(self, view: View, rng: np.random.Generator) -> Edit:
            views.append(view)
            return Edit.of(view.positions, [])

    _run(parts, sample, Onlooker())
    assert len(views) == 2
    for view in views:
        assert len(view) == len(sample.canvas.labels)
        assert (view.recognised == NO_CLASS).all()  # a real person is told nothing
        np.testing.assert_array_equal(view.observed, sample.canvas.observed)
        arrays = [value for value in vars(view).values() if isinstance(value, np.ndarray)]
        assert all(len(array) == len(sample.canvas.labels) for array in arrays if array is not view.names)


class Everything(AtThePage):
    """Keeps what it is shown, and handles, or only looks at, all of it."""

    def __init__(self, looks_only: bool) -> None:
        self.looks_only, self.views = looks_only, list[View]()

    def watch(self, view: View) -> None:
        self.views.append(view)

    def leaves_after(self, turn: int) -> bool:
        return False

    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        every = np.ones(len(view), bool)
        gesture = Gesture(np.arange(len(view)), view.positions)
        return Edit.of(view.positions, [] if self.looks_only else [gesture], looked=every)


@pytest.mark.parametrize(("looks_only", "done"), [(False, "handles"), (True, "looks at")])
def test_whoever_handles_or_looks_at_a_reserved_point_is_refused(
    tiny: Callable[..., Condition], looks_only: bool, done: str
) -> None:
    job = Job(tiny("+user=human"), 0, 1, Path())
    record = attempt(job, lambda *_: None, Everything(looks_only))
    assert record.status == "failed" and re.search(rf"turn 0 {done} point \d+, which is reserved", record.reason)
    free = Job(tiny("+user=human", "dataset.reserved=0"), 0, 1, Path())
    record = attempt(free, lambda *_: None, Everything(looks_only))
    assert record.status == "done" and np.isnan(record.metrics["reserved_gap"])


@pytest.mark.parametrize("user", ["oracle", "blind_oracle", "placebo", "random", "human"])
def test_of_a_reserved_point_a_person_is_told_where_it_is_and_no_more(tiny_parts: MakeParts, user: str) -> None:
    parts = tiny_parts(f"+user={user}", "dataset.colour.train=0.9")
    sample = parts.dataset.sample(0, 1)
    canvas, reserved = sample.canvas, sample.canvas.reserved
    assert isinstance(parts.user, Person)
    desk = Desk(
        parts.user,
        canvas,
        sights_of(sample),
        projection=parts.projection,
        teacher=parts.teacher,
        turns=5,
        budget=Budget(),
        show=EVERYTHING,
        seed=0,
        participant=1,
    )
    desk.show(torch.from_numpy(canvas.inputs).flatten(1), torch.eye(10)[torch.from_numpy(canvas.labels)])
    view = desk._views[-1]
    assert reserved.sum() == 10 and (view.reserved == reserved).all()
    for told in (view.recognised, view.attribute, view.observed):
        assert (told[reserved] == NO_CLASS).all()
    assert (view.attribute[~reserved] == canvas.groups[~reserved]).all()
    assert view.cards.thumbnails is not None and canvas.cards.thumbnails is not None
    assert (view.cards.thumbnails[reserved] == 128).all()
    assert (view.cards.thumbnails[~reserved] == canvas.cards.thumbnails[~reserved]).all()
    assert (view.predicted == canvas.labels).all() and np.isfinite(view.positions).all()


@pytest.mark.parametrize("user", ["oracle", "blind_oracle", "placebo", "random", "tired"])
def test_nobody_handles_the_reserve_and_all_are_measured_on_the_same(tiny_parts: MakeParts, user: str) -> None:
    parts = tiny_parts(
        f"+user={user}", "schedule.budget={points:null,gestures:null,seconds:null}", "training.keep=last"
    )
    outcome = _run(parts)
    reserved = parts.dataset.sample(0, 1).canvas.reserved
    assert outcome.trace and (outcome.trace.reserved == reserved).all()
    assert outcome.trace.handled[:, ~reserved].any() and not outcome.trace.handled[:, reserved].any()
    metrics = outcome.metrics
    right = metrics["reserved_accuracy"] * reserved.sum()
    assert right == pytest.approx(round(right)) and right > 0
    last = outcome.trace
    assert metrics["reserved_accuracy"] == (last.predicted[-1] == last.truth)[reserved].mean()
    assert metrics["reserved_gap"] == metrics["reserved_accuracy"] - metrics["test_accuracy"]


def test_cards_without_some_show_nothing_of_these() -> None:
    hidden = np.array([True, False])
    words, numbers = Cards(texts=("a", "b")), Cards(values=np.ones((2, 3), np.float32))
    assert words.without(hidden).texts == ("", "b")
    values = numbers.without(hidden).values
    assert values is not None and values.dtype == np.float32 and values.tolist() == [[0.0] * 3, [1.0] * 3]


def test_a_person_is_told_how_many_of_the_moved_points_have_followed(tiny_parts: MakeParts) -> None:
    views = list[View]()

    class Mover(AtThePage):
        def watch(self, view: View) -> None:
            views.append(view)

        def leaves_after(self, turn: int) -> bool:
            return False

        def edit(self, view: View, rng: np.random.Generator) -> Edit:
            points = np.flatnonzero(~view.reserved)[: 5 * view.turn + 3]
            return Edit.of(view.positions, [Gesture(points, np.zeros((len(points), 2)))])

    kept = _run(tiny_parts("+user=oracle"), person=Mover()).turns
    answers = [view.followed for view in views]
    assert answers[0] is None and [answer[1] for answer in answers[1:] if answer] == kept["points_moved"] == [3, 8]
    assert [answer[0] for answer in answers[1:] if answer] == kept["moved_followed"]
    assert [view.response for view in views] == [None, *kept["embedding_response"]]


def test_memory_holds_an_edit_for_so_many_turns(tiny_parts: MakeParts) -> None:
    kept, forgotten = (
        _run(tiny_parts("+user=oracle", "schedule.turns=3", f"teacher.memory={memory}")) for memory in ("null", "1")
    )
    turn_3 = 3  # epochs 1 to 3 are the same: the second edit is the first to find another in memory
    assert kept.epochs["teaching_loss"][:2] == forgotten.epochs["teaching_loss"][:2]
    assert kept.epochs["teaching_loss"][turn_3:] != forgotten.epochs["teaching_loss"][turn_3:]


def test_a_run_that_diverges_says_so_with_its_epoch(tiny_parts: MakeParts) -> None:
    with pytest.raises(Diverged, match=r"epoch \d+|turn \d+"):
        _run(tiny_parts("+user=oracle", "training.learning_rate=1e6"))


def test_a_record_has_the_columns_that_others_rely_on(tiny: Callable[..., Condition]) -> None:
    record = participate(tiny("+user=oracle"), 0, 1, lambda *_: None)
    expected = {"test_accuracy", "train_accuracy", "generalization_gap", "shifted_accuracy", "calibration_error"}
    expected |= {"worst_class_recall", "class_recall_gap", "learning_curve_auc", "epochs_to_target", "test_loss"}
    expected |= {"reserved_accuracy", "reserved_gap", "points_moved", "embedding_response", "moved_followed", *MEASURES}
    assert expected <= set(record.metrics)
    for name in MEASURES:
        assert record.metrics[name] == pytest.approx(np.mean(record.turns[name]))
    assert 0 < record.metrics["moved_followed"] == sum(record.turns["moved_followed"]) < record.metrics["points_moved"]
    assert record.metrics["generalization_gap"] == pytest.approx(
        record.metrics["train_accuracy"] - record.metrics["test_accuracy"]
    )
    assert [len(column) for column in record.epochs.values()] == [4] * len(record.epochs)
    assert [len(column) for column in record.turns.values()] == [2] * len(record.turns)
    assert record.trace and record.trace.layout.shape == (3, 60, 2) and record.trace.edited.shape == (2, 60, 2)


def test_pairs_share_data_weights_and_batches(tiny_parts: MakeParts) -> None:
    """Before the first turn a participant is the same under every condition."""
    runs = [_run(tiny_parts(f"+user={user}", "schedule.warmup=2")) for user in ("none", "oracle", "random")]
    for run in runs[1:]:
        assert run.epochs["train_loss"][:2] == runs[0].epochs["train_loss"][:2]
        assert run.epochs["test_accuracy"][:2] == runs[0].epochs["test_accuracy"][:2]
