"""The contract suite that is shipped for persons of your own: what passes it, and that every check can fail."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from conftest import TINY, condition_of
from persons import person, settings

from hill_exp.config import build
from hill_exp.live.replay import Replay
from hill_exp.live.session import Session, Stroke, Turn
from hill_exp.person import AtThePage, Crowd, NeedsClasses, Perceives, Person, SeesLatents
from hill_exp.types import Budget, Edit, Floats, Gesture, Ints, UserError, View
from simulated_users.testing import CHECKS, check_user, odd_views, view


class Mine:
    """Drags the first point that the model gets wrong to the middle: ten lines, no base class."""

    def __init__(self, x: float = 0.0) -> None:
        self.x = x

    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        wrong = np.flatnonzero(view.predicted != view.recognised)[:1]
        seconds = 1.0 if view.budget.seconds is None else min(1.0, view.budget.seconds)
        return Edit.of(view.positions, [Gesture(wrong, np.full((len(wrong), 2), self.x), seconds)])


def test_a_person_of_your_own() -> None:
    check_user(Mine)
    node = settings("custom", f"user._target_={__name__}.Mine", "+user.x=0.5")
    edit = build(node, "user").edit(view(), np.random.default_rng(0))
    assert (edit.positions[edit.moved] == 0.5).all()
    with pytest.raises(UserError, match=r"user._target_ = '\?\?\?': must name a class"):
        build(settings("custom"), "user")


@pytest.fixture(scope="module")
def session() -> Session:
    """Of a real person who at every turn put one point elsewhere, quickly, and stopped at the fourth."""
    stroke = Stroke(points=(0,), drops=((0.1, -0.2),), seconds=0.005, at=1.0)
    turns = [Turn(turn=t, how="stop" if t == 3 else "teach", gestures=(stroke,), undone=0, shown="") for t in range(4)]
    begun = Session.begin(condition_of(*TINY, "projection=pca", "+user=human"), 0, 2, {"code": "P3"})
    return begun.updated(turns=tuple(turns), status="done")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_replay_keeps_the_contract(check: Any, session: Session) -> None:
    check(lambda: Replay(session=session))


# --- persons that break it, each in one way


class BadEdit(Mine):
    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        edit = super().edit(view, rng)
        if self.how == "global":
            return super().edit(view, np.random.default_rng(np.random.randint(9)))  # noqa: NPY002
        if self.how == "writes":
            view.predicted.setflags(write=True)
            view.predicted[0] += 1
        if self.how == "remembers":
            self.x += 1
        if self.how == "overdraws":
            return person("oracle").edit(dataclasses.replace(view, budget=Budget()), rng)
        if self.how == "hides":
            return dataclasses.replace(edit, positions=edit.positions + 1)
        if self.how == "looks at nothing":
            return dataclasses.replace(edit, looked=np.zeros(len(view), bool), looking=4.9)
        if self.how == "nan":
            return dataclasses.replace(edit, positions=edit.positions * np.nan)
        return edit


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("global", "global random"),
        ("writes", "changed view.predicted"),
        ("remembers", "not a function of the view"),
        ("overdraws", "under a budget"),
        ("hides", "not what its gestures do"),
        ("looks at nothing", "looking took 4.9 s, and nothing was looked at"),
        ("nan", "a position is not finite"),
    ],
)
def test_a_bad_edit_fails(how: str, sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        check_user(lambda: BadEdit(how))


class Dutiful(Mine, Person):
    """Keeps the contract, and derives from `Person`, so that the roles below can be mixed in."""

    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        return super().edit(view, rng)


class Undeclared(Mine):
    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        return super().edit(view, rng)

    def leaves_after(self, turn: int) -> bool:
        return True


def test_a_role_that_is_not_declared_fails() -> None:
    with pytest.raises(AssertionError, match=r"Undeclared\.leaves_after is called for a AtThePage only"):
        check_user(Undeclared)
    with pytest.raises(AssertionError, match="object is nobody: give it edit"):
        check_user(object)


class Reader(Dutiful, Perceives):
    def __init__(self, how: str) -> None:
        super().__init__()
        self.how, self.calls = how, 0

    def recognise(self, truth: Ints, n_classes: int, rng: np.random.Generator) -> Ints:
        self.calls += 1
        if self.how == "global":
            np.random.random()  # noqa: NPY002
        answers: dict[str, Any] = {
            "shape": truth[:-1],
            "scalar": 3,
            "floats": truth.astype(float),
            "beyond": truth + 1,
            "remembers": (truth + self.calls) % n_classes,
        }
        return answers.get(self.how, truth)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("shape", r"recognise does not give an array of shape \(60,\)"),
        ("scalar", r"recognise does not give an array of shape \(60,\)"),
        ("floats", "recognise gives float64 and not whole numbers"),
        ("beyond", "neither NO_CLASS nor a class from 0 to 9"),
        ("global", "global random"),
        ("remembers", "recognise is not a function of the truth and the rng"),
    ],
)
def test_a_bad_perception_fails(how: str, sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        check_user(lambda: Reader(how))


class Machine(Dutiful, SeesLatents):
    def __init__(self, how: str) -> None:
        super().__init__()
        self.how, self.calls = how, 0

    def recognise_latents(self, latents: Floats, observed: Ints) -> Ints:
        self.calls += 1
        if self.how == "global":
            np.random.random()  # noqa: NPY002
        answers = {"shape": observed[:, None], "below": observed - 5, "remembers": np.full_like(observed, self.calls)}
        return answers.get(self.how, observed)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("shape", "recognise_latents does not give an array of shape"),
        ("below", "recognise_latents gives what is neither NO_CLASS nor a class"),
        ("global", "global random"),
        ("remembers", "recognise_latents is not a function of latents and labels"),
    ],
)
def test_a_bad_machine_fails(how: str, sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        check_user(lambda: Machine(how))


class Visitor(Dutiful, AtThePage):
    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def watch(self, view: View) -> None:
        if self.how == "writes":
            view.positions.setflags(write=True)
            view.positions[:] += 1
        if self.how == "remembers":
            self.x += 1

    def leaves_after(self, turn: int) -> bool:
        return "no" if self.how == "wordy" else False  # type: ignore[return-value]

    @property
    def about(self) -> Mapping[str, Any]:
        return {"age": np.arange(3)} if self.how == "arrays" else {2: 3} if self.how == "keys" else {"code": "P1"}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("writes", "changed view.positions"),
        ("remembers", "the edit is another where the view was watched before"),
        ("wordy", r"leaves_after\(0\) gives 'no'; give True or False"),
        ("arrays", "about is not plain data"),
        ("keys", "about is not plain data: its keys must be texts"),
    ],
)
def test_a_bad_visitor_fails(how: str, sentence: str) -> None:
    check_user(lambda: Visitor(""))
    with pytest.raises(AssertionError, match=sentence):
        check_user(lambda: Visitor(how))


class Pair(Crowd):
    """One of two people."""

    def __init__(self, how: str) -> None:
        self.how, self.calls = how, 0

    def member(self, rng: np.random.Generator) -> tuple[Any, dict[str, Any]]:
        self.calls += 1
        x = float(rng.integers(2))
        if self.how == "global":
            np.random.random()  # noqa: NPY002
        if self.how == "another":
            return Mine(x + self.calls), {"x": x}
        people = {"nobody": object(), "bad member": BadEdit("nan")}
        drawn = {"remembers": {"x": x, "n": self.calls}, "arrays": {"x": np.float64(x), "y": np.zeros(2)}}
        return people.get(self.how, Mine(x)), drawn.get(self.how, {"x": x})


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("nobody", "member draws object, which is no Person"),
        ("bad member", "a position is not finite"),
        ("global", "global random"),
        ("remembers", "member is not a function of the rng"),
        ("another", "the same draw edits otherwise"),
        ("arrays", "what a member is drawn with is not plain data"),
    ],
)
def test_a_bad_crowd_fails(how: str, sentence: str) -> None:
    check_user(lambda: Pair(""))
    with pytest.raises(AssertionError, match=sentence):
        check_user(lambda: Pair(how))


class Picky(Dutiful, NeedsClasses):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def check_classes(self, classes: tuple[str, ...], coloured: bool) -> None:
        if "owl" not in classes:
            raise self.error


def test_only_a_sentence_may_say_what_the_data_lack() -> None:
    check_user(lambda: Picky(UserError("there is no owl")))
    with pytest.raises(AssertionError, match=r"check_classes\(.*\) raises KeyError\('owl'\); raise UserError"):
        check_user(lambda: Picky(KeyError("owl")))


def test_odd_views_are_what_they_say() -> None:
    views = odd_views()
    assert len(views["one point"]) == 1
    assert not (views["no labelled point"].observed >= 0).any()
    assert np.ptp(views["all points equal"].positions, axis=0).max() == 0
    check_user(lambda: person(attribute=1.0))
