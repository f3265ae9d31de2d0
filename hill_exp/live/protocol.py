"""What page and server tell each other, as JSON texts; what the page says is checked here, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from io import BytesIO
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError

from hill_exp.config.sentences import complaints
from hill_exp.live.session import Count, Entry, Stroke
from hill_exp.types import NO_CLASS, Bytes, Edit, Floats, View

LARGEST = 1_000_000  # bytes of a message; 5,000 points in one gesture are a fifth of it
LATE = 5.0  # seconds over the time of a turn that are still taken: the page counts by itself
SHEET = 4096  # pixels, at most, of a side of the sheet of thumbnails


class Refused(Exception):
    """A message that is not accepted, and why; nothing has changed by it."""


# --- what the page says ----------------------------------------------------------------------------------------------


class _Edited(Entry):
    turn: Count
    gestures: tuple[Stroke, ...]
    undone: Count


class KeepDraft(_Edited):
    """What has been done with the view so far, to come back to."""

    type: Literal["draft"]


class Teach(_Edited):
    """The edit is handed over."""

    type: Literal["teach"]


class Skip(Entry):
    """No edit this turn."""

    type: Literal["skip"]
    turn: Count


class Stop(Entry):
    """No edit, and no turn any more."""

    type: Literal["stop"]
    turn: Count


class Agree(Entry):
    type: Literal["agree"]


class Decline(Entry):
    type: Literal["decline"]


class Begin(Entry):
    type: Literal["begin"]


class Answers(Entry):
    type: Literal["answers"]
    answers: dict[str, Annotated[str, Field(max_length=10_000)] | float]


class Next(Entry):
    type: Literal["next"]


class Takeover(Entry):
    """This tab shall write."""

    type: Literal["takeover"]


Message = KeepDraft | Teach | Skip | Stop | Agree | Decline | Begin | Answers | Next | Takeover
_MESSAGE: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


def parse(text: str) -> Message:
    """The message of a text. Refused for what is none: not JSON, of an unknown type, with a key or a value amiss."""
    try:
        return _MESSAGE.validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] == "json_invalid":
            raise Refused(f"The message is not well-formed JSON: {first['ctx']['error']}.") from None
        if first["type"].startswith("union_tag") or not first["loc"]:
            known = ", ".join(kind.model_fields["type"].annotation.__args__[0] for kind in Message.__args__)
            raise Refused(f"The message has no type that is known. Known are: {known}.") from None
        raise Refused(f"The message is not right: {complaints(error, '')[0]}.") from None


def check_edit(gestures: Sequence[Stroke], view: View) -> None:
    """Whether the gestures can be made on the view. Refused if not."""
    n, side, budget = len(view), extent(view), view.budget
    for number, gesture in enumerate(gestures, 1):
        if (point := max(gesture.points)) >= n:
            raise Refused(f"Gesture {number} names point {point}; the canvas has {n} points, numbered from 0.")
        if np.abs(np.array(gesture.drops)).max() > side:
            raise Refused(f"Gesture {number} drops a point outside the canvas, which ends at {side} on every side.")
    if budget.gestures is not None and len(gestures) > budget.gestures:
        raise Refused(f"These are {len(gestures)} gestures; a turn allows {budget.gestures}.")
    handled = len({point for gesture in gestures for point in gesture.points})
    if budget.points is not None and handled > budget.points:
        raise Refused(f"These gestures handle {handled} points; a turn allows {budget.points}.")
    seconds = sum(gesture.seconds for gesture in gestures)
    if budget.seconds is not None and seconds > budget.seconds + LATE:
        raise Refused(f"These gestures took {seconds:.1f} seconds; a turn allows {budget.seconds:g}.")


# --- what the server says --------------------------------------------------------------------------------------------


def extent(view: View) -> float:
    """Half the side of the square that can be dropped into, layout units: every point lies inside, with room."""
    pins = view.pins[np.isfinite(view.pins)]
    return math.ceil(10 * max(3.0, 1.25 * np.abs(view.positions).max(), *np.abs(pins))) / 10


def view_of(view: View, sheet: Mapping[str, Any], before: tuple[View, Edit] | None) -> dict[str, Any]:
    """A view for the page; `before`: the last one, and what was done with it, which `view` is the answer to."""
    previous = before and {
        "positions": before[0].positions.tolist(),
        "edited": before[1].positions.tolist(),
        "moved": np.flatnonzero(before[1].moved).tolist(),
        "followed": view.followed,
        "response": view.response,
    }
    return {
        "turn": view.turn,
        "turns": view.turns,
        "n": len(view),
        "classes": list(view.classes),
        "positions": view.positions.tolist(),  # in full precision: a point put back is exactly where it was
        "observed": view.observed.tolist(),
        "predicted": view.predicted.tolist(),
        "confidence": view.confidence.astype(float).round(4).tolist(),
        "pins": [None if math.isnan(x) else [x, y] for x, y in view.pins.tolist()],
        "extent": extent(view),
        "budget": asdict(view.budget),
        "sheet": dict(sheet),
        "previous": previous,
    }


def edited(view: dict[str, Any], positions: Floats) -> dict[str, Any]:
    """The view with the points where the person put them."""
    return {**view, "positions": positions.tolist()}


def agreement(view: View) -> float | None:
    """The share of the labelled points whose label the model gives; None if there is none."""
    labelled = view.observed != NO_CLASS
    return float((view.predicted == view.observed)[labelled].mean()) if labelled.any() else None


def sheet_of(thumbnails: Bytes) -> tuple[bytes, dict[str, int]]:
    """One PNG of all thumbnails (N, height, width, 3), row by row, and where each lies: columns, width and height of a
    tile. Thumbnails are made smaller where the sheet would be too large for a browser."""
    from PIL import Image

    n, height, width, _ = thumbnails.shape
    columns = math.ceil(math.sqrt(n))
    scale = min(1.0, SHEET / columns / max(height, width))
    tile = max(1, int(width * scale)), max(1, int(height * scale))
    sheet = Image.new("RGB", (columns * tile[0], math.ceil(n / columns) * tile[1]))
    for i, thumbnail in enumerate(thumbnails):
        image = Image.fromarray(thumbnail)
        image = image if scale == 1 else image.resize(tile)
        sheet.paste(image, (i % columns * tile[0], i // columns * tile[1]))
    buffer = BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue(), {"columns": columns, "width": tile[0], "height": tile[1]}
