"""How far each person is with a study: a file a person, `people/CODE.json` in the store."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hill_exp.live.counterbalance import order
from hill_exp.live.entry import CODE
from hill_exp.live.study_file import PeopleStudy
from hill_exp.record.files import child, write_whole
from hill_exp.record.store import Store
from hill_exp.study.plan import Number
from hill_exp.types import UserError


class Sitting(BaseModel):
    """One person's way through the study. `done`: a step's name -> its result."""

    model_config = ConfigDict(extra="forbid")

    study: str
    code: str = Field(pattern=f"^{CODE}$")
    status: Literal["open", "declined", "withdrawn"] = "open"
    participant: Number | None = None  # None: has agreed to nothing yet, or has had everything deleted
    order: list[str] = Field(default_factory=list)  # names of the conditions
    done: dict[str, Any] = Field(default_factory=dict)
    last: float | None = None  # when a step was done, as seconds since the epoch (Unix time)

    @property
    def left(self) -> list[str]:
        """Names of the conditions that are not done, in order."""
        return [name for name in self.order if name not in self.done]


class Sittings:
    """The folder of sittings in a store."""

    def __init__(self, store: Path) -> None:
        self.folder = Store(store).people

    def all(self) -> Iterator[Sitting]:
        """Every sitting, by code. UserError for a file that is none."""
        for path in sorted(self.folder.glob("*.json")):
            try:
                yield Sitting.model_validate_json(path.read_bytes())
            except ValidationError:
                raise UserError(f"{path}: is no sitting of this version. Move it away to begin another.") from None

    def of(self, code: str, study: PeopleStudy) -> Sitting:
        """The person's sitting, not yet seated if there is none. UserError for what is no code, and for one that does
        not go on: of another study, who declined or withdrew, or whose sitting was broken off too long ago."""
        if not re.fullmatch(CODE, code):
            raise UserError(f"--code {code}: must be 1 to 32 letters, digits, - or _ (a code, not a name)")
        sittings = {sitting.code: sitting for sitting in self.all()}
        sitting = sittings.get(code) or Sitting(study=study.title, code=code)
        asked = sorted(study.conditions)
        if sitting.study != study.title or sorted(sitting.order or asked) != asked:
            raise UserError(
                f"--code {code}: has sat in {sitting.study!r} ({', '.join(sorted(sitting.order))}) in this store, and "
                f"this is {study.title!r} ({', '.join(asked)}). Take another --store for another study."
            )
        if sitting.status != "open":
            did = {"declined": "declined to take part", "withdrawn": "has left the study"}[sitting.status]
            raise UserError(f"--code {code}: {did}. Take another code for another person.")
        days = 0.0 if sitting.last is None else (time.time() - sitting.last) / 86_400
        if study.resume_days is not None and days > study.resume_days:
            raise UserError(
                f"--code {code}: did the last step {days:.0f} days ago, and the study goes on within "
                f"resume_days = {study.resume_days:g}. Take another code for another person."
            )
        return sitting

    def existing(self, code: str) -> Sitting:
        """The person's sitting, whatever became of it; UserError where there is none."""
        for sitting in self.all():
            if sitting.code == code:
                return sitting
        raise UserError(f"--code {code}: nobody of that code has sat in this store")

    def seat(self, sitting: Sitting, study: PeopleStudy) -> None:
        """Give a person who has none the lowest number that is free, and the order that goes with it; kept at once."""
        if sitting.participant is not None:
            return
        taken = {each.participant for each in self.all()}
        number = next(n for n in range(len(taken) + 1) if n not in taken)
        names = list(study.conditions)
        sitting.participant, sitting.order = number, [names[i] for i in order(len(names), number)]
        self.keep(sitting)

    def keep(self, sitting: Sitting) -> None:
        """Rewrite the sitting's file, whole or not at all."""
        write_whole(child(self.folder, f"{sitting.code}.json"), json.dumps(sitting.model_dump(), indent=1).encode())
