"""What the model takes for what: the confusions that a person's bias names, against all others."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

Pair = tuple[str, str]  # of classes: the true one, and what it is taken for


def named_confusions(counts: Sequence[Sequence[int]], classes: Sequence[str], pairs: Collection[Pair]) -> float:
    """How much more often images of a class are taken for the class that a bias puts them with, or the other way
    round, than for any other: the mean rate of confusion over the named pairs, both ways, less that over all other
    ordered pairs of classes; in [-1, 1]. Who is merely worse everywhere adds to both.

    counts (C, C): test images, row the true class, column the predicted one. NaN where no pair is named or every one
    is, or a class has no test image.
    """
    table = np.asarray(counts, dtype=float)
    number = {name: i for i, name in enumerate(classes)}
    named = np.zeros_like(table, dtype=bool)
    for one, other in pairs:
        named[number[one], number[other]] = named[number[other], number[one]] = True
    others = ~named & ~np.eye(len(table), dtype=bool)
    of_class = table.sum(axis=1, keepdims=True)
    if not named.any() or not others.any() or not of_class.all():
        return float("nan")
    rates = table / of_class
    return float(rates[named].mean() - rates[others].mean())
