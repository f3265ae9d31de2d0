"""What the page notes of a person during a turn, beside the gestures: when it was elsewhere, what it looked at.

The page looks ten times a second. Times are seconds since the view was shown, lengths of the window CSS pixels. A page
notes so many entries of each kind, and no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from hill_exp.live.entry import Coordinate, Count, Entry, Seconds
from hill_exp.record.trace import GLANCE
from hill_exp.types import Floats

MOST = 300  # entries of each kind, but for looks
MOST_LOOKS = 4000
NAMED = 20  # points of a group

Pixels = Annotated[int, Field(ge=0, le=100_000)]
Span = tuple[Seconds, Seconds]  # from, to
Spans = Annotated[tuple[Span, ...], Field(max_length=MOST)]


class Window(Entry):
    """The window, since a time."""

    at: Seconds
    width: Pixels
    height: Pixels
    ratio: Annotated[float, Field(gt=0, le=100)]  # device pixels a CSS pixel
    pointer: Literal["fine", "coarse", "none"]  # a mouse or pen, a finger, neither


class Zoom(Entry):
    """What part of the layout is in sight, since a time."""

    at: Seconds
    x: Coordinate  # the middle, layout units
    y: Coordinate
    zoom: Annotated[float, Field(gt=0, le=1e6)]  # 1: all of it


class Group(Entry):
    """Points that were selected, or whose gesture was taken back."""

    at: Seconds
    count: Count
    points: Annotated[tuple[Count, ...], Field(max_length=NAMED)]  # the first of them


class Noted(Entry):
    """Of one turn. `until`: when it was told last."""

    until: Seconds
    away: Spans  # another tab, window or program was in front
    gaps: Spans  # the page was in front, and no hand stirred for 5 s or more
    looks: Annotated[tuple[tuple[Count, Seconds, Seconds], ...], Field(max_length=MOST_LOOKS)]  # point, at, for
    windows: Annotated[tuple[Window, ...], Field(max_length=MOST)]
    zooms: Annotated[tuple[Zoom, ...], Field(max_length=MOST)]
    selections: Annotated[tuple[Group, ...], Field(max_length=MOST)]
    undone: Annotated[tuple[Group, ...], Field(max_length=MOST)]

    def points(self) -> Iterator[int]:
        """Every point that is named."""
        yield from (point for point, _, _ in self.looks)
        yield from (point for group in (*self.selections, *self.undone) for point in group.points)

    def dwell(self, n: int) -> Floats:
        """(N,) s for which each point's picture was looked at. Beside the canvas the pictures of what is selected are
        shown: each counts as a glance."""
        seconds = np.zeros(n)
        for point, _, lasted in self.looks:
            seconds[point] += lasted
        for group in self.selections:
            seconds[list(group.points)] += GLANCE
        return seconds

    @property
    def seconds_away(self) -> float:
        return sum(end - start for start, end in self.away)
