"""A training with a person in it, as a step: from the first epoch to the answer to the last edit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from hill_exp.live import protocol
from hill_exp.live.open_turn import OpenTurn
from hill_exp.live.protocol import KeepDraft, Skip, Stop, Teach
from hill_exp.live.room import Room, TabsChanged
from hill_exp.live.session import Draft, Session, Turn, playback_warning, write
from hill_exp.live.trainer import Answer, Asked, Ended, Gone, Rehearse, Rehearsed, Shown, Trained, Trainer, Wrong
from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.record.trace import digest
from hill_exp.study.console import errors
from hill_exp.study.job import Job
from hill_exp.types import Cards, Edit, UserError, View

GRACE = 20.0  # seconds without a page after which nobody is waited for to look at the answer: longer than a reload


class Died(Exception):
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
        live = LiveTraining(self._about, room, self._keep, self.session.turns, self.session.draft)
        async with live.worker():
            with await asyncio.to_thread(self.trainer, self.job, post) as trainer:
                try:
                    record = await live.train(trainer)
                except Died:
                    died = f"its process died ({await asyncio.to_thread(trainer.death)})"
                    record = self.job.failed(died)
        assert record is not None
        return await self._end(record, live)

    async def _end(self, record: Record, live: LiveTraining) -> Record:
        """Keep what came of it, and show the answer to the last edit."""
        if record.status == "done":
            record = replace(record, person={**record.person, **self.session.person})
            await asyncio.to_thread(self._keep, live.turns, None, "done")
        if not self.practice:
            await asyncio.to_thread(Store(self.job.store).write, record)
        if record.status == "done":
            await live.answered()
        return record

    def _keep(self, turns: Sequence[Turn], draft: Draft | None, status: Literal["open", "done"] = "open") -> None:
        if self.path is not None:
            write(self.path, self.session.updated(turns=tuple(turns), draft=draft, status=status))

    @property
    def _about(self) -> About:
        condition = self.job.condition
        return About(
            who=None if self.hidden else f"Participant {self.job.participant}",
            condition=None if self.hidden else condition.names,
            epochs=int(condition.settings["training"]["epochs"]),
            practice=self.practice,
        )


@dataclass(frozen=True)
class About:
    """What the page is told of a training, beside what happens in it."""

    who: str | None  # None: as the way says
    condition: Mapping[str, str] | None  # the choices by their groups; None: the person is not told
    epochs: int | None  # None: not known
    practice: bool = False


class Answered(Protocol):
    """Where the answers go: a trainer, as far as a person at the page needs it."""

    def answer(self, answer: Answer | Rehearse) -> None: ...


@dataclass
class LiveTraining:
    """One training with a person in it: what has been shown and done so far. `turns` that are there already are played
    back first, and `draft` is of the turn after them. keep: is called, in a thread, with both whenever they change."""

    about: About
    room: Room
    keep: Callable[[Sequence[Turn], Draft | None], None]
    turns: Sequence[Turn] = ()
    draft: Draft | None = None
    views: list[View] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    epoch: int = 0
    curves: dict[str, list[float]] = field(default_factory=lambda: {"epoch": [], "train_loss": [], "teaching_loss": []})
    history: list[dict[str, Any]] = field(default_factory=list)
    cards: dict[str, Any] = field(default_factory=dict)  # of all views, as the page is told them
    differs: bool = False  # whether another layout was shown than was recorded
    page_view: dict[str, Any] | None = None  # the view shown last, as the page is told it
    ahead: int = 0  # how many trainings come before; 0: it trains
    _works: bool = False  # whether it has one of the workers

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        """With one of the workers, which is waited for, and given back while the person is at a turn."""
        self.room.show(self._training)
        await self._work(begins=True)
        try:
            yield
        finally:
            self._rest()

    async def train(self, trainer: Answered) -> Record | None:
        """To the end of the training, with the person in it. Gives what `Ended` says; raises Died, and UserError."""
        while True:
            event = await self.room.hear(Shown, Asked, Trained, Ended, Wrong, Gone)
            match event:
                case Shown(view):
                    await self._look(view)
                case Asked():
                    await self._answer(await self._turn(trainer), trainer)
                case Trained():
                    self._learn(event)
                case Ended(record):
                    return record
                case Wrong(sentence):
                    raise UserError(sentence)
                case Gone():
                    raise Died

    async def answered(self) -> None:
        """Show the answer to the last edit, until the person has seen it."""
        self.room.show(lambda: {**self._common, "phase": "answer", "view": self.page_view})
        await _until_next(self.room)

    # --- the worker

    async def _work(self, begins: bool) -> None:
        def tell(ahead: int) -> None:
            self.ahead = ahead
            self.room.say({"type": "queue", "ahead": ahead})

        entering = asyncio.create_task(self.room.queue.enter(begins, tell))
        hearing = asyncio.create_task(self._hear_meanwhile(begins))
        try:
            await asyncio.wait((entering, hearing), return_when=asyncio.FIRST_COMPLETED)
            if hearing.done():
                hearing.result()
            self._works = True
        finally:
            hearing.cancel()
            if not self._works and not entering.cancel():  # it has come in
                self.room.queue.leave()
        if self.ahead:
            tell(0)

    async def _hear_meanwhile(self, begins: bool) -> None:
        """What ends the waiting: Withdrawn, and Died, of a training that has begun."""
        while True:
            if isinstance(await self.room.hear(TabsChanged, Gone), Gone) and not begins:
                raise Died

    def _rest(self) -> None:
        if self._works:
            self._works = False
            self.room.queue.leave()

    # --- what happens

    async def _look(self, view: View) -> None:
        if not self.views:
            self.cards = await asyncio.to_thread(self._shown, view.cards)
        past = list(zip(self.views, self.edits, strict=True))
        self.page_view = protocol.view_of(view, self.cards, past)
        self.views.append(view)
        self.history.append({"turn": view.turn, "agreement": protocol.agreement(view)})

    def _shown(self, cards: Cards) -> dict[str, Any]:
        """The cards for the page, which fetches the sheet of thumbnails by itself."""
        shown: dict[str, Any] = dict.fromkeys(("sheet", "texts", "values"))
        if cards.thumbnails is not None:
            self.room.sheet, tiles = protocol.sheet_of(cards.thumbnails)
            number = digest(cards.thumbnails.astype(float))[:8]  # another picture has another address
            return {**shown, "sheet": {"url": f"thumbnails.png?token={self.room.token}&sheet={number}", **tiles}}
        if cards.texts is not None:
            return {**shown, "texts": protocol.texts_of(cards.texts)}
        assert cards.values is not None
        return {**shown, "values": protocol.values_of(cards.values, cards.features)}

    async def _turn(self, trainer: Answered) -> Turn:
        """What the person does with the view shown last: as recorded, or else now."""
        number = len(self.edits)
        return self._play_back(number) if number < len(self.turns) else await self._ask(number, trainer)

    def _play_back(self, number: int) -> Turn:
        turn = self.turns[number]
        protocol.check_recorded(turn, self.views[-1])
        if turn.shown != digest(self.views[-1].positions) and not self.differs:
            self.differs = True
            errors.print(f"warning: {playback_warning(number)}", markup=False)
        return turn

    async def _ask(self, number: int, trainer: Answered) -> Turn:
        self._rest()
        turn = OpenTurn(self.views[-1], number, self.draft)
        self.room.show(lambda: {**self._common, "phase": "edit", "view": self.page_view, "draft": turn.for_page()})
        await self._rehearse(turn, trainer)
        while True:
            message = await self.room.hear(KeepDraft, Teach, Skip, Stop, Rehearsed, Gone, check=turn.check)
            match message:
                case Rehearsed(gestures, silent):
                    self.room.say({"type": "rehearsed", "turn": number, "gestures": gestures, "silent": silent})
                case KeepDraft():
                    self.draft = turn.keep(message)
                    await asyncio.to_thread(self.keep, self.turns, self.draft)
                    self.room.reply({"type": "saved", "gestures": len(message.gestures)})
                    self.room.say_to_others({"type": "moves", "draft": turn.for_page()})
                    await self._rehearse(turn, trainer)
                case Gone():
                    raise Died
                case _:
                    closed = turn.close(message)
                    self.turns, self.draft = (*self.turns, closed), None
                    await asyncio.to_thread(self.keep, self.turns, self.draft)
                    return closed

    async def _rehearse(self, turn: OpenTurn, trainer: Answered) -> None:
        """Have it found out what would be taught if the draft were handed over."""
        if gestures := [stroke.gesture for stroke in turn.draft.gestures]:
            edit = Edit.of(turn.view.positions, gestures)
            await asyncio.to_thread(trainer.answer, Rehearse(edit))

    async def _answer(self, turn: Turn, trainer: Answered) -> None:
        self.edits.append(turn.edit(self.views[-1].positions))
        self.page_view = protocol.edited(self.page_view or {}, self.edits[-1].positions)
        self.room.show(self._training)
        if not self._works:
            await self._work(begins=False)
        await asyncio.to_thread(trainer.answer, Answer(self.edits[-1], turn.how == "stop"))

    def _learn(self, event: Trained) -> None:
        self.epoch = event.epoch
        row = {"epoch": event.epoch, "train_loss": event.train_loss, "teaching_loss": event.teaching_loss}
        for name, value in row.items():
            self.curves[name].append(value)
        self.room.say({"type": "progress", "epochs": self.about.epochs, **row})

    # --- what the page is told

    @property
    def _common(self) -> dict[str, Any]:
        return {
            "practice": self.about.practice,
            **({} if self.about.who is None else {"who": self.about.who}),
            "condition": None if self.about.condition is None else dict(self.about.condition),
            "epochs": self.about.epochs,
            "curves": self.curves,
            "history": self.history,
        }

    def _training(self) -> dict[str, Any]:
        return {
            **self._common,
            "phase": "training",
            "view": self.page_view,
            "epoch": self.epoch,
            "turn": len(self.edits),
            "playback": len(self.edits) < len(self.turns),
            "ahead": self.ahead,
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
