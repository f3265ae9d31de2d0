"""The predictive check: people like the fitted ones do what was done, and those who are otherwise do not."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from persons import person
from rehearsal import rehearse
from synthetic import condition

from analysis.people import checking, predictive
from analysis.people.course import Course
from analysis.people.estimation import Fitted, fit
from analysis.people.likeness import like
from analysis.people.predictive import Check, Turn, check
from analysis.people.profile_likelihood import Estimate
from hill_exp import exit_status
from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.types import Gesture

CLASSES = tuple("0123456789")
DEPARTURES: dict[str, Any] = {
    "rationality": 2.0, "knowledge": {"error": 0.1}, "slips": 0.05, "motor": {"constant": 0.08}, "anchoring": 0.2,
}  # fmt: skip


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictive, "DRAWS", 20)


def course(seed: int = 0, **departures: Any) -> Course:
    one = person("blind_oracle", **departures)
    return Course.of(rehearse(one, np.random.default_rng([1, seed]), turns=3), CLASSES, one.piles)


def checked(of: Course, fitted: Fitted, looking: bool = False) -> dict[str, Check]:
    return check([of], fitted, "pile", looking, np.random.default_rng(0))


def test_people_like_the_fitted_one_do_what_it_did() -> None:
    checks = checked(one := course(**DEPARTURES), fit([one]))
    assert min(each.p for each in checks.values()) > 0.01
    assert 0 < checks["misfiled"].observed < 0.5 and checks["drag_length"].observed > 0.5
    again = checked(one, fit([one]))
    assert again == checks, "all chance comes from the generator"


def other(fitted: Fitted, **values: float) -> Fitted:
    """The same but for some parameters."""
    changed = {name: Estimate(value, value, value, 100) for name, value in values.items()}
    return fitted._replace(estimates={**fitted.estimates, **changed})


@pytest.mark.parametrize(
    ("parameters", "measure"),
    [
        ({"slips": 0.6}, "misfiled"),
        ({"anchoring": 0.9}, "drag_length"),
        ({"rationality": np.inf}, "same_points"),
        ({"tools.look": 30.0}, "seconds"),
    ],
)
def test_people_who_are_otherwise_do_otherwise(parameters: dict[str, float], measure: str) -> None:
    one = course(knowledge={"error": 0.1}, rationality=0.5)
    found = checked(one, other(fit([one]), **parameters), looking=True)[measure]
    assert found.p < 0.05 and not found.low <= found.observed <= found.high


def test_the_measures_by_hand() -> None:
    view = replace(course().views[0], predicted=course().views[0].recognised)
    a, b, c, d = [int(np.flatnonzero(view.recognised == k // 2)[k % 2]) for k in range(4)]  # two of each of two classes
    drops = np.array([[0.0, 0.0], [9.0, 0.1], [9.0, 0.0], [9.0, 0.2]])
    turn = Turn(view, [Gesture(np.array([a, b, c, d]), drops, 8.0)], 8.0)
    measures = predictive._measures([turn])
    assert measures["wrong_share"] == 0 and measures["seconds"] == 2
    lengths = np.linalg.norm(drops - view.positions[[a, b, c, d]], axis=1)
    assert measures["drag_length"] == pytest.approx(lengths.mean())
    assert measures["drag_spread"] == pytest.approx(lengths.std())
    order = view.confidence[d] - view.confidence[a]
    assert measures["order"] == pytest.approx(order)
    # the middle of the first class lies between its two points; the second of them is nearer to the other class
    assert measures["misfiled"] == 0.25
    half = Turn(view, [Gesture(np.array([a, b]), drops[:2], 1.0)], 1.0)
    assert predictive._overlap(0, [[turn], [half], [turn]]) == pytest.approx((0.5 + 1) / 2)
    assert predictive._overlap(1, [[turn], [half], [turn]]) == pytest.approx(0.5)


def test_a_person_is_made_of_its_estimates_and_its_biases() -> None:
    one = course(attention={"classes": [3], "strength": 0.9}, rationality=2.0)
    fitted = fit([one])
    made = like(fitted, one.piles, "rescue")
    assert made.strategy == {"rescue": 1.0} and made.piles == one.piles
    assert made.rationality == fitted.estimates["rationality"].value and made.slips == fitted.estimates["slips"].value
    assert made.attention.classes == ("3",) and made.attention.strength == fitted.neglected["3"].value


def test_the_command_prints_people_measures_and_the_effect_on_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store, real, crowd = Store(tmp_path), condition("human"), condition("crowd")
    store.open_for_writing()
    for of, accuracy in ((real, 0.8), (crowd, 0.7)):
        store.add_condition(of)
        for p in range(2):
            kept = rehearse(person("blind_oracle"), np.random.default_rng([2, p]), turns=2)
            metrics = {"test_accuracy": accuracy + p / 100, "embedding_response": np.nan}
            about = {"code": f"P{p}"} if of is real else {}
            record = Record(of.content, 0, p, "done", classes=CLASSES, trace=kept, metrics=metrics, person=about)
            store.write(record)
        monkeypatch.setattr(sys, "argv", ["check", "--store", str(tmp_path)])
        assert exit_status.of(checking.main) == 0
        printed = capsys.readouterr().out
        assert [line.split()[:2] for line in printed.splitlines() if line.startswith("P1 ")] == [
            ["P1", name] for name in predictive.MEASURES
        ]
        if of is real:
            assert "No simulated person has taken the chair" in printed
    line = next(line for line in printed.splitlines() if "test_accuracy" in line)
    assert line.split() == ["test_accuracy", "0.805", "0.705", "+0.1", "[0.1,", "0.1]"]
    assert "embedding_response" not in printed
