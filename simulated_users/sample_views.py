"""Views to show to a person in a test: a usual one, and those at the edges of what can be shown."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from hill_exp.types import NO_CLASS, Budget, View


def view(n: int = 60, *, turn: int = 0, budget: Budget | None = None, seed: int = 0, spread: float = 0.5) -> View:
    """A view of n points of ten classes in clouds on a circle of radius 1, which overlap at the usual `spread` (their
    standard deviation): a third of them labelled, some wrongly predicted, some coloured, and from turn 1 on some
    handled before. Its arrays cannot be written to."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 10, n)
    circle = np.exp(2j * np.pi * truth / 10)
    shown = View(
        positions=np.stack([circle.real, circle.imag], axis=1) + rng.normal(0, spread, (n, 2)),
        observed=np.where(rng.random(n) < 1 / 3, truth, NO_CLASS),
        predicted=np.where(rng.random(n) < 0.7, truth, rng.integers(0, 10, n)),
        confidence=rng.uniform(0.1, 1, n),
        recognised=truth,
        attribute=np.where(rng.random(n) < 0.8, truth // 2, NO_CLASS),
        pins=np.where(rng.random((n, 1)) < 0.3 * (turn > 0), rng.normal(0, 1, (n, 2)), np.nan),
        thumbnails=rng.integers(0, 256, (n, 4, 4, 3), dtype=np.uint8),
        classes=tuple("0123456789"),
        turn=turn,
        turns=5,
        budget=budget or Budget(points=20),
    )
    return _sealed(shown)


def odd_views() -> dict[str, View]:
    """Views at the edges of what can be shown."""
    usual = view()
    n = len(usual)
    odd: dict[str, dict[str, Any]] = {
        "no labelled point": {"observed": np.full(n, NO_CLASS)},
        "one class": {name: np.zeros(n, np.int64) for name in ("observed", "recognised", "predicted")},
        "all points equal": {"positions": np.ones((n, 2))},
        "nothing recognised": {"recognised": np.full(n, NO_CLASS)},
        "no visible attribute": {"attribute": np.full(n, NO_CLASS)},
        "the model is certain": {"confidence": np.ones(n)},
        "all handled before": {"pins": usual.positions},
    }
    views = {name: _sealed(dataclasses.replace(usual, **changes)) for name, changes in odd.items()}
    return {"usual": usual, "later turn": view(turn=3), "one point": view(1), "two points": view(2), **views}


def _sealed(shown: View) -> View:
    for field in dataclasses.fields(shown):
        value = getattr(shown, field.name)
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return shown
