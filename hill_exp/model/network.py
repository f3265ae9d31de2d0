"""The shape that every model shares: inputs -> latents -> logits. Imported (and torch with it) once one is built."""

from __future__ import annotations

from typing import Self

import torch
from torch import nn

MEAN, SPREAD = 0.5, 0.25  # of pixels in [0, 1]; the same for all images, so that no statistic leaks from any of them
FLAT = 1e-6  # a component that varies by less is left as it is


class Scale(nn.Module):
    """Standardises: images by the same two numbers, vectors by each component's mean and spread on the canvas."""

    mean: torch.Tensor
    spread: torch.Tensor

    def __init__(self, mean: torch.Tensor, spread: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)

    @classmethod
    def of(cls, x: torch.Tensor) -> Self:
        """For inputs like x (N, ...)."""
        if x.ndim > 2:
            return cls(torch.tensor(MEAN), torch.tensor(SPREAD))
        spread = x.std(0, correction=0)
        return cls(x.mean(0), torch.where(spread < FLAT, torch.ones_like(spread), spread))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x - self.mean) / self.spread


class Network(nn.Module):
    """What is trained of a pretrained network if any, an encoder, and a linear head on its latents.

    The latents carry no activation: a direction in latent space then means the same to the head everywhere, and a
    teacher can ask for any latent.
    """

    def __init__(self, pretrained: nn.Module, scale: Scale, encoder: nn.Module, head: nn.Linear) -> None:
        super().__init__()
        self.pretrained = pretrained
        self.scale = scale
        self.encoder = encoder
        self.head = head

    def forward(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """inputs (B, channels, height, width) in [0, 1] or (B, length) -> latents (B, d), logits (B, C)."""
        latents = self.encoder(self.scale(self.pretrained(inputs)))
        return latents, self.head(latents)


def forward(net: nn.Module, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Latents (n, d) and logits (n, C) of all inputs, without a gradient and in pieces that fit into a cache."""
    net.eval()
    with torch.no_grad():
        pieces = [net(piece) for piece in inputs.split(512)]
    return torch.cat([z for z, _ in pieces]), torch.cat([logits for _, logits in pieces])
