"""A text to read: consent or instructions."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from hill_exp.live import protocol
from hill_exp.live.room import Room
from hill_exp.live.step import Declined


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
