"""Weights & Biases: what offline mode writes is read back, and whatever fails in it costs one warning."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hill_exp.record.condition import Condition
from hill_exp.record.record import Record
from hill_exp.study.job import participate
from hill_exp.tracking.wandb import Wandb


@pytest.fixture
def condition(tiny: Callable[..., Condition]) -> Condition:
    return tiny("+user=oracle")


@pytest.fixture
def records(condition: Condition) -> list[Record]:
    return [participate(condition, 0, p, lambda *_: None) for p in (0, 1)]


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


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # wandb's own
def test_offline_mode_writes_curves_configuration_and_picture(
    condition: Condition, records: list[Record], tmp_path: Path
) -> None:
    from PIL import Image

    picture = tmp_path / "story.png"
    Image.new("RGB", (8, 8)).save(picture)
    assert Wandb(wandb="offline", project="test").track(condition, records, [picture], tmp_path) is None
    (file,) = tmp_path.glob("wandb/offline-run-*/*.wandb")
    history, config, summary = _read_back(file)
    curve = [row["test_accuracy"] for row in history if "test_accuracy" in row]
    expected = [(a + b) / 2 for a, b in zip(*(r.epochs["test_accuracy"] for r in records), strict=True)]
    assert curve == pytest.approx(expected)
    assert config["teacher.weight"] == condition.settings["teacher"]["weight"] and config["user"] == "oracle"
    assert summary["participant_1/test_accuracy"] == records[1].metrics["test_accuracy"]
    assert any("story" in row for row in history)


def test_disabled_does_not_import_it(condition: Condition, tmp_path: Path) -> None:
    tracking = Wandb(wandb="disabled", project="test")
    assert tracking.track(condition, [], [], tmp_path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), ValueError("odd"), ConnectionError()])
def test_a_failure_is_one_warning(
    failure: Exception, condition: Condition, records: list[Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import wandb

    def fail(**_: object) -> None:
        raise failure

    monkeypatch.setattr(wandb, "init", fail)
    warning = Wandb(wandb="offline", project="test").track(condition, records, [], tmp_path)
    assert warning is not None and type(failure).__name__ in warning and "\n" not in warning


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_online_without_a_login_is_one_warning(
    condition: Condition, records: list[Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    warning = Wandb(wandb="online", project="test").track(condition, records, [], tmp_path)
    assert warning is not None and warning.startswith("wandb: ")
