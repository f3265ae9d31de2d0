"""Eight gestures of a person on a canvas of clusters, and what a teacher makes of each.

The canvas: six clusters of fifteen points, the first two side by side, the rest apart on a ring. The first point of
each cluster is a stray: it lies there, but is of the kind of the cluster after the next. Inputs lie as the layout does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import torch
from torch import nn
from torch.nn.functional import normalize

from hill_exp.metrics.response import embedding_response
from hill_exp.model.network import Network, Scale
from hill_exp.teacher import Teacher
from hill_exp.types import NO_CLASS, Bools, Edit, Floats, Gesture, Ints, Layout, Lesson

CLUSTERS, EACH = 6, 15
N = CLUSTERS * EACH
CLUSTER: Final[Ints] = np.repeat(np.arange(CLUSTERS), EACH)  # where each point lies
STRAY: Final[Bools] = np.arange(N) % EACH == 0
KIND: Final[Ints] = np.where(STRAY, (CLUSTER + 2) % CLUSTERS, CLUSTER)
ANGLES = np.deg2rad([0, 30, 100, 160, 220, 290])
CENTRES: Final[Floats] = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
SPREAD = 0.1  # layout units, standard deviation of a cluster
EMPTY: Final[Floats] = 1.4 * np.array([np.cos(np.deg2rad(255)), np.sin(np.deg2rad(255))])  # outside the ring
LAYOUT: Final[Floats] = CENTRES[CLUSTER] + np.random.default_rng(0).normal(0, SPREAD, (N, 2))

Follows = Callable[[torch.Tensor], torch.Tensor]  # cosines of the latents (N, N) -> the more, the better followed


@dataclass(frozen=True)
class Drag:
    """A gesture on the canvas: what was dragged where, and what shall come of it in the latents."""

    points: Ints
    drops: Floats  # (k, 2)
    follows: Follows

    @cached_property
    def edit(self) -> Edit:
        return Edit.of(LAYOUT, [Gesture(self.points, self.drops)])

    @cached_property
    def lesson(self) -> Lesson:
        observed = np.where(np.arange(N) % 3 == 1, KIND, NO_CLASS)
        return Lesson.of(Layout(LAYOUT), self.edit.positions, self.edit.handled, observed)


def _body(cluster: int) -> Ints:
    return np.flatnonzero((cluster == CLUSTER) & ~STRAY)


def _between(cosines: torch.Tensor, one: Ints, other: Ints) -> torch.Tensor:
    return cosines[one][:, other].mean()


def _strays_home(strays: Ints) -> Drag:
    def follows(cosines: torch.Tensor) -> torch.Tensor:
        home = [_between(cosines, stray, _body(KIND[stray[0]])) for stray in strays[:, None]]
        old = [_between(cosines, stray, _body(CLUSTER[stray[0]])) for stray in strays[:, None]]
        return torch.stack(home).mean() - torch.stack(old).mean()

    return Drag(strays, CENTRES[KIND[strays]], follows)


def _apart(dragged: Ints, origin: Ints) -> Follows:
    """Those dragged are nearer to one another than to those they were taken from."""
    return lambda cosines: _between(cosines, dragged, dragged) - _between(cosines, dragged, origin)


def _moved(cluster: Ints, by: Floats, follows: Follows) -> Drag:
    return Drag(cluster, LAYOUT[cluster] + by, follows)


def _gestures() -> dict[str, Drag]:
    first, second, third, fourth, fifth = (_body(c) for c in range(5))
    half = third[LAYOUT[third, 0] > np.median(LAYOUT[third, 0])]
    rest = np.setdiff1d(third, half)
    single = fourth[:1]
    far = np.flatnonzero(CLUSTER < 3)
    pile = np.array([_body(c)[1] for c in range(2, CLUSTERS)])
    return {
        "one stray home": _strays_home(np.flatnonzero(STRAY)[:1]),
        "five strays, each home": _strays_home(np.flatnonzero(STRAY)[:5]),
        "two clusters merged": _moved(
            fifth, CENTRES[3] - CENTRES[4], lambda c: _between(c, fifth, fourth) - _between(c, fifth, far)
        ),
        "a cluster split": _moved(half, -0.8 * CENTRES[2], _apart(half, rest)),
        "a cluster moved away": _moved(first, 0.8 * (CENTRES[0] - CENTRES[1]), _apart(first, second)),
        "a point taken out": Drag(single, EMPTY[None], lambda c: -_between(c, single, fourth[1:])),
        "a pile on empty ground": Drag(
            pile,
            EMPTY + 0.05 * np.stack([np.cos(np.arange(4.0)), np.sin(np.arange(4.0))], axis=1),
            _apart(pile, np.setdiff1d(np.flatnonzero(~STRAY & (CLUSTER > 1)), pile)),
        ),
        "a cluster tightened": Drag(
            fourth,
            CENTRES[3] + 0.3 * (LAYOUT[fourth] - CENTRES[3]),
            _apart(fourth, np.flatnonzero(CLUSTER != 3)),
        ),
    }


GESTURES: Final[dict[str, Drag]] = _gestures()


@dataclass(frozen=True)
class Answer:
    """What a teacher makes of a gesture. `loss` at the edit; `pull`: how much more the latents follow after a small
    step along the gradient, in cosine per unit of loss lowered; after the training under it, `followed`: how much more
    they do, in cosine, and `response`: the embedding response, in Euclidean distances."""

    loss: float
    pull: float
    followed: float
    response: float


def network(seed: int = 0) -> Network:
    """One hidden layer, 8 latents."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Network(
            nn.Identity(),
            Scale.of(torch.zeros(1, 1, 1)),
            nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 8)),
            nn.Linear(8, CLUSTERS),
        )


def inputs() -> torch.Tensor:
    """(N, 8) as the layout, in the first two of eight dimensions, with noise in all."""
    noise = np.random.default_rng(1).normal(0, 0.1, (N, 8))
    noise[:, :2] += LAYOUT
    return torch.tensor(noise / 4 + 0.5, dtype=torch.float32)  # a Network takes pixels


def cosines(latents: torch.Tensor) -> torch.Tensor:
    directions = normalize(latents)
    return directions @ directions.T


def answer(teacher: Teacher, drag: Drag, steps: int = 100, batch: int = N) -> Answer:
    """Teach a small network the drag, alone, in `steps` steps of `batch` points."""
    net, images, rng = network(), inputs(), np.random.default_rng(0)
    before, logits = (values.detach() for values in net(images))
    teaching = teacher.teach(drag.lesson, before, rng)
    rows = torch.arange(N)

    z = before.clone().requires_grad_()
    loss = teacher.loss(z, logits.requires_grad_(), rows, teaching)
    (gradient,) = torch.autograd.grad(loss, z, allow_unused=True, materialize_grads=True)
    squared = gradient.square().sum()
    small = 1e-3 / squared.clamp(min=1e-12)  # the loss falls by about 0.001
    gained = drag.follows(cosines(before - small * gradient)) - drag.follows(cosines(before))
    pull = gained.item() / 1e-3 if squared > 1e-12 else 0.0

    optimizer = torch.optim.AdamW(net.parameters(), lr=0.003)
    for _ in range(steps):
        rows = torch.from_numpy(rng.permutation(N)[:batch])
        latents, logits = net(images[rows])
        total = teacher.loss(latents, logits, rows, teaching)
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
    after = net(images)[0].detach()
    followed = drag.follows(cosines(after)) - drag.follows(cosines(before))
    response = embedding_response(before.numpy(), after.numpy(), LAYOUT, drag.edit)
    return Answer(loss.item(), pull, followed.item(), response)
