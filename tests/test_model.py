"""The models: what is peculiar to each. What every model must be is in hill_exp.testing.model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import OmegaConf

from hill_exp.config import build
from hill_exp.types import UserError

CONF = Path(__file__).parent.parent / "conf" / "model"
CLASSES = 7


def make(name: str, **changes: Any) -> Any:
    return build({**OmegaConf.load(CONF / f"{name}.yaml"), **changes}, "model")  # type: ignore[dict-item]


def images(shape: tuple[int, int, int], n: int = 5) -> torch.Tensor:
    return torch.rand(n, *shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_an_image_is_seen_alone_in_training_too(name: str) -> None:
    network, batch = make(name).build(images((1, 8, 8)).numpy(), CLASSES, seed=0).train(), images((1, 8, 8))
    torch.testing.assert_close(network(batch)[0][:1], network(batch[:1])[0])
    torch.testing.assert_close(network(batch)[0], network(batch)[0], rtol=0, atol=0)


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_dropout_draws_in_training_alone(name: str) -> None:
    network, batch = make(name, dropout=0.5).build(images((1, 8, 8)).numpy(), CLASSES, seed=0), images((1, 8, 8))
    whole = make(name).build(images((1, 8, 8)).numpy(), CLASSES, seed=0).eval()(batch)[0]  # of the same weights
    torch.testing.assert_close(network.eval()(batch)[0], whole, rtol=0, atol=0)
    one, other = network.train()(batch)[0], network(batch)[0]
    assert not torch.equal(one, other) and not torch.equal(one, whole)


def test_pixels_are_standardised() -> None:
    network = make("mlp").build(images((1, 8, 8)).numpy(), CLASSES, seed=0)
    grey, white = torch.full((1, 1, 8, 8), 0.5), torch.ones(1, 1, 8, 8)
    torch.testing.assert_close(network(grey)[0], network.encoder(torch.zeros_like(grey)))
    torch.testing.assert_close(network(white)[0], network.encoder(torch.full_like(white, 2.0)))


def test_a_step_of_the_mlp_lifts_over_participants() -> None:
    networks = [make("mlp").build(images((1, 8, 8)).numpy(), CLASSES, seed) for seed in range(3)]
    parameters, _ = torch.func.stack_module_state(networks)
    batches = torch.stack([images((1, 8, 8), n=4) + 0.1 * seed for seed in range(3)])

    def loss(parameters: dict[str, torch.Tensor], batch: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(networks[0], parameters, (batch,))[1].square().sum()

    gradients = torch.func.vmap(torch.func.grad(loss))(parameters, batches)
    for participant, network in enumerate(networks):
        network(batches[participant])[1].square().sum().backward()
        for key, parameter in network.named_parameters():
            torch.testing.assert_close(gradients[key][participant], parameter.grad)


def test_resnet_keeps_small_images_large() -> None:
    """Up to 64 pixels the stem neither strides nor pools: the last map is an eighth of the image, not a 32nd."""
    sizes = {}
    for side in (64, 65):
        network = make("resnet18").build(images((1, side, side)).numpy(), CLASSES, seed=0).eval()
        seen: list[torch.Size] = []
        network.encoder.layer4.register_forward_hook(lambda _m, _i, out, seen=seen: seen.append(out.shape))
        network(images((1, side, side), n=1))
        sizes[side] = seen[0][-1]
    assert sizes == {64: 8, 65: 3}


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        ("mlp", {"latent": 1}, "model.latent = 1: must be greater than or equal to 2"),
        ("mlp", {"hidden": 0}, "model.hidden = 0: must be greater than or equal to 1"),
        ("mlp", {"dropout": 1}, "model.dropout = 1: must be less than 1"),
        ("cnn", {"width": 6}, "model.width = 6: must be a multiple of 4"),
        ("resnet18", {"widht": 8}, "model: there is no 'widht'"),
    ],
)
def test_bad_values_are_refused(name: str, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        make(name, **change)
