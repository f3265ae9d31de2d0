"""What was stated beforehand: its place, what may not change its verdict, and what its estimands let win and lose."""

from __future__ import annotations

import dataclasses
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import synthetic
import yaml

from analysis import hypotheses, shipped, stats, tables
from analysis.claims import CLAIMS, AtLeast
from analysis.hypotheses import Hypothesis, Role, judged
from analysis.paired import Pairing
from hill_exp.config.compose import composed
from hill_exp.config.groups import CHOICES, FOR_A_PERSON, SETTINGS
from hill_exp.record.condition import flatten
from hill_exp.record.store import Store


def stated(*names: str) -> list[Hypothesis]:
    return [h for h in hypotheses.load() if h.name in names]


def confirmatory(store: Store, *names: str) -> pd.DataFrame:
    """Their claims, by hypothesis."""
    rows = hypotheses.evaluate(stated(*names), tables.read(store))
    return judged(rows, Role.CONFIRMATORY).set_index("hypothesis")


def write(
    store: Store, user: str, participants: int, metrics: Callable[[int], dict[str, float]], **choices: Any
) -> None:
    """Records with these metrics, of participant p."""
    store.open_for_writing()
    of = synthetic.condition(user, **choices)
    store.add_condition(of)
    for p in range(participants):
        given = metrics(p)
        store.write(synthetic.record(of, p, given["test_accuracy"], metrics=given))


# --- the cell, and all else ------------------------------------------------------------------------------------------

ELSEWHERE: list[dict[str, Any]] = [
    {"dataset__labelled": 0.6},
    {"dataset__label_noise": 0.4},
    {"teacher": "triplet"},
    {"teacher": "triplet", "teacher__weight": 3.0},
    {"teacher__weight": 3.0},
    {"teacher": "annotation", "teacher__weight": 0.3},
    {"projection": "pca"},
    {"projection": "scrambled", "projection__of__neighbours": 30},
    {"dataset": "photos"},
    {"training__epochs": 20},
    {"user__strategy": "pile"},
    {"user__conflation__strength": 0.75},
    {"user__conflation__strength": 0.1, "dataset__labelled": 0.6},
    {"seed": 7},
    {"seed": 100, "teacher__weight": 0.3},
    {"model__latent": 8},
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the cell of every hypothesis on simulated people that needs no coloured data, and little else."""
    path = tmp_path_factory.mktemp("whole")
    for teacher, oracle, biased in (("contrastive", 0.07, -0.02), ("annotation", 0.075, -0.15)):
        people = {"none": 0, "placebo": 0.01, "oracle": oracle, "noisy": 0.03, "biased": biased, "conflating": biased}
        synthetic.study(path, people, 8, rng=1, teacher=teacher)
    synthetic.study(path, {"blind_oracle": 0.08}, 8, rng=1)
    synthetic.study(path, {"none": 0, "oracle": 0, "blind_oracle": 0.08}, 8, rng=1, projection="scrambled")
    for strength in (0.0, 0.25, 0.5):
        synthetic.study(path, {"conflating": 0.07 - 0.09 * strength}, 8, rng=1, user__conflation__strength=strength)
    return path


@pytest.mark.parametrize("draw", range(5))
def test_what_else_lies_in_a_store_changes_no_confirmatory_verdict(whole: Path, tmp_path: Path, draw: int) -> None:
    store = Store(tmp_path / "store")
    shutil.copytree(whole, store.path)
    names = [h.name for h in hypotheses.load()]
    before = confirmatory(store, *names)
    assert set(before.loc[before["verdict"] == "not tested"].index) == {
        "H4-colour", "H6", "H2-reserve", "H8", "H8-photographs", "H9", "H9-photographs", "H1-texts", "H7-texts",
        "H8-texts", "H9-texts",
    }  # fmt: skip
    rng = np.random.default_rng(draw)
    users = [*synthetic.REPLICATION, "conflating", "blind_oracle", "stereotyping"]
    for k in rng.permutation(len(ELSEWHERE))[:4]:
        choices = dict(ELSEWHERE[k])
        seed = choices.pop("seed", 0)
        for user in rng.permutation(users)[:3]:
            if user in ("none", "placebo") and any(key.startswith("user__") for key in choices):
                continue
            of = synthetic.condition(str(user), **choices)
            store.add_condition(of)
            for p in range(int(rng.integers(2, 12))):
                if store.read(of.content, seed, p) is None:  # plain training is the same under every teacher
                    store.write(synthetic.record(of, p, float(rng.uniform(0.3, 0.9)), seed=seed))
    after = confirmatory(store, *names)
    pd.testing.assert_frame_equal(before, after)


def test_a_family_is_as_large_as_the_files_state(tmp_path: Path) -> None:
    """H1 has two tests in its family, one of which cannot be made here."""
    store = Store(tmp_path)
    draw = np.random.default_rng(0)
    for user, gain in (("none", 0.0), ("placebo", 0.0), ("oracle", 0.03)):
        measured = [{"test_accuracy": 0.8 + draw.normal(gain, 0.02), "learning_curve_auc": math.nan} for _ in range(8)]
        write(store, user, 8, measured.__getitem__)
    rows = hypotheses.evaluate(stated("H1"), tables.read(store))
    accuracy, curve = judged(rows, Role.CONFIRMATORY).to_dict("records")
    assert curve["verdict"] == "not tested" and "was not measured" in curve["notes"]
    assert accuracy["p_adjusted"] == pytest.approx(2 * accuracy["p"])


def test_seeds_of_tuning_never_join(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0.0, "placebo": 0.0, "oracle": 0.03}, 8)
    before = confirmatory(store, "H1")
    for user in ("none", "placebo", "oracle"):
        for p in range(8):
            store.write(synthetic.record(synthetic.condition(user), p, 0.9 if user == "oracle" else 0.5, seed=101))
    pd.testing.assert_frame_equal(before, confirmatory(store, "H1"))
    rows = judged(hypotheses.evaluate(stated("H1"), tables.read(store)), Role.EXPLORATORY)
    accuracy = rows[rows["metric"] == "test_accuracy"].iloc[0]
    assert (accuracy["seeds"], accuracy["setting"], accuracy["n"]) == ("101", "seed=101", 8)


def test_where_nothing_was_stated_all_is_exploratory(tmp_path: Path) -> None:
    store = synthetic.study(tmp_path, {"none": 0.0, "placebo": 0.0, "oracle": 0.07}, 8, dataset__labelled=0.6)
    rows = judged(hypotheses.evaluate(stated("H1"), tables.read(store)))
    first = rows[rows["metric"] == "test_accuracy"]
    assert first["role"].tolist() == ["confirmatory", "exploratory"]
    assert first["verdict"].tolist() == ["not tested", "supported"]
    assert "oracle is not in the store (digits, seed 0)" in first["notes"].iloc[0]


@pytest.mark.parametrize(
    "given", [["+user=biased"], ["+user=automatic", "teacher=annotation", "projection=scrambled", "schedule=early"]]
)
def test_the_shipped_configuration_is_what_hydra_makes_of_it(given: list[str]) -> None:
    config, names = composed(*given)
    asked = flatten({group: config[group] for group in SETTINGS})
    assert shipped.settings(names) == dict(asked)
    assert {shipped.default(group) for group in CHOICES if group in FOR_A_PERSON} == {"umap", "contrastive", "regular"}


def test_a_teacher_is_matched_by_its_own_settings_and_not_by_a_number(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for teacher in ("contrastive", "annotation"):
        for weight in (0.3, 1.0, 3.0):
            synthetic.study(tmp_path, {"oracle": 0.0}, 4, teacher=teacher, teacher__weight=weight)
    pairing = Pairing(tables.participants(store))
    tuned = synthetic.condition("oracle", teacher="annotation").id
    for weight in (0.3, 1.0, 3.0):
        heavy = synthetic.condition("oracle", teacher__weight=weight).id
        assert pairing.match(heavy, {"teacher": "annotation"}) == tuned
    (row,) = confirmatory(store, "H5-cost").to_dict("records")
    assert (row["condition"], row["n"]) == (synthetic.condition("oracle").id, 4)
    of_tuned = next(c for c in store.conditions() if c.id == tuned)
    for p in range(4):
        store.record_path(of_tuned.content, 0, p).unlink()
    (row,) = confirmatory(store, "H5-cost").to_dict("records")
    assert (row["verdict"], row["n"]) == ("not tested", 0)  # no other weight stands in for it


def test_the_verdict_is_that_of_the_interval_shown(whole: Path, tmp_path: Path) -> None:
    """Whatever was corrected, of claims and parts, confirmatory and exploratory."""
    shutil.copytree(whole, tmp_path / "store")
    people = {"none": 0.0, "placebo": 0.0, "oracle": -0.03, "noisy": 0.02}
    store = synthetic.study(tmp_path / "store", people, 8, dataset__labelled=0.4)
    synthetic.study(tmp_path / "store", {**people, "oracle": -0.1}, 8, dataset__labelled=0.6)
    rows = hypotheses.evaluate(hypotheses.load(), tables.read(store))
    tested = rows[rows["finding"] != "not tested"].to_dict("records")
    assert {row["verdict"] for row in tested} == {"supported", "not supported", "inconclusive"}
    assert len({row["level"] for row in tested}) > 3
    for row in tested:
        claim = CLAIMS[row["claim"]](row["margin"])
        low, high = row["ci_low"], row["ci_high"]
        beyond = any(high < null if a == "less" else low > null for null, a in claim.contrary)
        if row["verdict"] == "not supported":
            assert beyond, row
        else:
            inside = claim.region[0] < low and high < claim.region[1]
            assert inside == (row["verdict"] == "supported"), row


def test_arms_differ_in_person_teacher_and_training_but_not_in_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An arm is a person with the settings that are its own."""
    conf = tmp_path / "conf"
    shutil.copytree(shipped.CONF, conf)
    (conf / "arm").mkdir(exist_ok=True)
    arms = {
        "moves": {"teacher": {"weight": 3.0}, "training": {"epochs": 40}},
        "naming": {"teacher": {"weight": 0.3}, "training": {"epochs": 20}},
    }
    for name, content in arms.items():
        (conf / "arm" / f"{name}.yaml").write_text(
            yaml.safe_dump({"defaults": [{"override /teacher": "x"}], **content})
        )
    monkeypatch.setattr(shipped, "CONF", conf)
    shipped._settings.cache_clear()
    store = Store(tmp_path / "store")
    of = {
        "moves": ("oracle", {"teacher": "triplet", "teacher__weight": 3.0, "training__epochs": 40}),
        "naming": ("blind_oracle", {"teacher": "annotation", "teacher__weight": 0.3, "training__epochs": 20}),
    }
    for name, (user, choices) in of.items():
        synthetic.study(store.path, {user: 0.07 if name == "moves" else 0.0}, 8, **choices)
    synthetic.study(store.path, {"oracle": 0.2}, 8)  # no arm
    synthetic.study(store.path, {"oracle": 0.2}, 8, **of["moves"][1], dataset__labelled=0.6)  # other data
    arm_of = {synthetic.condition(user, **choices).id: name for name, (user, choices) in of.items()}
    arm_of[synthetic.condition("oracle", **of["moves"][1], dataset__labelled=0.6).id] = "moves"
    read = tables.read(store)
    h = Hypothesis.model_validate(
        {
            "name": "H", "sentence": "It is so.", "family": "f", "alpha": 0.025, "user": "*",
            "choice": {"group": "arm", "name": "moves", "over": "naming"},
            "tests": [{"metric": "test_accuracy", "claim": "higher", "margin": 0.01}],
        }
    )  # fmt: skip
    (without,) = hypotheses.evaluate([h], read).to_dict("records")
    assert without["verdict"] == "not tested"
    table = read.participants.assign(arm=read.participants["condition"].astype(str).map(arm_of))
    (row,) = hypotheses.evaluate([h], dataclasses.replace(read, participants=table)).to_dict("records")
    assert (row["contrast"], row["verdict"], row["n"], row["role"]) == (
        "moves - naming",
        "supported",
        8,
        "confirmatory",
    )
    assert row["ci_low"] < 0.07 < row["ci_high"]
    shipped._settings.cache_clear()


# --- what can be won and lost ----------------------------------------------------------------------------------------


def _measured(draw: np.random.Generator, accuracy: float, canvas: float) -> dict[str, float]:
    noise = draw.normal(0, 0.006)
    return {
        "test_accuracy": accuracy + noise,
        "train_accuracy": canvas + draw.normal(0, 0.004),
        "shifted_accuracy": accuracy - 0.2 + noise + draw.normal(0, 0.006),
        "test_loss": 2 * (1 - accuracy) + draw.normal(0, 0.02),
        "calibration_error": 0.08 + 0.1 * (accuracy - 0.8),
    }


def _taught(path: Path, accuracy: float, canvas: float, annotated: float, user: str = "oracle") -> Store:
    """A person who comes to these accuracies, on the test set and on the canvas, beside none, the sham, and annotation
    by the same person, whose canvas is right and whose test accuracy is `annotated`."""
    store, draw = Store(path), np.random.default_rng(0)
    arms = [
        ("none", 0.860, 0.93, "contrastive"),
        ("placebo", 0.870, 0.94, "contrastive"),
        (user, accuracy, canvas, "contrastive"),
        (user, annotated, 1.0, "annotation"),
    ]
    for name, test, train, teacher in arms:
        write(store, name, 24, lambda _, test=test, train=train: _measured(draw, test, train), teacher=teacher)  # type: ignore[misc]
    return store


def test_training_with_all_true_labels_generalizes(tmp_path: Path) -> None:
    """Its gap to the canvas opens by 0.05 over none, where all of the canvas is known: that is no harm."""
    store = _taught(tmp_path, accuracy=0.945, canvas=1.0, annotated=0.945)
    rows = confirmatory(store, "H2", "H2-gap")
    assert rows["verdict"].to_dict() == {"H2": "supported", "H2-gap": "supported"}


def test_a_noisy_annotator_who_harms_does_not(tmp_path: Path) -> None:
    """Its gap is that of none to 0.002: that is no generalization."""
    store = _taught(tmp_path, accuracy=0.620, canvas=0.692, annotated=0.60, user="noisy")
    shipped_ones = stated("H2", "H2-gap")
    noisy = [h.model_copy(update={"user": ("noisy",)}) for h in shipped_ones]
    rows = judged(hypotheses.evaluate(noisy, tables.read(store)), Role.CONFIRMATORY).set_index("hypothesis")
    assert [*rows["verdict"].items()] == [("H2", "not supported"), ("H2-gap", "not supported")]
    assert rows.loc["H2", "finding"] == "the other way"


def test_a_teacher_that_does_not_listen_is_not_robust(tmp_path: Path) -> None:
    """Its records are those of plain training: a biased person costs it nothing, and annotation 0.2."""
    store = Store(tmp_path)
    levels = np.random.default_rng(0).normal(0.86, 0.02, 16)
    gains = {("oracle", "annotation"): 0.09, ("conflating", "annotation"): -0.11}
    for teacher in ("contrastive", "annotation"):
        for user in ("none", "placebo", "oracle", "conflating"):
            draw, gain = (
                np.random.default_rng(len(user + teacher) + (user == "conflating")),
                gains.get((user, teacher), 0.0),
            )
            of_gain = [draw.normal(gain, 0.01) if gain else 0.0 for _ in levels]
            write(store, user, 16, lambda p, g=of_gain: {"test_accuracy": levels[p] + g[p]}, teacher=teacher)  # type: ignore[misc]
    rows = hypotheses.evaluate(stated("H5"), tables.read(store))
    (claim,) = judged(rows, Role.CONFIRMATORY).to_dict("records")
    assert claim["verdict"] == "not supported"
    parts = rows[(rows["role"] == "confirmatory") & (rows["part"] == "part")].set_index("contrast")["verdict"]
    assert parts.to_dict() == {
        "conflating - oracle: contrastive - annotation": "supported",
        "contrastive - annotation (oracle)": "not supported",
        "oracle - none": "not supported",
        "oracle - placebo": "not supported",
    }


@pytest.mark.parametrize(("reached", "tested"), [(math.nan, False), (9.0, False), (31.0, True)])
def test_a_target_that_ties_the_pairs_decides_nothing(tmp_path: Path, reached: float, tested: bool) -> None:
    """Reached by nobody, or by everybody before the first turn; or by the oracle alone."""
    store = Store(tmp_path)
    for user in ("none", "placebo", "oracle"):
        epochs = [reached if user == "oracle" or reached == 9 else math.nan] * 12
        epochs = [e + (p % 3) * (reached > 9) for p, e in enumerate(epochs)]
        write(store, user, 12, lambda p, e=epochs: {"test_accuracy": 0.8 + 0.001 * p, "epochs_to_target": e[p]})  # type: ignore[misc]
    rows = judged(hypotheses.evaluate(stated("H1"), tables.read(store)))
    row = rows[rows["metric"] == "epochs_to_target"].iloc[0]
    assert row["role"] == "exploratory"
    assert "a target of 0.85 within 60 epochs, never reached in" in row["notes"]
    assert row["verdict"] == ("supported" if tested else "not tested")
    assert ("are tied" in row["notes"]) != tested


# --- missing records -------------------------------------------------------------------------------------------------


def _failing(path: Path, lost: int, gain: float = 0.06, failing: str = "oracle") -> pd.Series:
    store = synthetic.study(path, {"none": 0.0, "placebo": 0.0, "oracle": gain}, participants=24)
    for p in range(lost):
        store.write(synthetic.failed(synthetic.condition(failing), p))
    rows = hypotheses.evaluate(stated("H1"), tables.read(store))
    return rows[(rows["contrast"] == "oracle - none") & (rows["metric"] == "test_accuracy")].iloc[0]


def test_supported_is_what_survives_the_worst_case(tmp_path: Path) -> None:
    whole, one, three = (_failing(tmp_path / str(lost), lost) for lost in (0, 1, 3))
    assert (whole["verdict"], one["verdict"], three["verdict"]) == ("supported", "supported", "inconclusive")
    assert (whole["missing"], one["missing"], three["missing"]) == (0, 1, 3)
    assert "hold whatever they would have been (without them p =" in one["notes"]
    assert one["p"] > whole["p"] and three["ci_low"] < 0 < three["estimate"]
    seven = _failing(tmp_path / "7", 7)
    assert "failed more often" in seven["notes"] and "failed more often" not in three["notes"]


def test_the_worst_case_by_hand(tmp_path: Path) -> None:
    """The one who failed under the oracle had an accuracy of 0 there at worst, and of 1 at best."""
    store = synthetic.study(tmp_path, {"none": 0.0, "oracle": 0.06}, participants=10)
    none = tables.participants(store).query("user == 'none'").set_index("participant")["test_accuracy"]
    store.write(synthetic.failed(synthetic.condition("oracle"), 4))
    pairing = Pairing(tables.participants(store))
    weights = {synthetic.condition("oracle").id: 1.0, synthetic.condition("none").id: -1.0}
    pairs = pairing.combine(pairing.metric("test_accuracy"), weights, limits=(0, 1))
    total = pairs.differences.sum()
    expected = [(total + end - none[4]) / 10 - total / 9 for end in (0, 1)]
    assert pairs.shift == pytest.approx(tuple(expected))
    assert pairs.failures == 1.0
    assert math.isinf(pairing.combine(pairing.metric("test_accuracy"), weights).shift[0])  # without limits


def test_losses_that_hang_on_what_is_lost_do_not_make_a_gain() -> None:
    """No difference, and who is worse off fails: complete pairs alone would have it supported."""
    rng, naive, bounded = np.random.default_rng(0), 0, 0
    for _ in range(100):
        d = rng.normal(0, 0.02, 24)
        kept = rng.random(24) > np.where(d < 0, 0.4, 0.0)
        shift = (float(np.where(kept, d, -0.86).mean() - d[kept].mean()), 0.0)
        naive += stats.paired_test(d[kept], AtLeast(0.001), 0.025).p < 0.025
        bounded += stats.paired_test(d[kept], AtLeast(0.001), 0.025, shift).p < 0.025
    assert naive > 20 and bounded < 3
