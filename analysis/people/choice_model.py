"""Which points a person took up, in which order, and which it left alone.

    courses, what each image is taken for
        -> choosings      what was taken in each turn, and what every point was worth     (choosings)
        -> left alone     the threshold of deference, the neglected classes               (left_alone)
        -> in the running every other point, but those that were likelier misread         (here)
        -> rationality    by the order of the choices among those in the running          (plackett_luce)
        -> waits          each point's chance to be first handled when it was             (here; misfiling needs it)

What an image is worth hangs on what it is taken for, so images of which that is not certain are left out: the order of
the others has the same likelihood without them. If there are such, labelled images are left out too (unless all are
labelled): which of them is the example that a pile needs, and so comes before all others, hangs on what is not seen,
that another was misread.

An image that was passed over may have been misread too, as what is worth little: it is left out where that is likelier,
at the rate of misreading, than the choices with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from analysis.people.choosings import Choosing, choosings, handled
from analysis.people.course import Course
from analysis.people.left_alone import Neglect, deference, neglected_classes, strength
from analysis.people.plackett_luce import RATIONAL, Race, likeliest, loglik, rationality
from analysis.people.profile_likelihood import Estimate
from hill_exp.types import NO_CLASS, Bools, Floats, Ints
from simulated_users.strategies import BY_CLASS

DRAWS: Final = 64  # of a turn, to find the chance of each point
LEAST: Final = 0.005  # chance that a point is, or is not, chosen: simulated, and no more certain than that
ODD: Final = 0.002  # probability at least that a point that was never handled is not what it is held to be
COMPARED: Final = tuple(name for name in BY_CLASS if name != "arrange")  # which has the worth of pile, on a given map


@dataclass(frozen=True)
class Choices:
    """What a person's choices say of it."""

    rationality: Estimate
    deference: Estimate
    attention: list[Neglect]  # of each class
    gain: dict[str, float]  # strategy -> log-likelihood of all choices under it, less that of choosing at random
    right: Floats  # (images,) probability that each point waited, and was chosen, when it did, taken for what it is
    misread: Floats  # (images,) and taken for another class


def choose(courses: Sequence[Course], belief: Ints, certain: Bools, strategy: str, rng: np.random.Generator) -> Choices:
    """What a person's choices say, who takes the images for `belief` (images,), of which those `certain` (images,) are
    beyond doubt, and follows `strategy`."""
    classes = courses[0].views[0].classes
    truth = np.concatenate([course.views[0].recognised for course in courses])
    labelled = np.concatenate([course.views[0].observed for course in courses]) != NO_CLASS
    offered = truth != NO_CLASS  # the others were reserved
    share_doubtful = float((~certain)[offered].mean())
    belief = np.where(labelled & ~certain, truth, belief)
    if not (certain.all() or labelled.all()):
        certain = certain & ~labelled
    as_it_is = belief == truth
    another = np.where(as_it_is, (truth + rng.integers(1, max(2, len(classes)), len(truth))) % len(classes), truth)
    another[~offered] = NO_CLASS

    turns = choosings(courses, belief, certain, strategy, another)
    none_left_alone = np.zeros(len(belief), bool)
    deferring = deference(turns, none_left_alone)
    known = np.concatenate([course.known[-1] for course in courses])
    on_offer = np.where(known, belief, NO_CLASS)
    neglected = neglected_classes(turns, on_offer, len(classes), deferring.value)
    touched = handled(turns, len(belief))
    left_alone = ~touched & np.isin(belief, neglected)
    odds = max(share_doubtful / max(1, len(classes) - 1), ODD)
    running = _in_the_running(turns, left_alone, deferring.value, odds)
    races = [turn.race(~running, deferring.value) for turn in turns]
    beta = rationality(races)
    waits = _waits(turns, races, beta.value, deferring.value, len(belief), rng)

    attention = []
    for c, name in enumerate(classes):
        members = belief == c
        neglect = strength(touched[members], 1 - waits.as_held[members]) if c in neglected else None
        expected = float(waits.expected[members].sum())
        points, seen, taken = (int((members & of).sum()) for of in (np.ones_like(known), known, touched))
        attention.append(Neglect(name, points, seen, taken, expected, neglect))
    gain = {}
    for name in COMPARED:
        races = [turn.race(none_left_alone, deferring.value) for turn in choosings(courses, belief, certain, name)]
        gain[name] = likeliest(races)[1] - loglik(races, 0.0)
    # a neglected point was never in the running, whatever it is taken for
    as_held, otherwise = np.where(left_alone, 1.0, waits.as_held), np.where(left_alone, 1.0, waits.otherwise)
    right, misread = np.where(as_it_is, [as_held, otherwise], [otherwise, as_held])
    return Choices(beta, deferring, attention, gain, right, misread)


def _in_the_running(turns: Sequence[Choosing], left_alone: Bools, deference: float, odds: float) -> Bools:
    """(images,) which points were in the running as what they are held to be.

    One that was never handled may have been misread as something that is worth little, with probability `odds`. It is
    held to be so if that makes the order of the choices likelier by more than it is unlikely.
    """
    running = ~left_alone
    touched = handled(turns, len(running))
    while True:
        races = [turn.race(~running, deference) for turn in turns]
        beta = likeliest(races)[0]
        gain = np.zeros(len(running))  # in log-likelihood, without each point
        for turn, race in zip(turns, races, strict=True):
            utility, rivals = race.utility(beta)
            passed = len(race.order) - race.taken
            share = np.exp(utility[:passed, None] - rivals[race.choices])  # of each choice
            gain[turn.images.start + race.order[:passed]] -= np.log1p(-np.minimum(share, 1 - 1e-12)).sum(1)
        gain[touched] = 0.0
        odd = running & (gain > -np.log(odds))
        if not odd.any():
            return running
        running &= ~odd


class Waits(NamedTuple):
    """Of each point, up to the turn in which it was first handled, were it not left alone by inattention."""

    as_held: Floats  # (images,) the probability that it waited so long, and was then chosen, if it was
    otherwise: Floats  # (images,) and of the same, were it taken for another class
    expected: Floats  # (images,) its chances over the turns, summed: as many as were handled, if they are right


def _waits(
    turns: Sequence[Choosing],
    races: Sequence[Race],
    beta: float,
    deference: float,
    images: int,
    rng: np.random.Generator,
) -> Waits:
    """A point's chance in a turn is that its worth, and luck, reach what the last of as many points as were taken has
    (Gumbel-top-k, as simulated_users.rational_choice.order)."""
    waits = Waits(np.ones(images), np.ones(images), np.zeros(images))
    waiting = np.ones(images, bool)
    for turn, race in zip(turns, races, strict=True):
        taken = np.zeros(len(race.worth), bool)
        taken[turn.sequence] = True
        if race.taken:
            luck = rng.gumbel(size=(DRAWS, len(race.worth)))
            ahead = (min(beta, RATIONAL) * race.worth + luck)[:, race.order]
            least = -np.partition(-ahead, race.taken - 1, axis=1)[:, race.taken - 1 : race.taken]
            could = waiting[turn.images] & turn.could_be_taken(deference)
            as_held, otherwise = (
                (min(beta, RATIONAL) * worth + luck >= least).mean(0) for worth in (race.worth, race.otherwise)
            )
            waits.expected[turn.images] += as_held * could
            for probability, chance in ((waits.as_held, as_held), (waits.otherwise, otherwise)):
                bounded = np.clip(chance, LEAST, 1 - LEAST)
                probability[turn.images] *= np.where(could, np.where(taken, bounded, 1 - bounded), 1.0)
        waiting[turn.images] &= ~taken
    return waits
