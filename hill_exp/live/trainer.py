"""A training in a process of its own, so that the page never waits for it, and the pipe to it.

`Trainer` is the end at the page. At the other end `train` runs the participant with a `Correspondent` in the person's
place. Over the pipe come `Shown`, `Asked`, `Trained`, and at the end `Ended` or `Wrong`, or `Gone` where the process
died; for each `Asked` one `Answer` goes back, and before it any number of `Rehearse`, each answered by `Rehearsed`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

import numpy as np

from hill_exp.person import AtThePage
from hill_exp.record.record import Record
from hill_exp.study import workers
from hill_exp.study.job import Job, attempt
from hill_exp.types import Edit, UserError, View

# --- what goes over the pipe -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """A view; an edit need not follow."""

    view: View


@dataclass(frozen=True)
class Asked:
    """The edit of the view shown last is waited for."""


@dataclass(frozen=True)
class Trained:
    """One more epoch is done."""

    epoch: int
    train_loss: float
    teaching_loss: float


@dataclass(frozen=True)
class Ended:
    """The training is over. The participant's record, done or failed, not yet written; None where none is made."""

    record: Record | None


@dataclass(frozen=True)
class Wrong:
    """What the user can put right, in a sentence."""

    sentence: str


@dataclass(frozen=True)
class Gone:
    """The training's process has closed its end of the pipe."""


@dataclass(frozen=True)
class Answer:
    """What the person did with a view, and whether it was the last."""

    edit: Edit
    last: bool


@dataclass(frozen=True)
class Rehearse:
    """What would this edit teach?"""

    edit: Edit


@dataclass(frozen=True)
class Rehearsed:
    """Of an edit of so many gestures, the moved points that would teach nothing."""

    gestures: int
    silent: tuple[int, ...]


def answer_of(view: View, take: Callable[[], Answer | Rehearse], post: Callable[[Rehearsed], None]) -> Answer:
    """What the person does with the view in the end; until then, what each edit that is rehearsed would teach is
    told, as far as the view tells it."""
    while isinstance(message := take(), Rehearse):
        if view.silent:
            silent = np.flatnonzero(view.silent(message.edit)).tolist()
            post(Rehearsed(len(message.edit.gestures), tuple(silent)))
    return message


# --- the end at the page ---------------------------------------------------------------------------------------------


class Trainer(AbstractContextManager["Trainer"]):
    """The training in its process; its events go to `post`, which is called in a thread."""

    def __init__(self, job: Job, post: Callable[[Any], None]) -> None:
        from hill_exp.loop.parts import Parts

        context: Any = workers.context([Parts.of(job.condition.resolved).projection.preload])
        self._pipe, far = context.Pipe()
        self._process = context.Process(target=train, args=(job, far), daemon=True)
        self._process.start()
        far.close()
        Thread(target=self._listen, args=(post,), daemon=True).start()

    def answer(self, answer: Answer | Rehearse) -> None:
        self._pipe.send(answer)

    def death(self) -> str:
        """How the process ended."""
        self._process.join()
        return workers.how_it_ended(self._process.exitcode)

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.join()

    def _listen(self, post: Callable[[Any], None]) -> None:
        try:
            while True:
                post(self._pipe.recv())
        except (EOFError, OSError):
            post(Gone())


# --- the end at the training -----------------------------------------------------------------------------------------


class Correspondent(AtThePage):
    """The person, as the training sees one: at the other end of the pipe."""

    def __init__(self, page: Connection) -> None:
        self._page = page
        self._last = False

    def watch(self, view: View) -> None:
        self._page.send(Shown(replace(view, silent=None)))  # it cannot be sent: it is asked for by `Rehearse`

    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        self._page.send(Asked())
        answer = answer_of(view, self._page.recv, self._page.send)
        self._last = answer.last
        return answer.edit

    def leaves_after(self, turn: int) -> bool:
        return self._last


def train(job: Job, page: Connection) -> None:
    """In a process of its own: run the participant with the person at the page."""
    workers.settle()

    def report(epoch: int, _turns: int, train_loss: float, teaching_loss: float) -> None:
        page.send(Trained(epoch, train_loss, teaching_loss))

    try:
        page.send(Ended(attempt(job, report, Correspondent(page))))
    except UserError as error:
        page.send(Wrong(str(error)))
    except (EOFError, OSError):  # the program has ended; nobody listens
        pass
