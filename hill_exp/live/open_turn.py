"""A turn that the person is at: the draft of its edit, and how long its view has been looked at."""

from __future__ import annotations

import time
from typing import Any

from hill_exp.live import protocol
from hill_exp.live.protocol import KeepDraft, Refused, Skip, Stop, Teach
from hill_exp.live.session import Draft, Turn
from hill_exp.record.trace import digest
from hill_exp.types import UserError, View


class OpenTurn:
    """A view before the person, from the draft of an earlier run of the program if that is of the same turn."""

    def __init__(self, view: View, number: int, draft: Draft | None) -> None:
        self.view, self.number = view, number
        if draft is None or draft.turn != number:
            draft = Draft(turn=number, gestures=(), undone=0, elapsed=0.0)
        try:
            protocol.check_allowed(draft.gestures, view)
        except Refused as refusal:
            raise UserError(f"the draft of the session cannot have been made at the page: {refusal}") from None
        self.draft = draft
        self._before = draft.elapsed
        self._shown_at: float | None = None  # time.monotonic() when a page was first shown the view

    @property
    def elapsed(self) -> float:
        """Seconds for which the view has been before the person, earlier runs of the program included."""
        return self._before + (0.0 if self._shown_at is None else time.monotonic() - self._shown_at)

    def for_page(self) -> dict[str, Any]:
        """The draft as the page is told it; the clock runs from the first time."""
        if self._shown_at is None:
            self._shown_at = time.monotonic()
        return self.draft.model_copy(update={"elapsed": self.elapsed}).model_dump(mode="json", exclude={"turn"})

    def check(self, message: KeepDraft | Teach | Skip | Stop) -> None:
        """Refused for a message about another turn, or an edit that cannot be made on the view."""
        if message.turn != self.number:
            raise Refused(f"This is about turn {message.turn}, and the turn is {self.number} now.")
        if message.noted and (point := max(message.noted.points(), default=0)) >= len(self.view):
            raise Refused(f"Noted is point {point}; the canvas has {len(self.view)} points, numbered from 0.")
        if isinstance(message, KeepDraft | Teach):
            protocol.check_edit(message.gestures, self.view)

    def keep(self, message: KeepDraft) -> Draft:
        """What has been done so far, in place of the draft before."""
        self.draft = Draft(
            turn=self.number,
            gestures=message.gestures,
            undone=message.undone,
            elapsed=self.elapsed,
            noted=message.noted,
        )
        return self.draft

    def close(self, message: Teach | Skip | Stop) -> Turn:
        """The turn as the person ended it."""
        edit = message if isinstance(message, Teach) else None
        return Turn(
            turn=self.number,
            how=message.type,
            gestures=edit.gestures if edit else (),
            undone=edit.undone if edit else self.draft.undone,
            shown=digest(self.view.positions),
            noted=message.noted,
        )
