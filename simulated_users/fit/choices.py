"""Which points a person took up, in which order, and which it left alone.

Rationality: the next point is chosen with probability proportional to exp(beta * worth) among those left (softmax, or
Boltzmann-rational, choice, as the stochastic teacher of B-Pref, Lee et al. 2021). The order of a turn's choices then
has the likelihood of Plackett and Luce, the product over choices of exp(beta w) / sum over those left of exp(beta w).
It has one peak in beta, at infinity if the best that was left was always taken. Worth is what the strategy says of the
view, standardised over the points that could be taken, as the person of the family has it. A lasso counts as one
choice, that of its first point. What an image is worth hangs on what it is taken for, so images of which that is not
certain are left out: the order of the others has the same likelihood without them. If there are such, labelled images
are left out too (unless all are labelled), for which of them is the example that a pile needs, and so comes before all
others, hangs on what is not seen: that another was misread. An image that was passed over may have been misread too, as
what is worth little: it is left out where that is likelier, at the rate of misreading, than the choices with it.

Who could be taken is part of it, for to pass over a point is one thing and never to think of it another. With the
points that a departure leaves alone taken out of the choices, their order gets likelier, and by how much is the
evidence for the departure:
- deference d leaves alone points of which the model is surer than 1 - d. The likeliest d is the largest that spares
  every point that was handled. That the surest points were handled by no chance at all has probability exp(-gain).
- attention: a class of which H points were handled at some time and U never is neglected with strength h by likelihood
  (1 - h)^H h^U, the U being out of the choices (a lower bound: some of them may have had no turn). The classes are
  taken in one after the other, the greatest gain first, while the likelihood ratio test says so and the class was
  handled less often than the others too (exact binomial; Holm over the classes). The strength is then estimated without
  that bound: each point has under beta a chance to be handled in all, and (1 - h) times as much if it is neglected.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from hill_exp.types import NO_CLASS, Bools, Floats, Ints, View
from simulated_users.biases import Stereotype
from simulated_users.choosing import standardised
from simulated_users.fit.profile import Estimate, maximum, nothing_known, profile
from simulated_users.fit.sessions import Session
from simulated_users.strategies import STRATEGIES, Scene

RATIONAL: Final = 1e4  # a beta that no order of choices tells from infinity
DRAWS: Final = 64  # of a turn, to find the chance of each point
LEAST: Final = 0.005  # chance that a point is, or is not, chosen: simulated, and no more certain than that
PARTS: Final = 10  # in which the points are taken for another class
LEVEL: Final = 0.05  # of the tests
ODD: Final = 0.002  # probability at least that a point that was never handled is not what it is held to be
COMPARED: Final = tuple(name for name in STRATEGIES if name != "arrange")  # which has the worth of pile, on a given map


@dataclass(frozen=True)
class Turn:
    """What was chosen in a turn, of N points."""

    images: slice  # the points' numbers, counted on over the sessions
    worth: Floats  # (N,) as the strategy says
    otherwise: Floats  # (N,) and as it would say, were the point taken for another class
    sited: Bools  # (N,) points for which the strategy has a place
    certain: Bools  # (N,) points of which it is known what they were taken for
    confidence: Floats  # (N,)
    sequence: Ints  # (k,) the points that were taken, in order
    leads: Ints  # of them, the first of each gesture


class Race(NamedTuple):
    """A turn's choices among the points that could be taken. `order` has those left over first, then those taken from
    the last to the first: what a choice had to choose from is all up to it."""

    worth: Floats  # (N,) standardised
    otherwise: Floats  # (N,) standardised by the same mean and spread
    order: Ints
    choices: Ints  # (gestures,) where in `order` the chosen points are
    taken: int  # the last so many of `order`


@dataclass(frozen=True)
class Neglect:
    """One class: how many of its points there are, were handled, and would have been, had it not been neglected."""

    name: str
    points: int
    handled: int
    expected: float
    strength: Estimate | None  # None: not neglected


@dataclass(frozen=True)
class Choices:
    rationality: Estimate
    deference: Estimate
    attention: list[Neglect]
    gain: dict[str, float]  # strategy -> log-likelihood of all choices under it, less that of choosing at random
    right: Floats  # (images,) probability that each point waited, and was chosen, when it did, taken for what it is
    misread: Floats  # (images,) and taken for another class


def choose(
    sessions: Sequence[Session], belief: Ints, certain: Bools, strategy: str, rng: np.random.Generator
) -> Choices:
    """What a person's choices say, who takes the images for `belief` (images,), of which some are `certain`, and
    follows `strategy`."""
    names = sessions[0].views[0].classes
    observed = np.concatenate([session.views[0].observed for session in sessions])
    truth = np.concatenate([session.views[0].recognised for session in sessions])
    labelled = observed != NO_CLASS
    doubtful = float((~certain).mean())
    belief = np.where(labelled & ~certain, truth, belief)
    if not (certain.all() or labelled.all()):
        certain = certain & ~labelled
    as_it_is = belief == truth
    another = np.where(as_it_is, (truth + rng.integers(1, max(2, len(names)), len(truth))) % len(names), truth)
    turns = _turns(sessions, belief, certain, strategy, another)
    nobody = np.zeros(len(belief), bool)
    deference = _deference(turns, nobody)
    neglected = _neglected(sessions, turns, belief, deference.value)
    handled = _handled(turns, len(belief))
    left_alone = ~handled & np.isin(belief, neglected)
    seen = _seen(turns, left_alone, deference.value, max(doubtful / max(1, len(names) - 1), ODD))
    races = [_race(turn, ~seen, deference.value) for turn in turns]
    beta = _rationality(races)
    waits = _waits(turns, races, beta.value, deference.value, len(belief), rng)
    attention = []
    for c, name in enumerate(names):
        own = belief == c
        strength = _strength(handled[own], 1 - waits.seen[own]) if c in neglected else None
        expected = float(waits.expected[own].sum())
        attention.append(Neglect(name, int(own.sum()), int(handled[own].sum()), expected, strength))
    gain = {}
    for name in COMPARED:
        races = [_race(turn, nobody, deference.value) for turn in _turns(sessions, belief, certain, name)]
        gain[name] = _best(races) - loglik(races, 0.0)
    # a neglected point was never in the running, whatever it is taken for
    as_held, otherwise = np.where(left_alone, 1.0, waits.seen), np.where(left_alone, 1.0, waits.otherwise)
    right, misread = np.where(as_it_is, [as_held, otherwise], [otherwise, as_held])
    return Choices(beta, deference, attention, gain, right, misread)


def loglik(races: Sequence[Race], beta: float) -> float:
    """Of Plackett and Luce."""
    total = 0.0
    for race in races:
        utility = beta * race.worth[race.order]
        total += float((utility - np.logaddexp.accumulate(utility))[race.choices].sum())
    return total


def _turns(
    sessions: Sequence[Session], belief: Ints, certain: Bools, strategy: str, another: Ints | None = None
) -> list[Turn]:
    """The turns in which something was done. `another` (images,): a class that each might be taken for instead."""
    turns, before = list[Turn](), 0
    for session in sessions:
        images = slice(before, before + len(session))
        before += len(session)
        own = belief[images]
        for view, gestures in zip(session.views, session.gestures, strict=True):
            if gestures:
                plan = STRATEGIES[strategy](_scene(session, view, own))
                otherwise = plan.worth
                if another is not None:
                    otherwise = plan.worth.copy()
                    for part in range(PARTS):  # few at a time, so that the classes stay where they are
                        some = np.arange(len(own)) % PARTS == part
                        mistaken = np.where(some, another[images], own)
                        otherwise[some] = STRATEGIES[strategy](_scene(session, view, mistaken)).worth[some]
                touched = np.concatenate([gesture.points for gesture in gestures])
                sequence = touched[np.sort(np.unique(touched, return_index=True)[1])]  # the first time of each counts
                leads = np.unique([gesture.points[0] for gesture in gestures])
                sited = np.isfinite(plan.sites[own, 0])
                turns.append(
                    Turn(images, plan.worth, otherwise, sited, certain[images], view.confidence, sequence, leads)
                )
    return turns


def _scene(session: Session, view: View, belief: Ints) -> Scene:
    nowhere = np.full((len(view.classes), 2), np.nan)
    return Scene(view, belief, session.piles, Stereotype(pairs=(), strength=0), nowhere)


def _race(turn: Turn, left_alone: Bools, deference: float = 0.0) -> Race:
    """The choices of a turn, of the points that are not left alone and are certain."""
    free = turn.sited & ~left_alone[turn.images] & (turn.confidence <= 1 - deference)
    free[turn.sequence] = True
    both = standardised(np.concatenate([turn.worth, turn.otherwise]), np.concatenate([free, np.zeros_like(free)]))
    worth, otherwise = np.split(both, 2)
    sequence = turn.sequence[turn.certain[turn.sequence]]
    free[turn.sequence] = False
    order = np.concatenate([np.flatnonzero(free & turn.certain), sequence[::-1]])
    return Race(worth, otherwise, order, np.flatnonzero(np.isin(order, turn.leads)), len(sequence))


def _beta(u: float) -> float:
    """From a range with an end, u from 0 to 1, as beta = u / (1 - u)."""
    return min(u / (1 - u), RATIONAL) if u < 1 else RATIONAL


def _rationality(races: Sequence[Race]) -> Estimate:
    """Beta; its interval may reach infinity."""
    n = sum(len(race.choices) for race in races)
    if n == 0:
        return nothing_known(0.0, np.inf)
    found = profile(lambda u: loglik(races, _beta(u)), 0.0, 1.0)
    value, low, high = (_beta(u) if u < 1 else np.inf for u in found)
    return Estimate(value, low, high, n)


def _likeliest(races: Sequence[Race]) -> tuple[float, float]:
    """(beta, its log-likelihood)."""
    u, top = maximum(lambda u: loglik(races, _beta(u)), 0.0, 1.0)
    return _beta(u), top


def _best(races: Sequence[Race]) -> float:
    return _likeliest(races)[1]


def _deference(turns: Sequence[Turn], left_alone: Bools) -> Estimate:
    """The threshold that spares all points that were handled, if there is evidence for any; the interval holds the
    thresholds within 3.0 of its log-likelihood (exp(-3.0) = 0.05)."""
    n = sum(len(turn.leads) for turn in turns)
    if n == 0:
        return nothing_known(0.0, 1.0)
    most = float(np.clip(1 - max(turn.confidence[turn.sequence].max() for turn in turns), 0, 1))

    def best(deference: float) -> float:
        return _best([_race(turn, left_alone, deference) for turn in turns])

    top = best(most)
    if top - best(0.0) < -np.log(LEVEL):
        return Estimate(0.0, 0.0, most, n)
    steps = np.unique(np.concatenate([[0.0], *(1 - turn.confidence for turn in turns)]).clip(0, most))
    first = bisect_left(steps, top + np.log(LEVEL), key=best)  # between two steps the same points are spared
    return Estimate(most, float(steps[max(0, first - 1)]), most, n)


def _neglected(sessions: Sequence[Session], turns: Sequence[Turn], belief: Ints, deference: float) -> list[int]:
    """The classes of which too many points were never handled, greatest evidence first."""
    from scipy.stats import binomtest, chi2

    handled = _handled(turns, len(belief))
    neglected: list[int] = []
    rest = [c for c in range(len(sessions[0].views[0].classes)) if (~handled & (belief == c)).any()]

    def best_without(classes: list[int]) -> float:
        left_alone = ~handled & np.isin(belief, classes)
        return _best([_race(turn, left_alone, deference) for turn in turns])

    def rarer(c: int) -> float:
        """p that the points of class c were handled as often as those of the classes not neglected."""
        own, others = belief == c, ~np.isin(belief, [*neglected, c])
        rate = handled[others].mean() if others.any() else 1.0
        return float(binomtest(int(handled[own].sum()), int(own.sum()), rate, "less").pvalue)

    while rest:
        none = best_without(neglected)
        gains = [best_without([*neglected, c]) + _split(handled[belief == c]) - none for c in rest]
        best = int(np.argmax(gains))
        p = chi2.sf(2 * max(0.0, gains[best]), 1) / 2  # the strength lies on the edge of its range if there is none
        if max(p, rarer(rest[best])) * len(rest) > LEVEL:
            break
        neglected.append(rest.pop(best))
    return neglected


def _split(handled: Bools) -> float:
    """log of (1 - h)^H h^U at its likeliest h."""
    from scipy.special import xlogy

    share = handled.mean()
    return float(len(handled) * (xlogy(share, share) + xlogy(1 - share, 1 - share)))


def _seen(turns: Sequence[Turn], left_alone: Bools, deference: float, odds: float) -> Bools:
    """(images,) which points were in the running as what they are held to be.

    One that was never handled may have been misread as something that is worth little, with probability `odds`. It is
    held to be so if that makes the order of the choices likelier by more than it is unlikely.
    """
    seen = ~left_alone
    while True:
        races = [_race(turn, ~seen, deference) for turn in turns]
        beta = _likeliest(races)[0]
        gain = np.zeros(len(seen))
        for turn, race in zip(turns, races, strict=True):
            utility = beta * race.worth[race.order]
            rivals = np.logaddexp.accumulate(utility)[race.choices]  # of each choice
            passed = len(race.order) - race.taken
            share = np.exp(utility[:passed, None] - rivals)
            gain[turn.images.start + race.order[:passed]] -= np.log1p(-np.minimum(share, 1 - 1e-12)).sum(1)
        gain[_handled(turns, len(seen))] = 0.0
        odd = seen & (gain > -np.log(odds))
        if not odd.any():
            return seen
        seen &= ~odd


def _handled(turns: Sequence[Turn], images: int) -> Bools:
    """(images,) which were taken up at some time."""
    handled = np.zeros(images, bool)
    for turn in turns:
        handled[turn.images.start + turn.sequence] = True
    return handled


class Waits(NamedTuple):
    """Of each point, up to the turn in which it was first handled, were it not left alone by inattention."""

    seen: Floats  # (images,) the probability that it waited so long, and was then chosen, if it was
    otherwise: Floats  # (images,) and of the same, were it taken for another class
    expected: Floats  # (images,) its chances over the turns, summed: as many as were handled, if they are right


def _waits(
    turns: Sequence[Turn], races: Sequence[Race], beta: float, deference: float, images: int, rng: np.random.Generator
) -> Waits:
    """A point's chance in a turn is that its worth, and luck, reach what the last of as many points as were taken has
    (Gumbel-top-k, as choosing.order)."""
    seen, otherwise, expected = np.ones(images), np.ones(images), np.zeros(images)
    waiting = np.ones(images, bool)
    for turn, race in zip(turns, races, strict=True):
        taken = np.zeros(len(race.worth), bool)
        taken[turn.sequence] = True
        if race.taken:
            luck = rng.gumbel(size=(DRAWS, len(race.worth)))
            ahead = (min(beta, RATIONAL) * race.worth + luck)[:, race.order]
            least = -np.partition(-ahead, race.taken - 1, axis=1)[:, race.taken - 1 : race.taken]
            could = waiting[turn.images] & turn.sited & (turn.confidence <= 1 - deference)
            for probability, worth in ((seen, race.worth), (otherwise, race.otherwise)):
                chance = (min(beta, RATIONAL) * worth + luck >= least).mean(0)
                if worth is race.worth:
                    expected[turn.images] += chance * could
                chance = np.clip(chance, LEAST, 1 - LEAST)
                probability[turn.images] *= np.where(could, np.where(taken, chance, 1 - chance), 1.0)
        waiting[turn.images] &= ~taken
    return Waits(seen, otherwise, expected)


def _strength(handled: Bools, chance: Floats) -> Estimate:
    """Share of a class's points that is left alone always."""
    from scipy.special import xlogy

    def likelihood(strength: float) -> float:
        missed = np.maximum(1 - (1 - strength) * chance[~handled], 1e-12)
        return float(max(xlogy(handled.sum(), 1 - strength), -1e9) + np.log(missed).sum())

    return Estimate(*profile(likelihood, 0.0, 1.0), int(handled.sum()))
