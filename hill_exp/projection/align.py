"""What every layout has in common: centred, RMS radius 1, turned to resemble the layout before it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hill_exp.types import Floats, Ints, Layout

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch


class Map(NamedTuple):
    """A projection's own map of the latents: as a Layout, but in units of its own, neither centred nor aligned."""

    positions: Floats  # (N, 2)
    basis: Floats | None = None
    embed: Callable[[torch.Tensor], torch.Tensor] | None = None
    permutation: Ints | None = None


def place(raw: Map, last: Layout | None) -> Layout:
    """`raw` as a layout in layout units: (x - centre) @ turn, basis and embed likewise.

    `turn` is a rotation, or one with a reflection, over the RMS radius. The scale of Procrustes analysis is left out:
    it falls with the agreement of the two layouts, so a picture would shrink whenever it changed.
    A map without any extent comes to lie at the origin.
    """
    centre = raw.positions.mean(axis=0)
    centred = raw.positions - centre
    radius = np.sqrt(np.square(centred).sum(axis=1).mean())
    has_extent = radius > np.finfo(np.float32).eps * np.abs(raw.positions).max()
    turn = np.eye(2) / radius if has_extent else np.zeros((2, 2))
    if last is not None and has_extent:
        from scipy.linalg import orthogonal_procrustes

        turn = orthogonal_procrustes(centred, last.positions)[0] / radius
    return Layout(
        centred @ turn,
        None if raw.basis is None else turn.T @ raw.basis,
        None if raw.embed is None else partial(_embed, raw.embed, centre, turn),
        raw.permutation,
    )


def _embed(
    embed: Callable[[torch.Tensor], torch.Tensor], centre: Floats, turn: Floats, latents: torch.Tensor
) -> torch.Tensor:
    import torch

    return (embed(latents) - torch.from_numpy(centre).to(latents)) @ torch.from_numpy(turn).to(latents)
