"""What every encoder is: a pretrained network, of which the model is given the features of an image."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from hill_exp.config import Choice
from hill_exp.types import Floats, Sample, Shifted

if TYPE_CHECKING:
    from torch import nn


class Encoder(Choice):
    """Images in, features out; what a person sees of a point stays its image."""

    gives_vectors: ClassVar[bool] = True  # made of images, and of nothing else

    def check(self) -> None:
        """UserError where its network cannot be had, or not be used as the settings have it. What has to be downloaded
        is there afterwards."""
        return

    @abstractmethod
    def features(self, images: Floats) -> Floats:
        """(n, ...) float32 of images (n, channels, height, width) in [0, 1], grey or of three colours: of each image
        by itself, the same whenever it is asked for."""

    def encoded(self, sample: Sample) -> Sample:
        """The sample with features (n, ...) float32 in place of its images, in all parts and shifted copies."""

        def copies() -> tuple[Shifted, ...]:
            return tuple(replace(shifted, inputs=self.features(shifted.inputs)) for shifted in sample.shifted())

        return replace(
            sample,
            canvas=replace(sample.canvas, inputs=self.features(sample.canvas.inputs)),
            validation=replace(sample.validation, inputs=self.features(sample.validation.inputs)),
            test=replace(sample.test, inputs=self.features(sample.test.inputs)),
            shifted=cache(copies),
        )

    def trained(self) -> nn.Module | None:
        """What of the network is trained together with the model: features (n, ...) -> vectors (n, length), a new
        copy; None where all of it is frozen."""
        return None
