"""What a person goes through: a text, questions, a training. A session is a list of them, in order.

A step is anything with a `name` and `run(room)`, which gives what comes of it; that is kept under the name.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from typing import Any, Literal, Protocol

from hill_exp.live import protocol
from hill_exp.live.human import Answer, Asked, Ended, Shown, Trained, Wrong, train
from hill_exp.live.protocol import Refused
from hill_exp.live.server import Room, TabsChanged
from hill_exp.live.session import Draft, Entry, Session, Turn, write
from hill_exp.record.store import Record, Store
from hill_exp.record.trace import digest
from hill_exp.study import workers
from hill_exp.study.console import errors
from hill_exp.study.job import Job
from hill_exp.types import Edit, UserError, View

GRACE = 20.0  # seconds without a page after which nobody is waited for to look at the answer: longer than a reload


class Declined(Exception):
    """The person does not take part."""


class Step(Protocol):
    @property
    def name(self) -> str: ...

    async def run(self, room: Room) -> Any: ...


# --- texts and questions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """A text to read, and to agree to if it asks for consent. Gives when that was done, as seconds since the epoch
    (Unix time). Raises Declined."""

    name: str
    phase: Literal["consent", "instructions"]
    title: str
    text: str

    async def run(self, room: Room) -> float:
        room.show(lambda: {"phase": self.phase, "title": self.title, "text": self.text})
        if self.phase == "instructions":
            await room.hear(protocol.Begin)
        elif isinstance(await room.hear(protocol.Agree, protocol.Decline), protocol.Decline):
            raise Declined
        return time.time()


class Item(Entry):
    """One question: a scale (low and high are the words at its ends), a choice, or a free text, which may be empty."""

    key: str
    text: str
    kind: Literal["scale", "choice", "text"]
    low: str = ""
    high: str = ""
    min: float = 0
    max: float = 0
    step: float = 1
    choices: tuple[str, ...] = ()

    def check(self, answer: str | float | None) -> None:
        """Refused for what is no answer to this question."""
        if self.kind == "text":
            if not isinstance(answer, str | None):
                raise Refused(f"The answer to {self.text!r} must be a text.")
        elif answer is None:
            raise Refused(f"{self.text!r} is not answered yet.")
        elif self.kind == "choice":
            if answer not in self.choices:
                raise Refused(f"The answer to {self.text!r} must be one of: {', '.join(self.choices)}.")
        elif isinstance(answer, str) or not self.min <= answer <= self.max:
            raise Refused(f"The answer to {self.text!r} must be a number from {self.min:g} to {self.max:g}.")
        elif not math.isclose(round((answer - self.min) / self.step) * self.step + self.min, answer, abs_tol=1e-9):
            raise Refused(f"The answer to {self.text!r} must go in steps of {self.step:g} from {self.min:g}.")

    def told(self) -> dict[str, Any]:
        """As the page is told."""
        own = {"scale": ("low", "high", "min", "max", "step"), "choice": ("choices",), "text": ("kind",)}[self.kind]
        return self.model_dump(mode="json", include={"key", "text", *own})


@dataclass(frozen=True)
class Questions:
    """A questionnaire. Gives its answers by key."""

    name: str
    title: str
    text: str
    items: tuple[Item, ...]

    async def run(self, room: Room) -> dict[str, str | float]:
        items = [item.told() for item in self.items]
        room.show(lambda: {"phase": "questions", "title": self.title, "text": self.text, "items": items})
        while True:
            said = await room.hear(protocol.Answers)
            try:
                if strange := set(said.answers) - {item.key for item in self.items}:
                    raise Refused(f"There is no question {min(strange)!r}.")
                for item in self.items:
                    item.check(said.answers.get(item.key))
                return said.answers
            except Refused as refusal:
                room.refuse(str(refusal), said.type)


# --- a training ------------------------------------------------------------------------------------------------------


class Gone:
    """The training's process has closed its end of the pipe."""


class _Died(Exception):
    """It did so before the end."""


class Trainer(AbstractContextManager["Trainer"]):
    """The training in its process; what it tells goes to `post`, which is called in a thread."""

    def __init__(self, job: Job, post: Callable[[Any], None]) -> None:
        from hill_exp.loop.parts import Parts
        from hill_exp.projection.umap import Umap

        context: Any = workers.context(isinstance(Parts.of(job.condition.resolved).projection, Umap))
        self._pipe, far = context.Pipe()
        self._process = context.Process(target=train, args=(job, far), daemon=True)
        self._process.start()
        far.close()
        Thread(target=self._listen, args=(post,), daemon=True).start()

    def answer(self, answer: Answer) -> None:
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


@dataclass(frozen=True)
class Training:
    """A person under one condition, from the first epoch to the answer to the last edit. Gives the record, done or
    failed; it is in the store, and the session in `path`, unless this is for practice. What `session` holds of turns is
    played back first."""

    name: str
    job: Job
    session: Session
    path: Path | None  # None: for practice
    hidden: bool = False  # the person is not told the condition
    trainer: Callable[[Job, Callable[[Any], None]], Trainer] = Trainer

    async def run(self, room: Room) -> Record:
        def post(event: Any) -> None:
            loop.call_soon_threadsafe(room.post, event)

        loop = asyncio.get_running_loop()
        with await asyncio.to_thread(self.trainer, self.job, post) as trainer:
            sitting = _Sitting(self, room, trainer)
            try:
                record = await sitting.train()
            except _Died:
                died = f"its process died ({await asyncio.to_thread(trainer.death)})"
                record = self.job.failed(f"{died}; out of memory is the usual cause")
            return await sitting.end(record)


@dataclass
class _Sitting:
    """One run of a training: what has been shown and done so far."""

    step: Training
    room: Room
    trainer: Trainer
    views: list[View] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    epoch: int = 0
    curves: dict[str, list[float]] = field(default_factory=lambda: {"epoch": [], "train_loss": [], "teaching_loss": []})
    history: list[dict[str, Any]] = field(default_factory=list)
    sheet: dict[str, Any] = field(default_factory=dict)
    differs: bool = False  # whether another layout was shown than was recorded
    told: dict[str, Any] | None = None  # the view shown last, as the page is told

    def __post_init__(self) -> None:
        self.session = self.step.session

    async def train(self) -> Record:
        """To the end of the training, with the person in it."""
        self.room.show(self._training)
        while True:
            event = await self.room.hear(Shown, Asked, Trained, Ended, Wrong, Gone)
            match event:
                case Shown(view):
                    await self._look(view)
                case Asked():
                    turn = await self._turn()
                    self.edits.append(Edit.of(self.views[-1].positions, turn.edit))
                    self.told = protocol.edited(self.told or {}, self.edits[-1].positions)
                    self.room.show(self._training)
                    await asyncio.to_thread(self.trainer.answer, Answer(turn.edit, turn.how == "stop"))
                case Trained(epoch):
                    self._learn(event, epoch)
                case Ended(record):
                    return record
                case Wrong(sentence):
                    raise UserError(sentence)
                case Gone():
                    raise _Died

    # --- what happens

    async def _look(self, view: View) -> None:
        if not self.views:
            self.room.sheet, tiles = await asyncio.to_thread(protocol.sheet_of, view.thumbnails)
            number = digest(view.thumbnails.astype(float))[:8]  # another picture has another address
            self.sheet = {"url": f"thumbnails.png?token={self.room.token}&sheet={number}", **tiles}
        self.told = protocol.view_of(view, self.sheet, (self.views[-1], self.edits[-1]) if self.edits else None)
        self.views.append(view)
        self.history.append({"turn": view.turn, "agreement": protocol.agreement(view)})

    def _learn(self, event: Trained, epoch: int) -> None:
        self.epoch = epoch
        row = {"epoch": epoch, "train_loss": event.train_loss, "teaching_loss": event.teaching_loss}
        for name, value in row.items():
            self.curves[name].append(value)
        self.room.say({"type": "progress", "epochs": self._epochs, **row})

    async def _turn(self) -> Turn:
        """What the person does with the view shown last: as recorded, or else now."""
        view, number = self.views[-1], len(self.edits)
        if number < len(self.session.turns):
            recorded = self.session.turns[number]
            if recorded.shown != digest(view.positions) and not self.differs:
                self.differs = True
                errors.print(f"warning: {differs(number)}", markup=False)
            return recorded
        draft = self.session.draft
        if draft is None or draft.turn != number:
            draft = Draft(turn=number, gestures=(), undone=0, elapsed=0.0)
        sight = _Sight(draft)
        self.room.show(lambda: {**self._common, "phase": "edit", "view": self.told, "draft": sight.told()})
        while True:
            said: protocol.KeepDraft | protocol.Teach | protocol.Skip | protocol.Stop | Gone
            said = await self.room.hear(protocol.KeepDraft, protocol.Teach, protocol.Skip, protocol.Stop, Gone)
            if isinstance(said, Gone):
                raise _Died
            try:
                if said.turn != number:
                    raise Refused(f"This is about turn {said.turn}, and the turn is {number} now.")
                if isinstance(said, protocol.KeepDraft | protocol.Teach):
                    protocol.check_edit(said.gestures, view)
            except Refused as refusal:
                self.room.refuse(str(refusal), said.type)
                continue
            if isinstance(said, protocol.KeepDraft):
                sight.draft = Draft(turn=number, gestures=said.gestures, undone=said.undone, elapsed=sight.elapsed)
                await self._keep(self.session.but(draft=sight.draft))
                self.room.reply({"type": "saved", "gestures": len(said.gestures)})
                continue
            done = said if isinstance(said, protocol.Teach) else None
            turn = Turn(
                turn=number,
                how=said.type,
                gestures=done.gestures if done else (),
                undone=done.undone if done else sight.draft.undone,
                shown=digest(view.positions),
            )
            await self._keep(self.session.but(turns=(*self.session.turns, turn), draft=None))
            return turn

    async def end(self, record: Record) -> Record:
        """Keep what came of it, and show the answer to the last edit."""
        if record.status == "done":
            record = replace(record, person={**record.person, **self.session.person})
            await self._keep(self.session.but(status="done"))
        if self.step.path is not None:
            await asyncio.to_thread(Store(self.step.job.store).write, record)
        if record.status == "done":
            self.room.show(lambda: {**self._common, "phase": "answer", "view": self.told})
            await _until_next(self.room)
        return record

    async def _keep(self, session: Session) -> None:
        self.session = session
        if self.step.path is not None:
            await asyncio.to_thread(write, self.step.path, session)

    # --- what the page is told

    @property
    def _epochs(self) -> int:
        return int(self.step.job.condition.settings["training"]["epochs"])

    @property
    def _common(self) -> dict[str, Any]:
        return {
            "practice": self.step.path is None,
            "participant": self.step.job.participant,
            "condition": None if self.step.hidden else dict(self.step.job.condition.names),
            "curves": self.curves,
            "history": self.history,
        }

    def _training(self) -> dict[str, Any]:
        return {
            **self._common,
            "phase": "training",
            "view": self.told,
            "epoch": self.epoch,
            "epochs": self._epochs,
            "turn": len(self.edits),
            "playback": len(self.edits) < len(self.session.turns),
        }


def differs(turn: int) -> str:
    """The sentence for a session that does not play back exactly."""
    return (
        f"from turn {turn} on, the layout is not the one that the person saw: this machine, or a version of a library, "
        "computes otherwise. What the person did is played back all the same."
    )


class _Sight:
    """A view before the person: the draft, and since when it has been looked at."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._before = draft.elapsed  # in an earlier run of the program
        self._since: float | None = None  # a page was first shown it

    @property
    def elapsed(self) -> float:
        return self._before + (0.0 if self._since is None else time.monotonic() - self._since)

    def told(self) -> dict[str, Any]:
        if self._since is None:
            self._since = time.monotonic()
        return self.draft.model_copy(update={"elapsed": self.elapsed}).model_dump(mode="json", exclude={"turn"})


async def _until_next(room: Room) -> None:
    """Until the person has seen the answer, or has been gone for a while."""
    while True:
        try:
            async with asyncio.timeout(None if room.tabs else GRACE):
                if isinstance(await room.hear(protocol.Next, TabsChanged), protocol.Next):
                    return
        except TimeoutError:
            return
