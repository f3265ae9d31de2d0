"""Addresses of conditions: by what can change a result, and not by where a class lies."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hill_exp.record.condition import Condition
from hill_exp.record.store import Store
from hill_exp.types import UserError

MINE = """
from hill_exp.teacher.contrastive import Contrastive

class {name}(Contrastive):
    def weight_at(self, share):
        return {weight}
"""


@pytest.fixture
def own_teacher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Writes a module with a teacher of one's own, and gives its dotted path."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(weight: float = 1.0, module: str = "lab_teachers", name: str = "Mine") -> str:
        (tmp_path / f"{module}.py").write_text(MINE.format(name=name, weight=weight))
        sys.modules.pop(module, None)
        return f"{module}.{name}"

    yield write  # type: ignore[misc]
    for module in ("lab_teachers", "elsewhere"):
        sys.modules.pop(module, None)


def _moved(node: Any) -> Any:
    """Settings after all classes of this program were moved to other files."""
    if not isinstance(node, dict):
        return node
    new = {key: _moved(value) for key, value in node.items()}
    if "_target_" in node:
        new["_target_"] = "hill_exp.elsewhere." + node["_target_"].rpartition(".")[2]
    return new


@pytest.mark.parametrize("user", ["oracle", "crowd"])  # the second has a class within its settings
def test_moving_our_classes_orphans_nothing(user: str, tiny: Callable[..., Condition]) -> None:
    before = tiny(f"+user={user}")
    after = replace(before, settings=_moved(before.settings), resolved=_moved(before.resolved))
    assert after.settings != before.settings
    assert (after.id, after.content) == (before.id, before.content)


def test_a_choice_that_was_given_another_class_of_ours_has_its_name(tiny: Callable[..., Condition]) -> None:
    triplet = ["teacher._target_=hill_exp.teacher.triplet.Triplet", "~teacher.temperature", "+teacher.margin=1.0"]
    assert tiny("+user=oracle", *triplet).names["teacher"] == "Triplet"
    assert tiny("+user=noisy").names["user"] == "noisy"  # whose class stands in the file that its own builds on


def test_another_class_of_ours_is_another_condition(tiny: Callable[..., Condition]) -> None:
    ours = tiny("+user=oracle")
    other = {**ours.resolved["teacher"], "_target_": "hill_exp.teacher.contrastive.Other"}
    assert replace(ours, resolved={**ours.resolved, "teacher": other}).content != ours.content


def test_editing_a_class_of_ones_own_makes_another_condition(
    tiny: Callable[..., Condition], own_teacher: Callable[..., str]
) -> None:
    def condition(weight: float) -> Condition:
        return tiny("+user=oracle", f"teacher._target_={own_teacher(weight)}")

    first, again, edited = condition(1.0), condition(1.0), condition(2.0)
    assert (first.id, first.content) == (again.id, again.content)
    assert first.id != edited.id and first.content != edited.content
    columns = first.columns()
    assert columns["teacher._target_"] == "lab_teachers.Mine"
    assert columns["teacher._source_"] != edited.columns()["teacher._source_"]
    assert first.names["teacher"] == "Mine" and first.label == "digits-mlp-Mine-oracle"  # and not contrastive
    assert "user._target_" not in columns and "teacher._target_" not in tiny("+user=oracle").columns()


def test_a_class_of_ones_own_may_lie_elsewhere_too(
    tiny: Callable[..., Condition], own_teacher: Callable[..., str]
) -> None:
    here = tiny("+user=oracle", f"teacher._target_={own_teacher()}")
    there = tiny("+user=oracle", f"teacher._target_={own_teacher(module='elsewhere')}")
    assert here.content == there.content


def test_a_store_of_the_old_kind_is_named(tmp_path: Path, tiny: Callable[..., Condition]) -> None:
    store = Store(tmp_path)
    store.open_for_writing()
    store.add_condition(tiny("+user=oracle"))
    (path,) = (tmp_path / "conditions").iterdir()
    entry = json.loads(path.read_text())
    for change, words in (
        ({"algorithm": 1}, "computed by algorithm 1, and this version computes by algorithm 4"),
        ({"format": 1}, "written in format 1, and this version reads format 3"),
    ):
        path.write_text(json.dumps({**entry, **change}))
        for attempt in (store.conditions, store.open_for_writing):
            with pytest.raises(UserError, match=words):
                attempt()
