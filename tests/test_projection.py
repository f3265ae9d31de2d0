"""The projections: each against what a picture must be, and the picture against the one before it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import marks
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from hill_exp.config import build, compose
from hill_exp.embedder import imitate
from hill_exp.projection import Projection
from hill_exp.projection.align import Map, place
from hill_exp.projection.umap import _library
from hill_exp.types import Floats, Layout, UserError

ROOT = Path(__file__).parents[1]

every_projection = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=marks(name)) for name in compose.choices("projection")]
)


def make(name: str, **changes: Any) -> Any:
    return build({**compose.settings("projection", name, "projection"), **changes}, "projection")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def clusters(seed: int = 0, n: int = 150, d: int = 8, centres: int = 5) -> Floats:
    """Latents (n, d) in separate clusters."""
    draw = rng(seed)
    return (6 * draw.normal(size=(centres, d)))[np.arange(n) % centres] + draw.normal(size=(n, d))


def radius(positions: Floats) -> float:
    return float(np.sqrt(np.square(positions - positions.mean(0)).sum(1).mean()))


def unit(positions: Floats) -> Floats:
    return (positions - positions.mean(0)) / radius(positions)


def drift(a: Layout, b: Layout) -> float:
    return float(np.linalg.norm(a.positions - b.positions, axis=1).mean())


# --- what layouts have in common; what every projection must be is in hill_exp.testing.projection -------------------


@given(
    seed=st.integers(0, 1000),
    n=st.integers(3, 40),
    angle=st.floats(0, 2 * np.pi),
    mirrored=st.booleans(),
    scale=st.floats(1e-3, 1e3),
)
@settings(deadline=None, max_examples=50)
def test_alignment_undoes_turn_reflection_scale_and_shift(
    seed: int, n: int, angle: float, mirrored: bool, scale: float
) -> None:
    last = unit(rng(seed).normal(size=(n, 2)))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ np.diag(
        [1, -1 if mirrored else 1]
    )
    raw = scale * last @ turn + scale * rng(seed).normal(size=2)
    np.testing.assert_allclose(place(Map(raw), Layout(last)).positions, last, atol=1e-9)


@given(seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=30)
def test_alignment_neither_shrinks_nor_distorts_what_agrees_poorly(seed: int) -> None:
    raw, last = rng(seed).normal(size=(20, 2)) * [5, 1], unit(rng(seed + 1).normal(size=(20, 2)))
    placed = place(Map(raw), Layout(last)).positions
    expected = unit(raw)
    np.testing.assert_allclose(placed @ placed.T, expected @ expected.T, atol=1e-9)  # the same up to a turn
    assert radius(placed) == pytest.approx(1)
    # No rotation or reflection of it lies nearer to the last one.
    for angle in np.linspace(0, 2 * np.pi, 25):
        for flip in (1, -1):
            turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ np.diag([1, flip])
            assert np.linalg.norm(placed - last) <= np.linalg.norm(placed @ turn - last) + 1e-9


@every_projection
def test_a_projection_prints_nothing(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    make(name).project(clusters(), None, rng())
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("name", "least"),
    [("pca", 0.75), ("umap", 0.9), ("parametric", 0.85), pytest.param("tsne", 0.95, marks=marks("tsne"))],
)
def test_neighbours_stay_neighbours(name: str, least: float) -> None:
    z, projection = clusters(), make(name)
    cold = projection.project(z, None, rng())
    warm = projection.project(z, cold, rng(1))
    for layout in (cold, warm):
        assert trustworthiness(z, layout.positions, n_neighbors=10) > least


def test_pca_of_one_dimension_is_a_line() -> None:
    layout = make("pca").project(np.linspace(0, 1, 30)[:, None], None, rng())
    np.testing.assert_allclose(layout.positions[:, 1], 0, atol=1e-12)
    assert radius(layout.positions) == pytest.approx(1)


def test_a_projection_needs_only_its_raw_map() -> None:
    class FirstTwo(Projection):
        def raw(self, latents: Floats, last: Layout | None, rng: np.random.Generator) -> Map:
            return Map(latents[:, :2])

    z = clusters()
    np.testing.assert_allclose(FirstTwo().project(z, None, rng()).positions, unit(z[:, :2]))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"neighbours": 1}, "projection.neighbours = 1: must be greater than or equal to 2"),
        ({"min_dist": 1.5}, "projection.min_dist = 1.5: must be less than or equal to 1"),
        ({"warm_epochs": 0}, "projection.warm_epochs = 0: must be greater than or equal to 1"),
        ({"neighbors": 5}, "projection: there is no 'neighbors'. Did you mean neighbours?"),
    ],
)
def test_bad_values_are_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        make("umap", **change)


# --- pca -------------------------------------------------------------------------------------------------------------


def test_pca_is_the_two_principal_components() -> None:
    z = clusters()
    layout, expected = make("pca").project(z, None, rng()), unit(PCA(2).fit_transform(z))
    np.testing.assert_allclose(layout.positions @ layout.positions.T, expected @ expected.T, atol=1e-9)


def test_pca_lifts_an_edit_exactly() -> None:
    """The shortest dz that moves a point's position by dy."""
    projection = make("pca")
    layout = projection.project(clusters(), projection.project(clusters(1), None, rng()), rng())
    dy = np.array([0.3, -0.2])
    np.testing.assert_allclose((np.linalg.pinv(layout.basis) @ dy) @ layout.basis.T, dy, atol=1e-9)


# --- umap ------------------------------------------------------------------------------------------------------------


def test_umap_moves_less_from_a_warm_start() -> None:
    umap, drifts = make("umap"), []
    for seed in range(4):
        z, draw = clusters(seed), rng(seed + 10)
        changed = z @ np.linalg.qr(np.eye(8) + 0.3 * draw.normal(size=(8, 8)))[0] + 0.5 * draw.normal(size=z.shape)
        cold = umap.project(z, None, rng(seed))
        anew = place(umap.project(changed, None, rng(seed)), cold)  # in its best turn, so that only its shape differs
        drifts.append(
            [drift(umap.project(after, cold, rng(seed)), cold) for after in (z, changed)] + [drift(anew, cold)]
        )
    stayed, warm, anew_each = np.mean(drifts, axis=0)
    assert max(stayed, warm) < 0.5 * anew_each


def test_umap_separates_points_that_start_in_one_place() -> None:
    z = clusters()
    layout = make("umap").project(z, Layout(np.zeros((len(z), 2))), rng())
    assert trustworthiness(z, layout.positions, n_neighbors=10) > 0.9


def test_umap_keeps_the_proportions_of_the_last_layout() -> None:
    """umap-learn would stretch an initial layout to a square."""
    umap = make("umap")
    strip = np.column_stack((np.linspace(0, 30, 150), np.zeros((150, 3)))) + 0.3 * rng().normal(size=(150, 4))
    last = Layout(unit(strip[:, :2]))  # 30 times as long as wide
    warm = umap.project(strip, last, rng())
    lengths = np.linalg.svd(warm.positions, compute_uv=False)
    assert lengths[1] / lengths[0] < 0.15


def test_umap_has_one_layout_a_stream() -> None:
    umap, z = make("umap"), clusters()
    assert drift(umap.project(z, None, rng(0)), umap.project(z, None, rng(1))) > 0


def test_umap_graph_is_that_of_umap_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    library = _library()
    from umap import umap_

    # What umap-learn compiles for several threads would leave torch with several, too.
    monkeypatch.setattr(umap_, "smooth_knn_dist", library.smooth_knn_dist)
    monkeypatch.setattr(umap_, "compute_membership_strengths", library.compute_membership_strengths)
    umap, z = make("umap"), clusters()
    ours = umap._edges(z, epochs=10**9).toarray()  # so many epochs that no edge is too weak
    distances = np.linalg.norm(z[:, None] - z[None], axis=2)
    nearest = np.argsort(distances, axis=1)[:, : umap.neighbours]
    theirs, _, _ = umap_.fuzzy_simplicial_set(
        z,
        umap.neighbours,
        None,
        "euclidean",
        knn_indices=nearest.astype(np.int32),
        knn_dists=np.take_along_axis(distances, nearest, axis=1),
    )
    np.testing.assert_allclose(ours, theirs.toarray(), atol=1e-4)
    few = umap._edges(z, epochs=5)
    assert few.data.min() >= few.data.max() / 5
    assert few.nnz == (ours >= ours.max() / 5).sum() < (ours > 0).sum()


# --- parametric, and the network that imitates -----------------------------------------------------------------------


def test_parametric_embed_is_differentiable_point_by_point() -> None:
    parametric, z = make("parametric"), clusters()
    last = parametric.project(clusters(1), None, rng())
    layout = parametric.project(z, last, rng(1))
    latents = torch.tensor(z, dtype=torch.float32)
    np.testing.assert_allclose(layout.embed(latents[:3]), layout.embed(latents)[:3], atol=1e-5)

    few = torch.tensor(z[:4], requires_grad=True)  # float64, for finite differences
    assert torch.autograd.gradcheck(layout.embed, few, eps=1e-7)
    assert layout.embed(latents).requires_grad is False  # its own weights are fixed


def test_parametric_shows_what_umap_does() -> None:
    z = clusters()
    umap, parametric = (make(name).project(z, None, rng()) for name in ("umap", "parametric"))
    assert drift(parametric, umap) < 0.15


def test_imitation_learns_a_map_and_then_stands_still() -> None:
    z = torch.tensor(clusters(), dtype=torch.float32)
    positions = unit(np.tanh(clusters()[:, :2] / 4))
    before = torch.get_rng_state()
    network = imitate(z, positions, rng())
    assert torch.equal(torch.get_rng_state(), before)
    assert np.square(network(z).numpy() - positions).mean() < 0.01  # of a variance of 0.5
    assert not any(parameter.requires_grad for parameter in network.parameters())
    torch.testing.assert_close(imitate(z, positions, rng())(z), network(z), rtol=0, atol=0)
    assert not torch.equal(imitate(z, positions, rng(1))(z), network(z))
    assert [layer.out_features for layer in network if isinstance(layer, torch.nn.Linear)] == [300, 100, 2]


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_imitation_does_not_depend_on_the_scale_and_place_of_latents(scale: float) -> None:
    z, positions = torch.tensor(clusters(), dtype=torch.float32), unit(clusters()[:, :2])
    plain, other = imitate(z, positions, rng()), imitate(scale * (z + 5), positions, rng())
    torch.testing.assert_close(other(scale * (z + 5)), plain(z), rtol=0, atol=0.05)


# --- scrambled --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("of", ["umap", "pca", "parametric"])
def test_scrambled_is_the_true_picture_with_its_points_permuted_the_same_way_at_every_turn(of: str) -> None:
    true, scrambled = make(of), make("scrambled", of=dict(compose.settings("projection", of, "projection")))
    z = clusters()
    cold, last = true.project(z, None, rng()), scrambled.project(z, None, rng())
    permutation = last.permutation
    assert sorted(permutation) == list(range(len(z))) and (permutation != np.arange(len(z))).mean() > 0.9
    np.testing.assert_allclose(last.positions, cold.positions[permutation], atol=1e-12)
    for turn in range(1, 3):
        z = z + 0.1 * rng(turn).normal(size=z.shape)
        before, last = last, scrambled.project(z, last, rng(turn))
        np.testing.assert_array_equal(last.permutation, permutation)
        cold, then = true.project(z, cold, rng(turn)), cold
        assert drift(last, before) == pytest.approx(drift(cold, then), abs=0.05)  # as stable as the true one
    assert trustworthiness(z, last.positions, n_neighbors=10) < 0.6
    assert trustworthiness(z, last.positions[np.argsort(permutation)], n_neighbors=10) > 0.7
    assert last.basis is None and last.embed is None


def test_scrambled_permutes_another_way_for_another_participant() -> None:
    z, scrambled = clusters(), make("scrambled", of=dict(compose.settings("projection", "pca", "projection")))
    one, other = (scrambled.project(z, None, rng(seed)).permutation for seed in (0, 1))
    assert (one != other).mean() > 0.9


def test_what_is_scrambled_is_checked_and_readied_as_by_itself() -> None:
    with pytest.raises(UserError, match=r"projection.of.min_dist = 2: must be less than or equal to 1"):
        make("scrambled", of={**compose.settings("projection", "umap", "projection"), "min_dist": 2})
    assert make("scrambled").preload == make("umap").preload is not None
    assert make("scrambled", of=dict(compose.settings("projection", "pca", "projection"))).preload is None


# --- t-SNE ------------------------------------------------------------------------------------------------------------


def test_tsne_without_its_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hill_exp.projection.tsne.find_spec", lambda _name: None)
    with pytest.raises(UserError, match=r"needs the package openTSNE. Install it with: sh setup.sh tsne"):
        make("tsne")


# --- cost ------------------------------------------------------------------------------------------------------------


def test_only_a_process_that_projects_by_umap_loads_umap() -> None:
    code = """
import sys
import numpy as np
import hill_exp.embedder, hill_exp.model.cnn, hill_exp.model.mlp, hill_exp.model.resnet18
import hill_exp.projection.parametric, hill_exp.projection.umap
from hill_exp.projection.pca import Pca
heavy = {"torch", "torchvision", "umap", "numba", "sklearn", "scipy"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
Pca().project(np.eye(5), Pca().project(np.eye(5), None, None), None)
assert heavy & set(sys.modules) == {"scipy"}, heavy & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_process_may_be_forked_after_a_projection() -> None:
    """Workers are; GNU's OpenMP, which umap's own graph uses, would end them."""
    code = """
import os, numpy as np
from hill_exp.projection.umap import Umap
umap = Umap(neighbours=5, min_dist=0.1, cold_epochs=5, warm_epochs=5)
project = lambda: umap.project(np.eye(20, 6), None, np.random.default_rng(0)).positions
expected, child = project(), os.fork()
if child == 0:
    os._exit(0 if (project() == expected).all() else 1)
assert os.waitpid(child, 0)[1] == 0
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
