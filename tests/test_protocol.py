"""The protocol of the page is one: what server and page say to each other is what page/protocol.d.ts declares."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from conftest import condition_of
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.testclient import TestClient
from typescript import Declarations, shape

from hill_exp.live import host, protocol, server
from hill_exp.live.questionnaire import Item, Questions
from hill_exp.live.room import Room
from hill_exp.live.session import Session
from hill_exp.live.step import Step
from hill_exp.live.texts import Text
from hill_exp.live.trainer import Answer, Asked, Ended, Rehearse, Rehearsed, Shown, Trained
from hill_exp.live.training import TrainingStep
from hill_exp.live.way import Way
from hill_exp.record.record import Record
from hill_exp.study.job import Job
from hill_exp.types import Budget, Cards, UserError, View

pytestmark = pytest.mark.timeout(60)  # seconds: a message that never comes fails the test

ROOT = Path(__file__).parent.parent
DECLARED = (server.PAGE / "protocol.d.ts").read_text()
TYPES = Declarations(DECLARED)
HOST = "127.0.0.1:8765"
N = 4
PHASES = {"consent", "instructions", "questions", "edit", "training", "answer", "done", "failed"}


def view_at(turn: int) -> View:
    """Of four points, one of them with a pin."""
    rng = np.random.default_rng(turn)
    return View(
        positions=rng.standard_normal((N, 2)),
        observed=np.array([0, 1, -1, -1]),
        reserved=np.array([False, False, False, True]),
        predicted=np.array([0, 0, 1, 1]),
        confidence=rng.random(N),
        recognised=np.full(N, -1),
        attribute=np.full(N, -1),
        pins=np.array([[np.nan, np.nan]] * 3 + [[1.0, 2.0]]),
        cards=Cards(thumbnails=np.zeros((N, 2, 2, 3), np.uint8)),
        classes=("a", "b"),
        turn=turn,
        turns=1,
        budget=Budget(points=3),
        followed=(1, 1) if turn else None,
        response=0.25 if turn else None,
    )


class OneTurn:
    """Stands in for the training's process: two epochs, and a turn between them."""

    cards = Cards(thumbnails=np.zeros((N, 2, 2, 3), np.uint8))

    def __init__(self, job: Job, post: Callable[[Any], None]) -> None:
        self.job, self.post = job, post
        for event in (Trained(1, 1.0, 0.5), Shown(self.view(0)), Asked()):
            post(event)

    def view(self, turn: int) -> View:
        return replace(view_at(turn), cards=self.cards)

    def answer(self, answer: Answer | Rehearse) -> None:
        if isinstance(answer, Rehearse):
            self.post(Rehearsed(1, (2,)))
            return
        for event in (Trained(2, 0.5, 0.25), Shown(self.view(1)), Ended(Record(*self.job.address(), status="done"))):
            self.post(event)

    def __enter__(self) -> OneTurn:
        return self

    def __exit__(self, *_error: object) -> None:
        pass


class OfTexts(OneTurn):
    cards = Cards(texts=("a text",) * N)


class OfValues(OneTurn):
    cards = Cards(values=np.eye(N, 100, dtype=np.float32))


class OfTable(OneTurn):
    cards = Cards(values=np.eye(N, 2, dtype=np.float32), features=("length", "width"))


class Fails:
    name = "fails"

    async def run(self, room: Room) -> None:
        raise UserError("This is not possible.")


def training(folder: Path, trainer: type[OneTurn] = OneTurn) -> TrainingStep:
    condition = condition_of("+user=human", "projection=pca", "dataset.canvas_points=60")
    session = Session.begin(condition, 0, 3, {})
    return TrainingStep("training", Job(condition, 0, 3, folder), session, practice=True, trainer=trainer)  # type: ignore[arg-type]


ITEMS = (
    Item(key="effort", text="How hard was it?", kind="scale", low="easy", high="hard", max=20),
    Item(key="hand", text="Which hand?", kind="choice", choices=("left", "right")),
    Item(key="free", text="Anything else?", kind="text"),
)
EDITED = {"turn": 0, "gestures": [{"points": [2], "drops": [[1.0, 0.5]], "seconds": 2, "at": 2.5}], "undone": 1}
UNTIMELY = {"type": "begin"}  # is refused where it is said
REPLIES: Mapping[str, list[dict[str, Any]]] = {
    "consent": [{"type": "agree"}],
    "instructions": [{"type": "begin"}],
    "edit": [UNTIMELY, {"type": "draft", **EDITED}, {"type": "takeover"}],
    "rehearsed": [{"type": "teach", **EDITED}],
    "answer": [{"type": "next"}],
    "questions": [{"type": "answers", "answers": {"effort": 3, "hand": "left"}}],
}


def rehearse(*steps: Step) -> list[dict[str, Any]]:
    """All that a page is told on the way through the steps."""
    room = Room()
    messages: list[dict[str, Any]] = []
    with (
        TestClient(server.app([room], {f"http://{HOST}"}), base_url=f"http://{HOST}") as client,
        client.websocket_connect(f"ws://{HOST}/ws?token={room.token}") as watcher,
        client.websocket_connect(f"ws://{HOST}/ws?token={room.token}") as tab,
    ):
        assert client.portal
        client.portal.call(room.queue.enter, True, lambda _ahead: None)  # another training has the worker
        client.portal.start_task_soon(host.run_steps, Way(steps), room)
        phase = ""
        while phase not in ("done", "failed"):
            messages.append(tab.receive_json())
            refused = messages[-1]["type"] == "refused" and messages[-1]["in_reply_to"] != UNTIMELY["type"]
            assert not refused, messages[-1]
            if messages[-1]["type"] == "queue" and messages[-1]["ahead"]:
                client.portal.call(room.queue.leave)
            before, phase = phase, messages[-1].get("phase", phase)
            kind = messages[-1]["type"] if phase == before else phase
            for reply in REPLIES.get(kind, []):
                tab.send_json(reply)
        while (seen := watcher.receive_json()).get("phase") != phase:
            messages += [seen] if seen["type"] == "moves" else []
    return messages


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """At least one of each kind that the server sends, and of each phase."""
    texts = Text("consent", "consent", "Consent", "Do you agree?"), Text("intro", "instructions", "What to do", "Move.")
    questions = Questions("questions", "Last questions", "", ITEMS)
    store = tmp_path_factory.mktemp("store")
    others = [training(store, trainer) for trainer in (OfTexts, OfValues, OfTable)]
    return [*rehearse(*texts, training(store), *others, questions), *rehearse(Fails())]


def check(value: Any, kind: Any) -> None:
    """ValidationError where a value, as JSON, has not exactly the declared fields, each of its declared type."""
    TypeAdapter(kind).validate_json(json.dumps(value), strict=True)


def declared(message: Mapping[str, Any], types: Declarations = TYPES) -> type[BaseModel]:
    """The interface of a server's message, by its type and, of states, its phase."""
    key = "phase" if message["type"] == "state" else "type"
    fields = [(kind, kind.model_fields.get(key)) for kind in get_args(types["ServerMessage"])]
    (kind,) = [kind for kind, field in fields if field and message[key] in get_args(field.annotation)]
    return kind


@pytest.mark.parametrize("kind", get_args(protocol.Message), ids=lambda kind: kind.__name__)
def test_what_the_page_says_is_what_the_server_reads(kind: type[BaseModel]) -> None:
    assert shape(TYPES[kind.__name__]) == shape(kind)


def test_the_page_says_no_other_message() -> None:
    names = {kind.__name__ for kind in get_args(protocol.Message)}
    assert {kind.__name__ for kind in get_args(TYPES["PageMessage"])} == names


def test_what_the_server_says_is_what_the_page_reads(messages: list[dict[str, Any]]) -> None:
    for message in messages:
        check(message, declared(message))


def test_every_declared_message_of_the_server_is_sent(messages: list[dict[str, Any]]) -> None:
    assert {message["phase"] for message in messages if message["type"] == "state"} == PHASES
    assert {declared(message) for message in messages} == set(get_args(TYPES["ServerMessage"]))
    views = [message["view"] for message in messages if message.get("view")]
    assert {view["previous"] is None for view in views} == {True, False}
    shown = {tuple(view[kind] is not None for kind in ("sheet", "texts", "values")) for view in views}
    assert shown == {(True, False, False), (False, True, False), (False, False, True)}
    assert {len(view["values"]["rows"][0]) for view in views if view["values"]} == {2, protocol.VALUES}
    assert {tuple(view["previous"]["followed"]) for view in views if view["previous"]} == {(1, 1)}


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node on this machine")
def test_the_view_of_the_page_tests_is_one_that_the_server_could_send() -> None:
    fixture = (ROOT / "tests" / "page" / "views.js").as_uri()
    script = f"import {{ wireView }} from '{fixture}'; console.log(JSON.stringify(wireView()))"
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script], capture_output=True, text=True, timeout=60, check=True
    )
    check(json.loads(done.stdout), TYPES["WireView"])


@pytest.mark.parametrize("kind", [protocol.KeepDraft, protocol.Teach, protocol.Skip, protocol.Stop, protocol.Answers])
def test_a_field_that_the_page_says_and_one_side_renames_is_noticed(kind: type[BaseModel]) -> None:
    changed = Declarations(_renamed(kind.__name__, list(TYPES[kind.__name__].model_fields)[-1]))
    assert shape(changed[kind.__name__]) != shape(kind)


@pytest.mark.parametrize(
    ("interface", "field"),
    [("WireView", "pins"), ("Past", "moved"), ("Past", "followed"), ("Previous", "lagging"), ("Budget", "seconds"),
     ("Sheet", "columns"),
     ("Values", "names"), ("WireView", "texts"), ("Draft", "elapsed"), ("Common", "history"),
     ("TrainingState", "playback"), ("ScaleItem", "low"), ("SavedMessage", "gestures")],
)  # fmt: skip
def test_a_field_that_the_server_says_and_one_side_renames_is_noticed(
    interface: str, field: str, messages: list[dict[str, Any]]
) -> None:
    changed = Declarations(_renamed(interface, field))
    with pytest.raises(ValidationError, match="renamed"):
        for message in messages:
            check(message, declared(message, changed))


def _renamed(interface: str, field: str) -> str:
    """The declarations with another name for a field."""
    before, head, after = DECLARED.partition(f"export interface {interface} ")
    changed = after.replace(f"  {field}:", "  renamed:", 1)
    assert changed != after
    return before + head + changed
