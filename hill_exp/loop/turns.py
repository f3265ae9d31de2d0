"""Where the person sits: what is shown, what was dropped where, and what follows for the teaching.

`show` and `teach` are the two halves between which a person sits, so a screen can stand where a simulated person
stands. Nothing in this file can reach validation or test data: a Desk is given the canvas, and what the person's
perception is made of (hill_exp.loop.sights), which it hands to that perception alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hill_exp.config.show import Show
from hill_exp.loop.show import names_of, neighbours_of
from hill_exp.loop.step import Diverged
from hill_exp.metrics.faithfulness import MEASURES, faithfulness
from hill_exp.metrics.followed import followed
from hill_exp.metrics.response import embedding_response
from hill_exp.person import AtThePage, Names, Perceives, Person
from hill_exp.projection import Projection
from hill_exp.record.trace import Trace
from hill_exp.rng import stream
from hill_exp.teacher import Teacher
from hill_exp.types import (
    NO_CLASS,
    Bools,
    Budget,
    Canvas,
    Edit,
    EditedLayout,
    Floats,
    Ints,
    Layout,
    Lesson,
    Sights,
    Teaching,
    View,
)

if TYPE_CHECKING:
    import torch

AVERAGED: Final = ("embedding_response", "named_accuracy", *MEASURES)  # columns of turns that are no amounts


class Desk:
    """One participant's canvas over all turns: call show, ask, teach for each turn, and show once more at the end."""

    def __init__(
        self,
        person: Person,
        canvas: Canvas,
        sights: Sights,
        *,
        projection: Projection,
        teacher: Teacher,
        turns: int,
        budget: Budget,
        show: Show,
        seed: int,
        participant: int,
    ) -> None:
        """turns: how many there may be; budget: of each; show: what is told in a view. Randomness comes from the
        streams of (seed, participant)."""
        self._person, self._projection, self.teacher = person, projection, teacher
        self._most_turns, self._budget, self._canvas, self._classes = turns, budget, canvas, sights.classes
        self._show, self._streams = show, (seed, participant)
        n = len(canvas.labels)
        self._recognised = recognise(person, sights, stream(seed, participant, "knowledge"))
        self._attribute = np.where(canvas.reserved, NO_CLASS, canvas.groups)
        self._cards = canvas.cards.without(canvas.reserved)
        self._pins: Floats = np.full((n, 2), np.nan)  # where each point was last dropped
        self._views: list[View] = []
        self._layout: Layout | None = None
        self._latents: list[Floats] = []  # at each show
        self._seen: tuple[torch.Tensor, torch.Tensor] | None = None  # latents and logits, as shown last
        self._edits: list[Edit] = []
        self._followed: list[Bools] = []  # of each edit, the moved points that have followed it
        self._epochs: list[int] = []  # done before each edit
        self.over = False  # whether the person wants no further turn

    def show(self, latents: torch.Tensor, logits: torch.Tensor) -> None:
        """Project latents (N, d) and lay out the next view; logits (N, C). Raises Diverged if not finite. A person
        at the page is shown every view at once, also the last, which no edit follows."""
        turn = len(self._edits)
        z = finite(latents, turn)
        self._seen = latents.detach(), logits.detach()
        self._layout = self._projection.project(z, self._layout, stream(*self._streams, f"projection/{turn}"))
        confidence, predicted = (v.cpu().numpy() for v in logits.double().softmax(1).max(1))
        if not self._show.predictions:
            predicted = np.full_like(predicted, NO_CLASS)
        if not self._show.confidence:
            confidence = np.full_like(confidence, np.nan)
        if self._edits:
            self._followed.append(followed(self._views[-1].positions, self._layout.positions, self._edits[-1]))
        told = self._told(z, self._layout, predicted)
        self._latents.append(z)
        self._views.append(
            View(
                positions=self._layout.positions,
                observed=self._canvas.observed,
                reserved=self._canvas.reserved,
                predicted=predicted,
                confidence=confidence,
                recognised=np.where(self._canvas.reserved, NO_CLASS, self._recognised),
                attribute=self._attribute,
                pins=self._pins if self._show.turns else np.full_like(self._pins, np.nan),
                cards=self._cards,
                classes=self._classes,
                turn=turn,
                turns=self._most_turns,
                budget=self._budget,
                **told,
            )
        )
        if isinstance(self._person, AtThePage):
            self._person.watch(self._views[-1])

    def _told(self, latents: Floats, layout: Layout, predicted: Ints) -> dict[str, Any]:
        """What the view says beside the picture and the points' labels, latents (N, d) and layout being the answer to
        the last edit, as far as it is shown."""
        told: dict[str, Any] = {}
        if self._show.names:
            colours = np.where(self._canvas.observed == NO_CLASS, predicted, self._canvas.observed)
            told["names"] = names_of(layout.positions, colours, len(self._classes))
        if self._show.neighbours:
            told["neighbours"] = neighbours_of(latents)
        if self._show.lesson:
            told["silent"] = self._silent
        if self._show.turns and self._edits:
            edit, shown = self._edits[-1], self._views[-1].positions
            response = embedding_response(self._latents[-1], latents, shown, edit)
            told |= {
                "followed": (int(self._followed[-1].sum()), int(edit.moved.sum())),
                "response": response if np.isfinite(response) else None,
                "lagging": edit.moved & ~self._followed[-1],
            }
        return told

    def ask(self, epoch: int) -> Edit:
        """Have the person edit the view shown last, `epoch` epochs being done, and remember what was dropped where.
        A person at the page says whether it wants no turn after this one. ValueError for an edit of a reserved point,
        which a record keeps as the reason of its failure."""
        turn = len(self._edits)
        edit = self._person.edit(self._views[-1], stream(*self._streams, f"person/{turn}"))
        for point in np.flatnonzero(edit.looked & self._canvas.reserved)[:1]:
            done = "handles" if edit.handled[point] else "looks at"
            raise ValueError(f"the edit of turn {turn} {done} point {point}, which is reserved: see View.reserved")
        self._pins = edit.pinned(self._pins)
        self._edits.append(edit)
        self._epochs.append(epoch)
        if isinstance(self._person, AtThePage):
            self.over = self._person.leaves_after(turn)
        return edit

    def teach(self, latents: torch.Tensor) -> Teaching:
        """The teaching of all edits that are in memory, from the latents (N, d) they were made on."""
        return self._teaching(self._edits, latents)

    def _teaching(self, done: list[Edit], latents: torch.Tensor) -> Teaching:
        import torch

        assert self._layout is not None, "show comes before teach"
        turn, memory = len(done) - 1, self.teacher.memory
        edits = tuple(EditedLayout(v.positions, e) for v, e in zip(self._views, done, strict=True))
        lesson = Lesson(self._layout, edits if memory is None else edits[-memory:], self._canvas.observed)
        with torch.random.fork_rng(devices=[]):  # a teacher may make a network, whose weights torch draws
            return self.teacher.teach(lesson, latents, stream(*self._streams, f"teacher/{turn}"))

    def _silent(self, edit: Edit) -> Bools:
        """(N,) the points that an edit of the view shown last moves, and that it would teach nothing if it were handed
        over: whatever the model made of them, the loss over the canvas would be the same."""
        import torch

        assert self._seen is not None, "show comes before an edit"
        teaching = self._teaching([*self._edits, edit], self._seen[0])
        with torch.enable_grad():
            latents, logits = (values.clone().requires_grad_() for values in self._seen)
            rows = torch.arange(len(latents), device=latents.device)
            loss = self.teacher.loss(latents, logits, rows, teaching)
            pulls = torch.autograd.grad(loss, (latents, logits), allow_unused=True)
        taught = sum(pull.abs().sum(1).cpu().numpy() for pull in pulls if pull is not None)
        return edit.moved & (taught == 0)

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
            "moved_followed": [float(have.sum()) for have in self._followed],
        }

    def trace(self) -> Trace:
        return Trace.of(self._views, self._edits, self._canvas.labels)


def over_turns(turns: Mapping[str, list[float]]) -> dict[str, float]:
    """Metrics from the columns of `turns`: amounts summed, and what is no amount averaged over the turns that have it;
    NaN where none does."""
    amounts = [name for name in turns if name not in ("turn", "epoch", *AVERAGED)]
    values = {name: [value for value in turns[name] if np.isfinite(value)] for name in AVERAGED if name in turns}
    means = {name: float(np.mean(known)) if known else np.nan for name, known in values.items()}
    return {**{name: float(sum(turns[name])) for name in amounts}, **means}


def recognise(person: Person | Names, sights: Sights, rng: np.random.Generator) -> Ints:
    """(N,) what this person takes each thumbnail for: the one way in which a true label of the canvas, or anything of
    validation, reaches a person, through the person's own perception (see hill_exp.person)."""
    match person:
        case AtThePage():
            return np.full_like(sights.truth, NO_CLASS)
        case Perceives():
            return person.recognise(sights, rng)
        case Names():
            return np.full_like(sights.truth, NO_CLASS)
    return sights.truth.copy()


def finite(latents: torch.Tensor, turn: int) -> Floats:
    """The latents (N, d) that a turn, from 0, begins with; Diverged where they are not finite."""
    z = latents.cpu().numpy().astype(float)
    if not np.isfinite(z).all():
        raise Diverged(f"the latents are not finite at turn {turn}")
    return z


def effort(edits: list[Edit]) -> dict[str, float]:
    """What edits cost the person, summed."""
    return {
        "points_moved": float(sum(e.moved.sum() for e in edits)),
        "points_handled": float(sum(e.handled.sum() for e in edits)),
        "gestures": float(sum(len(e.gestures) for e in edits)),
        "distance": float(sum(e.distance for e in edits)),
        "person_seconds": float(sum(e.seconds for e in edits)),
    }
