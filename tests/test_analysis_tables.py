"""Records to tidy tables, and pairs."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import synthetic
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from analysis import tables
from analysis.paired import Pairing
from analysis.stats import t_interval
from hill_exp.record.store import Store
from hill_exp.types import UserError

CONTRACT = [
    "condition", "dataset", "model", "projection", "teacher", "user", "participant", "seed", "status",
    "test_accuracy", "train_accuracy", "generalization_gap", "shifted_accuracy", "calibration_error",
    "worst_class_recall", "class_recall_gap", "learning_curve_auc", "epochs_to_target", "points_moved",
    "embedding_response", "seconds",
]  # fmt: skip


def ids(table: pd.DataFrame) -> dict[str, str]:
    """user -> condition, of a store with one condition a user."""
    return dict(zip(table["user"], table["condition"], strict=True))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return synthetic.study(tmp_path, {"none": 0.0, "placebo": 0.01, "oracle": 0.07}, participants=4)


def test_participants_have_the_columns_of_the_contract_first(store: Store) -> None:
    table = tables.participants(store)
    assert list(table.columns[: len(CONTRACT)]) == CONTRACT
    assert len(table) == 3 * 4
    assert set(table["status"]) == {"done"}
    oracle = table[table["user"] == "oracle"]
    assert (oracle["dataset.labelled"] == 0.2).all()
    assert (oracle["user.conflation.strength"] == 0.0).all()
    assert table.loc[table["user"] == "none", "user.conflation.strength"].isna().all()
    assert np.allclose(table["generalization_gap"], table["train_accuracy"] - table["test_accuracy"])


def test_long_tables_hold_what_the_records_hold(store: Store) -> None:
    read = tables.read(store)
    assert len(read.epochs) == 12 * synthetic.EPOCHS
    assert len(read.turns) == 8 * len(synthetic.TURNS)  # nobody looks under none
    assert len(read.groups) == 12 * len(synthetic.CLASSES)
    condition = next(c for c in store.conditions() if c.names["user"] == "oracle")
    record = store.read(condition.content, 0, 2)
    assert record
    chosen = (read.epochs["condition"] == condition.id) & (read.epochs["participant"] == 2)
    assert read.epochs.loc[chosen, "test_accuracy"].tolist() == record.epochs["test_accuracy"]
    chosen = (read.groups["condition"] == condition.id) & (read.groups["participant"] == 2)
    assert read.groups.loc[chosen, "name"].tolist() == list(synthetic.CLASSES)
    assert read.groups.loc[chosen, "accuracy"].tolist() == [row["accuracy"] for row in record.groups]


def test_a_record_shared_by_conditions_stands_under_each(store: Store) -> None:
    store.add_condition(synthetic.condition("none", teacher="neighbour"))  # its record is that of contrastive's none
    table = tables.participants(store)
    none = table[table["user"] == "none"]
    assert sorted(none["teacher"]) == ["contrastive"] * 4 + ["neighbour"] * 4
    assert none["condition"].nunique() == 2
    by_teacher = none.pivot(index="participant", columns="teacher", values="test_accuracy")
    assert (by_teacher["contrastive"] == by_teacher["neighbour"]).all()


def test_failed_participants_are_rows_with_a_reason_and_no_numbers(store: Store) -> None:
    condition = synthetic.condition("oracle")
    broken = synthetic.failed(condition, 9, "diverged: the loss is nan in epoch 7")
    store.write(dataclasses.replace(broken, metrics={"test_accuracy": 0.99}))  # whatever else stands in it
    table = tables.participants(store)
    row = table[table["participant"] == 9].iloc[0]
    assert (row["status"], row["reason"]) == ("failed", "diverged: the loss is nan in epoch 7")
    assert math.isnan(row["test_accuracy"])
    assert 9 not in set(tables.read(store).epochs["participant"])


@pytest.mark.parametrize("content", ["", "{", '"text"', '{"format": 3}', '{"format": 3, "outcome": null, "x": 1}'])
def test_a_damaged_record_is_named_and_the_others_are_read(store: Store, content: str) -> None:
    path = store.record_path(synthetic.condition("oracle").content, 0, 1)
    path.write_text(content)
    read = tables.read(store)
    assert read.damaged == (path,)
    assert len(read.participants) == 11


def test_records_without_a_condition_are_counted(store: Store) -> None:
    next((store.path / "conditions").glob("*.json")).unlink()
    assert tables.read(store).stray == 4


def test_a_store_of_another_version_is_refused_in_a_sentence(store: Store) -> None:
    path = store.record_path(synthetic.condition("oracle").content, 0, 1)
    path.write_text(json.dumps({"format": 99}))
    with pytest.raises(UserError, match="format 99"):
        tables.read(store)
    path.unlink()
    (store.path / "conditions" / "x.json").write_text(json.dumps({"format": 1}))
    with pytest.raises(UserError, match="format 1"):
        tables.read(store)


def test_each_record_is_read_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add_condition(synthetic.condition("none", teacher="neighbour"))
    opened: list[Path] = []
    original = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: (opened.append(self), original(self))[1])
    tables.read(store)
    records = [path for path in opened if path.parent.parent.name == "records"]
    assert len(records) == len(set(records)) == 12


def test_settings_that_differ_are_named_and_no_others() -> None:
    rows = {
        name: synthetic.condition("oracle", teacher=teacher, dataset__labelled=labelled).columns()
        for name, teacher, labelled in (("a", "contrastive", 0.2), ("b", "contrastive", 0.5), ("c", "linear", 0.2))
    }
    texts = tables.distinguish(pd.DataFrame.from_dict(rows, orient="index"))
    assert texts.to_dict() == {
        "a": "teacher=contrastive, dataset.labelled=0.2",
        "b": "teacher=contrastive, dataset.labelled=0.5",
        "c": "teacher=linear, dataset.labelled=0.2",
    }


# --- pairs -----------------------------------------------------------------------------------------------------------


def test_interval_is_students(store: Store) -> None:
    x = [0.81, 0.84, 0.79, 0.86, 0.80]
    at = t_interval(x)
    expected = reference.ttest_1samp(x, 0).confidence_interval(0.95)
    assert (at.mean, at.low, at.high, at.n) == pytest.approx((np.mean(x), expected.low, expected.high, 5))
    assert math.isnan(t_interval([0.8]).low)
    assert t_interval([0.8]).mean == 0.8
    assert t_interval([]).n == 0


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20), st.floats(-100, 100))
@settings(deadline=None, max_examples=30)
def test_an_interval_moves_with_its_values(x: list[float], by: float) -> None:
    one, other = t_interval(x), t_interval(np.array(x) + by)
    assert other.mean == pytest.approx(one.mean + by, abs=1e-9)
    assert other.high - other.low == pytest.approx(one.high - one.low, abs=1e-6)


def test_who_never_reaches_the_target_counts_as_the_slowest(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.open_for_writing()
    slow, quick = synthetic.condition("none"), synthetic.condition("oracle")
    for condition, reached in ((slow, (20.0, math.nan)), (quick, (10.0, 12.0))):
        store.add_condition(condition)
        for p, epoch in enumerate(reached):
            store.write(synthetic.record(condition, p, metrics={"epochs_to_target": epoch}))
    pairs = Pairing(tables.participants(store)).difference("epochs_to_target", quick.id, slow.id)
    assert pairs.differences.tolist() == [-10.0, 12.0 - (synthetic.EPOCHS + 1)]
    assert (pairs.missing, pairs.censored) == (0, 1)


def test_a_control_differs_in_the_user_alone(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.1}, participants=2)
    synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.1}, participants=2, dataset__labelled=0.5)
    pairing = Pairing(tables.participants(store))
    for labelled in (0.2, 0.5):
        oracle, none = (synthetic.condition(user, dataset__labelled=labelled).id for user in ("oracle", "none"))
        assert pairing.match(oracle, {"user": "none"}) == none
    assert pairing.match(oracle, {"user": "placebo"}) is None


def test_of_several_controls_the_one_with_the_same_settings_is_taken(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for user in ("oracle", "biased"):
        for tremor in (0.0, 0.1, 0.2):
            store = synthetic.study(tmp_path, {user: 0.0}, 2, user__tremor=tremor)
    pairing = Pairing(tables.participants(store))
    for tremor in (0.0, 0.1, 0.2):
        biased, oracle = (synthetic.condition(user, user__tremor=tremor).id for user in ("biased", "oracle"))
        assert pairing.match(biased, {"user": "oracle"}) == oracle


def test_analysis_starts_without_heavy_modules() -> None:
    modules = "analysis.tables, analysis.paired, analysis.hypotheses, analysis.brief, analysis.report"
    heavy = {"torch", "umap", "sklearn", "scipy", "statsmodels", "matplotlib", "hydra"}
    code = f"import {modules}, sys; print(*({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_two_folders_of_images_are_told_apart_by_their_names() -> None:
    rows = {
        "a": {"dataset": "image_folder", "data": "1a2b3c4d5e", "dataset.root": "/home/me/cats"},
        "b": {"dataset": "image_folder", "data": "9f8e7d6c5b", "dataset.root": "/home/me/dogs/"},
        "c": {"dataset": "digits", "data": "digits", "dataset.root": None},
    }
    texts = tables.distinguish(pd.DataFrame.from_dict(rows, orient="index"))
    assert texts.to_dict() == {"a": "data=cats 1a2b3c", "b": "data=dogs 9f8e7d", "c": ""}


def test_where_nothing_departs_from_what_is_shipped_there_is_no_match_and_no_error(store: Store) -> None:
    pairing = Pairing(tables.participants(store).filter(regex="^(?!projection.)"))
    for condition in pairing.conditions.index:
        assert pairing.match(str(condition), {"projection": "pca"}, as_shipped=True) is None
