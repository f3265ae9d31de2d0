"""The real person, as the training sees one: a `Person` that sits at the other end of a pipe.

The training runs in a process of its own (`train`), so that the page never waits for it. It tells what happens as
`Shown`, `Asked`, `Trained`, and at the end `Ended` or `Wrong`; for each `Asked` it is sent one `Answer`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np

from hill_exp.config import Choice
from hill_exp.person import AtThePage, Person
from hill_exp.record.store import Record
from hill_exp.study import workers
from hill_exp.study.job import Job, attempt
from hill_exp.types import Edit, Gesture, UserError, View


class Human(Choice, Person):
    """A real person at the page. `hill_exp.live.seat` seats one; nothing else can."""

    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        raise UserError("user=human: a real person sits at the page of python -m hill_exp +user=human, nowhere else")


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
    """The participant's record, done or failed, not yet written."""

    record: Record


@dataclass(frozen=True)
class Wrong:
    """What the user can put right, in a sentence."""

    sentence: str


@dataclass(frozen=True)
class Answer:
    """What the person did with a view, and whether it was the last."""

    gestures: Sequence[Gesture]
    last: bool


class Correspondent(AtThePage):
    """The person at the other end of the pipe."""

    def __init__(self, page: Connection) -> None:
        self._page = page
        self._last = False

    def watch(self, view: View) -> None:
        self._page.send(Shown(view))

    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        self._page.send(Asked())
        answer: Answer = self._page.recv()
        self._last = answer.last
        return Edit.of(view.positions, answer.gestures)

    def leaves_after(self, turn: int) -> bool:
        return self._last


def train(job: Job, page: Connection) -> None:
    """In a process of its own: run the participant with the person at the page."""
    workers.settle()

    def tell(epoch: int, _turns: int, train_loss: float, teaching_loss: float) -> None:
        page.send(Trained(epoch, train_loss, teaching_loss))

    try:
        page.send(Ended(attempt(job, tell, Correspondent(page))))
    except UserError as error:
        page.send(Wrong(str(error)))
    except (EOFError, OSError):  # the program has ended; there is nobody to tell
        pass
