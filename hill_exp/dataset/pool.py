"""All images of a set, and how they are dealt: at random, in proportion to the classes, each image once."""

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
    read(row) -> (height, width, channels) uint8, all of one shape, or raises Unreadable.
    where: how an error names the set, as "dataset.root = DIR".
    """

    labels: Ints
    classes: tuple[str, ...]
    test: Bools | None
    read: Callable[[int], Bytes]
    where: str


class Deal:
    """Some rows of a pool in a random order, dealt to one part after another."""

    def __init__(self, pool: Pool, rows: Ints, rng: np.random.Generator) -> None:
        shuffled = rng.permutation(rows)
        classes = range(len(pool.classes))
        self._pool, self._rng = pool, rng
        self._left = np.bincount(pool.labels[rows], minlength=len(classes))
        self._images = [self._readable(shuffled[pool.labels[shuffled] == c]) for c in classes]
        self._skipped: list[str] = []

    def draw(self, points: int | None, parts_to_come: int) -> tuple[Floats, Ints]:
        """Images (points, channels, height, width) float32 in [0, 1] and labels (points,), stratified, in a random
        order; all that are left where `points` is None. Every class keeps an image for each part to come."""
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
        pixels = np.stack([image for images in drawn for image in images])[order]
        labels = np.repeat(np.arange(len(counts)), counts)[order]
        return pixels.transpose(0, 3, 1, 2).astype(np.float32, order="C") / 255, labels

    def _readable(self, rows: Ints) -> Iterator[Bytes]:
        for row in rows.tolist():
            try:
                yield self._pool.read(row)
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
