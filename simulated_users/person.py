"""A simulated person, composed of what it knows, tries, does with its hands, and gets wrong.

The oracle has every departure off. One departure at a time makes a dose-response experiment of a sweep: at strength 0
it is the oracle to the last bit, and a higher dose does more to the same points, because chance draws the same numbers
whatever the parameters.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field, FiniteFloat, ValidationInfo, field_validator, model_validator
from typing_extensions import override

from hill_exp.config import Choice, Infinite, unknown
from hill_exp.person import NeedsClasses, Perceives
from hill_exp.types import NO_CLASS, Bools, Edit, Floats, Ints, Sights, UserError, View
from simulated_users.biases import (
    Attention,
    Attraction,
    ClassName,
    Conflation,
    Merging,
    Neglect,
    Stereotype,
    by_attribute,
    class_number,
)
from simulated_users.gaze import Gaze
from simulated_users.hands import Hands, Motor, Tools
from simulated_users.knowledge import Knowledge
from simulated_users.piles import Piles
from simulated_users.rational_choice import order, standardised
from simulated_users.strategies import STRATEGIES, Picture, Scene

Share = Annotated[float, Field(ge=0, le=1)]
Weights = dict[str, float]  # strategy -> weight
Place = tuple[FiniteFloat, FiniteFloat]  # (x, y) in layout units


class Fatigue(Choice):
    """Tiredness grows over the turns t from 0 as strength * (1 - exp(-t / turns)): of what a person does not slip on,
    it slips on that share more, and its hand spreads by that share more."""

    strength: float = Field(ge=0, le=1)  # tiredness in the end
    turns: FiniteFloat = Field(gt=0)  # until 63% of it is reached

    def at(self, turn: int) -> float:
        """Tiredness, 0 to 1, at a turn, counted from 0."""
        return self.strength * (1 - math.exp(-turn / self.turns))


class Luck(NamedTuple):
    """All that chance decides in a turn of N points, drawn in one order whatever the person is like."""

    strategy: Floats  # (N,) uniform: which strategy of a mixture a gesture follows
    taste: Floats  # (N,) Gumbel: which point is chosen next
    slip: Floats  # (N,) uniform: whether a gesture slips
    astray: Floats  # (N,) uniform: and to which wrong class
    tremor: Floats  # (N, 2) standard normal: where the hand lands
    glance: Floats  # (N,) Gumbel: which region is looked at next

    @classmethod
    def draw(cls, n: int, rng: np.random.Generator) -> Luck:
        """For a view of n points."""
        strategy, taste, slip, astray = rng.random(n), rng.gumbel(size=n), rng.random(n), rng.random(n)
        return cls(strategy, taste, slip, astray, rng.standard_normal((n, 2)), rng.gumbel(size=n))


class ByNumber(NamedTuple):
    """What a person makes of the C classes of certain data, which stand here by their numbers and not by name."""

    neglect: Neglect
    conflation: Merging
    stereotype: Attraction
    class_map: Floats  # (C, 2) where each class belongs, in layout units; NaN: nowhere


class SimulatedPerson(Choice, Perceives, NeedsClasses):
    """A simulated person. Its memory is `view.pins`; it keeps nothing itself from turn to turn.

    Lengths are in layout units, shares and strengths from 0 to 1. A class is named by its number from 0 or by its name.
    """

    knowledge: Knowledge
    gaze: Gaze
    strategy: Weights  # or the name of one
    strategy_late: Weights | None  # toward the last turn its share of the gestures grows from 0 to 1; None: the same
    class_map: dict[ClassName, Place] | None  # of strategy arrange: where each class belongs
    rationality: Annotated[float, Infinite()] = Field(ge=0)  # beta of the choice of what is next; 0: at random
    piles: Piles
    tools: Tools
    motor: Motor
    fatigue: Fatigue
    anchoring: Share  # of the way back to where the model had a point
    deference: Share  # points of which the model is surer than 1 - deference are left alone, right or wrong
    slips: Share  # probability that a gesture ends at a wrong class
    attention: Attention
    conflation: Conflation
    attribute: Share  # of the points that is grouped by their visible attribute and not by class
    stereotype: Stereotype

    @field_validator("strategy", "strategy_late", mode="before")
    @classmethod
    def _alone(cls, value: Any) -> Any:
        """A name stands for that strategy alone."""
        return {value: 1.0} if isinstance(value, str) else value

    @field_validator("strategy", "strategy_late")
    @classmethod
    def _weights(cls, weights: Weights | None, info: ValidationInfo) -> Weights | None:
        for name, weight in (weights or {}).items():
            if name not in STRATEGIES:
                raise UserError(unknown(name, list(STRATEGIES), f"user.{info.field_name}"))
            if not 0 <= weight < math.inf:
                raise ValueError(f"must have weights of 0 or more; {name} has {weight}")
        if weights is not None and not sum(weights.values()) > 0:
            raise ValueError("must be a strategy's name, or weights with one above 0, as {pile: 2, rescue: 1}")
        return weights

    @model_validator(mode="after")
    def _has_a_map(self) -> SimulatedPerson:
        if "arrange" in {**self.strategy, **(self.strategy_late or {})} and not self.class_map:
            raise ValueError("class_map must be given for strategy arrange, as {cat: [0.0, 1.5], dog: [1.5, 0.0]}")
        return self

    @override
    def check_classes(self, classes: tuple[str, ...], coloured: bool) -> None:
        """UserError if a parameter needs a class, or a visible attribute, that the data do not have."""
        if self.attribute and not coloured:
            raise UserError(
                f"user.attribute = {self.attribute}: these images carry no colour to group by. "
                "Colour them with dataset.colour.train=0.9, or choose another user."
            )
        self.knowledge.check(classes)
        self.on(classes)

    def on(self, classes: tuple[str, ...]) -> ByNumber:
        """What concerns single classes, on data of these. UserError if they lack one that it names."""
        class_map = np.full((len(classes), 2), np.nan)
        for name, place in (self.class_map or {}).items():
            class_map[class_number(name, classes, "user.class_map")] = place
        return ByNumber(self.attention.on(classes), self.conflation.on(classes), self.stereotype.on(classes), class_map)

    @override
    def recognise(self, sights: Sights, rng: np.random.Generator) -> Ints:
        """(N,) the classes that the images are taken for (see Knowledge)."""
        return self.knowledge.recognise(sights, rng)

    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        """What this person does in one turn: it looks at a region of the picture, does there what it tries to do, by
        all that it has seen so far, and goes on to the next, until the budget is spent. It sees the picture as it was
        when the turn began. Pure: the same view and rng give the same edit."""
        luck, hands, by_number = Luck.draw(len(view), rng), Hands(self.tools, view), self.on(view.classes)
        picture, shares = Picture(view, self.gaze.neighbours), self._shares(view)
        remembered = np.isfinite(view.pins[:, 0]) | self.gaze.knows_all
        appeal = self._appeal(picture, shares)
        for region in self.gaze.regions(
            view.positions, appeal, remembered | view.reserved, self.rationality, luck.glance
        ):
            if not hands.look(region):
                break
            seen = _known_alone(view, remembered | hands.looked)
            belief = self._belief(seen, by_number.conflation)
            scene = Scene(seen, belief, picture, self.piles, by_number.stereotype, by_number.class_map)
            self._act(scene, shares, by_number, luck, hands)
        if view.silent and "insist" in shares:
            seen = _known_alone(view, remembered | hands.looked)
            _amend(view, view.silent(hands.edit()), self._belief(seen, by_number.conflation), hands)
        return hands.edit()

    def _act(self, scene: Scene, shares: Weights, by_number: ByNumber, luck: Luck, hands: Hands) -> None:
        """Carry what is worth it to where it belongs, of the points that it has looked at."""
        view, belief, every = scene.view, scene.belief, np.arange(len(scene.view))

        # what it tries
        plans = [STRATEGIES[name].plan(scene) for name in shares]
        follows = np.searchsorted(np.cumsum([*shares.values()])[:-1], luck.strategy, side="right")  # (N,) which plan
        plans = [plan._replace(sites=by_number.stereotype.shift(plan.sites)) for plan in plans]

        # which points it takes up, and with which others
        placed = np.stack([plan.reach(belief) for plan in plans])[follows, every]
        free = self._willing(view, belief, by_number.neglect) & placed & ~hands.handled
        worth = np.stack([standardised(plan.worth, free) for plan in plans])[follows, every]
        chosen = order(worth, free, self.rationality, luck.taste)[: hands.points]
        points, lead = self.tools.gather(view.positions, belief, chosen, hands.gestures)

        # where it thinks that they belong
        sites = np.stack([plan.sites[lead] for plan in plans])[follows[lead], np.arange(len(lead))]  # (k, C, 2)
        target = self._target(belief[lead], scene.present & np.isfinite(sites).all(2), view.turn, luck, lead)
        offset = np.stack([plan.offset[points] for plan in plans])[follows[lead], np.arange(len(lead))]
        aim = sites[np.arange(len(lead)), target] + offset

        # where they end up
        start = view.positions[points]
        aim = (1 - self.anchoring) * aim + self.anchoring * start
        length = np.linalg.norm(_mean_by(lead, aim - start), axis=1)
        spread = self.motor.spread(length) * (1 + self.fatigue.at(view.turn))
        hands.carry(points, lead, aim + spread[:, None] * luck.tremor[lead], length)

    def _appeal(self, picture: Picture, shares: Weights) -> Floats:
        """(N,) of looking at each place of the picture: that of the strategies, each for its share."""
        everywhere = np.ones(len(picture.view), dtype=bool)
        appeals = (share * standardised(STRATEGIES[name].appeal(picture), everywhere) for name, share in shares.items())
        return np.sum([*appeals], axis=0)

    def _belief(self, view: View, conflation: Merging) -> Ints:
        """(N,) the class that this person holds each point to belong to, or NO_CLASS."""
        belief = conflation.of(view.recognised)
        return by_attribute(belief, view.recognised, view.attribute, self.attribute, len(view.classes))

    def _willing(self, view: View, belief: Ints, neglect: Neglect) -> Bools:
        """(N,) the points that this person would handle at all."""
        deferred = view.confidence > 1 - self.deference
        return (belief != NO_CLASS) & ~view.reserved & ~deferred & ~neglect.of(belief)

    def _target(self, meant: Ints, sited: Bools, turn: int, luck: Luck, lead: Ints) -> Ints:
        """(k,) the class to whose place each point is carried: that which is meant (k,), or by a slip another.

        sited (k, C): classes that have a place for it, and points; lead (k,): the point whose luck each shares.
        """
        slipped = luck.slip[lead] < self.slips + (1 - self.slips) * self.fatigue.at(turn)
        return np.where(slipped, _another(meant, sited, luck.astray[lead]), meant)

    def _shares(self, view: View) -> Weights:
        """Strategy -> its share of this turn's gestures, in a fixed order."""
        late = view.turn / max(1, view.turns - 1) if self.strategy_late else 0.0
        shares = dict.fromkeys(STRATEGIES, 0.0)
        for weights, part in ((self.strategy, 1 - late), (self.strategy_late or {}, late)):
            for name, weight in weights.items():
                shares[name] += part * weight / sum(weights.values())
        return {name: share for name, share in shares.items() if share > 0}


def _known_alone(view: View, known: Bools) -> View:
    """The view without what the other images show: neither their classes nor their colours."""
    recognised, attribute = (np.where(known, shown, NO_CLASS) for shown in (view.recognised, view.attribute))
    return replace(view, recognised=recognised, attribute=attribute)


def _amend(view: View, silent: Bools, belief: Ints, hands: Hands) -> None:
    """Put what would teach nothing, of the points (N,) so told, on the nearest labelled point of its class (N,)."""
    for point in np.flatnonzero(silent):
        labelled = np.flatnonzero(view.observed == belief[point])
        if belief[point] != NO_CLASS and len(labelled):
            apart = np.linalg.norm(view.positions[labelled] - view.positions[point], axis=1)
            nearest = labelled[apart.argmin()]
            one = np.array([point])
            hands.carry(one, one, view.positions[[nearest]], apart[[apart.argmin()]])


def _another(meant: Ints, allowed: Bools, uniform: Floats) -> Ints:
    """(k,) a class of those `allowed` (k, C) that is not the one `meant` (k,), by chance; that where there is none."""
    others = allowed & (np.arange(allowed.shape[1]) != meant[:, None])
    count = others.sum(1)
    pick = (uniform * count).astype(np.int64)  # from 0
    return np.where(count > 0, (others.cumsum(1) > pick[:, None]).argmax(1), meant)


def _mean_by(lead: Ints, vectors: Floats) -> Floats:
    """(k, 2) the mean of the vectors (k, 2) that share a lead, at each of them."""
    _, group = np.unique(lead, return_inverse=True)
    count = np.bincount(group)
    return np.stack([(np.bincount(group, vectors[:, axis]) / count)[group] for axis in (0, 1)], axis=1)
