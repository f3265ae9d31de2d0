"""A step of what a person goes through: a text, questions, a training. The whole way is a list of them, in order."""

from __future__ import annotations

from typing import Any, Protocol

from hill_exp.live.server import Room


class Declined(Exception):
    """The person does not take part."""


class Step(Protocol):
    @property
    def name(self) -> str:
        """What the result is kept under; no two steps of a person share it."""

    async def run(self, room: Room) -> Any:
        """Take the person in `room` through the step, and give its result. Raises Declined, and UserError for what
        the user can put right."""
