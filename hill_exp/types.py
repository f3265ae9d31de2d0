"""The nouns of the study: frozen records whose shapes are stated once and checked when made.

Shapes: N canvas points, d latent dimensions, C classes, images (n, channels, height, width) in [0, 1]. What a model is
given of a point, its input, is an image or a vector: inputs (n, channels, height, width) or (n, length).
Layout units: every layout is centred and has an RMS radius of 1, so a length means the same at every turn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
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
MOST = 1_000_000  # of any number that has no bound of its own: enough for all, and what ends within a life


class UserError(Exception):
    """What the user can put right: one sentence that says what is wrong, where, and what is allowed."""


def _shape(what: str, array: Any, expected: tuple[int, ...]) -> None:
    if array.shape != expected:
        raise ValueError(f"{what} has shape {array.shape}; expected {expected}")


# --- data ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Labelled:
    """Inputs with their true labels: the validation and the test set.

    inputs (n, ...) float32; labels (n,); groups (n,) a visible attribute, or NO_CLASS; names (n,) text, what the data
    set calls each: the path of a file, or a part and a number.
    """

    inputs: Floats
    labels: Ints
    groups: Ints
    names: np.ndarray

    def __post_init__(self) -> None:
        for name in ("labels", "groups", "names"):
            _shape(name, getattr(self, name), self.inputs.shape[:1])

    def those(self, which: Bools) -> Labelled:
        """The points that `which` (n,) says."""
        return Labelled(self.inputs[which], self.labels[which], self.groups[which], self.names[which])


@dataclass(frozen=True)
class Cards:
    """What a person sees of each point, of n: its picture, or a text, or else the row of its values."""

    thumbnails: Bytes | None = None  # (n, height, width, 3)
    texts: tuple[str, ...] | None = None  # (n,)
    values: Floats | None = None  # (n, length), float32
    features: tuple[str, ...] | None = None  # (length,) what the values are called; None: they have no names

    def __post_init__(self) -> None:
        if sum(kind is not None for kind in (self.thumbnails, self.texts, self.values)) != 1:
            raise ValueError("cards hold thumbnails, texts or values: one of the three")
        if self.features is not None and (self.values is None or self.values.shape[1] != len(self.features)):
            raise ValueError("cards have a name for each of their values, and for nothing else")

    def __len__(self) -> int:
        (kind,) = (kind for kind in (self.thumbnails, self.texts, self.values) if kind is not None)
        return len(kind)

    def of(self, rows: Ints) -> Cards:
        """Those of some points, by their numbers (m,)."""
        if self.thumbnails is not None:
            return Cards(thumbnails=self.thumbnails[rows])
        if self.texts is not None:
            return Cards(texts=tuple(self.texts[row] for row in rows.tolist()))
        assert self.values is not None
        return Cards(values=self.values[rows], features=self.features)

    def without(self, hidden: Bools) -> Cards:
        """The cards, of which those `hidden` (n,) show nothing: grey pictures, empty texts, zeros."""
        thumbnails, texts, values = self.thumbnails, self.texts, self.values
        return replace(
            self,
            thumbnails=None if thumbnails is None else np.where(hidden[:, None, None, None], np.uint8(128), thumbnails),
            texts=None if texts is None else tuple("" if h else t for h, t in zip(hidden, texts, strict=True)),
            values=None if values is None else np.where(hidden[:, None], np.float32(0), values),
        )

    @classmethod
    def blank(cls, n: int) -> Cards:
        """Cards that show nothing."""
        return cls(thumbnails=np.zeros((n, 1, 1, 3), np.uint8))

    @classmethod
    def of_images(cls, images: Floats) -> Cards:
        """From images (n, 1 or 3, height, width) in [0, 1]."""
        pixels = np.rint(images.transpose(0, 2, 3, 1) * 255).astype(np.uint8)
        return cls(thumbnails=pixels if pixels.shape[-1] == 3 else np.repeat(pixels, 3, axis=-1))


@dataclass(frozen=True)
class Canvas(Labelled):
    """The training points that are shown. `labels` are the true ones, which only metrics and perception may read;
    `observed` (N,) are the ones to train on: NO_CLASS where there is none, possibly wrong; `cards` are what a person
    sees of the points. The points `reserved` (N,), of those without a label, are shown and nobody is given them to
    handle: they tell what of the person's work carries over to the points beside those that it handled."""

    observed: Ints
    cards: Cards
    reserved: Bools

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("observed", "reserved"):
            _shape(name, getattr(self, name), self.inputs.shape[:1])
        if (self.observed[self.reserved] != NO_CLASS).any():
            raise ValueError("a reserved point has an observed label")
        if len(self.cards) != len(self.labels):
            raise ValueError(f"{len(self.cards)} cards for {len(self.labels)} points")


@dataclass(frozen=True)
class Shifted:
    """Test points as they are under one shift: inputs (m, ...) and true labels (m,)."""

    shift: str
    severity: int  # from 1
    inputs: Floats
    labels: Ints


def _no_shifts() -> tuple[Shifted, ...]:
    return ()


@dataclass(frozen=True, eq=False)  # compared as what it is, so that what is made of it can be kept by it
class Sample:
    """The data of one participant: what is shown, what steers choices, what only the metrics read.

    shifted: gives the shifted copies of the test set, which are made when first asked for."""

    classes: tuple[str, ...]
    canvas: Canvas
    validation: Labelled
    test: Labelled
    shifted: Callable[[], tuple[Shifted, ...]] = _no_shifts
    test_copies: float = math.nan  # share of the test points that are copies of canvas or validation points


@dataclass(frozen=True)
class Sights:
    """What a person's perception is made of: the images of a canvas, and how hard each is. No person sees it.

    truth (N,) numbers of `classes`; names (N,) what the data set calls each image. posteriors() -> (N, C): the
    probability of each class that a model gives an image on which it was not fitted (hill_exp.loop.sights); made when
    first asked for.
    """

    truth: Ints
    classes: tuple[str, ...]
    names: np.ndarray
    posteriors: Callable[[], Floats]

    def __post_init__(self) -> None:
        _shape("names", self.names, self.truth.shape)


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
            if limit is not None and not 0 < limit <= MOST:
                raise UserError(f"schedule.budget.{name} = {limit}: must be above 0 and at most {MOST}, or null")


@dataclass(frozen=True)
class View:
    """All that a person may see at one turn. Never latents, never validation or test data.

    What a condition withholds (hill_exp.loop.show) is NO_CLASS in `predicted`, NaN in `confidence` and `pins`, and else
    None."""

    positions: Floats  # (N, 2) in layout units
    observed: Ints  # (N,) observed label, or NO_CLASS
    reserved: Bools  # (N,) shown, but not to be looked at or handled; nothing is told of their images
    predicted: Ints  # (N,) the model's label now
    confidence: Floats  # (N,) the model's probability of that label
    recognised: Ints  # (N,) the class this person takes each card for; NO_CLASS: the harness tells nothing
    attribute: Ints  # (N,) a visible attribute, as the colour; NO_CLASS: none
    pins: Floats  # (N, 2) where this person last dropped each point; NaN: never handled
    cards: Cards  # what is seen of each point that is looked at
    classes: tuple[str, ...]
    turn: int  # from 0
    turns: int  # how many there may be
    budget: Budget
    followed: tuple[int, int] | None = None  # of the M points moved in the last turn, N have followed: (N, M)
    response: float | None = None  # embedding response to the edit of the last turn (hill_exp.metrics.response)
    lagging: Bools | None = None  # (N,) the points moved in the last turn that have not followed
    names: Ints | None = None  # (C,) the point at which the name of each class stands, or NO_CLASS
    neighbours: Ints | None = None  # (N, k) of each point those nearest to it in the latent space, the nearest first
    silent: Callable[[Edit], Bools] | None = None  # (N,) of an edit, the moved points that would teach nothing

    def __post_init__(self) -> None:
        n = len(self.positions)
        _shape("positions", self.positions, (n, 2))
        _shape("pins", self.pins, (n, 2))
        for name in ("observed", "reserved", "predicted", "confidence", "recognised", "attribute"):
            _shape(name, getattr(self, name), (n,))
        if len(self.cards) != n:
            raise ValueError(f"{len(self.cards)} cards for {n} points")
        for name, length in (("lagging", n), ("names", len(self.classes)), ("neighbours", n)):
            if (told := getattr(self, name)) is not None:
                _shape(name, told, (length, *told.shape[1:]))

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
    dwell: Floats | None = None  # (N,) s at each thumbnail, as the page noted of a real person; it is taught by nothing

    def __post_init__(self) -> None:
        n = len(self.positions)
        _shape("positions", self.positions, (n, 2))
        for name in ("handled", "moved", "looked"):
            _shape(name, getattr(self, name), (n,))
        if self.dwell is not None:
            _shape("dwell", self.dwell, (n,))

    @classmethod
    def of(
        cls,
        positions: Floats,
        gestures: Sequence[Gesture],
        looked: Bools | None = None,
        looking: float = 0.0,
        dwell: Floats | None = None,
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
        return cls(after, handled, (after != positions).any(axis=1), seen, tuple(gestures), distance, looking, dwell)

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
