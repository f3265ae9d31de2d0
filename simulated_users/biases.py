"""Systematic bias, as against noise: what a person does the same way every time.

Each has a strength from 0 to 1. Which points a bias of half strength touches is a habit: the same at every turn.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from hill_exp.config import Choice, unknown
from hill_exp.types import NO_CLASS, Bools, Floats, Ints, UserError
from simulated_users.group_centres import medians

ClassName = int | str  # a class by its number from 0, or by its name
NamePairs = tuple[tuple[ClassName, ClassName], ...]
NumberPairs = tuple[tuple[int, int], ...]


def class_number(name: ClassName, classes: tuple[str, ...], where: str) -> int:
    """The number of a class. UserError, naming the config key `where`, if there is none such."""
    if isinstance(name, int) and 0 <= name < len(classes):
        return name
    if name in classes:
        return classes.index(str(name))
    if isinstance(name, int):
        raise UserError(f"{where}: there is no class {name}; allowed: 0 to {len(classes) - 1}, or a class' name")
    raise UserError(unknown(name, list(classes), where))


def habit(n: int, bias: str) -> Floats:
    """(n,) a fixed number in [0, 1) for each canvas point: a bias of strength s touches those below s.

    Every participant has its own canvas in an order of its own, so the same numbers fall on other images.
    """
    return np.random.default_rng(zlib.crc32(bias.encode())).random(n)


class Attention(Choice):
    """Neglect: points of some classes are left alone."""

    classes: tuple[ClassName, ...]
    strength: float = Field(ge=0, le=1)  # share of their points that is left alone

    def on(self, classes: tuple[str, ...]) -> Neglect:
        """The same on data of these classes. UserError if they lack one that it names."""
        return Neglect(
            tuple(class_number(name, classes, "user.attention.classes") for name in self.classes), self.strength
        )


class Conflation(Choice):
    """Pairs of classes that are held to belong together: points of the first are taken for the second."""

    pairs: NamePairs  # [[class, the class it is put with], ...]
    strength: float = Field(ge=0, le=1)  # share of the first's points

    def on(self, classes: tuple[str, ...]) -> Merging:
        """The same on data of these classes. UserError if they lack one that it names."""
        return Merging(_numbers(self.pairs, classes, "user.conflation.pairs"), self.strength)


class Stereotype(Choice):
    """Classes that are placed toward where another one belongs."""

    pairs: NamePairs  # [[class, the class it is drawn to], ...]
    strength: float = Field(ge=0, le=1)  # share of the way there

    def on(self, classes: tuple[str, ...]) -> Attraction:
        """The same on data of these classes. UserError if they lack one that it names."""
        return Attraction(_numbers(self.pairs, classes, "user.stereotype.pairs"), self.strength)


# --- on data of C classes, which stand by their numbers


@dataclass(frozen=True)
class Neglect:
    """See Attention."""

    classes: tuple[int, ...]
    strength: float

    def of(self, belief: Ints) -> Bools:
        """(N,) which of the points held to belong to the classes `belief` (N,) are left alone."""
        return np.isin(belief, self.classes) & (habit(len(belief), "attention") < self.strength)


@dataclass(frozen=True)
class Merging:
    """See Conflation."""

    pairs: NumberPairs
    strength: float

    def of(self, recognised: Ints) -> Ints:
        """(N,) the class that each point is held to belong to, from those `recognised` (N,)."""
        belief = recognised.copy()
        touched = habit(len(recognised), "conflation") < self.strength
        for one, other in self.pairs:
            belief[touched & (recognised == one)] = other
        return belief


@dataclass(frozen=True)
class Attraction:
    """See Stereotype."""

    pairs: NumberPairs
    strength: float

    def shift(self, sites: Floats) -> Floats:
        """(..., C, 2) the sites (..., C, 2) as this person sees them; a class drawn to one that has no site stays."""
        shifted = sites.copy()
        for one, other in self.pairs:
            shift = self.strength * (sites[..., other, :] - sites[..., one, :])
            shifted[..., one, :] += np.where(np.isfinite(shift), shift, 0.0)
        return shifted

    def unshift(self, pins: Floats, piled: Ints, n_classes: int) -> Floats:
        """(N, 2) where the pins (N, 2) of points on the piles of the classes piled (N,) would be but for the shift."""
        pins = pins.copy()
        toward = medians(pins, piled, n_classes)
        for one, other in self.pairs:
            if np.isfinite(toward[other]).all() and self.strength < 1:
                members = piled == one
                pins[members] = (pins[members] - self.strength * toward[other]) / (1 - self.strength)
        return pins


def by_attribute(belief: Ints, recognised: Ints, attribute: Ints, weight: float, n_classes: int) -> Ints:
    """(N,) `belief`, but a share `weight` of the points goes by the visible attribute (N,) instead.

    An attribute stands for the class that it goes with most often on this canvas, no two attributes for the same class
    as long as there are enough (Hungarian assignment). Without a visible attribute nothing changes.
    """
    from scipy.optimize import linear_sum_assignment

    both = (attribute != NO_CLASS) & (recognised != NO_CLASS)
    if not both.any():
        return belief
    together = np.zeros((int(attribute.max()) + 1, n_classes))
    np.add.at(together, (attribute[both], recognised[both]), 1)
    stands_for = together.argmax(1)
    rows, columns = linear_sum_assignment(together, maximize=True)
    stands_for[rows] = columns
    touched = (attribute != NO_CLASS) & (habit(len(belief), "attribute") < weight)
    return np.where(touched, stands_for[attribute], belief)


def _numbers(pairs: NamePairs, classes: tuple[str, ...], where: str) -> NumberPairs:
    return tuple((class_number(one, classes, where), class_number(other, classes, where)) for one, other in pairs)
