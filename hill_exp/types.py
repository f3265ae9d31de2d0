"""The nouns of the study: frozen records whose shapes are stated once and checked when made.

Shapes: N canvas points, d latent dimensions, C classes, images (n, channels, height, width) in [0, 1].
Layout units: every layout is centred and has an RMS radius of 1, so a length means the same at every turn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

NO_CLASS = -1  # no observed label, nothing recognised, no visible attribute


class UserError(Exception):
    """What the user can put right: one sentence that says what is wrong, where, and what is allowed."""


def _shape(what: str, array: Any, expected: tuple[int, ...]) -> None:
    if array.shape != expected:
        raise ValueError(f"{what} has shape {array.shape}; expected {expected}")


# --- data ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Labelled:
    """Images with their true labels: the validation and the test set.

    images (n, channels, height, width) float32; labels (n,); groups (n,) a visible attribute, or NO_CLASS.
    """

    images: Floats
    labels: Ints
    groups: Ints

    def __post_init__(self) -> None:
        _shape("labels", self.labels, self.images.shape[:1])
        _shape("groups", self.groups, self.images.shape[:1])


@dataclass(frozen=True)
class Canvas(Labelled):
    """The training points that are shown. `labels` are the true ones, which only metrics and perception may read;
    `observed` (N,) are the ones to train on: NO_CLASS where there is none, possibly wrong."""

    observed: Ints

    def __post_init__(self) -> None:
        super().__post_init__()
        _shape("observed", self.observed, self.images.shape[:1])

    @property
    def thumbnails(self) -> Bytes:
        """(N, height, width, 3) as a person sees them."""
        pixels = np.rint(self.images.transpose(0, 2, 3, 1) * 255).astype(np.uint8)
        return pixels if pixels.shape[-1] == 3 else np.repeat(pixels, 3, axis=-1)


@dataclass(frozen=True)
class Sample:
    """The data of one participant: what is shown, what steers choices, what only the metrics read."""

    classes: tuple[str, ...]
    canvas: Canvas
    validation: Labelled
    test: Labelled


# --- what a person sees and does -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Budget:
    """What one turn allows; None means no limit of that kind."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - read by the schema, where a schedule holds a budget

    points: int | None = None
    gestures: int | None = None
    seconds: float | None = None  # of simulated or real time

    def __post_init__(self) -> None:
        for name in ("points", "gestures", "seconds"):
            limit = getattr(self, name)
            if limit is not None and limit <= 0:
                raise UserError(f"schedule.budget.{name} = {limit}: must be above 0, or null for no limit")


@dataclass(frozen=True)
class View:
    """All that a person may see at one turn. Never latents, never validation or test data."""

    positions: Floats  # (N, 2) in layout units
    observed: Ints  # (N,) observed label, or NO_CLASS
    predicted: Ints  # (N,) the model's label now
    confidence: Floats  # (N,) the model's probability of that label
    recognised: Ints  # (N,) the class this person takes each thumbnail for; NO_CLASS: the harness tells nothing
    attribute: Ints  # (N,) a visible attribute, as the colour; NO_CLASS: none
    pins: Floats  # (N, 2) where this person last dropped each point; NaN: never handled
    thumbnails: Bytes  # (N, height, width, 3)
    classes: tuple[str, ...]
    turn: int  # from 0
    turns: int  # how many there may be
    budget: Budget
    followed: tuple[int, int] | None = None  # of the M points moved in the last turn, N have followed: (N, M)
    response: float | None = None  # embedding response to the edit of the last turn (hill_exp.metrics.response)

    def __post_init__(self) -> None:
        n = len(self.positions)
        _shape("positions", self.positions, (n, 2))
        _shape("pins", self.pins, (n, 2))
        for name in ("observed", "predicted", "confidence", "recognised", "attribute"):
            _shape(name, getattr(self, name), (n,))
        _shape("thumbnails", self.thumbnails[:, 0, 0, 0], (n,))

    def __len__(self) -> int:
        return len(self.positions)


def check_gesture(points: Sequence[int], drops: Sequence[object] | Floats) -> None:
    """ValueError unless each point of a gesture is named once and has one drop."""
    if len(points) != len(drops):
        raise ValueError(f"a gesture of {len(points)} points has {len(drops)} drops")
    if len(set(points)) != len(points):
        raise ValueError("a gesture names a point twice")


@dataclass(frozen=True)
class Gesture:
    """One drag of one or more points: points (k,) and where they were dropped, drops (k, 2)."""

    points: Ints
    drops: Floats
    seconds: float = 0.0  # how long it took, simulated or real

    def __post_init__(self) -> None:
        check_gesture(self.points.tolist(), self.drops)
        _shape("drops", self.drops, (len(self.points), 2))
        if not np.isfinite(self.drops).all():
            raise ValueError("a gesture drops a point at a position that is not finite")


@dataclass(frozen=True)
class Edit:
    """What the person did in one turn; made from the gestures by `Edit.of`."""

    positions: Floats  # (N, 2) after the last gesture
    handled: Bools  # (N,) picked up, even if put back where it was
    moved: Bools  # (N,) ended elsewhere
    looked: Bools  # (N,) attended to: what is handled, and that whose thumbnail was looked at and that was left
    gestures: tuple[Gesture, ...]  # in order
    distance: float = field(default=0.0)  # dragged, summed over points and gestures, layout units
    looking: float = field(default=0.0)  # s at thumbnails, beside the gestures

    def __post_init__(self) -> None:
        n = len(self.positions)
        _shape("positions", self.positions, (n, 2))
        for name in ("handled", "moved", "looked"):
            _shape(name, getattr(self, name), (n,))

    @classmethod
    def of(
        cls, positions: Floats, gestures: Sequence[Gesture], looked: Bools | None = None, looking: float = 0.0
    ) -> Edit:
        """Carry out `gestures` in order on `positions` (N, 2). `looked` (N,): see the field; None: what is handled
        alone. A point that is handled counts as looked at, whatever `looked` says."""
        after = np.array(positions, dtype=float)
        handled = np.zeros(len(after), dtype=bool)
        distance = 0.0
        points = np.concatenate([g.points for g in gestures]) if gestures else np.empty(0, np.int64)
        if len(points) and not 0 <= points.min() <= points.max() < len(after):
            raise ValueError(f"a gesture names a point outside the canvas of {len(after)} points")
        handled[points] = True
        if gestures and handled.sum() == len(points):  # no point twice: all at once, which is ten times quicker
            drops = np.concatenate([g.drops for g in gestures])
            steps = [(points, drops)]
        else:
            steps = [(g.points, g.drops) for g in gestures]
        for moved, drops in steps:
            distance += float(np.linalg.norm(drops - after[moved], axis=1).sum())
            after[moved] = drops
        seen = handled if looked is None else handled | looked
        return cls(after, handled, (after != positions).any(axis=1), seen, tuple(gestures), distance, looking)

    @property
    def seconds(self) -> float:
        """How long the turn took the person: looking, and the gestures."""
        return self.looking + sum(g.seconds for g in self.gestures)

    def pinned(self, pins: Floats) -> Floats:
        """(N, 2) where each point was last dropped: here, if it was handled now, and else as `pins` (N, 2) say."""
        return np.where(self.handled[:, None], self.positions, pins)


# --- what the model is taught ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layout:
    """A projection of the canvas' latents.

    positions (N, 2) in layout units. `basis` (2, d), of a linear projection only: positions differ by dz @ basis.T
    where latents differ by dz. `embed`, of a parametric one only: latents (n, d) -> positions (n, 2), differentiable.
    `permutation` (N,), of a scrambled one only: the point in whose place each lies.
    """

    positions: Floats
    basis: Floats | None = None
    embed: Callable[[torch.Tensor], torch.Tensor] | None = None
    permutation: Ints | None = None

    def __post_init__(self) -> None:
        _shape("positions", self.positions, (len(self.positions), 2))
        if not np.isfinite(self.positions).all():
            raise ValueError("a layout has positions that are not finite")
        if self.permutation is not None:
            _shape("permutation", self.permutation, self.positions.shape[:1])


@dataclass(frozen=True)
class EditedLayout:
    """A layout as it was shown, positions (N, 2) in layout units, and what the person did to it."""

    shown: Floats
    edit: Edit

    def __post_init__(self) -> None:
        _shape("shown", self.shown, self.edit.positions.shape)


@dataclass(frozen=True)
class Lesson:
    """What a teacher works from: the layout shown last, the edits that are in memory, the oldest first, each on the
    layout that it was made on, and observed (N,), the observed labels or NO_CLASS.

    A point has one place for each edit, but what was dropped beside what can be read only where it was done: layouts
    change from turn to turn, and who was left in place then may lie elsewhere now.
    """

    layout: Layout
    edits: tuple[EditedLayout, ...]
    observed: Ints

    def __post_init__(self) -> None:
        n = len(self.layout.positions)
        _shape("observed", self.observed, (n,))
        for number, edited in enumerate(self.edits):
            _shape(f"edits[{number}].shown", edited.shown, (n, 2))

    @classmethod
    def of(cls, layout: Layout, edited: Floats, held: Bools, observed: Ints, looked: Bools | None = None) -> Lesson:
        """The lesson of one edit on `layout` that handled `held` (N,) and left the points at `edited` (N, 2)."""
        moved = (edited != layout.positions).any(axis=1)
        edit = Edit(edited, held, moved, held if looked is None else held | looked, ())
        return cls(layout, (EditedLayout(layout.positions, edit),), observed)

    @cached_property
    def last(self) -> Ints:
        """(N,) the edit in which each point was last attended to, as an index of `edits`; -1: none."""
        last = np.full(len(self.observed), -1, dtype=np.int64)
        for number, edited in enumerate(self.edits):
            last[edited.edit.looked] = number
        return last

    @cached_property
    def held(self) -> Bools:
        """(N,) the points whose place is the person's statement: dropped there, put back, or looked at and left."""
        return self.last >= 0

    @cached_property
    def edited(self) -> Floats:
        """(N, 2) the layout shown last, with every statement in memory applied to it."""
        places = np.array(self.layout.positions, dtype=float)
        for edited in self.edits:
            places = np.where(edited.edit.looked[:, None], edited.edit.positions, places)
        return places


@dataclass(frozen=True)
class Teaching:
    """The lesson as something a loss can follow: tensors alone, over all N canvas points.

    mask (N,): the points that are taught. target (N, k): what each shall follow; its meaning is the teacher's
    (a latent, a place in the layout, a label). embed: latents (n, d) -> positions (n, 2), where latents are to be
    compared in the layout.
    """

    mask: torch.Tensor
    target: torch.Tensor
    embed: Callable[[torch.Tensor], torch.Tensor] | None = None

    def __post_init__(self) -> None:
        n = self.mask.shape[0]
        _shape("mask", self.mask, (n,))
        _shape("target", self.target, (n, self.target.shape[1]))
