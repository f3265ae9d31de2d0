"""A small network that imitates a projection, so that the layout of new latents follows at once and has a gradient."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from hill_exp.types import Floats

if TYPE_CHECKING:
    import torch
    from torch import nn

HIDDEN = (300, 100)
STEPS, BATCH, LEARNING_RATE = 150, 256, 1e-2  # a batch bounds the time: 5,000 points cost as much as 256


def imitate(latents: torch.Tensor, positions: Floats, rng: np.random.Generator) -> nn.Sequential:
    """Train E: latents (n, d) -> positions (n, 2) on latents (N, d) and their positions (N, 2), and freeze it.

    The network of Projective Latent Interventions (Hinterreiter, Streit, Kainz 2020, arXiv 2006.12902): hidden layers
    of 300 and 100. Theirs imitates t-SNE by its own loss; this one any layout, by mean squared error (Adam, the
    learning rate falling linearly to 0). It is float32 and lies where the latents do.
    """
    import torch
    from torch import nn

    z = latents.detach().float()
    places = torch.tensor(positions, dtype=z.dtype, device=z.device)
    centre, spread = z.mean(0), z.std(correction=0, dim=0).square().mean().sqrt()  # one spread: distances keep
    spread = spread if spread > 0 else torch.ones_like(spread)
    inputs = (z - centre) / spread

    sizes = (z.shape[1], *HIDDEN, 2)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(int(rng.integers(2**63 - 1)))
        layers = [layer for size in pairwise(sizes) for layer in (nn.Linear(*size), nn.ReLU())]
    network = nn.Sequential(*layers[:-1]).to(z)

    optimizer = torch.optim.Adam(network.parameters(), LEARNING_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 1 / STEPS, STEPS)
    for _ in range(STEPS):
        rows = torch.from_numpy(rng.permutation(len(z))[:BATCH]).to(z.device)
        loss = nn.functional.mse_loss(network(inputs[rows]), places[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()

    network.requires_grad_(False)
    first = network[0]
    assert isinstance(first, nn.Linear)
    first.weight.div_(spread)  # the first layer takes over the standardisation
    first.bias.sub_(first.weight @ centre)
    return network
