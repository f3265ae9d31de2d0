"""What one participant was shown and did, turn by turn: made here, kept beside the record, and read back here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np

from hill_exp.types import NO_CLASS, Bools, Budget, Cards, Edit, Floats, Gesture, Ints, View

GLANCE: Final = 0.2  # s at a thumbnail, at the least, in which it is taken in


@dataclass(frozen=True)
class Trace:
    """T turns on N canvas points, and G gestures of K points in all, a point counted again in each gesture.

    Positions are in layout units. `layout`, `predicted` and `confidence` have one entry more than there are turns: the
    last is the answer to the last edit. By the gestures a session is played back and a person's parameters are
    estimated, so their drops are in full precision.
    """

    layout: Floats  # (T + 1, N, 2) float32
    predicted: Ints  # (T + 1, N) int16, the model's label
    confidence: Floats  # (T + 1, N) float32, its probability of that label
    shown: np.ndarray  # (T + 1,) text, digest of each layout in full precision
    edited: Floats  # (T, N, 2) float32
    handled: Bools  # (T, N)
    truth: Ints  # (N,) int16
    observed: Ints  # (N,) int16, or NO_CLASS
    reserved: Bools  # (N,)
    attribute: Ints  # (N,) int16, or NO_CLASS
    gesture_turn: Ints  # (G,) int16, from 0
    gesture_seconds: Floats  # (G,) how long each took
    gesture_of: Ints  # (K,) int32, the gesture, from 0
    gesture_points: Ints  # (K,) int32, the canvas point
    gesture_drops: Floats  # (K, 2) float64, where it was dropped
    looked: Bools | None = None  # (T, N) whose thumbnail was looked at; None: an older record, which does not say
    dwell: Floats | None = None  # (T, N) float32, s at it, as the page noted of a real person; None: nobody did

    def __post_init__(self) -> None:
        t, n = self.edited.shape[:2]
        g, k = len(self.gesture_turn), len(self.gesture_of)
        expected = {
            "layout": (t + 1, n, 2), "predicted": (t + 1, n), "confidence": (t + 1, n), "shown": (t + 1,),
            "edited": (t, n, 2), "handled": (t, n), "truth": (n,), "observed": (n,), "reserved": (n,),
            "attribute": (n,), "gesture_turn": (g,), "gesture_seconds": (g,), "gesture_of": (k,),
            "gesture_points": (k,), "gesture_drops": (k, 2), "looked": (t, n), "dwell": (t, n),
        }  # fmt: skip
        for name, array in self.arrays().items():
            if array.shape != expected[name]:
                raise ValueError(f"{name} has shape {array.shape}; expected {expected[name]}")

    @classmethod
    def of(cls, views: Sequence[View], edits: Sequence[Edit], truth: Ints) -> Self:
        """From the views, of which the last was not edited, the edits, and the true classes of the points (N,)."""
        n = len(truth)
        gestures = [(turn, gesture) for turn, edit in enumerate(edits) for gesture in edit.gestures]
        sizes = [len(gesture.points) for _, gesture in gestures]
        return cls(
            layout=np.array([view.positions for view in views], np.float32),
            predicted=np.array([view.predicted for view in views], np.int16),
            confidence=np.array([view.confidence for view in views], np.float32),
            shown=np.array([digest(view.positions) for view in views]),
            edited=np.array([edit.positions for edit in edits], np.float32).reshape(-1, n, 2),
            handled=np.array([edit.handled for edit in edits], bool).reshape(-1, n),
            truth=truth.astype(np.int16),
            observed=views[0].observed.astype(np.int16),
            reserved=views[0].reserved,
            attribute=views[0].attribute.astype(np.int16),
            gesture_turn=np.array([turn for turn, _ in gestures], np.int16),
            gesture_seconds=np.array([gesture.seconds for _, gesture in gestures], float),
            gesture_of=np.repeat(np.arange(len(gestures), dtype=np.int32), sizes),
            gesture_points=np.concatenate([[], *(gesture.points for _, gesture in gestures)]).astype(np.int32),
            gesture_drops=np.concatenate([np.empty((0, 2)), *(gesture.drops for _, gesture in gestures)]),
            looked=np.array([_looked(edit) for edit in edits], bool).reshape(-1, n),
            dwell=_dwell(edits),
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Those that there are."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: array for name, array in arrays.items() if array is not None}

    @property
    def turns(self) -> int:
        """The number of turns."""
        return len(self.edited)

    @property
    def points(self) -> int:
        """The number of points on the canvas."""
        return len(self.truth)

    def gestures(self) -> list[tuple[Gesture, ...]]:
        """Of each turn, in order."""
        turns: list[list[Gesture]] = [[] for _ in range(self.turns)]
        start = np.searchsorted(self.gesture_of, np.arange(len(self.gesture_turn) + 1))
        for g, (turn, seconds) in enumerate(zip(self.gesture_turn, self.gesture_seconds, strict=True)):
            rows = slice(start[g], start[g + 1])
            points, drops = self.gesture_points[rows].astype(np.int64), self.gesture_drops[rows]
            turns[turn].append(Gesture(points, drops, float(seconds)))
        return [tuple(gestures) for gestures in turns]

    def views(self, classes: tuple[str, ...]) -> list[View]:
        """The views that were edited, but for what no trace says: `recognised` is the truth, not what the person took
        the thumbnails for, of all but the reserved points; the cards are blank, the budget has no limits, and
        `followed` is left out."""
        n, gestures = self.points, self.gestures()
        pins: Floats = np.full((n, 2), np.nan)
        views = []
        for turn in range(self.turns):
            positions = self.layout[turn].astype(float)
            views.append(
                View(
                    positions=positions,
                    observed=self.observed.astype(np.int64),
                    reserved=self.reserved,
                    predicted=self.predicted[turn].astype(np.int64),
                    confidence=self.confidence[turn].astype(float),
                    recognised=np.where(self.reserved, NO_CLASS, self.truth).astype(np.int64),
                    attribute=self.attribute.astype(np.int64),
                    pins=pins,
                    cards=Cards.blank(n),
                    classes=classes,
                    turn=turn,
                    turns=self.turns,
                    budget=Budget(),
                )
            )
            pins = Edit.of(positions, gestures[turn]).pinned(pins)
        return views


def _looked(edit: Edit) -> Bools:
    return edit.looked if edit.dwell is None else edit.looked | (edit.dwell >= GLANCE)


def _dwell(edits: Sequence[Edit]) -> Floats | None:
    """(T, N), 0 in a turn in which nobody noted it; None if in no turn."""
    if all(edit.dwell is None for edit in edits):
        return None
    return np.array([np.zeros(len(e.handled)) if e.dwell is None else e.dwell for e in edits], np.float32)


def digest(positions: Floats) -> str:
    """What tells whether two layouts (N, 2) are the same to the last bit."""
    return hashlib.sha256(np.ascontiguousarray(positions, float).tobytes()).hexdigest()
