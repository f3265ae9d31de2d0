"""What was recorded of a person, read back as the views it had and the drags it made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from hill_exp.record.trace import unpack
from hill_exp.types import Budget, Floats, Gesture, Ints, View
from simulated_users.piles import Piles

NEEDED: Final = ("layout", "predicted", "confidence", "truth", "observed", "attribute", "gesture_points")
# Nobody knows how a real person spreads out a pile: all its scatter about the middle is then the hand's.
OF_A_REAL_PERSON: Final = Piles(radius=1.5, spacing=0.8, spread=0.0)


@dataclass(frozen=True)
class Session:
    """One person's turns at one canvas: a view and its gestures, in order, for each. In the views `recognised` is the
    truth, for a record does not say what the person recognised."""

    views: tuple[View, ...]
    gestures: tuple[tuple[Gesture, ...], ...]
    piles: Piles

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray], classes: tuple[str, ...], piles: Piles) -> Session:
        """From the arrays kept beside a record (hill_exp.record.trace); `piles` is how its person spreads a pile."""
        truth = arrays["truth"].astype(np.int64)
        n, turns = len(truth), len(arrays["layout"]) - 1  # the last layout is the answer to the last edit
        gestures = unpack(arrays, turns)
        pins = np.full((n, 2), np.nan)
        views = []
        for turn in range(turns):
            views.append(
                View(
                    positions=arrays["layout"][turn].astype(float),
                    observed=arrays["observed"].astype(np.int64),
                    predicted=arrays["predicted"][turn].astype(np.int64),
                    confidence=arrays["confidence"][turn].astype(float),
                    recognised=truth,
                    attribute=arrays["attribute"].astype(np.int64),
                    pins=pins.copy(),
                    thumbnails=np.zeros((n, 1, 1, 3), np.uint8),
                    classes=classes,
                    turn=turn,
                    turns=turns,
                    budget=Budget(),
                )
            )
            for gesture in gestures[turn]:
                pins[gesture.points] = gesture.drops
        return cls(tuple(views), tuple(tuple(g) for g in gestures), piles)

    def __len__(self) -> int:
        """The number of points on the canvas."""
        return len(self.views[0])


def piles_of(user: Mapping[str, Any]) -> Piles:
    """How the user with these settings spreads a pile: as they say, of a member of the family."""
    settings = user.get("person", user).get("piles")
    return Piles(**settings) if settings else OF_A_REAL_PERSON


@dataclass(frozen=True)
class Drags:
    """The G gestures of some sessions, one after the other, and the K points in them. A lasso's points share the
    hand's error, so a gesture counts once, by the means over its points."""

    session: Ints  # (G,)
    truth: Ints  # (G,) the class of most of its points
    start: Floats  # (G, 2)
    drop: Floats  # (G, 2)
    disc: Floats  # (G, 2) offset from the middle of the pile that is meant
    gesture: Ints  # (K,)
    image: Ints  # (K,) the canvas point, counted on over the sessions

    def __len__(self) -> int:
        return len(self.session)

    @classmethod
    def of(cls, sessions: Sequence[Session]) -> Drags:
        number, truth, start, drop, disc, images = [], [], [], [], [], []
        before = 0
        for s, session in enumerate(sessions):
            spread_out = session.piles.disc(len(session))
            for view, gestures in zip(session.views, session.gestures, strict=True):
                now = view.positions.copy()
                for gesture in gestures:
                    points = gesture.points
                    number.append(s)
                    truth.append(int(np.bincount(view.recognised[points]).argmax()))
                    start.append(now[points].mean(0))
                    drop.append(gesture.drops.mean(0))
                    disc.append(spread_out[points].mean(0))
                    images.append(before + points)
                    now[points] = gesture.drops
            before += len(session)
        return cls(
            np.array(number, np.int64),
            np.array(truth, np.int64),
            np.array(start).reshape(-1, 2),
            np.array(drop).reshape(-1, 2),
            np.array(disc).reshape(-1, 2),
            np.repeat(np.arange(len(images)), [len(points) for points in images]),
            np.concatenate([np.empty(0, np.int64), *images]),
        )
