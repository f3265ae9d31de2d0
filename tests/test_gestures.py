"""The default teacher answers every sensible gesture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from gestures import GESTURES, Answer, Drag, N, answer

from hill_exp.config import build, compose
from hill_exp.teacher import Teacher
from hill_exp.types import Lesson

UNANSWERED = ("one stray home", "five strays, each home", "a point taken out")  # by moved points among themselves

every_gesture = pytest.mark.parametrize("gesture", GESTURES)


def default(**changes: Any) -> Teacher:
    return build({**compose.composed("+user=oracle")[0]["teacher"], **changes}, "teacher", Teacher)


@every_gesture
def test_the_default_teacher_answers(gesture: str) -> None:
    """A loss, a gradient that moves the latents as the gesture says, and latents that have followed in the end."""
    given = answer(default(), GESTURES[gesture])
    assert given.loss > 0
    assert given.pull > 0
    assert given.followed > 0.02
    assert given.response > 0


@every_gesture
def test_the_default_teacher_answers_in_batches(gesture: str) -> None:
    """A point's company need not be in its batch each time: with a third of the canvas in each, the latents follow."""
    assert answer(default(), GESTURES[gesture], batch=N // 3).followed > 0.02


@pytest.mark.parametrize("gesture", UNANSWERED)
def test_moved_points_alone_teach_nothing_where_none_was_put_beside_another(gesture: str) -> None:
    given = answer(default(points="attended"), GESTURES[gesture])
    assert given.loss == 0 and given.pull == 0 and given.followed == pytest.approx(0, abs=1e-3)
    assert given.response == pytest.approx(0, abs=1e-3)  # weight decay alone


@pytest.mark.parametrize("gesture", [name for name in GESTURES if name not in UNANSWERED])
def test_moved_points_alone_leave_out_who_stayed(gesture: str) -> None:
    """Where something was put together the old rule had a loss, but none that knew beside whom it was put."""
    drag = GESTURES[gesture]
    latents = torch.randn(N, 8, generator=torch.Generator().manual_seed(0))
    reached = {}
    for points in ("attended", "company"):
        teacher, z = default(points=points), latents.clone().requires_grad_()
        teaching = teacher.teach(drag.lesson, latents, np.random.default_rng(0))
        teacher.loss(z, torch.zeros(N, 6), torch.arange(N), teaching).backward()
        assert z.grad is not None
        reached[points] = z.grad.abs().sum(dim=1).numpy() > 0
    left = ~drag.edit.handled
    assert not reached["attended"][left].any()
    assert reached["company"][left].any() and not reached["company"][left].all()  # the far rest has no part


def test_an_answer_is_a_matter_of_the_picture() -> None:
    """The same points dropped elsewhere have another answer: an oracle's labels take no part."""
    drag = GESTURES["one stray home"]
    elsewhere = Drag(drag.points, drag.drops + 0.5, drag.follows)
    assert answer(default(), drag, steps=0) != answer(default(), elsewhere, steps=0)


def test_who_was_looked_at_and_left_is_company() -> None:
    drag = GESTURES["one stray home"]
    far = np.arange(N) == N - 1
    given = drag.lesson
    lesson = Lesson.of(given.layout, given.edited, given.held, given.observed, looked=far)
    unseen, seen = (default().mask(of)[far].item() for of in (drag.lesson, lesson))
    assert (unseen, seen) == (False, True)


def test_an_untaught_network_does_not_respond() -> None:
    given = answer(default(), GESTURES["one stray home"], steps=0)
    assert isinstance(given, Answer) and given.response == 0
