"""The session file: all that one person did under one condition, so that it can be played back, here or elsewhere.

It is data only. Choices stand in it by name and mean what this program's own files say; it can name no class.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, JsonValue, ValidationError, model_validator

from hill_exp.record.condition import Condition
from hill_exp.record.store import write_whole
from hill_exp.types import Gesture, UserError

FORMAT: Final = 1
PACKAGES = ("hill_exp", "torch", "numpy", "scikit-learn", "umap-learn")  # that can change what is shown

Group = Literal["dataset", "model", "projection", "teacher", "schedule"]
Seconds = Annotated[FiniteFloat, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]


class Entry(BaseModel):
    """A part of a session. Immutable; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Stroke(Entry):
    """One gesture as it is told and kept."""

    points: tuple[Count, ...] = Field(min_length=1)
    drops: tuple[tuple[FiniteFloat, FiniteFloat], ...]  # where each was dropped, layout units
    seconds: Seconds  # since the end of the gesture before, or since the view was shown: looking included
    at: Seconds  # since the view was shown

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if len(self.points) != len(self.drops):
            raise ValueError(f"a gesture of {len(self.points)} points has {len(self.drops)} drops")
        if len(set(self.points)) != len(self.points):
            raise ValueError("a gesture names a point twice")
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
    shown: str  # digest of the layout

    @property
    def edit(self) -> list[Gesture]:
        return [stroke.gesture for stroke in self.gestures]


class Draft(Entry):
    """A turn that is not handed over yet."""

    turn: Count
    gestures: tuple[Stroke, ...]
    undone: Count
    elapsed: Seconds  # since the view was first shown


class Session(Entry):
    """One person under one condition."""

    format: Literal[1]
    names: dict[Group, str]  # of the choices, without the user
    settings: dict[Group | Literal["training"], dict[str, JsonValue]]  # their values, and those of training
    content: str  # address of the condition
    data: str  # what identifies the images
    device: str
    seed: Count
    participant: Count
    person: dict[str, JsonValue]  # code, answers: what a study says of the person
    versions: dict[str, str]
    status: Literal["open", "done"]
    turns: tuple[Turn, ...]
    draft: Draft | None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if [turn.turn for turn in self.turns] != list(range(len(self.turns))):
            raise ValueError("its turns are not numbered 0, 1, 2 and so on")
        if len(self.names) < 5 or len(self.settings) < 6:
            raise ValueError("its settings are not complete")
        n = self.settings["dataset"].get("canvas_points")
        for turn in self.turns:
            for point in (point for stroke in turn.gestures for point in stroke.points):
                if not isinstance(n, int) or point >= n:
                    raise ValueError(f"turn {turn.turn} names point {point}, and the canvas has {n} points, from 0")
        if found := next((key for key in _keys(self.settings) if key == "_target_"), None):
            raise ValueError(f"its settings hold {found}, and a session may not name code")
        return self

    @classmethod
    def begin(cls, condition: Condition, seed: int, participant: int, person: Mapping[str, Any]) -> Session:
        """A session in which nothing has been done yet."""
        return cls(
            format=FORMAT,
            names={group: name for group, name in condition.names.items() if group != "user"},
            settings={group: without_code(node) for group, node in condition.settings.items() if group != "user"},
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

    def but(self, **changes: Any) -> Session:
        return self.model_copy(update=changes)

    @property
    def who(self) -> str:
        """Short name of the person."""
        return str(self.person.get("code") or f"participant-{self.participant}")

    def first_difference(self, shown: list[str]) -> int | None:
        """The first turn at which another layout was shown than was recorded; `shown`: digests of those shown now."""
        pairs = zip(self.turns, shown, strict=False)
        return next((turn.turn for turn, now in pairs if turn.shown != now), None)


def write(path: Path, session: Session) -> None:
    """Rewrite the file, whole or not at all."""
    write_whole(path, json.dumps(session.model_dump()).encode())


def read(path: Path, where: str) -> Session:
    """The session of a file. UserError, naming the config key `where`, for what is not one."""
    try:
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
        raise UserError(f"{where} = {path}: damaged ({sentence(error)}).") from None


def sentence(error: ValidationError, skip: int = 0) -> str:
    """The first complaint in words: where, after the first `skip` parts of the path, and what must be."""
    first = error.errors(include_url=False)[0]
    path = ""
    for part in first["loc"][skip:]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = "there is no such key"
    elif first["type"] == "missing":
        message = "is missing"
    return f"{path.strip('.')} {message.replace('Input should be', 'must be')}".strip()


def without_code(node: Any) -> Any:
    """Settings without the names of their classes."""
    if isinstance(node, Mapping):
        return {str(key): without_code(value) for key, value in node.items() if key != "_target_"}
    return [without_code(value) for value in node] if isinstance(node, list | tuple) else node


def _keys(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        yield from node
    for value in node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ():
        yield from _keys(value)
