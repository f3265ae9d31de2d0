"""No encoder: the model is given the images, or the vectors, as they are."""

from __future__ import annotations

from typing_extensions import override

from hill_exp.encoder.base import Encoder
from hill_exp.types import Floats


class NoEncoder(Encoder):
    gives_vectors = False

    @override
    def features(self, images: Floats) -> Floats:
        return images
