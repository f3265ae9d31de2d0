"""The latent loop for a training of one's own: a picture of the latents, an edit of it, and a loss to follow it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from hill_exp.config import build, compose, unknown, validate
from hill_exp.config.show import Show
from hill_exp.library.browser import AtTheBrowser
from hill_exp.live.host import Address
from hill_exp.live.human import Human
from hill_exp.loop.parts import user_of
from hill_exp.loop.sights import posteriors
from hill_exp.loop.turns import Desk
from hill_exp.person import Crowd, Names, NeedsClasses, Nobody, Perceives, Person
from hill_exp.projection import Projection
from hill_exp.rng import stream
from hill_exp.schedule import Schedule
from hill_exp.study.check import check_projection
from hill_exp.teacher import Teacher
from hill_exp.types import NO_CLASS, Canvas, Cards, Edit, Floats, Ints, Sights, Teaching, UserError

if TYPE_CHECKING:
    import pandas as pd
    import torch

GROUPS: Final = ("teacher", "projection", "schedule", "user", "show", "page")  # whose settings mean something here


class LatentLoop:
    """A person in the latent loop (Geissler et al. 2025, arXiv 2505.06325) of any PyTorch training.

        loop = LatentLoop(observed, ("cat", "dog"), "oracle", truth=truth)
        for epoch in range(50):
            if epoch in (10, 20, 30):
                with torch.no_grad():
                    loop.turn(*model(canvas))
            for rows in batches:
                latents, logits = model(canvas[rows])
                loss = cross_entropy(...) + loop.loss(latents, logits, rows)
        turns = loop.finish(*model(canvas))

    labels (N,): the class of each canvas point that is known, else -1; what everybody sees as its colour, and may be
    wrong. classes: their names. person: a user by name, as oracle, biased or placebo; "human", who is led at a page in
    the browser; or any object with `edit(view, rng) -> Edit`. truth (N,): what each point is, which simulated people
    recognise at a look. inputs (N, length): what tells how hard each point is, for people who err on hard ones. What
    is seen of a point that is looked at: thumbnails (N, height, width, 3) uint8, or texts (N,), or values (N, length).
    reserved (N,): points that are shown and that nobody may handle.

    settings: of GROUPS, as on the command line: "teacher.weight=3", "projection=pca", "user.slips=0.1",
    "schedule.budget.seconds=60", "page.port=8000". Randomness comes from the streams of (seed, participant).

    Raises UserError for what is wrong with any of it. With a human, use it as a context manager, or call `finish`.
    """

    def __init__(
        self,
        labels: Any,
        classes: Sequence[str],
        person: str | Person = "oracle",
        *,
        truth: Any = None,
        inputs: Any = None,
        thumbnails: Any = None,
        texts: Sequence[str] | None = None,
        values: Any = None,
        reserved: Any = None,
        settings: Sequence[str] = (),
        seed: int = 0,
        participant: int = 0,
    ) -> None:
        cfg, names = compose.composed(f"+user={person if isinstance(person, str) else 'none'}", *_ours(settings))
        self.teacher: Teacher = build(cfg["teacher"], "teacher", Teacher)
        projection: Projection = build(cfg["projection"], "projection", Projection)
        schedule: Schedule = build(cfg["schedule"], "schedule", Schedule)
        check_projection(self.teacher, names)
        canvas = _canvas(labels, classes, truth, _cards(thumbnails, texts, values), reserved)
        self.teacher.check_points(len(canvas.labels))
        self._page: AtTheBrowser | None = None
        who = _seated(user_of(cfg["user"]) if isinstance(person, str) else person, seed, participant)
        if isinstance(who, NeedsClasses):
            who.check_classes(tuple(classes), coloured=False)
        if isinstance(who, Perceives) and truth is None:
            raise UserError(
                f"truth: is needed with person={person}, who knows what a point is once it has looked at it. Give the "
                "class of every canvas point, as truth=labels"
            )
        if isinstance(who, Human):
            address: Address = validate(Address, cfg["page"], "page")
            who = self._page = AtTheBrowser(address, {"teacher": names["teacher"]})
        self._teaching: Teaching | None = None
        self._turns, self._most = 0, schedule.turns
        self._desk = None if isinstance(who, Nobody) else Desk(
            who,
            canvas,
            Sights(canvas.labels, tuple(classes), canvas.names, _posteriors(inputs, canvas.labels, len(classes))),
            projection=projection,
            teacher=self.teacher,
            turns=schedule.turns,
            budget=schedule.budget,
            show=validate(Show, cfg["show"], "show"),
            seed=seed,
            participant=participant,
        )  # fmt: skip

    @property
    def over(self) -> bool:
        """Whether there is no further turn: the schedule's are spent (schedule.turns), the person has left, or there
        is nobody."""
        return self._desk is None or self._desk.over or self._turns >= self._most

    def turn(self, latents: torch.Tensor, logits: torch.Tensor, epoch: int = 0) -> Edit | None:
        """Show the person latents (N, d) and logits (N, C) of all canvas points, have them edited, and remember what
        follows for the loss. A real person is waited for. None, and nothing is done, once it is `over`.

        epoch: how many are done, for the table of turns. Raises hill_exp.loop.step.Diverged for latents that are not
        finite.
        """
        if self._desk is None or self.over:
            return None
        latents = latents.detach()
        self._desk.show(latents, logits.detach())
        edit = self._desk.ask(epoch)
        self._teaching = self._desk.teach(latents)
        self._turns += 1
        return edit

    def loss(
        self, latents: torch.Tensor, logits: torch.Tensor, rows: torch.Tensor, share: float | None = None
    ) -> torch.Tensor:
        """The teaching's part of a batch's loss, weighted, a scalar: latents (B, d), logits (B, C), rows (B,) canvas
        numbers. 0 before the first turn.

        share: of the epochs from the first turn to the end, how much has passed, in [0, 1]; needed where the teacher's
        weight changes with it (teacher.weight_schedule).
        """
        if share is None and self.teacher.weight_schedule != "constant":
            raise UserError(
                f"teacher.weight_schedule = {self.teacher.weight_schedule}: the weight changes over the training; give "
                "loss(...) the share of it that has passed since the first turn, from 0 to 1, as share=0.5"
            )
        if self._teaching is None:
            return (latents.sum() + logits.sum()) * 0.0
        weight = self.teacher.weight_at(0.0 if share is None else share)
        return weight * self.teacher.loss(latents, logits, rows, self._teaching)

    def finish(self, latents: torch.Tensor, logits: torch.Tensor) -> pd.DataFrame:
        """Show the answer to the last edit, latents (N, d) and logits (N, C) as in `turn`, and end; a real person is
        waited for. Gives a row a turn: what it cost, how true its picture was, and what the latents made of it."""
        import pandas as pd

        if self._desk is None:
            return pd.DataFrame()
        self._desk.show(latents.detach(), logits.detach())
        if self._page:
            self._page.finish()
        return pd.DataFrame(self._desk.turns())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if self._page:
            self._page.close("The training has ended." if kind is None else f"The training broke off: {kind.__name__}.")


def _ours(settings: Sequence[str]) -> Sequence[str]:
    """The settings, of which none means nothing here."""
    for setting in settings:
        group = setting.lstrip("+~").partition("=")[0].partition(".")[0].partition("/")[0]
        if group not in GROUPS:
            raise UserError(f"settings: {unknown(group, GROUPS, 'settings')} The training, model and data are yours.")
    return settings


def _seated(who: Person | Names | Crowd, seed: int, participant: int) -> Person:
    if isinstance(who, Crowd):
        who, _ = who.member(stream(seed, participant, "crowd"))
    if isinstance(who, Names):
        raise UserError(f"person: {type(who).__name__} names points and moves none; it sits at no canvas")
    if not isinstance(who, Person):
        raise UserError(f"person: {who!r} must be the name of a user, or have a method edit(view, rng)")
    return who


def _canvas(labels: Any, classes: Sequence[str], truth: Any, cards: Cards | None, reserved: Any) -> Canvas:
    observed = _numbers(labels, "labels", len(classes))
    n = len(observed)
    true = np.full(n, NO_CLASS) if truth is None else _numbers(truth, "truth", len(classes))
    kept = np.zeros(n, dtype=bool) if reserved is None else np.asarray(reserved, dtype=bool)
    try:
        return Canvas(
            inputs=np.zeros((n, 1), np.float32),  # the model's own are the caller's
            labels=true,
            groups=np.full(n, NO_CLASS),
            names=np.array([str(row) for row in range(n)]),
            observed=observed,
            cards=cards or Cards.blank(n),
            reserved=kept,
        )
    except ValueError as error:
        raise UserError(f"a canvas of {n} points, as labels has them: {error}") from None


def _cards(thumbnails: Any, texts: Sequence[str] | None, values: Any) -> Cards | None:
    given = {"thumbnails": thumbnails, "texts": texts, "values": values}
    if not (kinds := [name for name, kind in given.items() if kind is not None]):
        return None
    if len(kinds) > 1:
        raise UserError(f"{' and '.join(kinds)}: a point shows one of them. Leave the others out.")
    if texts is not None:
        return Cards(texts=tuple(texts))
    if values is not None:
        return Cards(values=_array(values).astype(np.float32))
    pictures = _array(thumbnails)
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[-1] != 3:
        raise UserError(
            f"thumbnails: has shape {pictures.shape} of {pictures.dtype}; must be (N, height, width, 3) of uint8"
        )
    return Cards(thumbnails=pictures)


def _posteriors(inputs: Any, truth: Ints, classes: int) -> Any:
    def told() -> Floats:
        if inputs is None:
            raise UserError("inputs: are needed with this person, who errs on points that are hard to tell")
        rows = _array(inputs)
        return posteriors(rows.reshape(len(rows), -1), truth, classes)

    return told


def _numbers(given: Any, name: str, classes: int) -> Ints:
    numbers = _array(given)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
        raise UserError(f"{name}: has shape {numbers.shape} of {numbers.dtype}; must be (N,) of whole numbers")
    numbers = numbers.astype(np.int64)
    for number in numbers[(numbers < NO_CLASS) | (numbers >= classes)][:1]:
        raise UserError(f"{name}: holds {number}; must be from 0 to {classes - 1}, or -1 where it is not known")
    return numbers


def _array(given: Any) -> np.ndarray:
    import torch

    return given.detach().cpu().numpy() if isinstance(given, torch.Tensor) else np.asarray(given)
