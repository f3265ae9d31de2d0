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
from hill_exp.live.entry import Count, Entry
from hill_exp.live.noted import Noted
from hill_exp.live.session import Stroke, Turn
from hill_exp.record.trace import digest
from hill_exp.types import NO_CLASS, Bytes, Edit, Floats, UserError, View

LARGEST = 1_000_000  # bytes of a message; 5,000 points in one gesture are a fifth of it
LATE = 5.0  # seconds over the time of a turn that are still taken: the page counts by itself
SHEET = 4096  # pixels, at most, of a side of the sheet of thumbnails
LONGEST = 400  # characters of a text that is shown
VALUES = 64  # numbers of a row that are shown
SEEN = 3  # decimals of places that are only looked at: less than a pixel


class Refused(Exception):
    """A message that is not accepted, and why; nothing has changed by it."""


# --- what the page says ----------------------------------------------------------------------------------------------


class _Of(Entry):
    """About a turn. noted: what the page noted so far; a program in a page's place need not."""

    turn: Count
    noted: Noted | None = None


class _Edited(_Of):
    gestures: tuple[Stroke, ...]
    undone: Count


class KeepDraft(_Edited):
    """What has been done with the view so far, to come back to."""

    type: Literal["draft"]


class Teach(_Edited):
    """The edit is handed over."""

    type: Literal["teach"]


class Skip(_Of):
    """No edit this turn."""

    type: Literal["skip"]


class Stop(_Of):
    """No edit, and no turn any more."""

    type: Literal["stop"]


class Agree(Entry):
    type: Literal["agree"]


class Decline(Entry):
    type: Literal["decline"]


class Withdraw(Entry):
    """The person leaves the study; keep: what was done so far may be kept, else it is deleted."""

    type: Literal["withdraw"]
    keep: bool


class Begin(Entry):
    type: Literal["begin"]


class Answers(Entry):
    """By key; null: the person would rather not say."""

    type: Literal["answers"]
    answers: dict[str, Annotated[str, Field(max_length=10_000)] | float | None]


class Next(Entry):
    type: Literal["next"]


class Takeover(Entry):
    """This tab shall write."""

    type: Literal["takeover"]


Message = KeepDraft | Teach | Skip | Stop | Agree | Decline | Withdraw | Begin | Answers | Next | Takeover
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
    check_allowed(gestures, view)
    side = extent(view)
    for number, gesture in enumerate(gestures, 1):
        if np.abs(np.array(gesture.drops)).max() > side:
            raise Refused(f"Gesture {number} drops a point outside the canvas, which ends at {side} on every side.")


def check_allowed(gestures: Sequence[Stroke], view: View) -> None:
    """Whether the view has the points, and lets a person handle them, so many of them and for so long. Refused if
    not. It hangs on no layout."""
    n, budget = len(view), view.budget
    for number, gesture in enumerate(gestures, 1):
        if (point := max(gesture.points)) >= n:
            raise Refused(f"Gesture {number} names point {point}; the canvas has {n} points, numbered from 0.")
        if reserved := [point for point in gesture.points if view.reserved[point]]:
            raise Refused(f"Gesture {number} moves point {reserved[0]}, which is reserved: it is seen, and not moved.")
    if budget.gestures is not None and len(gestures) > budget.gestures:
        raise Refused(f"These are {len(gestures)} gestures; a turn allows {budget.gestures}.")
    handled = len({point for gesture in gestures for point in gesture.points})
    if budget.points is not None and handled > budget.points:
        raise Refused(f"These gestures handle {handled} points; a turn allows {budget.points}.")
    seconds = sum(gesture.seconds for gesture in gestures)
    if budget.seconds is not None and seconds > budget.seconds + LATE:
        raise Refused(f"These gestures took {seconds:.1f} seconds; a turn allows {budget.seconds:g}.")


def check_recorded(turn: Turn, view: View) -> None:
    """Whether a turn of a session file can have been made on the view. UserError if not. Where another layout is shown
    than the person saw, it says nothing of where points could be dropped."""
    check = check_edit if turn.shown == digest(view.positions) else check_allowed
    try:
        check(turn.gestures, view)
    except Refused as refusal:
        raise UserError(f"turn {turn.turn} of the session cannot have been made at the page: {refusal}") from None


# --- what the server says --------------------------------------------------------------------------------------------


def extent(view: View) -> float:
    """Half the side of the square that can be dropped into, layout units: every point lies inside, with room."""
    pins = view.pins[np.isfinite(view.pins)]
    return math.ceil(10 * max(3.0, 1.25 * np.abs(view.positions).max(), *np.abs(pins))) / 10


def view_of(view: View, cards: Mapping[str, Any], past: Sequence[tuple[View, Edit]] = ()) -> dict[str, Any]:
    """A view for the page; cards: sheet, texts and values, of which one is not None; `past`: the views before, and what
    was done with each; to the last of them `view` is the answer."""
    told = past if view.followed is not None else ()  # else it is withheld
    previous = told and {
        **_turn_of(*told[-1]),
        "followed": view.followed,
        "lagging": np.flatnonzero(view.lagging).tolist() if view.lagging is not None else [],
        "response": view.response,
    }
    followed = [after.followed for after, _ in told[1:]]
    return {
        "turn": view.turn,
        "turns": view.turns,
        "n": len(view),
        "classes": list(view.classes),
        "positions": view.positions.tolist(),  # in full precision: a point put back is exactly where it was
        "observed": view.observed.tolist(),
        "reserved": np.flatnonzero(view.reserved).tolist(),
        "predicted": None if (view.predicted == NO_CLASS).all() else view.predicted.tolist(),
        "confidence": None if np.isnan(view.confidence).any() else view.confidence.astype(float).round(4).tolist(),
        "names": None if view.names is None else view.names.tolist(),
        "neighbours": None if view.neighbours is None else view.neighbours.tolist(),
        "pins": [None if math.isnan(x) else [x, y] for x, y in view.pins.tolist()],
        "extent": extent(view),
        "budget": asdict(view.budget),
        **cards,
        "previous": previous or None,
        "past": [{**_turn_of(*turn, SEEN), "followed": share} for turn, share in zip(told[:-1], followed, strict=True)],
    }


def _turn_of(shown: View, edit: Edit, decimals: int | None = None) -> dict[str, Any]:
    """A turn that is over, its places to so many decimals; None: in full."""
    places = {"positions": shown.positions, "edited": edit.positions}
    rounded = {key: (at if decimals is None else at.round(decimals)).tolist() for key, at in places.items()}
    return {**rounded, "moved": np.flatnonzero(edit.moved).tolist()}


def edited(view: dict[str, Any], positions: Floats) -> dict[str, Any]:
    """The view with the points where the person put them."""
    return {**view, "positions": positions.tolist()}


def agreement(view: View) -> float | None:
    """The share of the labelled points whose label the model gives; None if there is none, or its labels are not
    shown."""
    labelled = (view.observed != NO_CLASS) & (view.predicted != NO_CLASS)
    return float((view.predicted == view.observed)[labelled].mean()) if labelled.any() else None


def texts_of(texts: Sequence[str]) -> list[str]:
    """Texts as they are shown: not longer than can be read at a glance."""
    return [text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}\u2026" for text in texts]


def values_of(values: Floats, features: Sequence[str] | None) -> dict[str, Any]:
    """The first values of each row of (N, length), rounded, what they are called, and how many there are in all."""
    rows = [[float(f"{value:.4g}") for value in row] for row in values[:, :VALUES].tolist()]
    return {"rows": rows, "names": features and [name[:LONGEST] for name in features[:VALUES]], "all": values.shape[1]}


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
