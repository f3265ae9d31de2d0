"""What one run says: its table against the paired t-test of a reference, and the program that a run ends with."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import synthetic
from scipy import stats as reference

from analysis import tables
from analysis.__main__ import main
from analysis.brief import brief, summary, summary_text
from hill_exp.record.store import Store
from hill_exp.types import UserError


def ids(table: pd.DataFrame) -> dict[str, str]:
    """user -> condition, of a store with one condition a user."""
    return dict(zip(table["user"], table["condition"], strict=True))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    effects = {"none": 0.0, "placebo": 0.01, "oracle": 0.07}
    return synthetic.study(tmp_path / "store", effects, participants=4, layouts=True)


def test_summary_is_the_paired_t_test_of_a_reference(store: Store) -> None:
    table = tables.participants(store)
    by = ids(table)
    frame = summary(table, by["oracle"], [by["none"], by["placebo"]])
    wide = table.pivot(index="participant", columns="user", values="test_accuracy")
    expected = reference.ttest_rel(wide["oracle"], wide["none"]).confidence_interval(0.95)
    row = frame.loc["test_accuracy", by["none"]]
    assert (row["low"], row["high"]) == pytest.approx((expected.low, expected.high))
    assert row["difference"] == pytest.approx((wide["oracle"] - wide["none"]).mean())
    assert (row["n"], row["missing"]) == (4, 0)
    assert frame.loc["test_accuracy", (by["oracle"], "mean")] == pytest.approx(wide["oracle"].mean())


def test_summary_counts_missing_pairs_and_leaves_out_controls_that_are_not_there(store: Store) -> None:
    oracle, none = synthetic.condition("oracle"), synthetic.condition("none")
    store.write(synthetic.failed(oracle, 0))
    store.record_path(none.content, 0, 1).unlink()
    store.write(synthetic.record(oracle, 7, 0.9))
    table = tables.participants(store)
    frame = summary(table, oracle.id, [none.id, "not-there"])
    row = frame.loc["test_accuracy", none.id]
    assert (row["n"], row["missing"]) == (2, 2)  # the seventh is yet to be run under none
    assert set(frame.columns.get_level_values(0)) == {oracle.id, none.id}


def test_summary_text_is_ready_to_print(store: Store) -> None:
    table = tables.participants(store)
    by = ids(table)
    text = summary_text(table, by["oracle"], [by["none"], by["placebo"]])
    assert list(text.columns) == ["mean [95% interval]", "minus none", "minus placebo"]
    assert text.loc["test accuracy", "minus none"].startswith("+0.0")
    assert text.loc["points moved", "minus none"] == ""


def test_summary_of_one_participant_has_no_interval(tmp_path: Path) -> None:
    table = tables.participants(synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.1}, participants=1))
    by = ids(table)
    row = summary(table, by["oracle"], [by["none"]]).loc["test_accuracy", by["none"]]
    assert row["n"] == 1
    assert math.isnan(row["low"])
    assert "[" not in summary_text(table, by["oracle"], [by["none"]]).loc["test accuracy", "minus none"]


def test_a_brief_writes_the_table_and_the_pictures(store: Store, tmp_path: Path) -> None:
    by = ids(tables.participants(store))
    made = brief(store, by["oracle"], [by["none"], by["placebo"], "not-there"], tmp_path / "out")
    assert made
    assert made.title == "digits-mlp-contrastive-oracle"
    assert [path.name for path in made.pictures] == ["learning_curves.png", "story.png"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "summary.csv", "learning_curves.png", "learning_curves.pdf", "story.png", "story.pdf"
    }  # fmt: skip
    expected = summary_text(tables.participants(store), by["oracle"], [by["none"], by["placebo"]])
    pd.testing.assert_frame_equal(made.table, expected)
    assert pd.read_csv(tmp_path / "out" / "summary.csv", index_col=0)["minus none"].fillna("").tolist() == (
        expected["minus none"].tolist()
    )


def test_whom_nothing_was_shown_has_no_story(store: Store, tmp_path: Path) -> None:
    made = brief(store, ids(tables.participants(store))["none"], [], tmp_path / "out")
    assert made and [path.name for path in made.pictures] == ["learning_curves.png"]
    assert list(made.table.columns) == ["mean [95% interval]"]


def test_one_finished_participant_is_enough_and_none_is_no_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = synthetic.study(tmp_path / "one", {"none": 0.0, "oracle": 0.1}, participants=1, layouts=True)
    oracle, none = synthetic.condition("oracle"), synthetic.condition("none")
    given = ["brief", "--store", str(store.path), "--condition", oracle.id, "--out", str(tmp_path / "out")]
    assert main([*given, "--controls", none.id]) == 0
    printed = capsys.readouterr().out
    assert "minus none" in printed and "test accuracy" in printed and oracle.label in printed
    assert f"Picture: {tmp_path / 'out' / 'story.png'}" in printed.splitlines()
    store.write(synthetic.failed(oracle, 0))
    assert main([*given, "--out", str(tmp_path / "other")]) == 0
    assert capsys.readouterr().out == ""
    assert not (tmp_path / "other").exists()


def test_a_condition_that_is_not_there_has_its_sentence(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such condition"):
        brief(store, "0123", [], tmp_path)
    with pytest.raises(UserError, match="no such condition"):
        brief(Store(tmp_path / "nowhere"), "0123", [], tmp_path)


def test_a_brief_loads_no_tests_and_no_other_figures() -> None:
    code = "import analysis.brief, analysis.figures.curves, analysis.figures.layouts, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not {"statsmodels", "scipy.stats", "matplotlib", "analysis.hypotheses", "torch"} & loaded
