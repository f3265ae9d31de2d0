"""The contract of a projection, as checks that any class can be run through.

    from hill_exp.testing.projection import CHECKS

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_projection(check):
        check(lambda: MyProjection())

Each check makes its own projections by calling `make()`, and says by an AssertionError what is broken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from hill_exp.projection import Projection
from hill_exp.testing import global_generators_at
from hill_exp.types import Floats, Layout

Make = Callable[[], Projection]

FAR = 10.0  # layout units; of a layout of RMS radius 1 and some tens of points, none lies so far out
DRIFT = 0.5  # layout units a point in the mean; two layouts that have nothing to do with each other differ by about 1


def latents(seed: int = 0, n: int = 120, d: int = 8, clusters: int = 5) -> Floats:
    """(n, d) in separate clusters."""
    rng = np.random.default_rng(seed)
    return (6 * rng.normal(size=(clusters, d)))[np.arange(n) % clusters] + rng.normal(size=(n, d))


def odd_latents() -> dict[str, Floats]:
    """Latents without a structure, or hardly any."""
    rng = np.random.default_rng(0)
    return {
        "all equal": np.full((30, 4), 0.1),
        "all equal but one": np.eye(30, 4, k=-29),
        "one point": np.ones((1, 4)),
        "two points": np.eye(2, 4),
        "three points": np.eye(3, 4),
        "one dimension": np.linspace(0, 1, 30)[:, None],
        "every point twice": np.repeat(rng.normal(size=(15, 4)), 2, axis=0),
        "two far groups": np.repeat([[0.0] * 4, [1e6] * 4], 15, axis=0) + rng.normal(size=(30, 4)),
    }


def is_finite_on_odd_latents(make: Make) -> None:
    """Latents without a structure give finite positions of the right shape, cold and warm."""
    for name, z in odd_latents().items():
        try:
            layouts = _cold_and_warm(make(), z, z)
        except ValueError as error:
            raise AssertionError(f"{name}: {error}") from error
        for layout in layouts:
            assert layout.positions.shape == (len(z), 2), f"{name}: positions have shape {layout.positions.shape}"
            assert np.abs(layout.positions).max() < FAR, f"{name}: a position is far out"
            assert layout.basis is None or np.isfinite(layout.basis).all(), f"{name}: the basis is not finite"


def is_in_layout_units(make: Make) -> None:
    """Every layout is centred and has an RMS radius of 1, whatever the place and the scale of the latents."""
    for scale in (1e-3, 1.0, 1e3):
        for layout in _cold_and_warm(make(), scale * (latents() + 5), scale * (latents(1) + 5)):
            centre = layout.positions.mean(axis=0)
            radius = np.sqrt(np.square(layout.positions - centre).sum(axis=1).mean())
            assert np.allclose(centre, 0, atol=1e-6), f"the layout is centred at {centre}, not at 0"
            assert np.isclose(radius, 1, atol=1e-6), f"the layout has an RMS radius of {radius:.6f}, not 1"


def is_deterministic(make: Make) -> None:
    """The same latents, last layout and rng give the same layout, whatever was projected before and whatever the
    global random state, which is left as it was."""
    used = make()
    used.project(latents(5), None, np.random.default_rng(5))
    pictures = []
    for seed, projection in enumerate((make(), used)):
        with global_generators_at(seed, "project"):
            pictures.append(_cold_and_warm(projection, latents(), latents(1)))
    for one, other in zip(*pictures, strict=True):
        same = np.array_equal(one.positions, other.positions)
        assert same, "the layout is not a function of the latents, the last layout and the rng"


def leaves_its_input_alone(make: Make) -> None:
    """The latents and the last layout are not written to."""
    z, last = latents(), make().project(latents(1), None, np.random.default_rng(0))
    before = z.copy(), last.positions.copy()
    make().project(z, last, np.random.default_rng(1))
    same = np.array_equal(z, before[0]) and np.array_equal(last.positions, before[1])
    assert same, "the projection writes to the latents or to the last layout"


def warm_start_keeps_the_picture(make: Make) -> None:
    """After latents that hardly changed every point lies about where it lay, however the last picture was turned."""
    z = latents()
    last = make().project(z, None, np.random.default_rng(0))
    changed = z + 0.1 * np.random.default_rng(2).normal(size=z.shape)
    for angle in (0.0, 2.0, 4.0):
        for flip in (1, -1):
            turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * [1, flip]
            turned = replace(last, positions=last.positions @ turn)
            warm = make().project(changed, turned, np.random.default_rng(1))
            drift = np.linalg.norm(warm.positions - turned.positions, axis=1).mean()
            assert drift < DRIFT, f"a point moved by {drift:.2f} layout units in the mean, while no latent changed much"


def refuses_latents_that_are_not_finite(make: Make) -> None:
    """Latents with a nan or an infinity are a ValueError, and no picture."""
    for value in (np.nan, np.inf):
        z = latents()
        z[3, 2] = value
        try:
            make().project(z, None, np.random.default_rng(0))
        except ValueError:
            continue
        raise AssertionError(f"latents with a value of {value} were laid out; raise a ValueError")


def basis_and_embed_say_where_latents_lie(make: Make) -> None:
    """A layout's basis, if it has one, gives its positions from the latents, and so does its embed."""
    import torch

    z = latents(1)
    _, layout = _cold_and_warm(make(), latents(), z)
    if layout.basis is not None:
        assert layout.basis.shape == (2, z.shape[1]), f"the basis has shape {layout.basis.shape}"
        moved = (z - z.mean(axis=0)) @ layout.basis.T
        assert np.allclose(moved, layout.positions, atol=1e-6), "positions do not differ by dz @ basis.T"
    if layout.embed is not None:
        few = torch.tensor(z[:4], dtype=torch.float32, requires_grad=True)
        positions = layout.embed(few)
        same = np.allclose(positions.detach().numpy(), layout.positions[:4], atol=1e-5)
        assert same, "embed does not put latents where the layout has them"
        assert positions.requires_grad, "embed cannot be differentiated"


CHECKS: Final[tuple[Callable[[Make], None], ...]] = (
    is_finite_on_odd_latents,
    is_in_layout_units,
    is_deterministic,
    leaves_its_input_alone,
    warm_start_keeps_the_picture,
    refuses_latents_that_are_not_finite,
    basis_and_embed_say_where_latents_lie,
)


def check_projection(make: Make) -> None:
    """All checks."""
    for check in CHECKS:
        check(make)


def _cold_and_warm(projection: Projection, first: Floats, second: Floats) -> tuple[Layout, Layout]:
    """The layout of the first latents, and that of the second which starts from it."""
    cold = projection.project(first, None, np.random.default_rng(0))
    return cold, projection.project(second, cold, np.random.default_rng(1))
