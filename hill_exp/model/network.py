"""The shape that every model shares: images -> latents -> logits. Imported (and torch with it) once one is built."""

from __future__ import annotations

import torch
from torch import nn

MEAN, SPREAD = 0.5, 0.25  # of pixels in [0, 1]; the same for all data, so that no statistic leaks from any of them


class Network(nn.Module):
    """An encoder, and a linear head on its latents.

    The latents carry no activation: a direction in latent space then means the same to the head everywhere, and a
    teacher can ask for any latent.
    """

    def __init__(self, encoder: nn.Module, head: nn.Linear) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """images (B, channels, height, width) in [0, 1] -> latents (B, d), logits (B, C)."""
        latents = self.encoder((images - MEAN) / SPREAD)
        return latents, self.head(latents)


def forward(net: nn.Module, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Latents (n, d) and logits (n, C) of all images, without a gradient and in pieces that fit into a cache."""
    net.eval()
    with torch.no_grad():
        pieces = [net(piece) for piece in images.split(512)]
    return torch.cat([z for z, _ in pieces]), torch.cat([logits for _, logits in pieces])
