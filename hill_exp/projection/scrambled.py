"""Another projection's picture with its points permuted: as clear, as stable, and untrue."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from pydantic import model_validator
from typing_extensions import override

from hill_exp.config import build
from hill_exp.projection.align import Map
from hill_exp.projection.base import Projection
from hill_exp.types import Floats, Layout


class Scrambled(Projection):
    """Each point lies where another one belongs. Who belongs where is drawn at the first layout and handed on from
    layout to layout (`Layout.permutation`), so that the picture changes from turn to turn as the true one does.

    of: the settings of the projection, `_target_` included. Its first layout is the one that it gives by itself.
    """

    of: dict[str, Any]

    @cached_property
    def _true(self) -> Projection:
        built: Projection = build(self.of, "projection.of", Projection)
        return built

    @model_validator(mode="after")
    def _is_a_projection(self) -> Scrambled:
        assert self._true
        return self

    @property
    @override
    def preload(self) -> str | None:
        return self._true.preload

    @override
    def raw(self, latents: Floats, last: Layout | None, rng: np.random.Generator) -> Map:
        permutation = None if last is None else last.permutation
        unscrambled = None
        if last is not None and permutation is not None:
            unscrambled = Layout(last.positions[np.argsort(permutation)])
        positions = self._true.project(latents, unscrambled, rng).positions
        if permutation is None:  # drawn after the layout, which so is that of the same participant under `of`
            permutation = rng.permutation(len(latents))
        return Map(positions[permutation], permutation=permutation)
