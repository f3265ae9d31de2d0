"""A real person in the browser, for a training that runs in this process: a server in a thread beside it."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Mapping
from threading import Event, Thread
from typing import Any

import numpy as np
from typing_extensions import override

from hill_exp.live import host
from hill_exp.live.host import Address
from hill_exp.live.room import Room
from hill_exp.live.trainer import Answer, Asked, Ended, Rehearse, Shown, Wrong, answer_of
from hill_exp.live.training import About, LiveTraining
from hill_exp.live.way import Way
from hill_exp.person import AtThePage
from hill_exp.types import Edit, UserError, View


class AtTheBrowser(AtThePage):
    """The person, as the training sees one; the training is waited for at the page, and the person in the training.

    condition: what the page says of the training, as {teacher: contrastive}. UserError where the page cannot be served
    at the address. Whatever ends the server is raised in the training.
    """

    def __init__(self, address: Address, condition: Mapping[str, str]) -> None:
        self._answers: queue.Queue[Answer | Rehearse | BaseException] = queue.Queue()
        self._last = False
        self._step = _Step(condition, self._answers.put)
        listening = address.listen()
        self._thread = Thread(target=self._serve, args=(address, listening), daemon=True)
        self._thread.start()
        self._step.ready.wait()

    def _serve(self, address: Address, listening: Any) -> None:
        try:
            with listening:
                asyncio.run(host.serve(Way([self._step]), address, listening))
        except BaseException as error:
            self._answers.put(error)
        finally:
            self._step.ready.set()

    @override
    def watch(self, view: View) -> None:
        self._step.post(Shown(view))

    @override
    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        self._step.post(Asked())
        answer = answer_of(view, self._take, self._step.post)
        self._last = answer.last
        return answer.edit

    def _take(self) -> Answer | Rehearse:
        answer = self._answers.get()
        if isinstance(answer, BaseException):
            raise UserError(f"the page is gone ({answer or type(answer).__name__}); nobody can edit") from answer
        return answer

    @override
    def leaves_after(self, turn: int) -> bool:
        return self._last

    def finish(self) -> None:
        """Wait until the person has seen the answer to the last edit."""
        self._step.post(Ended(None))
        self._thread.join()

    def close(self, words: str) -> None:
        """End at once, with these words at the page."""
        if self._thread.is_alive():
            self._step.post(Wrong(words))
            self._thread.join()


class _Step:
    """The training at the page; `answer` is called with what the person does."""

    name = "training"

    def __init__(self, condition: Mapping[str, str], answer: Callable[[Answer | Rehearse], None]) -> None:
        self._condition, self.answer = condition, answer
        self.ready = Event()  # whether `post` reaches the page
        self._room: Room | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, room: Room) -> None:
        self._room, self._loop = room, asyncio.get_running_loop()
        about = About(who=None, condition=self._condition, epochs=None)
        live = LiveTraining(about, room, lambda _turns, _draft: None)
        async with live.worker():
            self.ready.set()  # not before: who waits for a worker does not listen to the training
            await live.train(self)
        await live.answered()

    def post(self, event: Any) -> None:
        """From the training's thread; nothing, where the page has gone."""
        if self._room and self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._room.post, event)
