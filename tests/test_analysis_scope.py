"""What findings are about: images, data sets and choices that might have been others; and what every column is."""

from __future__ import annotations

import csv
import math
import warnings
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import synthetic
from scipy import stats as scipy_stats
from statsmodels.stats.meta_analysis import combine_effects

from analysis import codebook, hypotheses, scope, specification, tables, written
from analysis.figures import specification as figure
from analysis.hypotheses import Role, judged
from analysis.results import NoData, Results
from analysis.stats import interquartile
from hill_exp.config.groups import CHOICES
from hill_exp.record.store import Store


def results_of(store: Store) -> Results:
    stated, read = hypotheses.load(), tables.read(store)
    return Results.of(store, read, stated)


# --- images ----------------------------------------------------------------------------------------------------------


def test_the_correction_for_shared_images_by_hand(tmp_path: Path) -> None:
    d = np.array([0.02, 0.05, 0.03, 0.06])
    low, high = scope.nadeau_bengio(d.mean(), d.mean() / d.std(ddof=1), 4, ratio=0.25)
    half = scipy_stats.t.ppf(0.975, 3) * d.std(ddof=1) * math.sqrt(1 / 4 + 0.25)
    assert (low, high) == pytest.approx((d.mean() - half, d.mean() + half))
    assert scope.nadeau_bengio(d.mean(), d.mean() / d.std(ddof=1), 4, ratio=0.0) == pytest.approx(
        scipy_stats.t.interval(0.95, 3, d.mean(), scipy_stats.sem(d))
    )
    assert all(map(math.isnan, scope.nadeau_bengio(0.1, math.nan, 4, 0.25)))
    assert all(map(math.isnan, scope.nadeau_bengio(0.1, 1.0, 1, 0.25)))


def test_the_correction_takes_the_sizes_from_the_store(tmp_path: Path) -> None:
    """300 canvas images, and 36 test images in each of ten classes."""
    results = results_of(synthetic.study(tmp_path, {"none": 0, "placebo": 0, "oracle": 0.07}, 6))
    row = results.tests[(results.tests["contrast"] == "oracle - none") & (results.tests["metric"] == "test_accuracy")]
    row = row[row["hypothesis"] == "H1"]
    d = results.pairing.difference("test_accuracy", *row["condition"], results.main[0].arms["none"]).differences
    half = scipy_stats.t.ppf(0.975, 5) * d.std() * math.sqrt(1 / 6 + 360 / 300)
    assert row["images_high"].item() - row["images_low"].item() == pytest.approx(2 * half)


# --- data sets -------------------------------------------------------------------------------------------------------


def test_random_effects_are_those_of_statsmodels() -> None:
    means, errors = [0.05, 0.02, 0.09, 0.04], [0.01, 0.01, 0.012, 0.008]
    found = scope.random_effects(means, errors)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the intervals of single data sets
        fit = combine_effects(np.array(means), np.square(errors), method_re="iterated", use_t=True)
        frame = fit.summary_frame().loc["random effect wls"]  # that of Hartung and Knapp
    assert (found.mean, found.low, found.high) == pytest.approx(tuple(frame[["eff", "ci_low", "ci_upp"]]), rel=1e-5)
    assert found.tau**2 == pytest.approx(fit.tau2) and found.i2 == pytest.approx(fit.i2)
    assert found.predicted_low < found.low < found.mean < found.high < found.predicted_high


def test_data_sets_that_agree_by_chance_make_no_interval_too_narrow() -> None:
    found = scope.random_effects([0.05, 0.05, 0.05], [0.01, 0.01, 0.01])
    assert found.tau == 0
    assert found.high - found.mean == pytest.approx(scipy_stats.t.ppf(0.975, 2) * 0.01 / math.sqrt(3))
    with pytest.raises(ValueError, match="takes 3"):
        scope.random_effects([0.05, 0.05], [0.01, 0.01])


def test_intervals_over_data_sets_cover() -> None:
    rng, held, next_one = np.random.default_rng(0), [], []
    for _ in range(300):
        x = rng.normal(rng.normal(0.05, 0.03, 4)[:, None], 0.03, (4, 12))
        found = scope.random_effects(x.mean(axis=1).tolist(), (x.std(axis=1, ddof=1) / math.sqrt(12)).tolist())
        held.append(found.low <= 0.05 <= found.high)
        next_one.append(found.predicted_low <= rng.normal(0.05, 0.03) <= found.predicted_high)
    assert np.mean(held) > 0.92 and np.mean(next_one) > 0.92


def test_a_summary_from_three_data_sets_on_and_never_over_teachers(tmp_path: Path) -> None:
    users = {"none": 0.0, "placebo": 0.0, "oracle": 0.05}
    store = Store(tmp_path)
    for k, dataset in enumerate(("digits", "photos")):
        store = synthetic.study(tmp_path, users, 5, rng=k, dataset=dataset)
    assert list(scope.over_datasets(results_of(store))) == []
    store = synthetic.study(tmp_path, users, 5, rng=2, dataset="letters")

    def summary(store: Store) -> scope.Summary:
        return next(
            s for row, s in scope.over_datasets(results_of(store))
            if (row["metric"], row["contrast"]) == ("test_accuracy", "oracle - none")
        )  # fmt: skip

    found = summary(store)
    assert found.datasets == 3 and found.low < 0.05 < found.high
    synthetic.study(tmp_path, {"none": 0.0, "oracle": -0.2}, 5, rng=2, dataset="letters", teacher="triplet")
    assert summary(store) == found  # another teacher is no part of it


@pytest.mark.parametrize(("datasets", "participants"), [(2, 4), (2, 8)])
def test_the_interval_of_the_interquartile_mean_covers(datasets: int, participants: int) -> None:
    """The plain percentile interval: 0.87 to 0.93."""
    rng = np.random.default_rng(1)
    truth = scipy_stats.trim_mean(np.concatenate([d + rng.normal(size=200_000) for d in range(datasets)]), 0.25)
    held = []
    for _ in range(400):
        strata = [d + rng.normal(size=participants) for d in range(datasets)]
        _, low, high = interquartile(strata, rng, resamples=400)
        held.append(low <= truth <= high)
    assert np.mean(held) > 0.93


# --- choices ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def multiverse(tmp_path_factory: pytest.TempPathFactory) -> Results:
    path = tmp_path_factory.mktemp("multiverse")
    for share, weight in product((0.1, 0.4), (0.5, 2.0)):
        settings = {"dataset__labelled": share, "teacher__weight": weight, "training__keep": "last"}
        store = synthetic.study(path, {"none": 0, "placebo": 0, "oracle": 0.08 - 0.1 * share}, 5, **settings)
    return results_of(store)


def test_the_curve_has_every_setting_and_every_end_of_training(multiverse: Results) -> None:
    found = {(c.metric, c.contrast): c for c in specification.curves(specification.table(multiverse))}
    curve = found["test_accuracy", "oracle - none"]
    assert len(curve.rows) == 4 * 3 and curve.rows["estimate"].is_monotonic_increasing
    assert set(curve.factors) == {specification.STOPPED, "teacher.weight", "dataset.labelled"}
    assert len(found["learning_curve_auc", "oracle - none"].rows) == 4  # has no end of its own
    by_share = curve.rows.groupby("dataset.labelled")["estimate"].mean()
    assert by_share[0.1] > by_share[0.4]


def test_an_earlier_end_of_training_by_hand(multiverse: Results) -> None:
    rows = specification.table(multiverse)
    row = rows[
        (rows["metric"] == "test_accuracy")
        & (rows["contrast"] == "oracle - none")
        & (rows["stopping rule"] == "best validation accuracy")
    ].iloc[0]
    control = multiverse.pairing.match(row["condition"], {"user": "none"})
    epochs = multiverse.tables.epochs
    best = [
        epochs[epochs["condition"] == c]
        .groupby("participant")
        .apply(lambda e: e.loc[e["validation_accuracy"].idxmax(), "test_accuracy"])
        for c in (row["condition"], control)
    ]
    d = best[0] - best[1]
    assert row["estimate"] == pytest.approx(d.mean()) and row["n"] == 5
    assert row["ci_low"] == pytest.approx(scipy_stats.t.interval(0.95, 4, d.mean(), scipy_stats.sem(d))[0])


def test_the_figure_has_a_dot_for_each_setting(multiverse: Results) -> None:
    drawn = figure.specification(multiverse)
    *panels, matrix = drawn.axes
    assert panels[0].get_title(loc="left") == "H1: test accuracy"
    metrics = [panel.get_title(loc="left").partition(": ")[2] for panel in panels]
    assert len({*metrics}) == len(metrics), "what several hypotheses claim of a contrast is drawn once"
    labels = [label.get_text() for label in matrix.get_yticklabels()]
    assert labels[-4:] in (["0.1", "0.4", "0.5", "2"], ["0.5", "2", "0.1", "0.4"])
    dots = sum(len(dots.get_offsets()) for dots in matrix.collections)
    assert dots == 12 * 3  # each of 12 settings has a share, a weight and an end
    drawn.canvas.draw()


def test_one_setting_makes_no_curve(tmp_path: Path) -> None:
    results = results_of(synthetic.study(tmp_path, {"oracle": 0.07}, 4))
    assert list(specification.curves(specification.table(results))) == []
    with pytest.raises(NoData, match="experiment=multiverse"):
        figure.specification(results)


# --- tables ----------------------------------------------------------------------------------------------------------


def test_every_column_of_every_table_is_described(tmp_path: Path) -> None:
    results = results_of(synthetic.everything(tmp_path / "store", participants=4, layouts=False))
    results.tables.save(tmp_path / "tables")
    written.write(results, tmp_path / "tables")
    book = pd.read_csv(tmp_path / "tables" / "codebook.csv", keep_default_na=False)
    assert list(book.columns) == list(codebook.FIELDS)
    for path in (tmp_path / "tables").glob("*.csv"):
        with path.open() as file:
            columns = next(csv.reader(file))
        of_table = book[book["table"] == path.stem]
        assert path.stem == "codebook" or list(of_table["name"]) == columns
    assert list(book.loc[book["description"] == "", "name"]) == []
    assert set(book["table"]) == {
        "participants", "epochs", "turns", "groups", "hypotheses", "specification", "datasets", "arms",
    }  # fmt: skip


def test_metrics_and_settings_of_the_program_are_described() -> None:
    from analysis.arms import COLUMNS
    from analysis.metrics import METRICS

    assert [m for m in METRICS if not codebook.describe("participants", m)[0]] == []
    arms = "consistency_loss", *COLUMNS
    assert [name for name in arms if not codebook.describe("arms", name)[0]] == []
    assert codebook.describe("participants", "dataset.labelled")[0] == (
        "share of the canvas points that carry an observed label"
    )
    assert codebook.describe("participants", "user.person.anchoring") == codebook.describe("epochs", "user.anchoring")
    assert "severity" in codebook.describe("participants", "shift.noise.1")[0]
    assert codebook.describe("participants", "nobody_knows") == ("", "")
    assert {key.split(".")[0] for key in codebook.settings() if "." in key} >= {*CHOICES, "training"}


def test_types_are_those_of_the_columns() -> None:
    rows = {"n": [1, 2], "p": [0.5, math.nan], "user": ["a", None], "doubtful": [True, False], "shown": [True, None],
            "group": pd.Categorical(["a", "b"]), "turns": [3, None], "reason": [None, None]}  # fmt: skip
    of = codebook.codebook({"x": pd.DataFrame(rows)}).set_index("name")["type"].to_dict()
    assert of == {"n": "integer", "p": "number", "user": "string", "doubtful": "boolean", "shown": "boolean",
                  "group": "string", "turns": "number", "reason": "number"}  # fmt: skip


def test_the_verdicts_as_latex(multiverse: Results) -> None:
    tables = {role: written.latex(multiverse.tests, role) for role in Role}
    claims = {role: (judged(multiverse.tests, role)["n"] > 1).sum() for role in Role}
    assert {role: text.count("& supported") + text.count("& not supported") + text.count("& inconclusive")
            for role, text in tables.items()} == claims and claims[Role.EXPLORATORY]  # fmt: skip
    text = tables[Role.EXPLORATORY]
    assert text.startswith("\\begin{longtable}") and "\\toprule" in text and "\\bottomrule" in text
    row = next(line for line in text.splitlines() if line.startswith("H1 & digits"))
    assert row.count("&") == 8 and "oracle $-$ none" in row and row.endswith("\\\\")
    assert "_" not in text.replace("\\_", "")
