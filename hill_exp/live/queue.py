"""The trainings of several people, of which only so many run at once: the others wait, in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

Tell = Callable[[int], None]  # how many come before; 0: it is one's turn


@dataclass
class Queue:
    """Who waits for one of the workers. Whose training has begun, and who waits for an answer, goes before who begins;
    else whoever came first. It lives on one event loop."""

    workers: int
    _busy: int = 0
    _answers: deque[_Place] = field(default_factory=deque)
    _beginners: deque[_Place] = field(default_factory=deque)

    async def enter(self, begins: bool, tell: Tell) -> None:
        """Wait for a worker; `tell` is called with how many come before whenever that changes, while one waits."""
        if self._busy < self.workers:
            self._busy += 1
            return
        place = _Place(tell)
        (self._beginners if begins else self._answers).append(place)
        self._tell()
        try:
            await place.free.wait()
        except asyncio.CancelledError:
            if place.free.is_set():
                self.leave()
            else:
                (self._beginners if begins else self._answers).remove(place)
                self._tell()
            raise

    def leave(self) -> None:
        """The worker is free for the next."""
        if waiting := self._answers or self._beginners:
            waiting.popleft().free.set()
            self._tell()
        else:
            self._busy -= 1

    def _tell(self) -> None:
        for before, place in enumerate((*self._answers, *self._beginners), 1):
            place.tell(before)


@dataclass(eq=False)
class _Place:
    tell: Tell
    free: asyncio.Event = field(default_factory=asyncio.Event)
