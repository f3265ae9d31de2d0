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
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import DescrStatsW, ttost_paired

from analysis import hypotheses, stats, tables
from analysis.claims import CLAIMS, AtLeast, AtMost, Claim, Equal, Higher, Lower
from analysis.hypotheses import Hypothesis, Part, compared, judged
from analysis.notes import Note
from hill_exp.record.store import Store
from hill_exp.types import UserError

DIFFERENCES = np.array([0.031, 0.012, -0.004, 0.025, 0.018, 0.007, 0.022, 0.041, 0.001, 0.015, 0.009, 0.028])


def hypothesis(**changes: Any) -> Hypothesis:
    stated: dict[str, Any] = {
        "name": "H", "sentence": "It is so.", "family": "f", "alpha": 0.05, "user": "oracle", "over": "none",
        "tests": [{"metric": "test_accuracy", "claim": "higher", "margin": 0.01}],
    }  # fmt: skip
    return Hypothesis(**{**stated, **changes})


TEACHERS = {"group": "teacher", "name": "*", "over": "annotation"}


def claim(metric: str = "test_accuracy", claim: str = "higher", margin: float = 0.01) -> list[dict[str, Any]]:
    return [{"metric": metric, "claim": claim, "margin": margin}]


def evaluate(store: Any, *stated: Hypothesis) -> pd.DataFrame:
    return hypotheses.evaluate(stated, tables.read(store))


# --- against references ----------------------------------------------------------------------------------------------


def test_by_hand() -> None:
    """Differences 1, 2, 3: mean 2, standard deviation 1, t = 2 sqrt(3) with 2 degrees of freedom."""
    result = stats.paired_test([1.0, 2.0, 3.0], Higher(0.0), 0.05)
    t = 2 * math.sqrt(3)
    assert result.estimate == 2
    assert result.effect_size == 2
    assert result.p == pytest.approx(1 - t / math.sqrt(t**2 + 2))  # Student's distribution with 2 degrees, closed form
    assert result.high - 2 == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)


def test_superiority_is_the_paired_t_test() -> None:
    a, b = 0.8 + DIFFERENCES, np.full(12, 0.8)
    result = stats.paired_test(a - b, Higher(0.01), 0.05)
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
    assert stats.paired_test(d, AtLeast(margin), 0.05).p == pytest.approx(above)
    assert stats.paired_test(d, AtMost(margin), 0.05).p == pytest.approx(below)
    tost = ttost_paired(0.8 + d, np.full(12, 0.8), -margin, margin)[0]
    result = stats.paired_test(d, Equal(margin), 0.05)
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
    assert stats.pairs_needed(Higher(0.5), 0.05, 0.8) == 34
    assert Higher(0.5).power(34, 0.05) == Higher(1.0).power(34, 0.05, sd=2.0) == pytest.approx(0.8077775, abs=1e-6)
    rng = np.random.default_rng(0)
    n = stats.pairs_needed(Equal(0.5), 0.05, 0.8)
    runs = [Equal(0.5).p(stats._t(rng.normal(0, 1, n))) < 0.05 for _ in range(400)]
    assert np.mean(runs) == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize("claim", [Higher, AtLeast, Equal])
@pytest.mark.parametrize(("margin", "wanted"), [(0.1, 0.8), (0.3, 0.5), (0.5, 0.95), (1.2, 0.9)])
def test_pairs_needed_are_those_of_the_solver_of_statsmodels(claim: type[Claim], margin: float, wanted: float) -> None:
    both = (1 + wanted) / 2 if claim is Equal else wanted  # of each of the two one-sided tests
    solved = TTestPower().solve_power(margin, None, 0.05, both, alternative=claim.tail)
    assert stats.pairs_needed(claim(margin), 0.05, wanted) == math.ceil(solved)


def test_an_effect_out_of_reach_has_its_sentence() -> None:
    with pytest.raises(ValueError, match="out of reach"):
        stats.pairs_needed(Higher(1e-3), 0.05, 0.8)
    assert stats.pairs_needed(Higher(50.0), 0.05, 0.8) == 3  # where the solver fails


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
    result = stats.pooled_test([one, other], Higher(0.01), 0.05)
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
    fitted = [np.polyfit(d["dose"], d["value"], 1)[0] for _, d in data.groupby("participant")]
    expected = reference.ttest_1samp(fitted, 0)
    result = stats.dose_test(data, Lower(0.01), 0.05)
    assert result.test == "mixed model"
    assert result.n == 16
    assert result.estimate == pytest.approx(np.mean(fitted), rel=1e-3)
    assert result.p == pytest.approx(expected.pvalue, rel=0.2)
    assert (result.low, result.high) == pytest.approx(tuple(expected.confidence_interval()), abs=2e-3)


def test_dose_without_an_effect_is_not_supported_and_one_with_two_people_says_so() -> None:
    data = _doses(np.random.default_rng(2).normal(0, 0.004, 20))
    result = stats.dose_test(data, Lower(0.02), 0.05)
    assert stats.verdict(Lower(0.02), result, result.p, 0.05) == "not supported"
    assert stats.dose_test(_doses([0.1]), Lower(0.02), 0.05).notes == (Note.TOO_FEW_DOSES(),)


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
def test_verdicts(claim: str, low: float, high: float, p: float, verdict: str) -> None:
    assert stats.verdict(CLAIMS[claim](0.02), result(low, high), p, 0.05) == verdict


@pytest.mark.parametrize(
    ("claim", "verdict", "outer", "words"),
    [
        (Higher, "supported", (0.01, 0.03), "higher, as stated"),
        (Higher, "not supported", (-0.03, -0.01), "the other way"),
        (Lower, "not supported", (0.01, 0.03), "the other way"),
        (Lower, "not supported", (-0.01, 0.03), "not lower by as much as 0.02"),
        (Lower, "inconclusive", (-0.05, 0.03), "too uncertain to call it lower or not"),
        (AtLeast, "supported", (-0.01, 0.03), "not lower by more than 0.02"),
        (AtLeast, "not supported", (-0.05, -0.03), "lower by more than 0.02"),
        (AtMost, "inconclusive", (0.01, 0.03), "it may or may not be higher by more than 0.02"),
        (Equal, "supported", (-0.01, 0.01), "the same within 0.02"),
        (Equal, "not supported", (0.03, 0.05), "not the same within 0.02"),
    ],
)
def test_verdicts_in_words(claim: type[Claim], verdict: Any, outer: tuple[float, float], words: str) -> None:
    assert claim(0.02).phrase(verdict, outer, "{comparative}") == words


def test_a_slope_rises_or_falls() -> None:
    assert Lower(0.02).phrase("supported", (-0.2, -0.1), "{trend} with the dose") == "falling with the dose, as stated"


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=15), st.sampled_from([(Higher, Lower), (AtLeast, AtMost)]))
@settings(deadline=None, max_examples=40)
def test_a_claim_and_its_mirror_image(d: list[float], claims: tuple[type[Claim], type[Claim]]) -> None:
    claim, mirrored = claims[0](0.1), claims[1](0.1)
    one, other = stats.paired_test(d, claim, 0.05), stats.paired_test(-np.array(d), mirrored, 0.05)
    assert one.p == pytest.approx(other.p, nan_ok=True)
    assert stats.verdict(claim, one, one.p, 0.05) == stats.verdict(mirrored, other, other.p, 0.05)


def test_two_conditions_that_are_one_are_equal_and_not_different() -> None:
    zeros = np.zeros(6)
    verdicts = {Higher(0.02): "not supported", Equal(0.02): "supported", AtLeast(0.02): "supported"}
    for claim, verdict in verdicts.items():
        result = stats.paired_test(zeros, claim, 0.05)
        assert stats.verdict(claim, result, result.p, 0.05) == verdict
        assert result.notes == (Note.IDENTICAL(),)


def test_no_verdict_without_spread_or_pairs() -> None:
    for d in ([0.1, 0.1, 0.1], [0.1], []):
        result = stats.paired_test(d, Higher(0.02), 0.05)
        assert stats.verdict(Higher(0.02), result, result.p, 0.05) == "inconclusive"
        assert "no test" in str(result.notes[0])


def test_assumptions_in_doubt_are_said() -> None:
    skewed = np.array([0.0, 0.001, 0.002, 0.001, 0.003, 0.002, 0.001, 0.0, 0.002, 0.9])
    notes = [remark.note for remark in stats.paired_test(skewed, Higher(0.01), 0.05).notes]
    assert notes == [Note.NOT_NORMAL, Note.WILCOXON_DISAGREES]
    assert [(note.doubts, note.disagrees) for note in notes] == [(True, False), (True, True)]
    (small,) = stats.paired_test(DIFFERENCES[:5], Higher(0.01), 0.05).notes
    assert (str(small), small.note.doubts) == ("a small sample, n = 5", False)


# --- planted effects, through the store ------------------------------------------------------------------------------


def test_planted_effects_are_recovered(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0.0, "placebo": 0.0, "oracle": 0.07, "noisy": -0.05}, participants=20)
    higher = hypothesis(name="effect")
    null = hypothesis(name="null", user="placebo", tests=claim(margin=0.02))
    other = hypothesis(name="other way", user="noisy")
    equal = hypothesis(name="same", user="placebo", tests=claim(claim="equal", margin=0.02))
    worse = hypothesis(name="worse", user="noisy", tests=claim(claim="at least", margin=0.02))
    rows = evaluate(store, higher, null, other, equal, worse).set_index("hypothesis")
    assert rows["verdict"].to_dict() == {
        "effect": "supported",
        "null": "not supported",
        "other way": "not supported",
        "same": "supported",
        "worse": "not supported",
    }
    effect = rows.loc["effect"]
    assert effect["ci_low"] < 0.07 < effect["ci_high"]
    assert (effect["n"], effect["contrast"], effect["dataset"]) == (20, "oracle - none", "digits")
    assert (effect["kind"], effect["treatment"], effect["control"]) == ("difference", "oracle", "none")


def test_columns_of_the_contract(tmp_path: Path) -> None:
    rows = evaluate(synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.1}, 4), hypothesis())
    assert list(rows.columns[:14]) == [
        "hypothesis", "dataset", "metric", "contrast", "n", "estimate", "ci_low", "ci_high", "effect_size", "p",
        "p_adjusted", "margin", "power", "verdict",
    ]  # fmt: skip


def test_better_than_both_controls_needs_both(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0.0, "placebo": 0.07, "oracle": 0.07}, participants=16)
    rows = evaluate(store, hypothesis(over=["none", "placebo"], tests=claim(margin=0.02))).set_index("contrast")
    assert rows["verdict"].tolist() == ["not supported", "supported", "not supported"]
    joint = rows.loc["oracle - none and oracle - placebo"]
    assert joint["p"] == rows.loc["oracle - placebo", "p"]  # as strong as its weakest part
    assert rows["part"].tolist() == ["joint", "part", "part"]
    assert judged(rows.reset_index())["control"].tolist() == ["none and placebo"]
    assert compared(rows.reset_index())["control"].tolist() == ["none", "placebo"]


def test_a_family_shares_one_correction_and_a_joint_claim_counts_once(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0.0, "placebo": 0.0, "oracle": 0.012, "noisy": 0.011}, 10)
    stated = [
        hypothesis(name="a", over=["none", "placebo"]),
        hypothesis(name="b", user="noisy"),
        hypothesis(name="c", user="noisy", family="another"),
    ]
    rows = evaluate(store, *stated)
    whole = judged(rows).set_index("hypothesis")
    assert whole.loc[["a", "b"], "p_adjusted"].tolist() == pytest.approx(
        multipletests(whole.loc[["a", "b"], "p"], method="holm")[1]
    )
    assert whole.loc["c", "p_adjusted"] == whole.loc["c", "p"]
    parts = rows[rows["part"] == Part.PART]
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
    rows = evaluate(store, hypothesis(over=["none", "placebo"])).set_index("contrast")
    assert rows["verdict"].tolist() == ["inconclusive", "supported", "inconclusive"]
    assert "placebo is not in the store" in rows.loc["oracle - placebo", "notes"]
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
    rows = evaluate(store, stated)
    assert set(rows["verdict"]) == {"supported"}
    row = rows[(rows["metric"] == "touched_minus_other_recall") & (rows["contrast"] == "biased - oracle")].iloc[0]
    groups = tables.read(store).groups.pivot_table(
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
    rows = evaluate(store, stated).set_index("metric")
    assert set(rows["verdict"]) == {"supported"}
    assert rows.loc["test_accuracy", "contrast"] == "slope over user.conflation.strength (conflating)"
    assert rows.loc["test_accuracy", "ci_low"] < -0.08 < rows.loc["test_accuracy", "ci_high"]
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
                store.write(synthetic.record(condition, p, metrics={"alignment_accuracy_gap": gap}))
    stated = [h for h in hypotheses.load() if h.name in ("H4", "H4-colour")]
    rows = evaluate(store, *stated)
    row = rows[rows["hypothesis"] == "H4-colour"].iloc[0]
    assert row["contrast"] == "slope over user.attribute by dataset.colour.train (colour_grouping)"
    assert row["kind"] == "slope interaction"
    assert (row["n"], row["verdict"]) == (10, "supported")
    assert row["ci_low"] < 0.2 < row["ci_high"]
    table = tables.participants(store)
    table["x"] = table["user.attribute"] * table["dataset.colour.train"]
    design = np.stack(
        [table[c] for c in ("user.attribute", "dataset.colour.train", "x")] + [np.ones(len(table))], axis=1
    )
    # Balanced, so the mean of the participants' interactions is that of a regression over all.
    assert row["estimate"] == pytest.approx(np.linalg.lstsq(design, table["alignment_accuracy_gap"])[0][2])
    assert len(rows[(rows["hypothesis"] == "H4") & (rows["metric"] == "class_recall_gap")]) == 3  # one a skew


def test_interaction_of_teacher_and_user_by_hand(tmp_path: Path) -> None:
    """Under annotation the bias costs 0.2, under the layout 0.08: the layout saves 0.12."""
    for teacher, oracle, biased in (("contrastive", 0.05, -0.03), ("annotation", 0.07, -0.13)):
        store = synthetic.study(tmp_path, {"none": 0, "oracle": oracle, "biased": biased}, 12, teacher=teacher)
    stated = hypothesis(user="biased", over="oracle", choice=TEACHERS)
    row = evaluate(store, stated).iloc[0]
    assert row["contrast"] == "biased - oracle: contrastive - annotation"
    assert (row["kind"], row["treatment"]) == ("interaction", "biased under contrastive")
    assert row["verdict"] == "supported"
    assert row["ci_low"] < 0.12 < row["ci_high"]
    table = tables.participants(store)
    wide = table.pivot_table(index="participant", columns=["teacher", "user"], values="test_accuracy", observed=True)
    cost = {teacher: wide[teacher, "biased"] - wide[teacher, "oracle"] for teacher in ("contrastive", "annotation")}
    expected = reference.ttest_1samp(cost["contrastive"] - cost["annotation"], 0)
    assert (row["estimate"], row["p"]) == pytest.approx(
        (np.mean(cost["contrastive"] - cost["annotation"]), expected.pvalue)
    )
    price = evaluate(store, hypothesis(over=(), choice=TEACHERS)).iloc[0]
    assert price["contrast"] == "contrastive - annotation (oracle)"
    assert (price["kind"], price["control"]) == ("difference", "oracle under annotation")
    assert price["ci_low"] < -0.02 < price["ci_high"]


def test_a_gain_is_compared_between_projections(tmp_path: Path) -> None:
    """The oracle gains 0.06 more from the true picture; who does not look gains the same from both."""
    for projection, oracle in (("umap", 0.07), ("scrambled", 0.01)):
        people = {"none": 0, "oracle": oracle, "blind_oracle": 0.08}
        store = synthetic.study(tmp_path, people, 12, projection=projection)
    stated = [h for h in hypotheses.load() if h.name.startswith("H7")]
    rows = evaluate(store, *stated).set_index("hypothesis")
    assert rows.loc["H7", "contrast"] == "oracle - none: umap - scrambled"
    assert rows.loc["H7", "verdict"] == "supported" and rows.loc["H7", "ci_low"] < 0.06 < rows.loc["H7", "ci_high"]
    assert rows.loc["H7-blind", "treatment"] == "blind_oracle under umap"
    assert rows.loc["H7-blind", "claim"] == "equal" and rows.loc["H7-blind", "n"] == 12
    wide = tables.participants(store).pivot_table(
        index="participant", columns=["projection", "user"], values="test_accuracy", observed=True
    )
    assert rows.loc["H7", "estimate"] == pytest.approx((wide["umap", "oracle"] - wide["scrambled", "oracle"]).mean())


@pytest.mark.parametrize("group", ["dataset", "model", "projection", "teacher", "schedule"])
@pytest.mark.parametrize("over", ["none", ()])
def test_any_group_of_choices_can_be_compared(tmp_path: Path, group: str, over: str | tuple[()]) -> None:
    changes: dict[str, Any] = {"dataset": {"labelled": 0.4}, "schedule": {"turns": 2}, "teacher": {"weight": 2}}
    for name, gain in (("plain", 0.02), ("other", 0.07)):
        store = Store(tmp_path)
        store.open_for_writing()
        for user in ("none", "oracle"):
            plain = synthetic.condition(user)
            settings = {**plain.settings, group: {**plain.settings[group], **changes.get(group, {}), "kind": name}}
            condition = dataclasses.replace(
                plain,
                names={**plain.names, group: name},
                settings=settings,
                resolved=settings,
                data=name if group == "dataset" else plain.data,
            )
            store.add_condition(condition)
            for p in range(4):
                store.write(synthetic.record(condition, p, 0.8 + 0.01 * p + gain * (user == "oracle")))
    stated = hypothesis(over=over, choice={"group": group, "name": "*", "over": "plain"})
    (row,) = evaluate(store, stated).to_dict("records")
    assert row["contrast"] == ("oracle - none: other - plain" if over else "other - plain (oracle)")
    assert (row["n"], row["estimate"]) == (4, pytest.approx(0.05))


def test_nobody_is_a_person_to_compare_models_of(tmp_path: Path) -> None:
    """But not teachers or projections, which have no effect where nobody looks."""
    for teacher in ("contrastive", "annotation"):
        store = synthetic.study(tmp_path, {"none": 0.0}, 3, teacher=teacher)
    assert evaluate(store, hypothesis(user="*", over=(), choice=TEACHERS))["n"].tolist() == [0]


def test_each_setting_and_dataset_has_its_test_and_all_datasets_one(tmp_path: Path) -> None:
    for dataset in ("digits", "photos"):
        store = synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.07}, 6, dataset=dataset)
    synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.01}, 6, dataset__labelled=0.9)
    rows = evaluate(store, hypothesis())
    assert rows["dataset"].tolist() == ["digits", "digits", "photos", "all"]
    assert rows["setting"].tolist() == ["dataset.labelled=0.2", "dataset.labelled=0.9", "", "over digits, photos"]
    scoped = evaluate(store, hypothesis(where={"dataset.labelled": 0.2}, datasets="digits"))
    assert scoped["setting"].tolist() == [""]
    assert len(evaluate(store, hypothesis(where={"teacher": "!contrastive"}))) == 1  # the row that says: nothing


def test_a_slope_allows_for_values_that_come_from_one_participant() -> None:
    rng = np.random.default_rng(0)
    people = pd.Series(np.repeat(np.arange(40), 3))
    x, level = pd.Series(rng.normal(size=120)), rng.normal(size=40)[people]
    at = stats.clustered_slope(x, 0.5 * x + level + rng.normal(0, 0.1, 120), people)
    assert at.low < 0.5 < at.high and at.n == 120
    # By hand: the sandwich, with its corrections.
    design = np.column_stack([np.ones(120), x])
    y = 0.5 * x + level
    beta = np.linalg.lstsq(design, y)[0]
    scores = [design[people == p].T @ (y - design @ beta)[people == p] for p in range(40)]
    bread = np.linalg.inv(design.T @ design)
    error = np.sqrt((bread @ sum(np.outer(s, s) for s in scores) @ bread)[1, 1] * 40 / 39 * 119 / 118)
    half = reference.t.ppf(0.975, 39) * error
    at = stats.clustered_slope(x, y, people)
    assert (at.mean, at.low, at.high) == pytest.approx((beta[1], beta[1] - half, beta[1] + half))


# --- stating them ----------------------------------------------------------------------------------------------------


def test_the_shipped_hypotheses_are_sound() -> None:
    stated = hypotheses.load()
    assert [h.name for h in stated] == ["H1", "H2", "H3", "H4", "H4-colour", "H5", "H5-cost", "H6", "H7", "H7-blind"]
    assert {t.claim for h in stated if h.name == "H2" for t in h.tests} <= {"equal", "at least", "at most"}
    assert all(t.margin > 0 for h in stated for t in h.tests)


def test_every_shipped_hypothesis_is_answered_by_a_store_that_can(tmp_path: Path) -> None:
    store = synthetic.everything(tmp_path, participants=4, layouts=False)
    stated, read = hypotheses.load(), tables.read(store)
    hypotheses.check(stated, read.participants)
    rows = hypotheses.evaluate(stated, read)
    assert set(rows.loc[rows["n"] > 0, "hypothesis"]) == {h.name for h in stated} - {
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
        ({"over": (), "choice": {**TEACHERS, "over": "anotation"}}, "there is no teacher 'anotation'"),
        ({"over": (), "choice": {**TEACHERS, "group": "user"}}, "choice.group = user: must be"),
        ({"over": (), "choice": {**TEACHERS, "ovr": "none"}}, "there is no 'ovr'. Did you mean over?"),
        ({"over": ["none", "placebo"], "choice": TEACHERS}, "an interaction has one user in over"),
        ({"where": {"dataste.labelled": 1}}, "there is no setting 'dataste.labelled'"),
        ({"tests": claim("touched_recall"), "over": (), "choice": TEACHERS}, "needs `over`"),
        ({"tests": claim(claim="equal", margin=0)}, "margin must be above 0"),
        ({"tests": claim(claim="better")}, "'higher', 'lower'"),
        ({"tests": []}, "tests"),
        ({"alpha": 1.5}, "alpha = 1.5: must be"),
        ({"overr": "none"}, "there is no 'overr'. Did you mean over?"),
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
    with pytest.raises(UserError) as error:
        hypotheses.check(hypotheses.load(tmp_path), tables.participants(store))
    assert sentence in str(error.value)


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
    null = judged(null).set_index("hypothesis")
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
    significant = []
    for _ in range(200):
        slopes = rng.normal(0, 0.03, 12)
        data = _doses(slopes, noise=0.01)
        data["value"] += rng.normal(0, 0.01, len(data))
        significant.append(stats.dose_test(data, Higher(0.01), 0.05).p < 0.05)
    assert _near(float(np.mean(significant)), 0.05, len(significant))
