"""Three convolutions for small images, quick on a CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from hill_exp.model.base import InputShape, Model

if TYPE_CHECKING:
    from torch import nn

GROUPS = 4


class Cnn(Model):
    """Group norm (Wu and He 2018, arXiv 1803.08494), not batch norm: an image's latent depends on no other image."""

    width: int = Field(ge=GROUPS, le=1024, multiple_of=GROUPS)
    dropout: float = Field(ge=0, lt=1)  # share of what the last layer is given that is left out of a step

    def encoder(self, input_shape: InputShape) -> nn.Module:
        import torch
        from torch import nn

        def block(channels: int, width: int) -> list[nn.Module]:
            return [nn.Conv2d(channels, width, 3, padding=1), nn.GroupNorm(GROUPS, width), nn.ReLU()]

        def halved(conv: nn.Module, *rest: nn.Module) -> list[nn.Module]:
            # Pooled before the rest, which then has a quarter of the work; ceil_mode: an image of any size passes.
            return [conv, nn.MaxPool2d(2, ceil_mode=True), *rest]

        width = self.width
        encoder = nn.Sequential(
            *halved(*block(input_shape[0], width)),
            *halved(*block(width, 2 * width)),
            *block(2 * width, 4 * width),
            nn.AdaptiveAvgPool2d(2),  # 2x2, not 1x1: a little is kept of where things are
            nn.Flatten(),
            nn.Dropout(self.dropout),
            nn.Linear(16 * width, self.latent),
        )
        # A third quicker on a CPU.
        return encoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
