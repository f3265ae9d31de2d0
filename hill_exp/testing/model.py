"""The contract of a model, as checks that any class can be run through.

    from hill_exp.testing.model import CHECKS

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_model(check):
        check(lambda: MyModel(latent=32))

Each check makes its own models by calling `make()`, and says by an AssertionError what is broken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from hill_exp.model import InputShape, Model
from hill_exp.testing import global_generators_at

if TYPE_CHECKING:
    import torch

Make = Callable[[], Model]

CLASSES = 7
SHAPES: Final[tuple[InputShape, ...]] = ((1, 8, 8), (3, 32, 32), (3, 13, 70))
SMALL = SHAPES[0]


def images(shape: InputShape = SMALL, n: int = 5) -> torch.Tensor:
    """(n, channels, height, width) in [0, 1]."""
    import torch

    return torch.from_numpy(np.random.default_rng(0).random((n, *shape), dtype=np.float32))


def gives_latents_and_logits(make: Make) -> None:
    """Images of any size and number of channels give latents (B, d) and logits (B, C), single precision, finite."""
    import torch

    model = make()
    for shape in SHAPES:
        outputs = model.build(images(shape).numpy(), CLASSES, seed=0).eval()(images(shape))
        for name, values, width in zip(("latents", "logits"), outputs, (model.latent, CLASSES), strict=True):
            assert values.shape == (5, width), f"images {shape}: {name} have shape {tuple(values.shape)}"
            assert values.dtype == torch.float32, f"images {shape}: {name} are {values.dtype}"
            assert values.isfinite().all(), f"images {shape}: {name} are not finite"


def logits_are_linear_in_the_latents(make: Make) -> None:
    """The logits are the head's on the latents: nothing passes the latents by, which are all that a person sees."""
    import torch

    network = make().build(images().numpy(), CLASSES, seed=0).eval()
    latents, logits = network(images())
    assert torch.allclose(logits, network.head(latents)), "the logits are not the head's on the latents"


def every_latent_tells_images_apart(make: Make) -> None:
    """Two images differ in every latent dimension from the beginning: none is dead."""
    for shape in SHAPES:
        latents, _ = make().build(images(shape).numpy(), CLASSES, seed=0).eval()(images(shape))
        dead = int((latents.std(dim=0) == 0).sum())
        assert not dead, f"images {shape}: {dead} latent dimensions are the same for all images"


def seed_alone_sets_the_weights(make: Make) -> None:
    """The same seed gives the same weights, another one others, whatever the global random state, which is left as it
    was."""
    import torch

    weights = []
    for state, seed in ((0, 3), (1, 3), (0, 4)):
        with global_generators_at(state, "build"):
            network = make().build(images().numpy(), CLASSES, seed)
        weights.append(torch.cat([values.flatten().float() for values in network.state_dict().values()]))
    assert torch.equal(weights[0], weights[1]), "the seed is not all that sets the weights"
    assert not torch.equal(weights[0], weights[2]), "the seed does not set the weights"


def sees_each_image_alone(make: Make) -> None:
    """In evaluation an image's latents and logits depend on no other image of the batch, and are the same twice."""
    import torch

    network, batch = make().build(images().numpy(), CLASSES, seed=0).eval(), images()
    for name, whole, again, one in zip(
        ("latents", "logits"), network(batch), network(batch), network(batch[:1]), strict=True
    ):
        assert torch.equal(whole, again), f"the {name} of the same images differ from one time to the next"
        assert torch.allclose(whole[:1], one, atol=1e-5), f"the {name} of an image depend on the others of its batch"


def every_parameter_learns(make: Make) -> None:
    """A loss on latents and logits has a gradient by every parameter."""
    network = make().build(images().numpy(), CLASSES, seed=0).train()
    latents, logits = network(images())
    (latents.square().sum() + logits.square().sum()).backward()
    idle = [name for name, values in network.named_parameters() if values.grad is None or not values.grad.any()]
    assert not idle, f"no gradient reaches {', '.join(idle)}"


CHECKS: Final[tuple[Callable[[Make], None], ...]] = (
    gives_latents_and_logits,
    logits_are_linear_in_the_latents,
    every_latent_tells_images_apart,
    seed_alone_sets_the_weights,
    sees_each_image_alone,
    every_parameter_learns,
)


def check_model(make: Make) -> None:
    """All checks."""
    for check in CHECKS:
        check(make)
