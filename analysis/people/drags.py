"""The drags of several courses, one after the other, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.people.course import Course
from hill_exp.types import Floats, Ints


@dataclass(frozen=True)
class Drags:
    """The G gestures of several courses, one after the other, and the K points in them; lengths in layout units.

    A lasso's points share the hand's error, so a gesture counts once, by the means over its points.
    """

    course: Ints  # (G,)
    truth: Ints  # (G,) the class of most of its points
    start: Floats  # (G, 2)
    drop: Floats  # (G, 2)
    disc: Floats  # (G, 2) offset from the middle of the pile that is meant
    gesture: Ints  # (K,)
    image: Ints  # (K,) the canvas point, counted on over the courses

    def __len__(self) -> int:
        return len(self.course)

    @classmethod
    def of(cls, courses: Sequence[Course]) -> Drags:
        """In the order in which they were made, course by course."""
        number, truth, start, drop, disc, images = [], [], [], [], [], []
        before = 0
        for c, course in enumerate(courses):
            spread_out = course.piles.disc(len(course))
            for view, gestures in zip(course.views, course.gestures, strict=True):
                now = view.positions.copy()
                for gesture in gestures:
                    points = gesture.points
                    number.append(c)
                    truth.append(int(np.bincount(view.recognised[points]).argmax()))
                    start.append(now[points].mean(0))
                    drop.append(gesture.drops.mean(0))
                    disc.append(spread_out[points].mean(0))
                    images.append(before + points)
                    now[points] = gesture.drops
            before += len(course)
        return cls(
            np.array(number, np.int64),
            np.array(truth, np.int64),
            np.array(start).reshape(-1, 2),
            np.array(drop).reshape(-1, 2),
            np.array(disc).reshape(-1, 2),
            np.repeat(np.arange(len(images)), [len(points) for points in images]),
            np.concatenate([np.empty(0, np.int64), *images]),
        )
