"""All images (or vectors) of a set, and how they are dealt: at random, in proportion to the classes, each once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from hill_exp.types import Bools, Bytes, Floats, Ints, UserError

log = logging.getLogger(__name__)


class Unreadable(Exception):
    """A file that holds no image; the message names it."""


@dataclass(frozen=True)
class Pool:
    """All images of a set, read one by one when they are drawn.

    labels (n,): numbers of `classes`. test (n,): the images of a fixed test part; None where there is none.
    read(row) -> what there is of it, all of one shape: (height, width, channels) uint8 of an image, or (length,)
    float32 of a vector; or raises Unreadable. name(row): what the set calls it.
    where: how an error names the set, as "dataset.root = DIR".
    """

    labels: Ints
    classes: tuple[str, ...]
    test: Bools | None
    read: Callable[[int], Bytes | Floats]
    name: Callable[[int], str]
    where: str


@dataclass(frozen=True)
class Part:
    """What was drawn: items (n, ...) as the pool reads them, labels (n,), rows (n,) of the pool."""

    items: Bytes | Floats
    labels: Ints
    rows: Ints

    def names(self, pool: Pool) -> np.ndarray:
        """(n,) text"""
        return np.array([pool.name(row) for row in self.rows.tolist()])


class Deal:
    """Some rows of a pool in a random order, dealt to one part after another."""

    def __init__(self, pool: Pool, rows: Ints, rng: np.random.Generator) -> None:
        shuffled = rng.permutation(rows)
        classes = range(len(pool.classes))
        self._pool, self._rng = pool, rng
        self._left = np.bincount(pool.labels[rows], minlength=len(classes))
        self._images = [self._readable(shuffled[pool.labels[shuffled] == c]) for c in classes]
        self._skipped: list[str] = []

    def draw(self, points: int | None, parts_to_come: int) -> Part:
        """A stratified part of so many `points`, in a random order; all that are left where that is None. Every class
        keeps an image for each part to come."""
        known = len(self._skipped)
        spare = self._left - parts_to_come
        free = np.repeat(np.arange(len(spare)), spare)
        quota = np.bincount(free[stratified_order(free, self._rng)[:points]], minlength=len(spare))
        self._left -= quota
        drawn = [list(islice(images, count)) for images, count in zip(self._images, quota, strict=True)]
        counts = np.array([len(images) for images in drawn])
        for c in np.flatnonzero(counts < (1 if points is None else quota)):
            raise UserError(
                f"{self._pool.where}: class {self._pool.classes[c]!r} lacks readable images "
                f"({named(self._skipped)}); mend or delete these files, or ask for fewer points"
            )
        if new := self._skipped[known:]:
            log.warning("%s: skipped, no readable image: %s", self._pool.where, named(new))
        order = self._rng.permutation(counts.sum())
        rows, items = zip(*(pair for pairs in drawn for pair in pairs), strict=True)
        labels = np.repeat(np.arange(len(counts)), counts)
        return Part(np.stack(items)[order], labels[order], np.array(rows)[order])

    def _readable(self, rows: Ints) -> Iterator[tuple[int, Bytes | Floats]]:
        for row in rows.tolist():
            try:
                yield row, self._pool.read(row)
            except Unreadable as error:
                self._skipped.append(str(error))


def stratified_order(labels: Ints, rng: np.random.Generator) -> Ints:
    """(n,) an order of which every start holds the classes in proportion, after one of each class.

    Seats are given out by the method of Sainte-Lague, ties and the points of a class at random.
    """
    shuffled = rng.permutation(len(labels))
    grouped = shuffled[np.argsort(labels[shuffled], kind="stable")]
    of = labels[grouped]
    sizes = np.bincount(labels)
    rank = np.arange(len(labels)) - (np.cumsum(sizes) - sizes)[of]  # within its class
    turn = np.where(rank == 0, 0, (rank + 0.5) / sizes[of])
    return grouped[np.lexsort((rng.random(len(labels)), turn))]


def named(names: Sequence[str], most: int = 3) -> str:
    """How many there are, and the first few."""
    rest = ", ..." if len(names) > most else ""
    return f"{len(names)} file{'s' * (len(names) != 1)}: {', '.join(names[:most])}{rest}"
