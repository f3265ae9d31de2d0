"""Every choice of every group composes and runs for a few steps; every experiment composes."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from conftest import TINY, condition_of

from hill_exp.config import Choice, build, compose
from hill_exp.record.condition import Condition
from hill_exp.study.job import participate
from hill_exp.types import UserError

CONF = Path(__file__).parents[1] / "conf"
REGIMES = ("photographs",)  # files of experiment/ that others build on, and that are a single condition by themselves
DOWNLOADED = ("mnist", "fashion_mnist", "cifar10", "cifar100")  # tests/test_dataset.py reads files in their formats

RUNS = [
    *(f"model={name}" for name in compose.choices("model")),
    *(f"projection={name}" for name in compose.choices("projection")),
    *(f"teacher={name}" for name in compose.choices("teacher")),
    *(f"schedule={name}" for name in compose.choices("schedule")),
    *(f"+user={name}" for name in compose.choices("user") if name not in ("custom", "human", "replay")),
    "dataset.colour.train=0.9",
]


@pytest.mark.parametrize("choice", RUNS)
def test_every_choice_runs(choice: str, tiny: Callable[..., Condition]) -> None:
    overrides = [choice] if choice.startswith("+user") else ["+user=oracle", choice]
    if choice == "schedule=plateau":
        overrides += ["schedule.patience=1"]
    sizes = [size for size in TINY if not (choice == "schedule=plateau" and "every" in size)]
    projection = [] if choice.startswith("projection") else ["projection=pca"]
    record = participate(condition_of(*sizes, *projection, *overrides), 0, 0, lambda *_: None)
    assert math.isfinite(record.outcome["test_accuracy"])
    if choice != "+user=none":
        assert record.layouts["layout"].shape[1:] == (60, 2)
    if choice == "dataset.colour.train=0.9":
        assert {"worst_group_accuracy", "worst_alignment_accuracy", "bias_amplification"} <= set(record.outcome)
        assert {row["kind"] for row in record.groups} == {"class", "colour", "alignment"}


@pytest.mark.parametrize("name", DOWNLOADED)
def test_downloaded_sets_compose(name: str) -> None:
    node = compose.composed("+user=oracle", f"dataset={name}")[0]["dataset"]
    assert build(node, "dataset").canvas_points == node["canvas_points"]


@pytest.mark.parametrize("name", compose.choices("tuned"))
def test_tuned_settings_are_put_in_with_their_teacher(name: str) -> None:
    node = yaml.safe_load((CONF / "tuned" / f"{name}.yaml").read_text(encoding="utf-8"))
    condition = condition_of("+user=oracle", f"+tuned={name}")
    assert condition.names["teacher"] == node["defaults"][0]["override /teacher"]
    assert condition.columns()["teacher.weight"] == node["teacher"]["weight"]


def test_every_group_is_covered() -> None:
    groups = {path.name for path in CONF.iterdir() if path.is_dir() and not path.name.startswith("__")}
    assert groups - {"experiment", "hypotheses", "tuned", "people", "hydra"} == {
        "dataset", "model", "projection", "teacher", "user", "schedule", "tracking",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(path.stem for path in (CONF / "experiment").glob("*.yaml")))
def test_every_experiment_composes_and_leaves_the_user_to_its_sweep(name: str) -> None:
    text = (CONF / "experiment" / f"{name}.yaml").read_text(encoding="utf-8")
    assert "user" not in yaml.safe_load(text)
    cfg = compose.with_hydra("+user=oracle", f"experiment={name}")
    if name not in REGIMES:
        assert cfg.hydra.mode.name == "MULTIRUN" and "+user" in cfg.hydra.sweeper.params


@pytest.mark.parametrize(
    "path",
    [CONF / "schedule" / "plateau.yaml", CONF / "schedule" / "regular.yaml", CONF / "tracking" / "wandb.yaml"],
    ids=lambda p: p.stem,
)
def test_a_file_says_every_value_and_no_other(path: Path) -> None:
    node = yaml.safe_load(path.read_text(encoding="utf-8"))
    built = build(node, path.parent.name)
    assert set(node) - {"_target_"} == set(type(built).model_fields)
    assert path.read_text(encoding="utf-8").startswith("# ")


def test_schedules_ask_for_the_same_effort() -> None:
    """experiment=timing compares when a person is asked, not how much."""
    for name in compose.choices("schedule"):
        schedule = build(compose.settings("schedule", name, "schedule"), "schedule")
        assert schedule.turns * schedule.budget.points == 300


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
