"""The store: whole or not there, shared where results cannot differ, read as data."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hill_exp.record.condition import Condition
from hill_exp.record.store import Record, Store
from hill_exp.types import UserError


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    store.open_for_writing()
    return store


def _record(**changes: object) -> Record:
    values: dict = {
        "content": "abc",
        "seed": 0,
        "participant": 3,
        "status": "done",
        "outcome": {"test_accuracy": 0.75, "epochs_to_target": math.nan},
        "epochs": {"epoch": [1, 2], "train_loss": [0.5, math.nan]},
        "classes": ("a", "b"),
        "layouts": {"layout": np.arange(6, dtype=np.float32).reshape(1, 3, 2)},
    }
    return Record(**{**values, **changes})


def test_what_is_written_is_read(store: Store) -> None:
    record = _record()
    store.write(record)
    again = store.read("abc", 0, 3)
    assert again is not None
    assert again.outcome["test_accuracy"] == 0.75
    assert math.isnan(again.outcome["epochs_to_target"]) and math.isnan(again.epochs["train_loss"][1])
    assert again.classes == ("a", "b")
    np.testing.assert_array_equal(store.layouts(again)["layout"], record.layouts["layout"])
    assert store.is_done("abc", 0, 3) and not store.is_done("abc", 1, 3) and not store.is_done("abc", 0, 4)


def test_a_failed_record_is_not_done_and_gives_way_to_a_done_one(store: Store) -> None:
    store.write(_record(status="failed", reason="the loss is nan in epoch 7", outcome={}))
    assert not store.is_done("abc", 0, 3)
    store.write(_record())
    assert store.is_done("abc", 0, 3)


def test_a_truncated_record_is_no_record_and_is_named(store: Store) -> None:
    store.write(_record())
    path = store.record_path("abc", 0, 3)
    path.write_bytes(path.read_bytes()[:40])
    assert store.read("abc", 0, 3) is None and list(store.records("abc")) == [] and store.damaged() == [path]


def test_a_record_of_another_format_is_refused_by_name(store: Store) -> None:
    store.write(_record())
    path = store.record_path("abc", 0, 3)
    path.write_text(path.read_text().replace('"format": 2', '"format": 99'))
    with pytest.raises(UserError, match=r"format 99.*reads format 2"):
        store.read("abc", 0, 3)


def test_a_kill_while_writing_leaves_the_old_record_or_the_new(tmp_path: Path) -> None:
    """Write one record over and over in a process of its own, and kill it at odd moments."""
    script = textwrap.dedent(
        """
        import sys
        from hill_exp.record.store import Record, Store
        store = Store(sys.argv[1]); store.open_for_writing()
        for n in range(10**9):
            store.write(Record("abc", 0, 0, "done", outcome={"n": n}, epochs={"x": [n] * 20000}))
            print(n, flush=True)
        """
    )
    store = Store(tmp_path)
    for wait_for in (1, 4, 9):
        with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _ in range(wait_for):
                process.stdout.readline()
            os.kill(process.pid, 9)
        record = store.read("abc", 0, 0)
        assert record is not None and record.epochs["x"] == [record.outcome["n"]] * 20000
    assert store.damaged() == []


def test_a_full_disk_costs_no_record(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write(_record())
    before = store.record_path("abc", 0, 3).read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.write(_record(outcome={"test_accuracy": 0.1}))
    assert store.record_path("abc", 0, 3).read_bytes() == before
    assert [p.name for p in store.record_path("abc", 0, 3).parent.iterdir() if p.name.startswith(".")] == []


def test_a_store_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"store=.*cannot be written to"):
        Store(tmp_path / "file").open_for_writing()


def test_a_condition_comes_back_as_it_was(store: Store, tiny: Callable[..., Condition]) -> None:
    condition = tiny("+user=noisy")
    store.add_condition(condition)
    (again,) = store.conditions()
    assert again.id == condition.id and again.content == condition.content and again.columns() == condition.columns()


def test_plain_training_shares_its_records_over_teachers(tiny: Callable[..., Condition]) -> None:
    one, other = tiny("+user=none", "teacher=neighbour"), tiny("+user=none", "teacher=triplet", "schedule.turns=1")
    assert one.id != other.id and one.content == other.content
    assert tiny("+user=none", "training.learning_rate=0.1").content != one.content
    assert tiny("+user=oracle", "teacher=neighbour").content != tiny("+user=oracle", "teacher=triplet").content


def test_numbers_that_mean_the_same_make_one_condition(tiny: Callable[..., Condition]) -> None:
    one, other = tiny("+user=oracle", "teacher.weight=3"), tiny("+user=oracle", "teacher.weight=3.0")
    assert one.id == other.id and one.columns() == other.columns()
    assert one.id != tiny("+user=oracle", "teacher.weight=4").id


@pytest.mark.parametrize("text", ['{"format": 2, "algorithm": 2, "names": {}}', "[]", "{"])
def test_a_condition_that_is_not_whole_is_named(store: Store, text: str) -> None:
    path = store.path / "conditions" / "old.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"old\.json: .* the next run writes it anew"):
        store.conditions()


def test_layouts_are_read_without_pickle(store: Store) -> None:
    record = _record()
    store.write(record)
    np.savez(store.record_path("abc", 0, 3).with_suffix(".npz"), layout=np.array([{"a": 1}], dtype=object))
    assert store.layouts(record) == {}
