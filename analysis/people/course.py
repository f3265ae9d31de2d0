"""One person's turns at one canvas, read back from a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hill_exp.record.trace import Trace
from hill_exp.types import Gesture, View
from simulated_users.piles import Piles

# Nobody knows how a real person spreads out a pile: all its scatter about the middle is then the hand's.
OF_A_REAL_PERSON: Final = Piles(radius=1.5, spacing=0.8, spread=0.0)


@dataclass(frozen=True)
class Course:
    """One person's turns at one canvas: a view and its gestures, in order, for each. In the views `recognised` is the
    truth, for a record does not say what the person recognised."""

    views: tuple[View, ...]
    gestures: tuple[tuple[Gesture, ...], ...]
    piles: Piles

    @classmethod
    def of(cls, trace: Trace, classes: tuple[str, ...], piles: Piles) -> Course:
        """From what lies beside a record; `piles` is how its person spreads a pile."""
        return cls(tuple(trace.views(classes)), tuple(trace.gestures()), piles)

    def __len__(self) -> int:
        """The number of points on the canvas."""
        return len(self.views[0])


def piles_of(user: Mapping[str, Any]) -> Piles:
    """How the user with these settings spreads a pile: as they say, of a member of the family."""
    settings = user.get("person", user).get("piles")
    return Piles(**settings) if settings else OF_A_REAL_PERSON
