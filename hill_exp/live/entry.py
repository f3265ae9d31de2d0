"""The parts of which sessions, messages and sittings are made, each with its bounds: a file may come from anywhere."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

CODE: Final = "[A-Za-z0-9_-]{1,32}"  # of a person: it becomes part of file names
FAR: Final = 10_000  # layout units, whose RMS radius is 1: far beyond every layout

Count = Annotated[int, Field(ge=0, le=1_000_000)]  # of points, turns, things done
Seconds = Annotated[FiniteFloat, Field(ge=0, le=1e7)]  # 116 days: a page may be left open
Coordinate = Annotated[FiniteFloat, Field(ge=-FAR, le=FAR)]
Short = Annotated[str, Field(max_length=1000)]  # a name, a version, an address
Fact = (  # what is known of a person, or an answer: a cell of a table
    Annotated[str, Field(max_length=10_000)] | bool | Annotated[int, Field(ge=-(2**53), le=2**53)] | FiniteFloat | None
)


class Entry(BaseModel):
    """A part of what is kept or told. Immutable; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
