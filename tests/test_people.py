"""A study with real people: its file, its sittings, and one person's way through it in a browser."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from browser import Page, program, until
from conftest import TINY

from hill_exp.live import people
from hill_exp.live.questionnaire import Questions
from hill_exp.live.sittings import Sitting, Sittings
from hill_exp.live.study_file import conditions, read
from hill_exp.live.training import TrainingStep
from hill_exp.people import listing
from hill_exp.record.store import Store
from hill_exp.types import UserError

SHIPPED = Path(__file__).parents[1] / "conf" / "people" / "moves_or_labels.yaml"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A study's file, that of the repository but for `changes`; its texts lie beside it."""

    def made(**changes: Any) -> Path:
        for file in SHIPPED.parent.iterdir():
            (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
        path = tmp_path / SHIPPED.name
        path.write_text(
            yaml.safe_dump({**yaml.safe_load(path.read_text(encoding="utf-8")), **changes}, sort_keys=False)
        )
        return path

    return made


def test_the_shipped_study_is_whole() -> None:
    study, pages = read(SHIPPED)
    assert list(study.conditions) == ["moves", "labels"]
    assert pages.consent and pages.instructions and pages.after_each and pages.at_end
    assert pages.consent.title == "Taking part" and pages.instructions.phase == "instructions"
    assert len(pages.after_each.items) == 6 and pages.at_end.items[0].kind == "choice"
    moves, labels = conditions(study, "human").values()
    assert (moves.names["teacher"], labels.names["teacher"]) == ("contrastive", "annotation")
    assert moves.settings["schedule"] == labels.settings["schedule"] and moves.settings["schedule"]["turns"] == 3
    assert conditions(study, "human", study.practice)["moves"].settings["training"]["epochs"] == 15


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"consent": "absent.md"}, r"consent = .*absent.md: must be a readable text file"),
        ({"consnet": None}, r"no 'consnet'. Did you mean consent\?"),
        ({"conditions": {}}, "conditions"),
        ({"conditions": {"practice": []}}, "conditions: practice must have another name"),
        ({"beside": ["orakel"]}, "beside: there is no 'orakel'. Did you mean oracle"),
        ({"after_each": "consent.md"}, "consent.md: must (be|hold)"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_is_wrong_with_a_study_is_said(write: Write, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        read(write(**changes))


def test_what_is_wrong_with_a_condition_is_said(write: Write) -> None:
    study, _ = read(write(conditions={"moves": ["teacher=contrastiv"]}))
    with pytest.raises(UserError, match=r"conditions.moves: .*contrastiv"):
        conditions(study, "human")


def test_an_item_that_is_none_is_named(write: Write) -> None:
    path = write(at_end="odd.yaml")
    (path.parent / "odd.yaml").write_text("{title: t, text: x, items: [{key: a, text: b, kind: slide}]}")
    with pytest.raises(UserError, match=r"odd.yaml: items.0.kind"):
        read(path)


def test_codes_get_numbers_and_orders_in_turn(tmp_path: Path) -> None:
    study, _ = read(SHIPPED)
    sittings = Sittings(tmp_path)
    for code, number, order in (("P9", 0, ["moves", "labels"]), ("anna", 1, ["labels", "moves"])):
        sitting = sittings.of(code, study)
        assert (sitting.participant, sitting.order) == (number, order)
        sittings.keep(sitting)
    again = sittings.of("P9", study)
    assert again.participant == 0
    sittings.keep(again.model_copy(update={"done": {"moves": "done"}}))
    assert sittings.of("P9", study).done == {"moves": "done"}
    with pytest.raises(UserError, match="must be 1 to 32 letters"):
        sittings.of("../P1", study)
    with pytest.raises(UserError, match="Take another --store"):
        sittings.of("P9", study.model_copy(update={"title": "Another"}))
    (tmp_path / "people" / "x.json").write_text("{")
    with pytest.raises(UserError, match=r"x.json: is no sitting"):
        sittings.of("P9", study)


def test_steps_that_are_done_are_left_out(tmp_path: Path) -> None:
    study, pages = read(SHIPPED)
    store = Store(tmp_path)
    sitting = Sitting(study=study.title, code="P1", participant=1, order=["labels", "moves"])
    whole = [
        "consent",
        "instructions",
        "practice",
        "labels",
        "labels: questions",
        "moves",
        "moves: questions",
        "at_end",
    ]
    steps = people.steps(study, pages, sitting, store)
    assert [step.name for step in steps] == whole
    assert {step.name: step.about for step in steps if isinstance(step, Questions)} == {
        "labels: questions": ("labels",), "moves: questions": ("moves",), "at_end": ("labels", "moves"),
    }  # fmt: skip
    assert [step.name for step in steps if isinstance(step, TrainingStep) and step.practice] == ["practice"]
    sitting.done = {"consent": 1.0, "instructions": 2.0, "practice": "done", "labels": "done"}
    assert [step.name for step in people.steps(study, pages, sitting, store)] == whole[4:]


def test_who_has_sat_is_listed_and_bad_input_is_a_sentence(tmp_path: Path) -> None:
    study, _ = read(SHIPPED)
    Sittings(tmp_path).keep(Sittings(tmp_path).of("P1", study))
    assert list(listing(SHIPPED, tmp_path))[1] == ("  P1: participant 0, moves then labels; still to do: moves, labels")
    done = subprocess.run(
        [sys.executable, "-m", "hill_exp.people", "absent.yaml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2 and done.stderr.startswith("absent.yaml: must be a readable YAML file")


@pytest.mark.slow
def test_a_person_goes_through_a_study_in_a_browser(write: Write, tmp_path: Path) -> None:
    small = [*TINY, "projection=pca"]
    study = write(settings=small, practice=["schedule.turns=1"], beside=["none", "oracle"])
    command = ["hill_exp.people", str(study), "--code", "P01", "--store", "store", "--no-browser"]

    def training(page: Page, turns: int) -> None:
        for turn in range(turns):
            page.wait("edit", turn)
            page.rest()
            page.press("n")  # the next point; G gathers it at the pointer
            page.hover((600, 300))
            page.press("g")
            until(lambda: page.state()["gestures"] == 1)
            page.click("#teach")
        page.wait("answer")
        page.click("#teach")

    def answer(page: Page, title: str) -> None:
        until(lambda: page.state()["phase"] == "questions" and page.text("h1") == title)
        page.driver.execute_script("""
            for (const scale of document.querySelectorAll('input[type=range]')) {
              scale.value = 25;
              scale.dispatchEvent(new Event('input'));
            }
            for (const options of document.querySelectorAll('.options')) options.querySelector('input').click();
        """)
        page.click("button.primary")

    with program(*command, cwd=tmp_path) as (process, address), Page(tmp_path / "profile") as page:
        page.driver.get(address)
        for title in ("Taking part", "What you do"):
            until(lambda title=title: page.text("h1") == title)
            page.click("button.primary")
        training(page, 1)  # practice
        training(page, 2)  # moves
        answer(page, "How was it?")
        page.wait("edit", 0)  # labels: broken off here, and gone on with
        process.kill()

    with program(*command, cwd=tmp_path) as (process, address), Page(tmp_path / "profile") as page:
        page.driver.get(address)
        training(page, 2)
        answer(page, "How was it?")
        answer(page, "Before you go")
        until(lambda: page.state()["phase"] == "done")
        assert process.wait(timeout=120) == 0, (tmp_path / "program.log").read_text()
        assert "P01 was participant 0: moves, then labels" in (tmp_path / "program.log").read_text()

    store = Store(tmp_path / "store")
    people_and_users = {}
    for condition in store.conditions():
        for record in store.records(condition.content):
            assert (record.status, record.participant) == ("done", 0)
            people_and_users[condition.names["user"], condition.names["teacher"]] = record.person
    users = {(user, teacher) for user in ("human", "none", "oracle") for teacher in ("contrastive", "annotation")}
    assert set(people_and_users) == users
    moves = people_and_users["human", "contrastive"]
    assert (moves["code"], moves["place"], moves["effort"], moves["preferred"]) == ("P01", 1, 25, "the first")
    sitting = json.loads((tmp_path / "store" / "people" / "P01.json").read_text())
    assert set(sitting["done"]) >= {"consent", "practice", "moves", "labels", "moves: questions", "at_end"}
