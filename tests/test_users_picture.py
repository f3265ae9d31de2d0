"""People who act on the picture, on layouts that can be checked by eye; and know no more than they looked at."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from persons import DEPARTURES, person

from hill_exp.types import NO_CLASS, Budget, Cards, Edit, Floats, Ints, View
from simulated_users.gaze import Gaze
from simulated_users.strategies import BY_PICTURE, Picture
from simulated_users.strategies.clusters import NONE, Clusters
from simulated_users.testing import view

CATS, DOGS, OWLS = np.array([-1.0, 0.0]), np.array([1.0, 0.0]), np.array([0.0, 2.0])  # the middles of their clusters
SIZE = 13  # of a cluster
RADIUS = 0.3
AT_A_GLANCE = {"thumbnails": None}  # all is known before anything is done
OFF = np.array([0.1, 0.05])  # of the stray from the middle of the dogs
STRAY = 2 * SIZE  # a cat among the dogs, the point after both clusters


def disc(middle: Floats, radius: float = RADIUS, n: int = SIZE) -> Floats:
    """(n, 2) a point in the middle, and the others on a circle about it."""
    angle = np.linspace(0, 2 * np.pi, n - 1, endpoint=False)
    circle = middle + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.concatenate([middle[None], circle])


def shown(positions: Floats, truth: Ints, **changes: Any) -> View:
    n = len(truth)
    base = View(
        positions=positions,
        observed=np.full(n, NO_CLASS),
        reserved=np.zeros(n, bool),
        predicted=truth,
        confidence=np.full(n, 0.8),
        recognised=truth,
        attribute=np.full(n, NO_CLASS),
        pins=np.full((n, 2), np.nan),
        cards=Cards(thumbnails=np.zeros((n, 2, 2, 3), np.uint8)),
        classes=("cat", "dog", "owl"),
        turn=0,
        turns=3,
        budget=Budget(),
    )
    return dataclasses.replace(base, **changes)


def one_stray(**changes: Any) -> View:
    positions = np.concatenate([disc(CATS), disc(DOGS), DOGS[None] + OFF])
    return shown(positions, np.repeat([0, 1, 0], [SIZE, SIZE, 1]), **changes)


def edit_of(seen: View, who: str = "oracle", seed: int = 0, **changes: Any) -> Edit:
    changes = {"piles": {"spread": 0.0}, **changes}
    return person(who, **changes).edit(seen, np.random.default_rng(seed))


def scrambled(seen: View, seed: int = 0) -> View:
    """The same picture, with its points permuted."""
    return dataclasses.replace(seen, positions=np.random.default_rng(seed).permutation(seen.positions))


# --- the strategies


@pytest.mark.parametrize("strategy", ["correct", "explore"])
def test_the_one_stray_is_dragged_to_its_kind(strategy: str) -> None:
    edit = edit_of(one_stray(), strategy=strategy)
    assert np.flatnonzero(edit.handled).tolist() == [STRAY]
    assert np.linalg.norm(edit.positions[STRAY] - CATS) < RADIUS  # in the middle of those seen so far
    assert edit.looked.all()
    at_a_glance = edit_of(one_stray(), strategy=strategy, gaze=AT_A_GLANCE)
    assert np.flatnonzero(at_a_glance.handled).tolist() == [STRAY]
    assert at_a_glance.positions[STRAY] == pytest.approx(CATS)


def test_under_a_scrambled_picture_nobody_can_correct() -> None:
    """What is dragged then does not come to lie nearer to its kind than by chance."""
    seen = view(300, spread=0.2, budget=Budget())
    homes = np.array([seen.positions[seen.recognised == c].mean(0) for c in range(10)])
    for picture, least, most in ((seen, 0.9, 1.0), (scrambled(seen), 0.0, 0.3)):
        edit = edit_of(picture, strategy="correct")
        nearest = np.linalg.norm(edit.positions[:, None] - homes, axis=2).argmin(1)
        assert least <= (nearest == seen.recognised).mean() <= most
    strays = [edit_of(scrambled(one_stray(), seed), strategy="correct").positions[STRAY] for seed in range(20)]
    assert np.mean([np.linalg.norm(stray - CATS) < 0.05 for stray in strays]) < 0.5


def test_a_stray_stays_where_no_cluster_of_its_kind_is_seen() -> None:
    truth = np.repeat([0, 1, 2], [SIZE, SIZE, 1])  # an owl, and there are no others
    assert not edit_of(one_stray(recognised=truth), strategy="correct").handled.any()


def test_a_stray_goes_to_the_nearest_of_several_clusters() -> None:
    near = DOGS + np.array([0.0, 1.5])
    positions = np.concatenate([one_stray().positions, disc(near)])
    seen = shown(positions, np.repeat([0, 1, 0, 0], [SIZE, SIZE, 1, SIZE]))
    assert edit_of(seen, strategy="correct", gaze=AT_A_GLANCE).positions[STRAY] == pytest.approx(near)


def test_group_gathers_a_cluster_and_sheds_what_is_not_of_it() -> None:
    edit = edit_of(one_stray(), strategy="group", gaze=AT_A_GLANCE)
    assert edit.handled.all()
    assert edit.gestures[0].points.tolist() == [STRAY]
    assert edit.positions[:SIZE] == pytest.approx(np.tile(CATS, (SIZE, 1)), abs=1e-9)
    assert edit.positions[SIZE:STRAY] == pytest.approx(np.tile(DOGS, (SIZE, 1)), abs=1e-9)
    assert edit.positions[STRAY] == pytest.approx(CATS)
    lasso = edit_of(one_stray(), strategy="group", gaze=AT_A_GLANCE, tools={"lasso": 1.0})
    assert lasso.positions == pytest.approx(edit.positions) and len(lasso.gestures) < 10


def test_group_sheds_what_has_no_cluster_out_of_the_one_that_it_lies_in() -> None:
    owl = np.repeat([0, 1, 2], [SIZE, SIZE, 1])
    stray = edit_of(one_stray(recognised=owl), strategy="group", gaze=AT_A_GLANCE).positions[STRAY]
    assert np.linalg.norm(stray - DOGS) > 0.6  # the dogs' radius is 0.3
    assert np.cross([*(stray - DOGS), 0], [*OFF, 0]) == pytest.approx(np.zeros(3))  # straight out


def test_tidy_halves_clusters_that_do_not_touch() -> None:
    seen = one_stray()
    edit = edit_of(seen, strategy="tidy", gaze=AT_A_GLANCE)
    assert not edit.handled[STRAY]
    assert edit.positions[:SIZE] - CATS == pytest.approx(0.5 * (seen.positions[:SIZE] - CATS), abs=1e-9)


def test_tidy_pushes_clusters_apart_that_touch() -> None:
    left, right = np.array([-0.4, 0.0]), np.array([0.4, 0.0])
    for truth, apart in ((np.repeat([0, 1], SIZE), 1.0), (np.repeat([0, 0], SIZE), 0.8)):
        seen = shown(np.concatenate([disc(left, 0.2), disc(right, 0.3)]), truth)
        after = edit_of(seen, strategy="tidy", gaze=AT_A_GLANCE | {"neighbours": 4}).positions
        radii = np.array([0.2, 0.3]) * np.sqrt(12 / 13)
        between = after[SIZE:].mean(0) - after[:SIZE].mean(0)
        assert between == pytest.approx([2 * radii.sum() if apart > 0.8 else 0.8, 0.0], abs=1e-6)


def test_explore_looks_first_where_colours_are_mixed() -> None:
    mixed = np.where(np.arange(SIZE) % 2, 1, 2)
    positions = np.concatenate([disc(CATS), disc(DOGS), disc(OWLS)])
    seen = shown(positions, np.concatenate([np.zeros(SIZE, np.int64), np.ones(SIZE, np.int64), mixed]))
    seen = dataclasses.replace(seen, budget=Budget(seconds=34.6))  # for six thumbnails, of one region
    first = {
        name: [edit_of(seen, seed=seed, strategy=name).looked for seed in range(9)] for name in ("explore", "correct")
    }
    assert all(looked.sum() == 6 for looked in first["explore"])
    assert not np.any(first["explore"], axis=0)[: 2 * SIZE].any()
    assert np.any(first["correct"], axis=0)[: 2 * SIZE].any()


@pytest.mark.parametrize("strategy", BY_PICTURE)
@pytest.mark.parametrize("seconds", [360.0, None])
def test_the_picture_decides(strategy: str, seconds: float | None) -> None:
    seen = view(300, spread=0.2, budget=Budget(seconds=seconds))
    edit, other = (edit_of(one, strategy=strategy) for one in (seen, scrambled(seen)))
    assert edit.handled.any() and (edit.handled != other.handled).any()


def test_the_picture_decides_nothing_for_the_blind_oracle() -> None:
    """But which pile is where, so that the least is dragged, as long as there are none."""
    seen = view(300, spread=0.2, turn=1, budget=Budget(points=60))
    pins = np.where(np.arange(300)[:, None] < 150, seen.positions, np.nan)
    edit, other = (edit_of(dataclasses.replace(one, pins=pins), "blind_oracle") for one in (seen, scrambled(seen)))
    assert (edit.handled == other.handled).all()
    assert edit.positions[edit.handled].tobytes() == other.positions[edit.handled].tobytes()


# --- what is looked at


@pytest.mark.parametrize("name", ["oracle", *DEPARTURES])
@pytest.mark.parametrize("strategy", [*BY_PICTURE, "pile", "compact"])
def test_nobody_knows_what_it_did_not_look_at(name: str, strategy: str) -> None:
    """Other images in the places where it did not look: the same edit."""
    seen = view(200, turn=2, spread=0.2, budget=Budget(seconds=200.0))
    edit = edit_of(seen, name, strategy=strategy)
    unknown = ~edit.looked & np.isnan(seen.pins[:, 0])
    assert unknown.sum() > 50
    others = dataclasses.replace(
        seen,
        recognised=np.where(unknown, (seen.recognised + 3) % 10, seen.recognised),
        attribute=np.where(unknown, 0, seen.attribute),
        cards=Cards(thumbnails=np.where(unknown[:, None, None, None], 7, seen.cards.thumbnails).astype(np.uint8)),
    )
    again = edit_of(others, name, strategy=strategy)
    assert again.positions.tobytes() == edit.positions.tobytes() and (again.looked == edit.looked).all()


def test_what_was_handled_before_is_remembered_and_not_looked_at_again() -> None:
    seen = one_stray(pins=np.where(np.arange(STRAY + 1)[:, None] < SIZE, 0.0, np.nan) * np.ones((STRAY + 1, 2)))
    edit = edit_of(seen, strategy="correct")
    assert not edit.looked[:SIZE].any() and edit.looked[SIZE:].all()
    assert edit.positions[STRAY] == pytest.approx(CATS)


def test_labels_are_seen_without_a_look() -> None:
    labels = np.where(np.arange(STRAY + 1) < SIZE, 0, NO_CLASS)
    seen = one_stray(observed=labels, budget=Budget(seconds=34.6))  # for six thumbnails
    edits = [edit_of(seen, seed=seed, strategy="correct") for seed in range(20)]
    looked_at_dogs = [edit for edit in edits if not edit.looked[:SIZE].any() and edit.looked[STRAY]]
    assert looked_at_dogs
    assert all(edit.positions[STRAY] == pytest.approx(CATS) for edit in looked_at_dogs)


def test_looking_takes_its_time_and_the_budget_is_used_up() -> None:
    for strategy in (*BY_PICTURE, "pile"):
        edit = edit_of(view(300, spread=0.2, budget=Budget(seconds=360.0)), strategy=strategy)
        assert edit.looking == pytest.approx(4.9 * edit.looked.sum())
        assert edit.seconds == pytest.approx(edit.looking + sum(gesture.seconds for gesture in edit.gestures))
        assert 350 < edit.seconds <= 360


def test_who_may_do_nothing_more_looks_at_nothing_more() -> None:
    seen = view(300, spread=0.2)
    for budget in (Budget(points=1), Budget(gestures=1)):
        edit = edit_of(dataclasses.replace(seen, budget=budget))
        assert edit.handled.sum() == 1 and edit.looked.sum() < 100
    assert edit_of(dataclasses.replace(seen, budget=Budget(seconds=5.0))).seconds == 0  # no time for a look and a drag


@pytest.mark.parametrize("name", ["oracle", "blind_oracle", "placebo", "random"])
def test_everybody_spends_the_same_time(name: str) -> None:
    seconds = person(name).edit(view(300, budget=Budget(seconds=360.0)), np.random.default_rng(0)).seconds
    assert 350 < seconds <= 360


def test_regions_are_points_that_lie_together_each_once() -> None:
    positions = np.array([[0.0, 0], [0.1, 0], [0.2, 0], [5, 0], [5.1, 0], [9, 0]])
    known = np.array([False, True, False, False, False, False])
    gaze = Gaze(thumbnails=3, neighbours=1)
    regions = [*gaze.regions(positions, np.array([3.0, 9, 0, 2, 0, 1]), known, np.inf, np.zeros(6))]
    assert [region.tolist() for region in regions] == [[0, 2], [3, 4, 5]]
    (nothing,) = Gaze(thumbnails=None, neighbours=1).regions(positions, np.zeros(6), known, np.inf, np.zeros(6))
    assert not len(nothing)


# --- what is seen of the picture


def test_support_counts_known_neighbours_by_nearness() -> None:
    positions = np.array([[0.0, 0], [1.0, 0], [-2.0, 0], [0, 4.0]])
    picture = Picture(shown(positions, np.zeros(4, np.int64)), 3)
    assert picture.support(np.array([0, 0, 1, 1]))[0] == pytest.approx(1 / (1 + 1 / 2 + 1 / 4))
    assert picture.support(np.array([0, 0, NO_CLASS, 1]))[0] == pytest.approx(1 / (1 + 1 / 4))
    assert np.isnan(picture.support(np.array([0, NO_CLASS, NO_CLASS, NO_CLASS]))).all()


def test_neighbours_where_several_points_are_at_one_place() -> None:
    positions = np.repeat([[0.0, 0.0], [3.0, 0.0]], [5, 2], axis=0)
    for k in (1, 2, 4, 20):
        neighbours = Picture(shown(positions, np.zeros(7, np.int64)), k).neighbours
        assert neighbours.shape == (7, min(k, 6))
        for i, row in enumerate(neighbours):
            assert i not in row and len(set(row.tolist())) == len(row)


def test_mixture_is_the_gini_impurity_of_colours() -> None:
    positions = np.array([[0.0, 0], [0.1, 0], [5.0, 0], [5.1, 0]])
    seen = shown(positions, np.array([0, 0, 0, 1]), observed=np.array([NO_CLASS, 1, NO_CLASS, NO_CLASS]))
    assert Picture(seen, 1).mixture == pytest.approx([0.5, 0.5, 0.5, 0.5])
    assert Picture(dataclasses.replace(seen, observed=np.full(4, NO_CLASS)), 1).mixture == pytest.approx(
        [0, 0, 0.5, 0.5]
    )


def test_clusters_are_neighbours_of_a_kind() -> None:
    seen = one_stray()
    picture = Picture(seen, 6)
    clusters = Clusters.seen(picture, seen.recognised, picture.support(seen.recognised))
    assert clusters.kind.tolist() == [0, 1]
    assert clusters.of.tolist() == [0] * SIZE + [1] * SIZE + [NONE]
    assert clusters.centre == pytest.approx(np.array([CATS, DOGS]), abs=1e-9)
    assert clusters.radius == pytest.approx(np.full(2, 0.3 * np.sqrt(12 / 13)))
    few = np.where(np.isin(np.arange(STRAY + 1), [0, 1]), 0, NO_CLASS)
    assert len(Clusters.seen(picture, few, picture.support(few))) == 0
