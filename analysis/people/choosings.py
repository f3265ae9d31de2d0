"""What was chosen in each turn, what it was worth, and among which points.

Worth is what the strategy says of the view, standardised over the points that could be taken, as the person of the
family has it who knows every image without a look. A lasso counts as one choice, that of its first point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.people.course import Course
from analysis.people.plackett_luce import Race
from hill_exp.types import Bools, Floats, Ints, View
from simulated_users.biases import Attraction
from simulated_users.rational_choice import standardised
from simulated_users.strategies import BY_CLASS, Picture, Plan, Scene

PARTS: Final = 10  # in which the points are taken for another class
NEIGHBOURS: Final = 1  # no strategy that is fitted asks who lies beside whom
UNBIASED: Final = Attraction(pairs=(), strength=0.0)


@dataclass(frozen=True)
class Choosing:
    """What was chosen in a turn, of N points."""

    images: slice  # the points' numbers, counted on over the courses
    worth: Floats  # (N,) as the strategy says
    otherwise: Floats  # (N,) and as it would say, were the point taken for another class
    sited: Bools  # (N,) points that were on offer and for which the strategy has a place
    certain: Bools  # (N,) points of which it is known what they were taken for
    confidence: Floats  # (N,)
    sequence: Ints  # (k,) the points that were taken, in order
    leads: Ints  # of them, the first of each gesture

    def could_be_taken(self, deference: float) -> Bools:
        """(N,) the points with a place of which the model is not too sure for a person who so defers to it."""
        return self.sited & (self.confidence <= 1 - deference)

    def race(self, left_alone: Bools, deference: float = 0.0) -> Race:
        """The choices of the turn among the certain points that are not left alone; left_alone (images,)."""
        free = self.could_be_taken(deference) & ~left_alone[self.images]
        free[self.sequence] = True
        both = standardised(np.concatenate([self.worth, self.otherwise]), np.concatenate([free, np.zeros_like(free)]))
        worth, otherwise = np.split(both, 2)
        sequence = self.sequence[self.certain[self.sequence]]
        free[self.sequence] = False
        order = np.concatenate([np.flatnonzero(free & self.certain), sequence[::-1]])
        return Race(worth, otherwise, order, np.flatnonzero(np.isin(order, self.leads)), len(sequence))


def choosings(
    courses: Sequence[Course], belief: Ints, certain: Bools, strategy: str, another: Ints | None = None
) -> list[Choosing]:
    """The turns in which something was done.

    belief, certain (images,): what each image is taken for, NO_CLASS if it was reserved, and whether that is certain;
    another (images,): a class that each might be taken for instead.
    """
    turns, before = list[Choosing](), 0
    for course in courses:
        images = slice(before, before + len(course))
        before += len(course)
        taken_for = belief[images]
        for view, gestures, known in zip(course.views, course.gestures, course.known, strict=True):
            if not gestures:
                continue
            plan = _plan(strategy, course, view, taken_for)
            otherwise = plan.worth
            if another is not None:
                otherwise = _worth_if_taken_for(another[images], strategy, course, view, taken_for)
            touched = np.concatenate([gesture.points for gesture in gestures])
            turns.append(
                Choosing(
                    images,
                    plan.worth,
                    otherwise,
                    plan.reach(taken_for) & ~view.reserved & known,
                    certain[images],
                    np.nan_to_num(view.confidence),  # who is not told it defers to nobody
                    touched[np.sort(np.unique(touched, return_index=True)[1])],  # the first time of each counts
                    np.unique([gesture.points[0] for gesture in gestures]),
                )
            )
    return turns


def handled(turns: Sequence[Choosing], images: int) -> Bools:
    """(images,) which were taken up at some time."""
    touched = np.zeros(images, bool)
    for turn in turns:
        touched[turn.images.start + turn.sequence] = True
    return touched


def _worth_if_taken_for(another: Ints, strategy: str, course: Course, view: View, belief: Ints) -> Floats:
    """(N,) what each point would be worth, were it alone taken for another class (N,)."""
    worth = np.empty(len(belief))
    for part in range(PARTS):  # few at a time, so that the classes stay where they are
        mistaken = np.arange(len(belief)) % PARTS == part
        worth[mistaken] = _plan(strategy, course, view, np.where(mistaken, another, belief)).worth[mistaken]
    return worth


def _plan(strategy: str, course: Course, view: View, belief: Ints) -> Plan:
    nowhere = np.full((len(view.classes), 2), np.nan)
    scene = Scene(view, belief, Picture(view, NEIGHBOURS), course.piles, UNBIASED, nowhere)
    return BY_CLASS[strategy].plan(scene)
