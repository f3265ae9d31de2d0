"""The index of a store: what stands in it is what the records say, whatever became of either."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hill_exp.record import store as module
from hill_exp.record.record import Record
from hill_exp.record.store import Store

CONTENT = "abc"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two participants who are done and one who failed, all indexed."""
    store = Store(tmp_path)
    store.open_for_writing()
    for participant in (0, 1):
        store.write(Record(CONTENT, 0, participant, "done", metrics={"validation_accuracy": 0.5}))
    store.write(Record(CONTENT, 0, 2, "failed", "the loss is nan\nTraceback"))
    store.standings(CONTENT)
    return store


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are read, as they are."""
    names: list[str] = []
    read = module._standing
    monkeypatch.setattr(module, "_standing", lambda path: names.append(path.name) or read(path))
    return names


def statuses(store: Store) -> dict[int, str]:
    return {participant: standing.status for (_, participant), standing in store.standings(CONTENT).items()}


def test_what_was_read_once_is_not_read_again(store: Store, reads: list[str]) -> None:
    assert statuses(store) == {0: "done", 1: "done", 2: "failed"} and reads == []
    assert store.standings(CONTENT)[0, 0].validation_accuracy == 0.5
    assert store.standings(CONTENT)[0, 2].reason == "the loss is nan"


def test_a_record_that_is_new_replaced_or_removed_is_noticed_and_read_alone(store: Store, reads: list[str]) -> None:
    store.write(Record(CONTENT, 0, 3, "done"))
    store.write(Record(CONTENT, 0, 2, "done"))
    store.remove(CONTENT, 0, 0)
    assert statuses(store) == {1: "done", 2: "done", 3: "done"}
    assert sorted(reads) == ["seed-0-participant-0002.json", "seed-0-participant-0003.json"]
    assert statuses(store) == {1: "done", 2: "done", 3: "done"} and len(reads) == 2


def test_a_record_of_the_same_size_is_noticed_by_its_time(store: Store) -> None:
    path = store.record_path(CONTENT, 0, 1)
    path.write_bytes(path.read_bytes().replace(b'"participant": 1', b'"participant": 7'))
    assert statuses(store) == {0: "done", 2: "failed"} and store.damaged() == [path]


def test_a_record_of_the_same_time_is_noticed_by_its_size(store: Store) -> None:
    path = store.record_path(CONTENT, 0, 1)
    stat = path.stat()
    path.write_bytes(path.read_bytes()[:40])
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert statuses(store) == {0: "done", 2: "failed"} and store.damaged() == [path]


@pytest.mark.parametrize("spoil", [
    lambda path: path.unlink(),
    lambda path: path.write_bytes(path.read_bytes()[:-20]),
    lambda path: path.write_text("[]"),
    lambda path: path.write_text('{"seed-0-participant-0000.json": [0, "large", ["done", "", 0.5]]}'),
    lambda path: path.write_bytes(b"\0" * 300),
])  # fmt: skip
def test_an_index_that_is_gone_or_damaged_is_made_anew(
    spoil: Callable[[Path], object], store: Store, reads: list[str]
) -> None:
    path = store.path / "index" / f"{CONTENT}.json"
    whole = path.read_bytes()
    spoil(path)
    assert statuses(store) == {0: "done", 1: "done", 2: "failed"} and len(reads) == 3
    assert path.read_bytes() == whole
    assert statuses(store) == {0: "done", 1: "done", 2: "failed"} and len(reads) == 3


def test_where_no_index_can_be_written_the_records_are_read(store: Store, reads: list[str]) -> None:
    folder = store.path / "index"
    (folder / f"{CONTENT}.json").unlink()
    folder.rmdir()
    folder.write_text("")  # as in a read-only store nothing can be made there, by root neither
    for already in (0, 3):
        assert len(reads) == already
        assert statuses(store) == {0: "done", 1: "done", 2: "failed"}


def test_a_record_written_while_it_is_read_is_read_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    (store.path / "index" / f"{CONTENT}.json").unlink()
    read = module._standing

    def slowly(path: Path) -> module.Standing:
        seen = read(path)
        if path.name.endswith("0002.json"):
            store.write(Record(CONTENT, 0, 2, "done"))  # by another program
        return seen

    monkeypatch.setattr(module, "_standing", slowly)
    assert statuses(store)[2] == "failed"
    monkeypatch.setattr(module, "_standing", read)
    assert statuses(store)[2] == "done"
