"""What to show to a person in a test: usual views, queries for who names points, those at the edges of what can be
shown, and what a person perceives by."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

import numpy as np

from hill_exp.person import Query
from hill_exp.types import NO_CLASS, Budget, Cards, Ints, Sights, View


def view(
    n: int = 60,
    *,
    turn: int = 0,
    budget: Budget | None = None,
    seed: int = 0,
    spread: float = 0.5,
    reserve: float = 0.0,
) -> View:
    """A view of n points of ten classes in clouds on a circle of radius 1, which overlap at the usual `spread` (their
    standard deviation): a third of them labelled, some wrongly predicted, some coloured, from turn 1 on some handled
    before, and a share `reserve` of the others reserved. Its arrays cannot be written to."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 10, n)
    circle = np.exp(2j * np.pi * truth / 10)
    shown = View(
        positions=np.stack([circle.real, circle.imag], axis=1) + rng.normal(0, spread, (n, 2)),
        observed=np.where(rng.random(n) < 1 / 3, truth, NO_CLASS),
        reserved=np.zeros(n, dtype=bool),
        predicted=np.where(rng.random(n) < 0.7, truth, rng.integers(0, 10, n)),
        confidence=rng.uniform(0.1, 1, n),
        recognised=truth,
        attribute=np.where(rng.random(n) < 0.8, truth // 2, NO_CLASS),
        pins=np.where(rng.random((n, 1)) < 0.3 * (turn > 0), rng.normal(0, 1, (n, 2)), np.nan),
        cards=Cards(thumbnails=rng.integers(0, 256, (n, 4, 4, 3), dtype=np.uint8)),
        classes=tuple("0123456789"),
        turn=turn,
        turns=5,
        budget=budget or Budget(points=20),
        names=np.array([np.flatnonzero(truth == c)[0] if (truth == c).any() else NO_CLASS for c in range(10)]),
        neighbours=np.stack([(np.arange(n) + 1) % n, (np.arange(n) + 2) % n], axis=1),
        lagging=rng.random(n) < 0.2 if turn > 0 else None,
    )
    return _sealed(shown if not reserve else _with_reserve(shown, reserve))


def _with_reserve(shown: View, share: float) -> View:
    """The view with about a share of its points reserved, of those without a label that were never handled."""
    free = (shown.observed == NO_CLASS) & np.isnan(shown.pins[:, 0])
    reserved = free & (np.random.default_rng(1).random(len(shown)) < share)
    recognised, attribute = (np.where(reserved, NO_CLASS, told) for told in (shown.recognised, shown.attribute))
    cards = shown.cards.without(reserved)
    return dataclasses.replace(shown, reserved=reserved, recognised=recognised, attribute=attribute, cards=cards)


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
        "nothing told": {
            "predicted": np.full(n, NO_CLASS),
            "confidence": np.full(n, np.nan),
            "names": None,
            "neighbours": None,
        },
    }
    views = {name: _sealed(dataclasses.replace(usual, **changes)) for name, changes in odd.items()}
    views |= {"later turn": view(turn=3), "one point": view(1), "two points": view(2)}
    return {"usual": usual, **views, "some reserved": view(reserve=0.5), "all reserved": view(reserve=1.0)}


def query(n: int = 60, *, turn: int = 0, budget: Budget | None = None, seed: int = 0) -> Query:
    """A query about n points of ten classes in clouds, a third of them labelled and a third told apart by the model; a
    person takes some for another class, and from turn 1 on some have been named. Its arrays cannot be written to."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 10, n)
    logits = 3 * np.eye(10)[truth] * (rng.random((n, 1)) < 1 / 3) + rng.normal(size=(n, 10))
    labelled, asked = rng.random(n) < 1 / 3, rng.random(n) < 0.3 * (turn > 0)
    return _sealed(
        Query(
            inputs=(5 * np.eye(16)[truth] + rng.normal(size=(n, 16))).astype(np.float32),
            latents=5 * np.eye(10)[truth] + rng.normal(size=(n, 10)),
            probabilities=np.exp(logits) / np.exp(logits).sum(1, keepdims=True),
            observed=np.where(labelled, truth, NO_CLASS),
            recognised=np.where(rng.random(n) < 0.2, rng.integers(NO_CLASS, 10, n), truth),
            named=np.where(asked & ~labelled, truth, NO_CLASS),
            asked=asked & ~labelled,
            classes=tuple("0123456789"),
            turn=turn,
            turns=5,
            budget=budget or Budget(seconds=60),
        )
    )


def odd_queries() -> dict[str, Query]:
    """Queries at the edges of what can be asked."""
    usual = query()
    n = len(usual)
    odd: dict[str, dict[str, Any]] = {
        "no labelled point": {"observed": np.full(n, NO_CLASS)},
        "every point labelled": {"observed": np.arange(n) % 10},
        "one class": {"observed": np.where(usual.observed == NO_CLASS, NO_CLASS, 3)},
        "all points equal": {"inputs": np.ones((n, 16), np.float32), "latents": np.ones((n, 10))},
        "the model is certain": {"probabilities": np.eye(10)[np.arange(n) % 10]},
        "the model knows nothing": {"probabilities": np.full((n, 10), 0.1)},
        "nothing recognised": {"recognised": np.full(n, NO_CLASS)},
        "all asked before": {"asked": np.ones(n, bool)},
        "no limits": {"budget": Budget()},
    }
    queries = {name: _sealed(dataclasses.replace(usual, **changes)) for name, changes in odd.items()}
    return {"usual": usual, "later turn": query(turn=3), "one point": query(1), "two points": query(2), **queries}


Shown = TypeVar("Shown", View, Query)


def sights(truth: Ints, n_classes: int = 10) -> Sights:
    """Of images of the true classes `truth` (N,), some of them hard. Its arrays cannot be written to."""
    truth, n = truth.copy(), len(truth)
    evidence = np.random.default_rng(0).normal(0, 1.5, (n, n_classes)) + 3 * np.eye(n_classes)[truth]
    posteriors = np.exp(evidence) / np.exp(evidence).sum(1, keepdims=True)
    names = np.array([f"train/{i}" for i in range(n)], dtype=str)
    for array in (truth, posteriors, names):
        array.setflags(write=False)
    return Sights(truth, tuple(str(c) for c in range(n_classes)), names, lambda: posteriors)


def _sealed(shown: Shown) -> Shown:
    for field in dataclasses.fields(shown):
        value = getattr(shown, field.name)
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return shown
