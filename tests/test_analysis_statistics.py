"""The tests are right: references computed another way, planted effects recovered, false positives near alpha."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import synthetic
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import DescrStatsW, ttost_paired

from analysis import hypotheses, stats, tables
from analysis.hypotheses import Hypothesis
from hill_exp.record.store import Store
from hill_exp.types import UserError

DIFFERENCES = np.array([0.031, 0.012, -0.004, 0.025, 0.018, 0.007, 0.022, 0.041, 0.001, 0.015, 0.009, 0.028])


def hypothesis(**changes: Any) -> Hypothesis:
    stated: dict[str, Any] = {
        "name": "H", "sentence": "It is so.", "family": "f", "alpha": 0.05, "user": "oracle", "over": "none",
        "tests": [{"metric": "test_accuracy", "claim": "higher", "margin": 0.01}],
    }  # fmt: skip
    return Hypothesis(**{**stated, **changes})


def claim(metric: str = "test_accuracy", claim: str = "higher", margin: float = 0.01) -> list[dict[str, Any]]:
    return [{"metric": metric, "claim": claim, "margin": margin}]


def evaluate(store: Any, *stated: Hypothesis) -> pd.DataFrame:
    return hypotheses.evaluate(stated, tables.read(store))


# --- against references ----------------------------------------------------------------------------------------------


def test_by_hand() -> None:
    """Differences 1, 2, 3: mean 2, standard deviation 1, t = 2 sqrt(3) with 2 degrees of freedom."""
    result = stats.paired_test([1.0, 2.0, 3.0], "higher", 0.0, 0.05)
    t = 2 * math.sqrt(3)
    assert result.estimate == 2
    assert result.effect_size == 2
    assert result.p == pytest.approx(1 - t / math.sqrt(t**2 + 2))  # Student's distribution with 2 degrees, closed form
    assert result.high - 2 == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)


def test_superiority_is_the_paired_t_test() -> None:
    a, b = 0.8 + DIFFERENCES, np.full(12, 0.8)
    result = stats.paired_test(a - b, "higher", 0.01, 0.05)
    expected = reference.ttest_rel(a, b)
    assert result.p == pytest.approx(expected.pvalue)
    low, high = DescrStatsW(DIFFERENCES).tconfint_mean(0.05)
    assert (result.low, result.high) == pytest.approx((low, high))
    assert result.p_check == pytest.approx(reference.wilcoxon(DIFFERENCES).pvalue)


def test_non_inferiority_and_equivalence_are_those_of_statsmodels() -> None:
    d, margin = DIFFERENCES, 0.025
    described = DescrStatsW(d)
    above = described.ttest_mean(-margin, alternative="larger")[1]
    below = described.ttest_mean(margin, alternative="smaller")[1]
    assert stats.paired_test(d, "at least", margin, 0.05).p == pytest.approx(above)
    assert stats.paired_test(d, "at most", margin, 0.05).p == pytest.approx(below)
    tost = ttost_paired(0.8 + d, np.full(12, 0.8), -margin, margin)[0]
    result = stats.paired_test(d, "equal", margin, 0.05)
    assert result.p == pytest.approx(tost)
    assert result.inner == pytest.approx(described.tconfint_mean(0.10))
    assert (result.p < 0.05) == (-margin < result.inner[0] and result.inner[1] < margin)


@given(st.lists(st.floats(0, 1) | st.just(math.nan), max_size=12))
@settings(deadline=None, max_examples=40)
def test_holm_is_that_of_statsmodels(p: list[float]) -> None:
    made = [x for x in p if not math.isnan(x)]
    adjusted = stats.holm(p)
    assert [math.isnan(x) for x in adjusted] == [math.isnan(x) for x in p]
    if made:
        assert [x for x in adjusted if not math.isnan(x)] == pytest.approx(multipletests(made, method="holm")[1])


def test_power_of_the_textbook() -> None:
    assert stats.pairs_needed("higher", 0.5, 0.05, 0.8) == 34
    assert stats.power("higher", 0.5, 34, 0.05) == pytest.approx(0.8077775, abs=1e-6)
    rng = np.random.default_rng(0)
    n = stats.pairs_needed("equal", 0.5, 0.05, 0.8)
    runs = [stats._p(rng.normal(0, 1, n), "equal", 0.5, stats._t) < 0.05 for _ in range(400)]
    assert np.mean(runs) == pytest.approx(0.8, abs=0.06)


def test_interquartile_mean_by_hand_and_the_same_under_the_same_seed() -> None:
    parts = [np.array([0.0, 1.0, 2.0, 3.0]), np.array([10.0, 11.0, 12.0, 100.0])]
    iqm, low, high = stats.interquartile(parts, np.random.default_rng(3))
    assert iqm == np.mean([2, 3, 10, 11])  # the middle half of eight
    assert low < iqm < high
    assert stats.interquartile(parts, np.random.default_rng(3)) == (iqm, low, high)
    same = [np.array([0.0, 0.0, 0.0]), np.array([9.0, 9.0, 9.0])]  # drawn within strata, nothing can vary
    assert stats.interquartile(same, np.random.default_rng(0)) == (4.5, 4.5, 4.5)


def test_datasets_as_fixed_effects_weigh_the_same() -> None:
    one, other = DIFFERENCES, DIFFERENCES[:6] + 0.1
    result = stats.pooled_test([one, other], "higher", 0.01, 0.05)
    assert result.estimate == pytest.approx((one.mean() + other.mean()) / 2)
    se = math.sqrt(one.var(ddof=1) / 12 + other.var(ddof=1) / 6)
    # Twice the estimate is a difference of means of `one` and the negative of `other`: Welch's test of scipy.
    assert result.p == pytest.approx(reference.ttest_ind(one, -other, equal_var=False).pvalue)
    assert (result.high - result.low) / 2 < 2.5 * se / 2


def _doses(slopes: Sequence[float], noise: float = 0.002, intercepts: float = 0.05) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    rows = [
        ("digits", f"p{i}", dose, start + slope * dose + rng.normal(0, noise))
        for i, (slope, start) in enumerate(zip(slopes, 0.8 + rng.normal(0, intercepts, len(slopes)), strict=True))
        for dose in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    return pd.DataFrame(rows, columns=["dataset", "participant", "dose", "value"])


def test_the_mixed_model_is_the_summary_measures_analysis_where_all_is_balanced() -> None:
    """With all doses for everybody, random intercepts and slopes give the mean of the participants' own slopes, and a
    standard error from their spread: a t-test of least-squares slopes, computed here by numpy."""
    slopes = np.random.default_rng(1).normal(-0.1, 0.03, 16)
    data = _doses(slopes)
    own = [np.polyfit(d["dose"], d["value"], 1)[0] for _, d in data.groupby("participant")]
    expected = reference.ttest_1samp(own, 0)
    result = stats.dose_test(data, "lower", 0.01, 0.05)
    assert result.test == "mixed model"
    assert result.n == 16
    assert result.estimate == pytest.approx(np.mean(own), rel=1e-3)
    assert result.p == pytest.approx(expected.pvalue, rel=0.2)
    assert (result.low, result.high) == pytest.approx(tuple(expected.confidence_interval()), abs=2e-3)


def test_dose_without_an_effect_is_not_supported_and_one_with_two_people_says_so() -> None:
    data = _doses(np.random.default_rng(2).normal(0, 0.004, 20))
    result = stats.dose_test(data, "lower", 0.02, 0.05)
    assert stats.verdict("lower", result, result.p, 0.02, 0.05) == "not supported"
    assert "no test" in stats.dose_test(_doses([0.1]), "lower", 0.02, 0.05).notes[0]


# --- verdicts --------------------------------------------------------------------------------------------------------


def result(low: float, high: float) -> stats.Result:
    middle, half = (low + high) / 2, (high - low) / 2
    return stats.Result(20, middle, low, high, (middle - 0.84 * half, middle + 0.84 * half))


@pytest.mark.parametrize(
    ("claim", "low", "high", "p", "verdict"),
    [
        ("higher", 0.01, 0.03, 0.001, "supported"),
        ("higher", 0.001, 0.003, 0.001, "supported"),  # small, but there
        ("higher", -0.03, -0.01, 0.001, "not supported"),  # the other way
        ("higher", -0.01, 0.015, 0.6, "not supported"),  # short of what would matter
        ("higher", -0.01, 0.05, 0.2, "inconclusive"),
        ("higher", 0.001, 0.05, 0.07, "inconclusive"),  # after the correction
        ("lower", -0.03, -0.01, 0.001, "supported"),
        ("lower", 0.01, 0.03, 0.001, "not supported"),
        ("lower", -0.05, 0.01, 0.2, "inconclusive"),
        ("equal", -0.01, 0.01, 0.001, "supported"),
        ("equal", 0.025, 0.05, 0.99, "not supported"),
        ("equal", -0.05, -0.025, 0.99, "not supported"),
        ("equal", -0.01, 0.03, 0.3, "inconclusive"),  # not significantly different, and not "maintained"
        ("equal", -0.05, 0.05, 0.9, "inconclusive"),
        ("at least", -0.01, 0.05, 0.001, "supported"),
        ("at least", -0.06, -0.025, 0.99, "not supported"),
        ("at least", -0.06, 0.01, 0.5, "inconclusive"),
        ("at most", -0.05, 0.01, 0.001, "supported"),
        ("at most", 0.025, 0.05, 0.99, "not supported"),
        ("higher", math.nan, math.nan, math.nan, "inconclusive"),
    ],
)
def test_verdicts(claim: stats.Claim, low: float, high: float, p: float, verdict: str) -> None:
    assert stats.verdict(claim, result(low, high), p, 0.02, 0.05) == verdict


@given(
    st.lists(st.floats(-1, 1), min_size=3, max_size=15), st.sampled_from([("higher", "lower"), ("at least", "at most")])
)
@settings(deadline=None, max_examples=40)
def test_a_claim_and_its_mirror_image(d: list[float], claims: tuple[stats.Claim, stats.Claim]) -> None:
    one, other = stats.paired_test(d, claims[0], 0.1, 0.05), stats.paired_test(-np.array(d), claims[1], 0.1, 0.05)
    assert one.p == pytest.approx(other.p, nan_ok=True)
    assert stats.verdict(claims[0], one, one.p, 0.1, 0.05) == stats.verdict(claims[1], other, other.p, 0.1, 0.05)


def test_two_conditions_that_are_one_are_equal_and_not_different() -> None:
    zeros = np.zeros(6)
    for claim, verdict in (("higher", "not supported"), ("equal", "supported"), ("at least", "supported")):
        found = stats.paired_test(zeros, claim, 0.02, 0.05)
        assert stats.verdict(claim, found, found.p, 0.02, 0.05) == verdict
        assert "identical" in found.notes[0]


def test_no_verdict_without_spread_or_pairs() -> None:
    for d in ([0.1, 0.1, 0.1], [0.1], []):
        found = stats.paired_test(d, "higher", 0.02, 0.05)
        assert stats.verdict("higher", found, found.p, 0.02, 0.05) == "inconclusive"
        assert "no test" in found.notes[0]


def test_assumptions_in_doubt_are_said() -> None:
    skewed = np.array([0.0, 0.001, 0.002, 0.001, 0.003, 0.002, 0.001, 0.0, 0.002, 0.9])
    notes = " ".join(stats.paired_test(skewed, "higher", 0.01, 0.05).notes)
    assert "not normal" in notes
    assert "disagree" in notes
    assert "small sample" in stats.paired_test(DIFFERENCES[:5], "higher", 0.01, 0.05).notes[0]


# --- planted effects, through the store ------------------------------------------------------------------------------


def test_planted_effects_are_recovered(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0.0, "placebo": 0.0, "oracle": 0.07, "noisy": -0.05}, participants=20)
    higher = hypothesis(name="effect")
    null = hypothesis(name="null", user="placebo", tests=claim(margin=0.02))
    other = hypothesis(name="other way", user="noisy")
    equal = hypothesis(name="same", user="placebo", tests=claim(claim="equal", margin=0.02))
    worse = hypothesis(name="worse", user="noisy", tests=claim(claim="at least", margin=0.02))
    found = evaluate(store, higher, null, other, equal, worse).set_index("hypothesis")
    assert found["verdict"].to_dict() == {
        "effect": "supported",
        "null": "not supported",
        "other way": "not supported",
        "same": "supported",
        "worse": "not supported",
    }
    effect = found.loc["effect"]
    assert effect["ci_low"] < 0.07 < effect["ci_high"]
    assert (effect["n"], effect["contrast"], effect["dataset"]) == (20, "oracle - none", "digits")


def test_columns_of_the_contract(tmp_path: Path) -> None:
    found = evaluate(synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.1}, 4), hypothesis())
    assert list(found.columns[:14]) == [
        "hypothesis", "dataset", "metric", "contrast", "n", "estimate", "ci_low", "ci_high", "effect_size", "p",
        "p_adjusted", "margin", "power", "verdict",
    ]  # fmt: skip


def test_better_than_both_controls_needs_both(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0.0, "placebo": 0.07, "oracle": 0.07}, participants=16)
    found = evaluate(store, hypothesis(over=["none", "placebo"], tests=claim(margin=0.02))).set_index("contrast")
    assert found["verdict"].tolist() == ["not supported", "supported", "not supported"]
    joint = found.loc["oracle - none and oracle - placebo"]
    assert joint["p"] == found.loc["oracle - placebo", "p"]  # as strong as its weakest part
    assert found["part"].tolist() == ["joint", "part", "part"]


def test_a_family_shares_one_correction_and_a_joint_claim_counts_once(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0.0, "placebo": 0.0, "oracle": 0.012, "noisy": 0.011}, 10)
    stated = [
        hypothesis(name="a", over=["none", "placebo"]),
        hypothesis(name="b", user="noisy"),
        hypothesis(name="c", user="noisy", family="another"),
    ]
    found = evaluate(store, *stated)
    whole = found[found["part"] != "part"].set_index("hypothesis")
    assert whole.loc[["a", "b"], "p_adjusted"].tolist() == pytest.approx(
        multipletests(whole.loc[["a", "b"], "p"], method="holm")[1]
    )
    assert whole.loc["c", "p_adjusted"] == whole.loc["c", "p"]
    parts = found[found["part"] == "part"]
    assert (whole.loc["a", "verdict"] == "supported") == (parts["verdict"] == "supported").all()
    assert parts["p_adjusted"].max() == whole.loc["a", "p_adjusted"]


def test_missing_pairs_are_counted_and_said(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.07}, participants=8)
    oracle, none = synthetic.condition("oracle"), synthetic.condition("none")
    store.write(synthetic.failed(oracle, 0))
    store.record_path(none.content, 0, 1).unlink()
    store.write(synthetic.record(none, 30, 0.8))
    row = evaluate(store, hypothesis()).iloc[0]
    assert (row["n"], row["missing"]) == (6, 3)
    assert "3 incomplete pairs" in row["notes"]


def test_a_control_that_is_not_there_leaves_the_claim_open(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.07}, participants=8)
    found = evaluate(store, hypothesis(over=["none", "placebo"])).set_index("contrast")
    assert found["verdict"].tolist() == ["inconclusive", "supported", "inconclusive"]
    assert "placebo is not in the store" in found.loc["oracle - placebo", "notes"]
    alone = evaluate(store, hypothesis(user="biased")).iloc[0]
    assert (alone["n"], alone["verdict"]) == (0, "inconclusive")


def test_bias_falls_on_the_classes_it_names(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.05, "biased": 0.05}, participants=12)
    stated = hypothesis(
        user="biased", over=["oracle", "none"],
        tests=[
            {"metric": "class_recall_gap", "claim": "higher", "margin": 0.02},
            {"metric": "touched_recall", "claim": "lower", "margin": 0.02},
            {"metric": "touched_minus_other_recall", "claim": "lower", "margin": 0.02},
        ],
    )  # fmt: skip
    found = evaluate(store, stated)
    assert set(found["verdict"]) == {"supported"}
    row = found[(found["metric"] == "touched_minus_other_recall") & (found["contrast"] == "biased - oracle")].iloc[0]
    groups = tables.groups(store).pivot_table(
        index=["user", "participant"], columns="name", values="accuracy", observed=True
    )
    apart = groups[["3", "8"]].mean(axis=1) - groups.drop(columns=["3", "8"]).mean(axis=1)
    assert row["estimate"] == pytest.approx((apart["biased"] - apart["oracle"]).mean())
    assert row["ci_low"] < -0.3 < row["ci_high"]
    unbiased = evaluate(store, hypothesis(tests=claim("touched_recall", "lower"))).iloc[0]
    assert (unbiased["n"], unbiased["verdict"]) == (0, "inconclusive")  # its strength is 0: it touches no class


def test_dose_response_in_a_sweep(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0.0}, 10)
    for strength in (0.0, 0.5, 1.0):
        synthetic.study(tmp_path, {"conflating": 0.05 - 0.08 * strength}, 10, user__conflation__strength=strength)
    stated = hypothesis(
        user="*", over=(), dose="user.*.strength",
        tests=[
            {"metric": "test_accuracy", "claim": "lower", "margin": 0.01},
            {"metric": "class_recall_gap", "claim": "higher", "margin": 0.01},
        ],
    )  # fmt: skip
    found = evaluate(store, stated).set_index("metric")
    assert set(found["verdict"]) == {"supported"}
    assert found.loc["test_accuracy", "contrast"] == "slope over user.conflation.strength (conflating)"
    assert found.loc["test_accuracy", "ci_low"] < -0.08 < found.loc["test_accuracy", "ci_high"]
    two = hypothesis(user="*", over=(), dose="teacher.weight")
    assert "no sweep" in evaluate(store, two).iloc[0]["notes"]


def test_what_a_person_brings_in_is_an_interaction_of_dose_and_data(tmp_path: Path) -> None:
    """The gap is 0.1 + 0.2 * weight * skew: its slope over the weight changes by 0.2 from skew 0 to skew 1."""
    store, rng = Store(tmp_path), np.random.default_rng(0)
    store.open_for_writing()
    for skew in (0.1, 0.5, 0.9):
        for weight in (0.0, 0.5, 1.0):
            condition = synthetic.condition("colour_grouping", user__attribute=weight, dataset__colour__train=skew)
            store.add_condition(condition)
            for p in range(10):
                gap = 0.1 + 0.2 * weight * skew + rng.normal(0, 0.01)
                store.write(synthetic.record(condition, p, outcome={"alignment_accuracy_gap": gap}))
    stated = [h for h in hypotheses.load() if h.name in ("H4", "H4-colour")]
    found = evaluate(store, *stated)
    row = found[found["hypothesis"] == "H4-colour"].iloc[0]
    assert row["contrast"] == "slope over user.attribute by dataset.colour.train (colour_grouping)"
    assert (row["n"], row["verdict"]) == (10, "supported")
    assert row["ci_low"] < 0.2 < row["ci_high"]
    table = tables.participants(store)
    table["x"] = table["user.attribute"] * table["dataset.colour.train"]
    design = np.stack(
        [table[c] for c in ("user.attribute", "dataset.colour.train", "x")] + [np.ones(len(table))], axis=1
    )
    # Balanced, so the mean of the participants' interactions is that of a regression over all.
    assert row["estimate"] == pytest.approx(np.linalg.lstsq(design, table["alignment_accuracy_gap"])[0][2])
    assert len(found[(found["hypothesis"] == "H4") & (found["metric"] == "class_recall_gap")]) == 3  # one a skew


def test_interaction_of_teacher_and_user_by_hand(tmp_path: Path) -> None:
    """Under annotation the bias costs 0.2, under the layout 0.08: the layout saves 0.12."""
    for teacher, oracle, biased in (("contrastive", 0.05, -0.03), ("annotation", 0.07, -0.13)):
        store = synthetic.study(tmp_path, {"none": 0, "oracle": oracle, "biased": biased}, 12, teacher=teacher)
    stated = hypothesis(user="biased", over="oracle", teacher="*", over_teacher="annotation")
    row = evaluate(store, stated).iloc[0]
    assert row["contrast"] == "biased - oracle: contrastive - annotation"
    assert row["verdict"] == "supported"
    assert row["ci_low"] < 0.12 < row["ci_high"]
    table = tables.participants(store)
    wide = table.pivot_table(index="participant", columns=["teacher", "user"], values="test_accuracy", observed=True)
    cost = {teacher: wide[teacher, "biased"] - wide[teacher, "oracle"] for teacher in ("contrastive", "annotation")}
    expected = reference.ttest_1samp(cost["contrastive"] - cost["annotation"], 0)
    assert (row["estimate"], row["p"]) == pytest.approx(
        (np.mean(cost["contrastive"] - cost["annotation"]), expected.pvalue)
    )
    price = evaluate(store, hypothesis(over=(), teacher="*", over_teacher="annotation")).iloc[0]
    assert price["contrast"] == "contrastive - annotation (oracle)"
    assert price["ci_low"] < -0.02 < price["ci_high"]


def test_each_setting_and_dataset_has_its_test_and_all_datasets_one(tmp_path: Path) -> None:
    for dataset in ("digits", "photos"):
        store = synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.07}, 6, dataset=dataset)
    synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.01}, 6, dataset__labelled=0.9)
    found = evaluate(store, hypothesis())
    assert found["dataset"].tolist() == ["digits", "digits", "photos", "all"]
    assert found["setting"].tolist() == ["dataset.labelled=0.2", "dataset.labelled=0.9", "", "over digits, photos"]
    scoped = evaluate(store, hypothesis(where={"dataset.labelled": 0.2}, datasets="digits"))
    assert scoped["setting"].tolist() == [""]
    assert len(evaluate(store, hypothesis(where={"teacher": "!contrastive"}))) == 1  # the row that says: nothing


# --- stating them ----------------------------------------------------------------------------------------------------


def test_the_shipped_hypotheses_are_sound() -> None:
    stated = hypotheses.load()
    assert [h.name for h in stated] == ["H1", "H2", "H3", "H4", "H4-colour", "H5", "H5-cost", "H6"]
    assert {t.claim for h in stated if h.name == "H2" for t in h.tests} <= {"equal", "at least", "at most"}
    assert all(t.margin > 0 for h in stated for t in h.tests)


def test_every_shipped_hypothesis_is_answered_by_a_store_that_can(tmp_path: Path) -> None:
    store = synthetic.everything(tmp_path, participants=4, layouts=False)
    stated, read = hypotheses.load(), tables.read(store)
    hypotheses.check(stated, read.participants)
    found = hypotheses.evaluate(stated, read)
    assert set(found.loc[found["n"] > 0, "hypothesis"]) == {h.name for h in stated} - {
        "H4-colour",
        "H6",
    }  # colours; real people


STATED: Mapping[str, Any] = {
    "name": "H", "sentence": "It is so.", "family": "f", "alpha": 0.05, "user": "oracle", "over": "none",
    "tests": [{"metric": "test_accuracy", "claim": "higher", "margin": 0.01}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"tests": claim("test_acuracy")}, "there is no metric 'test_acuracy'. Did you mean test_accuracy?"),
        ({"user": "orcale"}, "there is no user 'orcale'. Did you mean oracle?"),
        ({"over": "nobody"}, "there is no user 'nobody'"),
        ({"over": (), "teacher": "*", "over_teacher": "anotation"}, "there is no teacher 'anotation'"),
        ({"where": {"dataste.labelled": 1}}, "there is no setting 'dataste.labelled'"),
        ({"tests": claim("touched_recall"), "over": (), "teacher": "*", "over_teacher": "annotation"}, "needs `over`"),
        ({"tests": claim(claim="equal", margin=0)}, "margin must be above 0"),
        ({"tests": claim(claim="better")}, "'higher', 'lower'"),
        ({"tests": []}, "tests"),
        ({"alpha": 1.5}, "alpha: must be"),
        ({"overr": "none"}, "overr: there is no such key"),
        ({"over": ()}, "needs what to compare with"),
        ({"dose": "user.*"}, "dose stands alone"),
        ({"by": "dataset.labelled"}, "by goes with a dose"),
        ({"family": None}, "family"),
    ],
)
def test_a_hypothesis_that_is_wrong_has_its_sentence(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    store = synthetic.study(tmp_path / "store", {"none": 0.0, "oracle": 0.07}, 2)
    content = yaml.safe_dump({k: list(v) if isinstance(v, tuple) else v for k, v in {**STATED, **change}.items()})
    (tmp_path / "h.yaml").write_text(content)
    with pytest.raises(UserError) as told:
        hypotheses.check(hypotheses.load(tmp_path), tables.participants(store))
    assert sentence in str(told.value)


@pytest.mark.parametrize("content", ["{", "- a list", "", "\udcff"])
def test_a_file_that_is_no_hypothesis_has_its_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "h.yaml").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(UserError, match=r"h\.yaml"):
        hypotheses.load(tmp_path)


def test_two_hypotheses_of_one_name_and_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no \.yaml"):
        hypotheses.load(tmp_path)
    for name in "ab":
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(dict(STATED)))
    with pytest.raises(UserError, match="another file"):
        hypotheses.load(tmp_path)


def test_files_are_read_as_data(tmp_path: Path) -> None:
    (tmp_path / "h.yaml").write_text("!!python/object/apply:os.system ['true']")
    with pytest.raises(UserError, match="not YAML"):
        hypotheses.load(tmp_path)


# --- false positives -------------------------------------------------------------------------------------------------


def _simulated(read: tables.Tables, rng: np.random.Generator, **effects: float) -> tables.Tables:
    """The same study with test accuracies drawn anew: participants differ, and so does each measurement."""
    table = read.participants
    people = rng.normal(0.8, 0.03, int(table["participant"].max()) + 1)
    planted = table["user"].astype(str).map(effects).fillna(0.0)
    drawn = people[table["participant"]] + planted + rng.normal(0, 0.01, len(table))
    return dataclasses.replace(read, participants=table.assign(test_accuracy=drawn))


def _near(share: float, expected: float, runs: int) -> bool:
    """Within four standard errors of a share that is expected."""
    return abs(share - expected) < 4 * math.sqrt(expected * (1 - expected) / runs)


@pytest.mark.slow
def test_false_positives_stay_near_alpha(tmp_path: Path) -> None:
    read = tables.read(synthetic.study(tmp_path, {"none": 0.0, "placebo": 0.0, "oracle": 0.0}, participants=16))
    stated = [
        hypothesis(name="either", family="1", tests=claim(margin=0)),
        hypothesis(name="both", family="2", over=["none", "placebo"], tests=claim(margin=0)),
        hypothesis(name="equal", family="3", tests=claim(claim="equal", margin=0.02)),
        hypothesis(name="at least", family="4", tests=claim(claim="at least", margin=0.02)),
    ]
    rng = np.random.default_rng(0)
    runs = 300
    null = pd.concat([hypotheses.evaluate(stated, _simulated(read, rng)) for _ in range(runs)])
    null = null[null["part"] != "part"].set_index("hypothesis")
    assert _near((null.loc["either", "p"] < 0.05).mean(), 0.05, runs)
    assert _near((null.loc["either", "verdict"] == "supported").mean(), 0.025, runs)  # on the stated side
    assert (null.loc["both", "verdict"] == "supported").mean() < 0.025
    assert (null.loc["equal", "verdict"] == "supported").mean() > 0.95
    # At the margin itself, "maintained" is said with probability alpha.
    worse = pd.concat([hypotheses.evaluate(stated[2:], _simulated(read, rng, oracle=-0.02)) for _ in range(runs)])
    worse = worse.set_index("hypothesis")
    assert _near((worse.loc["equal", "verdict"] == "supported").mean(), 0.05, runs)
    assert _near((worse.loc["at least", "verdict"] == "supported").mean(), 0.05, runs)


@pytest.mark.slow
def test_a_family_has_one_false_positive_in_twenty(tmp_path: Path) -> None:
    users = ("noisy", "random", "automatic", "oracle")
    read = tables.read(synthetic.study(tmp_path, dict.fromkeys(("none", *users), 0.0), participants=16))
    stated = [hypothesis(name=user, user=user, tests=claim(margin=0)) for user in users]
    rng = np.random.default_rng(1)
    runs = [hypotheses.evaluate(stated, _simulated(read, rng)) for _ in range(300)]
    assert np.mean([(run["p_adjusted"] < 0.05).any() for run in runs]) < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 300)


@pytest.mark.slow
def test_doses_without_an_effect_are_found_to_have_one_at_the_rate_of_alpha() -> None:
    """Participants differ in their slopes, whose mean is 0: a model without random slopes would find too many."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(200):
        slopes = rng.normal(0, 0.03, 12)
        data = _doses(slopes, noise=0.01)
        data["value"] += rng.normal(0, 0.01, len(data))
        found.append(stats.dose_test(data, "higher", 0.01, 0.05).p < 0.05)
    assert _near(float(np.mean(found)), 0.05, len(found))
