"""Every shipped person keeps the contract, and is the oracle with one departure."""

from __future__ import annotations

import dataclasses
import importlib
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
import pytest
from persons import CONF, DEPARTURES, NAMERS, PRESETS, person, settings
from pydantic import BaseModel

from hill_exp.config import build
from hill_exp.person import Nobody
from hill_exp.types import Budget, UserError
from simulated_users.testing import CHECKS, view

REAL = ("human", "replay")  # tests/test_live_*.py
SHIPPED = [name for name in PRESETS if name not in ("custom", "measured", *REAL)]  # measured: tests/test_eyes.py


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", SHIPPED)
def test_keeps_the_contract(name: str, check: Any) -> None:
    check(lambda: person(name))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize(
    "changes",
    [
        {"tools": {"lasso": 0.6}},
        {"strategy": "correct"},
        {"strategy": "group", "tools": {"lasso": 0.6}},
        {"strategy": "tidy"},
        {"strategy": {"explore": 2, "group": 1}, "gaze": {"thumbnails": 3, "neighbours": 1}},
        {"strategy": "group", "gaze": {"thumbnails": None}},
        {"strategy": "rescue"},
        {"strategy": "boundary"},
        {"strategy": "compact"},
        {"strategy": "separate", "tools": {"lasso": 1.0}},
        {"strategy": "label_unlabelled"},
        {"strategy": "arrange", "class_map": {"3": (0.0, 1.0), 8: (1.0, 0.0)}},
        {"strategy": {"pile": 1, "compact": 2}, "strategy_late": "separate", "rationality": 2.0, "slips": 0.5},
    ],
    ids=str,
)
def test_every_strategy_and_tool_keeps_the_contract(changes: dict[str, Any], check: Any) -> None:
    check(lambda: person(**changes))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_placebo_and_random_keep_the_contract_with_a_lasso(check: Any) -> None:
    for name in ("placebo", "random"):
        check(lambda name=name: build(settings(name, "user/tools=lasso"), "user"))


@pytest.mark.parametrize(("name", "departure"), DEPARTURES.items())
def test_is_the_oracle_with_one_departure(name: str, departure: str) -> None:
    oracle, other = settings("oracle"), settings(name)
    assert oracle.keys() == other.keys()
    assert [key for key in oracle if oracle[key] != other[key]] == [departure]
    kept = {**other, departure: oracle[departure]}
    assert kept == oracle
    shown = view(300, turn=2, spread=0.3, budget=Budget())
    edit, usual = (person(who).edit(shown, np.random.default_rng(0)) for who in (name, "oracle"))
    if departure != "knowledge":  # the harness lets the person err
        assert edit.positions.tobytes() != usual.positions.tobytes()


def test_the_departures_cover_the_presets() -> None:
    others = {"oracle", "blind_oracle", "none", "placebo", "random", "custom", "crowd", "measured", *REAL}
    assert set(PRESETS) == set(DEPARTURES) | others | set(NAMERS)


@pytest.mark.parametrize("name", PRESETS)
def test_file_starts_with_one_line_that_says_who_this_is(name: str) -> None:
    first, second = (CONF / "user" / f"{name}.yaml").read_text().splitlines()[:2]
    assert first.startswith("# ") and len(first) > 12 and not second.startswith("#")


@pytest.mark.parametrize("name", SHIPPED)
def test_values_stand_in_the_file_and_types_in_the_class(name: str) -> None:
    node = settings(name)
    module, _, cls = node.pop("_target_").rpartition(".")
    _same_keys(getattr(importlib.import_module(module), cls), node)


def _same_keys(model: type[BaseModel], node: Mapping[str, Any]) -> None:
    assert set(model.model_fields) == set(node), model
    for key, field in model.model_fields.items():
        assert field.is_required(), f"{model.__name__}.{key} has a default"
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel) and node[key] is not None:
                _same_keys(kind, node[key])


@pytest.mark.parametrize("who", ["oracle", "blind_oracle"])
def test_a_sorter_handles_as_much_as_the_budget_allows(who: str) -> None:
    for strategy in ("pile", "rescue", "boundary", "compact", "separate", "label_unlabelled"):
        edit = person(who, strategy=strategy).edit(view(200, budget=Budget(points=50)), np.random.default_rng(0))
        assert edit.handled.sum() == len(edit.gestures) == 50
        assert edit.moved.sum() == 50


def test_placebo_handles_as_much_and_moves_nothing() -> None:
    shown = view(200, budget=Budget(points=50))
    edit = person("placebo").edit(shown, np.random.default_rng(0))
    assert edit.handled.sum() == 50
    assert not edit.moved.any() and edit.distance == 0 and edit.positions.tobytes() == shown.positions.tobytes()


def test_random_stays_within_the_range_of_the_layout() -> None:
    shown = view(200, budget=Budget(points=50))
    edit = person("random").edit(shown, np.random.default_rng(0))
    assert edit.moved.sum() == 50
    low, high = shown.positions.min(0), shown.positions.max(0)
    assert (edit.positions >= low - 1e-9).all() and (edit.positions <= high + 1e-9).all()
    recognised = dataclasses.replace(shown, recognised=shown.recognised[::-1].copy())
    again = person("random").edit(recognised, np.random.default_rng(0))
    assert again.positions.tobytes() == edit.positions.tobytes()


def test_nobody_is_not_asked() -> None:
    assert isinstance(person("none"), Nobody)
    assert not person("none").edit(view(), np.random.default_rng(0)).handled.any()


def test_a_bias_on_a_class_that_is_not_there() -> None:
    few = ("cat", "dog", "owl")
    for name, key in (
        ("neglectful", "attention.classes"),
        ("biased", "conflation.pairs"),
        ("stereotyping", "stereotype.pairs"),
    ):
        with pytest.raises(UserError, match=f"user.{key}: there is no class [78]; allowed: 0 to 2, or a class' name"):
            person(name).check_classes(few, coloured=True)
        person(name).check_classes(tuple("0123456789"), coloured=True)
    with pytest.raises(UserError, match=r"user.attention.classes: there is no 'cta'. Did you mean cat\?"):
        person(attention={"classes": ["cta"]}).check_classes(few, coloured=True)
    with pytest.raises(UserError, match=r"user.class_map: there is no 'horse'"):
        person(strategy="arrange", class_map={"horse": (0, 0)}).check_classes(few, coloured=True)
    person(attention={"classes": ["cat", 2]}, conflation={"pairs": [["dog", "owl"]]}).check_classes(few, coloured=True)
    with pytest.raises(UserError, match="there is no class 8"):  # at the latest when it sits down
        person("biased").edit(dataclasses.replace(view(), classes=few, names=None), np.random.default_rng(0))


def test_one_class_alone() -> None:
    shown = dataclasses.replace(view(20), recognised=np.zeros(20, np.int64), classes=("only",), names=None)
    for strategy in ("pile", "rescue", "boundary", "compact", "separate", "label_unlabelled"):
        edit = person("blind_oracle", strategy=strategy, slips=1.0).edit(
            dataclasses.replace(shown, observed=np.zeros(20, np.int64)), np.random.default_rng(0)
        )
        assert edit.handled.all() and np.isfinite(edit.positions).all()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"slips": -0.1}, "user.slips = -0.1: must be greater than or equal to 0"),
        ({"anchoring": 1.5}, "user.anchoring = 1.5: must be less than or equal to 1"),
        ({"conflation": {"strength": -1}}, "user.conflation.strength = -1: must be greater than or equal to 0"),
        ({"motor": {"constant": float("inf")}}, "user.motor.constant = inf: must be a finite number"),
        ({"rationality": -1}, "user.rationality = -1: must be greater than or equal to 0"),
        ({"slip": 0.1}, "user: there is no 'slip'. Did you mean slips?"),
        ({"motor": {"constnat": 0.1}}, "user.motor: there is no 'constnat'. Did you mean constant?"),
        ({"strategy": "pyle"}, "user.strategy: there is no 'pyle'. Did you mean pile?"),
        ({"strategy_late": {"pile": -1}}, "user.strategy_late: must have weights of 0 or more; pile has -1"),
        ({"strategy": {"pile": 0}}, "user.strategy: must be a strategy's name, or weights with one above 0"),
        ({"gaze": {"thumbnails": 0}}, "user.gaze.thumbnails = 0: must be greater than or equal to 1"),
        ({"strategy": "arrange"}, "user: class_map must be given for strategy arrange"),
        ({"fatigue": {"turns": 0}}, "user.fatigue.turns = 0: must be greater than 0"),
    ],
    ids=str,
)
def test_bad_settings_get_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        person(**changes)
    assert str(caught.value).startswith(sentence)


def test_importing_people_loads_no_heavy_module() -> None:
    code = (
        "import sys, pkgutil, importlib, simulated_users as package\n"
        "for module in pkgutil.iter_modules(package.__path__, 'simulated_users.'):\n"
        "    importlib.import_module(module.name)\n"
        "print(sorted({'torch', 'umap', 'sklearn', 'scipy', 'matplotlib'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=CONF.parent)
    assert out.stdout.strip() == "[]"
