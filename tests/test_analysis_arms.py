"""Arms beside each other: the best machine is chosen on validation data, and everything is paired against it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import condition, record

from analysis import arms, shipped
from analysis.figures.arms import arms as draw
from analysis.paired import Pairing
from analysis.results import NoData, Results
from analysis.tables import read
from hill_exp.config import compose
from hill_exp.record.store import Store

# arm: user, mean test accuracy, mean validation accuracy, the person's seconds
ARMS = {
    "plain": ("none", 0.80, 0.80, 0.0),
    "spreading": ("automatic", 0.90, 0.85, 0.0),  # better on the test set
    "svc": ("random", 0.88, 0.90, 0.0),  # better on the validation set: this one counts
    "moves": ("oracle", 0.93, 0.95, 1800.0),
}


def store(path: Path, participants: int = 6) -> Store:
    made = Store(path)
    made.open_for_writing()
    for arm, (user, test, validation, seconds) in ARMS.items():
        plain = condition(user)
        of = replace(plain, names={**plain.names, "arm": arm, "regime": "digits"})
        made.add_condition(of)
        for p in range(participants):
            own = {"validation_accuracy": validation, "person_seconds": seconds}
            made.write(record(of, p, test + 0.01 * p, own))
    return made


def test_the_best_machine_is_the_one_of_the_validation_set(tmp_path: Path) -> None:
    rows = arms.table(Pairing(read(store(tmp_path)).participants)).set_index("arm")
    assert rows.index[rows["best_machine"]].tolist() == ["svc"]
    assert rows.loc["moves", "over_machine"] == pytest.approx(0.05)
    assert rows.loc["moves", "over_plain"] == pytest.approx(0.13)
    assert rows.loc["spreading", "over_machine"] == pytest.approx(0.02)
    assert np.isnan(rows.loc["svc", "over_machine"]) and np.isnan(rows.loc["plain", "over_plain"])
    assert rows.loc["moves", "person_seconds"] == 1800 and rows.loc["moves", "n"] == 6
    assert set(rows["regime"]) == {"digits"} and list(rows.reset_index()[list(arms.COLUMNS)]) == list(arms.COLUMNS)


def test_a_store_without_arms_has_no_table_and_no_figure(tmp_path: Path) -> None:
    made = Store(tmp_path)
    made.open_for_writing()
    made.add_condition(of := condition("none"))
    made.write(record(of, 0))
    tables = read(made)
    assert arms.table(Pairing(tables.participants)).empty
    with pytest.raises(NoData, match="experiment=best_machine"):
        draw(Results(made, tables, [], tables.participants))


def test_the_figure_names_the_machine_and_every_arm(tmp_path: Path) -> None:
    made = store(tmp_path)
    tables = read(made)
    left, right = draw(Results(made, tables, [], tables.participants)).axes
    assert "(svc)" in right.get_title("left") and "plain" in left.get_title("left")
    assert [label.get_text() for label in left.get_yticklabels()] == ["moves", "spreading", "svc", "plain"]
    assert [text.get_text().split(", ")[-1] for text in right.texts] == ["1,800 s", "alone", "alone", "alone"]


def test_what_an_arm_is_shipped_with_is_what_was_chosen_for_it_in_its_regime() -> None:
    names = {"dataset": "digits", "encoder": "none", "model": "mlp", "user": "active", "schedule": "regular"}
    for arm in ("naming", "naming_biased"):
        cfg, _ = compose.composed(f"arm={arm}", "regime=digits")
        stated = shipped.settings({**names, "regime": "digits", "arm": arm})
        assert stated["user.weight"] == cfg["user"]["weight"] != 1.0
        assert stated["training.learning_rate"] == cfg["training"]["learning_rate"] != 0.003
    assert stated["user.conflation.strength"] == 1.0
    assert shipped.settings({**names, "arm": "naming"})["user.weight"] == 1.0  # in no regime
