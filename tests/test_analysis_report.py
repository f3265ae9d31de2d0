"""Figures, the report and the command: what is drawn is what the tables say, and what is missing is said."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import synthetic
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import hypotheses, tables
from analysis.__main__ import main
from analysis.figures import classes, curves, dose, layouts, regimes, teachers
from analysis.figures.catalogue import FIGURES
from analysis.figures.style import USERS, class_colour, figure, save, short_setting, spread, style, user_look
from analysis.moderation import moderations
from analysis.results import NoData, Results
from analysis.stats import t_interval
from hill_exp.record.store import Store
from hill_exp.record.trace import Trace
from hill_exp.types import NO_CLASS, Edit, Gesture


def results_of(store: Store) -> Results:
    stated, read = hypotheses.load(), tables.read(store)
    return Results(store, read, stated, hypotheses.evaluate(stated, read))


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return results_of(synthetic.everything(tmp_path_factory.mktemp("everything"), participants=6))


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two people of one user without its control: hardly a figure can be drawn."""
    return results_of(synthetic.study(tmp_path_factory.mktemp("little"), {"oracle": 0.0}, participants=2))


# --- moderation ------------------------------------------------------------------------------------------------------


def test_the_gain_goes_with_the_picture_for_who_looks_at_it(everything: Results) -> None:
    """The oracle gains 0.07 over none from pictures of trustworthiness 0.95, and nothing from those of 0.5."""
    by_user = {m.user: m for m in moderations(everything) if m.dataset == "digits"}
    assert list(by_user) == ["oracle", "blind_oracle"]  # the others moved nothing, or saw one projection alone
    oracle, blind = by_user["oracle"], by_user["blind_oracle"]
    assert oracle.projections == ["scrambled", "umap"] and oracle.participants == 6 and oracle.slope.n == 12
    assert oracle.slope.low < 0.07 / 0.45 < oracle.slope.high and oracle.slope.low > 0.05
    assert blind.slope.low < 0 < blind.slope.high and abs(blind.slope.mean) < 0.05
    difference = oracle.points.pivot(index="participant", columns="projection", values="gain")
    assert difference["umap"].mean() > difference["scrambled"].mean()


def test_nothing_is_said_of_pictures_that_nobody_measured(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.open_for_writing()
    for user, projection in product(("none", "oracle"), ("umap", "scrambled")):
        store.add_condition(condition := synthetic.condition(user, projection=projection))
        for p in range(4):
            store.write(synthetic.record(condition, p, metrics={"trustworthiness": float("nan")}))
    results = results_of(store)
    assert list(moderations(results)) == []
    with pytest.raises(NoData, match="measured pictures"):
        FIGURES["moderator"].draw(results)


# --- figures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_or_says_why_not(name: str, everything: Results, little: Results) -> None:
    drawn = FIGURES[name].draw(everything)
    assert drawn.axes
    drawn.canvas.draw()
    if name != "learning_curves":
        with pytest.raises(NoData, match=r"\w+ \w+ \w+"):
            FIGURES[name].draw(little)


def test_a_saved_figure_is_the_same_bytes_each_time(everything: Results, tmp_path: Path) -> None:
    for folder in ("one", "other"):
        save(FIGURES["responses"].draw(everything), tmp_path / folder, "responses")
    for suffix in ("png", "pdf"):
        one, other = (tmp_path / folder / f"responses.{suffix}" for folder in ("one", "other"))
        assert one.read_bytes() == other.read_bytes()
        assert one.stat().st_size > 5000


def test_figures_leave_matplotlib_as_it_was(everything: Results) -> None:
    import sys

    import matplotlib as mpl

    before = dict(mpl.rcParams)
    FIGURES["paired_differences"].draw(everything)
    assert dict(mpl.rcParams) == before
    if pyplot := sys.modules.get("matplotlib.pyplot"):  # others may load it
        assert pyplot.get_fignums() == []


def test_the_main_setting_is_where_most_people_were_compared(everything: Results) -> None:
    digits, photos = everything.main
    assert (digits.dataset, photos.dataset) == ("digits", "photos")
    assert set(photos.arms) == set(synthetic.REPLICATION)
    assert "labelled=0.2" in digits.setting and "contrastive" in digits.setting
    strengths = everything.pairing.conditions["user.conflation.strength"]
    assert strengths[digits.arms["conflating"]] == 1.0  # of a sweep, the full dose


def test_a_user_has_one_colour_everywhere_and_no_two_look_alike() -> None:
    assert len(set(USERS.values())) == len(USERS)
    assert user_look("oracle") == USERS["oracle"]
    assert user_look("my_own_user") == user_look("my_own_user")
    assert class_colour(3) == class_colour(13)


def test_learning_curves_show_the_mean_over_participants(everything: Results) -> None:
    main = everything.main[0]
    with style():
        ax = figure(4, 3).subplots()
        curves.draw_curves(everything.tables.epochs, [main.arms["oracle"]], ax)
    epochs = everything.tables.epochs
    rows = epochs[(epochs["condition"] == main.arms["oracle"]) & (epochs["epoch"] == 10)]
    at = t_interval(rows["test_accuracy"])
    assert ax.lines[0].get_ydata()[9] == pytest.approx(at.mean)
    band = curves.interval_by_epoch(epochs[epochs["condition"] == main.arms["oracle"]], "test_accuracy").loc[10]
    assert tuple(band) == pytest.approx((at.mean, at.low, at.high, at.n))


def test_against_controls_leaves_out_what_is_not_there(everything: Results) -> None:
    main = everything.main[0]
    read = everything.tables
    drawn = curves.against_controls(read.epochs, read.turns, main.arms["biased"], [main.arms["none"], "not-there"])
    assert [len(ax.get_title(loc="left")) > 0 for ax in drawn.axes] == [True, True]
    assert len(curves.against_controls(read.epochs, read.turns, main.arms["none"], []).axes) == 1


def test_recall_changes_are_paired_differences(everything: Results) -> None:
    main = everything.main[0]
    groups = everything.tables.groups
    changes = classes.recall_changes(groups, main.arms, synthetic.CLASSES).set_index(["user", "class"])
    recall = {
        user: groups[(groups["condition"] == main.arms[user]) & (groups["name"] == "3")].set_index("participant")
        for user in ("biased", "none")
    }
    expected = (recall["biased"]["accuracy"] - recall["none"]["accuracy"]).mean()
    assert changes.loc[("biased", "3"), "change"] == pytest.approx(expected)
    assert bool(changes.loc[("biased", "3"), "sure"])


def test_regimes_are_the_two_settings_that_were_crossed(everything: Results) -> None:
    [(x, y, rows)] = regimes.crossings(regimes.gains(everything.pairing, everything.representatives))
    assert {x, y} == {"dataset.labelled", "dataset.label_noise"}
    oracle = rows[rows["user"] == "oracle"]
    assert len(oracle) == 9
    main = everything.main[0]  # not one of the oracle's other strategies, which were run there too
    expected = everything.pairing.difference("test_accuracy", main.arms["oracle"], main.arms["none"]).differences.mean()
    assert oracle.set_index([x, y])["gain"].loc[(0.2, 0.0)] == pytest.approx(expected)
    assert oracle.set_index([x, y])["gain"].loc[(0.05, 0.4)] > oracle.set_index([x, y])["gain"].loc[(0.6, 0.0)]


def test_teachers_are_compared_under_the_same_person(everything: Results) -> None:
    table = teachers.compare(everything.pairing)
    rows = table[(table["dataset"] == "digits") & (table["user"] == "oracle")].set_index("name")
    assert set(rows.index) == {"contrastive", "annotation", "neighbour", "triplet"}
    assert rows.loc["annotation", "low"] < 0.09 < rows.loc["annotation", "high"]


def test_dose_lines_pass_through_the_means(everything: Results) -> None:
    data = pd.DataFrame({"participant": list("aabb"), "dose": [0.0, 1.0] * 2, "value": [0.8, 0.6, 0.9, 0.5]})
    with style():
        ax = figure(4, 3).subplots()
        dose.draw_dose(data, ax, "black", "x", people=False)
    assert ax.lines[0].get_ydata().tolist() == pytest.approx([0.85, 0.55])


@pytest.mark.parametrize(("turns", "points"), [(1, 40), (4, 300), (12, 1200)])
def test_a_story_of_any_length(turns: int, points: int) -> None:
    rng = np.random.default_rng(0)
    shown = rng.normal(0, 1, (turns + 1, points, 2)).astype(np.float32)
    nothing = np.full(points, NO_CLASS)
    views = [synthetic.view(positions.astype(float), nothing) for positions in shown]
    edits = [Edit.of(view.positions, [Gesture(np.arange(5), view.positions[:5] + 1)]) for view in views[:-1]]
    trace = Trace.of(views, edits, rng.integers(0, 12, points))
    who = {"user": "my_own_user", "participant": 3, "dataset": "photos", "teacher": "linear"}
    epochs = pd.DataFrame({**who, "epoch": range(1, 2 * turns + 2), "test_accuracy": 0.5})
    seen = pd.DataFrame({"turn": range(turns), "epoch": range(1, turns + 1), "embedding_response": np.nan})
    drawn = layouts.story(trace, epochs, seen, [f"class {c}" for c in range(12)])
    titles = [ax.get_title(loc="left") for ax in drawn.axes]
    assert titles[0] == "turn 1"
    assert f"turn {turns}" in titles
    assert "the answer" in titles
    drawn.canvas.draw()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.01, 0.08))
@settings(deadline=None, max_examples=60)
def test_labels_are_kept_apart_in_order_and_inside(places: list[float], gap: float) -> None:
    apart = spread(np.sort(places), gap)
    assert (np.diff(apart) >= gap - 1e-9).all()
    assert apart.min() >= -1e-9
    assert apart.max() <= 1 + 1e-9
    if len(places) == 1 or np.diff(np.sort(places)).min() >= gap:
        assert apart == pytest.approx(np.sort(places))  # what is apart already stays


def test_settings_are_shortened_with_their_numbers_whole() -> None:
    assert short_setting("teacher=linear, dataset.label_noise=0.25") == "teacher linear, label noise 0.25"
    assert short_setting("") == ""


# --- the command -----------------------------------------------------------------------------------------------------


def run(store: Path, out: Path, *more: str) -> int:
    return main(["--store", str(store), "--out", str(out), *more])


@pytest.mark.slow
def test_the_command_writes_tables_figures_and_one_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = synthetic.everything(tmp_path / "store", participants=6)
    store.write(synthetic.failed(synthetic.condition("oracle"), 40, "diverged: the loss is nan in epoch 7"))
    damaged = store.record_path(synthetic.condition("biased").content, 0, 3)
    damaged.write_text("{")
    out = tmp_path / "out"
    assert run(store.path, out) == 0
    assert {p.name for p in (out / "tables").iterdir()} == {
        "participants.csv", "epochs.csv", "turns.csv", "groups.csv", "hypotheses.csv", "confirmatory.tex",
        "exploratory.tex", "datasets.csv", "specification.csv", "codebook.csv", "arms.csv",
    }  # fmt: skip
    for suffix in ("png", "pdf"):
        assert {p.stem for p in (out / "figures").glob(f"*.{suffix}")} == set(FIGURES)
    page = (out / "report.html").read_text()
    assert len(re.findall(r"data:image/png;base64,", page)) == len(FIGURES)
    assert not re.search(r"(src|href)=\"(?!data:|#)", page)  # no network
    anchors = set(re.findall(r" id=\"([^\"]+)\"", page))
    assert set(re.findall(r"href=\"#([^\"]+)\"", page)) == anchors >= {*FIGURES, "H1", "H5-cost"}
    assert [int(n) for n in re.findall(r"<figcaption>Figure (\d+)\.", page)] == list(range(1, len(FIGURES) + 1))
    assert "Nothing was frozen" in page and "splits of one set of images" in page
    assert "commit 0123456789ab, with changes that are not committed" in page and "Linux-6.1-x86_64, 2 cores" in page
    assert "finished at 2026-05-04 12:00:00 UTC" in page
    assert re.search(
        r"power 0\.\d\d to (find a difference of|rule out a (loss|rise) beyond|show equality within) 0", page
    )
    assert "1 run failed" in page and "diverged: the loss is nan in epoch 7" in page
    assert damaged.name in page and str(damaged) in capsys.readouterr().err
    for name in ("H1", "H2", "H3", "H4", "H5", "H5-cost"):
        assert f"<b>{name}</b>" in page
    assert synthetic.PROVENANCE["command"] in page
    assert "numpy 2.4.6" in page and "statsmodels" in page
    assert "p &lt; 0.001" in page
    table = pd.read_csv(out / "tables" / "hypotheses.csv")
    assert set(table["verdict"]) <= {"supported", "not supported", "inconclusive", "not tested"}


def test_what_was_frozen_and_what_was_not_drawn_are_a_line_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["freeze", "--store", str(tmp_path / "store"), "--participants", "3"]) == 0
    synthetic.study(tmp_path / "store", {"oracle": 0.07}, participants=3)
    capsys.readouterr()
    assert run(tmp_path / "store", tmp_path / "out") == 0
    printed, page = capsys.readouterr().out.splitlines(), (tmp_path / "out" / "report.html").read_text()
    assert [line.startswith("Figures not drawn: paired_differences: no user") for line in printed].count(True) == 1
    assert "<li>Figures not drawn: paired differences (no user" in page and page.count("not drawn") == 1
    assert any(line.startswith("That was after the first record was finished (2026-05-04") for line in printed)
    assert "That was after the first record was finished (2026-05-04" in page and "Nothing was frozen" not in page


def test_one_figure_is_drawn_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = synthetic.study(tmp_path / "store", {"none": 0.0, "oracle": 0.07}, participants=3)
    assert run(store.path, tmp_path / "out", "--figure", "paired_differences") == 0
    assert {p.name for p in (tmp_path / "out" / "figures").iterdir()} == {
        "paired_differences.png", "paired_differences.pdf"
    }  # fmt: skip
    assert run(store.path, tmp_path / "out", "--figure", "regime_map") == 2
    assert "no two settings were crossed" in capsys.readouterr().out


def _empty(path: Path) -> list[str]:
    Store(path).open_for_writing()
    return []


def _one_participant(path: Path) -> list[str]:
    synthetic.study(path, {"none": 0.0, "oracle": 0.07}, participants=1)
    return []


def _one_person(path: Path) -> list[str]:
    store = synthetic.study(path, {"human": 0.05}, participants=1)
    for condition in store.conditions():
        for record in store.records(condition.content):
            store.write(replace(record, person={"code": "P1", "place": 1}))
    return []


def _all_failed(path: Path) -> list[str]:
    store = synthetic.study(path, {"none": 0.0}, participants=1)
    store.write(synthetic.failed(synthetic.condition("none"), 0))
    return []


def _unknown_metric(path: Path) -> list[str]:
    synthetic.study(path, {"none": 0.0, "oracle": 0.07}, participants=2)
    stated = {
        "name": "X", "sentence": "x", "family": "x", "alpha": 0.05, "user": "oracle", "over": "none",
        "tests": [{"metric": "accuracy_of_test", "claim": "higher", "margin": 0.01}],
    }  # fmt: skip
    folder = path.parent / "hypotheses"
    folder.mkdir()
    (folder / "x.yaml").write_text(yaml.safe_dump(stated))
    return ["--hypotheses", str(folder)]


def _unknown_figure(path: Path) -> list[str]:
    synthetic.study(path, {"none": 0.0}, participants=2)
    return ["--figure", "pie_chart"]


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (lambda _: [], "there is no store"),
        (_empty, "no whole record"),
        (_one_participant, "no condition has two participants"),
        (_one_participant, "python -m hill_exp +user=oracle participants=8"),
        (_one_person, "Seat more people, with python -m hill_exp.people"),
        (_all_failed, "no condition has two participants"),
        (_unknown_metric, "there is no metric 'accuracy_of_test'"),
        (_unknown_figure, "There are: learning_curves"),
    ],
)
def test_what_cannot_be_done_has_its_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], prepare: object, sentence: str
) -> None:
    more = prepare(tmp_path / "store")  # type: ignore[operator]
    assert run(tmp_path / "store", tmp_path / "out", *more) == 2
    printed = capsys.readouterr().err
    assert sentence in printed
    assert "Traceback" not in printed
    assert not (tmp_path / "out" / "report.html").exists()


def test_power_from_an_effect_and_from_a_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["power", "--effect", "0.5"]) == 0
    assert capsys.readouterr().out.startswith("34 pairs")
    store = synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.07}, participants=10)
    assert main(["power", "--effect", "0.01", "--store", str(store.path)]) == 0
    printed = capsys.readouterr().out
    table = tables.participants(store).pivot(index="participant", columns="user", values="test_accuracy")
    assert f"standard deviation {(table['oracle'] - table['none']).std():.4f} in 10 pairs" in printed
    for wrong in (
        ["--effect", "0"],
        ["--effect", "0.5", "--alpha", "2"],
        ["--effect", "0.5", "--store", str(store.path), "--user", "orcale"],
        ["--effect", "0.5", "--store", str(store.path), "--metric", "acuracy"],
    ):
        assert main(["power", *wrong]) == 2
        assert capsys.readouterr().err.startswith("--")
