"""Systematic bias, as against noise: what a person does the same way every time.

Each has a strength from 0 to 1. Which points a bias of half strength touches is a habit: the same at every turn.
"""

from __future__ import annotations

import zlib

import numpy as np
from pydantic import Field

from hill_exp.config import Choice, unknown
from hill_exp.types import NO_CLASS, Bools, Floats, Ints, UserError
from simulated_users.centres import medians

ClassName = int | str  # a class by its number from 0, or by its name
Pairs = tuple[tuple[ClassName, ClassName], ...]


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

    def numbers(self, classes: tuple[str, ...]) -> list[int]:
        return [class_number(name, classes, "user.attention.classes") for name in self.classes]

    def neglects(self, belief: Ints, classes: tuple[str, ...]) -> Bools:
        """(N,) which points are left alone."""
        return np.isin(belief, self.numbers(classes)) & (habit(len(belief), "attention") < self.strength)


class Conflation(Choice):
    """Pairs of classes that are held to belong together: points of the first are taken for the second."""

    pairs: Pairs  # [[class, the class it is put with], ...]
    strength: float = Field(ge=0, le=1)  # share of the first's points

    def numbers(self, classes: tuple[str, ...]) -> list[tuple[int, int]]:
        return _numbers(self.pairs, classes, "user.conflation.pairs")

    def believe(self, recognised: Ints, classes: tuple[str, ...]) -> Ints:
        """(N,) the class that each point is held to belong to."""
        belief = recognised.copy()
        touched = habit(len(recognised), "conflation") < self.strength
        for one, other in self.numbers(classes):
            belief[touched & (recognised == one)] = other
        return belief


class Stereotype(Choice):
    """Classes that are placed toward where another one belongs."""

    pairs: Pairs  # [[class, the class it is drawn to], ...]
    strength: float = Field(ge=0, le=1)  # share of the way there

    def numbers(self, classes: tuple[str, ...]) -> list[tuple[int, int]]:
        return _numbers(self.pairs, classes, "user.stereotype.pairs")

    def shift(self, sites: Floats, classes: tuple[str, ...]) -> Floats:
        """(C, 2) the sites as this person sees them; a class drawn to one that has no site stays."""
        shifted = sites.copy()
        for one, other in self.numbers(classes):
            if np.isfinite(sites[other]).all():
                shifted[one] += self.strength * (sites[other] - sites[one])
        return shifted

    def unshift(self, pins: Floats, piled: Ints, classes: tuple[str, ...]) -> Floats:
        """(N, 2) where the pins of the points on the pile of each class piled (N,) would be but for the shift."""
        pins = pins.copy()
        toward = medians(pins, piled, len(classes))
        for one, other in self.numbers(classes):
            if np.isfinite(toward[other]).all() and self.strength < 1:
                of = piled == one
                pins[of] = (pins[of] - self.strength * toward[other]) / (1 - self.strength)
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


def _numbers(pairs: Pairs, classes: tuple[str, ...], where: str) -> list[tuple[int, int]]:
    return [(class_number(a, classes, where), class_number(b, classes, where)) for a, b in pairs]
