"""Settings of arms, chosen on validation data: as many trials, and the same students, for each."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

from hill_exp import tune
from hill_exp.config import compose
from hill_exp.record.store import Store
from hill_exp.types import UserError

SPACE = {"training.learning_rate": {"low": 0.001, "high": 0.1}, "training.batch_size": [20, 40]}
TINY = ("dataset.canvas_points=60", "dataset.validation_points=30", "dataset.test_points=40", "training.epochs=4",
        "model.latent=4", "projection=pca", "schedule.turns=1", "schedule.warmup=1", "workers=1")  # fmt: skip


def test_the_first_trial_is_the_configuration_and_the_others_fill_the_space() -> None:
    first, *others = tune.draws(SPACE, trials=9, seed=1)
    assert first == {}
    assert Counter(trial["training.batch_size"] for trial in others) == {20: 4, 40: 4}
    rates = sorted(trial["training.learning_rate"] for trial in others)
    assert all(10 ** (-3 + i / 4) * 0.99 <= rate <= 10 ** (-3 + (i + 1) / 4) * 1.01 for i, rate in enumerate(rates))


def test_every_arm_has_the_same_students_to_choose_from() -> None:
    alone = tune.draws(SPACE, 7, seed=1)
    more = tune.draws({"teacher.weight": {"low": 0.1, "high": 10}, **SPACE}, 7, seed=1)
    assert [{key: trial[key] for key in SPACE if trial} for trial in more] == alone
    assert tune.draws(SPACE, 7, seed=2) != alone


def test_every_arm_of_the_search_can_be_run() -> None:
    space = yaml.safe_load(tune.SPACE.read_text(encoding="utf-8"))
    assert set(space["arms"]) <= set(compose.choices("arm"))
    for arm, own in space["arms"].items():
        for key in {**space["student"], **own}:
            group, _, name = key.partition(".")
            compose.composed(f"arm={arm}", "regime=digits", f"{group}.{name}=null")


def run(arguments: list[str], patch: pytest.MonkeyPatch) -> int:
    patch.setattr(sys, "argv", ["tune", *arguments])
    return tune.main()


def test_the_best_on_validation_data_is_written_and_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    space = tmp_path / "space.yaml"
    space.write_text(yaml.safe_dump({"student": {"training.learning_rate": [1e-6, 0.01]}, "arms": {"plain": {}}}))
    monkeypatch.setattr(tune, "SPACE", space)
    options = ["--trials", "3", "--participants", "2", "--store", str(tmp_path / "s"), "--write", str(tmp_path)]
    assert run(["plain", *options, *TINY], monkeypatch) == 0
    text = (tmp_path / "digits" / "plain.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text) == {"training": {"learning_rate": 0.01}} or yaml.safe_load(text) == {}
    assert "of 3 trials" in text and "seed 101" in text and "python -m hill_exp.tune plain" in text
    accuracy = float(text.partition("accuracy ")[2].split()[0])
    store = Store(tmp_path / "s")
    means = [
        sum(record.metrics["validation_accuracy"] for record in store.records(content)) / 2
        for content in {condition.content for condition in store.conditions()}
    ]
    assert len(means) == 3 and max(means) == pytest.approx(accuracy, abs=1e-4)
    capsys.readouterr()
    assert run(["plain", *options, *TINY], monkeypatch) == 0  # once more: all is in the store
    assert "to run" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nobody"], "ARM: there is no 'nobody'. Allowed: "),
        (["plain", "--trials", "0"], "--trials 0: must be at least 1"),
        (["plain", "training.epoch=3"], "there is no 'epoch'"),
        (["plain", "--regime", "moon"], "regime: there is no 'moon'"),
    ],
)
def test_what_cannot_be_tuned_is_said(
    arguments: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=sentence.replace(".", r"\.")):
        run([*arguments, "--store", str(tmp_path)], monkeypatch)
