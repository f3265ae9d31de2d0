"""One participant with somebody who names points: what reaches whom, what is taught, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from persons import NAMERS

from hill_exp.command.ask import Job, ask
from hill_exp.config import compose
from hill_exp.loop import run as loop
from hill_exp.loop.naming import Register, as_the_model_has_them
from hill_exp.loop.parts import Parts
from hill_exp.loop.sights import sights_of
from hill_exp.loop.step import Diverged
from hill_exp.person import Names, Naming, Query
from hill_exp.projection.pca import Pca
from hill_exp.record.condition import Condition
from hill_exp.study.job import participate
from hill_exp.types import NO_CLASS, Labelled, Sample

MakeParts = Callable[..., Parts]
EAGER = {"self_training": ["user.threshold=0.2"]}  # a model that has hardly been trained is sure of little


def _run(parts: Parts, sample: Sample | None = None, who: Names | None = None) -> loop.Outcome:
    person: Any = who or parts.user
    return loop.run(parts, person, sample or parts.dataset.sample(0, 1), 0, 1, "cpu", lambda *_: None)


def _same(a: loop.Outcome, b: loop.Outcome, but: tuple[str, ...] = ()) -> None:
    assert {name: column for name, column in a.epochs.items() if name not in but} == {
        name: column for name, column in b.epochs.items() if name not in but
    }


@pytest.mark.parametrize("name", NAMERS)
def test_who_names_sees_neither_test_nor_validation_data(name: str, tiny_parts: MakeParts) -> None:
    parts = tiny_parts(f"+user={name}", *EAGER.get(name, ()))
    sample = parts.dataset.sample(0, 1)
    rng = np.random.default_rng(0)
    scrambled = [
        Labelled(rng.random(part.inputs.shape, dtype=np.float32), rng.permutation(part.labels), part.groups, part.names)
        for part in (sample.test, sample.validation)
    ]
    one, other = _run(parts, sample), _run(parts, replace(sample, test=scrambled[0], validation=scrambled[1]))
    _same(one, other, but=("test_accuracy", "validation_accuracy", "validation_loss"))
    assert one.epochs["test_accuracy"] != other.epochs["test_accuracy"]
    assert sum(one.turns["points_named"]) > 0
    for column, values in one.turns.items():
        np.testing.assert_array_equal(values, other.turns[column])


@pytest.mark.parametrize("name", sorted(set(NAMERS) - {"active"}))
def test_a_machine_sees_no_true_label(name: str, tiny_parts: MakeParts) -> None:
    parts = tiny_parts(f"+user={name}", *EAGER.get(name, ()))
    sample = parts.dataset.sample(0, 1)
    others = replace(sample, canvas=replace(sample.canvas, labels=np.roll(sample.canvas.labels, 7)))
    one, other = _run(parts, sample), _run(parts, others)
    _same(one, other)
    assert one.turns["points_named"] == other.turns["points_named"]
    assert one.turns["named_accuracy"][-1] > other.turns["named_accuracy"][-1]


@pytest.mark.parametrize("name", NAMERS)
def test_with_weight_0_the_run_equals_plain_training_to_the_last_bit(name: str, tiny_parts: MakeParts) -> None:
    plain = _run(tiny_parts("+user=none"))
    _same(_run(tiny_parts(f"+user={name}", "user.weight=0")), plain)
    taught = _run(tiny_parts(f"+user={name}", *EAGER.get(name, ())))
    assert taught.epochs["train_loss"][0] == plain.epochs["train_loss"][0]  # before the first turn
    assert taught.epochs["train_loss"][-1] != plain.epochs["train_loss"][-1]


def test_names_are_taught_by_cross_entropy_and_no_picture_is_made(
    tiny_parts: MakeParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the teacher and the projection are."""
    usual = _run(tiny_parts("+user=active"))

    def project(*_: Any) -> None:
        raise AssertionError("there is nobody to look at it")

    monkeypatch.setattr(Pca, "project", project)
    _same(_run(tiny_parts("+user=active", "teacher=neighbour", "teacher.weight=9")), usual)
    assert usual.trace is None


class Fickle(Names):
    """Names points 3 and 5 at the first turn, 3 otherwise, 5 the same and 4 at the second, and nothing later."""

    weight = 1.0

    def __init__(self) -> None:
        self.queries = list[Query]()

    def name_points(self, query: Query, rng: np.random.Generator) -> Naming:
        self.queries.append(query)
        labels = np.full(len(query), NO_CLASS)
        for point, label in ({3: 0, 5: 0}, {3: 1, 4: 1, 5: 0}, {})[query.turn].items():
            labels[point] = label
        return Naming(labels, labels == query.turn, 2.5)


def test_a_name_stays_until_the_point_is_named_again(tiny_parts: MakeParts) -> None:
    parts, who = tiny_parts("+user=active", "schedule.turns=3", "dataset.reserved=0"), Fickle()
    sample = parts.dataset.sample(0, 1)
    outcome = _run(parts, sample, who)
    assert [query.turn for query in who.queries] == [0, 1, 2]
    named = [query.named[:6].tolist() for query in who.queries]
    assert named == [[-1] * 6, [-1, -1, -1, 0, -1, 0], [-1, -1, -1, 1, 1, 0]]
    assert [np.flatnonzero(query.asked).tolist() for query in who.queries] == [[], [3, 5], [3, 4, 5]]
    assert outcome.turns["points_named"] == [2, 2, 0] and outcome.turns["epoch"] == [1, 2, 3]
    truth = sample.canvas.labels
    first, later = np.mean(truth[[3, 5]] == 0), np.mean(truth[3:6] == [1, 1, 0])
    right = [first, later, later]
    assert outcome.turns["named_accuracy"] == right and outcome.metrics["named_accuracy"] == np.mean(right)
    assert outcome.metrics["points_named"] == 4 and outcome.metrics["person_seconds"] == 7.5
    for query in who.queries:
        assert (query.recognised == NO_CLASS).all()  # it says not that it perceives
        np.testing.assert_array_equal(query.observed, sample.canvas.observed)
        np.testing.assert_allclose(query.probabilities.sum(1), 1)


def test_the_teaching_is_of_what_has_a_name(tiny_parts: MakeParts) -> None:
    parts = tiny_parts("+user=active", "dataset.reserved=0")
    sample = parts.dataset.sample(0, 1)
    register = Register(parts, Fickle(), sample.canvas, sights_of(sample), 0, 1)
    latents, logits = torch.zeros(60, 2), torch.randn(60, 10)
    register.show(latents, logits)
    register.ask(0)
    teaching = register.teach(latents)
    assert torch.nonzero(teaching.mask).flatten().tolist() == [3, 5] and teaching.target[3].tolist() == [0]
    rows = torch.tensor([4, 3])
    assert register.teacher.loss(latents[rows], logits[rows], rows, teaching).item() == pytest.approx(
        -logits[3].log_softmax(0)[0].item()
    )
    assert register.teacher.loss(latents[:2], logits[:2], torch.tensor([0, 1]), teaching).item() == 0
    with pytest.raises(Diverged, match="the latents are not finite at turn 1"):
        register.show(latents / 0, logits)


def test_inputs_are_those_of_the_model_in_a_row_each() -> None:
    rng = np.random.default_rng(0)
    images = rng.random((5, 3, 4, 4), dtype=np.float32)
    np.testing.assert_allclose(as_the_model_has_them(images), (images.reshape(5, 48) - 0.5) / 0.25, rtol=1e-5)
    vectors = (rng.normal(size=(50, 3)) * [1, 1000, 0] + [0, 5, 7]).astype(np.float32)
    given = as_the_model_has_them(vectors)
    np.testing.assert_allclose(given.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(given.std(0), [1, 1, 0], atol=1e-5)


@pytest.mark.parametrize("name", ["active", "automatic"])
def test_its_records_are_the_same_under_every_teacher_and_projection(name: str, tiny: Callable[..., Condition]) -> None:
    usual = tiny(f"+user={name}")
    other = tiny(f"+user={name}", "teacher=triplet", "projection=scrambled")
    assert usual.content == other.content and usual.id != other.id and usual.asked and not usual.looks
    assert tiny(f"+user={name}", "schedule.turns=3").content != usual.content
    assert tiny(f"+user={name}", "user.weight=3").content != usual.content
    nobody = tiny("+user=none")
    assert not nobody.asked and not nobody.looks and tiny("+user=none", "schedule.turns=3").content == nobody.content


@pytest.mark.parametrize("user", ["active", "automatic", "oracle"])
def test_it_has_controls_and_is_one(user: str) -> None:
    cfg, names = compose.composed(f"+user={user}", "controls=[none,placebo,automatic]")
    controls = [control.names["user"] for control in ask(cfg, Job(names, [], in_sweep=False)).controls]
    assert controls == [name for name in ("none", "placebo", "automatic") if name != user]


def test_what_cannot_teach_such_a_canvas_is_of_no_matter(tiny: Callable[..., Condition]) -> None:
    """A teacher that needs more points than there are teaches nothing here."""
    tiny("+user=active", "teacher=neighbour", "teacher.k=400")


def test_a_record_has_what_was_named_and_what_it_cost(tiny: Callable[..., Condition]) -> None:
    record = participate(tiny("+user=active", "schedule.budget.points=null"), 0, 1, lambda *_: None)
    assert record.metrics["points_moved"] == 0 and "embedding_response" not in record.metrics
    assert record.metrics["named_accuracy"] == 1  # as the oracle, it never errs
    assert record.metrics["person_seconds"] == pytest.approx(5.9 * record.metrics["points_named"]) != 0
    assert record.trace is None and record.predictions is not None
    assert [len(column) for column in record.turns.values()] == [2] * len(record.turns)


def test_nobody_is_asked_about_the_reserve_nor_told_of_it(tiny_parts: MakeParts) -> None:
    parts = tiny_parts("+user=active")
    sample = parts.dataset.sample(0, 1)
    assert sample.canvas.reserved.sum() == 10
    register = Register(parts, parts.user, sample.canvas, sights_of(sample), 0, 1)
    register.show(torch.zeros(60, 2), torch.randn(60, 10))
    register.ask(0)
    assert not register.teach(torch.zeros(60, 2)).mask.numpy()[sample.canvas.reserved].any()
    reserved = np.flatnonzero(sample.canvas.reserved)[0]

    class Prying(Fickle):
        def name_points(self, query: Query, rng: np.random.Generator) -> Naming:
            assert query.asked[reserved] and query.recognised[reserved] == NO_CLASS
            return Naming(np.full(60, NO_CLASS), np.arange(60) == reserved, 1.0)

    prying = Register(parts, Prying(), sample.canvas, sights_of(sample), 0, 1)
    prying.show(torch.zeros(60, 2), torch.randn(60, 10))
    with pytest.raises(ValueError, match=f"turn 0 asks about point {reserved}, which is reserved"):
        prying.ask(0)
