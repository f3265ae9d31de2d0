"""The person of a session file: does again what was done, to the last bit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import field_validator, model_validator

from hill_exp.config import Choice
from hill_exp.live.protocol import check_recorded
from hill_exp.live.session import Session, read
from hill_exp.person import AtThePage
from hill_exp.types import Edit, UserError, View


class Replay(Choice, AtThePage):
    """Plays a finished session back; the whole of it is part of what the condition is, so no two are ever mixed."""

    session: Session  # or the path of its file

    @field_validator("session", mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if value is None:
            raise UserError("user=replay: say which session, with session=FILE. They lie in STORE/sessions.")
        return read(Path(value), "session") if isinstance(value, str | Path) else value

    @model_validator(mode="after")
    def _finished(self) -> Self:
        if self.session.status != "done":
            raise UserError(
                f"session: that of {self.session.who} is not finished ({len(self.session.turns)} turns are recorded). "
                "Finish it with +user=human resume=FILE."
            )
        return self

    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        if view.turn >= len(self.session.turns):
            return Edit.of(view.positions, [])
        turn = self.session.turns[view.turn]
        check_recorded(turn, view)
        return turn.edit(view.positions)

    def watch(self, view: View) -> None:
        """Nobody is there to see it."""

    def leaves_after(self, turn: int) -> bool:
        return turn < len(self.session.turns) and self.session.turns[turn].how == "stop"

    @property
    def about(self) -> Mapping[str, Any]:
        """What the session says of the person."""
        return dict(self.session.person)
