"""Who names points and moves none: what each machine says, whom a query asks about, and what that costs."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from persons import NAMERS, person

from hill_exp.person import Names, Naming, Perceives, Person, Query
from hill_exp.types import NO_CLASS, Budget, UserError
from simulated_users.testing import CHECKS, query, sights


def named(who: Names, asked: Query, seed: int = 0) -> Naming:
    return who.name_points(asked, np.random.default_rng(seed))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("spreading", {"of": "latents", "threshold": 0.9}),
        ("svc", {"kernel": "linear"}),
        *(("active", {"query": how}) for how in ("margin", "entropy", "coreset", "random")),
        ("active", {"knowledge": {"error": 0.3}, "conflation": {"pairs": [[8, 3]], "strength": 1.0}}),
    ],
    ids=str,
)
def test_every_variant_keeps_the_contract(name: str, changes: dict[str, Any], check: Any) -> None:
    check(lambda: person(name, **changes))


@pytest.mark.parametrize("name", NAMERS)
def test_only_who_is_asked_is_a_person(name: str) -> None:
    who = person(name)
    assert isinstance(who, Names) and not isinstance(who, Person)
    assert isinstance(who, Perceives) == (name == "active")
    naming = named(who, query())
    assert naming.asked.any() == (naming.seconds > 0) == (name == "active")


# --- machines


def clouds(**changes: Any) -> Query:
    """60 points of three clouds, the same among the inputs and, in another order, among the latents; two of the clouds
    hold a label each."""
    truth = np.repeat([0, 1, 2], 20)
    observed = np.full(60, NO_CLASS)
    observed[[0, 20]] = 0, 1
    points = 10 * np.eye(3)[truth] + np.random.default_rng(0).normal(0, 0.5, (60, 3))
    given = {"inputs": points, "latents": np.roll(points, 5, axis=0), "observed": observed, **changes}
    return dataclasses.replace(query(), **given)


def test_spreading_names_what_a_label_reaches() -> None:
    said = named(person("spreading", neighbours=20, threshold=0.0), clouds()).labels
    assert said.tolist() == [0] * 20 + [1] * 20 + [NO_CLASS] * 20
    by_latents = named(person("spreading", neighbours=20, of="latents"), clouds()).labels
    assert by_latents.tolist() == [0] * 5 + [1] * 20 + [NO_CLASS] * 20 + [0] * 15
    assert (named(person("spreading"), clouds(observed=np.full(60, NO_CLASS))).labels == NO_CLASS).all()


def test_spreading_names_no_point_between_two_classes_at_a_threshold() -> None:
    line = np.linspace(0, 1, 60)[:, None]
    observed = np.full(60, NO_CLASS)
    observed[[0, 59]] = 4, 7
    halves, sure = (
        named(person("spreading", threshold=threshold, alpha=0.9), clouds(inputs=line, observed=observed)).labels
        for threshold in (0.0, 0.9)
    )
    assert set(halves.tolist()) == {4, 7} and sure[0] == 4 and sure[59] == 7
    assert (sure[26:34] == NO_CLASS).all() and (sure[sure != NO_CLASS] == halves[sure != NO_CLASS]).all()


def test_self_training_names_what_the_model_is_sure_of() -> None:
    probabilities = np.full((60, 10), 0.04)
    probabilities[:, 6] = 0.64
    probabilities[:9] = np.eye(10)[2]
    asked = clouds(probabilities=probabilities)
    assert named(person("self_training"), asked).labels.tolist() == [NO_CLASS, *[2] * 8, *[NO_CLASS] * 51]
    ready = named(person("self_training", threshold=0.6), asked).labels
    assert ready.tolist() == [NO_CLASS, *[2] * 8, *[6] * 11, NO_CLASS, *[6] * 39]


def test_an_svc_names_all_but_what_is_labelled() -> None:
    said = named(person("svc"), clouds()).labels
    assert said[:40].tolist() == [NO_CLASS, *[0] * 19, NO_CLASS, *[1] * 19] and (said[40:] != NO_CLASS).all()
    alone = np.full(60, NO_CLASS)
    alone[7] = 5
    assert named(person("svc"), clouds(observed=alone)).labels.tolist() == [5] * 7 + [NO_CLASS] + [5] * 52


# --- active learning


def test_the_person_names_by_its_perception_what_it_is_asked() -> None:
    asked = query(300, budget=Budget(seconds=360))
    naming = named(person("active"), asked)
    assert naming.asked.sum() == 61 and naming.seconds == pytest.approx(61 * 5.9)
    assert not naming.asked[asked.observed != NO_CLASS].any()
    np.testing.assert_array_equal(naming.labels, np.where(naming.asked, asked.recognised, NO_CLASS))
    assert named(person("active", answer=2.3), asked).asked.sum() == 50


def test_nobody_is_asked_twice() -> None:
    asked = query(budget=Budget())
    first = np.flatnonzero(asked.observed == NO_CLASS)[:5]
    before = np.isin(np.arange(60), first)
    naming = named(person("active"), dataclasses.replace(asked, asked=before))
    assert naming.asked.tolist() == ((asked.observed == NO_CLASS) & ~before).tolist()


@pytest.mark.parametrize("how", ["uncertainty", "margin", "entropy"])
def test_a_query_by_uncertainty_asks_where_the_model_is_unsure(how: str) -> None:
    probabilities = np.tile(np.eye(10)[0], (60, 1))
    unsure = np.flatnonzero(query().observed == NO_CLASS)[[3, 8, 20]]
    probabilities[unsure, :2] = 0.5
    asked = dataclasses.replace(query(budget=Budget(points=3)), probabilities=probabilities)
    assert np.flatnonzero(named(person("active", query=how), asked).asked).tolist() == unsure.tolist()


def test_uncertainty_and_margin_differ_where_a_third_class_takes_part() -> None:
    probabilities = np.tile(np.eye(10)[0], (60, 1))
    torn, vague = np.flatnonzero(query().observed == NO_CLASS)[[4, 9]]
    probabilities[torn, :2] = 0.5
    probabilities[vague, :4] = 0.4, 0.2, 0.2, 0.2
    asked = dataclasses.replace(query(budget=Budget(points=1)), probabilities=probabilities)
    first = {how: int(named(person("active", query=how), asked).asked.argmax()) for how in ("uncertainty", "margin")}
    assert first == {"uncertainty": vague, "margin": torn}


def test_a_core_set_asks_far_from_what_is_known() -> None:
    latents = np.random.default_rng(0).normal(0, 0.1, (60, 2))
    far = np.flatnonzero(query().observed == NO_CLASS)[[2, 30]]
    latents[far] = [9, 0], [0, 9]
    asked = dataclasses.replace(query(budget=Budget(points=2)), latents=latents)
    assert np.flatnonzero(named(person("active", query="coreset"), asked).asked).tolist() == far.tolist()
    latents[far] = [9, 0], [9, 1]
    one = dataclasses.replace(asked, latents=latents, budget=Budget(points=1))
    assert named(person("active", query="coreset"), one).asked.nonzero()[0] == far[1:]
    known = np.isin(np.arange(60), far[1:])  # whatever it was taken for
    between = np.flatnonzero((query().observed == NO_CLASS) & ~np.isin(np.arange(60), far))[:1]
    latents[between] = [0, 5]
    again = dataclasses.replace(one, latents=latents, asked=known)
    assert named(person("active", query="coreset"), again).asked.nonzero()[0] == between


def test_a_random_query_is_a_matter_of_chance_alone() -> None:
    asked = query(budget=Budget(points=9))
    same = dataclasses.replace(asked, latents=-asked.latents, probabilities=asked.probabilities[:, ::-1])
    who = person("active", query="random")
    assert named(who, asked).asked.tolist() == named(who, same).asked.tolist() != named(who, asked, 1).asked.tolist()


def test_a_namer_errs_as_the_others_do() -> None:
    truth = np.arange(200) % 10
    taken = {who: person(who, knowledge={"error": 0.3}).recognise(sights(truth), np.random.default_rng(4)).tolist()
             for who in ("active", "oracle")}  # fmt: skip
    assert taken["active"] == taken["oracle"] != truth.tolist()
    asked = query(300, budget=Budget())
    biased = named(person("active", conflation={"pairs": [["8", 3]], "strength": 1.0}), asked)
    plain = named(person("active"), asked)
    assert 8 in plain.labels and biased.labels.tolist() == np.where(plain.labels == 8, 3, plain.labels).tolist()


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("active", {"query": "marginal"}, "user.query = marginal: must be"),
        ("active", {"answer": 0}, "user.answer = 0: must be greater than 0"),
        ("active", {"weight": -1}, "user.weight = -1: must be greater than or equal to 0"),
        ("spreading", {"of": "pixels"}, "user.of = pixels: must be"),
        ("spreading", {"alpha": 1.0}, "user.alpha = 1.0: must be less than 1"),
        ("self_training", {"threshold": 1.5}, "user.threshold = 1.5: must be less than or equal to 1"),
        ("svc", {"kernel": "poly"}, "user.kernel = poly: must be"),
        ("svc", {"cost": 0}, "user.cost = 0: must be greater than 0"),
    ],
)
def test_bad_settings_get_a_sentence(name: str, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        person(name, **changes)
    assert str(caught.value).startswith(sentence)


def test_a_bias_on_a_class_that_is_not_there() -> None:
    with pytest.raises(UserError, match=r"user.conflation.pairs: there is no class 8"):
        person("active", conflation={"pairs": [[8, 3]]}).check_classes(("cat", "dog"), coloured=False)
    with pytest.raises(UserError, match=r"user.knowledge.confusion: has 2 rows; the data have 3 classes"):
        person("active", knowledge={"confusion": [[1, 0], [0, 1]]}).check_classes(("a", "b", "c"), coloured=False)
