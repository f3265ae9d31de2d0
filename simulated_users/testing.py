"""The contract of a person at the canvas, as checks that any class can be run through.

    from simulated_users.testing import CHECKS

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_user(check):
        check(lambda: MyUser())

Each check makes its own persons by calling `make()`, and says by an AssertionError what is broken.
"""

from __future__ import annotations

import copy
import dataclasses
import random
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from hill_exp.person import Person
from hill_exp.types import NO_CLASS, Budget, Edit, View

Make = Callable[[], Person]


def view(n: int = 60, *, turn: int = 0, budget: Budget | None = None, seed: int = 0) -> View:
    """A view of n points of ten classes in clouds that overlap: a third of them labelled, some wrongly predicted,
    some coloured, and from turn 1 on some handled before. Its arrays cannot be written to."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 10, n)
    circle = np.exp(2j * np.pi * truth / 10)
    shown = View(
        positions=np.stack([circle.real, circle.imag], axis=1) + rng.normal(0, 0.5, (n, 2)),
        observed=np.where(rng.random(n) < 1 / 3, truth, NO_CLASS),
        predicted=np.where(rng.random(n) < 0.7, truth, rng.integers(0, 10, n)),
        confidence=rng.uniform(0.1, 1, n),
        recognised=truth,
        attribute=np.where(rng.random(n) < 0.8, truth // 2, NO_CLASS),
        pins=np.where(rng.random((n, 1)) < 0.3 * (turn > 0), rng.normal(0, 1, (n, 2)), np.nan),
        thumbnails=rng.integers(0, 256, (n, 4, 4, 3), dtype=np.uint8),
        classes=tuple("0123456789"),
        turn=turn,
        turns=5,
        budget=budget or Budget(points=20),
    )
    return _sealed(shown)


def odd_views() -> dict[str, View]:
    """Views at the edges of what can be shown."""
    usual = view()
    n = len(usual)
    odd: dict[str, dict[str, Any]] = {
        "no labelled point": {"observed": np.full(n, NO_CLASS)},
        "one class": {name: np.zeros(n, np.int64) for name in ("observed", "recognised", "predicted")},
        "all points equal": {"positions": np.ones((n, 2))},
        "nothing recognised": {"recognised": np.full(n, NO_CLASS)},
        "no visible attribute": {"attribute": np.full(n, NO_CLASS)},
        "the model is certain": {"confidence": np.ones(n)},
        "all handled before": {"pins": usual.positions},
    }
    views = {name: _sealed(dataclasses.replace(usual, **changes)) for name, changes in odd.items()}
    return {"usual": usual, "later turn": view(turn=3), "one point": view(1), "two points": view(2), **views}


def sees_only_the_view(make: Make) -> None:
    """The edit does not hang on global random state, nor change it; the view is not written to."""
    shown = view()
    kept = copy.deepcopy(shown)
    edits = []
    states = np.random.get_state(legacy=True), random.getstate()  # noqa: NPY002
    try:
        for seed in (0, 1):
            np.random.seed(seed)  # noqa: NPY002
            random.seed(seed)
            before = str(np.random.get_state(legacy=True)), random.getstate()  # noqa: NPY002
            edits.append(make().edit(shown, np.random.default_rng(7)))
            after = str(np.random.get_state(legacy=True)), random.getstate()  # noqa: NPY002
            assert before == after, "the person draws from a global random generator; draw from `rng` alone"
    finally:
        np.random.set_state(states[0])  # noqa: NPY002
        random.setstate(states[1])
    _same(*edits, "the edit depends on a global random state")
    for field in dataclasses.fields(View):
        now, then = (np.array(getattr(v, field.name)) for v in (shown, kept))
        assert now.tobytes() == then.tobytes() or field.name == "budget", f"the person changed view.{field.name}"


def is_deterministic(make: Make) -> None:
    """The same views and rngs give the same edits, whatever the person has seen before."""
    fresh, used = make(), make()
    used.edit(view(seed=5), np.random.default_rng(5))
    for turn in range(3):
        shown = view(turn=turn)
        edits = [person.edit(shown, np.random.default_rng(turn)) for person in (fresh, used, make())]
        _same(*edits, f"the edit of turn {turn} is not a function of the view and the rng; remember by view.pins")


def respects_its_budget(make: Make) -> None:
    """No budget of points, gestures or seconds is overdrawn, nor all of them together, nor none."""
    for points in (None, 1, 7, 1000):
        for gestures in (None, 1, 5):
            for seconds in (None, 0.01, 6.0):
                edit = make().edit(view(budget=Budget(points, gestures, seconds)), np.random.default_rng(0))
                told = f"under a budget of points={points}, gestures={gestures}, seconds={seconds} the person"
                handled = sum(len(gesture.points) for gesture in edit.gestures)
                assert points is None or handled <= points, f"{told} handled {handled} points"
                assert gestures is None or len(edit.gestures) <= gestures, f"{told} made {len(edit.gestures)} gestures"
                assert seconds is None or edit.seconds <= seconds + 1e-9, f"{told} took {edit.seconds} s"
                free = seconds is not None and any(gesture.seconds <= 0 for gesture in edit.gestures)
                assert not free, f"{told} made a gesture that took no time: set Gesture.seconds"


def moves_only_what_it_says(make: Make) -> None:
    """Carrying out the gestures gives the edit: nothing else moved, and nothing that is said to have moved did not."""
    for name, shown in odd_views().items():
        edit = make().edit(shown, np.random.default_rng(1))
        _same(edit, Edit.of(shown.positions, edit.gestures), f"{name}: the edit is not what its gestures do")


def ends_at_finite_places(make: Make) -> None:
    """Every view, the odd ones too, gives an edit with finite positions, of the right shape."""
    for name, shown in odd_views().items():
        edit = make().edit(shown, np.random.default_rng(2))
        assert edit.positions.shape == shown.positions.shape, f"{name}: positions have shape {edit.positions.shape}"
        assert np.isfinite(edit.positions).all(), f"{name}: a position is not finite"
        assert np.isfinite([g.seconds for g in edit.gestures]).all(), f"{name}: a gesture's time is not finite"
        assert all(g.seconds >= 0 for g in edit.gestures), f"{name}: a gesture's time is below 0"


CHECKS: Final[tuple[Callable[[Make], None], ...]] = (
    ends_at_finite_places,
    sees_only_the_view,
    is_deterministic,
    respects_its_budget,
    moves_only_what_it_says,
)


def check_user(make: Make) -> None:
    """All checks."""
    for check in CHECKS:
        check(make)


def _sealed(shown: View) -> View:
    for array in _arrays(shown):
        array.setflags(write=False)
    return shown


def _arrays(shown: View) -> Iterator[np.ndarray]:
    return (value for f in dataclasses.fields(shown) if isinstance(value := getattr(shown, f.name), np.ndarray))


def _same(first: Edit, *rest: Edit | str) -> None:
    """The last argument says what is broken where edits differ."""
    *others, message = rest
    for other in others:
        assert isinstance(other, Edit)
        for name in ("positions", "handled", "moved"):
            assert np.array_equal(getattr(first, name), getattr(other, name)), f"{message} ({name})"
        assert len(first.gestures) == len(other.gestures), f"{message} (gestures)"
        assert first.distance == other.distance and first.seconds == other.seconds, f"{message} (effort)"
