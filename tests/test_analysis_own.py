"""What somebody else's code adds to an analysis: a metric of kept probabilities, a figure, a hypothesis on a choice."""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path

import matplotlib.figure
import numpy as np
import pandas as pd
import pytest
import synthetic
import yaml

import hill_exp
from analysis import freeze, hypotheses, kept_metric, tables
from analysis.__main__ import main
from analysis.hypotheses import Role, judged
from analysis.kept_metric import KeptMetric
from analysis.metrics import METRICS, Metric
from analysis.results import NoData, Results
from hill_exp.config.folder import HYPOTHESES
from hill_exp.record.predictions import Predictions
from hill_exp.record.store import Store
from hill_exp.types import UserError


class Surest(KeptMetric):
    """The mean confidence."""

    name = "surest"
    described = Metric("mean confidence", share=True)

    def score(self, kept: Predictions) -> float:
        return float(kept.test_probabilities.max(axis=1).mean())


class Broken(Surest):
    name = "broken"

    def score(self, kept: Predictions) -> float:
        raise ZeroDivisionError("of this metric")


class Nameless(KeptMetric):
    def score(self, kept: Predictions) -> float:
        return 0.0


class Taken(Surest):
    name = "test_accuracy"


class Column(Surest):
    name = "seed"


def a_figure(results: Results) -> matplotlib.figure.Figure:
    """Nothing is on it."""
    return matplotlib.figure.Figure()


def no_data(results: Results) -> matplotlib.figure.Figure:
    raise NoData("there is nothing to see")


def no_figure(results: Results) -> str:
    return "figure"


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is introduced in a test is not there in the next."""
    for name in ("surest", "broken"):
        monkeypatch.setitem(METRICS, name, Surest.described)
        monkeypatch.delitem(METRICS, name)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Of nobody, who is sure by 0.6, and of an oracle by 0.9; of one participant the probabilities are lost."""
    made = synthetic.study(tmp_path / "store", {"none": 0.0, "oracle": 0.07}, participants=6)
    for user, sure in (("none", 0.6), ("oracle", 0.89)):
        of = synthetic.condition(user)
        for p in range(5):
            probabilities = np.tile([sure + 0.01 * p * sure, 1 - sure - 0.01 * p * sure], (3, 1))
            kept = Predictions.of(*[(probabilities, np.zeros(3, int))] * 2)
            made.write(dataclasses.replace(synthetic.record(of, p), predictions=kept))
    return made


def test_a_metric_is_a_column_and_missing_where_nothing_was_kept(store: Store) -> None:
    read = tables.read(store, metrics=[Surest()]).participants.set_index(["user", "participant"])["surest"]
    assert read["oracle", 1] == pytest.approx(0.899, abs=1e-3) and read["none", 2] == pytest.approx(0.612, abs=1e-3)
    assert math.isnan(read["oracle", 5])
    assert "surest" not in tables.read(store).participants


def test_a_hypothesis_can_be_about_it(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "stated").mkdir()
    stated = {
        "name": "S", "sentence": "Surer.", "family": "own", "alpha": 0.025, "user": "oracle", "over": "none",
        "tests": [{"metric": "surest", "claim": "higher", "margin": 0.1}],
    }  # fmt: skip
    (tmp_path / "stated" / "s.yaml").write_text(yaml.safe_dump(stated))
    given = ["--store", str(store.path), "--hypotheses", str(tmp_path / "stated"), "--out", str(tmp_path / "out")]
    assert main(given) == 2 and "surest" in capsys.readouterr().err
    assert main([*given, "--metric", f"{__name__}.Surest"]) == 0
    assert "1 supported" in capsys.readouterr().out
    codebook = pd.read_csv(tmp_path / "out" / "tables" / "codebook.csv").set_index("name")
    assert codebook.loc["surest", "description"] == "mean confidence"
    assert "Mean confidence" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_from_python(store: Store) -> None:
    results = hill_exp.load(store.path, metrics=[Surest()])
    assert results.participants["surest"].notna().sum() == 10
    assert results.summary().set_index("user").loc["oracle", "surest"] == pytest.approx(0.9078, abs=1e-3)
    assert isinstance(results.figure(f"{__name__}.a_figure"), matplotlib.figure.Figure)
    with pytest.raises(UserError, match="there is nothing to see"):
        results.figure(f"{__name__}.no_data")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ["--metric", f"{__name__}.Broken"],
            r"metric broken: raised ZeroDivisionError: of this metric \(.*, line \d+\)",
        ),
        (["--metric", f"{__name__}.Nameless"], "Nameless: lacks name and described"),
        (["--metric", f"{__name__}.Taken"], "name = 'test_accuracy': another column has that name"),
        (["--metric", f"{__name__}.Column"], "name = 'seed': another column has that name"),
        (["--metric", f"{__name__}.a_figure"], "must name a class that derives from analysis.kept_metric.KeptMetric"),
        (["--metric", "absent.Metric"], r"--metric absent.Metric: cannot be imported \(No module named 'absent'\)"),
        (["--metric", "Surest"], "--metric Surest: cannot be imported"),
        (["--figure", "absent"], "--figure absent: there is no such figure. There are: learning_curves"),
        (["--figure", "absent.figure"], "--figure absent.figure: cannot be imported"),
        (["--figure", f"{__name__}.no_figure"], "no_figure: gave str; must give a matplotlib figure"),
        (["--figure", f"{__name__}.Nameless"], "raised TypeError"),
    ],
)
def test_what_is_wrong_with_it_is_said(
    options: list[str], sentence: str, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--store", str(store.path), "--out", str(tmp_path / "out"), *options]) == 2
    assert re.search(sentence, capsys.readouterr().err)


def test_a_figure_is_drawn_alone(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["--store", str(store.path), "--out", str(out), "--figure", f"{__name__}.a_figure"]) == 0
    assert {path.name for path in (out / "figures").iterdir()} == {"a_figure.png", "a_figure.pdf"}
    assert main(["--store", str(store.path), "--out", str(out), "--figure", f"{__name__}.no_data"]) == 2
    assert "there is nothing to see" in capsys.readouterr().out


def test_a_frozen_plan_knows_the_file_of_a_metric(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    module = tmp_path / "later_changed.py"
    module.write_text(f"from {__name__} import Surest\nclass Mine(Surest): name = 'surest'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    metric = kept_metric.metric("later_changed.Mine", "x")
    folder = HYPOTHESES
    freeze.freeze(store, folder, 4, metrics=[metric])
    read = tables.read(store)
    found = [freeze.standing(store, read, folder, metrics) for metrics in ([metric], [])]
    assert [standing.changed if standing else None for standing in found] == [[], ["metrics/surest"]]
    module.write_text(module.read_text() + "# changed\n")
    standing = freeze.standing(store, read, folder, [metric])
    assert standing and standing.changed == ["metrics/surest"]


# --- choices that are not shipped -------------------------------------------------------------------------------------


def own_teacher(store: Store, weight: float, accuracy: float) -> None:
    of = synthetic.condition("oracle", teacher="mine", teacher__weight=weight)
    store.add_condition(of)
    for p in range(6):
        store.write(synthetic.record(of, p, accuracy + 0.003 * p))


def verdict(store: Store, **where: str) -> str:
    stated = hypotheses.Hypothesis(
        name="M", sentence="Mine teaches more.", family="own", alpha=0.025, user="oracle",
        choice={"group": "teacher", "name": "mine", "over": "annotation"},
        cell={"dataset": "digits", "user": "oracle", "seeds": [0], "where": where},
        tests=[{"metric": "test_accuracy", "claim": "higher", "margin": 0.01}],
    )  # fmt: skip
    (row,) = judged(hypotheses.evaluate([stated], tables.read(store)), Role.CONFIRMATORY).to_dict("records")
    return str(row["verdict"])


def test_a_choice_that_is_not_shipped_can_be_confirmatory(tmp_path: Path) -> None:
    """As the store has it; of several settings the cell says which, and till then there is no verdict."""
    store = synthetic.study(tmp_path / "store", {"oracle": 0.0}, participants=6, between=0, teacher="annotation")
    own_teacher(store, 2.0, accuracy=0.9)
    assert verdict(store) == "supported"
    own_teacher(store, 5.0, accuracy=0.7)
    assert verdict(store) == "not tested"
    assert verdict(store, **{"teacher.weight": "2.0"}) == "supported"
    assert verdict(store, **{"teacher.weight": "5.0"}) == "not supported"
