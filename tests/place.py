"""A served room and a training in it that is none: a person's page for tests, without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from starlette.testclient import TestClient, WebSocketTestSession

from hill_exp.live.host import run_steps
from hill_exp.live.room import Room
from hill_exp.live.server import app
from hill_exp.live.session import Session
from hill_exp.live.step import Step
from hill_exp.live.trainer import Answer, Asked, Ended, Gone, Rehearse, Rehearsed, Shown, Trained
from hill_exp.live.training import TrainingStep
from hill_exp.live.way import Way
from hill_exp.record.condition import Condition
from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.study.job import Job
from hill_exp.types import Budget, Cards, View

HOST = "127.0.0.1:8765"
ORIGIN = f"http://{HOST}"
N, TURNS = 6, 2


def view_at(turn: int) -> View:
    rng = np.random.default_rng(turn)
    return View(
        positions=rng.standard_normal((N, 2)),
        observed=np.array([0, 1, -1, -1, 1, -1]),
        reserved=np.arange(N) == 5,
        predicted=np.array([0, 1, 0, 0, 0, 0]),
        confidence=rng.random(N),
        recognised=np.full(N, -1),
        attribute=np.full(N, -1),
        pins=np.full((N, 2), np.nan),
        cards=Cards(thumbnails=rng.integers(0, 255, (N, 4, 5, 3), dtype=np.uint8)),
        classes=("a", "b"),
        turn=turn,
        turns=TURNS,
        budget=Budget(points=3, gestures=2, seconds=60.0),
        followed=(0, 1) if turn else None,
    )


class FakeTrainer:
    """Stands in for the training's process: an epoch a turn, and a record at the end; dies at turn `dies_at`."""

    dies_at = -1

    def __init__(self, job: Job, post: Callable[[Any], None]) -> None:
        self.job, self.post = job, post
        self.answers: list[Answer] = []
        self._go_on()

    def _go_on(self) -> None:
        turn = len(self.answers)
        self.post(Trained(turn + 1, 1.0 / (turn + 1), 0.5))
        self.post(Shown(view_at(turn)))
        if turn == self.dies_at:
            self.post(Gone())
        elif turn < TURNS and not (self.answers and self.answers[-1].last):
            self.post(Asked())
        else:
            self.post(Ended(Record(*self.job.address(), status="done", metrics={"test_accuracy": 0.5})))

    def answer(self, answer: Answer | Rehearse) -> None:
        if isinstance(answer, Rehearse):
            edit = answer.edit
            self.post(Rehearsed(len(edit.gestures), tuple(np.flatnonzero(edit.moved).tolist())))
            return
        self.answers.append(answer)
        self._go_on()

    def death(self) -> str:
        return "killed by signal 9"

    def __enter__(self) -> FakeTrainer:
        return self

    def __exit__(self, *_error: object) -> None:
        pass


class Place:
    """A served room and a person's training in it."""

    def __init__(self, condition: Condition, folder: Path) -> None:
        self.store, self.path = Store(folder), folder / "sessions" / "one.json"
        self.job = Job(condition, 0, 3, folder)
        self.session = Session.begin(condition, 0, 3, {"code": "P3"})
        self.room = Room()
        self.trainers: list[FakeTrainer] = []
        self.kept: dict[str, Any] = {}
        self.leading: Future[list[Any]]

    def start(self, *arguments: Any) -> Any:
        self.trainers.append(FakeTrainer(*arguments))
        return self.trainers[-1]

    def training(self, **changes: Any) -> TrainingStep:
        return TrainingStep(**{"name": "training", "job": self.job, "session": self.session, "path": self.path,
                           "trainer": self.start, **changes})  # fmt: skip

    def _keep(self, step: Step, result: Any) -> None:
        self.kept[step.name] = result

    @contextmanager
    def open(self, *of: Step) -> Iterator[TestClient]:
        with TestClient(app([self.room], {ORIGIN}), base_url=f"http://{HOST}") as client:
            assert client.portal
            way = Way(of or (self.training(),), self._keep)
            self.leading = client.portal.start_task_soon(run_steps, way, self.room)
            try:
                yield client
            finally:
                self.leading.cancel()

    def tab(self, client: TestClient) -> WebSocketTestSession:
        return client.websocket_connect(f"ws://{HOST}/ws?token={self.room.token}")


def until(tab: WebSocketTestSession, **fields: Any) -> dict[str, Any]:
    """The next message that has these fields. A message that never comes fails the test and does not stop it."""
    while True:
        received: Future[dict[str, Any]] = Future()
        Thread(target=_receive, args=(tab, received), daemon=True).start()
        message = received.result(timeout=30)
        if fields.items() <= message.items():
            return message


def _receive(tab: WebSocketTestSession, received: Future[dict[str, Any]]) -> None:
    try:
        received.set_result(tab.receive_json())
    except BaseException as error:
        received.set_exception(error)


def gesture(*points: int, x: float = 1.0, **changes: Any) -> dict[str, Any]:
    return {"points": list(points), "drops": [[x, 0.5]] * len(points), "seconds": 2.0, "at": 2.0, **changes}


def teach(*gestures: dict[str, Any], turn: int = 0, kind: str = "teach", **changes: Any) -> dict[str, Any]:
    return {"type": kind, "turn": turn, "gestures": list(gestures), "undone": 0, **changes}
