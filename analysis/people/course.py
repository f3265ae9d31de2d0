"""One person's turns at one canvas, read back from a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from hill_exp.record.trace import GLANCE, Trace
from hill_exp.types import Bools, Floats, Gesture, View
from simulated_users.piles import Piles

# Nobody knows how a real person spreads out a pile: all its scatter about the middle is then the hand's.
OF_A_REAL_PERSON: Final = Piles(radius=1.5, spacing=0.8, spread=0.0)

LOOKS_TELL: Final = 1.5  # images looked at, for each that was handled, from which on looks say what was known


@dataclass(frozen=True)
class Course:
    """One person's turns at one canvas: a view and its gestures, in order, for each. In the views `recognised` is the
    truth, for a record does not say what the person recognised, and NO_CLASS of a reserved point."""

    views: tuple[View, ...]
    gestures: tuple[tuple[Gesture, ...], ...]
    piles: Piles
    known: Bools  # (T, N) whose image the person had looked at by the end of each turn; all, where looks tell nothing
    dwell: Floats  # (L,) s for which each image was looked at, of those that were, in each turn; as a page noted it

    @classmethod
    def of(cls, trace: Trace, classes: tuple[str, ...], piles: Piles, looks: bool | None = None) -> Course:
        """From what lies beside a record; `piles` is how its person spreads a pile. looks: whether the person knows no
        image that it has not looked at; None: judged by the looks, which are noted of real people."""
        dwell = np.empty(0) if trace.dwell is None else trace.dwell[trace.dwell >= GLANCE].astype(float)
        if looks is None:
            looks = _tell(trace)
        known = trace.looked if looks and trace.looked is not None else np.ones_like(trace.handled)
        known = np.logical_or.accumulate(known, axis=0)
        return cls(tuple(trace.views(classes)), tuple(trace.gestures()), piles, known, dwell)

    def __len__(self) -> int:
        """The number of points on the canvas."""
        return len(self.views[0])


def _tell(trace: Trace) -> bool:
    """Whether looks say what a person knew. They do not of whoever looks at hardly more than it handles: the pictures
    can be seen on the canvas too."""
    if trace.looked is None or trace.dwell is None:
        return False
    return bool(trace.looked.any(0).sum() >= LOOKS_TELL * trace.handled.any(0).sum())


def looks_of(user: Mapping[str, Any]) -> bool | None:
    """Whether the user with these settings knows no image that it has not looked at; None: they do not say."""
    gaze = user.get("person", user).get("gaze")
    return None if gaze is None else gaze["thumbnails"] is not None


def piles_of(user: Mapping[str, Any]) -> Piles:
    """How the user with these settings spreads a pile: as they say, of a member of the family."""
    settings = user.get("person", user).get("piles")
    return Piles(**settings) if settings else OF_A_REAL_PERSON
