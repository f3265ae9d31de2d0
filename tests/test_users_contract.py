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
from hill_exp.person import AtThePage, Crowd, Names, Naming, NeedsClasses, Perceives, Person, Query
from hill_exp.types import NO_CLASS, Budget, Edit, Gesture, Ints, Sights, UserError, View
from simulated_users.testing import CHECKS, check_user, odd_views, query, view


class Mine:
    """Drags the first point that the model gets wrong to the middle: ten lines, no base class."""

    def __init__(self, x: float = 0.0) -> None:
        self.x = x

    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        wrong = np.flatnonzero((view.predicted != view.recognised) & ~view.reserved)[:1]
        seconds = 1.0 if view.budget.seconds is None else min(1.0, view.budget.seconds)
        return Edit.of(view.positions, [Gesture(wrong, np.full((len(wrong), 2), self.x), seconds)])


def test_a_person_of_your_own() -> None:
    check_user(Mine)
    node = settings("custom", f"user._target_={__name__}.Mine", "+user.x=0.5")
    edit = build(node, "user").edit(view(), np.random.default_rng(0))
    assert (edit.positions[edit.moved] == 0.5).all()
    with pytest.raises(UserError, match=r"user._target_ = '\?\?\?': must name a class"):
        build(settings("custom"), "user")


ON_ODD_VIEWS = {"moves_only_what_it_says", "ends_at_finite_places", "says_what_it_looked_at"}


@pytest.fixture(scope="module")
def session() -> Session:
    """Of a real person who at every turn put one point elsewhere, quickly, and stopped at the fourth."""
    stroke = Stroke(points=(0,), drops=((0.1, -0.2),), seconds=0.005, at=1.0)
    turns = [Turn(turn=t, how="teach", gestures=(stroke,), undone=0, shown="") for t in range(3)]
    turns.append(Turn(turn=3, how="stop", gestures=(), undone=0, shown=""))
    begun = Session.begin(condition_of(*TINY, "projection=pca", "+user=human"), 0, 2, {"code": "P3"})
    return begun.updated(turns=tuple(turns), status="done")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_replay_keeps_the_contract(check: Any, session: Session) -> None:
    if check.__name__ in ON_ODD_VIEWS:  # on which what the session holds cannot have been done
        session = session.updated(turns=())
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
        if self.how == "breaks in":
            return super().edit(dataclasses.replace(view, reserved=np.zeros(len(view), bool)), rng)
        if self.how == "peeps":
            return dataclasses.replace(edit, looked=edit.looked | view.reserved)
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
        ("breaks in", "1 reserved points were looked at or handled"),
        ("peeps", "reserved points were looked at or handled: see View.reserved"),
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

    def recognise(self, sights: Sights, rng: np.random.Generator) -> Ints:
        self.calls += 1
        truth = sights.truth
        if self.how == "global":
            np.random.random()  # noqa: NPY002
        answers: dict[str, Any] = {
            "shape": truth[:-1],
            "scalar": 3,
            "floats": truth.astype(float),
            "beyond": truth + 1,
            "remembers": (truth + self.calls) % len(sights.classes),
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
        ("remembers", "recognise is not a function of the images and the rng"),
    ],
)
def test_a_bad_perception_fails(how: str, sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        check_user(lambda: Reader(how))


class Namer(Names):
    """Names the first points that are not known, which a person was asked about."""

    def __init__(self, how: str) -> None:
        self.how, self.calls = how, 0
        self.weight = -1.0 if how == "weighs less than nothing" else 1.0

    def name_points(self, query: Query, rng: np.random.Generator) -> Naming:
        self.calls += 1
        n, seconds = len(query), query.budget.seconds
        limits = (query.budget.points, query.budget.gestures, None if seconds is None else int(seconds))
        most = min([limit for limit in limits if limit is not None], default=n)
        labels, asked = np.full(n, NO_CLASS), np.zeros(n, bool)
        first = np.flatnonzero(query.observed == NO_CLASS)[: n if self.how == "overdraws" else most]
        labels[first], asked[first] = 3, True
        if self.how == "global":
            labels[first] = np.random.randint(9)  # noqa: NPY002
        if self.how == "writes":
            query.latents.setflags(write=True)
            query.latents[0] += 1
        if self.how == "remembers":
            labels[first] = self.calls % 9
        if self.how == "beyond":
            labels[first] = 10
        if self.how == "unasked":
            asked[first[1:]] = False
        if self.how == "tuple":
            return labels, asked  # type: ignore[return-value]
        return Naming(labels, asked, 0.0 if self.how == "at once" else float(asked.sum()))


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("weighs less than nothing", r"weight is -1\.0; must be 0 or more"),
        ("global", "global random"),
        ("writes", r"changed query\.latents"),
        ("remembers", "not a function of the query and the rng"),
        ("beyond", "name_points gives what is neither NO_CLASS nor a class"),
        ("unasked", "a person named what it did not look at"),
        ("at once", "a person named points in no time"),
        ("tuple", "name_points gives tuple and no Naming"),
        ("overdraws", r"under Budget\(points=1, .* asked"),
    ],
)
def test_a_bad_namer_fails(how: str, sentence: str) -> None:
    check_user(lambda: Namer(""))
    with pytest.raises(AssertionError, match=sentence):
        check_user(lambda: Namer(how))


def test_a_query_and_a_naming_are_of_the_points_of_one_canvas() -> None:
    for field in ("inputs", "latents", "probabilities", "recognised", "named", "asked"):
        with pytest.raises(ValueError, match=f"{field} are of 59 points, of 60"):
            dataclasses.replace(query(), **{field: getattr(query(), field)[1:]})
    with pytest.raises(ValueError, match="labels have shape"):
        Naming(np.zeros(3, np.int64), np.zeros(4, bool))


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
    for name, share in (("some reserved", 0.5), ("all reserved", 1.0)):
        shown = views[name]
        assert shown.reserved.sum() == pytest.approx(share * (shown.observed < 0).sum(), abs=6)
        for told in (shown.observed, shown.recognised, shown.attribute):
            assert (told[shown.reserved] == NO_CLASS).all()
    assert np.ptp(views["all points equal"].positions, axis=0).max() == 0
    check_user(lambda: person(attribute=1.0))
