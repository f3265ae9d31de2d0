"""A study with real people: its file, its sittings, and one person's way through it in a browser."""

from __future__ import annotations

import asyncio
import csv
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from browser import Page, program, until
from conftest import TINY

from benchmarks.people_at_once import Visitor
from hill_exp import exit_status
from hill_exp.live import people, study_codebook
from hill_exp.live import session as session_file
from hill_exp.live.questionnaire import Questions
from hill_exp.live.seat import Seat
from hill_exp.live.sittings import Sittings
from hill_exp.live.study_file import conditions, read
from hill_exp.live.texts import Text
from hill_exp.live.training import TrainingStep
from hill_exp.people import listing, main, study_file
from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.rng import stream
from hill_exp.types import UserError

SHIPPED = Path(__file__).parents[1] / "conf" / "people" / "moves_or_labels.yaml"

CODES = ("P1", "P2", "P3")
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
    assert pages.consent and pages.instructions and pages.before_each
    assert pages.consent.title == "Taking part" and pages.instructions.phase == "instructions"
    tlx, insight = pages.after_each
    sus, closing = pages.at_end
    assert (len(tlx.items), tlx.score, len(sus.items), sus.score) == (6, "raw_tlx", 10, "sus")
    assert [item.key for item in insight.items if item.correct is not None] == ["attention"]
    assert closing.items[0].kind == "choice"
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
        ({"after_each": ["consent.md"]}, "consent.md: must (be|hold)"),
        ({"at_end": ["nasa_tlx.yaml"]}, "the key mental_demand is given twice"),
        ({"conditions": {"a: b": []}}, "a: b must have a name without a colon"),
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


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        ("kind: slide", "items.0.kind"),
        ("kind: scale, min: 1, max: 1", r"items.0: max = 1 must be above min = 1"),
        ("kind: scale, max: 9, correct: 10", r"items.0: correct = 10.0 is no answer"),
        ("kind: choice, choices: [x], correct: y", r"items.0: correct = y is no answer"),
        ("kind: choice, choices: [x]", r"score = s: there is no scale"),
    ],
)
def test_an_item_that_is_none_is_named(write: Write, item: str, sentence: str) -> None:
    path = write(at_end=["odd.yaml"])
    (path.parent / "odd.yaml").write_text(f"{{title: t, text: x, score: s, items: [{{key: a, text: b, {item}}}]}}")
    with pytest.raises(UserError, match=rf"odd.yaml: {sentence}"):
        read(path)


def test_scores_are_those_of_the_literature_and_checks_are_passed_or_not() -> None:
    _, pages = read(SHIPPED)
    tlx, insight = pages.after_each
    sus, _ = pages.at_end
    marks = dict(zip([item.key for item in tlx.items], (10, 20, 30, 40, 50, 60), strict=True))
    assert tlx.results(marks) == {**marks, "raw_tlx": pytest.approx(35)}  # the mean of the six (Hart 2006)
    answers = [4, 2, 5, 1, 3, 3, 4, 2, 5, 1]
    odd, even = sum(x - 1 for x in answers[::2]), sum(5 - x for x in answers[1::2])
    by_key = {f"sus_{k}": x for k, x in enumerate(answers, 1)}
    assert sus.results(by_key)["sus"] == pytest.approx(2.5 * (odd + even))  # Brooke 1996
    assert sus.results({**by_key, "sus_7": None})["sus"] is None
    said = {"insight_from": None, "insight_sure": 7.0, "understood": None}
    assert [insight.results({**said, "attention": x})["attention_passed"] for x in (2.0, 3.0, None)] == [
        True, False, False,
    ]  # fmt: skip


def way_of(code: str, store: Path, study: Path = SHIPPED) -> people.StudyWay:
    return people.StudyWay(people.OpenStudy(study, Store(store)), code)


def agreed(code: str, store: Path, study: Path = SHIPPED) -> people.StudyWay:
    """A person who has agreed to take part, and has done nothing else."""
    way = way_of(code, store, study)
    left = way.left()
    way.keep(next(left), 1.0)
    next(left)
    return way


def test_codes_get_numbers_and_orders_in_turn(tmp_path: Path) -> None:
    study, _ = read(SHIPPED)
    for code, number, order in (("P9", 0, ["moves", "labels"]), ("anna", 1, ["labels", "moves"])):
        sitting = agreed(code, tmp_path).sitting
        assert (sitting.participant, sitting.order) == (number, order)
    sittings = Sittings(tmp_path)
    again = sittings.of("P9", study)
    assert again.participant == 0
    sittings.keep(again.model_copy(update={"done": {"moves": "done"}}))
    assert sittings.of("P9", study).done == {"moves": "done"}
    with pytest.raises(UserError, match="must be 1 to 32 letters"):
        sittings.of("../P1", study)
    with pytest.raises(UserError, match="Take another --store"):
        sittings.of("P9", study.model_copy(update={"title": "Another"}))
    evil = again.model_copy(update={"code": "../../out"}).model_dump_json()
    for text in ("{", evil):
        (tmp_path / "people" / "x.json").write_text(text)
        with pytest.raises(UserError, match=r"x.json: is no sitting"):
            list(sittings.all())
    with pytest.raises(UserError, match=r"x.json: is no sitting"):
        sittings.of("P9", study)


def test_who_declines_takes_no_number_and_is_not_asked_again(tmp_path: Path) -> None:
    way = way_of("P1", tmp_path)
    assert next(way.left()).name == "consent"
    way.declined()
    kept = json.loads((tmp_path / "people" / "P1.json").read_text())
    assert (kept["status"], kept["participant"], kept["order"], kept["done"]) == ("declined", None, [], {})
    assert agreed("P2", tmp_path).sitting.participant == 0
    with pytest.raises(UserError, match="--code P1: declined to take part"):
        way_of("P1", tmp_path)
    assert list(listing(SHIPPED, tmp_path))[2] == "  P1: declined to take part"


def done_under_moves(code: str, store: Path) -> tuple[people.StudyWay, Path, Path]:
    """A person who has done one condition: its record and its session lie in the store."""
    way = agreed(code, store)
    steps = {step.name: step for step in way._after_consent()}
    moves = steps["moves"]
    assert isinstance(moves, TrainingStep) and moves.path
    record = Record(*moves.job.address(), status="done", person=dict(moves.session.person))
    Store(store).write(record)
    session_file.write(moves.path, moves.session)
    way.keep(moves, record)
    return way, moves.path, Store(store).record_path(*moves.job.address())


def test_who_leaves_has_it_kept_or_deleted(tmp_path: Path) -> None:
    (keeps, *kept), (_, *other), (deletes, *deleted) = (done_under_moves(f"P{k}", tmp_path) for k in range(3))
    keeps.withdrawn(keep=True)
    deletes.withdrawn(keep=False)
    assert all(path.exists() for path in (*kept, *other)) and not any(path.exists() for path in deleted)
    assert "moves" in keeps.sitting.done and deletes.sitting.done == {}
    for code in ("P0", "P2"):
        with pytest.raises(UserError, match=f"--code {code}: has left the study"):
            way_of(code, tmp_path)
    assert agreed("P3", tmp_path).sitting.participant == 2, "the number of whom nothing is kept is free again"
    lines = list(listing(SHIPPED, tmp_path))
    assert lines[1] == "  P0: participant 0, moves then labels; left the study before instructions"
    assert lines[-1] == "  P2: left the study, and nothing is kept of what was done"


def test_what_was_done_is_deleted_later_for_whom_asks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (way, *asked), (_, *other) = (done_under_moves(f"P{k}", tmp_path) for k in range(2))
    assert way.seat
    Seat().keep(way.seat, 80)
    asked.append(way.seat)

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["people", str(SHIPPED), "--store", str(tmp_path), *arguments])
        return exit_status.of(main)

    assert run("--code", "P0", "--delete") == 0 and "P0: what was done is deleted" in capsys.readouterr().out
    assert not any(path.exists() for path in asked) and all(path.exists() for path in other)
    assert json.loads((tmp_path / "people" / "P0.json").read_text())["done"] == {}
    assert agreed("P2", tmp_path).sitting.participant == 0
    assert run("--code", "P7", "--delete") == 2 and "nobody of that code has sat" in capsys.readouterr().err
    assert run("--delete") == 2 and "say whose by --code" in capsys.readouterr().err


def test_a_sitting_goes_on_for_so_many_days(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study, store = write(resume_days=2), tmp_path / "store"
    agreed("P1", store, study)
    assert way_of("P1", store, study).sitting.participant == 0
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3 * 86_400)
    with pytest.raises(UserError, match=r"--code P1: did the last step 3 days ago, .* resume_days = 2"):
        way_of("P1", store, study)
    assert way_of("P1", store, write(resume_days=None)).sitting.participant == 0


def test_approval_and_payment_stand_in_the_consent_and_the_code_at_the_end(write: Write, tmp_path: Path) -> None:
    study = write(ethics="2026-17", payment="10 euros", completion_code="C0FFEE")
    _, pages = read(study)
    assert pages.consent and pages.consent.text.endswith("Payment: 10 euros\n\nApproved by the ethics board: 2026-17")
    assert way_of("P1", tmp_path / "store", study).thanks.startswith("Your completion code: C0FFEE\n")


def test_steps_that_are_done_are_left_out(tmp_path: Path) -> None:
    whole = [
        "consent",
        "instructions",
        "practice",
        "labels: begins",
        "labels",
        "labels: nasa_tlx",
        "labels: insight",
        "moves: begins",
        "moves",
        "moves: nasa_tlx",
        "moves: insight",
        "at_end: sus",
        "at_end: closing",
    ]
    agreed("P0", tmp_path)
    way = agreed("P1", tmp_path)
    steps = list(way.left())
    assert list(way.parts) == whole and [step.name for step in steps] == whole[1:]
    assert {step.name: step.about for step in steps if isinstance(step, Questions)} == {
        "labels: nasa_tlx": ("labels",), "labels: insight": ("labels",),
        "moves: nasa_tlx": ("moves",), "moves: insight": ("moves",),
        "at_end: sus": ("labels", "moves"), "at_end: closing": ("labels", "moves"),
    }  # fmt: skip
    (second,) = [step for step in steps if step.name == "moves: begins"]
    assert isinstance(second, Text) and second.title == "Round 2 of 2"
    rounds = {part: way.round_of(part) for part in ("practice", "labels", "moves: insight", "at_end: sus")}
    assert rounds == {"practice": None, "labels": (1, 2), "moves: insight": (2, 2), "at_end: sus": None}
    assert [step.name for step in steps if isinstance(step, TrainingStep) and step.practice] == ["practice"]
    way.sitting.done = dict.fromkeys(whole[:5], "done")
    assert [step.name for step in way.left()] == whole[5:]


def test_who_has_sat_is_listed_and_bad_input_is_a_sentence(tmp_path: Path) -> None:
    way = agreed("P1", tmp_path)
    way.sitting.done = dict.fromkeys(way.parts[:-2], 1)
    way.keep(next(way.left()), {})
    assert list(listing(SHIPPED, tmp_path))[1] == "  P1: participant 0, moves then labels; still to do: at_end: closing"
    done = subprocess.run(
        [sys.executable, "-m", "hill_exp.people", "absent.yaml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2 and done.stderr.startswith("absent.yaml: must be a readable YAML file")


def test_the_codebook_says_what_every_column_and_field_is(tmp_path: Path) -> None:
    way_of("P1", tmp_path)
    with (tmp_path / "people" / "codebook.csv").open(encoding="utf-8", newline="") as file:
        book = list(csv.DictReader(file))
    assert all(row["description"] for row in book)
    by_name = {row["name"]: row for row in book if row["file"] == "tables/participants.csv"}
    _, pages = read(SHIPPED)
    keys = [key for questions in (*pages.after_each, *pages.at_end) for key in questions.keys]
    assert set(by_name) == {"person.code", "person.place", *(f"person.{key}" for key in keys)}
    assert by_name["person.sus_2"]["values"] == (
        "1 (Strongly disagree) to 5 (Strongly agree) in steps of 1; low counts high in the score; "
        "empty: rather not said"
    )
    assert by_name["person.attention_passed"]["description"].endswith("answered as asked: 2.0")
    fields = {f"{model.__name__}.{name}" for _, _, model in study_codebook.PARTS for name in model.model_fields}
    assert fields == set(study_codebook.FIELD), "no field is described that there is not"
    assert "turns[].noted.looks" in {row["name"] for row in book}


@pytest.mark.parametrize("text", ["moves_or_labels", "moves_or_labels.yaml", "conf/people/moves_or_labels.yaml"])
def test_a_shipped_study_is_found_by_its_name(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert study_file(text).resolve() == SHIPPED
    own = tmp_path / text
    own.parent.mkdir(parents=True, exist_ok=True)
    own.touch()
    assert study_file(text).resolve() == own, "one's own of that name comes first"


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

    def begin(page: Page, title: str) -> None:
        until(lambda: page.text("h1") == title)
        page.click("button.primary")

    def answer(page: Page, title: str) -> None:
        until(lambda: page.state()["phase"] == "questions" and page.text("h1") == title)
        page.driver.execute_script("""
            for (const scale of document.querySelectorAll('input[type=range]')) {
              scale.value = 25;
              scale.dispatchEvent(new Event('input'));
            }
            for (const options of document.querySelectorAll('.options')) options.querySelector('input').click();
            document.querySelector('.item:last-child .refuse')?.click();
        """)
        page.click("button.primary")

    with program(*command, cwd=tmp_path) as (process, address), Page(tmp_path / "profile") as page:
        page.driver.get(address)
        begin(page, "Taking part")
        begin(page, "What you do")
        training(page, 1)  # practice
        begin(page, "Round 1 of 2")
        training(page, 2)  # moves
        answer(page, "How was it?")
        answer(page, "What did you find out?")
        begin(page, "Round 2 of 2")
        page.wait("edit", 0)  # labels: broken off here, and gone on with
        process.kill()

    with program(*command, cwd=tmp_path) as (process, address), Page(tmp_path / "profile") as page:
        page.driver.get(address)
        training(page, 2)
        answer(page, "How was it?")
        answer(page, "What did you find out?")
        answer(page, "How was the system?")
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
    assert (moves["frustration"], moves["raw_tlx"], moves["attention_passed"]) == (None, None, False)
    noted = [
        turn["noted"]
        for session in (tmp_path / "store" / "sessions").iterdir()
        for turn in json.loads(session.read_text())["turns"]
    ]
    assert len(noted) == 4 and all(turn["windows"] and turn["selections"] for turn in noted)
    sitting = json.loads((tmp_path / "store" / "people" / "P01.json").read_text())
    assert set(sitting["done"]) >= {"consent", "practice", "moves", "labels", "moves: nasa_tlx", "at_end: sus"}


@pytest.mark.slow
def test_several_people_sit_at_one_server_and_it_may_be_started_again(write: Write, tmp_path: Path) -> None:
    study = write(settings=[*TINY, "projection=pca"], practice=None, conditions={"moves": []}, after_each=[], at_end=[],
                  beside=["none"])  # fmt: skip
    command = [sys.executable, "-m", "hill_exp.people", "serve", str(study), *CODES, "--store", "store",
               "--workers", "1"]  # fmt: skip
    log = tmp_path / "log"

    def addresses() -> list[str]:
        return until(lambda: len(urls := re.findall(r"open (\S+)", log.read_text())) == len(CODES) and urls)

    for times in (1, 2):
        with log.open("w") as out, subprocess.Popen(command, cwd=tmp_path, stdout=out, stderr=out, text=True) as server:
            try:
                urls = addresses()
                if times == 1:
                    first = urls
                    server.send_signal(signal.SIGINT)
                    assert server.wait(30) == 130 and "goes on from there" in log.read_text()
                    continue
                assert urls == first and len({*urls}) == len(CODES)
                visitors = [Visitor(url, stream(0, p, "visitor"), (0.0, 0.1)) for p, url in enumerate(urls)]

                async def everybody(visitors: list[Visitor] = visitors) -> None:
                    await asyncio.gather(*(visitor.visit() for visitor in visitors))

                asyncio.run(asyncio.wait_for(everybody(), 120))
                assert [visitor.ended for visitor in visitors] == ["done"] * len(CODES)
                assert server.wait(120) == 0, log.read_text()
            finally:
                server.kill()
    store = Store(tmp_path / "store")
    done = {(c.names["user"], r.participant) for c in store.conditions() for r in store.records(c.content)}
    assert done == {(user, number) for user in ("human", "none") for number in range(len(CODES))}
    assert {sitting.code for sitting in Sittings(store.path).all()} == {*CODES}
    assert all(f"{code}: done" in log.read_text() for code in CODES) and not list(store.seats.iterdir())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["P1", "P1"], "one stands there twice"),
        (["../P1"], "must be 1 to 32 letters"),
        (["P1", "--workers", "0"], "--workers 0: must be 1 or more"),
        (["P1", "--public", "lab.example.org"], "--public.*must be an address of a place"),
        (["P1", "--public", "https://me:pw@lab.example.org"], "must be an address of a place"),
    ],
)
def test_a_wrong_command_to_serve_gets_a_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(sys, "argv", ["people", "serve", str(SHIPPED), "--store", str(tmp_path), *arguments])
    assert exit_status.of(main) == 2
    out, err = capsys.readouterr()
    assert re.search(sentence, out + err) and "Traceback" not in err


@pytest.mark.slow
def test_time_elsewhere_is_noted_and_who_leaves_has_it_all_deleted(write: Write, tmp_path: Path) -> None:
    study = write(settings=[*TINY, "projection=pca"], practice=None, instructions=None, before_each=None, beside=[])
    command = ["hill_exp.people", str(study), "--code", "P01", "--store", "store", "--no-browser"]

    def gather(page: Page, gestures: int) -> None:
        page.press("n")
        page.hover((600, 300))
        page.press("g")
        until(lambda: page.state()["gestures"] == gestures)

    with program(*command, cwd=tmp_path) as (process, address), Page(tmp_path / "profile") as page:
        page.driver.get(address)
        until(lambda: page.text("h1") == "Taking part")
        page.click("button.primary")
        page.wait("edit", 0)
        page.rest()
        gather(page, 1)
        first = page.driver.current_window_handle
        page.driver.switch_to.new_window("tab")
        time.sleep(1.5)
        page.driver.close()
        page.driver.switch_to.window(first)
        gather(page, 2)
        sessions = tmp_path / "store" / "sessions"

        def kept() -> dict[str, Any] | None:
            for path in sessions.glob("*.json"):
                draft: dict[str, Any] = json.loads(path.read_text())["draft"]
                return draft if draft and len(draft["gestures"]) == 2 else None
            return None

        draft = until(kept)
        ((start, end),) = draft["noted"]["away"]
        one, two = draft["gestures"]
        assert end - start > 1 and two["seconds"] == pytest.approx(two["at"] - one["at"] - (end - start), abs=0.01)
        page.click("#leave")
        page.click("#leaving-delete")
        until(lambda: page.state()["phase"] == "done")
        assert process.wait(timeout=60) == 3
    assert not [*sessions.glob("*.json")]
    sitting = json.loads((tmp_path / "store" / "people" / "P01.json").read_text())
    assert (sitting["status"], sitting["participant"], sitting["done"]) == ("withdrawn", None, {})
