"""A population gives each participant a person of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from persons import settings

from hill_exp.config import build
from hill_exp.types import UserError
from simulated_users.crowd import Crowd
from simulated_users.person import SimulatedPerson


def crowd(population: Any) -> Crowd:
    made = build({**settings("crowd"), "population": population}, "user")
    assert isinstance(made, Crowd)
    return made


def test_the_shipped_crowd_draws_people_who_differ() -> None:
    shipped: Crowd = build(settings("crowd"), "user")
    people = [shipped.member(np.random.default_rng(seed)) for seed in range(20)]
    assert all(isinstance(one, SimulatedPerson) for one, _ in people)
    assert len({drawn["anchoring"] for _, drawn in people}) == 20
    assert all(one.knowledge.error == drawn["knowledge.error"] for one, drawn in people)
    again = shipped.member(np.random.default_rng(3))
    assert again[1] == people[3][1] and again[0] == people[3][0]
    shipped.check_classes(("a", "b"), coloured=True)


def test_distributions_are_what_they_say() -> None:
    made = crowd(
        {
            "slips": {"uniform": [0.2, 0.4]},
            "anchoring": {"normal": [0.5, 1.0, 0.1, 0.6]},
            "knowledge": {"error": {"beta": [2, 2, 0.5]}},
            "strategy": {"choice": ["pile", "rescue"]},
            "deference": 0.25,
        }
    )
    drawn = [made.member(np.random.default_rng(seed))[1] for seed in range(400)]
    slips, anchoring, error = (np.array([d[key] for d in drawn]) for key in ("slips", "anchoring", "knowledge.error"))
    assert 0.2 <= slips.min() < 0.22 < 0.38 < slips.max() <= 0.4
    assert anchoring.min() == 0.1 and anchoring.max() == 0.6 and 0.1 < np.median(anchoring) < 0.6
    assert error.mean() == pytest.approx(0.25, abs=0.02) and error.max() <= 0.5
    assert {d["strategy"] for d in drawn} == {"pile", "rescue"}
    assert {d["deference"] for d in drawn} == {0.25}


def test_a_new_parameter_leaves_the_draws_of_the_others_alone() -> None:
    one, two = (
        crowd({"slips": {"uniform": [0, 1]}}),
        crowd({"anchoring": {"uniform": [0, 1]}, "slips": {"uniform": [0, 1]}}),
    )
    assert one.member(np.random.default_rng(0))[1]["slips"] == two.member(np.random.default_rng(0))[1]["slips"]


def test_files_are_read_as_data(tmp_path: Path) -> None:
    population = {"motor": {"constant": {"uniform": [0, 0.1]}}}
    (tmp_path / "p.json").write_text(json.dumps(population))
    (tmp_path / "p.yaml").write_text("motor:\n  constant: {uniform: [0, 0.1]}\n")
    for name in ("p.json", "p.yaml"):
        assert crowd(str(tmp_path / name)).population == population
    (tmp_path / "code.yaml").write_text("slips: !!python/object/apply:os.getpid []\n")
    with pytest.raises(UserError, match="must be a readable YAML or JSON file"):
        crowd(str(tmp_path / "code.yaml"))


def test_a_class_that_only_some_members_need_is_missed_before_anybody_sits_down() -> None:
    made = crowd({"attention": {"classes": {"choice": [["cat"], ["horse"]]}, "strength": 0.5}})
    made.check_classes(("cat", "horse"), coloured=False)
    with pytest.raises(UserError, match=r"user.attention.classes: there is no 'horse'"):
        made.check_classes(("cat", "dog"), coloured=False)
    with pytest.raises(UserError, match=r"user.attribute = 0.5: these images carry no colour"):
        crowd({"attribute": {"uniform": [0.0, 0.5]}}).check_classes(("cat", "dog"), coloured=False)


@pytest.mark.parametrize(
    ("population", "sentence"),
    [
        ({"slipz": 0.1}, "user.population: there is no 'slipz'. Did you mean slips?"),
        ({"_target_": "os.system"}, "user.population: there is no '_target_'."),
        ({"motor": {"_target_": "os.system"}}, "user.population.motor: there is no '_target_'."),
        ({"motor": {"konstant": 0.1}}, "user.population.motor: there is no 'konstant'. Did you mean constant?"),
        ({"slips": {"unifrom": [0, 1]}}, "user.population.slips: there is no 'unifrom'. Did you mean uniform?"),
        ({"slips": {"uniform": [1, 0]}}, "user.population.slips.uniform = [1, 0]: must be [low, high], low <= high"),
        ({"slips": {"normal": [0, 1]}}, "user.population.slips.normal = [0, 1]: must be [mean, sd, low, high]"),
        ({"slips": {"choice": []}}, "user.population.slips.choice = []: must be [value, ...]"),
        ({"slips": {"normal": [0, -1, 0, 1]}}, "user.population.slips.normal = [0, -1, 0, 1]: must be [mean, sd, low"),
        ({"slips": {"uniform": ["0", 1]}}, "user.population.slips.uniform = ['0', 1]: must be [low, high]"),
        ({"slips": {"uniform": [0, float("inf")]}}, "user.population.slips.uniform = [0, inf]: must be [low, high]"),
        ({"slips": {}}, "user.population.slips: there is no ''. Allowed: beta, choice, normal, uniform"),
        ({"slips": {"beta": [1, 0, 1]}}, "user.population.slips.beta = [1, 0, 1]: must be [a, b, scale], all above 0"),
        ({"slips": {"beta": 3}}, "user.population.slips.beta = 3: must be [a, b, scale]"),
        ({"slips": {"uniform": [0, 1.5]}}, "user.population.slips = 1.5: must be less than or equal to 1"),
        ({"motor": {"constant": -1}}, "user.population.motor.constant = -1: must be greater than or equal to 0"),
        ({"strategy": "pyle"}, "user.strategy: there is no 'pyle'"),
        ("nowhere.yaml", "user.population = nowhere.yaml: must be a readable YAML or JSON file"),
        (3, "user.population = 3: must be a valid dictionary"),
    ],
    ids=str,
)
def test_a_bad_population_gets_a_sentence(population: Any, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        crowd(population)
    assert str(caught.value).startswith(sentence)
