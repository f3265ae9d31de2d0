"""The teachers: each against a calculation done another way, and all of them against what a training signal must be."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

import hill_exp.teacher.projective
from hill_exp.config import build
from hill_exp.teacher import Teacher
from hill_exp.teacher.annotation import majority
from hill_exp.teacher.fuzzy import NEAREST
from hill_exp.teacher.neighbour import SOFTENING
from hill_exp.teacher.ops import distances, mean_where, together, unit
from hill_exp.types import NO_CLASS, Layout, Lesson, Teaching, UserError

CONF = Path(__file__).parent.parent / "conf" / "teacher"
TEACHERS = sorted(path.stem for path in CONF.glob("*.yaml"))
LIVES_ON = {name: "logits" if name == "annotation" else "latents" for name in TEACHERS}

PAIRWISE = ("contrastive", "fuzzy", "relational", "triplet")

every_teacher = pytest.mark.parametrize("name", TEACHERS)


def shipped(name: str) -> dict[str, Any]:
    return dict(OmegaConf.to_container(OmegaConf.load(CONF / f"{name}.yaml")))  # type: ignore[arg-type]


def make(name: str, **changes: Any) -> Any:
    """The teacher as shipped, but for `changes`, few neighbours, as the scenes are small, and moved points alone."""
    few = {"k": 3} if name == "neighbour" else {}
    return build({**shipped(name), **few, "points": "attended", **changes}, "teacher")


@dataclass
class Scene:
    """Nine canvas points, five of them under an edit, and a batch of seven of which four are taught."""

    lesson: Lesson
    then: torch.Tensor  # (9, 5) latents at the edit
    latents: torch.Tensor  # (7, 5) latents of the batch, since moved on
    logits: torch.Tensor  # (7, 3)
    rows: torch.Tensor  # (7,)

    @property
    def taught_rows(self) -> list[int]:
        return [row for row in self.rows.tolist() if self.lesson.held[row]]

    @property
    def taught_latents(self) -> np.ndarray:
        return self.latents.numpy()[self.lesson.held[self.rows.numpy()]]

    def loss(self, teacher: Teacher, **changes: torch.Tensor) -> torch.Tensor:
        now = {"latents": self.latents, "logits": self.logits, **changes}
        return teacher.loss(now["latents"], now["logits"], self.rows, self.teach(teacher))

    def teach(self, teacher: Teacher) -> Teaching:
        return teacher.teach(self.lesson, self.then, np.random.default_rng(0))


def scene(seed: int = 0, dtype: torch.dtype = torch.float64) -> Scene:
    rng = np.random.default_rng(seed)
    # The edit gathers the points in three places a layout unit apart, within the radius of 0.25 of one another.
    edited = np.repeat([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], 3, axis=0) + rng.uniform(-0.08, 0.08, (9, 2))
    held = np.arange(9) < 5
    before = np.where(held[:, None], rng.normal(size=(9, 2)), edited)
    basis = rng.normal(size=(2, 5))
    matrix = torch.tensor(basis, dtype=dtype)
    layout = Layout(before, basis, lambda z: torch.tanh(z @ matrix.T))
    observed = np.array([0, NO_CLASS, NO_CLASS, 2, NO_CLASS, 1, 2, NO_CLASS, 0])
    latents, now, logits = (torch.tensor(rng.normal(size=shape), dtype=dtype) for shape in [(9, 5), (7, 5), (7, 3)])
    return Scene(Lesson.of(layout, edited, held, observed), latents, now, logits, torch.tensor([6, 3, 0, 8, 1, 2, 7]))


def from_lesson(s: Scene, **changes: Any) -> Lesson:
    parts = {"layout": s.lesson.layout, "edited": s.lesson.edited, "held": s.lesson.held, "observed": s.lesson.observed}
    return Lesson.of(**{**parts, **changes})


# --- each teacher against loops ---------------------------------------------------------------------------------------


def neighbour_loops(teacher: Any, s: Scene) -> float:
    places, then, errors = s.lesson.edited, s.then.numpy(), []
    for row, z in zip(s.taught_rows, s.taught_latents, strict=True):
        apart = {j: np.hypot(*(places[j] - places[row])) for j in range(9) if j != row}
        weight = {j: 1 / (apart[j] + SOFTENING) for j in sorted(apart, key=lambda j: apart[j])[: teacher.k]}
        target = sum(weight[j] * then[j] for j in weight) / sum(weight.values())
        errors.append(np.mean((z - target) ** 2))
    return float(np.mean(errors))


def linear_loops(_: Any, s: Scene) -> float:
    basis, errors = np.asarray(s.lesson.layout.basis), []
    for row, z in zip(s.taught_rows, s.taught_latents, strict=True):
        dy = s.lesson.edited[row] - s.lesson.layout.positions[row]
        # Least norm by Lagrange: dz = W' m with W W' m = dy.
        target = s.then.numpy()[row] + basis.T @ np.linalg.solve(basis @ basis.T, dy)
        errors.append(np.mean((z - target) ** 2))
    return float(np.mean(errors))


def projective_loops(_: Any, s: Scene) -> float:
    basis = np.asarray(s.lesson.layout.basis)
    missed = [np.tanh(basis @ z) - s.lesson.edited[r] for r, z in zip(s.taught_rows, s.taught_latents, strict=True)]
    return float(np.mean([x**2 + y**2 for x, y in missed]))


def relational_loops(teacher: Any, s: Scene) -> float:
    z, rows = s.latents.numpy(), s.rows.tolist()
    pairs = [(i, j) for i in range(7) for j in company_of(teacher, s, i) if i != j]
    have = np.array([np.linalg.norm(z[i] - z[j]) for i, j in pairs])
    want = np.array([np.linalg.norm(s.lesson.edited[rows[i]] - s.lesson.edited[rows[j]]) for i, j in pairs])
    gaps = np.abs(have / have.mean() - want / want.mean())
    return float(np.mean([0.5 * g**2 if g <= 1 else g - 0.5 for g in gaps]))


def company_of(teacher: Any, s: Scene, i: int) -> list[int]:
    """The numbers in the batch of those to whom the edit relates the i-th of it."""
    lesson, rows = s.lesson, s.rows.tolist()
    others = [j for j in range(7) if j != i]
    if teacher.points == "all":
        return others
    if not lesson.held[rows[i]]:
        return []
    company = {rows[j] for j in others if lesson.held[rows[j]]}
    if teacher.points == "company":
        left = [j for j in range(9) if not lesson.held[j]]
        for place in (lesson.edited[rows[i]], lesson.layout.positions[rows[i]]):
            company |= set(sorted(left, key=lambda j: np.hypot(*(lesson.edited[j] - place)))[: teacher.company])
        company.add(rows[i])
    return [j for j in range(7) if rows[j] in company]


def contrastive_loops(teacher: Any, s: Scene) -> float:
    u, rows, terms = directions(s), s.rows.tolist(), []
    for i in range(len(u)):
        company = company_of(teacher, s, i)
        positives = [p for p in company if p != i and close(s, rows[i], rows[p], teacher.radius)]
        if not positives and i in company:
            positives = [i]
        if positives:
            every = sum(np.exp(u[i] @ u[a] / teacher.temperature) for a in company)
            shares = [np.exp(u[i] @ u[p] / teacher.temperature) / every for p in positives]
            terms.append(-np.mean(np.log(shares)))
    return float(np.mean(terms))


def triplet_loops(teacher: Any, s: Scene) -> float:
    u, rows, terms = directions(s), s.rows.tolist(), []
    for a in range(len(u)):
        company = company_of(teacher, s, a)
        if not company:
            continue
        itself = [a] if a in company else []
        positives = [p for p in company if p != a and close(s, rows[a], rows[p], teacher.radius)] or itself
        negatives = [n for n in company if n != a and not close(s, rows[a], rows[n], teacher.radius)] or itself
        for p, n in itertools.product(positives, negatives):
            terms.append(np.linalg.norm(u[a] - u[p]) - np.linalg.norm(u[a] - u[n]) + teacher.margin)
    return float(np.mean([t for t in terms if t > 0]))


def fuzzy_loops(teacher: Any, s: Scene) -> float:
    u, rows, terms = directions(s), s.rows.tolist(), []
    for i in range(len(u)):
        for j in company_of(teacher, s, i):
            if j != i:
                p = np.exp(-np.sum((s.lesson.edited[rows[i]] - s.lesson.edited[rows[j]]) ** 2) / teacher.radius**2)
                q, squared = 1 / (1 + np.sum((u[i] - u[j]) ** 2) / teacher.width**2), np.sum((u[i] - u[j]) ** 2)
                softened = (1 - q) * (squared + NEAREST) / squared
                terms.append(-p * np.log(q) - (1 - p) * np.log(softened))
    return float(np.mean(terms))


def annotation_loops(teacher: Any, s: Scene) -> float:
    terms, logits = [], s.logits.numpy()
    for b, row in enumerate(s.rows.tolist()):
        others = [j for j in range(9) if j != row and close(s, row, j, teacher.radius)]
        labels = [int(s.lesson.observed[j]) for j in others if s.lesson.observed[j] != NO_CLASS]
        if s.lesson.held[row] and labels:
            # In a scene no group has a tie: the rule for ties has a test of its own.
            label = max(set(labels), key=labels.count)
            terms.append(np.log(np.exp(logits[b]).sum()) - logits[b, label])
    return float(np.mean(terms))


def directions(s: Scene) -> np.ndarray:
    z = s.latents.numpy()
    return z / np.linalg.norm(z, axis=1, keepdims=True)


def close(s: Scene, i: int, j: int, radius: float) -> bool:
    return bool(np.linalg.norm(s.lesson.edited[i] - s.lesson.edited[j]) <= radius)


LOOPS: dict[str, Callable[[Any, Scene], float]] = {
    "annotation": annotation_loops,
    "contrastive": contrastive_loops,
    "fuzzy": fuzzy_loops,
    "linear": linear_loops,
    "neighbour": neighbour_loops,
    "projective": projective_loops,
    "relational": relational_loops,
    "triplet": triplet_loops,
}


@every_teacher
@pytest.mark.parametrize("seed", range(4))
def test_loss_equals_a_calculation_by_loops(name: str, seed: int) -> None:
    teacher, s = make(name), scene(seed)
    expected = LOOPS[name](teacher, s)
    assert expected > 0
    assert s.loss(teacher).item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", PAIRWISE)
@pytest.mark.parametrize(("points", "company"), [("all", 1), ("company", 0), ("company", 1), ("company", 2)])
def test_loss_of_pairs_equals_a_calculation_by_loops(name: str, points: str, company: int) -> None:
    for seed in range(4):
        teacher, s = make(name, points=points, company=company), scene(seed)
        assert s.loss(teacher).item() == pytest.approx(LOOPS[name](teacher, s), rel=1e-9)


def lesson_on(places: list[list[float]], held: list[bool] | None = None, observed: list[int] | None = None) -> Lesson:
    """A lesson whose edit changed nothing, over points at `places`."""
    n = len(places)
    positions = np.array(places, dtype=float)
    marks = np.ones(n, dtype=bool) if held is None else np.array(held)
    labels = np.full(n, NO_CLASS) if observed is None else np.array(observed)
    return Lesson.of(Layout(positions), positions.copy(), marks, labels)


def loss_of(teacher: Teacher, lesson: Lesson, latents: Any, logits: Any = None) -> float:
    """The loss of a batch of all points: latents (N, d), which are also the ones at the edit, and logits (N, C)."""
    z = torch.tensor(latents, dtype=torch.float64)
    scores = torch.zeros(len(z), 3) if logits is None else torch.tensor(logits, dtype=torch.float64)
    teaching = teacher.teach(lesson, z, np.random.default_rng(0))
    return teacher.loss(z, scores, torch.arange(len(z)), teaching).item()


def test_contrastive_by_hand() -> None:
    # Points 0 and 1 are together, 2 is not: its own anchor has no positive and leaves the mean. At temperature 1,
    # u_0.u_1 = 0 and u_0.u_2 = -1, u_1.u_2 = 0, so the terms are log(1 + 1/e) and log 2. Lengths do not matter.
    lesson = lesson_on([[0, 0], [0.2, 0], [3, 0]])
    loss = loss_of(make("contrastive", temperature=1.0), lesson, [[7, 0], [0, 0.1], [-2, 0]])
    assert loss == pytest.approx((np.log(1 + np.exp(-1)) + np.log(2)) / 2)


def test_triplet_by_hand() -> None:
    # 0 and 1 are together, 2 apart. |u_0 - u_1| = sqrt 2 = |u_1 - u_2|, |u_0 - u_2| = 2, margin 0.2: the triplet
    # (0, 1, 2) is satisfied (sqrt 2 - 2 + 0.2 < 0) and leaves the mean; (1, 0, 2) has 0.2.
    loss = loss_of(make("triplet", margin=0.2), lesson_on([[0, 0], [0.2, 0], [3, 0]]), [[7, 0], [0, 0.1], [-2, 0]])
    assert loss == pytest.approx(0.2)


def test_relational_by_hand() -> None:
    # Layout distances 1, 1, 2 over their mean 4/3: 3/4, 3/4, 3/2. Latent distances 3, 4, 5 over 4: 3/4, 1, 5/4.
    lesson = lesson_on([[0, 0], [1, 0], [2, 0]])
    loss = loss_of(make("relational"), lesson, [[3, 0], [0, 0], [0, 4]])
    assert loss == pytest.approx((0 + 0.25**2 / 2 + 0.25**2 / 2) / 3)

    # In the layout 3 lies alone, in the latents 0: the four pairs of 1 or 2 with 0 or 3 differ by 2, where Huber is
    # linear (2 - 1/2), the pairs (0, 3) and (1, 2) do not.
    lesson = lesson_on([[0, 0], [0, 0], [0, 0], [0, 8]])
    assert loss_of(make("relational"), lesson, [[3], [0], [0], [0]]) == pytest.approx(4 * 1.5 / 6)


def test_neighbour_by_hand() -> None:
    # Of point 0 the two nearest are 1 (at 0.1) and 2 (at 0.4): target (4 w_1 + 0 w_2) / (w_1 + w_2).
    lesson = lesson_on([[0, 0], [0.1, 0], [-0.4, 0], [0, 5]], held=[True, False, False, False])
    w1, w2 = 1 / (0.1 + SOFTENING), 1 / (0.4 + SOFTENING)
    loss = loss_of(make("neighbour", k=2), lesson, [[1, 1], [4, 1], [0, 1], [9, 9]])
    assert loss == pytest.approx((1 - 4 * w1 / (w1 + w2)) ** 2 / 2)


def test_annotation_by_hand() -> None:
    # Point 2, of no label, is dropped on point 0 of label 1; logits (0, log 3, 0) give that label 3/5.
    lesson = lesson_on([[0, 0], [5, 5], [0.1, 0]], held=[False, False, True], observed=[1, 0, NO_CLASS])
    loss = loss_of(make("annotation"), lesson, [[0.0]] * 3, [[0, 0, 0], [0, 0, 0], [0, np.log(3), 0]])
    assert loss == pytest.approx(-np.log(3 / 5))


def test_projective_by_hand() -> None:
    layout = Layout(np.zeros((2, 2)), embed=lambda z: 2 * z)
    lesson = Lesson.of(layout, np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([True, False]), np.full(2, NO_CLASS))
    assert loss_of(make("projective"), lesson, [[1, 3], [5, 5]]) == pytest.approx((2 - 1) ** 2 + 6**2)


# --- what teachers have in common; what every teacher must be is in hill_exp.testing.teacher ------------------------


@every_teacher
def test_points_are_what_the_configuration_says(name: str) -> None:
    s = scene()
    moved, everything = s.teach(make(name)), s.teach(make(name, points="all"))
    # Annotation can teach only who has a labelled neighbour: not point 0, alone with its own label.
    able = np.arange(9) > 0 if name == "annotation" else np.ones(9, dtype=bool)
    assert moved.mask.tolist() == (s.lesson.held & able).tolist()
    assert everything.mask.tolist() == able.tolist()
    nobody, anybody = (s.teach(make(name, points="company", company=k)).mask for k in (0, 9))
    assert nobody.tolist() == moved.mask.tolist() and anybody.tolist() == everything.mask.tolist()


def _turned(s: Scene, scale: float = 1.0) -> Scene:
    angle = 0.7
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = s.lesson.edited @ turn + [3.0, -2.0]
    shown = Layout(s.lesson.layout.positions @ turn + [3.0, -2.0])
    return Scene(from_lesson(s, layout=shown, edited=turned), s.then, s.latents, s.logits, s.rows)


@pytest.mark.parametrize("name", ["annotation", "neighbour", *PAIRWISE])
def test_the_layout_may_be_turned_and_shifted(name: str) -> None:
    teacher, s = make(name, points="company", company=2), scene(4)
    assert _turned(s).loss(teacher).item() == pytest.approx(s.loss(teacher).item(), rel=1e-9)


def test_relational_ignores_the_scale_of_layout_and_latents() -> None:
    teacher, s = make("relational"), scene(4)
    scaled = _turned(s, 5.0).loss(teacher, latents=s.latents / 7)
    assert scaled.item() == pytest.approx(s.loss(teacher).item(), rel=1e-9)


@pytest.mark.parametrize("name", ["contrastive", "fuzzy", "triplet"])
def test_the_length_of_a_latent_does_not_matter(name: str) -> None:
    teacher, s = make(name), scene(4)
    longer = s.latents * torch.linspace(0.1, 9, 7, dtype=s.latents.dtype)[:, None]
    assert s.loss(teacher, latents=longer).item() == pytest.approx(s.loss(teacher).item(), rel=1e-9)


@every_teacher
def test_lifts_over_participants(name: str) -> None:
    """torch.func.vmap over (latents, logits, rows, mask, target) of two participants equals doing one by one."""
    teacher, which = make(name), 1 if LIVES_ON[name] == "logits" else 0
    scenes = [scene(6), scene(7)]
    embed = scenes[0].lesson.layout.embed

    def loss(z: Any, scores: Any, rows: Any, mask: Any, target: Any) -> torch.Tensor:
        value: torch.Tensor = teacher.loss(z, scores, rows, Teaching(mask, target, embed))
        return value

    teachings = [s.teach(teacher) for s in scenes]
    each = [(s.latents, s.logits, s.rows, t.mask, t.target) for s, t in zip(scenes, teachings, strict=True)]
    step = torch.func.grad_and_value(loss, argnums=which)
    gradients, losses = torch.func.vmap(step)(*(torch.stack(part) for part in zip(*each, strict=True)))
    for gradient, value, parts in zip(gradients, losses, each, strict=True):
        alone = step(*parts)
        torch.testing.assert_close((gradient, value), alone)
        assert value > 0


# --- the rules of each ------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=1, max_size=8), st.floats(0.01, 1))
def test_together_is_a_matter_of_the_distance_alone(places: list[tuple[float, float]], radius: float) -> None:
    close = together(torch.tensor(places, dtype=torch.float64), radius)
    for i, a in enumerate(places):
        for j, b in enumerate(places):
            apart = np.hypot(a[0] - b[0], a[1] - b[1])
            assert abs(apart - radius) < 1e-9 or bool(close[i, j]) == (apart < radius)


def test_together_counts_the_rim_and_does_not_chain() -> None:
    close = together(torch.tensor([[0.0, 0.0], [0.25, 0.0], [0.5, 0.0]]), 0.25)
    assert close.tolist() == [[True, True, False], [True, True, True], [False, True, True]]


def test_points_on_one_place_have_no_distance() -> None:
    places = 10 + torch.rand(30, 2, generator=torch.Generator().manual_seed(0))
    twice = distances(places.repeat(2, 1))  # enough points for torch to prefer the inexact matrix product
    assert (twice[:30, 30:].diagonal() == 0).all()


def test_mean_where_nothing_is_chosen_is_a_zero_with_a_gradient() -> None:
    values = torch.tensor([1.0, float("inf")], requires_grad=True)
    mean = mean_where(values, torch.tensor([False, False]))
    mean.backward()
    assert mean.item() == 0 and values.grad is not None and values.grad.tolist() == [0, 0]


def test_unit_of_a_latent_without_direction_is_zero() -> None:
    assert unit(torch.tensor([[3.0, 4.0], [0.0, 0.0], [1e-9, 0.0]])).tolist() == pytest.approx(
        np.array([[0.6, 0.8], [0, 0], [0, 0]])
    )


def test_sham_edit_under_neighbour_draws_only_what_was_handled_to_its_neighbours() -> None:
    s = scene(8)
    sham = from_lesson(s, edited=s.lesson.layout.positions.copy())
    teacher = make("neighbour", k=8)  # all others: the target is a mean that can be written in one line
    teaching = teacher.teach(sham, s.then, np.random.default_rng(0))
    apart = np.linalg.norm(sham.edited[:, None] - sham.edited, axis=2)
    weights = np.where(np.eye(9) == 1, 0, 1 / (apart + SOFTENING))
    np.testing.assert_allclose(teaching.target, weights @ s.then.numpy() / weights.sum(axis=1, keepdims=True))
    assert teaching.mask.tolist() == sham.held.tolist()


def test_neighbour_on_the_same_place_outweighs_the_rest() -> None:
    lesson = lesson_on([[0, 0], [0, 0], [0.5, 0], [-0.5, 0]])
    latents = torch.tensor([[0.0], [10.0], [0.0], [0.0]])
    target = make("neighbour", k=3).teach(lesson, latents, np.random.default_rng(0)).target
    assert 9.9 < target[0].item() < 10


def test_neighbours_as_near_as_the_last_all_count() -> None:
    # 1, 2 and 3 lie equally far from 0: with k = 1, none of them is preferred by its number.
    lesson = lesson_on([[0, 0], [1, 0], [-1, 0], [0, 1]])
    latents = torch.tensor([[0.0], [3.0], [6.0], [9.0]])
    target = make("neighbour", k=1).teach(lesson, latents, np.random.default_rng(0)).target
    assert target[0].item() == pytest.approx(6)


def test_neighbour_needs_more_points_than_k() -> None:
    with pytest.raises(UserError, match=r"teacher\.k = 9: must be below the number of canvas points, which is 9"):
        scene().teach(make("neighbour", k=9))
    assert scene().teach(make("neighbour", k=8)).target.isfinite().all()


@pytest.mark.parametrize("seed", range(3))
def test_linear_moves_the_point_exactly_there_and_not_further(seed: int) -> None:
    s = scene(seed)
    basis = np.asarray(s.lesson.layout.basis)
    change = (s.teach(make("linear")).target - s.then).numpy()
    np.testing.assert_allclose(change @ basis.T, s.lesson.edited - s.lesson.layout.positions, atol=1e-12)
    hidden = np.linalg.svd(basis)[2][2:]  # the directions of the latent that the layout does not show
    np.testing.assert_allclose(change @ hidden.T, 0, atol=1e-12)


def test_linear_without_a_linear_layout_says_what_to_do() -> None:
    s = scene()
    lesson = from_lesson(s, layout=Layout(s.lesson.layout.positions))
    with pytest.raises(UserError, match=r"teacher = linear: .*Set projection=pca"):
        make("linear").teach(lesson, s.then, np.random.default_rng(0))
    assert {name: type(make(name)).needs_projection for name in TEACHERS} == {
        name: "pca" if name == "linear" else None for name in TEACHERS
    }


def test_projective_imitates_a_layout_that_cannot_embed(monkeypatch: pytest.MonkeyPatch) -> None:
    s, calls = scene(), []

    def imitate(latents: torch.Tensor, positions: np.ndarray, rng: np.random.Generator) -> Callable[..., Any]:
        calls.append((latents, positions, rng))
        return lambda z: z[:, :2]

    monkeypatch.setattr(hill_exp.teacher.projective, "imitate", imitate)
    rng, lesson = np.random.default_rng(0), from_lesson(s, layout=Layout(s.lesson.layout.positions))
    teaching = make("projective").teach(lesson, s.then, rng)
    ((latents, positions, used),) = calls
    assert latents is s.then and positions is lesson.layout.positions and used is rng
    assert teaching.embed is not None and torch.equal(teaching.embed(s.then), s.then[:, :2])

    s.teach(make("projective"))  # a layout that can
    assert len(calls) == 1


def test_projective_follows_the_edit_through_its_imitation() -> None:
    """Steps along the gradient bring the latents of the taught points to where the person put them, and no others."""
    s = scene(9, torch.float32)
    lesson = from_lesson(s, layout=Layout(s.lesson.layout.positions))
    teacher, rows = make("projective"), torch.arange(9)
    teaching = teacher.teach(lesson, s.then, np.random.default_rng(0))
    latents = s.then.clone().requires_grad_()
    losses = []
    for _ in range(100):
        loss = teacher.loss(latents, torch.zeros(9, 3), rows, teaching)
        losses.append(loss.item())
        (gradient,) = torch.autograd.grad(loss, latents)
        latents = (latents - 0.1 * gradient).detach().requires_grad_()
    assert losses[-1] < 0.1 * losses[0]
    held = torch.tensor(lesson.held)
    assert torch.equal(latents[~held], s.then[~held]) and not torch.equal(latents[held], s.then[held])


def test_projective_refuses_a_teaching_of_another_teacher() -> None:
    s = scene()
    with pytest.raises(ValueError, match="no embed"):
        make("projective").loss(s.latents, s.logits, s.rows, s.teach(make("relational")))


def labels_of(lesson: Lesson, **changes: Any) -> list[int]:
    teaching = make("annotation", **changes).teach(lesson, torch.zeros(len(lesson.edited), 2), np.random.default_rng(0))
    assert teaching.mask.tolist() == [label != NO_CLASS for label in teaching.target[:, 0].tolist()]
    return teaching.target[:, 0].tolist()


@pytest.mark.parametrize(
    ("others", "observed", "label"),
    [
        ([[0.1, 0], [0.1, 0.1], [0.01, 0]], [2, 2, 1], 2),  # the majority, though another is nearer
        ([[0.1, 0], [0.2, 0], [0.24, 0]], [1, 0, NO_CLASS], 1),  # a tie: the nearest
        ([[0.2, 0], [0.1, 0], [0.24, 0]], [1, 0, NO_CLASS], 0),
        ([[0.3, 0], [0.3, 0.1], [0.1, 0]], [1, 1, 0], 0),  # who is too far off has no vote
        ([[0.3, 0], [0.3, 0.1], [0.1, 0]], [1, 1, NO_CLASS], NO_CLASS),  # and who has no label neither
        ([[0.25, 0], [3, 0], [3, 0]], [1, 0, 0], 1),  # the rim counts
    ],
)
def test_annotation_takes_the_label_of_the_group(others: list[list[float]], observed: list[int], label: int) -> None:
    lesson = lesson_on([[0, 0], *others], held=[True, False, False, False], observed=[NO_CLASS, *observed])
    assert labels_of(lesson) == [label, NO_CLASS, NO_CLASS, NO_CLASS]


def test_annotation_overwrites_an_observed_label_and_never_votes_for_itself() -> None:
    lesson = lesson_on([[0, 0], [0.1, 0], [5, 5]], held=[True, False, True], observed=[0, 1, 2])
    assert labels_of(lesson) == [1, NO_CLASS, NO_CLASS]


def test_annotation_of_all_labels_what_nobody_touched() -> None:
    lesson = lesson_on([[0, 0], [0.1, 0], [5, 5]], held=[False] * 3, observed=[NO_CLASS, 1, 2])
    assert labels_of(lesson) == [NO_CLASS] * 3
    assert labels_of(lesson, points="all") == [1, NO_CLASS, NO_CLASS]


def test_majority_between_three() -> None:
    labels, apart = np.array([5, 3, 3, 5, 4]), np.array([0.5, 0.4, 0.3, 0.2, 0.1])
    assert majority(labels, apart) == 5


@pytest.mark.parametrize(
    ("schedule", "weights"), [("constant", [2, 2, 2]), ("warmup", [0, 1, 2]), ("decay", [2, 1, 0])]
)
def test_weight_over_the_run(schedule: str, weights: list[float]) -> None:
    teacher = make("relational", weight=2.0, weight_schedule=schedule)
    assert [teacher.weight_at(share) for share in (0, 0.5, 1)] == weights


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("contrastive", {"temperature": 0}),
        ("contrastive", {"radius": -1}),
        ("triplet", {"margin": 2.5}),
        ("fuzzy", {"width": 0}),
        ("fuzzy", {"company": -1}),
        ("annotation", {"radius": 0}),
        ("neighbour", {"k": 0}),
        ("linear", {"weight": -0.1}),
        ("linear", {"memory": 0}),
        ("linear", {"points": "some"}),
    ],
)
def test_values_out_of_range_are_refused_by_their_key(name: str, change: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=rf"teacher\.{next(iter(change))} = "):
        make(name, **change)
