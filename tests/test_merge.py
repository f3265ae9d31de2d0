"""Two stores into one."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import synthetic

from hill_exp import exit_status
from hill_exp.merge import main
from hill_exp.record.merge import merge
from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.types import UserError

ORACLE = synthetic.condition("oracle")


def store_of(path: Path, participants: range, **choices: str) -> Store:
    """With a run, a session and the oracle's records, the first two with layouts."""
    store = Store(path)
    store.open_for_writing()
    store.add_condition(ORACLE)
    for participant in participants:
        store.write(synthetic.record(ORACLE, participant, layouts=True))
    store.run_folder(ORACLE).mkdir(parents=True)
    (store.run_folder(ORACLE) / "config.yaml").write_text(f"participants: {len(participants)}")
    store.sessions.mkdir()
    (store.sessions / f"{path.name}.json").write_text("{}")
    return store


def files(store: Store) -> dict[str, bytes]:
    """Content by name, but for the index."""
    paths = [path for path in store.path.rglob("*") if path.is_file() and path.parent.name != "index"]
    return {str(path.relative_to(store.path)): path.read_bytes() for path in paths}


@pytest.fixture
def mine(tmp_path: Path) -> Store:
    return store_of(tmp_path / "mine", range(3))


@pytest.fixture
def theirs(tmp_path: Path) -> Store:
    return store_of(tmp_path / "theirs", range(1, 5))


def test_what_only_the_other_has_is_copied_and_nothing_is_overwritten(mine: Store, theirs: Store) -> None:
    before, other = files(mine), files(theirs)
    merged = merge(mine, theirs)
    assert (merged.copied, merged.same, merged.differing, merged.damaged) == (2, 2, [], [])
    assert files(mine) == {**other, **before}
    assert files(theirs) == other
    record = mine.read(ORACLE.content, 0, 4)
    assert record and mine.trace(record)
    again = merge(mine, theirs)
    assert (again.copied, again.same) == (0, 4)


def test_a_new_folder_becomes_the_whole_of_both(mine: Store, theirs: Store, tmp_path: Path) -> None:
    both = Store(tmp_path / "both")
    merge(both, mine)
    merge(both, theirs)
    assert files(both) == {**files(theirs), **files(mine)}
    assert [p for _, p in sorted(both.individuals(ORACLE.content))] == [0, 1, 2, 3, 4]


def test_the_same_numbers_of_another_machine_are_the_same(mine: Store, theirs: Store) -> None:
    theirs.write(replace(synthetic.record(ORACLE, 1), seconds=99.0, provenance={"machine": "another"}))
    assert merge(mine, theirs).differing == []


@pytest.mark.parametrize("other", [
    synthetic.record(ORACLE, 1, accuracy=0.81),
    synthetic.failed(ORACLE, 1),
])  # fmt: skip
def test_a_record_that_differs_is_told_and_left_out(other: Record, mine: Store, theirs: Store) -> None:
    theirs.write(other)
    before = files(mine)
    merged = merge(mine, theirs)
    assert merged.differing == [theirs.record_path(ORACLE.content, 0, 1)]
    assert (merged.copied, merged.same) == (2, 1)
    assert {name: files(mine)[name] for name in before} == before


def test_a_damaged_record_is_told_and_not_copied(mine: Store, theirs: Store) -> None:
    path = theirs.record_path(ORACLE.content, 0, 3)
    path.write_bytes(path.read_bytes()[:100])
    merged = merge(mine, theirs)
    assert merged.damaged == [path] and merged.copied == 1
    assert not mine.record_path(ORACLE.content, 0, 3).exists()


def test_a_whole_record_takes_the_place_of_a_damaged_one(mine: Store, theirs: Store) -> None:
    path = mine.record_path(ORACLE.content, 0, 1)
    path.write_bytes(b"")
    assert merge(mine, theirs).copied == 3
    assert mine.is_done(ORACLE.content, 0, 1)


def test_a_session_that_differs_is_told(mine: Store, theirs: Store) -> None:
    for store, text in ((mine, "{}"), (theirs, '{"turns": []}')):
        (store.sessions / "same.json").write_text(text)
    assert merge(mine, theirs).differing == [theirs.sessions / "same.json"]
    assert (mine.sessions / "same.json").read_text() == "{}"


def test_what_was_frozen_is_one_thing(mine: Store, theirs: Store) -> None:
    (theirs.path / "frozen").mkdir()
    (theirs.path / "frozen" / "plan.json").write_text("1")
    assert merge(mine, theirs).differing == []
    assert (mine.path / "frozen" / "plan.json").read_text() == "1"
    (theirs.path / "frozen" / "more.json").write_text("2")
    assert merge(mine, theirs).differing == [theirs.path / "frozen"]
    assert not (mine.path / "frozen" / "more.json").exists()


def test_a_store_of_another_version_is_refused(mine: Store, theirs: Store) -> None:
    (path,) = (theirs.path / "conditions").glob("*.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "algorithm": 1}))
    before = files(mine)
    with pytest.raises(UserError, match="algorithm 1"):
        merge(mine, theirs)
    assert files(mine) == before


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["merge", *map(str, words)])
    return exit_status.of(main)


def test_the_program_tells_what_became_of_it(
    mine: Store, theirs: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(monkeypatch, "--into", mine.path, theirs.path) == 0
    assert capsys.readouterr().out == f"{theirs.path}: 2 records copied, 2 were there already\n"
    theirs.write(synthetic.failed(ORACLE, 1))
    assert run(monkeypatch, "--into", mine.path, theirs.path) == 1
    assert f"left out: {theirs.record_path(ORACLE.content, 0, 1)}" in capsys.readouterr().err


def test_what_is_no_store_or_the_same_is_refused(
    mine: Store, theirs: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(theirs.path)
    assert run(monkeypatch, "--into", mine.path, theirs.path) == 2
    assert run(monkeypatch, "--into", mine.path, mine.path) == 2
    assert "there is no store" in (said := capsys.readouterr().err) and "Name each once" in said
