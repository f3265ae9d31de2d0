"""What is fixed before the data is told apart from what is not: when, which files, how many, and by which program."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import synthetic

from analysis import freeze, tables
from analysis.__main__ import main
from hill_exp.config.folder import HYPOTHESES
from hill_exp.record import program as program_of
from hill_exp.record.store import Store
from hill_exp.study.provenance import provenance
from hill_exp.types import UserError

BEFORE, AFTER = "2026-05-01T12:00:00+00:00", "2026-06-01T12:00:00+00:00"  # the records: 2026-05-04


@pytest.fixture
def stated(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HYPOTHESES, tmp_path / "hypotheses"))


def frozen(path: Path, stated: Path, when: str, participants: int = 3) -> Store:
    """A store with three participants, frozen at that time."""
    store = Store(path)
    plan = freeze.freeze(store, stated, participants) / "plan.json"
    plan.write_text(json.dumps(json.loads(plan.read_text()) | {"frozen": when}))
    return synthetic.study(path, {"none": 0.0, "oracle": 0.07}, participants=3)


def told(store: Store, stated: Path) -> str:
    return " ".join(freeze.told(freeze.standing(store, tables.read(store), stated)))


def test_a_store_that_keeps_to_its_plan_says_so(tmp_path: Path, stated: Path) -> None:
    said = told(frozen(tmp_path / "store", stated, BEFORE), stated)
    assert "frozen on 2026-05-01, 12:00 UTC" in said and "for 3 participants" in said
    assert "All is as it was frozen, before the first record" in said


def test_a_margin_that_was_moved_is_named(tmp_path: Path, stated: Path) -> None:
    store = frozen(tmp_path / "store", stated, BEFORE)
    file = next(stated.glob("h1*.yaml"))
    file.write_text(file.read_text().replace("margin: 0.01", "margin: 0.04"))
    (stated / "new.yaml").write_text("name: new")
    assert f"Since then changed: hypotheses/{file.name}, hypotheses/new.yaml." in told(store, stated)
    file.unlink()
    assert f"hypotheses/{file.name}" in told(store, stated)


def test_line_ends_are_no_change(tmp_path: Path, stated: Path) -> None:
    before = freeze.hashes(stated)
    for file in stated.glob("*.yaml"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert freeze.hashes(stated) == before


def test_an_analysis_that_was_changed_is_named(tmp_path: Path, stated: Path) -> None:
    store = frozen(tmp_path / "store", stated, BEFORE)
    plan = freeze.read(store)
    assert plan is not None and "analysis/stats.py" in plan.hashes and "analysis/report.html.jinja" in plan.hashes
    path = store.path / "frozen" / "plan.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"hashes": {**plan.hashes, "analysis/stats.py": "0"}}))
    assert "Since then changed: analysis/stats.py." in told(store, stated)


def test_a_plan_younger_than_the_data_is_told(tmp_path: Path, stated: Path) -> None:
    said = told(frozen(tmp_path / "store", stated, AFTER), stated)
    assert "That was after the first record was finished (2026-05-04, 12:00 UTC)" in said
    assert "as it was frozen" not in said


def test_more_participants_than_planned_are_told(tmp_path: Path, stated: Path) -> None:
    assert "Not as many participants as planned: 3 on digits." in told(frozen(tmp_path, stated, BEFORE, 2), stated)


def test_where_nothing_was_frozen_one_line_says_so(tmp_path: Path, stated: Path) -> None:
    store = synthetic.study(tmp_path / "store", {"none": 0.0}, participants=2)
    assert freeze.standing(store, tables.read(store), stated) is None
    assert freeze.told(None) == [freeze.NOT_FROZEN]


def test_the_command_writes_a_preregistration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "store"
    ask = ["freeze", "--store", str(store), "--participants", "24"]
    assert main(ask) == 0
    page = (store / "frozen" / "preregistration.md").read_text()
    assert capsys.readouterr().out.strip() == str(store / "frozen" / "preregistration.md")
    for field in (
        "Hypotheses", "Study design", "Sample size", "Stopping rule", "Measured variables", "Inference criteria",
        "Data exclusion", "Missing data", "Exploratory analysis",
    ):  # fmt: skip
        assert f"### {field}" in page
    assert "24 participants in each condition" in page and "A fixed number of participants" in page
    for file in HYPOTHESES.glob("*.yaml"):
        assert file.read_text().strip() in page and freeze.hashes(HYPOTHESES)[f"hypotheses/{file.name}"] in page
    assert main(ask) == 2
    assert "a plan is made once" in capsys.readouterr().err
    assert main([*ask[:-1], "1"]) == 2
    assert "--participants 1" in capsys.readouterr().err


def test_a_store_with_records_is_frozen_with_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = synthetic.study(tmp_path, {"none": 0.0}, participants=2)
    assert main(["freeze", "--store", str(store.path), "--participants", "4"]) == 0
    assert "holds 2 records already" in capsys.readouterr().out


def test_a_damaged_plan_has_its_sentence(tmp_path: Path, stated: Path) -> None:
    store = frozen(tmp_path / "store", stated, BEFORE)
    (store.path / "frozen" / "plan.json").write_text("{}")
    with pytest.raises(UserError, match="not a whole plan"):
        freeze.read(store)


# --- the program -----------------------------------------------------------------------------------------------------


def test_a_record_knows_the_commit_and_whether_files_were_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = shutil.which("git")
    if git is None:
        pytest.skip("there is no git")
    import subprocess

    def run(*arguments: str) -> None:
        who = ["-c", "user.name=x", "-c", "user.email=x@x"]
        subprocess.run([git, "-C", str(tmp_path), *who, *arguments], check=True, capture_output=True)

    def program() -> dict[str, object]:
        program_of.program.cache_clear()
        return program_of.program()

    monkeypatch.setattr(program_of, "_ROOT", tmp_path)
    assert set(program()) == {"version"}  # no checkout
    run("init")
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "a.yaml").write_text("a: 1")
    run("add", ".")
    run("commit", "-m", "x")
    assert program()["dirty"] is False and len(str(program()["commit"])) == 40
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "record.json").write_text("{}")
    assert program()["dirty"] is False  # no part of the program
    (tmp_path / "conf" / "new.yaml").write_text("a: 1")
    assert program()["dirty"] is True
    made = provenance("cpu", {})
    assert made["program"] == program() and made["machine"] and made["versions"]["python"]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert set(program()) == {"version"}  # no git
    monkeypatch.undo()
    program_of.program.cache_clear()


def test_where_a_record_comes_from_enters_no_address(tmp_path: Path) -> None:
    condition = synthetic.condition()
    one = synthetic.record(condition, 0)
    other = replace(one, provenance={**one.provenance, "program": {"version": "9", "commit": "f" * 40, "dirty": False}})
    store = Store(tmp_path)
    store.open_for_writing()
    store.write(one)
    store.write(other)
    assert store.contents() == [condition.content] and len(list(store.records(condition.content))) == 1
