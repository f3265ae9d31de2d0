"""The tensor operations that teachers share.

A loss keeps one shape whatever the batch holds: points are masked, never selected, and nothing branches on data. So it
has a finite gradient where there is nothing to teach, and torch.func can lift it over participants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hill_exp.types import Lesson

if TYPE_CHECKING:
    import torch

TINY = 1e-6  # a length at or below it has no direction, and is nothing to divide by


def edited_places(lesson: Lesson, like: torch.Tensor) -> torch.Tensor:
    """(N, 2) where the edit put every point, in the type and on the device of `like`."""
    import torch

    return torch.tensor(lesson.edited, dtype=like.dtype, device=like.device)


def distances(points: torch.Tensor) -> torch.Tensor:
    """(n, n) Euclidean distances of points (n, k); the gradient of a distance of 0 is 0."""
    import torch

    # The matrix-product form would put points that lie on one another a little apart.
    return torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")


def together(places: torch.Tensor, radius: float) -> torch.Tensor:
    """(n, n) which points the layout puts together: places (n, 2) at most `radius` (layout units) apart.

    The one definition of it, from the edited layout alone. It is not transitive, and there is no clustering on top:
    a chain of close points does not make its two ends belong together. A point is together with itself.
    """
    return distances(places) <= radius


def mean_where(values: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """The mean of `values` where `chosen`, of the same shape; where nothing is, a 0 whose gradient is 0."""
    return values.where(chosen, 0).sum() / chosen.sum().clamp(min=1)


def cross_entropy_where(
    logits: torch.Tensor, labels: torch.Tensor, chosen: torch.Tensor, label_smoothing: float
) -> torch.Tensor:
    """The mean of -log softmax(logits_i)[label_i] where `chosen` (B,): logits (B, C), labels (B,), which may be
    anything elsewhere; of each label a share `label_smoothing` is spread over all classes."""
    from torch.nn.functional import cross_entropy

    losses = cross_entropy(logits, labels.where(chosen, 0), reduction="none", label_smoothing=label_smoothing)
    return mean_where(losses, chosen)


def unit(latents: torch.Tensor) -> torch.Tensor:
    """latents (B, d) scaled to length 1; one without a direction becomes 0 and gets no gradient."""
    squared = latents.square().sum(dim=1, keepdim=True)
    directed = squared > TINY**2
    return latents * squared.where(directed, 1).rsqrt().where(directed, 0)
