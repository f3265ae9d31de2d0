"""The contract of a teacher, as checks that any class can be run through.

    from hill_exp.testing.teacher import CHECKS

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_teacher(check):
        check(lambda: MyTeacher(weight=1.0, weight_schedule="constant", points="attended", company=10, memory=None))

Each check makes its own teachers by calling `make()`, and says by an AssertionError what is broken.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hill_exp.teacher import Teacher
from hill_exp.testing import global_generators_at
from hill_exp.types import NO_CLASS, Layout, Lesson, Teaching

if TYPE_CHECKING:
    import torch

Make = Callable[[], Teacher]

N, D, C, B = 24, 5, 3, 9  # points, latent dimensions, classes, rows of a batch
STEEP = 1e4  # no gradient of a sound loss is as large on latents of a length of about 1


@dataclass(frozen=True)
class Step:
    """A lesson, and one batch of the training that follows it."""

    lesson: Lesson
    at_edit: torch.Tensor  # (N, d) latents at the moment of the edit
    latents: torch.Tensor  # (B, d) of the batch, since moved on
    logits: torch.Tensor  # (B, C)
    rows: torch.Tensor  # (B,)

    def teaching(self, teacher: Teacher, seed: int = 0) -> Teaching:
        """What `teacher` makes of the lesson."""
        return teacher.teach(self.lesson, self.at_edit, np.random.default_rng(seed))


def step(seed: int = 0, *, single: bool = False) -> Step:
    """Every second of 24 points was dropped at one of four places a layout unit apart, where the others lie already;
    more than half of them carry a label. Double precision, or `single`. The layout has a basis and an embed."""
    import torch

    rng = np.random.default_rng(seed)
    dtype = torch.float32 if single else torch.float64
    corners = np.repeat([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], N // 4, axis=0)
    edited = corners + rng.uniform(-0.08, 0.08, (N, 2))
    held = np.arange(N) % 2 == 0
    basis = rng.normal(size=(2, D))
    axes = torch.tensor(basis.T, dtype=dtype)
    layout = Layout(np.where(held[:, None], rng.normal(size=(N, 2)), edited), basis, lambda z: torch.tanh(z @ axes))
    observed = np.where(rng.random(N) < 0.6, rng.integers(0, C, N), NO_CLASS)
    at_edit, latents, logits = (torch.tensor(rng.normal(size=size), dtype=dtype) for size in ((N, D), (B, D), (B, C)))
    return Step(
        Lesson.of(layout, edited, held, observed), at_edit, latents, logits, torch.tensor(rng.permutation(N)[:B])
    )


def odd_steps() -> dict[str, Step]:
    """Steps at the edges of what can come, in single precision."""
    usual = step(3, single=True)
    first, second = usual.rows[:2].tolist()
    zero = replace(usual, at_edit=usual.at_edit * 0, latents=usual.latents * 0)
    minute = usual.latents.clone()
    minute[0] *= 1e-30
    return {
        "usual": usual,
        "nobody taught": _lesson(usual, held=np.zeros(N, bool)),
        "one taught": _lesson(usual, held=np.arange(N) == first),
        "two taught": _lesson(usual, held=np.isin(np.arange(N), [first, second])),
        "two at one place": _gathered(_lesson(usual, held=np.isin(np.arange(N), [first, second]))),
        "all at one place": _gathered(usual),
        "identical latents": replace(usual, at_edit=usual.at_edit * 0 + 1, latents=usual.latents * 0 + 1),
        "zero latents": zero,
        "zero latents at one place": _gathered(zero),
        "minute latents": replace(usual, latents=usual.latents * 1e-30),
        "one of them minute": replace(usual, latents=minute),
        "no observed label": _lesson(usual, observed=np.full(N, NO_CLASS)),
        "batch of one": _batch(usual, slice(1)),
        "empty batch": _batch(usual, slice(0)),
    }


def weight_0_is_plain_training(make: Make) -> None:
    """With weight 0, training under the teacher is plain training to the last bit."""
    import torch
    from torch.nn.functional import cross_entropy

    teacher, usual = make().model_copy(update={"weight": 0.0}), step(1)
    for share in (0.0, 0.5, 1.0):
        assert teacher.weight_at(share) == 0, f"with weight 0, weight_at({share}) is {teacher.weight_at(share)}"
    teaching, labels = usual.teaching(teacher), torch.arange(B) % C
    trained = []
    for taught in (False, True):
        latents, head = usual.latents.clone(), usual.logits.T @ usual.latents
        for _ in range(3):
            latents, head = (values.detach().requires_grad_() for values in (latents, head))
            logits = latents @ head.T
            total = cross_entropy(logits, labels)
            if taught:
                total = total + teacher.weight_at(0.5) * teacher.loss(latents, logits, usual.rows, teaching)
            latents, head = (
                v - 0.1 * g for v, g in zip((latents, head), _gradients(total, latents, head), strict=True)
            )
        trained.append((latents, head))
    same = all(torch.equal(plain, other) for plain, other in zip(*trained, strict=True))
    assert same, "with weight 0, the teacher changes what is trained"


def weight_stays_within_its_bound(make: Make) -> None:
    """From the first turn to the end of the run the weight lies between 0 and `weight`."""
    teacher = make()
    for share in np.linspace(0, 1, 11):
        weight = teacher.weight_at(float(share))
        assert 0 <= weight <= teacher.weight, f"weight_at({share:.1f}) is {weight}; weight is {teacher.weight}"


def nothing_to_teach_is_a_zero(make: Make) -> None:
    """A batch of which no point is in the mask gives a loss of 0, with a gradient of 0."""
    import torch

    teacher = make()
    for name, odd in odd_steps().items():
        taught = odd.teaching(teacher)
        teaching = replace(taught, mask=torch.zeros_like(taught.mask))
        loss, gradients = _loss_and_gradients(teacher, odd, teaching, name)
        assert loss == 0, f"{name}, and nothing in the mask: the loss is {loss}, not 0"
        assert not any(g.any() for g in gradients), f"{name}, and nothing in the mask: the gradient is not 0"


def is_finite_at_the_edges(make: Make) -> None:
    """Every batch, the odd ones too, gives a finite scalar with a finite gradient of a size that can be followed."""
    teacher = make()
    for name, odd in odd_steps().items():
        loss, gradients = _loss_and_gradients(teacher, odd, odd.teaching(teacher), name)
        assert np.isfinite(loss), f"{name}: the loss is {loss}"
        assert all(g.isfinite().all() for g in gradients), f"{name}: a gradient is not finite"
        steepest = max((float(g.abs().max()) for g in gradients if g.numel()), default=0.0)
        assert steepest < STEEP, f"{name}: a gradient is {steepest:.3g}; it must stay below {STEEP:g}"


def order_of_the_batch_does_not_matter(make: Make) -> None:
    """The same points in another order have the same loss."""
    import torch

    teacher = make()
    for seed in range(3):
        usual = step(seed)
        teaching = usual.teaching(teacher)
        turned = _batch(usual, torch.tensor(np.random.default_rng(seed).permutation(B)))
        loss, other = _loss(teacher, usual, teaching).item(), _loss(teacher, turned, teaching).item()
        assert np.isclose(loss, other, rtol=1e-9), f"the loss of a batch is {loss}, in another order {other}"


def points_outside_the_mask_do_not_enter(make: Make) -> None:
    """A point of the batch that is not taught gets no gradient, and its values do not change the loss."""
    import torch

    teacher = make()
    for seed in range(3):
        usual = step(seed)
        taught = usual.teaching(teacher)
        teaching = replace(taught, mask=taught.mask & (torch.arange(N) % 3 > 0))
        outside = ~teaching.mask[usual.rows]
        loss, gradients = _loss_and_gradients(teacher, usual, teaching, "usual")
        assert not any(g[outside].any() for g in gradients), "a point outside the mask gets a gradient"
        latents, logits = (values.clone() for values in (usual.latents, usual.logits))
        latents[outside], logits[outside] = 100.0, 100.0
        other = _loss(teacher, replace(usual, latents=latents, logits=logits), teaching).item()
        assert loss == other, f"the loss is {loss}, with other values at points outside the mask {other}"


def teach_is_deterministic(make: Make) -> None:
    """The same lesson and rng give the same teaching, whatever the global random state, which is left as it was."""
    import torch

    layouts = [step(2, single=True).lesson.layout]
    if make().needs_projection is None:  # then a layout that is positions alone must do, too
        layouts.append(Layout(layouts[0].positions))
    for layout in layouts:
        usual, teachings = _lesson(step(2, single=True), layout=layout), []
        for seed in (0, 1):
            with global_generators_at(seed, "teach"):
                teachings.append(usual.teaching(make(), seed=7))
        one, other = teachings
        same = torch.equal(one.mask, other.mask) and torch.equal(one.target, other.target)
        if same and one.embed is not None and other.embed is not None:
            same = torch.equal(one.embed(usual.latents), other.embed(usual.latents))
        assert same, "the teaching is not a function of the lesson, the latents and the rng"


def teaching_stands_alone(make: Make) -> None:
    """A teaching carries no graph, and stays what it is when the arrays of the lesson are written to."""
    import torch

    usual = step()
    teaching = usual.teaching(make())
    mask, target = teaching.mask.clone(), teaching.target.clone()
    usual.lesson.edited[:], usual.lesson.held[:] = 9, False
    assert not teaching.target.requires_grad, "the teaching's target carries a graph"
    same = torch.equal(teaching.mask, mask) and torch.equal(teaching.target, target)
    assert same, "the teaching shares memory with the lesson"


def gradient_agrees_with_finite_differences(make: Make) -> None:
    """The gradient by the latents and the logits is that of central differences, in double precision."""
    import torch

    teacher, usual = make(), step(1)
    teaching = usual.teaching(teacher)

    def loss(latents: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        return teacher.loss(latents, logits, usual.rows, teaching)

    start = tuple(values.clone().requires_grad_() for values in (usual.latents, usual.logits))
    agrees = torch.autograd.gradcheck(loss, start, raise_exception=False)
    assert agrees, "the gradient is not that of finite differences"


def following_the_loss_lowers_it(make: Make) -> None:
    """A small step along the gradient gives a smaller loss: there is something to learn from an edit."""
    teacher, usual = make(), step(5)
    teaching = usual.teaching(teacher)
    before, gradients = _loss_and_gradients(teacher, usual, teaching, "usual")
    latents, logits = (v - 0.01 * g for v, g in zip((usual.latents, usual.logits), gradients, strict=True))
    after = _loss(teacher, replace(usual, latents=latents, logits=logits), teaching).item()
    assert after < before, f"a step along the gradient leads from a loss of {before} to {after}"


CHECKS: Final[tuple[Callable[[Make], None], ...]] = (
    weight_0_is_plain_training,
    weight_stays_within_its_bound,
    nothing_to_teach_is_a_zero,
    is_finite_at_the_edges,
    order_of_the_batch_does_not_matter,
    points_outside_the_mask_do_not_enter,
    teach_is_deterministic,
    teaching_stands_alone,
    gradient_agrees_with_finite_differences,
    following_the_loss_lowers_it,
)


def check_teacher(make: Make) -> None:
    """All checks."""
    for check in CHECKS:
        check(make)


def _lesson(of: Step, **changes: Any) -> Step:
    lesson = of.lesson
    parts = {"layout": lesson.layout, "edited": lesson.edited, "held": lesson.held, "observed": lesson.observed}
    return replace(of, lesson=Lesson.of(**{**parts, **changes}))


def _gathered(of: Step) -> Step:
    return _lesson(of, edited=np.full((N, 2), 0.5))


def _batch(of: Step, which: Any) -> Step:
    return replace(of, latents=of.latents[which], logits=of.logits[which], rows=of.rows[which])


def _loss(teacher: Teacher, of: Step, teaching: Teaching) -> torch.Tensor:
    return teacher.loss(of.latents, of.logits, of.rows, teaching)


def _loss_and_gradients(teacher: Teacher, of: Step, teaching: Teaching, name: str) -> tuple[float, list[torch.Tensor]]:
    """The loss and its gradients by latents and logits, each 0 where the loss does not depend on them."""
    import torch

    latents, logits = (values.clone().requires_grad_() for values in (of.latents, of.logits))
    try:
        with warnings.catch_warnings(), torch.autograd.set_detect_anomaly(True):  # a nan anywhere on the way back
            warnings.simplefilter("ignore")
            loss = _loss(teacher, replace(of, latents=latents, logits=logits), teaching)
            assert loss.ndim == 0, f"{name}: the loss has shape {tuple(loss.shape)}; it must be a scalar"
            assert loss.requires_grad, f"{name}: the loss has no gradient"
            return loss.item(), _gradients(loss, latents, logits)
    except RuntimeError as error:
        raise AssertionError(f"{name}: the gradient cannot be had ({error})") from error


def _gradients(loss: torch.Tensor, *values: torch.Tensor) -> list[torch.Tensor]:
    import torch

    return list(torch.autograd.grad(loss, values, allow_unused=True, materialize_grads=True))
