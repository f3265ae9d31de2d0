"""Random views of the inputs of a training batch: of images, changed images; of vectors, some components left out.

All draw from torch's own generator on the CPU, which the loop begins anew for every epoch (`drawing_from`,
hill_exp.loop.step). Nothing here is for what a person sees, or for validation and test data.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from pydantic import Field

from hill_exp.config import Choice
from hill_exp.torchvision_import import import_torchvision

if TYPE_CHECKING:
    import torch

GREY: Final = 0.5  # what an erased place holds: the mean of a standardised image, as in Cutout (arXiv 1708.04552)
ERASED: Final = (0.02, 0.33)  # share of the image, least and most (Zhong et al. 2020, arXiv 1708.04896, section 4)
ASPECT: Final = 3.3  # of what is erased, at most, in either direction


class Augmentation(Choice):
    """The weak view: each image of a batch changed by itself; 0 leaves out a change."""

    flip: float = Field(ge=0, le=1)  # probability that left and right change places
    translate: float = Field(ge=0, le=0.5)  # farthest shift, in whole pixels, as a share of each side
    rotate: float = Field(ge=0, le=180)  # degrees, farthest to either side
    erase: float = Field(ge=0, le=1)  # probability that a rectangle turns grey

    def on(self) -> dict[str, float]:
        """The changes that are made."""
        return {name: value for name, value in self.model_dump().items() if value}

    def of(self, images: torch.Tensor) -> torch.Tensor:
        """(B, channels, height, width) in [0, 1] -> the same; itself where no change is made. Batched, since
        torchvision's transforms draw once a call, and a call an image takes longer than the training."""
        moves = self.flip or self.translate or self.rotate
        images = self._moved(images) if moves else images
        return self._erased(images) if self.erase else images

    def _moved(self, images: torch.Tensor) -> torch.Tensor:
        """Flipped, turned and shifted in one resampling; what comes in over an edge is reflected."""
        import torch
        from torch.nn.functional import affine_grid, grid_sample

        n, _, height, width = images.shape
        angle = math.radians(self.rotate) * (2 * torch.rand(n) - 1)
        side = 1 - 2 * (torch.rand(n) < self.flip).float()
        size = torch.tensor([width, height])
        shift = (self.translate * size * (2 * torch.rand(n, 2) - 1)).round() * 2 / size  # of a side from -1 to 1
        cos, sin = angle.cos(), angle.sin()
        rows = (side * cos, -side * sin * height / width, shift[:, 0], sin * width / height, cos, shift[:, 1])
        theta = torch.stack(rows, 1).view(n, 2, 3).to(images.device)
        grid = affine_grid(theta, list(images.shape), align_corners=False)
        return grid_sample(images, grid, padding_mode="reflection", align_corners=False).clamp(0, 1)

    def _erased(self, images: torch.Tensor) -> torch.Tensor:
        """Random erasing (Zhong et al. 2020, algorithm 1), in grey."""
        import torch

        n, _, height, width = images.shape
        area = height * width * torch.empty(n).uniform_(*ERASED)
        aspect = torch.empty(n).uniform_(-math.log(ASPECT), math.log(ASPECT)).exp()
        down, across = _stretch(height, (area * aspect).sqrt()), _stretch(width, (area / aspect).sqrt())
        erased = (torch.rand(n) < self.erase)[:, None, None] & down[:, :, None] & across[:, None, :]
        return images.masked_fill(erased[:, None].to(images.device), GREY)


def _stretch(pixels: int, length: torch.Tensor) -> torch.Tensor:
    """(B, pixels): of each side, the pixels of a stretch of length (B,), anywhere on it."""
    import torch

    start = torch.rand(len(length)) * (pixels - length).clamp(min=0)
    at = torch.arange(pixels)
    return (at >= start.round()[:, None]) & (at < (start + length).round()[:, None])


class Consistency(Choice):
    """FixMatch (Sohn et al. 2020, arXiv 2001.07685) on all canvas points of a batch: what the network says of the weak
    view where it is sure, it shall say of the strong one. weight 0: not done."""

    weight: float = Field(ge=0)  # of the loss beside the cross-entropy (lambda_u of the paper)
    threshold: float = Field(ge=0, le=1)  # probability from which a prediction is a label (tau)
    strength: float = Field(ge=0, lt=1)  # of the strong view: RandAugment's magnitude, or share of components masked

    def strong(self, images: torch.Tensor, augmentation: Augmentation) -> torch.Tensor:
        """The strong view of images (B, channels, height, width) in [0, 1]: RandAugment (Cubuk et al. 2020, arXiv
        1909.13719), for each by itself, and then as for the weak view."""
        import torch

        import_torchvision()
        from torchvision.transforms.v2 import RandAugment

        if self.strength:
            bins = 31  # torchvision's own number of magnitudes
            change = RandAugment(magnitude=round(self.strength * (bins - 1)), num_magnitude_bins=bins)
            pixels = (images * 255).round().to(torch.uint8)
            images = torch.stack([change(image) for image in pixels]).to(images.dtype) / 255
        return augmentation.of(images)

    def masked(self, features: torch.Tensor, mean: torch.Tensor) -> torch.Tensor:
        """The strong view of features (B, ...), which have no pixels to change: of each, another share `strength` of
        its components is at its mean (...) on the canvas; their weak view is as they are. (After the corruption of
        VIME, Yoon et al. 2020, and SCARF, Bahri et al. 2022, arXiv 2106.15147.)"""
        import torch

        return torch.where((torch.rand(features.shape) < self.strength).to(features.device), mean, features)
