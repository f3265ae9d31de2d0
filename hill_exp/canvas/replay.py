"""The person of a session file: does again what was done, to the last bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import field_validator, model_validator

from hill_exp.canvas.session import Session, read
from hill_exp.config import Choice
from hill_exp.types import Edit, UserError, View


class Replay(Choice):
    """Plays a finished session back; the whole of it is part of what the condition is, so no two are ever mixed."""

    is_real: ClassVar[bool] = True  # the harness tells it nothing, as it told the person nothing

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

    def member(self, rng: np.random.Generator) -> tuple[Replay, dict[str, Any]]:
        """Itself, and what the session says of the person."""
        return self, dict(self.session.person)

    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        turns = self.session.turns
        return Edit.of(view.positions, turns[view.turn].edit if view.turn < len(turns) else [])

    def left(self, turn: int) -> bool:
        """Whether the person wanted no turn after this one."""
        return turn < len(self.session.turns) and self.session.turns[turn].how == "stop"
