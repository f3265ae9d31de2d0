"""Every choice of every group learns; every experiment composes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from conftest import condition_of, marks
from persons import NAMERS
from scipy.stats import binom

from hill_exp.config import Choice, build, compose
from hill_exp.record.store import Record
from hill_exp.study.check import check
from hill_exp.study.job import participate
from hill_exp.types import UserError

CONF = Path(__file__).parents[1] / "conf"
REGIMES = ("photographs",)  # files of experiment/ that others build on, and that are a single condition by themselves

LESSONS = [
    "dataset.canvas_points=80",
    "dataset.validation_points=30",
    "dataset.test_points=300",
    "dataset.labelled=0.5",
    "training.epochs=12",
    "training.batch_size=40",
    "schedule.warmup=2",
    "schedule.turns=3",
    "schedule.budget.points=12",
]
RUNS = [
    *(f"model={name}" for name in compose.choices("model")),
    *(f"projection={name}" for name in compose.choices("projection")),
    *(f"teacher={name}" for name in compose.choices("teacher")),
    *(f"schedule={name}" for name in compose.choices("schedule")),
    *(f"+user={name}" for name in compose.choices("user") if name not in ("custom", "human", "measured", "replay")),
    "dataset.colour.train=0.9",
]
SLOW = {"model=resnet18": "training.epochs=20"}  # its batch norm has to settle before it tells test images apart
MISTAKEN = 1e-6  # probability that a guesser passes for a learner under any of the choices


def most_by_chance(record: Record) -> float:
    """The test accuracy that a guesser, who does not look at the image, exceeds with probability MISTAKEN / len(RUNS).

    Whatever class it names, it is right on at most the share of the most frequent class, so its hits are at best
    binomial with that share. (The labels are a fixed number of each class, so that they vary less than that.)
    """
    counts = [row["count"] for row in record.groups if row["kind"] == "class"]
    return float(binom.isf(MISTAKEN / len(RUNS), sum(counts), max(counts) / sum(counts)) / sum(counts))


@pytest.mark.parametrize(
    "choice",
    [pytest.param(run, marks=[*marks(run.rpartition("=")[2]), *[pytest.mark.slow] * (run in SLOW)]) for run in RUNS],
)
def test_every_choice_learns(choice: str) -> None:
    """Those that harm learn as well, only less: most of what is trained on are observed labels."""
    user = [] if choice.startswith("+user") else ["+user=oracle"]
    projection = [] if choice.startswith("projection") else ["projection=pca"]
    soon = "schedule.patience=1" if choice == "schedule=plateau" else "schedule.every=2"
    longer = [SLOW[choice]] if choice in SLOW else []
    record = participate(condition_of(*user, *projection, choice, *LESSONS, soon, *longer), 0, 0, lambda *_: None)
    assert record.metrics["test_accuracy"] > most_by_chance(record)
    if choice.removeprefix("+user=") in NAMERS:
        assert record.metrics["points_named"] > 0 or choice == "+user=self_training"  # as yet it is sure of nothing
    elif choice != "+user=none":
        assert record.trace.layout.shape[1:] == (80, 2)
        assert record.metrics["points_handled"] <= 12 * len(record.turns["turn"])
        # In a scrambled picture there is next to nothing to go by.
        assert record.metrics["points_handled"] > 0 or choice == "projection=scrambled"
    if choice == "dataset.colour.train=0.9":
        assert {"worst_group_accuracy", "worst_alignment_accuracy", "bias_amplification"} <= set(record.metrics)
        assert {row["kind"] for row in record.groups} == {"class", "colour", "alignment"}


def test_one_who_learns_nothing_is_no_better_than_chance() -> None:
    """The bound tells a learner from a network that has its initial weights, and from one that gives one class."""
    record = participate(condition_of("+user=none", *LESSONS, "training.learning_rate=1e-9"), 0, 0, lambda *_: None)
    assert max(record.metrics["test_accuracy"], 30 / 300) < most_by_chance(record) < 0.25


@pytest.mark.parametrize("name", compose.choices("tuned"))
def test_tuned_settings_are_put_in_with_their_teacher(name: str) -> None:
    node = yaml.safe_load((CONF / "tuned" / f"{name}.yaml").read_text(encoding="utf-8"))
    condition = condition_of("+user=oracle", f"+tuned={name}")
    assert condition.names["teacher"] == node["defaults"][0]["override /teacher"]
    assert condition.columns()["teacher.weight"] == node["teacher"]["weight"]


@pytest.mark.parametrize("name", sorted(path.stem for path in (CONF / "experiment").glob("*.yaml")))
def test_every_experiment_composes_and_leaves_the_user_to_its_sweep(name: str) -> None:
    text = (CONF / "experiment" / f"{name}.yaml").read_text(encoding="utf-8")
    assert "user" not in yaml.safe_load(text)
    cfg = compose.with_hydra("+user=oracle", f"experiment={name}")
    if name not in REGIMES:
        assert cfg.hydra.mode.name == "MULTIRUN" and {"+user", "arm"} & set(cfg.hydra.sweeper.params)


@pytest.mark.parametrize("name", compose.choices("arm"))
def test_an_arm_seats_a_person_and_names_the_condition(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = ["user.knowledge.labels=labels.csv"] if name.endswith("measured") else []
    if labels:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "labels.csv").write_text("image,person_1\n0,0\n1,1\n", encoding="utf-8")
    cfg, choices = compose.composed(f"arm={name}", "regime=digits", *labels)
    condition = check({group: choice or "" for group, choice in choices.items()}, cfg, "cpu")
    assert condition.label == f"digits-{name}"
    assert condition.columns()["arm"] == name and condition.columns()["regime"] == "digits"


def test_an_arm_with_the_settings_of_another_has_them() -> None:
    columns = [
        check({g: c or "" for g, c in choices.items()}, cfg, "cpu").columns()
        for cfg, choices in (compose.composed(f"arm={arm}", "regime=digits") for arm in ("naming", "naming_biased"))
    ]
    of_naming = yaml.safe_load((CONF / "tuned" / "arm" / "digits" / "naming.yaml").read_text(encoding="utf-8"))
    assert columns[0]["user.weight"] == columns[1]["user.weight"] == of_naming["user"]["weight"]
    assert columns[0]["user.conflation.strength"] != columns[1]["user.conflation.strength"]


def test_schedules_ask_for_the_same_effort() -> None:
    """experiment=timing compares when a person is asked, not how much."""
    for name in compose.choices("schedule"):
        schedule = build(compose.settings("schedule", name, "schedule"), "schedule")
        assert schedule.turns * schedule.budget.seconds == 1800
        assert schedule.budget.points is None and schedule.budget.gestures is None


def test_a_turn_comes_when_the_schedule_says() -> None:
    def turns(name: str, losses: list[float], **changes: object) -> list[int]:
        node = yaml.safe_load((CONF / "schedule" / f"{name}.yaml").read_text(encoding="utf-8"))
        schedule, taken = build({**node, **changes}, "schedule"), list[int]()
        for epoch in range(len(losses) + 1):
            if schedule.is_turn(taken, losses[:epoch]):
                taken.append(epoch)
        return taken

    assert turns("regular", [1.0] * 12, warmup=2, every=4, turns=2) == [2, 6]
    assert turns("regular", [1.0] * 12, warmup=0, every=5, turns=9) == [0, 5, 10]
    falling, stalled = [1.0, 0.9, 0.8, 0.7, 0.6], [0.6, 0.6, 0.6]
    plateau = {"warmup": 1, "patience": 2, "improvement": 0.01, "turns": 5}
    assert turns("plateau", falling, **plateau) == [1]
    assert turns("plateau", falling + stalled, **plateau) == [1, 7]


class Knob(Choice):
    size: int


def test_a_choice_is_checked_in_sentences() -> None:
    with pytest.raises(UserError, match=r"group.size = x: must be a valid integer"):
        build({"_target_": f"{__name__}.Knob", "size": "x"}, "group")
    with pytest.raises(UserError, match=r"group: there is no 'sise'. Did you mean size\? Allowed: size"):
        build({"_target_": f"{__name__}.Knob", "size": 1, "sise": 2}, "group")
    with pytest.raises(UserError, match=r"group.size: needs a value"):
        build({"_target_": f"{__name__}.Knob"}, "group")
    with pytest.raises(UserError, match=r"group._target_ = 'Knob': must name a class as package.module.Class"):
        build({"_target_": "Knob", "size": 1}, "group")
