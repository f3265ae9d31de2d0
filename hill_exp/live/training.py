"""A training with a person in it, as a step: from the first epoch to the answer to the last edit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hill_exp.live import protocol
from hill_exp.live.open_turn import OpenTurn
from hill_exp.live.protocol import KeepDraft, Skip, Stop, Teach
from hill_exp.live.server import Room, TabsChanged
from hill_exp.live.session import Session, Turn, playback_warning, write
from hill_exp.live.trainer import Answer, Asked, Ended, Gone, Shown, Trained, Trainer, Wrong
from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.record.trace import digest
from hill_exp.study.console import errors
from hill_exp.study.job import Job
from hill_exp.types import Edit, UserError, View

GRACE = 20.0  # seconds without a page after which nobody is waited for to look at the answer: longer than a reload


class _Died(Exception):
    """The training's process ended before the training did."""


@dataclass(frozen=True)
class TrainingStep:
    """A person under one condition. Gives the record, done or failed; it is in the store, and the session in `path`,
    unless this is for practice, of which nothing is kept. What `session` holds of turns is played back first."""

    name: str
    job: Job
    session: Session
    path: Path | None = None  # of the session file; None: for practice
    practice: bool = False
    hidden: bool = False  # the person is not told the condition
    trainer: Callable[[Job, Callable[[Any], None]], Trainer] = Trainer

    def __post_init__(self) -> None:
        if self.practice == (self.path is not None):
            raise ValueError("a training has a session file, and one for practice has none")

    async def run(self, room: Room) -> Record:
        def post(event: Any) -> None:
            loop.call_soon_threadsafe(room.post, event)

        loop = asyncio.get_running_loop()
        with await asyncio.to_thread(self.trainer, self.job, post) as trainer:
            live = LiveTraining(self, room, trainer)
            try:
                record = await live.train()
            except _Died:
                died = f"its process died ({await asyncio.to_thread(trainer.death)})"
                record = self.job.failed(f"{died}; out of memory is the usual cause")
            return await live.end(record)


@dataclass
class LiveTraining:
    """One run of a training step: what has been shown and done so far."""

    step: TrainingStep
    room: Room
    trainer: Trainer
    views: list[View] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    epoch: int = 0
    curves: dict[str, list[float]] = field(default_factory=lambda: {"epoch": [], "train_loss": [], "teaching_loss": []})
    history: list[dict[str, Any]] = field(default_factory=list)
    sheet: dict[str, Any] = field(default_factory=dict)
    differs: bool = False  # whether another layout was shown than was recorded
    page_view: dict[str, Any] | None = None  # the view shown last, as the page is told it

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
                    await self._answer(await self._turn())
                case Trained():
                    self._learn(event)
                case Ended(record):
                    return record
                case Wrong(sentence):
                    raise UserError(sentence)
                case Gone():
                    raise _Died

    async def end(self, record: Record) -> Record:
        """Keep what came of it, and show the answer to the last edit."""
        if record.status == "done":
            record = replace(record, person={**record.person, **self.session.person})
            await self._keep(self.session.updated(status="done"))
        if not self.step.practice:
            await asyncio.to_thread(Store(self.step.job.store).write, record)
        if record.status == "done":
            self.room.show(lambda: {**self._common, "phase": "answer", "view": self.page_view})
            await _until_next(self.room)
        return record

    # --- what happens

    async def _look(self, view: View) -> None:
        if not self.views:
            self.room.sheet, tiles = await asyncio.to_thread(protocol.sheet_of, view.thumbnails)
            number = digest(view.thumbnails.astype(float))[:8]  # another picture has another address
            self.sheet = {"url": f"thumbnails.png?token={self.room.token}&sheet={number}", **tiles}
        self.page_view = protocol.view_of(view, self.sheet, (self.views[-1], self.edits[-1]) if self.edits else None)
        self.views.append(view)
        self.history.append({"turn": view.turn, "agreement": protocol.agreement(view)})

    async def _turn(self) -> Turn:
        """What the person does with the view shown last: as recorded, or else now."""
        number = len(self.edits)
        return self._play_back(number) if number < len(self.session.turns) else await self._ask(number)

    def _play_back(self, number: int) -> Turn:
        turn = self.session.turns[number]
        if turn.shown != digest(self.views[-1].positions) and not self.differs:
            self.differs = True
            errors.print(f"warning: {playback_warning(number)}", markup=False)
        return turn

    async def _ask(self, number: int) -> Turn:
        turn = OpenTurn(self.views[-1], number, self.session.draft)
        self.room.show(lambda: {**self._common, "phase": "edit", "view": self.page_view, "draft": turn.for_page()})
        while True:
            message = await self.room.hear(KeepDraft, Teach, Skip, Stop, Gone, check=turn.check)
            match message:
                case KeepDraft():
                    await self._keep(self.session.updated(draft=turn.keep(message)))
                    self.room.reply({"type": "saved", "gestures": len(message.gestures)})
                case Gone():
                    raise _Died
                case _:
                    closed = turn.close(message)
                    await self._keep(self.session.updated(turns=(*self.session.turns, closed), draft=None))
                    return closed

    async def _answer(self, turn: Turn) -> None:
        self.edits.append(Edit.of(self.views[-1].positions, turn.edit))
        self.page_view = protocol.edited(self.page_view or {}, self.edits[-1].positions)
        self.room.show(self._training)
        await asyncio.to_thread(self.trainer.answer, Answer(turn.edit, turn.how == "stop"))

    def _learn(self, event: Trained) -> None:
        self.epoch = event.epoch
        row = {"epoch": event.epoch, "train_loss": event.train_loss, "teaching_loss": event.teaching_loss}
        for name, value in row.items():
            self.curves[name].append(value)
        self.room.say({"type": "progress", "epochs": self._epochs, **row})

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
            "practice": self.step.practice,
            "participant": self.step.job.participant,
            "condition": None if self.step.hidden else dict(self.step.job.condition.names),
            "curves": self.curves,
            "history": self.history,
        }

    def _training(self) -> dict[str, Any]:
        return {
            **self._common,
            "phase": "training",
            "view": self.page_view,
            "epoch": self.epoch,
            "epochs": self._epochs,
            "turn": len(self.edits),
            "playback": len(self.edits) < len(self.session.turns),
        }


async def _until_next(room: Room) -> None:
    """Until the person has seen the answer, or has been gone for a while."""
    while True:
        try:
            async with asyncio.timeout(None if room.tabs else GRACE):
                if isinstance(await room.hear(protocol.Next, TabsChanged), protocol.Next):
                    return
        except TimeoutError:
            return
