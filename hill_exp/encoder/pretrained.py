"""What all pretrained networks share: how much of them is trained, and features that are computed once an image."""

from __future__ import annotations

import os
import random
from abc import abstractmethod
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from typing_extensions import override

from hill_exp.cache_folder import cache_folder
from hill_exp.encoder.base import Encoder
from hill_exp.encoder.cache import FeatureCache, Rows, key
from hill_exp.types import Floats, UserError

if TYPE_CHECKING:
    from torch import nn

    from hill_exp.encoder.network import Network

AT_ONCE = 64  # images between two looks at what other processes have done


class Pretrained(Encoder):
    """A subclass says which network. Its features are rounded to half precision, and hang on the image alone."""

    size: int = Field(ge=32, le=1024)  # pixels of the side to which images are enlarged
    train: Literal["none", "last_block"]  # with the model; the rest is frozen
    cache: Path | None  # the folder of the features; None: the user's own of things that can be computed again

    choice: ClassVar[str]  # its name
    extra: ClassVar[str | None] = None  # that installs it
    packages: ClassVar[tuple[str, ...]] = ()  # of the extra

    @model_validator(mode="after")
    def _is_installed(self) -> Self:
        if missing := [name for name in self.packages if find_spec(name) is None]:
            raise UserError(
                f"encoder={self.choice} needs {', '.join(missing)}, which is not installed. "
                f"Install it with: sh setup.sh {self.extra}"
            )
        return self

    @abstractmethod
    def network(self) -> Network:
        """The network with its weights; UserError where they cannot be had."""

    @property
    def called(self) -> str:
        """The network, as it is named in sentences and files."""
        return self.choice

    @override
    def check(self) -> None:
        network = _loaded(self)
        if self.train == "last_block" and network.last is None:
            raise UserError(
                f"encoder.train = last_block: where the last block of {self.called} begins is not known. "
                "Use encoder.train=none."
            )
        try:
            blank = network.features(np.zeros((1, 3, 32, 32), np.float32), self.size, maps=self.train != "none")
        except Exception as error:  # what libraries raise is of many kinds
            raise UserError(
                f"encoder.size = {self.size}: {self.called} takes no images of this size ({error}). "
                "224 is what most networks were made for."
            ) from error
        if self.train == "none" and blank[0].ndim != 1:
            raise UserError(f"encoder.name = {self.called}: gives no vectors, but {blank[0].shape}. Use another.")
        _cache(self).check()

    @override
    def trained(self) -> nn.Module | None:
        from hill_exp.encoder.network import Trained

        last = _loaded(self).last
        return None if self.train == "none" or last is None else Trained(last)

    @override
    def features(self, images: Floats) -> Floats:
        """Looked up, or computed and kept."""
        keys = [key(image) for image in images]
        kept = _cache(self)
        found = kept.read(keys)
        where = {image: row for row, image in enumerate(keys)}
        missing = [image for image in where if image not in found]
        pieces = [missing[start : start + AT_ONCE] for start in range(0, len(missing), AT_ONCE)]
        # In an order of each process' own: those that begin together with the same images share the work.
        random.Random(os.getpid()).shuffle(pieces)
        for piece in pieces:
            found |= kept.read(piece)
            found |= (made := self._computed(images, {image: where[image] for image in piece if image not in found}))
            kept.write(made)
        return np.stack([found[image] for image in keys]).astype(np.float32)

    def _computed(self, images: Floats, where: dict[bytes, int]) -> Rows:
        rows = _loaded(self).features(images[list(where.values())], self.size, maps=self.train != "none")
        return dict(zip(where, rows, strict=True))


class OfLibrary(Pretrained):
    """One of the networks of a library, by the name that it has there."""

    name: str

    @property
    @override
    def called(self) -> str:
        return self.name


@lru_cache(maxsize=1)
def _loaded(encoder: Pretrained) -> Network:
    """The network, loaded once a process. Libraries draw initial weights before they put the trained ones in their
    place; the global generator is left as it was."""
    import torch

    with torch.random.fork_rng(devices=[]):
        return encoder.network()


@lru_cache(maxsize=1)
def _cache(encoder: Pretrained) -> FeatureCache:
    identity = _loaded(encoder).identity(encoder.size, maps=encoder.train != "none")
    folder = cache_folder() if encoder.cache is None else encoder.cache.expanduser()
    return FeatureCache(folder / f"{encoder.called}-{identity}.sqlite")
