"""The tests are right: references computed another way, planted effects recovered, false positives near alpha."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
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
from analysis.claims import CLAIMS, AtLeast, AtMost, Claim, Equal, Finding, Higher, Lower, Verdict
from analysis.hypotheses import Hypothesis, Part, compared, judged
from analysis.multiplicity import Corrected, false_discoveries, holm
from analysis.notes import Note
from analysis.paired import Pairing
from hill_exp.record.store import Store
from hill_exp.types import UserError

DIFFERENCES = np.array([0.031, 0.012, -0.004, 0.025, 0.018, 0.007, 0.022, 0.041, 0.001, 0.015, 0.009, 0.028])


def hypothesis(**changes: Any) -> Hypothesis:
    stated: dict[str, Any] = {
        "name": "H", "sentence": "It is so.", "family": "f", "alpha": 0.025, "user": "oracle", "over": "none",
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
    """Differences 1, 2, 3, 6: mean 3, variance 14 / 3, so t = 3 / sqrt(14 / 12) with 3 degrees of freedom."""
    result = stats.paired_test([1.0, 2.0, 3.0, 6.0], Higher(0.0), 0.025)
    t = 3 / math.sqrt(14 / 12)
    x = t / math.sqrt(3)
    assert result.estimate == 3
    assert result.effect_size == pytest.approx(3 / math.sqrt(14 / 3))
    # Student's distribution with 3 degrees of freedom, in closed form
    assert result.p == pytest.approx(0.5 - (x / (1 + x**2) + math.atan(x)) / math.pi)
    assert result.interval(0.025)[1] - 3 == pytest.approx(3.182446 * math.sqrt(14 / 12), rel=1e-6)


def test_superiority_is_the_one_sided_paired_t_test() -> None:
    a, b = 0.8 + DIFFERENCES, np.full(12, 0.8)
    result = stats.paired_test(a - b, Higher(0.01), 0.025)
    assert result.p == pytest.approx(reference.ttest_rel(a, b, alternative="greater").pvalue)
    assert result.p_contrary == pytest.approx(reference.ttest_1samp(a - b, 0.01, alternative="less").pvalue)
    assert result.interval(0.025) == pytest.approx(DescrStatsW(DIFFERENCES).tconfint_mean(0.05))
    assert result.p_check == pytest.approx(reference.wilcoxon(DIFFERENCES, alternative="greater").pvalue)


def test_non_inferiority_and_equivalence_are_those_of_statsmodels() -> None:
    d, margin = DIFFERENCES, 0.025
    described = DescrStatsW(d)
    above = described.ttest_mean(-margin, alternative="larger")[1]
    below = described.ttest_mean(margin, alternative="smaller")[1]
    assert stats.paired_test(d, AtLeast(margin), 0.025).p == pytest.approx(above)
    assert stats.paired_test(d, AtMost(margin), 0.025).p == pytest.approx(below)
    tost = ttost_paired(0.8 + d, np.full(12, 0.8), -margin, margin)[0]
    assert stats.paired_test(d, Equal(margin), 0.025).p == pytest.approx(tost)


@given(
    st.lists(st.floats(-0.1, 0.1), min_size=4, max_size=12),
    st.sampled_from(list(CLAIMS.values())),
    st.sampled_from([0.025, 0.0125, 0.005]),
)
@settings(deadline=None, max_examples=80)
def test_the_interval_shown_is_the_one_that_decides(d: list[float], kind: type[Claim], alpha: float) -> None:
    claim = kind(0.02)
    result = stats.paired_test(d, claim, alpha)
    if not result.tested or not result.error:
        return
    (low, high), (least, most) = result.interval(alpha), claim.region
    assert (result.p < alpha) == (least < low and high < most)
    beyond = [high < null if alternative == "less" else low > null for null, alternative in claim.contrary]
    assert (result.p_contrary < alpha) == any(beyond)


@pytest.mark.parametrize(
    ("method", "correct"),
    [
        ("holm", lambda p: holm(p, 0.025, sum(map(math.isfinite, p)))),
        ("fdr_bh", lambda p: false_discoveries(p, 0.025)),
    ],
)
@given(p=st.lists(st.floats(0, 1) | st.floats(0, 0.03) | st.just(math.nan), max_size=12))
@settings(deadline=None, max_examples=8)
def test_corrections_are_those_of_statsmodels(
    method: str, correct: Callable[[list[float]], Corrected], p: list[float]
) -> None:
    made, corrected = [x for x in p if not math.isnan(x)], correct(p)
    assert [math.isnan(x) for x in corrected.p] == [math.isnan(x) for x in p]
    if made:
        assert [x for x in corrected.p if not math.isnan(x)] == pytest.approx(multipletests(made, method=method)[1])
    for own, adjusted, share in zip(p, corrected.p, corrected.share, strict=True):
        if not math.isnan(own) and abs(adjusted - 0.025) > 1e-9:
            assert (adjusted < 0.025) == (own < 0.025 * share)


def test_a_test_that_was_planned_and_not_made_counts_in_its_family() -> None:
    assert holm([0.01], 0.025, 1).p == [0.01]
    corrected = holm([0.01, math.nan], 0.025, 3)
    assert corrected.p[0] == pytest.approx(0.03) and math.isnan(corrected.p[1])


def test_power_of_the_textbook() -> None:
    assert stats.pairs_needed(Higher(0.5), 0.025, 0.8) == 34
    assert Higher(0.5).power(34, 0.025) == Higher(1.0).power(34, 0.025, sd=2.0) == pytest.approx(0.8077775, abs=1e-6)
    rng = np.random.default_rng(0)
    n = stats.pairs_needed(Equal(0.5), 0.025, 0.8)
    runs = [stats.paired_test(rng.normal(0, 1, n), Equal(0.5), 0.025).p < 0.025 for _ in range(400)]
    assert np.mean(runs) == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize("claim", [Higher, AtLeast, Equal])
@pytest.mark.parametrize(("margin", "wanted"), [(0.1, 0.8), (0.3, 0.5), (0.5, 0.95), (1.2, 0.9)])
def test_pairs_needed_are_those_of_the_solver_of_statsmodels(claim: type[Claim], margin: float, wanted: float) -> None:
    both = (1 + wanted) / 2 if claim is Equal else wanted  # of each of the two one-sided tests
    solved = TTestPower().solve_power(margin, None, 0.025, both, alternative="larger")
    assert stats.pairs_needed(claim(margin), 0.025, wanted) == math.ceil(solved)


def test_power_is_a_number_for_large_effects_too() -> None:
    grid = [Higher(m).power(n, a) for m in (0.3, 1, 3, 6) for n in (2, 3, 4, 24, 400) for a in (0.025, 5e-4)]
    assert all(0 <= power <= 1 for power in grid)


def test_an_effect_out_of_reach_has_its_sentence() -> None:
    with pytest.raises(ValueError, match="out of reach"):
        stats.pairs_needed(Higher(1e-3), 0.025, 0.8)
    assert stats.pairs_needed(Higher(50.0), 0.025, 0.8) == 4  # where the solver fails


def test_interquartile_mean_by_hand_and_the_same_under_the_same_seed() -> None:
    parts = [np.array([0.0, 1.0, 2.0, 3.0]), np.array([10.0, 11.0, 12.0, 100.0])]
    iqm, low, high = stats.interquartile(parts, np.random.default_rng(3))
    assert iqm == np.mean([2, 3, 10, 11])  # the middle half of eight
    assert low < iqm < high
    assert stats.interquartile(parts, np.random.default_rng(3)) == (iqm, low, high)
    same = [np.array([0.0, 0.0, 0.0]), np.array([9.0, 9.0, 9.0])]  # drawn within strata, nothing can vary
    assert stats.interquartile(same, np.random.default_rng(0)) == (4.5, 4.5, 4.5)


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
    result = stats.dose_test(data, Lower(0.01), 0.025, (0, 1))
    assert result.test == "mixed model"
    assert result.n == 16
    assert result.estimate == pytest.approx(np.mean(fitted), rel=1e-3)
    assert result.p == pytest.approx(expected.pvalue / 2, rel=0.3)
    assert result.interval(0.025) == pytest.approx(tuple(expected.confidence_interval()), abs=2e-3)


def test_slopes_of_three_people_are_no_test_and_large_ones_have_their_mixed_model() -> None:
    (note,) = stats.dose_test(_doses([0.1, 0.2, 0.1]), Lower(0.02), 0.025, (0, 1)).notes
    assert note == Note.TOO_FEW_PAIRS(n=3, fewest=4)
    assert stats.dose_test(_doses([-0.5, -0.51, -0.52, -0.5, -0.49]), Lower(0.01), 0.025, (0, 1)).test == "mixed model"


def test_a_missing_value_of_a_sweep_is_taken_at_its_worst() -> None:
    data = _doses(np.random.default_rng(1).normal(-0.1, 0.03, 16))
    lost = data.assign(value=data["value"].where(data.index != 4))  # the first participant's at dose 1
    whole, result = (stats.dose_test(d, Lower(0.01), 0.025, (0, 1)) for d in (data, lost))
    assert result.n == 15
    weights = np.linalg.pinv(np.stack([np.ones(5), np.linspace(0, 1, 5)], axis=1))[1]
    known = weights[:4] @ data["value"][:4]
    slopes = [np.polyfit(d["dose"], d["value"], 1)[0] for _, d in data.groupby("participant")]
    others = np.sum(slopes) - slopes[0]
    assert result.shift[1] == pytest.approx((others + known + weights[4]) / 16 - others / 15)
    assert result.shift[0] == pytest.approx((others + known) / 16 - others / 15)
    assert result.p > whole.p


# --- verdicts --------------------------------------------------------------------------------------------------------


def decided(claim: Claim, low: float, high: float) -> tuple[Verdict, Finding]:
    """Of a claim alone in its family, by an interval of 95% that was computed before."""
    n, half = 20, (high - low) / 2
    error = half / reference.t.ppf(0.975, n - 1)
    result = stats.Result(n, (low + high) / 2, error, n - 1).of(claim)
    for_, against = result.p < 0.025, result.p_contrary < 0.025
    verdict = Verdict.NOT_SUPPORTED if against else Verdict.SUPPORTED if for_ else Verdict.INCONCLUSIVE
    return verdict, claim.finding(verdict, (low, high))


@pytest.mark.parametrize(
    ("claim", "low", "high", "verdict", "finding"),
    [
        ("higher", 0.021, 0.03, "supported", "beyond the margin"),
        ("higher", 0.01, 0.03, "supported", "there"),
        ("higher", 0.001, 0.003, "not supported", "there, but smaller than matters"),
        ("higher", -0.03, -0.01, "not supported", "the other way"),
        ("higher", -0.01, 0.015, "not supported", "equivalent"),
        ("higher", -0.03, 0.015, "not supported", "short of the margin"),
        ("higher", -0.01, 0.05, "inconclusive", "inconclusive"),
        ("lower", -0.03, -0.01, "supported", "there"),
        ("lower", 0.01, 0.03, "not supported", "the other way"),
        ("lower", -0.05, 0.01, "inconclusive", "inconclusive"),
        ("equal", -0.01, 0.01, "supported", "equivalent"),
        ("equal", 0.005, 0.01, "supported", "there, but smaller than matters"),
        ("equal", 0.025, 0.05, "not supported", "beyond the margin"),
        ("equal", -0.05, -0.025, "not supported", "beyond the margin"),
        ("equal", -0.01, 0.03, "inconclusive", "inconclusive"),  # not significantly different, and not "maintained"
        ("at least", -0.01, 0.05, "supported", "not worse"),
        ("at least", -0.01, 0.015, "supported", "equivalent"),
        ("at least", 0.03, 0.05, "supported", "beyond the margin"),
        ("at least", -0.06, -0.025, "not supported", "the other way"),
        ("at least", -0.06, 0.01, "inconclusive", "inconclusive"),
        ("at most", -0.05, 0.01, "supported", "not worse"),
        ("at most", 0.025, 0.05, "not supported", "the other way"),
    ],
)
def test_verdicts(claim: str, low: float, high: float, verdict: str, finding: str) -> None:
    assert decided(CLAIMS[claim](0.02), low, high) == (verdict, finding)


@pytest.mark.parametrize(
    ("claim", "low", "high", "words"),
    [
        (Higher, 0.01, 0.03, "higher, as stated"),
        (Higher, 0.03, 0.04, "higher by more than 0.02, as stated"),
        (Higher, 0.001, 0.003, "higher, but by less than the 0.02 that would matter"),
        (Higher, -0.03, -0.01, "the other way"),
        (Lower, 0.01, 0.03, "the other way"),
        (Lower, -0.01, 0.03, "not lower by as much as 0.02"),
        (Lower, -0.05, 0.03, "too uncertain to call it lower or not"),
        (AtLeast, -0.01, 0.03, "not lower by more than 0.02"),
        (AtLeast, -0.05, -0.03, "lower by more than 0.02"),
        (AtMost, 0.01, 0.03, "it may or may not be higher by more than 0.02"),
        (Equal, -0.01, 0.01, "the same within 0.02"),
        (Equal, 0.03, 0.05, "not the same within 0.02"),
    ],
)
def test_verdicts_in_words(claim: type[Claim], low: float, high: float, words: str) -> None:
    assert claim(0.02).phrase(*decided(claim(0.02), low, high), "{comparative}") == words


def test_a_slope_rises_or_falls() -> None:
    falling = Lower(0.02).phrase(Verdict.SUPPORTED, Finding.THERE, "{trend} with the dose")
    assert falling == "falling with the dose, as stated"


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=15), st.sampled_from([(Higher, Lower), (AtLeast, AtMost)]))
@settings(deadline=None, max_examples=40)
def test_a_claim_and_its_mirror_image(d: list[float], claims: tuple[type[Claim], type[Claim]]) -> None:
    claim, mirrored = claims[0](0.1), claims[1](0.1)
    one, other = stats.paired_test(d, claim, 0.025), stats.paired_test(-np.array(d), mirrored, 0.025)
    assert (one.p, one.p_contrary) == pytest.approx((other.p, other.p_contrary), nan_ok=True)
    if one.tested:
        findings = [c.finding(Verdict.NOT_SUPPORTED, r.interval(0.025)) for c, r in ((claim, one), (mirrored, other))]
        assert findings[0] == findings[1]


def test_two_conditions_that_are_one_are_equal_and_not_different() -> None:
    for claim, p, p_contrary in ((Higher(0.02), 1, 0), (Equal(0.02), 0, 1), (AtLeast(0.02), 0, 1)):
        result = stats.paired_test(np.zeros(6), claim, 0.025)
        assert (result.p, result.p_contrary, result.interval(0.025)) == (p, p_contrary, (0, 0))
        assert result.notes == (Note.IDENTICAL(),)


@pytest.mark.parametrize("d", [[0.05] * 8, [0.05] * 7 + [0.0500001], [0.1, 0.2, 0.3], [0.0, 0.0], [0.1], []])
def test_no_test_without_spread_or_with_fewer_than_four_pairs(d: list[float]) -> None:
    for claim in (Higher(0.02), Equal(0.02)):
        result = stats.paired_test(d, claim, 0.025)
        assert not result.tested and math.isnan(result.p_contrary)
        assert "test" in str(result.notes[0])


def test_assumptions_in_doubt_are_said() -> None:
    skewed = np.array([0.0, 0.001, 0.002, 0.001, 0.003, 0.002, 0.001, 0.0, 0.002, 0.9])
    notes = [remark.note for remark in stats.paired_test(skewed, Higher(0.01), 0.025).notes]
    assert notes == [Note.NOT_NORMAL, Note.WILCOXON_DISAGREES]
    assert [(note.doubts, note.disagrees) for note in notes] == [(True, False), (True, True)]
    (small,) = stats.paired_test(DIFFERENCES[:5], Higher(0.01), 0.025).notes
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
    assert joint["p_contrary"] == 2 * rows["p_contrary"].iloc[1:].min()  # any of two parts refutes it
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
    assert (row["n"], row["missing"]) == (6, 2)  # none's thirtieth is yet to be run under the oracle
    assert "2 incomplete pairs" in row["notes"]


def test_a_control_that_is_not_there_leaves_the_claim_open(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.07}, participants=8)
    rows = evaluate(store, hypothesis(over=["none", "placebo"])).set_index("contrast")
    assert rows["verdict"].tolist() == ["not tested", "supported", "not tested"]
    assert "placebo is not in the store" in rows.loc["oracle - placebo", "notes"]
    alone = evaluate(store, hypothesis(user="biased")).iloc[0]
    assert (alone["n"], alone["verdict"], alone["finding"]) == (0, "not tested", "not tested")


def test_a_claim_with_a_part_that_fails_is_refuted_also_where_another_is_missing(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0.1, "oracle": 0.0}, participants=8)
    rows = evaluate(store, hypothesis(over=["none", "placebo"]))
    assert judged(rows)["verdict"].tolist() == ["not supported"]


def test_bias_is_read_off_the_confusions_that_it_names(tmp_path: Path) -> None:
    people = {"none": 0.0, "oracle": 0.05, "noisy": -0.05, "biased": 0.02}
    store = synthetic.study(tmp_path, people, participants=12)
    stated = hypothesis(user="biased", over=["oracle", "none", "noisy"], tests=claim("named_confusions"))
    rows = evaluate(store, stated, hypothesis(name="T", user="biased", tests=claim("touched_recall", "lower")))
    assert set(rows["verdict"]) == {"supported"}
    row = rows[rows["contrast"] == "biased - none"].iloc[0]
    assert row["ci_low"] < 0.3 < row["ci_high"]
    read = tables.read(store)
    of = read.participants.assign(counts=read.confusions).set_index(["user", "participant"])["counts"]
    named = [p for a, b in synthetic.CONFUSED for p in ((a, b), (b, a))]
    others = [(a, b) for a in range(10) for b in range(10) if a != b and (a, b) not in named]
    rate = {
        user: np.mean(
            [[np.mean([c[a][b] / sum(c[a]) for a, b in pairs]) for c in of[user]] for pairs in (named, others)], 1
        )
        for user in ("biased", "none")
    }
    expected = (rate["biased"][0] - rate["biased"][1]) - (rate["none"][0] - rate["none"][1])
    assert row["estimate"] == pytest.approx(expected)
    unbiased = evaluate(store, hypothesis(over=["none"], tests=claim("named_confusions"))).iloc[0]
    assert (unbiased["n"], unbiased["verdict"]) == (0, "not tested")  # nobody's confusions are named


@pytest.mark.parametrize("user", ["noisy", "automatic", "random"])
def test_who_is_merely_worse_is_not_biased(tmp_path: Path, user: str) -> None:
    """Their gap of recalls opens as a biased person's does; of them the biased person's confusions are asked here."""
    store = synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.05, user: -0.15}, participants=16)
    read = tables.read(store)
    pairing = Pairing(read.participants, read.groups, read.confusions)
    named = [(str(a), str(b)) for a, b in synthetic.CONFUSED]
    values = pairing.confusions(named, synthetic.CLASSES, "digits")
    weights = {synthetic.condition(user).id: 1.0, synthetic.condition("oracle").id: -1.0}
    result = stats.paired_test(pairing.combine(values, weights).differences, Higher(0.01), 0.025)
    assert abs(result.estimate) < 0.01 and result.p_contrary < 0.025


def test_dose_response_in_a_sweep(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0.0}, 10)
    amounts = (0.0, 0.5, 1.0)
    for strength in amounts:
        synthetic.study(tmp_path, {"conflating": 0.05 - 0.08 * strength}, 10, user__conflation__strength=strength)
    stated = hypothesis(
        user="*", over=(), dose="user.*.strength",
        cell={"user": "conflating", "where": {"user.conflation.strength": list(amounts)}},
        tests=[*claim(claim="lower"), *claim("named_confusions")],
    )  # fmt: skip
    rows = evaluate(store, stated).set_index("metric")
    assert set(rows["verdict"]) == {"supported"} and set(rows["role"]) == {"confirmatory"}
    assert rows.loc["test_accuracy", "contrast"] == "slope over user.conflation.strength (conflating)"
    assert rows.loc["test_accuracy", "ci_low"] < -0.08 < rows.loc["test_accuracy", "ci_high"]
    assert rows.loc["named_confusions", "ci_low"] < 0.3 < rows.loc["named_confusions", "ci_high"]
    synthetic.study(tmp_path, {"conflating": 0.4}, 10, user__conflation__strength=0.75)
    more = evaluate(store, stated)
    pd.testing.assert_frame_equal(more[more["role"] == "confirmatory"].set_index("metric"), rows)
    assert (more["role"] == "exploratory").sum() == 2  # the sweep with all four
    for strength in (0.0, 0.5):
        store.record_path(synthetic.condition("conflating", user__conflation__strength=strength).content, 0, 3).unlink()
    shorter = hypothesis(
        **{**stated.model_dump(), "cell": {"user": "conflating", "where": {"user.conflation.strength": [0, 0.1, 1]}}}
    )
    (absent, *_) = evaluate(store, shorter).to_dict("records")
    assert absent["verdict"] == "not tested" and "is not in the store" in absent["notes"]


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
    assert row["role"] == "confirmatory"
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
        (np.mean(cost["contrastive"] - cost["annotation"]), expected.pvalue / 2), abs=1e-16
    )
    price = evaluate(store, hypothesis(over=(), choice=TEACHERS)).iloc[0]
    assert price["role"] == "confirmatory"
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
    absent, row = evaluate(store, stated).to_dict("records")
    assert (absent["verdict"], row["role"]) == ("not tested", "exploratory")  # no group's default is called other
    assert row["contrast"] == ("oracle - none: other - plain" if over else "other - plain (oracle)")
    assert (row["n"], row["estimate"]) == (4, pytest.approx(0.05))


def test_nobody_is_a_person_to_compare_models_of(tmp_path: Path) -> None:
    """But not teachers or projections, which have no effect where nobody looks."""
    for teacher in ("contrastive", "annotation"):
        store = synthetic.study(tmp_path, {"none": 0.0}, 3, teacher=teacher)
    stated = hypothesis(user="*", over=(), choice=TEACHERS, cell={"user": "oracle"})
    assert evaluate(store, stated)["n"].tolist() == [0]


def test_each_setting_and_dataset_has_its_test(tmp_path: Path) -> None:
    for dataset in ("digits", "photos"):
        store = synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.07}, 6, dataset=dataset)
    synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.01}, 6, dataset__labelled=0.9)
    rows = evaluate(store, hypothesis())
    assert rows["dataset"].tolist() == ["digits", "digits", "photos"]
    assert rows["setting"].tolist() == ["", "dataset.labelled=0.9", ""]
    assert rows["role"].tolist() == ["confirmatory", "exploratory", "exploratory"]
    scoped = evaluate(store, hypothesis(where={"dataset.labelled": 0.9}))
    assert scoped["role"].tolist() == ["confirmatory"] and scoped["estimate"].iloc[0] == rows["estimate"].iloc[1]
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
    assert [h.name for h in stated] == [
        "H1",
        "H1-texts",
        "H2",
        "H2-gap",
        "H2-reserve",
        "H3",
        "H4",
        "H4-colour",
        "H5",
        "H5-cost",
        "H6",
        "H7",
        "H7-blind",
        "H7-texts",
        "H8",
        "H8-photographs",
        "H8-texts",
        "H9",
        "H9-photographs",
        "H9-texts",
    ]
    assert {t.claim for h in stated if h.name == "H2" for t in h.tests} <= {"equal", "at least", "at most"}
    assert all(t.margin > 0 for h in stated for t in h.tests)
    assert {h.alpha for h in stated} == {0.025}


ELSEWHERE = (
    "H2-reserve",
    "H9",
    "H9-photographs",
    "H1-texts",
    "H7-texts",
    "H8-texts",
    "H9-texts",
)  # what no synthetic store has


def test_every_shipped_hypothesis_is_answered_by_a_store_that_can(tmp_path: Path) -> None:
    store = synthetic.everything(tmp_path, participants=4, layouts=False)
    stated, read = hypotheses.load(), tables.read(store)
    hypotheses.check(stated, read.participants)
    rows = hypotheses.evaluate(stated, read)
    assert set(rows.loc[rows["n"] > 0, "hypothesis"]) == {h.name for h in stated} - {
        "H4-colour",
        "H6",
        *ELSEWHERE,
    }  # colours; real people; arms, the reserve


STATED: Mapping[str, Any] = {
    "name": "H", "sentence": "It is so.", "family": "f", "alpha": 0.025, "user": "oracle", "over": "none",
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
        ({"user": "*"}, "cell.user must say"),
        ({"over": (), "dose": "user.*.strength"}, "cell.where must list the amounts of one dose"),
        ({"cell": {"dataset": "digit"}}, "there is no dataset 'digit'"),
        ({"cell": {"user": "orcale"}}, "there is no user 'orcale'"),
        ({"cell": {"sedes": [1]}}, "there is no 'sedes'. Did you mean seeds?"),
        ({"cell": {"where": {"dataste.labelled": 1}}}, "there is no setting 'dataste.labelled'"),
        ({"explore": claim("test_acuracy")}, "there is no metric 'test_acuracy'"),
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
    assert _near((null.loc["either", "p"] < 0.025).mean(), 0.025, runs)
    assert _near((null.loc["either", "verdict"] == "supported").mean(), 0.025, runs)
    assert (null.loc["both", "verdict"] == "supported").mean() < 0.025
    assert (null.loc["equal", "verdict"] == "supported").mean() > 0.95
    # At the margin itself, "maintained" is said with probability alpha.
    worse = pd.concat([hypotheses.evaluate(stated[2:], _simulated(read, rng, oracle=-0.02)) for _ in range(runs)])
    worse = worse.set_index("hypothesis")
    assert _near((worse.loc["equal", "verdict"] == "supported").mean(), 0.025, runs)
    assert _near((worse.loc["at least", "verdict"] == "supported").mean(), 0.025, runs)


@pytest.mark.slow
def test_a_family_has_one_false_positive_in_forty(tmp_path: Path) -> None:
    users = ("noisy", "random", "automatic", "oracle")
    read = tables.read(synthetic.study(tmp_path, dict.fromkeys(("none", *users), 0.0), participants=16))
    stated = [hypothesis(name=user, user=user, tests=claim(margin=0)) for user in users]
    rng = np.random.default_rng(1)
    runs = [hypotheses.evaluate(stated, _simulated(read, rng)) for _ in range(300)]
    assert np.mean([(run["p_adjusted"] < 0.025).any() for run in runs]) < 0.025 + 4 * math.sqrt(0.025 * 0.975 / 300)


@pytest.mark.slow
def test_doses_without_an_effect_are_found_to_have_one_at_the_rate_of_alpha() -> None:
    """Participants differ in their slopes, whose mean is 0: a model without random slopes would find too many."""
    rng = np.random.default_rng(2)
    significant = []
    for _ in range(200):
        slopes = rng.normal(0, 0.03, 12)
        data = _doses(slopes, noise=0.01)
        data["value"] += rng.normal(0, 0.01, len(data))
        significant.append(stats.dose_test(data, Higher(0.01), 0.025, (0, 1)).p < 0.025)
    assert _near(float(np.mean(significant)), 0.025, len(significant))
