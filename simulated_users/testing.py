"""The contract of a person at the canvas (hill_exp.person), as checks that any class can be run through.

    from simulated_users.testing import CHECKS

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_user(check):
        check(lambda: MyUser())

Each check makes its own persons by calling `make()`, and says by an AssertionError what is broken. Those of a role that
the class has not are passed. Whoever names points (hill_exp.person.Names) is run through the same.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial, wraps
from typing import Any, Final, TypeVar

import numpy as np

from hill_exp.person import AtThePage, Crowd, Names, Naming, NeedsClasses, Perceives, Person, Query, undeclared
from hill_exp.types import NO_CLASS, Budget, Edit, Ints, UserError, View
from simulated_users.sample_views import odd_queries, odd_views, query, sights, view

__all__ = ["CHECKS", "Make", "check_user", "odd_queries", "odd_views", "query", "sights", "view"]

Make = Callable[[], Any]  # a new one of whoever is checked: a Person, a Crowd, or of Names
Check = Callable[[Make], None]
Answer = TypeVar("Answer")
N_CLASSES: Final = 10  # of the views


def of(role: type) -> Callable[[Check], Check]:
    """A check that whoever has not the role passes."""

    def restricted(check: Check) -> Check:
        @wraps(check)
        def checked(make: Make) -> None:
            if isinstance(make(), role):
                check(make)

        return checked

    return restricted


# --- whoever it is


def declares_its_roles(make: Make) -> None:
    """It is a Person, a Crowd or of Names, and what the harness may call it for is declared by the roles it derives
    from."""
    one = make()
    name = type(one).__name__
    assert isinstance(one, Person | Crowd | Names), (
        f"{name} is nobody: give it edit(view, rng), or derive it from Crowd or Names"
    )
    for sentence in undeclared(one):
        raise AssertionError(sentence)


@of(NeedsClasses)
def misses_classes_in_a_sentence(make: Make) -> None:
    """What it needs of the data it misses by a UserError, and by no other."""
    for classes in (tuple("0123456789"), ("cat", "dog"), ("only",)):
        for coloured in (False, True):
            try:
                make().check_classes(classes, coloured)
            except UserError:
                pass
            except Exception as error:
                raise AssertionError(
                    f"check_classes({classes}, coloured={coloured}) raises {error!r}; raise UserError"
                ) from error


# --- a person


@of(Person)
def sees_only_the_view(make: Make) -> None:
    """The edit does not hang on global random state, nor change it; the view is not written to."""
    shown = view()
    kept = copy.deepcopy(shown)
    edits = _whatever_the_global_state(lambda: make().edit(shown, np.random.default_rng(7)))
    _same(*edits, "the edit depends on a global random state")
    _unchanged(shown, kept)


@of(Person)
def is_deterministic(make: Make) -> None:
    """The same views and rngs give the same edits, whatever the person has seen before."""
    fresh, used = make(), make()
    used.edit(view(seed=5), np.random.default_rng(5))
    for turn in range(3):
        shown = view(turn=turn)
        edits = [person.edit(shown, np.random.default_rng(turn)) for person in (fresh, used, make())]
        _same(*edits, f"the edit of turn {turn} is not a function of the view and the rng; remember by view.pins")


@of(Person)
def respects_its_budget(make: Make) -> None:
    """No budget of points, gestures or seconds is overdrawn, nor all of them together, nor none."""
    for points in (None, 1, 7, 1000):
        for gestures in (None, 1, 5):
            for seconds in (None, 0.01, 6.0):
                edit = make().edit(view(budget=Budget(points, gestures, seconds)), np.random.default_rng(0))
                who = f"under a budget of points={points}, gestures={gestures}, seconds={seconds} the person"
                handled = sum(len(gesture.points) for gesture in edit.gestures)
                assert points is None or handled <= points, f"{who} handled {handled} points"
                assert gestures is None or len(edit.gestures) <= gestures, f"{who} made {len(edit.gestures)} gestures"
                assert seconds is None or edit.seconds <= seconds + 1e-9, f"{who} took {edit.seconds} s"
                free = seconds is not None and any(gesture.seconds <= 0 for gesture in edit.gestures)
                assert not free, f"{who} made a gesture that took no time: set Gesture.seconds"


@of(Person)
def leaves_the_reserve_alone(make: Make) -> None:
    """Reserved points are neither handled nor looked at, however much time and however few other points there are. (At
    the page it is the page that sees to it, and a session is of the points that were reserved then.)"""
    if isinstance(make(), AtThePage):
        return
    for turn in (0, 2):
        for reserve in (0.3, 1.0):
            for budget in (Budget(points=20), Budget()):
                shown = view(turn=turn, budget=budget, reserve=reserve)
                looked = make().edit(shown, np.random.default_rng(turn)).looked & shown.reserved
                assert not looked.any(), f"{looked.sum()} reserved points were looked at or handled: see View.reserved"


@of(Person)
def moves_only_what_it_says(make: Make) -> None:
    """Carrying out the gestures gives the edit: nothing else moved, and nothing that is said to have moved did not."""
    for name, shown in odd_views().items():
        edit = make().edit(shown, np.random.default_rng(1))
        carried_out = Edit.of(shown.positions, edit.gestures, edit.looked, edit.looking)
        _same(edit, carried_out, f"{name}: the edit is not what its gestures do")


@of(Person)
def ends_at_finite_places(make: Make) -> None:
    """Every view, the odd ones too, gives an edit with finite positions, of the right shape."""
    for name, shown in odd_views().items():
        edit = make().edit(shown, np.random.default_rng(2))
        assert edit.positions.shape == shown.positions.shape, f"{name}: positions have shape {edit.positions.shape}"
        assert np.isfinite(edit.positions).all(), f"{name}: a position is not finite"
        assert np.isfinite([g.seconds for g in edit.gestures]).all(), f"{name}: a gesture's time is not finite"
        assert all(g.seconds >= 0 for g in edit.gestures), f"{name}: a gesture's time is below 0"


@of(Person)
def says_what_it_looked_at(make: Make) -> None:
    """(N,) yes or no for each thumbnail; and looking took a finite time, none if it looked at nothing."""
    for name, shown in odd_views().items():
        edit = make().edit(shown, np.random.default_rng(2))
        looked = np.asarray(edit.looked)
        assert looked.shape == (len(shown),) and looked.dtype == bool, f"{name}: Edit.looked is no mask of the points"
        assert 0 <= edit.looking < np.inf, f"{name}: looking took {edit.looking} s"
        assert looked.any() or not edit.looking, f"{name}: looking took {edit.looking} s, and nothing was looked at"


# --- its roles


@of(Perceives)
def recognises_each_image_by_chance_of_the_rng_alone(make: Make) -> None:
    """(N,) classes or NO_CLASS, the same for the same images and rng whatever came before, from no other randomness."""
    seen = sights(np.arange(60) % N_CLASSES, N_CLASSES)
    used = make()
    used.recognise(sights(seen.truth[::-1].copy(), N_CLASSES), np.random.default_rng(3))

    def recognise(person: Perceives) -> Ints:
        return person.recognise(seen, np.random.default_rng(7))

    answers = [*_whatever_the_global_state(lambda: recognise(make())), recognise(used)]
    for answer in answers:
        _are_classes(answer, len(seen.truth), "recognise")
        assert np.array_equal(answer, answers[0]), "recognise is not a function of the images and the rng"


@of(AtThePage)
def watches_without_a_trace(make: Make) -> None:
    """Being shown a view changes neither the view nor what is done with it."""
    shown = view(turn=1)
    kept = copy.deepcopy(shown)
    watching = make()
    for turn in (1, 0, 1):
        watching.watch(shown if turn else view())
    _unchanged(shown, kept)
    edits = [person.edit(shown, np.random.default_rng(0)) for person in (watching, make())]
    _same(*edits, "the edit is another where the view was watched before")


@of(AtThePage)
def says_whether_it_leaves(make: Make) -> None:
    """After each turn, yes or no; and what is known of it is data that a record can hold."""
    one = make()
    for turn in range(view().turns):
        one.edit(view(turn=turn), np.random.default_rng(turn))
        leaves = one.leaves_after(turn)
        assert isinstance(leaves, bool), f"leaves_after({turn}) gives {leaves!r}; give True or False"
    _is_plain(one.about, "about")


@of(Names)
def names_by_the_query_and_the_rng_alone(make: Make) -> None:
    """The same query and rng give the same names, whatever came before and from no other randomness; the query is not
    written to; and the weight of the names is a number."""
    weight, used = make().weight, make()
    assert isinstance(weight, int | float) and 0 <= weight < np.inf, f"weight is {weight!r}; must be 0 or more"
    for name, asked in odd_queries().items():
        kept = copy.deepcopy(asked)
        fresh = partial(_named_by_a_new_one, make, asked)
        namings = [*_whatever_the_global_state(fresh), _named(used, asked)]
        for naming in namings:
            same = np.array_equal(naming.labels, namings[0].labels) and np.array_equal(naming.asked, namings[0].asked)
            assert same and naming.seconds == namings[0].seconds, f"{name}: not a function of the query and the rng"
        _unchanged(asked, kept, "query")


@of(Names)
def names_points_by_classes_of_the_data(make: Make) -> None:
    """(N,) classes or NO_CLASS and (N,) yes or no; a person names only whom it was asked about, and takes its time."""
    for name, asked in odd_queries().items():
        naming = _named(make(), asked)
        _are_classes(naming.labels, len(asked), "name_points")
        assert naming.asked.dtype == bool, f"{name}: Naming.asked is no mask of the points"
        assert 0 <= naming.seconds < np.inf, f"{name}: naming took {naming.seconds} s"
        if naming.asked.any():
            assert naming.asked[naming.labels != NO_CLASS].all(), f"{name}: a person named what it did not look at"
            assert naming.seconds, f"{name}: a person named points in no time: set Naming.seconds"


@of(Names)
def asks_within_the_budget(make: Make) -> None:
    """No budget of points, gestures (an answer is one) or seconds is overdrawn."""
    for budget in (Budget(points=1), Budget(gestures=5), Budget(seconds=0.01), Budget(7, 5, 6.0), Budget(seconds=60)):
        naming = _named(make(), query(budget=budget))
        for limit, spent in ((budget.points, naming.asked.sum()), (budget.gestures, naming.asked.sum()),
                             (budget.seconds, naming.seconds - 1e-9)):  # fmt: skip
            assert limit is None or spent <= limit, f"under {budget}: {naming.asked.sum()} asked, {naming.seconds} s"


def _named(who: Names, asked: Query) -> Naming:
    naming = who.name_points(asked, np.random.default_rng(7))
    assert isinstance(naming, Naming), f"name_points gives {type(naming).__name__} and no Naming"
    return naming


def _named_by_a_new_one(make: Make, asked: Query) -> Naming:
    return _named(make(), asked)


@of(Crowd)
def draws_persons_that_keep_the_contract(make: Make) -> None:
    """Its members pass every check of a person, hang on the rng alone, and differ by plain data."""
    for seed in range(3):
        check_user(partial(_member, make, seed))
        used = make()
        used.member(np.random.default_rng(seed + 1))
        fresh = partial(_drawn, make, seed)
        members = [*_whatever_the_global_state(fresh), used.member(np.random.default_rng(seed))]
        for _, drawn in members:
            _is_plain(drawn, "what a member is drawn with")
            assert drawn == members[0][1], "member is not a function of the rng"
        edits = [person.edit(view(), np.random.default_rng(0)) for person, _ in members]
        _same(*edits, "member is not a function of the rng: the same draw edits otherwise")


def _drawn(make: Make, seed: int) -> tuple[Person, dict[str, Any]]:
    person, drawn = make().member(np.random.default_rng(seed))
    assert isinstance(person, Person), f"member draws {type(person).__name__}, which is no Person"
    return person, drawn


def _member(make: Make, seed: int) -> Person:
    return _drawn(make, seed)[0]


CHECKS: Final[tuple[Check, ...]] = (
    declares_its_roles,
    misses_classes_in_a_sentence,
    ends_at_finite_places,
    says_what_it_looked_at,
    sees_only_the_view,
    is_deterministic,
    respects_its_budget,
    leaves_the_reserve_alone,
    moves_only_what_it_says,
    recognises_each_image_by_chance_of_the_rng_alone,
    watches_without_a_trace,
    says_whether_it_leaves,
    names_by_the_query_and_the_rng_alone,
    names_points_by_classes_of_the_data,
    asks_within_the_budget,
    draws_persons_that_keep_the_contract,
)


def check_user(make: Make) -> None:
    """All checks."""
    for check in CHECKS:
        check(make)


# --- what the checks share


def _whatever_the_global_state(act: Callable[[], Answer]) -> list[Answer]:
    """What `act` gives under two states of the global random generators, which it must leave as they are."""
    answers = []
    with _global_states_kept():
        act()  # what it imports at its first call may draw, as scikit-learn does
        for seed in (0, 1):
            np.random.seed(seed)  # noqa: NPY002
            random.seed(seed)
            before = _global_states()
            answers.append(act())
            assert before == _global_states(), "the person draws from a global random generator; draw from `rng` alone"
    return answers


def _global_states() -> tuple[Any, ...]:
    return str(np.random.get_state(legacy=True)), random.getstate()  # noqa: NPY002


@contextmanager
def _global_states_kept() -> Iterator[None]:
    of_numpy, of_random = np.random.get_state(legacy=True), random.getstate()  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(of_numpy)  # noqa: NPY002
        random.setstate(of_random)


def _sealed(array: np.ndarray) -> np.ndarray:
    """An array that cannot be written to."""
    array.setflags(write=False)
    return array


def _are_classes(answer: Ints, n: int, method: str) -> None:
    assert isinstance(answer, np.ndarray) and answer.shape == (n,), f"{method} does not give an array of shape ({n},)"
    assert np.issubdtype(answer.dtype, np.integer), f"{method} gives {answer.dtype} and not whole numbers"
    assert ((answer == NO_CLASS) | ((answer >= 0) & (answer < N_CLASSES))).all(), (
        f"{method} gives what is neither NO_CLASS nor a class from 0 to {N_CLASSES - 1}"
    )


def _is_plain(data: Any, what: str) -> None:
    """A mapping that is the same after JSON: no arrays, objects or numbers of another library."""
    assert isinstance(data, Mapping), f"{what} is no mapping"
    try:
        again = json.loads(json.dumps(dict(data)))
    except TypeError as error:
        raise AssertionError(f"{what} is not plain data ({error}): a record could not hold it") from error
    assert list(again) == list(data), f"{what} is not plain data: its keys must be texts"


def _unchanged(shown: View | Query, kept: View | Query, what: str = "view") -> None:
    for field in dataclasses.fields(kept):
        now, then = (np.array(getattr(v, field.name)) for v in (shown, kept))
        if field.name == "cards":
            now, then = (np.array(getattr(v, field.name).thumbnails) for v in (shown, kept))
        assert now.tobytes() == then.tobytes() or field.name == "budget", f"the person changed {what}.{field.name}"


def _same(first: Edit, *rest: Edit | str) -> None:
    """The last argument says what is broken where edits differ."""
    *others, message = rest
    for other in others:
        assert isinstance(other, Edit)
        for name in ("positions", "handled", "moved", "looked"):
            assert np.array_equal(getattr(first, name), getattr(other, name)), f"{message} ({name})"
        assert len(first.gestures) == len(other.gestures), f"{message} (gestures)"
        assert first.distance == other.distance and first.seconds == other.seconds, f"{message} (effort)"
