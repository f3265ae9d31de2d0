"""How far each person is with a study: a file a person, `people/CODE.json` in the store."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hill_exp.live.counterbalance import order
from hill_exp.live.session import CODE
from hill_exp.live.study_file import PeopleStudy
from hill_exp.record.files import write_whole
from hill_exp.record.store import Store
from hill_exp.study.plan import Number
from hill_exp.types import UserError


class Sitting(BaseModel):
    """One person's way through the study. `done`: a step's name -> its result."""

    model_config = ConfigDict(extra="forbid")

    study: str
    code: str
    participant: Number
    order: list[str]
    done: dict[str, Any] = Field(default_factory=dict)

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
        """The person's sitting, begun now if there is none; a new person gets the lowest number that is free.
        UserError for what is no code, and for one that has sat in another study."""
        if not re.fullmatch(CODE, code):
            raise UserError(f"--code {code}: must be 1 to 32 letters, digits, - or _ (a code, not a name)")
        sittings = {sitting.code: sitting for sitting in self.all()}
        sitting = sittings.get(code) or _begin(code, study, {sitting.participant for sitting in sittings.values()})
        if (sitting.study, sorted(sitting.order)) != (study.title, sorted(study.conditions)):
            recorded, asked = (", ".join(sorted(names)) for names in (sitting.order, study.conditions))
            raise UserError(
                f"--code {code}: has sat in {sitting.study!r} ({recorded}) in this store, and this is "
                f"{study.title!r} ({asked}). Take another --store for another study."
            )
        return sitting

    def keep(self, sitting: Sitting) -> None:
        """Rewrite the sitting's file, whole or not at all."""
        write_whole(self.folder / f"{sitting.code}.json", json.dumps(sitting.model_dump(), indent=1).encode())


def _begin(code: str, study: PeopleStudy, taken: set[int]) -> Sitting:
    number = next(n for n in range(len(taken) + 1) if n not in taken)
    names = list(study.conditions)
    in_order = [names[i] for i in order(len(names), number)]
    return Sitting(study=study.title, code=code, participant=number, order=in_order)
