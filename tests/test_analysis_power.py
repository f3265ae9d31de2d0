"""How many participants a study needs: the noncentral t, and studies that are simulated whole."""

from __future__ import annotations

import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import synthetic
from scipy import stats
from statsmodels.stats.power import TTestPower

from analysis import hypotheses, simulated, tables
from analysis.__main__ import main
from analysis.claims import Equal, Higher
from analysis.noncentral import equivalence_power, t_power
from analysis.stats import pairs_needed
from hill_exp.record.store import Store
from hill_exp.types import UserError

# --- the noncentral t ------------------------------------------------------------------------------------------------

GRID = list(product((2, 3, 4, 8, 24, 100), (0.3, 0.5, 1, 1.5, 2, 3, 4.6, 6), (0.05, 0.025, 0.01, 0.005, 0.0005)))


def test_power_is_that_of_statsmodels() -> None:
    for n, size, alpha in GRID:
        expected = TTestPower().power(size, n, alpha, alternative="larger")
        assert t_power(size, n, alpha) == pytest.approx(expected, abs=1e-6) and 0 < expected <= 1 + 1e-9


def test_an_effect_of_several_standard_deviations_still_needs_its_pairs() -> None:
    """Where the search of statsmodels fails."""
    assert pairs_needed(Higher(4.6), 0.001, 0.8) == 5
    assert t_power(4.6, 3, 0.005) == pytest.approx(0.47, abs=0.01)


@pytest.mark.parametrize(("n", "size", "alpha"), [(2, 1.0, 0.05), (4, 1.0, 0.05), (8, 0.8, 0.05), (24, 0.5, 0.025)])
def test_power_of_equivalence_is_that_of_simulated_studies(n: int, size: float, alpha: float) -> None:
    x = np.random.default_rng(0).normal(size=(40_000, n))
    reach = stats.t.ppf(1 - alpha, n - 1) * x.std(axis=1, ddof=1) / math.sqrt(n)
    held = np.mean(np.abs(x.mean(axis=1)) + reach < size)
    assert equivalence_power(size, n, alpha) == pytest.approx(held, abs=0.008)
    assert Equal(size).power(n, alpha) == equivalence_power(size, n, alpha)


def test_power_of_equivalence_at_its_ends() -> None:
    assert equivalence_power(1e-3, 8, 0.05) == pytest.approx(0, abs=1e-9)
    assert equivalence_power(20.0, 8, 0.05) == pytest.approx(1)


# --- a hypothesis ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pilot(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return synthetic.study(tmp_path_factory.mktemp("pilot"), {"none": 0, "placebo": 0, "oracle": 0.0}, 12, spread=0.012)


def planned(store: Store, name: str, effect: float) -> simulated.Plan:
    stated = hypotheses.load()
    return simulated.plan(next(h for h in stated if h.name == name), stated, tables.read(store), effect)


def test_simulated_studies_have_the_spread_of_the_pilot_and_the_effect_that_was_asked_for(pilot: Store) -> None:
    plan = planned(pilot, "H1", effect=3.0)
    read = tables.read(pilot).participants
    condition = read.groupby("user", observed=True)["condition"].first()
    pairing = simulated.Drawn(plan, 2000)
    pairing.draw(np.random.default_rng(0))
    wide = read.pivot(index="participant", columns="user", values="test_accuracy")
    for control in ("none", "placebo"):
        d = pairing.difference("test_accuracy", condition["oracle"], condition[control]).differences
        assert d.mean() == pytest.approx(3 * 0.01, abs=0.002)
    both = pairing.metric("test_accuracy")[condition["oracle"]], pairing.metric("shifted_accuracy")[condition["oracle"]]
    pilots = (read.loc[read["user"] == "oracle", m] for m in ("test_accuracy", "shifted_accuracy"))
    assert both[0].corr(both[1]) == pytest.approx(np.corrcoef(*pilots)[0, 1], abs=0.05)  # kept over metrics
    sds = []
    for seed in range(60):
        pairing.draw(np.random.default_rng(seed))
        sds.append(pairing.difference("test_accuracy", condition["oracle"], condition["none"]).differences.std())
    assert np.median(sds) == pytest.approx((wide["oracle"] - wide["none"]).std(), rel=0.15)
    assert np.std(sds) / np.mean(sds) > 0.1  # what 12 people leave open about the spread


def test_the_chance_of_a_hypothesis_is_less_than_that_of_one_of_its_tests(pilot: Store) -> None:
    """The pilot's formula for one test says 0.8; both controls, Holm and the uncertain spread leave less."""
    read = tables.read(pilot).participants.pivot(index="participant", columns="user", values="test_accuracy")
    n = pairs_needed(Higher(0.01 / (read["oracle"] - read["none"]).std()), 0.025, 0.8)
    found = simulated.chances(planned(pilot, "H1", effect=1.0), n, 40, np.random.default_rng(0))
    assert [metric for metric, *_ in found.by_claim] == ["test_accuracy", "learning_curve_auc"]
    share = next(share for (metric, *_), share in found.by_claim.items() if metric == "test_accuracy")
    assert 0.2 < share < 0.78 and found.all <= found.weakest <= share


def test_without_an_effect_hardly_anything_is_found_and_with_a_large_one_all_is(pilot: Store) -> None:
    rng = np.random.default_rng(0)
    assert simulated.chances(planned(pilot, "H1", effect=1e-9), 8, 20, rng).all <= 0.05
    found = simulated.fewest(planned(pilot, "H1", effect=30.0), 0.8, 6, rng)
    assert found is not None and found.n <= 6 and found.weakest >= 0.8


def test_a_dose_is_drawn_with_its_slope(tmp_path: Path) -> None:
    for strength in (0.0, 0.25, 0.5, 1.0):
        synthetic.study(tmp_path, {"conflating": 0.0}, 6, user__conflation__strength=strength)
    plan = planned(Store(tmp_path), "H4", effect=5.0)
    tests = next(simulated.studies(plan, 60, np.random.default_rng(0))).set_index("metric")
    assert tests.loc["test_accuracy", "estimate"] == pytest.approx(-0.05, abs=0.015)
    assert tests.loc["named_confusions", "estimate"] == pytest.approx(0.05, abs=0.015)


def test_a_joint_claim_has_all_that_it_takes(tmp_path: Path) -> None:
    """H5: the bias costs less, the layout nothing under a sound person, and that person gains."""
    for teacher in ("contrastive", "annotation"):
        users = {"none": 0.0, "placebo": 0.0, "oracle": 0.0, "conflating": 0.0}
        store = synthetic.study(tmp_path, users, 6, teacher=teacher)
    rows = next(simulated.studies(planned(store, "H5", effect=3.0), 80, np.random.default_rng(0)))
    assert list(rows["verdict"]) == ["supported"] and list(rows["n"]) == [80]
    nothing = next(simulated.studies(planned(store, "H5", effect=1e-9), 80, np.random.default_rng(0)))
    assert list(nothing["verdict"]) != ["supported"]


def test_a_pilot_has_a_seed_of_its_own(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.open_for_writing()
    for user, step in (("none", 0.001), ("placebo", 0.002), ("oracle", 0.004)):
        store.add_condition(condition := synthetic.condition(user))
        for p in range(5):
            store.write(synthetic.record(condition, p, accuracy=0.8 + step * p, seed=7))
    found = simulated.chances(planned(store, "H1", effect=30.0), 6, 4, np.random.default_rng(0))
    assert found.all == found.weakest == 1 and not found.left_out


def test_what_the_pilot_did_not_measure_is_left_out(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.open_for_writing()
    for user, step in (("none", 0.001), ("placebo", 0.002), ("oracle", 0.004)):
        store.add_condition(condition := synthetic.condition(user))
        for p in range(5):
            lost = {"learning_curve_auc": math.nan}
            store.write(synthetic.record(condition, p, accuracy=0.8 + step * p, metrics=lost))
    found = simulated.chances(planned(store, "H1", effect=30.0), 6, 4, np.random.default_rng(0))
    assert [metric for metric, *_ in found.by_claim] == ["test_accuracy"]
    assert [metric for metric, *_ in found.left_out] == ["learning_curve_auc"]


def test_power_of_a_hypothesis_by_the_command(pilot: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["power", "--hypothesis", "H1"]) == 0
    printed = capsys.readouterr().out
    assert "H1, test_accuracy: 57 pairs find a difference of 0.5 standard deviations" in printed
    assert "with all 2 comparisons" in printed and "shared by the 3 claims" in printed
    few = ["--store", str(pilot.path), "--participants", "6", "--studies", "4"]
    assert main(["power", "--hypothesis", "H1", *few]) == 0
    printed = capsys.readouterr().out
    assert "With 6 participants, in 4 simulated studies" in printed and "all of them at once" in printed
    for wrong, sentence in (
        ([], "--effect: needed"),
        (["--hypothesis", "H99"], "There are: H1, "),
        (["--hypothesis", "H5", *few], "none of its comparisons"),
        (["--hypothesis", "H1", "--store", str(pilot.path), "--participants", "2"], "4 or more"),
    ):
        assert main(["power", *wrong]) == 2
        assert sentence in capsys.readouterr().err


def test_a_pilot_of_too_few_has_its_sentence(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0, "placebo": 0, "oracle": 0.0}, 3)
    with pytest.raises(UserError, match="3 participants are complete; a pilot takes 4"):
        planned(store, "H1", 2.0)
