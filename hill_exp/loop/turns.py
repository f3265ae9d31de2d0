"""Where the person sits: what is shown, what was dropped where, and what follows for the teaching.

`show` and `teach` are the two halves between which a person sits, so a screen can stand where a simulated person
stands. Nothing in this file can reach validation or test data: a Desk is given the canvas alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hill_exp.loop.parts import Parts
from hill_exp.loop.step import Diverged
from hill_exp.metrics.faithfulness import MEASURES, faithfulness
from hill_exp.metrics.followed import followed
from hill_exp.metrics.response import embedding_response
from hill_exp.person import AtThePage, Perceives, Person, SeesLatents
from hill_exp.record.trace import Trace
from hill_exp.rng import stream
from hill_exp.types import NO_CLASS, Canvas, Edit, EditedLayout, Floats, Ints, Layout, Lesson, Teaching, View

if TYPE_CHECKING:
    import torch

AVERAGED: Final = ("embedding_response", *MEASURES)  # columns of turns that are no amounts


class Desk:
    """One participant's canvas over all turns: call show, ask, teach for each turn, and show once more at the end."""

    def __init__(
        self, parts: Parts, person: Person, canvas: Canvas, classes: tuple[str, ...], seed: int, participant: int
    ) -> None:
        self._person, self._projection, self._teacher = person, parts.projection, parts.teacher
        self._schedule, self._canvas, self._classes = parts.schedule, canvas, classes
        self._streams = (seed, participant)
        n = len(canvas.labels)
        self._thumbnails = canvas.thumbnails
        self._recognised = recognise(person, canvas, len(classes), stream(seed, participant, "knowledge"))
        self._pins: Floats = np.full((n, 2), np.nan)  # where each point was last dropped
        self._views: list[View] = []
        self._layout: Layout | None = None
        self._latents: list[Floats] = []  # at each show
        self._edits: list[Edit] = []
        self._epochs: list[int] = []  # done before each edit
        self.over = False  # whether the person wants no further turn

    def show(self, latents: torch.Tensor, logits: torch.Tensor) -> None:
        """Project latents (N, d) and lay out the next view; logits (N, C). Raises Diverged if not finite. A person
        at the page is shown every view at once, also the last, which no edit follows."""
        z = latents.cpu().numpy().astype(float)
        turn = len(self._edits)
        if not np.isfinite(z).all():
            raise Diverged(f"the latents are not finite at turn {turn}")
        self._layout = self._projection.project(z, self._layout, stream(*self._streams, f"projection/{turn}"))
        if isinstance(self._person, SeesLatents):
            self._recognised = self._person.recognise_latents(z, self._canvas.observed)
        confidence, predicted = logits.double().softmax(1).max(1)
        answer = self._answer(z, self._layout)
        self._latents.append(z)
        self._views.append(
            View(
                positions=self._layout.positions,
                observed=self._canvas.observed,
                predicted=predicted.cpu().numpy(),
                confidence=confidence.cpu().numpy(),
                recognised=self._recognised,
                attribute=self._canvas.groups,
                pins=self._pins,
                thumbnails=self._thumbnails,
                classes=self._classes,
                turn=turn,
                turns=self._schedule.turns,
                budget=self._schedule.budget,
                **answer,
            )
        )
        if isinstance(self._person, AtThePage):
            self._person.watch(self._views[-1])

    def _answer(self, latents: Floats, layout: Layout) -> dict[str, Any]:
        """What View.followed and View.response say of the last edit, latents (N, d) and layout being the answer."""
        if not self._edits:
            return {}
        edit, shown = self._edits[-1], self._views[-1].positions
        response = embedding_response(self._latents[-1], latents, shown, edit)
        return {
            "followed": (int(followed(shown, layout.positions, edit).sum()), int(edit.moved.sum())),
            "response": response if np.isfinite(response) else None,
        }

    def ask(self, epoch: int) -> None:
        """Have the person edit the view shown last, `epoch` epochs being done, and remember what was dropped where.
        A person at the page says whether it wants no turn after this one."""
        turn = len(self._edits)
        edit = self._person.edit(self._views[-1], stream(*self._streams, f"person/{turn}"))
        self._pins = edit.pinned(self._pins)
        self._edits.append(edit)
        self._epochs.append(epoch)
        if isinstance(self._person, AtThePage):
            self.over = self._person.leaves_after(turn)

    def teach(self, latents: torch.Tensor) -> Teaching:
        """The teaching of all edits that are in memory, from the latents (N, d) they were made on."""
        import torch

        assert self._layout is not None, "show comes before teach"
        turn, memory = len(self._edits) - 1, self._teacher.memory
        edits = tuple(EditedLayout(v.positions, e) for v, e in zip(self._views, self._edits, strict=True))
        lesson = Lesson(self._layout, edits if memory is None else edits[-memory:], self._canvas.observed)
        with torch.random.fork_rng(devices=[]):  # a teacher may make a network, whose weights torch draws
            return self._teacher.teach(lesson, latents, stream(*self._streams, f"teacher/{turn}"))

    # --- what is kept

    def turns(self) -> dict[str, list[float]]:
        """Columns, one entry a turn: the picture that was edited, the edit, and the answer to it."""
        efforts = [effort([edit]) for edit in self._edits]
        pictures = [
            faithfulness(z, view.positions) for z, view in zip(self._latents[:-1], self._views[:-1], strict=True)
        ]
        responses = [
            embedding_response(before, after, view.positions, edit)
            for before, after, view, edit in zip(
                self._latents[:-1], self._latents[1:], self._views[:-1], self._edits, strict=True
            )
        ]
        return {
            "turn": [float(t) for t in range(len(self._edits))],
            "epoch": [float(e) for e in self._epochs],
            **{name: [picture[name] for picture in pictures] for name in MEASURES},
            **{name: [e[name] for e in efforts] for name in effort([])},
            "embedding_response": responses,
            "moved_followed": [float(view.followed[0]) for view in self._views if view.followed],
        }

    def trace(self) -> Trace:
        return Trace.of(self._views, self._edits, self._canvas.labels)


def over_turns(turns: Mapping[str, list[float]]) -> dict[str, float]:
    """Metrics from the columns of `Desk.turns`: amounts summed, and what is no amount averaged over the turns that
    have it; NaN where none does."""
    amounts = [name for name in turns if name not in ("turn", "epoch", *AVERAGED)]
    values = {name: [value for value in turns[name] if np.isfinite(value)] for name in AVERAGED}
    means = {name: float(np.mean(known)) if known else np.nan for name, known in values.items()}
    return {**{name: float(sum(turns[name])) for name in amounts}, **means}


def recognise(person: Person, canvas: Canvas, n_classes: int, rng: np.random.Generator) -> Ints:
    """(N,) what this person takes each thumbnail for: the one way in which a true label of the canvas reaches a
    person, through the person's own perception (see hill_exp.person)."""
    match person:
        case SeesLatents() | AtThePage():
            return np.full_like(canvas.labels, NO_CLASS)
        case Perceives():
            return person.recognise(canvas.labels, n_classes, rng)
    return canvas.labels.copy()


def effort(edits: list[Edit]) -> dict[str, float]:
    """What edits cost the person, summed."""
    return {
        "points_moved": float(sum(e.moved.sum() for e in edits)),
        "points_handled": float(sum(e.handled.sum() for e in edits)),
        "gestures": float(sum(len(e.gestures) for e in edits)),
        "distance": float(sum(e.distance for e in edits)),
        "person_seconds": float(sum(e.seconds for e in edits)),
    }
