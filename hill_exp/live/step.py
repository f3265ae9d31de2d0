"""A step of what a person goes through: a text, questions, a training. The whole way is a list of them, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from hill_exp.live.room import Room


class Declined(Exception):
    """The person does not take part."""


class Withdrawn(Exception):
    """The person leaves the study. keep: what was done so far may be kept; else it is to be deleted."""

    def __init__(self, keep: bool) -> None:
        super().__init__(keep)
        self.keep = keep


class Step(Protocol):
    @property
    def name(self) -> str:
        """What the result is kept under; no two steps of a person share it."""

    async def run(self, room: Room) -> Any:
        """Take the person in `room` through the step, and give its result. Raises Declined, and UserError for what
        the user can put right."""
