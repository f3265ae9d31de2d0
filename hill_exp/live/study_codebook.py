"""What is recorded of people in a study: `people/codebook.csv` in the store, a row a column or field.

The answers stand in `tables/participants.csv` of the analysis and in the records; what was done, in the sessions.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from hill_exp.live.noted import Group, Noted, Window, Zoom
from hill_exp.live.questionnaire import Item
from hill_exp.live.session import Session, Stroke, Turn
from hill_exp.live.sittings import Sitting
from hill_exp.live.study_file import Pages
from hill_exp.record.files import write_whole

FIELDS: Final = ("file", "name", "description", "unit", "values")
TABLE: Final = "tables/participants.csv"
NOT_SAID: Final = "empty: rather not said"
SINCE: Final = "s since the view was shown"

# The parts of files: where each stands, in which file.
PARTS: Final[tuple[tuple[str, str, type[BaseModel]], ...]] = (
    ("people/CODE.json", "", Sitting),
    ("sessions/NAME.json", "", Session),
    ("sessions/NAME.json", "turns[].", Turn),
    ("sessions/NAME.json", "turns[].gestures[].", Stroke),
    ("sessions/NAME.json", "turns[].noted.", Noted),
    ("sessions/NAME.json", "turns[].noted.windows[].", Window),
    ("sessions/NAME.json", "turns[].noted.zooms[].", Zoom),
    ("sessions/NAME.json", "turns[].noted.selections[].", Group),
)
# (description, unit) of each of their fields
FIELD: Final[dict[str, tuple[str, str]]] = {
    "Sitting.study": ("Title of the study", ""),
    "Sitting.code": ("Code that stands for the person", ""),
    "Sitting.status": ("open, declined or withdrawn; of a sitting that came to its end, open", ""),
    "Sitting.participant": ("Number: data, initial weights and order go by it; none: declined, or all was deleted", ""),
    "Sitting.order": ("The conditions in the order in which they are done", ""),
    "Sitting.done": ("Step -> its result: when a text was agreed to or read (Unix time), done, or the answers", ""),
    "Sitting.last": ("When a step was last done (Unix time)", "s"),
    "Session.format": ("Format of the file", ""),
    "Session.names": ("Choices of the condition, by group", ""),
    "Session.settings": ("Their settings", ""),
    "Session.content": ("Address of the condition", ""),
    "Session.data": ("What identifies the data", ""),
    "Session.device": ("What the model was trained on", ""),
    "Session.seed": ("Seed of the study", ""),
    "Session.participant": ("Number of the participant", ""),
    "Session.person": ("Code, and the place of the condition in the order", ""),
    "Session.versions": ("Versions of this program and of what can change the layouts", ""),
    "Session.status": ("open or done", ""),
    "Session.turns": ("What was done with each view", ""),
    "Session.draft": ("A turn that is not handed over yet, as a turn", ""),
    "Turn.turn": ("Number of the turn, from 0", ""),
    "Turn.how": ("teach: handed over; skip: no edit; stop: no edit, and no turn after it", ""),
    "Turn.gestures": ("Drags, in order", ""),
    "Turn.undone": ("Gestures that were made and taken back", "gestures"),
    "Turn.shown": ("Digest of the layout", ""),
    "Turn.noted": ("What the page noted beside the gestures", ""),
    "Stroke.points": ("Points of the canvas that were dragged", ""),
    "Stroke.drops": ("Where each was dropped: x, y", "radius of the layout (root mean square)"),
    "Stroke.seconds": ("Since the end of the gesture before, looking included, time spent elsewhere left out", "s"),
    "Stroke.at": ("When it was dropped, time spent elsewhere included", SINCE),
    "Noted.until": ("When this was told last", SINCE),
    "Noted.away": ("From, to: another tab, window or program was in front", SINCE),
    "Noted.gaps": ("From, to: the page was in front, and no hand stirred for 5 s or more", SINCE),
    "Noted.looks": ("Point, when, for how long its picture was shown at the pointer; ten times a second", SINCE),
    "Noted.windows": ("The window, since a time", ""),
    "Noted.zooms": ("What part of the layout was in sight, since a time", ""),
    "Noted.selections": ("Points that were selected", ""),
    "Noted.undone": ("Points whose gesture was taken back, as of selections", ""),
    "Window.at": ("When", SINCE),
    "Window.width": ("Width", "CSS pixels"),
    "Window.height": ("Height", "CSS pixels"),
    "Window.ratio": ("Device pixels a CSS pixel", ""),
    "Window.pointer": ("fine: mouse or pen; coarse: finger; none: neither", ""),
    "Zoom.at": ("When", SINCE),
    "Zoom.x": ("The middle of what was in sight", "radius of the layout (root mean square)"),
    "Zoom.y": ("The same, upward", "radius of the layout (root mean square)"),
    "Zoom.zoom": ("1: all of the layout", ""),
    "Group.at": ("When", SINCE),
    "Group.count": ("How many", "points"),
    "Group.points": ("The first of them", ""),
}


def write(folder: Path, pages: Pages) -> None:
    """Write codebook.csv of a study into the folder."""
    text = StringIO()
    book = csv.writer(text, lineterminator="\n")
    book.writerow(FIELDS)
    book.writerows(rows(pages))
    write_whole(folder / "codebook.csv", text.getvalue().encode())


def rows(pages: Pages) -> Iterator[tuple[str, ...]]:
    """A row a column of the answers and field of the files, with FIELDS."""
    yield TABLE, "person.code", "Code that stands for the person", "", ""
    yield TABLE, "person.place", "Place of the condition in the order in which this person did them, from 1", "", ""
    for when, several in (("after each condition", pages.after_each), ("at the end", pages.at_end)):
        for questions in several:
            asked = f"{questions.title} ({when})"
            for item in questions.items:
                yield TABLE, f"person.{item.key}", f"{asked}: {item.text}", "", _values(item)
                if item.correct is not None:
                    told = f"Whether {item.key} was answered as asked: {item.correct}"
                    yield TABLE, f"person.{item.passed}", told, "", "True | False"
            if questions.score:
                told = f"{asked}: the mean of its scales"
                yield TABLE, f"person.{questions.score}", told, "", "0 to 100; empty: a scale was left out"
    for file, prefix, model in PARTS:
        for name in model.model_fields:
            description, unit = FIELD[f"{model.__name__}.{name}"]
            yield file, f"{prefix}{name}", description, unit, ""


def _values(item: Item) -> str:
    match item.kind:
        case "scale":
            low, high = (f"{end:g} ({word})" if word else f"{end:g}" for end, word in _ends(item))
            turned = "; low counts high in the score" if item.reverse else ""
            return f"{low} to {high} in steps of {item.step:g}{turned}; {NOT_SAID}"
        case "choice":
            return f"{' | '.join(item.choices)}; {NOT_SAID}"
        case "text":
            return "text; empty: nothing written"


def _ends(item: Item) -> tuple[tuple[float, str], tuple[float, str]]:
    return (item.min, item.low), (item.max, item.high)
