"""Trackers: what they are told, what Weights & Biases and TensorBoard write, and that a failure costs one warning."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from commands import hill_exp_here
from conftest import TINY
from pydantic import PrivateAttr

from hill_exp.command.track import differences
from hill_exp.record.condition import Condition
from hill_exp.record.record import Record
from hill_exp.study.job import participate
from hill_exp.tracking import Run, Tracker
from hill_exp.tracking.tensorboard import TensorBoard
from hill_exp.tracking.wandb import Wandb


@pytest.fixture
def condition(tiny: Callable[..., Condition]) -> Condition:
    return tiny("+user=oracle")


@pytest.fixture
def records(condition: Condition) -> list[Record]:
    return [participate(condition, 0, p, lambda *_: None) for p in (0, 1)]


@pytest.fixture
def run(condition: Condition, records: list[Record], tmp_path: Path) -> Run:
    """The oracle's, over a control that is worse by 0.1 in everything; with a picture."""
    from PIL import Image

    picture = tmp_path / "story.png"
    Image.new("RGB", (8, 8)).save(picture)
    file = tmp_path / "record.json"
    file.write_text("{}")
    worse = [replace(r, metrics={name: value - 0.1 for name, value in r.metrics.items()}) for r in records[:1]]
    between = {"none": differences(records, worse)}
    return Run(condition, False, 0, records, [file], between, [picture], tmp_path)


class Noted(Tracker):
    """Notes what it is told; what is in `fails` fails."""

    fails: str = ""
    _told: list[Any] = PrivateAttr(default_factory=list)

    def _note(self, name: str, *what: Any) -> None:
        self._told.append((name, *what))
        if name == self.fails:
            raise OSError(28, "No space\nleft on device")

    def on_start(self, run: Run) -> None:
        self._note("start", run)

    def on_epoch(self, epoch: int, row: Mapping[str, float]) -> None:
        self._note("epoch", epoch, row["test_accuracy"])

    def on_turn(self, turn: int, row: Mapping[str, float]) -> None:
        self._note("turn", turn, row["points_moved"])

    def on_end(self, run: Run) -> None:
        self._note("end", run)


def _read_back(file: Path) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]:
    """History rows, configuration and summary of an offline run: a LevelDB log of protobuf records."""
    from wandb.proto.wandb_internal_pb2 import Record as WandbRecord

    data = file.read_bytes()[7:]  # after the file's own header
    history, config, summary, whole, position = list[dict[str, Any]](), dict[str, Any](), dict[str, Any](), b"", 0
    while position + 7 <= len(data):
        room = 32768 - (position + 7) % 32768  # of a block; the file's header counts
        if room < 7:
            position += room
            continue
        length, kind = int.from_bytes(data[position + 4 : position + 6], "little"), data[position + 6]
        whole += data[position + 7 : position + 7 + length]
        position += 7 + length
        if kind in (1, 4):  # a full record, or the last piece of one
            record, whole = WandbRecord.FromString(whole), b""
            if record.WhichOneof("record_type") == "history":
                history.append({i.key or i.nested_key[0]: json.loads(i.value_json) for i in record.history.item})
            config |= {i.key: json.loads(i.value_json) for i in record.run.config.update}
            summary |= {i.key or i.nested_key[0]: json.loads(i.value_json) for i in record.summary.update}
    return history, config, summary


def test_a_tracker_is_told_of_a_run_from_its_start_to_its_end(run: Run, records: list[Record]) -> None:
    tracker = Noted()
    assert tracker.follow(run) is None
    names = [each[0] for each in tracker._told]
    epochs, turns = len(records[0].epochs["epoch"]), len(records[0].turns["turn"])
    assert names == ["start", *["epoch"] * epochs, *["turn"] * turns, "end"]
    means = [(a + b) / 2 for a, b in zip(*(r.epochs["test_accuracy"] for r in records), strict=True)]
    assert [each[1:] for each in tracker._told if each[0] == "epoch"] == list(enumerate(means, 1))
    moved = [(a + b) / 2 for a, b in zip(*(r.turns["points_moved"] for r in records), strict=True)]
    assert [each[1:] for each in tracker._told if each[0] == "turn"] == list(enumerate(moved))
    assert run.differences["none"]["test_accuracy"] == (pytest.approx(0.1), 1)


@pytest.mark.parametrize("fails", ["start", "epoch", "turn", "end"])
def test_a_failure_is_one_warning_and_what_was_opened_is_closed(fails: str, run: Run) -> None:
    tracker = Noted(fails=fails)
    warning = tracker.follow(run)
    assert warning == "Noted: OSError: [Errno 28] No space left on device. The store has everything."
    assert tracker._told[-1][0] == "end"


def test_a_run_has_one_id_while_it_is_the_same(run: Run, records: list[Record]) -> None:
    assert run.id == replace(run, pictures=[], is_control=True).id
    assert run.id != replace(run, records=records[:1]).id and run.id != replace(run, seed=1).id
    placebo = replace(run, condition=replace(run.condition, names={**run.condition.names, "user": "placebo"}))
    assert placebo.group == run.group and (placebo.user, run.user) == ("placebo", "oracle")


def test_those_who_had_fewer_turns_count_where_they_had_one(run: Run, records: list[Record]) -> None:
    short = replace(records[1], turns={name: values[:1] for name, values in records[1].turns.items()})
    first, *later = replace(run, records=[records[0], short]).turns()
    assert first["points_moved"] == (records[0].turns["points_moved"][0] + short.turns["points_moved"][0]) / 2
    assert [row["points_moved"] for row in later] == records[0].turns["points_moved"][1:]


# --- from the command


TRACKER = """
from hill_exp.tracking import Tracker


class Told(Tracker):
    file: str

    def on_start(self, run):
        with open(self.file, "a") as file:
            print(run.user, run.is_control, len(run.records), sorted(run.differences), len(run.pictures), file=file)
"""
PAGE = (Path(__file__).parents[1] / "docs" / "tracking.md").read_text(encoding="utf-8")


def test_the_tracker_of_the_docs_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (command,) = re.findall(r"```sh\npython -m hill_exp (.*?)\n```", PAGE, re.DOTALL)
    (tmp_path / "my_tracker.py").write_text(example, encoding="utf-8")
    monkeypatch.delitem(sys.modules, "my_tracker", raising=False)
    (tmp_path / "mine" / "tracking").mkdir(parents=True)
    choice = "# Lines.\n_target_: my_tracker.Lines\nfile: lines.txt\n"
    (tmp_path / "mine" / "tracking" / "lines.yaml").write_text(choice, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    small = [*TINY, "projection=pca", "participants=1", "controls=[]", "workers=1"]
    for given in (command.split(), ["+user=oracle", "tracking=lines", "--config-dir", "mine"]):
        done = hill_exp_here(*given, *small, cwd=tmp_path)
        assert done.returncode == 0 and "warning" not in done.stderr, done.stderr
    told = (tmp_path / "lines.txt").read_text().splitlines()
    assert told == ["digits-none-mlp-pca-contrastive-regular-seed0 oracle 1"] * 2


def test_a_tracker_of_ones_own_is_told_of_the_condition_and_its_controls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_tracker.py").write_text(TRACKER, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    own = ["~tracking.wandb", "~tracking.project", "tracking._target_=own_tracker.Told", "+tracking.file=told.txt"]
    command = ["+user=oracle", *TINY, "projection=pca", "participants=2", "controls=[none]", "workers=1", *own]
    for _ in range(2):  # what the store has already is told of too
        done = hill_exp_here(*command, cwd=tmp_path)
        assert done.returncode == 0 and "warning" not in done.stderr, done.stderr
    told = (tmp_path / "told.txt").read_text().splitlines()
    assert told == ["oracle False 2 ['none'] 2", "none True 2 [] 0"] * 2
    (tmp_path / "told.txt").unlink()
    swept = hill_exp_here("-m", *command, "teacher.weight=1,2", "store=swept", cwd=tmp_path)
    assert swept.returncode == 0, swept.stderr
    told = (tmp_path / "told.txt").read_text().splitlines()
    assert told == ["oracle False 2 ['none'] 2", "none True 2 [] 0"] * 2, "with pictures in a sweep too"


def test_a_package_that_is_missing_is_told_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hill_exp.tracking.tensorboard.find_spec", lambda _: None)
    done = hill_exp_here("+user=oracle", *TINY, "tracking=tensorboard", cwd=tmp_path)
    assert done.returncode == 2 and "tracking=tensorboard: needs the package tensorboard" in done.stderr
    assert not (tmp_path / "results").exists()


# --- Weights & Biases


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # wandb's own
def test_wandb_offline_writes_all_of_a_run(run: Run, records: list[Record], tmp_path: Path) -> None:
    for _ in range(2):
        assert Wandb(wandb="offline", project="test").follow(run) is None
    files = list(tmp_path.glob("wandb/offline-run-*/*.wandb"))
    assert {file.name for file in files} == {f"run-{run.id}.wandb"}, "one run, however often it is tracked"
    history, config, summary = _read_back(files[0])
    curve = [row["test_accuracy"] for row in history if "test_accuracy" in row]
    expected = [(a + b) / 2 for a, b in zip(*(r.epochs["test_accuracy"] for r in records), strict=True)]
    assert curve == pytest.approx(expected)
    assert config["teacher.weight"] == run.condition.settings["teacher"]["weight"] and config["user"] == "oracle"
    assert summary["participant_1/test_accuracy"] == records[1].metrics["test_accuracy"]
    assert summary["minus_none/test_accuracy"] == pytest.approx(0.1) and summary["minus_none/n"] == 1
    assert summary["turn_0/points_moved"] == next(run.turns())["points_moved"]
    assert any("story" in row for row in history)
    raw = files[0].read_bytes()
    assert all(text in raw for text in (run.group.encode(), b"oracle", f"records-{run.condition.id}-0".encode()))


def test_wandb_disabled_is_not_told() -> None:
    assert not Wandb(wandb="disabled", project="test").is_on and Wandb(wandb="offline", project="test").is_on


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), ValueError("odd"), ConnectionError()])
def test_wandb_that_does_not_start_is_one_warning(
    failure: Exception, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    import wandb

    def fail(**_: object) -> None:
        raise failure

    monkeypatch.setattr(wandb, "init", fail)
    warning = Wandb(wandb="offline", project="test").follow(run)
    assert warning is not None and type(failure).__name__ in warning and "\n" not in warning


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_wandb_online_without_a_login_is_one_warning(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    warning = Wandb(wandb="online", project="test").follow(run)
    assert warning is not None and warning.startswith("Wandb: ")


# --- TensorBoard


@pytest.mark.filterwarnings("ignore")  # TensorBoard's own
def test_tensorboard_holds_a_run_once(run: Run, records: list[Record], tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for _ in range(2):
        assert TensorBoard(folder=tmp_path / "board").follow(run) is None
    (folder,) = (tmp_path / "board" / run.group).iterdir()
    assert folder.name == f"oracle-{run.condition.id}" and len(list(folder.iterdir())) == 1
    board = EventAccumulator(str(folder)).Reload()
    curve = [(event.step, event.value) for event in board.Scalars("epoch/test_accuracy")]
    assert curve == [(row["epoch"], pytest.approx(row["test_accuracy"], abs=1e-6)) for row in run.epochs()]
    outcomes = [event.value for event in board.Scalars("participant/test_accuracy")]
    assert outcomes == pytest.approx([r.metrics["test_accuracy"] for r in records], abs=1e-6)
    assert board.Images("story") and board.Scalars("turn/points_moved")
    (table,) = board.Tensors("differences/text_summary")
    assert b"| test_accuracy minus none | +0.1000 | 1 |" in table.tensor_proto.string_val[0]
