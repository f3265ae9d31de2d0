"""Sessions without a model: a person at canvases whose classes come apart as if one were learning.

They take milliseconds, and what the person is like is known: so it can be seen whether it is found again.
"""

from __future__ import annotations

import numpy as np

from hill_exp.record.trace import Trace
from hill_exp.types import NO_CLASS, Budget, Cards, Edit, Floats, View
from simulated_users.person import SimulatedPerson
from simulated_users.sample_views import sights


def rehearse(
    person: SimulatedPerson,
    rng: np.random.Generator,
    *,
    n: int = 300,
    turns: int = 5,
    budget: Budget | None = None,
    n_classes: int = 10,
    labelled: float = 0.2,
    reserve_of: tuple[int, ...] = (),
) -> Trace:
    """What would be kept of this session beside a record.

    The classes are clouds on a circle, closer together and more often predicted right from turn to turn; the layouts
    do not answer to the edits. The points of the classes `reserve_of` that have no label are reserved.
    """
    truth = rng.integers(0, n_classes, n)
    recognised = person.knowledge.recognise(sights(truth, n_classes), rng)
    circle = np.exp(2j * np.pi * rng.permutation(n_classes)[truth] / n_classes)
    observed = np.where(rng.random(n) < labelled, truth, NO_CLASS)
    reserved = np.isin(truth, reserve_of) & (observed == NO_CLASS)
    place, luck, mistaken = rng.normal(0, 1, (n, 2)), rng.random(n), rng.integers(0, n_classes, n)
    pins: Floats = np.full((n, 2), np.nan)
    views, edits = list[View](), list[Edit]()
    for turn in range(turns + 1):
        progress = turn / max(1, turns)
        positions = np.stack([circle.real, circle.imag], axis=1) + (0.6 - 0.3 * progress) * place
        positions = positions + rng.normal(0, 0.05, (n, 2))
        positions -= positions.mean(0)
        view = View(
            positions=positions / np.sqrt((positions**2).sum(1).mean()),
            observed=observed,
            reserved=reserved,
            predicted=np.where(luck < 0.6 + 0.3 * progress, truth, mistaken),
            confidence=np.clip(0.35 + 0.4 * progress + rng.uniform(-0.25, 0.25, n), 1 / n_classes, 1),
            recognised=np.where(reserved, NO_CLASS, recognised),
            attribute=np.full(n, NO_CLASS),
            pins=pins,
            cards=Cards(thumbnails=np.zeros((n, 1, 1, 3), np.uint8)),
            classes=tuple(str(c) for c in range(n_classes)),
            turn=turn,
            turns=turns,
            budget=budget or Budget(points=60),
        )
        views.append(view)
        if turn < turns:
            edits.append(person.edit(view, rng))
            pins = edits[-1].pinned(pins)
    return Trace.of(views, edits, truth)
