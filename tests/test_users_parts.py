"""The parts of a simulated person, on layouts and numbers that can be checked by hand."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from persons import person

from hill_exp.types import Budget, Cards, Edit, UserError, View
from simulated_users.biases import Stereotype, by_attribute
from simulated_users.group_centres import means, medians
from simulated_users.piles import Piles
from simulated_users.testing import sights, view

NAN = float("nan")
PILES = Piles(radius=1.5, spacing=0.8, spread=0.08)
RIGHT = np.array([1.5, 0.0])  # the place of the dogs in `small`


def small(**changes: Any) -> View:
    """Two classes, cats to the left and dogs to the right, the last cat among the dogs, where the model errs."""
    positions = np.array([[-1.0, 0.0], [-0.8, 0.2], [-0.9, -0.2], [1.0, 0.1], [0.9, 0.0], [1.1, -0.1], [0.8, 0.1]])
    truth = np.array([0, 0, 0, 1, 1, 1, 0])
    base = View(
        positions=positions,
        observed=np.array([0, -1, -1, 1, -1, -1, -1]),
        reserved=np.zeros(7, bool),
        predicted=np.array([0, 0, 0, 1, 1, 1, 1]),
        confidence=np.array([0.9, 0.8, 0.7, 0.9, 0.8, 0.7, 0.6]),
        recognised=truth,
        attribute=np.full(7, -1),
        pins=np.full((7, 2), NAN),
        cards=Cards(thumbnails=np.zeros((7, 2, 2, 3), np.uint8)),
        classes=("cat", "dog"),
        turn=0,
        turns=3,
        budget=Budget(),
    )
    return dataclasses.replace(base, **changes)


def edit_of(shown: View, **changes: Any) -> Edit:
    return person("blind_oracle", **changes).edit(shown, np.random.default_rng(0))


def order_of(edit: Edit) -> list[int]:
    return [int(p) for gesture in edit.gestures for p in gesture.points]


# --- piles


@pytest.mark.parametrize("k", [1, 2, 3, 10, 11, 12, 30, 100])
def test_places_are_apart(k: int) -> None:
    slots = PILES.slots(k)
    assert slots.shape == (k, 2)
    assert np.linalg.norm(slots, axis=1).min() >= 1.5 - 1e-9
    apart = np.linalg.norm(slots[:, None] - slots, axis=2) + np.diag(np.full(k, np.inf))
    assert apart.min() >= 0.8 - 1e-9
    assert np.linalg.norm(PILES.disc(500), axis=1).max() <= 0.08


def sites(pins: list[list[float]], piled: list[int], positions: list[list[float]], recognised: list[int]) -> Any:
    places = PILES.sites(np.array(pins), np.array(piled), np.array(positions), np.array(recognised), 2)
    return pytest.approx(places)


def test_classes_go_to_the_nearest_free_place() -> None:
    left_right, right_left = np.array([[-1.5, 0], [1.5, 0]]), np.array([[1.5, 0], [-1.5, 0]])
    nowhere, apart = [[NAN, NAN]] * 2, [[-1.0, 0.0], [1.0, 0.0]]
    assert sites(nowhere, [-1, -1], apart, [0, 1]) == left_right
    assert sites(nowhere, [-1, -1], apart, [1, 0]) == right_left
    assert (
        sites([[1.4, 0.2], [NAN, NAN]], [0, -1], apart, [0, 1]) == right_left
    )  # cats were put to the right: they stay
    assert sites([[1.4, 0.2], [NAN, NAN]], [0, -1], [[1.0, 0.2], [1.5, 0.0]], [0, 1]) == right_left  # whoever comes
    slipped = [[1.5, 0.0], [1.5, 0.0], [-1.5, 0.0]]
    assert sites(slipped, [0, 0, 0], slipped, [0, 0, 0]) == right_left


def test_a_sorter_sorts_into_two_piles() -> None:
    shown = small()
    edit = edit_of(shown)
    places = np.where(shown.recognised[:, None] == 0, [-1.5, 0.0], [1.5, 0.0])
    assert edit.positions == pytest.approx(places + PILES.disc(7))
    assert edit.moved.all()


def test_what_matters_most_comes_first() -> None:
    # a labelled example of each class (0, 3: 3 is no more worth than 0, so chance decides), the one that the model
    # gets wrong (6), then those without a label, the least certain first
    order = order_of(edit_of(small()))
    assert set(order[:2]) == {0, 3}
    assert order[2] == 6
    assert set(order[3:5]) == {2, 5} and set(order[5:]) == {1, 4}
    pins = np.where(np.arange(7)[:, None] < 5, 0.0, NAN) * np.ones((7, 2))  # 0 to 4 were handled
    handled = dataclasses.replace(small(pins=pins), predicted=np.array([0, 1, 0, 1, 1, 1, 1]))
    assert order_of(edit_of(handled))[:5] == [6, 5, 1, 2, 4]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"motor": {"constant": 0.2}},
        {"anchoring": 0.3},
        {"slips": 0.2},
        {"stereotype": {"pairs": [[8, 3], [9, 4], [7, 1]], "strength": 0.8}},
    ],
    ids=str,
)
def test_piles_stay_over_the_turns_whatever_the_layout_does(changes: dict[str, Any]) -> None:
    exact = person("blind_oracle", **{**changes, "motor": {"constant": 0.0}, "anchoring": 0.0, "slips": 0.0})
    for seed in range(5):
        rng = np.random.default_rng(seed)
        shown = view(300, budget=Budget(points=150))
        sites = []
        pins = np.full((300, 2), NAN)
        for turn in range(3):
            now = dataclasses.replace(shown, pins=pins, turn=turn, positions=rng.normal(size=(300, 2)))
            edit = person("blind_oracle", **changes).edit(now, rng)
            pins = np.where(edit.handled[:, None], edit.positions, pins)
            aims = exact.edit(dataclasses.replace(now, budget=Budget()), rng).positions - PILES.disc(300)
            sites.append(medians(aims, now.recognised, 10))
        assert all(site == pytest.approx(sites[0]) for site in sites)


def test_centres() -> None:
    points = np.array([[0.0, 0.0], [1.0, 4.0], [8.0, 2.0], [3.0, 3.0]])
    group = np.array([0, 0, 0, 2])
    assert medians(points, group, 4) == pytest.approx(np.array([[1, 2], [NAN, NAN], [3, 3], [NAN, NAN]]), nan_ok=True)
    assert means(points, group, 4) == pytest.approx(np.array([[3, 2], [NAN, NAN], [3, 3], [NAN, NAN]]), nan_ok=True)
    rng = np.random.default_rng(0)
    points, group = rng.normal(size=(50, 2)), rng.integers(-1, 3, 50)
    expected = np.array([np.median(points[group == c], axis=0) for c in range(3)])
    assert medians(points, group, 3) == pytest.approx(expected)
    assert np.isnan(medians(points[:0], group[:0], 2)).all()


# --- strategies


def test_rescue_brings_the_lost_cat_home() -> None:
    edit = edit_of(small(budget=Budget(points=1)), strategy="rescue")
    assert order_of(edit) == [6]
    assert edit.positions[6] == pytest.approx(np.array([-0.85, 0.05]) + PILES.disc(7)[6])  # the median of the cats


def test_boundary_starts_where_classes_meet() -> None:
    positions = np.array([[-2.0, 0], [-1.0, 0], [-0.2, 0], [2.0, 0], [1.0, 0], [0.5, 0], [-1.0, 0]])
    assert order_of(edit_of(small(positions=positions, budget=Budget(points=2)), strategy="boundary")) == [2, 5]


def test_compact_halves_a_class() -> None:
    shown = small(positions=np.array([[-2.0, 0], [-1.0, 0], [0.0, 0], [3.0, 0], [2.0, 0], [1.0, 0], [-1.0, 0]]))
    edit = edit_of(shown, strategy="compact", piles={"spread": 0.0})
    assert edit.positions[:, 0] == pytest.approx([-1.5, -1.0, -0.5, 2.5, 2.0, 1.5, -1.0])
    assert set(order_of(edit)[:4]) == {0, 2, 3, 5}


def test_separate_moves_classes_as_they_are() -> None:
    shown = small()
    edit = edit_of(shown, strategy="separate")
    for c, x in ((0, -1.5), (1, 1.5)):
        of = shown.recognised == c
        assert edit.positions[of].mean(0) == pytest.approx([x, 0])
        drag = edit.positions[of] - shown.positions[of]
        assert drag == pytest.approx(np.tile(drag[0], (len(drag), 1)))


def test_arrange_goes_by_the_map() -> None:
    edit = edit_of(small(), strategy="arrange", class_map={"dog": (0.0, 2.0)}, piles={"spread": 0.0})
    assert (edit.positions[3:6] == [0.0, 2.0]).all()
    assert not edit.handled[[0, 1, 2, 6]].any()


def test_label_unlabelled_puts_points_beside_a_labelled_one() -> None:
    shown = small(budget=Budget(points=5))
    edit = edit_of(shown, strategy="label_unlabelled", piles={"spread": 0.0})
    assert set(order_of(edit)) == {1, 2, 4, 5, 6}
    assert (edit.positions[[1, 2, 6]] == shown.positions[0]).all() and (edit.positions[4:6] == shown.positions[3]).all()


def test_mixed_follows_each_strategy_for_its_share() -> None:
    shown = view(1000, budget=Budget())
    alone = [edit_of(shown, strategy=name).positions for name in ("pile", "compact")]
    for changes, share in (
        ({"strategy": {"pile": 3, "compact": 1}}, 0.25),
        ({"strategy": "pile", "strategy_late": "compact"}, 0.0),
        ({"strategy": "compact", "strategy_late": "compact"}, 1.0),
    ):
        mixed = edit_of(shown, **changes).positions
        by_second = (mixed == alone[1]).all(1)
        assert ((mixed == alone[0]).all(1) | by_second).all()
        assert by_second.mean() == pytest.approx(share, abs=0.05)
    for turn, share in ((2, 0.5), (4, 1.0)):
        late = edit_of(dataclasses.replace(shown, turn=turn), strategy="pile", strategy_late="compact").positions
        assert (late == alone[1]).all(1).mean() == pytest.approx(share, abs=0.05)


# --- tools, motor, budget


def test_seconds_follow_fitts_law() -> None:
    shown = small(positions=np.array([[-1.02, 0.0]] + [[-1.0, 0.0]] * 6), recognised=np.array([0] + [-1] * 6))
    (gesture,) = edit_of(shown, piles={"spread": 0.0}).gestures  # dragged by 0.48 or 2.52
    length = abs(gesture.drops[0, 0] + 1.02)
    bits = {0.48: 2.0, 2.52: np.log2(16.75)}[round(length, 6)]  # the target is 0.16 wide
    assert gesture.seconds == pytest.approx(0.135 + bits * 0.249)
    tools = {"look": 1.0, "start": 2.0, "per_bit": 4.0, "width": 1.0}
    edit = edit_of(small(), anchoring=1.0, tools=tools)  # nothing is dragged: no bits
    assert [g.seconds for g in edit.gestures] == [2.0] * 7
    assert edit.looked.all() and edit.looking == 7.0 and edit.seconds == 7 * 3.0


def test_a_lasso_takes_neighbours_of_a_class_in_one_gesture() -> None:
    shown = small(pins=np.full((7, 2), NAN))
    edit = edit_of(shown, tools={"lasso": 0.5, "loop": 1.0, "look": 1.0, "start": 0.0, "per_bit": 0.0})
    assert sorted(sorted(g.points.tolist()) for g in edit.gestures) == [[0, 1, 2], [3, 4, 5], [6]]
    assert [g.seconds for g in edit.gestures] == [1.0] * 3 and edit.looking == 7.0
    single = edit_of(shown)
    assert edit.positions == pytest.approx(single.positions)  # piled up all the same


def test_a_lasso_slips_and_shakes_as_a_whole() -> None:
    shown = small()
    edit = edit_of(shown, tools={"lasso": 0.5}, slips=1.0)
    assert edit.positions[[0, 1, 2]] == pytest.approx(PILES.disc(7)[:3] + RIGHT)
    shaken = edit_of(shown, tools={"lasso": 0.5}, motor={"constant": 0.3})
    off = shaken.positions - edit_of(shown, tools={"lasso": 0.5}).positions
    assert off[[1, 2]] == pytest.approx(off[[0, 0]]) and np.abs(off).min() > 0


def test_the_budget_is_used_up() -> None:
    shown = view(300, budget=Budget(seconds=360.0))
    edit = edit_of(shown)
    assert 354 < edit.seconds <= 360 and 60 <= edit.handled.sum() <= 64
    assert len(edit_of(dataclasses.replace(shown, budget=Budget(gestures=7))).gestures) == 7
    lasso = edit_of(dataclasses.replace(shown, budget=Budget(gestures=7)), tools={"lasso": 0.8})
    assert len(lasso.gestures) == 7 and lasso.handled.sum() > 20


def test_motor_noise_has_its_spread() -> None:
    shown = dataclasses.replace(view(3000), budget=Budget())
    aim = edit_of(shown).positions
    noise = edit_of(shown, motor={"constant": 0.1, "proportional": 0.2}).positions - aim
    length = np.linalg.norm(aim - shown.positions, axis=1)
    scaled = noise / (0.1 + 0.2 * length)[:, None]
    assert scaled.std(0) == pytest.approx([1, 1], abs=0.05) and scaled.mean(0) == pytest.approx([0, 0], abs=0.06)
    still, tired = (
        person(
            "blind_oracle", motor={"constant": 0.1}, fatigue={"strength": s, "turns": 1e-9}, strategy="compact"
        ).edit(dataclasses.replace(shown, turn=1, recognised=np.zeros(3000, np.int64)), np.random.default_rng(0))
        for s in (0.0, 0.5)
    )  # one class: nothing to slip to
    aim = edit_of(dataclasses.replace(shown, recognised=np.zeros(3000, np.int64)), strategy="compact").positions
    assert tired.positions - aim == pytest.approx(1.5 * (still.positions - aim))


def test_anchoring_stops_on_the_way() -> None:
    shown = small()
    aim = edit_of(shown).positions
    assert edit_of(shown, anchoring=0.25).positions == pytest.approx(0.75 * aim + 0.25 * shown.positions)


def test_deference_leaves_alone_what_the_model_is_sure_of() -> None:
    edit = edit_of(small(), deference=0.25)  # surer than 0.75
    assert np.flatnonzero(~edit.handled).tolist() == [0, 1, 3, 4]


# --- knowledge


def test_a_confusion_matrix_says_what_is_taken_for_what(tmp_path: Path) -> None:
    rows = [[0.5, 0.3, 0.2], [0.0, 1.0, 0.0], [0.2, 0.0, 0.8]]
    path = tmp_path / "confusion.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in rows))
    truth = np.repeat([0, 1, 2], 4000)
    for confusion in (rows, str(path)):
        knowledge = person(knowledge={"confusion": confusion}).knowledge
        seen = knowledge.recognise(sights(truth, 3), np.random.default_rng(0)).reshape(3, -1)
        shares = np.array([np.bincount(row, minlength=3) / 4000 for row in seen])
        assert shares == pytest.approx(np.array(rows), abs=0.03)
        assert (shares[np.array(rows) == 0] == 0).all()


def test_errors_fall_on_all_other_classes() -> None:
    twos = sights(np.full(6000, 2), 4)
    seen = person(knowledge={"error": 0.3}).knowledge.recognise(twos, np.random.default_rng(0))
    assert np.bincount(seen, minlength=4) / 6000 == pytest.approx([0.1, 0.1, 0.7, 0.1], abs=0.02)
    only = sights(np.zeros(5, np.int64), 1)
    assert (person(knowledge={"error": 1.0}).knowledge.recognise(only, np.random.default_rng(0)) == 0).all()


@pytest.mark.parametrize(
    ("knowledge", "sentence"),
    [
        ({"confusion": [[0.5, 0.4], [0, 1]]}, "user.knowledge.confusion: every row must sum to 1; row 0 sums to 0.9"),
        ({"confusion": [[1.5, -0.5], [0, 1]]}, "user.knowledge.confusion: must hold no number below 0; row 0 has -0.5"),
        ({"confusion": [[1.0], [0, 1]]}, "user.knowledge.confusion: must be square; row 0 has 1 numbers of 2"),
        ({"confusion": [[NAN, 1], [0, 1]]}, "user.knowledge.confusion: "),
        ({"confusion": "nowhere.csv"}, "user.knowledge.confusion: must be a matrix or a readable CSV file"),
        ({"confusion": [[1.0]], "error": 0.1}, "user.knowledge: error must be 0 where a confusion matrix is given"),
        ({"error": 1.2}, "user.knowledge.error = 1.2: must be less than or equal to 1"),
    ],
    ids=str,
)
def test_bad_knowledge_gets_a_sentence(knowledge: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        person(knowledge=knowledge)
    assert str(caught.value).startswith(sentence)


def test_a_confusion_matrix_of_other_classes() -> None:
    who = person(knowledge={"confusion": np.eye(3).tolist()})
    with pytest.raises(UserError, match="has 3 rows; the data have 2 classes, so it must be 2 x 2"):
        who.check_classes(("cat", "dog"), coloured=True)
    with pytest.raises(UserError, match="has 3 rows"):
        who.knowledge.recognise(sights(np.zeros(4, np.int64), 2), np.random.default_rng(0))


# --- biases


def test_conflation_puts_the_first_on_the_seconds_pile() -> None:
    edit = edit_of(small(), conflation={"pairs": [["cat", "dog"]], "strength": 1.0})
    assert edit.positions == pytest.approx(PILES.disc(7) + RIGHT)


def test_stereotype_places_a_class_between() -> None:
    shown = small()
    edit = edit_of(shown, stereotype={"pairs": [["cat", "dog"]], "strength": 0.25})
    places = np.where(shown.recognised[:, None] == 0, [-0.75, 0.0], [1.5, 0.0])
    assert edit.positions == pytest.approx(places + PILES.disc(7))


@pytest.mark.parametrize("strength", [0.0, 0.3, 0.9])
def test_where_a_class_was_before_the_stereotype_can_be_told(strength: float) -> None:
    sites, classes = np.random.default_rng(0).normal(size=(3, 2)), ("a", "b", "c")
    attraction = Stereotype(pairs=((0, 1),), strength=strength).on(classes)
    shifted = attraction.shift(sites)
    assert shifted[0] == pytest.approx(sites[0] + strength * (sites[1] - sites[0]))
    assert (shifted[1:] == sites[1:]).all()
    group = np.array([0, 0, 1, 2, 2])
    assert attraction.unshift(shifted[group], group, 3) == pytest.approx(sites[group])
    absent = np.where(np.arange(3)[:, None] == 1, NAN, sites)
    assert (attraction.shift(absent)[0] == sites[0]).all()


def test_neglect_leaves_a_class_alone() -> None:
    edit = edit_of(small(), attention={"classes": [0], "strength": 1.0})
    assert np.flatnonzero(edit.handled).tolist() == [3, 4, 5]


def test_grouping_by_colour() -> None:
    colour = np.array([1, 1, 1, 0, 0, -1, 0])  # goes with cats: 1, with dogs: 0; the lost cat is coloured as a dog
    belief = by_attribute(small().recognised, small().recognised, colour, 1.0, 2)
    assert belief.tolist() == [0, 0, 0, 1, 1, 1, 1]
    many = by_attribute(small().recognised, small().recognised, np.array([0, 1, 2, 3, 3, 4, 5]), 1.0, 2)
    assert set(many.tolist()) == {0, 1}  # more colours than classes
    edit = edit_of(small(attribute=colour), attribute=1.0)
    assert edit.positions[6] == pytest.approx(PILES.disc(7)[6] + RIGHT)
