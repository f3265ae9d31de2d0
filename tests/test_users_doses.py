"""Every departure at strength 0 is the oracle to the last bit, and does more with every dose, on the edit itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from persons import person

from hill_exp.types import Budget, Edit, View
from simulated_users.strategies import BY_PICTURE
from simulated_users.testing import sights, view

PAIRS = [[8, 3], [9, 4], [7, 1]]
DOSES: dict[str, Callable[[float], dict[str, Any]]] = {
    "motor constant": lambda s: {"motor": {"constant": s}},
    "motor proportional": lambda s: {"motor": {"proportional": s}},
    "fatigue": lambda s: {"fatigue": {"strength": s}},
    "anchoring": lambda s: {"anchoring": s},
    "deference": lambda s: {"deference": s},
    "slips": lambda s: {"slips": s},
    "attention": lambda s: {"attention": {"classes": [7, 8, 9], "strength": s}},
    "conflation": lambda s: {"conflation": {"pairs": PAIRS, "strength": s}},
    "attribute": lambda s: {"attribute": s},
    "stereotype": lambda s: {"stereotype": {"pairs": PAIRS, "strength": s}},
}
DROPS = (
    "motor constant",
    "motor proportional",
    "fatigue",
    "anchoring",
    "slips",
    "stereotype",
)  # they bear on these alone
EVERYTHING = Budget()
seeds = st.integers(0, 2**32 - 1)
strengths = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted)


def edit_of(shown: View, seed: int, who: str = "blind_oracle", **changes: Any) -> Edit:
    return person(who, **changes).edit(shown, np.random.default_rng(seed))


def bits(edit: Edit) -> tuple[Any, ...]:
    gestures = [(g.points.tobytes(), g.drops.tobytes(), g.seconds) for g in edit.gestures]
    return edit.positions.tobytes(), edit.handled.tobytes(), edit.moved.tobytes(), gestures, edit.distance


@pytest.mark.parametrize("departure", DOSES)
@settings(deadline=None, max_examples=15)
@given(
    seed=seeds,
    turn=st.integers(0, 4),
    lasso=st.sampled_from([0.0, 0.5]),
    who=st.sampled_from(["oracle", "blind_oracle"]),
    strategy=st.sampled_from(["pile", "rescue", "separate", "label_unlabelled", *BY_PICTURE]),
    rationality=st.sampled_from([0.0, 1.0, float("inf")]),
)
def test_strength_0_is_the_oracle(
    departure: str, seed: int, turn: int, lasso: float, who: str, strategy: str, rationality: float
) -> None:
    shown = view(80, seed=seed, turn=turn, spread=0.2)
    same = {"who": who, "tools": {"lasso": lasso}, "strategy": strategy, "rationality": rationality}
    assert bits(edit_of(shown, seed, **same, **DOSES[departure](0.0))) == bits(edit_of(shown, seed, **same))


def test_knowledge_without_error_is_the_truth() -> None:
    truth = np.random.default_rng(0).integers(0, 10, 500)
    for knowledge in ({"error": 0.0}, {"confusion": np.eye(10).tolist()}, {"by": "difficulty"}, {"shared": 1.0}):
        seen = person(knowledge=knowledge).knowledge.recognise(sights(truth), np.random.default_rng(1))
        assert seen.tobytes() == truth.tobytes()


def harm(departure: str, shown: View, seed: int, dose: float, who: str = "blind_oracle") -> np.ndarray:
    """(N,) how much the departure does to each point: what must not shrink as the dose grows, point by point."""
    oracle = edit_of(shown, seed, who)
    edit = edit_of(shown, seed, who, **DOSES[departure](dose))
    if departure in ("deference", "attention"):
        return ~edit.handled
    return np.linalg.norm(edit.positions - oracle.positions, axis=1)


@pytest.mark.parametrize("departure", DOSES)
@settings(deadline=None, max_examples=15)
@given(seed=seeds, doses=strengths, turn=st.integers(1, 4))
def test_a_higher_dose_does_more_to_the_same_points(departure: str, seed: int, doses: list[float], turn: int) -> None:
    shown = dataclasses.replace(view(80, seed=seed, turn=turn), pins=np.full((80, 2), np.nan), budget=EVERYTHING)
    less, more = (harm(departure, shown, seed, dose) for dose in doses)
    assert (more >= less - 1e-12).all()


@pytest.mark.parametrize("departure", DROPS)
@settings(deadline=None, max_examples=15)
@given(seed=seeds, doses=strengths, strategy=st.sampled_from([*BY_PICTURE]))
def test_so_it_is_with_those_who_act_on_the_picture(
    departure: str, seed: int, doses: list[float], strategy: str
) -> None:
    shown = view(80, seed=seed, turn=1, spread=0.2, budget=EVERYTHING)
    oracle, less, more = (
        edit_of(shown, seed, "oracle", strategy=strategy, **DOSES[departure](dose)) for dose in (0.0, *doses)
    )
    assert (less.handled == oracle.handled).all() and (more.handled == oracle.handled).all()
    harms = [np.linalg.norm(edit.positions - oracle.positions, axis=1) for edit in (less, more)]
    assert (harms[1] >= harms[0] - 1e-12).all()


@pytest.mark.parametrize("who", ["oracle", "blind_oracle"])
@pytest.mark.parametrize("departure", DOSES)
def test_a_full_dose_does_something(departure: str, who: str) -> None:
    shown = view(300, turn=3, spread=0.3, budget=EVERYTHING)
    assert harm(departure, shown, 0, 1.0, who).any()
    assert not harm(departure, shown, 0, 0.0, who)[edit_of(shown, 0, who).handled].any()


@settings(deadline=None, max_examples=30)
@given(seed=seeds, errors=strengths, by=st.sampled_from(["uniform", "difficulty"]), shared=st.sampled_from([0.0, 0.3]))
def test_who_errs_more_misreads_the_same_images_and_more(
    seed: int, errors: list[float], by: str, shared: float
) -> None:
    truth = np.random.default_rng(seed).integers(0, 7, 200)
    less, more = (
        person(knowledge={"error": error, "by": by, "shared": shared}).knowledge.recognise(
            sights(truth, 7), np.random.default_rng(seed)
        )
        for error in errors
    )
    misread = less != truth
    assert (more[misread] == less[misread]).all()
    assert ((less >= 0) & (less < 7) & (more >= 0) & (more < 7)).all()


@settings(deadline=None, max_examples=30)
@given(seed=seeds, shares=strengths)
def test_confusion_matrices_are_nested_too(seed: int, shares: list[float]) -> None:
    rng = np.random.default_rng(seed)
    full = rng.dirichlet(np.ones(5), 5)
    truth = rng.integers(0, 5, 200)
    less, more = (
        person(knowledge={"confusion": (np.eye(5) + s * (full - np.eye(5))).tolist()}).knowledge.recognise(
            sights(truth, 5), np.random.default_rng(seed)
        )
        for s in shares
    )
    misread = less != truth
    assert (more[misread] == less[misread]).all()


@settings(deadline=None, max_examples=25)
@given(seed=seeds, rationality=st.tuples(st.floats(0, 20), st.floats(0, 20)).map(sorted), scale=st.floats(1e-3, 1e3))
def test_the_more_rational_the_more_worth_is_chosen(seed: int, rationality: list[float], scale: float) -> None:
    from simulated_users.rational_choice import order, standardised

    rng = np.random.default_rng(seed)
    utility, taste, free = rng.normal(size=50) ** 3, rng.gumbel(size=50), rng.random(50) < 0.8
    worth = standardised(utility, free)
    picks = [order(worth, free, beta, taste)[:10] for beta in (0.0, *rationality, np.inf)]
    sums = [worth[pick].sum() for pick in picks]
    assert (np.diff(sums) >= -1e-9).all()
    assert set(picks[-1]) <= set(np.flatnonzero(free))
    rescaled = order(standardised(scale * utility + 5, free), free, rationality[1], taste)[:10]
    assert (rescaled == picks[2]).all()


def share_wrong(edit: Edit, oracle: Edit) -> float:
    return float((np.linalg.norm(edit.positions - oracle.positions, axis=1) > 0.3).mean())


def test_shares_are_the_shares_they_say() -> None:
    shown = dataclasses.replace(view(2000, turn=2), pins=np.full((2000, 2), np.nan), budget=EVERYTHING)
    oracle = edit_of(shown, 0)
    assert share_wrong(edit_of(shown, 0, slips=0.3), oracle) == pytest.approx(0.3, abs=0.03)
    tired = edit_of(shown, 0, fatigue={"strength": 0.5, "turns": 2.0})
    assert share_wrong(tired, oracle) == pytest.approx(0.5 * (1 - np.exp(-1)), abs=0.03)
    noticed = edit_of(shown, 0, attention={"classes": [3], "strength": 0.25})
    assert noticed.handled[shown.recognised != 3].all()
    assert noticed.handled[shown.recognised == 3].mean() == pytest.approx(0.75, abs=0.1)
    conflating = edit_of(shown, 0, conflation={"pairs": [[8, 3]], "strength": 0.6})
    moved = np.linalg.norm(conflating.positions - oracle.positions, axis=1) > 0.3
    assert not moved[shown.recognised != 8].any()
    assert moved[shown.recognised == 8].mean() == pytest.approx(0.6, abs=0.1)


def test_a_bias_is_a_habit_and_a_slip_is_not() -> None:
    shown = view(300, budget=EVERYTHING)
    oracle = edit_of(shown, 0)
    for departure, same in (("conflation", True), ("attribute", True), ("slips", False)):
        touched = [
            np.linalg.norm(edit_of(shown, seed, **DOSES[departure](0.5)).positions - oracle.positions, axis=1) > 0.3
            for seed in (1, 2)
        ]
        assert touched[0].any()
        assert (touched[0] == touched[1]).all() == same
