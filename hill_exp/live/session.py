"""The session file: all that one person did under one condition, so that it can be played back, here or elsewhere.

It is data only. Choices stand in it by name and mean what this program's own files say; it can name no class.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal, Self

import numpy as np
from pydantic import Field, JsonValue, ValidationError, model_validator

from hill_exp.config import TARGET
from hill_exp.config.groups import BESIDE_THE_USER, CHOICES
from hill_exp.config.sentences import complaints
from hill_exp.config.tree import values_of, without
from hill_exp.live.entry import CODE, Coordinate, Count, Entry, Fact, Seconds, Short
from hill_exp.live.noted import Noted
from hill_exp.record.condition import Condition
from hill_exp.record.files import write_whole
from hill_exp.study.plan import Number, Seed
from hill_exp.types import Edit, Floats, Gesture, UserError, check_gesture

FORMAT: Final = 3
LARGEST: Final = 100_000_000  # bytes of a file: a hundred turns that are as long as a message may be
PACKAGES = ("hill_exp", "torch", "numpy", "scipy", "scikit-learn", "umap-learn")  # that can change what is shown

GROUPS: Final = tuple(group for group in CHOICES if group != "user")  # the user is at the page


class Stroke(Entry):
    """One gesture as it is told and kept."""

    points: tuple[Count, ...] = Field(min_length=1)
    drops: tuple[tuple[Coordinate, Coordinate], ...]  # where each was dropped, layout units
    seconds: Seconds  # since the end of the gesture before, or since the view was shown: looking included
    at: Seconds  # since the view was shown

    @model_validator(mode="after")
    def _whole(self) -> Self:
        check_gesture(self.points, self.drops)
        return self

    @property
    def gesture(self) -> Gesture:
        return Gesture(np.array(self.points, np.int64), np.array(self.drops, float), self.seconds)


class Turn(Entry):
    """What the person did with one view."""

    turn: Count
    how: Literal["teach", "skip", "stop"]  # stop: no edit, and no turn after this one
    gestures: tuple[Stroke, ...]
    undone: Count  # gestures that were taken back
    shown: Short  # digest of the layout
    noted: Noted | None = None  # None: no page was there to note anything

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.gestures and self.how != "teach":
            raise ValueError(f"turn {self.turn} has gestures, and ended with {self.how}, which teaches none")
        return self

    def edit(self, positions: Floats) -> Edit:
        """The edit of the layout (N, 2) that was shown."""
        dwell = None if self.noted is None else self.noted.dwell(len(positions))
        return Edit.of(positions, [stroke.gesture for stroke in self.gestures], dwell=dwell)


class Draft(Entry):
    """A turn that is not handed over yet."""

    turn: Count
    gestures: tuple[Stroke, ...]
    undone: Count
    elapsed: Seconds  # since the view was first shown
    noted: Noted | None = None


class Session(Entry):
    """One person under one condition."""

    format: Literal[3]
    names: dict[str, Short]  # of the choices, without the user
    settings: dict[str, dict[str, JsonValue]]  # their values, and those of training
    content: Short  # address of the condition
    data: Short  # what identifies what the data set holds
    device: Short
    seed: Seed
    participant: Number
    person: dict[Short, Fact] = Field(max_length=1000)  # code, answers: what a study says of the person
    versions: dict[Short, Short] = Field(max_length=100)
    status: Literal["open", "done"]
    turns: tuple[Turn, ...] = Field(max_length=10_000)
    draft: Draft | None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not re.fullmatch(CODE, self.who):
            raise ValueError(f"person.code = {self.who!r} must be 1 to 32 letters, digits, - or _")
        if [turn.turn for turn in self.turns] != list(range(len(self.turns))):
            raise ValueError("its turns are not numbered 0, 1, 2 and so on")
        for kept, groups in ((self.names, GROUPS), (self.settings, BESIDE_THE_USER)):
            if missing := {*groups} - kept.keys() - {"show"}:  # of which older sessions say nothing: all was shown
                raise ValueError(f"its settings are not complete: {min(missing)} is missing")
            if unknown := kept.keys() - {*groups}:
                raise ValueError(f"its settings hold {min(unknown)}, which is no group of a session")
        n = self.settings["dataset"].get("canvas_points")
        for turn in self.turns:
            named = (point for stroke in turn.gestures for point in stroke.points)
            for point in (*named, *(turn.noted.points() if turn.noted else ())):
                if not isinstance(n, int) or point >= n:
                    raise ValueError(f"turn {turn.turn} names point {point}, and the canvas has {n} points, from 0")
        if next(values_of(self.settings, TARGET), None) is not None:
            raise ValueError(f"its settings hold {TARGET}, and a session may not name code")
        return self

    @classmethod
    def begin(cls, condition: Condition, seed: int, participant: int, person: Mapping[str, Any]) -> Session:
        """A session in which nothing has been done yet."""
        return cls(
            format=FORMAT,
            names={group: name for group, name in condition.names.items() if group != "user"},
            settings={group: without(node, TARGET) for group, node in condition.settings.items() if group != "user"},
            content=condition.content,
            data=condition.data,
            device=condition.device,
            seed=seed,
            participant=participant,
            person=dict(person),
            versions={name: version(name) for name in PACKAGES},
            status="open",
            turns=(),
            draft=None,
        )

    def updated(self, **changes: Any) -> Session:
        """The session with other values of these fields; they are not checked."""
        return self.model_copy(update=changes)

    @property
    def who(self) -> str:
        """Short name of the person."""
        return str(self.person.get("code") or f"participant-{self.participant}")

    def first_difference(self, shown: list[str]) -> int | None:
        """The first turn at which another layout was shown than was recorded; `shown`: digests of those shown now."""
        pairs = zip(self.turns, shown, strict=False)
        return next((turn.turn for turn, now in pairs if turn.shown != now), None)


def playback_warning(turn: int) -> str:
    """The sentence for a session that does not play back exactly."""
    return (
        f"from turn {turn} on, the layout is not the one that the person saw: this machine, or a version of a library, "
        "computes otherwise. What the person did is played back all the same."
    )


def write(path: Path, session: Session) -> None:
    """Rewrite the file, whole or not at all."""
    write_whole(path, json.dumps(session.model_dump()).encode())


def read(path: Path, where: str) -> Session:
    """The session of a file. UserError, naming the config key `where`, for what is not one."""
    try:
        if path.stat().st_size > LARGEST:
            raise UserError(f"{where} = {path}: must be at most {LARGEST // 10**6} MB, as every session file is.")
        entry = json.loads(path.read_bytes())
    except OSError as error:
        raise UserError(f"{where} = {path}: cannot be read ({error.strerror}). Name a session file.") from None
    except (ValueError, RecursionError):
        raise UserError(f"{where} = {path}: damaged (not whole JSON). Have the session sent again.") from None
    if not isinstance(entry, dict) or "format" not in entry or "turns" not in entry:
        raise UserError(f"{where} = {path}: is no session file. They lie in the folder sessions of a store.")
    if entry["format"] != FORMAT:
        raise UserError(
            f"{where} = {path}: written in format {entry['format']}, and this version reads format {FORMAT}. "
            "Use the version that wrote it."
        )
    try:
        return Session.model_validate(entry)
    except ValidationError as error:
        raise UserError(f"{where} = {path}: damaged ({complaints(error, '', Session)[0]}).") from None
