"""Several tests at once: p-values adjusted for one another, and the level at which each was decided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Corrected:
    """Of each test its adjusted p, and its share of alpha: it holds if its own p is below that share of alpha, and
    that is so if and only if its adjusted p is below alpha. Both NaN for a test that could not be made."""

    p: list[float]
    share: list[float]


def holm(p: Sequence[float], alpha: float, size: int) -> Corrected:
    """Holm 1979, step down: the chance that any test of the family holds wrongly is alpha at most. `size` is the number
    of tests that were planned; those that could not be made, NaN or not among p (n,), count as the weakest."""
    values, order = _ordered(p)
    divisors = np.arange(size, size - len(order), -1)
    adjusted = np.minimum(np.maximum.accumulate(values[order] * divisors), 1.0)
    held = int((adjusted < alpha).sum())
    shares = 1 / np.where(adjusted < alpha, divisors, size - held or 1)
    return Corrected(_placed(adjusted, order, len(p)), _placed(shares, order, len(p)))


def false_discoveries(p: Sequence[float], alpha: float) -> Corrected:
    """Benjamini & Hochberg 1995, step up: of the tests that hold, a share of alpha at most is wrong, on average.
    p (n,); NaN do not count. Intervals at the level so found cover at the same rate (Benjamini & Yekutieli 2005)."""
    values, order = _ordered(p)
    n = len(order)
    ratios = values[order] * n / np.arange(1, n + 1)
    adjusted = np.minimum(np.minimum.accumulate(ratios[::-1])[::-1], 1.0)
    held = int((adjusted < alpha).sum())
    shares = np.where(adjusted < alpha, held, held + 1) / max(n, 1)
    return Corrected(_placed(adjusted, order, len(p)), _placed(shares, order, len(p)))


def _ordered(p: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """p as an array, and the places of its numbers from the least on; NaN sort last and are left out."""
    values = np.asarray(p, dtype=float)
    return values, np.argsort(values, kind="stable")[: int(np.isfinite(values).sum())]


def _placed(values: np.ndarray, order: np.ndarray, n: int) -> list[float]:
    placed = np.full(n, math.nan)
    placed[order] = values
    return placed.tolist()
