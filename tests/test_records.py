"""The store: whole or not there, shared where results cannot differ, read as data."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import synthetic

from hill_exp.record.condition import Condition
from hill_exp.record.files import child
from hill_exp.record.predictions import Predictions
from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.record.trace import Trace
from hill_exp.types import NO_CLASS, UserError

NOTHING = np.full(3, NO_CLASS)


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
        "metrics": {"test_accuracy": 0.75, "epochs_to_target": math.nan},
        "epochs": {"epoch": [1, 2], "train_loss": [0.5, math.nan]},
        "classes": ("a", "b"),
        "confusion": ((3, 1), (0, 4)),
        "trace": Trace.of([synthetic.view(np.arange(6.0).reshape(3, 2), NOTHING)], [], np.arange(3)),
        "predictions": Predictions.of(*[(np.array([[0.25, 0.75]]), np.array([1]))] * 2),
    }
    return Record(**{**values, **changes})


def test_what_is_written_is_read(store: Store) -> None:
    record = _record()
    store.write(record)
    again = store.read("abc", 0, 3)
    assert again is not None
    assert again.metrics["test_accuracy"] == 0.75
    assert math.isnan(again.metrics["epochs_to_target"]) and math.isnan(again.epochs["train_loss"][1])
    assert again.classes == ("a", "b")
    assert again.confusion == ((3, 1), (0, 4))
    for kept, written in ((store.trace(again), record.trace), (store.predictions(again), record.predictions)):
        assert kept and written
        for name, array in written.arrays().items():
            np.testing.assert_array_equal(kept.arrays()[name], array)
    assert store.is_done("abc", 0, 3) and not store.is_done("abc", 1, 3) and not store.is_done("abc", 0, 4)


def test_a_failed_record_is_not_done_and_gives_way_to_a_done_one(store: Store) -> None:
    store.write(_record(status="failed", reason="the loss is nan in epoch 7", metrics={}))
    assert not store.is_done("abc", 0, 3)
    store.write(_record())
    assert store.is_done("abc", 0, 3)


def test_a_truncated_record_is_no_record_and_is_named(store: Store) -> None:
    store.write(_record())
    path = store.record_path("abc", 0, 3)
    path.write_bytes(path.read_bytes()[:40])
    assert store.read("abc", 0, 3) is None and list(store.records("abc")) == [] and store.damaged() == [path]


@pytest.mark.parametrize("name", ["", ".", "..", "../out", "a/b", "/etc", "a\\b", "a\0b", "a\nb", "a" * 201])
def test_what_is_no_name_is_refused(name: str, store: Store, tiny: Callable[..., Condition]) -> None:
    with pytest.raises(UserError, match="name of a file"):
        child(store.path, name)
    condition = tiny("+user=none")
    elsewhere = replace(condition, names={**condition.names, "user": f"x{name}"})
    for path in (child(store.path, "a name.json"), store.run_folder(replace(condition, names={**condition.names}))):
        assert path.resolve().is_relative_to(store.path.resolve())
    if "/" in name:
        assert store.run_folder(elsewhere).parent == store.path / "runs"
        with pytest.raises(UserError, match="name of a file"):
            store.write(_record(content=name))
    assert [path.name for path in store.path.parent.iterdir()] == [store.path.name]


@pytest.mark.parametrize("changes", [{"participant": 10**30}, {"participant": 4}, {"seed": 2**70}, {"seed": "0"},
                                     {"content": "../.."}])  # fmt: skip
def test_a_record_that_is_not_what_its_file_is_called_is_damaged(changes: dict[str, object], store: Store) -> None:
    store.write(_record())
    path = store.record_path("abc", 0, 3)
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    assert store.damaged() == [path] and list(store.records("abc")) == []


@pytest.mark.parametrize("participant", [10**30, 10**7, "\u0663\u0663\u0663\u0663"])
def test_a_record_beyond_all_bounds_is_damaged(participant: object, store: Store) -> None:
    store.write(_record())
    path = store.record_path("abc", 0, 3)
    huge = path.rename(path.with_name(f"seed-0-participant-{participant}.json"))
    huge.write_text(json.dumps({**json.loads(huge.read_text()), "participant": participant}))
    assert store.damaged() == [huge] and list(store.individuals("abc")) == []


def test_a_record_of_another_format_is_refused_by_name(store: Store) -> None:
    store.write(_record())
    path = store.record_path("abc", 0, 3)
    path.write_text(path.read_text().replace('"format": 3', '"format": 99'))
    with pytest.raises(UserError, match=r"format 99.*reads format 3"):
        store.read("abc", 0, 3)


def test_a_kill_while_writing_leaves_the_old_record_or_the_new(tmp_path: Path) -> None:
    """Write one record over and over in a process of its own, and kill it at odd moments."""
    script = textwrap.dedent(
        """
        import sys
        from hill_exp.record.record import Record
        from hill_exp.record.store import Store
        store = Store(sys.argv[1]); store.open_for_writing()
        for n in range(10**9):
            store.write(Record("abc", 0, 0, "done", metrics={"n": n}, epochs={"x": [n] * 20000}))
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
        assert record is not None and record.epochs["x"] == [record.metrics["n"]] * 20000
    assert store.damaged() == []


def test_a_full_disk_costs_no_record(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write(_record())
    before = store.record_path("abc", 0, 3).read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.write(_record(metrics={"test_accuracy": 0.1}))
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


@pytest.mark.parametrize("text", ['{"format": 3, "algorithm": 4, "names": {}}', "[]", "{"])
def test_a_condition_that_is_not_whole_is_named(store: Store, text: str) -> None:
    path = store.path / "conditions" / "old.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"old\.json: .* the next run writes it anew"):
        store.conditions()


def test_arrays_are_read_without_pickle(store: Store) -> None:
    record = _record()
    store.write(record)
    np.savez(
        store.record_path("abc", 0, 3).with_suffix(".npz"),
        **dict.fromkeys(record.trace.arrays(), np.array([{"a": 1}], object)),
    )
    assert store.trace(record) is None and store.predictions(record) is None


@pytest.mark.parametrize("sharp", [False, True])
def test_probabilities_are_kept_in_half_the_space_where_that_changes_no_metric(sharp: bool) -> None:
    from sklearn.metrics import accuracy_score, confusion_matrix

    rng = np.random.default_rng(0)
    scores = rng.normal(0, 40 if sharp else 1.5, (500, 4))
    full = np.exp(scores - scores.max(1, keepdims=True))
    full /= full.sum(1, keepdims=True)
    labels = rng.integers(0, 4, 500)
    kept = Predictions.of((full, labels), (full, labels))
    assert kept.test_probabilities.dtype == (np.float32 if sharp else np.float16)  # e-40 is 0 in half precision
    p = kept.test_probabilities.astype(float)
    assert accuracy_score(labels, p.argmax(1)) == accuracy_score(labels, full.argmax(1))
    of_truth, expected = (np.log(q[np.arange(500), labels].clip(1e-40)).mean() for q in (p, full))
    assert abs(of_truth - expected) < 1e-4
    np.testing.assert_array_equal(kept.confusion(), confusion_matrix(labels, full.argmax(1)))
