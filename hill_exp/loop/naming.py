"""Where somebody sits who names points and moves none: what is asked, what was named, and what follows for the
teaching. As in turns.py, nothing here can reach validation or test data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hill_exp.loop.parts import Parts
from hill_exp.loop.turns import effort, finite, recognise
from hill_exp.person import Names, Naming, Query
from hill_exp.rng import stream
from hill_exp.teacher.ops import cross_entropy_where
from hill_exp.types import NO_CLASS, Canvas, Floats, Ints, Sights, Teaching

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class ByName:
    """The teacher of whoever names: cross-entropy on what was named, at one weight throughout."""

    weight: float  # beside the cross-entropy on the observed labels
    label_smoothing: float  # as of the observed labels

    def weight_at(self, share: float) -> float:
        return self.weight

    def loss(self, latents: torch.Tensor, logits: torch.Tensor, rows: torch.Tensor, teaching: Teaching) -> torch.Tensor:
        """The mean of -log softmax(logits_i)[name_i] over the named points i of a batch, as Teacher.loss."""
        return cross_entropy_where(logits, teaching.target[rows, 0], teaching.mask[rows], self.label_smoothing)


class Register:
    """One participant's names over all turns: call show, ask, teach for each turn, as of a Desk (turns.py)."""

    over = False  # whoever names takes every turn

    def __init__(self, parts: Parts, namer: Names, canvas: Canvas, sights: Sights, seed: int, participant: int) -> None:
        self._namer, self._schedule, self._canvas, self._classes = namer, parts.schedule, canvas, sights.classes
        self._streams = (seed, participant)
        self.teacher = ByName(namer.weight, parts.training.label_smoothing)
        self._inputs = as_the_model_has_them(canvas.inputs)
        self._recognised = recognise(namer, sights, stream(seed, participant, "knowledge"))
        self._named = np.full_like(canvas.observed, NO_CLASS)
        self._asked = np.zeros(len(self._named), dtype=bool)
        self._turns: list[dict[str, float]] = []

    def show(self, latents: torch.Tensor, logits: torch.Tensor) -> None:
        """Take what the next query is about: latents (N, d), logits (N, C). Raises Diverged if not finite."""
        self._latents, self._logits = finite(latents, len(self._turns)), logits

    def ask(self, epoch: int) -> None:
        """Have the points named, `epoch` epochs being done, and remember what each is called."""
        query = Query(
            inputs=self._inputs,
            latents=self._latents,
            probabilities=self._logits.double().softmax(1).cpu().numpy(),
            observed=self._canvas.observed,
            recognised=np.where(self._canvas.reserved, NO_CLASS, self._recognised),
            named=self._named,
            asked=self._asked | self._canvas.reserved,  # nobody is asked about the reserve
            classes=self._classes,
            turn=len(self._turns),
            turns=self._schedule.turns,
            budget=self._schedule.budget,
        )
        naming = self._namer.name_points(query, stream(*self._streams, f"person/{query.turn}"))
        for point in np.flatnonzero(naming.asked & self._canvas.reserved)[:1]:
            raise ValueError(f"turn {query.turn} asks about point {point}, which is reserved: see Query.asked")
        named = np.where(naming.labels == NO_CLASS, self._named, naming.labels)
        self._turns.append({"turn": query.turn, "epoch": epoch, **self._row(naming, named)})
        self._named, self._asked = named, self._asked | naming.asked

    def _row(self, naming: Naming, named: Ints) -> dict[str, float]:
        """Of the turn that made the names what they are, `named` (N,)."""
        right = (named == self._canvas.labels)[named != NO_CLASS]
        return {
            **effort([]),
            "points_named": float((named != self._named).sum()),  # for the first time, or otherwise than before
            "named_accuracy": float(right.mean()) if len(right) else np.nan,  # of all names up to now
            "person_seconds": naming.seconds,
        }

    def teach(self, latents: torch.Tensor) -> Teaching:
        """The names up to now, the device being that of the latents (N, d): target (N, 1) the class, or NO_CLASS."""
        import torch

        target = torch.tensor(self._named[:, None], device=latents.device)
        return Teaching(target[:, 0] != NO_CLASS, target)

    def turns(self) -> dict[str, list[float]]:
        """Columns, one entry a turn: what was named, and what it cost."""
        return {name: [float(row[name]) for row in self._turns] for name in (self._turns or [{}])[0]}

    def trace(self) -> None:
        """No picture was shown, so there is none to keep."""


def as_the_model_has_them(inputs: Floats) -> Floats:
    """(N, length) the canvas' inputs (N, ...) in a row each, standardised as the model does."""
    import torch

    from hill_exp.model.network import Scale

    x = torch.from_numpy(inputs)
    return Scale.of(x)(x).flatten(1).numpy()
