"""The server of a person's page, without a browser and without training: what it takes, what it refuses, who writes."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import condition_of
from PIL import Image
from place import HOST, ORIGIN, TURNS, FakeTrainer, N, Place, gesture, teach, until, view_at
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from hill_exp.live import protocol, training
from hill_exp.live.host import run_steps
from hill_exp.live.questionnaire import Item, Questions
from hill_exp.live.server import app
from hill_exp.live.session import read
from hill_exp.live.step import Withdrawn
from hill_exp.live.texts import Text
from hill_exp.live.way import Way
from hill_exp.record.condition import Condition
from hill_exp.record.trace import digest


@pytest.fixture(scope="module")
def condition() -> Condition:
    return condition_of("+user=human", "projection=pca", "dataset.canvas_points=60")


@pytest.fixture
def place(condition: Condition, tmp_path: Path) -> Place:
    return Place(condition, tmp_path)


NOTED = {
    "until": 3.0, "away": [[1.0, 2.0]], "gaps": [], "looks": [[2, 0.5, 0.25]], "windows": [], "zooms": [],
    "selections": [{"at": 0.5, "count": 1, "points": [3]}], "undone": [],
}  # fmt: skip
REFUSED = [
    pytest.param("{not json", "not well-formed JSON", id="malformed"),
    pytest.param("[" * 5000, "not well-formed JSON", id="nested without end"),
    pytest.param('"teach"', "no type that is known", id="not an object"),
    pytest.param({"type": "destroy"}, "no type that is known. Known are: draft, teach, skip", id="unknown type"),
    pytest.param({"turn": 0}, "no type that is known", id="no type"),
    pytest.param(teach(gesture(0), now=True), "there is no 'now'", id="unknown key"),
    pytest.param({"type": "teach", "turn": 0, "undone": 0}, "gestures: needs a value", id="missing key"),
    pytest.param(teach(gesture(0), turn=1), "about turn 1, and the turn is 0 now", id="another turn"),
    pytest.param(teach(gesture(0), turn="0"), "turn = 0: must be a valid integer", id="a text for a number"),
    pytest.param(teach(gesture(0, x=float("nan"))), ": must be a finite number", id="NaN"),
    pytest.param(teach(gesture(0, x=float("-inf"))), ": must be a finite number", id="infinity"),
    pytest.param(json.dumps(teach(gesture(0))).replace("1.0", "1e999"), "finite number", id="too large a number"),
    pytest.param(json.dumps(teach(gesture(0))).replace("[0]", "[" + "9" * 30 + "]"), "equal to 1000000", id="huge"),
    pytest.param(teach(gesture(0, at=float("nan"))), "at = nan: must be a finite number", id="NaN in time"),
    pytest.param(teach(gesture(0, seconds=-1.0)), "seconds = -1.0: must be greater than", id="negative time"),
    pytest.param(teach(gesture(0), gesture(2, 5)), "Gesture 2 moves point 5, which is reserved", id="reserved"),
    pytest.param(teach(gesture(0, x=5.0)), "a point outside the canvas, which ends at 3.", id="outside"),
    pytest.param(teach(gesture(1), gesture(N)), "Gesture 2 names point 6; the canvas has 6 points", id="unknown point"),
    pytest.param(teach(gesture(-1)), "points[0] = -1: must be greater than or equal to 0", id="negative point"),
    pytest.param(teach(gesture(2, 2)), "a gesture names a point twice", id="point twice"),
    pytest.param(teach(gesture(0, 1, drops=[[1, 1]])), "a gesture of 2 points has 1 drops", id="drops missing"),
    pytest.param(teach(gesture()), "points", id="no points"),
    pytest.param(teach(gesture(0, 1), gesture(2, 3)), "handle 4 points; a turn allows 3", id="over budget of points"),
    pytest.param(teach(*[gesture(0)] * 3), "3 gestures; a turn allows 2", id="over budget of gestures"),
    pytest.param(teach(gesture(0, seconds=65.1)), "took 65.1 seconds; a turn allows 60", id="over budget of time"),
    pytest.param(teach(gesture(0), noted={**NOTED, "looks": [[N, 0, 1]]}), "Noted is point 6", id="unknown look"),
    pytest.param(teach(gesture(0), noted={**NOTED, "away": [[0, 1]] * 301}), "at most 300", id="too many"),
    pytest.param({"type": "next"}, "not the moment for 'next'", id="wrong moment"),
]  # fmt: skip


class OfStudy(Way):
    """The way of a person in a study, who may leave it."""

    code = "P3"
    parts = ("consent", "training", "at_end")  # type: ignore[assignment]

    def withdrawn(self, keep: bool) -> None:
        self.kept = keep


@pytest.mark.parametrize("keep", [True, False])
def test_a_person_in_a_study_may_leave_at_any_moment(place: Place, keep: bool) -> None:
    way = OfStudy((place.training(),))
    with TestClient(app([place.room], {ORIGIN}), base_url=f"http://{HOST}") as client, place.tab(client) as tab:
        assert client.portal
        leading = client.portal.start_task_soon(run_steps, way, place.room)
        state = until(tab, phase="edit")
        assert state["may_leave"] and (state["step"], state["steps"]) == (2, 3), "parts that are done count"
        tab.send_json({"type": "withdraw", "keep": keep})
        assert ("is kept" if keep else "is deleted") in until(tab, phase="done")["text"]
        with pytest.raises(Withdrawn):
            leading.result(timeout=30)
    assert way.kept is keep


def test_where_there_is_no_study_there_is_none_to_leave(place: Place) -> None:
    with place.open() as client, place.tab(client) as tab:
        assert not until(tab, phase="edit")["may_leave"]
        tab.send_json({"type": "withdraw", "keep": False})
        assert "not the moment for 'withdraw'" in until(tab, type="refused")["reason"]


@pytest.mark.parametrize("kind", ["teach", "draft"])
@pytest.mark.parametrize(("message", "reason"), REFUSED)
def test_a_message_that_is_wrong_is_refused_in_words_and_harms_nothing(
    message: Any, reason: str, kind: str, place: Place
) -> None:
    text = message if isinstance(message, str) else json.dumps(message)
    text = text.replace('"teach"', f'"{kind}"') if text.startswith("{") else text
    with place.open() as client, place.tab(client) as tab:
        until(tab, phase="edit")
        tab.send_text(text)
        refused = until(tab, type="refused")
        assert reason in refused["reason"]
        assert not place.path.exists() and not place.trainers[0].answers
        tab.send_json(teach(gesture(4, 2)))
        until(tab, phase="edit")
        (answer,) = place.trainers[0].answers
        assert [g.points.tolist() for g in answer.edit.gestures] == [[4, 2]]


def test_a_message_in_bytes_is_refused_and_one_too_large_closes_its_tab_alone(place: Place) -> None:
    with place.open() as client:
        with place.tab(client) as tab:
            until(tab, phase="edit")
            tab.send_bytes(b"\x00")
            assert "JSON" in until(tab, type="refused")["reason"]
            tab.send_text(json.dumps(teach(gesture(0), now="x" * protocol.LARGEST)))
            with pytest.raises(WebSocketDisconnect) as closed:
                until(tab, type="never")
            assert closed.value.code == 1009
        with place.tab(client) as tab:
            assert until(tab, type="state")["phase"] == "edit"


def test_five_thousand_points_in_one_gesture_are_not_too_large() -> None:
    drops = np.random.default_rng(0).standard_normal((5000, 2)).tolist()
    assert len(json.dumps(teach(gesture(*range(5000), drops=drops)))) < protocol.LARGEST / 2


@pytest.mark.parametrize(
    ("headers", "token", "reason"),
    [
        ({}, "", "The token is wrong"),
        ({}, "guess", "The token is wrong"),
        ({}, "g\u00fcess", "The token is wrong"),
        ({"origin": "http://evil.example"}, None, "Another site's page"),
        ({"origin": f"https://{HOST}.evil.example"}, None, "Another site's page"),
        ({"origin": "null"}, None, "Another site's page"),
        ({"host": "evil.example:8765"}, None, "does not go by that name"),
        ({"host": "127.0.0.1:1"}, None, "does not go by that name"),
    ],
    ids=str,
)
def test_strangers_are_refused_before_anything_is_accepted(
    headers: dict[str, str], token: str | None, reason: str, place: Place
) -> None:
    guess = place.room.token if token is None else token
    with place.open() as client:
        for path in ("/", "/index.html", "/thumbnails.png"):
            answer = client.get(path, params={"token": guess}, headers=headers)
            assert answer.status_code == 403 and reason in answer.text
        with (
            pytest.raises(WebSocketDisconnect) as denied,
            client.websocket_connect(f"ws://{HOST}/ws?token={guess}", headers=headers),
        ):
            pass
        assert denied.value.code == 1008 and reason in denied.value.reason
        assert place.room.tabs == []


def test_the_page_is_served_to_who_has_the_address_with_headers_that_shut_others_out(
    place: Place, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text("the page")
    (tmp_path / "state.js").write_text("export {}")
    with TestClient(app([place.room], {ORIGIN}, page=tmp_path), base_url=f"http://{HOST}") as client:
        index = client.get(f"/?token={place.room.token}", headers={"origin": f"http://{HOST}"})
        assert index.text == "the page" and "default-src 'none'" in index.headers["content-security-policy"]
        script = client.get("/state.js")
        assert script.status_code == 200 and "javascript" in script.headers["content-type"]
        assert client.get("/../conftest.py").status_code == 403


def test_the_view_that_the_page_is_told(place: Place) -> None:
    with place.open() as client, place.tab(client) as tab:
        state = until(tab, phase="edit")
        shown, view = state["view"], view_at(0)
        assert np.array_equal(shown["positions"], view.positions)  # to the last bit
        assert shown["pins"] == [None] * N and shown["previous"] is None and shown["classes"] == ["a", "b"]
        assert shown["reserved"] == [5]
        assert shown["budget"] == {"points": 3, "gestures": 2, "seconds": 60.0}
        assert state["history"] == [{"turn": 0, "agreement": 2 / 3}]  # of three labelled points, one is contradicted
        assert state["curves"] == {"epoch": [1], "train_loss": [1.0], "teaching_loss": [0.5]}
        assert (state["step"], state["steps"], state["who"]) == (1, 1, "Participant 3")
        assert "recognised" not in shown and "truth" not in json.dumps(state)
        sheet = shown["sheet"]
        image = np.array(Image.open(io.BytesIO(client.get(sheet["url"]).content)))
        assert (sheet["columns"], sheet["width"], sheet["height"]) == (3, 5, 4)
        np.testing.assert_array_equal(image[4:8, 5:10], view.cards.thumbnails[4])  # second row, second column
        tab.send_json(teach(gesture(4, x=2.0)))
        state = until(tab, phase="training")
        assert state["view"]["positions"][4] == [2.0, 0.5]
        assert until(tab, type="progress") == {
            "type": "progress", "epoch": 2, "epochs": 60, "train_loss": 0.5, "teaching_loss": 0.5,
        }  # fmt: skip
        previous = until(tab, phase="edit")["view"]["previous"]
        assert previous["moved"] == [4] and previous["edited"][4] == [2.0, 0.5] and previous["followed"] == [0, 1]
        assert np.array_equal(previous["positions"], view.positions)


def test_from_the_first_view_to_the_record(place: Place) -> None:
    with place.open() as client, place.tab(client) as tab:
        until(tab, phase="edit")
        tab.send_json(teach(gesture(0), gesture(1), undone=2))
        until(tab, phase="edit")
        tab.send_json({"type": "skip", "turn": 1})
        answer = until(tab, phase="answer")
        assert np.array_equal(answer["view"]["positions"], view_at(2).positions)
        record = place.store.read(*place.job.address())
        assert record and record.status == "done" and record.person == {"code": "P3"}
        tab.send_json({"type": "next"})
        assert "may close" in until(tab, phase="done")["text"]
        with pytest.raises(WebSocketDisconnect) as closed:
            tab.receive_json()
        assert closed.value.code == 1000
    session = read(place.path, "resume")
    assert session.status == "done" and session.draft is None
    assert [(turn.how, len(turn.gestures), turn.undone) for turn in session.turns] == [("teach", 2, 2), ("skip", 0, 0)]
    assert [turn.shown for turn in session.turns] == [digest(view_at(turn).positions) for turn in range(TURNS)]
    assert set(place.kept) == {"training"}


def test_after_stop_there_is_no_turn(place: Place) -> None:
    with place.open() as client, place.tab(client) as tab:
        until(tab, phase="edit")
        tab.send_json({"type": "stop", "turn": 0})
        until(tab, phase="answer")
    (answer,) = place.trainers[0].answers
    assert answer.last and not answer.edit.gestures


@pytest.mark.parametrize("kind", ["teach", "skip", "stop"])
def test_what_the_page_notes_of_a_turn_is_kept_however_it_ends(place: Place, kind: str) -> None:
    edited = {"gestures": [gesture(0)], "undone": 0} if kind == "teach" else {}
    with place.open() as client, place.tab(client) as tab:
        until(tab, phase="edit")
        tab.send_json({"type": kind, "turn": 0, "noted": NOTED, **edited})
        until(tab, phase="training")
    (turn,) = read(place.path, "resume").turns
    assert turn.noted and turn.noted.model_dump(mode="json") == NOTED and turn.noted.seconds_away == 1.0


def test_a_draft_outlives_the_page_and_the_program(place: Place, condition: Condition, tmp_path: Path) -> None:
    with place.open() as client:
        with place.tab(client) as tab:
            until(tab, phase="edit")
            tab.send_json(teach(gesture(0)))
            until(tab, phase="edit")
            tab.send_json(teach(gesture(3), turn=1, kind="draft", undone=4, noted=NOTED))
            assert until(tab, type="saved")["gestures"] == 1
        with place.tab(client) as tab:  # the page was reloaded
            draft = until(tab, phase="edit")["draft"]
            assert draft["gestures"] == [gesture(3)] and draft["undone"] == 4 and draft["elapsed"] >= 0
            assert draft["noted"] == NOTED
    kept = read(place.path, "resume")
    assert kept.draft and kept.draft.gestures[0].points == (3,) and len(kept.turns) == 1
    again = Place(condition, tmp_path / "again")
    again.session = kept.updated(draft=kept.draft.model_copy(update={"elapsed": 100.0}))
    with again.open() as client, again.tab(client) as tab:  # the program was started again
        state = until(tab, phase="edit")
        assert state["view"]["turn"] == 1 and state["view"]["previous"]["moved"] == [0]
        assert state["draft"]["gestures"] == [gesture(3)] and state["draft"]["elapsed"] >= 100
        (played_back,) = again.trainers[0].answers
        assert played_back.edit.gestures[0].points.tolist() == [0]


def test_of_two_tabs_the_last_one_writes_until_the_other_takes_over(place: Place) -> None:
    with place.open() as client, place.tab(client) as first:
        assert until(first, phase="edit")["reader"] is False
        with place.tab(client) as second:
            assert until(second, phase="edit")["reader"] is False
            assert until(first, type="state")["reader"] is True
            first.send_json(teach(gesture(0)))
            assert "read-only" in until(first, type="refused")["reason"]
            first.send_json({"type": "takeover"})
            assert until(first, type="state")["reader"] is False
            assert until(second, type="state")["reader"] is True
            second.send_json({"type": "skip", "turn": 0})
            assert "read-only" in until(second, type="refused")["reason"]
            second.send_json({"type": "takeover"})
            assert until(first, type="state", reader=True)
        assert until(first, type="state", reader=False)  # the other was closed
        first.send_json(teach(gesture(0)))
        assert until(first, phase="edit")["view"]["turn"] == 1


def test_a_tab_that_watches_sees_what_the_other_does(place: Place) -> None:
    with place.open() as client, place.tab(client) as watcher, place.tab(client) as tab:
        until(tab, phase="edit")
        tab.send_json(teach(gesture(3), kind="draft", undone=4))
        draft = until(watcher, type="moves")["draft"]
        assert draft["gestures"] == [gesture(3)] and draft["undone"] == 4
        assert until(tab, type="saved") and tab is not watcher


def test_a_training_that_dies_is_told_and_the_session_is_kept(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeTrainer, "dies_at", 1)
    with place.open() as client, place.tab(client) as tab:
        until(tab, phase="edit")
        tab.send_json(teach(gesture(0)))
        assert "died (killed by signal 9)" in until(tab, phase="failed")["text"]
    record = place.store.read(*place.job.address())
    assert record and record.status == "failed" and "signal 9" in record.reason
    session = read(place.path, "resume")
    assert session.status == "open" and len(session.turns) == 1


def test_without_a_page_the_answer_is_waited_for_no_longer_than_a_reload_takes(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "GRACE", 0.05)
    with place.open() as client:
        with place.tab(client) as tab:
            until(tab, phase="edit")
            tab.send_json({"type": "stop", "turn": 0})
            until(tab, phase="answer")
        (record,) = place.leading.result(timeout=30)
    assert record.status == "done"


ITEMS = (
    Item(key="effort", text="How hard was it?", kind="scale", low="low", high="high", min=0, max=20, step=1),
    Item(key="hand", text="Which hand?", kind="choice", choices=("left", "right")),
    Item(key="free", text="Anything else?", kind="text"),
)


def test_texts_and_questions_before_and_after_a_practice_that_is_not_kept(place: Place) -> None:
    consent = Text("consent", "consent", "Consent", "Do you agree?")
    instructions = Text("instructions", "instructions", "What to do", "Move points.")
    practice = place.training(name="practice", path=None, practice=True, hidden=True)
    questions = Questions("questions", "Last questions", "", ITEMS)
    with place.open(consent, instructions, practice, questions) as client, place.tab(client) as tab:
        state = until(tab, phase="consent")
        assert (state["title"], state["text"], state["step"], state["steps"]) == ("Consent", "Do you agree?", 1, 4)
        tab.send_json({"type": "begin"})
        assert "not the moment for 'begin'" in until(tab, type="refused")["reason"]
        tab.send_json({"type": "agree"})
        until(tab, phase="instructions")
        tab.send_json({"type": "begin"})
        state = until(tab, phase="edit")
        assert state["practice"] is True and state["condition"] is None
        tab.send_json({"type": "stop", "turn": 0})
        until(tab, phase="answer")
        tab.send_json({"type": "next"})
        items = until(tab, phase="questions")["items"]
        assert [set(item) for item in items] == [
            {"key", "text", "low", "high", "min", "max", "step"}, {"key", "text", "choices"}, {"key", "text", "kind"},
        ]  # fmt: skip
        for answers, reason in [
            ({"effort": 3}, "'Which hand?' is not answered yet"),
            ({"effort": 21, "hand": "left"}, "a number from 0 to 20"),
            ({"effort": 2.5, "hand": "left"}, "in steps of 1 from 0"),
            ({"effort": 3, "hand": "both"}, "must be one of: left, right"),
            ({"effort": 3, "hand": "left", "free": 1}, "must be a text"),
            ({"effort": 3, "hand": "left", "name": "x"}, "no question 'name'"),
            ({"effort": 3, "hand": "left", "free": "x" * 10_001}, "at most 10000"),
        ]:
            tab.send_json({"type": "answers", "answers": answers})
            assert reason in until(tab, type="refused")["reason"]
        tab.send_json({"type": "answers", "answers": {"effort": 3, "hand": "left"}})
        until(tab, phase="done")
    assert place.kept["questions"] == {"effort": 3, "hand": "left"}
    assert place.store.read(*place.job.address()) is None and not place.path.exists()


def test_a_training_is_either_kept_or_for_practice(place: Place) -> None:
    for changes in ({"practice": True}, {"path": None}):
        with pytest.raises(ValueError, match="one for practice has none"):
            place.training(**changes)


def test_who_does_not_agree_is_asked_nothing_more(place: Place) -> None:
    with place.open(Text("consent", "consent", "Consent", "?"), place.training()) as client, place.tab(client) as tab:
        until(tab, phase="consent")
        tab.send_json({"type": "decline"})
        assert "do not take part" in until(tab, phase="done")["text"]
    assert place.kept == {} and not place.trainers


def test_a_large_thumbnail_is_made_smaller_so_that_the_sheet_fits_a_browser() -> None:
    png, sheet = protocol.sheet_of(np.zeros((400, 300, 200, 3), np.uint8))
    assert sheet == {"columns": 20, "width": 136, "height": 204}
    assert max(Image.open(io.BytesIO(png)).size) <= protocol.SHEET


def test_a_long_text_and_a_long_row_are_shown_in_part() -> None:
    assert protocol.texts_of(["a", "b" * 400, "c" * 401]) == ["a", "b" * 400, "c" * 399 + "\u2026"]
    values = np.arange(200, dtype=np.float32).reshape(2, 100) / 3
    told = protocol.values_of(values, [f"column {k}" for k in range(100)])
    assert [len(row) for row in told["rows"]] == [64, 64] and told["all"] == 100
    assert told["rows"][1][0] == 33.33 and told["names"][-1] == "column 63"
    assert protocol.values_of(values[:, :3], None) == {"rows": [[0, 0.3333, 0.6667], [33.33, 33.67, 34]], "names": None,
                                                      "all": 3}  # fmt: skip


def test_every_kind_of_message_is_in_the_list_that_a_refusal_gives() -> None:
    with pytest.raises(protocol.Refused) as refused:
        protocol.parse("{}")
    listed = re.findall(r"\w+", str(refused.value).partition("Known are")[2])
    assert listed == [kind.model_fields["type"].annotation.__args__[0] for kind in protocol.Message.__args__]
    assert len(listed) == 11


def test_a_person_at_a_turn_leaves_the_worker_to_others(condition: Condition, tmp_path: Path) -> None:
    places = [Place(condition, tmp_path / name) for name in ("one", "other")]
    places[1].room.queue = places[0].room.queue  # of one worker
    with TestClient(app([place.room for place in places], {ORIGIN}), base_url=ORIGIN) as client:
        assert client.portal
        for place in places:
            place.leading = client.portal.start_task_soon(run_steps, Way([place.training()]), place.room)
        try:
            with places[0].tab(client) as one, places[1].tab(client) as other:
                until(one, phase="edit")
                until(other, phase="edit")
                for turn in range(TURNS):
                    for tab in (one, other):
                        tab.send_json(teach(gesture(0), turn=turn))
                        until(tab, phase="answer" if turn == TURNS - 1 else "edit")
        finally:
            for place in places:
                place.leading.cancel()


def test_who_leaves_while_waiting_for_a_worker_leaves_at_once(place: Place) -> None:
    queue = place.room.queue
    with TestClient(app([place.room], {ORIGIN}), base_url=ORIGIN) as client, place.tab(client) as tab:
        assert client.portal
        client.portal.call(queue.enter, True, lambda _ahead: None)  # another training has the worker
        leading = client.portal.start_task_soon(run_steps, OfStudy((place.training(),)), place.room)
        try:
            assert until(tab, type="queue")["ahead"] == 1
            tab.send_json({"type": "skip", "turn": 0})
            assert "not the moment" in until(tab, type="refused")["reason"]
            tab.send_json({"type": "withdraw", "keep": True})
            until(tab, phase="done")
            with pytest.raises(Withdrawn):
                leading.result(timeout=30)
        finally:
            leading.cancel()
        client.portal.call(queue.leave)
        client.portal.call(queue.enter, True, lambda _ahead: None)  # nobody stands in the way
        assert not place.trainers
