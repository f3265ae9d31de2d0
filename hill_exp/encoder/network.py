"""A pretrained network without its classifier, in two halves. Imported (and torch with it) once one is needed."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
import torch
from torch import nn
from torch.nn.utils.parametrize import register_parametrization

from hill_exp.encoder.cache import Row
from hill_exp.types import Floats

BATCH = 8  # images at once: always as many, since a convolution of another number may round otherwise
MODE = "bilinear"  # how images are enlarged; bicubic is no better for EfficientNet-Lite0
ALIKE = 1e-3  # relative; the halves of a network, one after the other, must be as near to the whole
PACE = 0.1  # of what is pretrained, as a share of the model's learning rate
TRUNKS = ("layer4", "features", "trunk_output", "blocks", "stages")  # what libraries call the blocks, or the last ones

IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # mean and spread


@dataclass(frozen=True)
class Network:
    """front: images (n, 3, size, size), less `mean` and by `spread` (of each colour) -> maps (n, ...). last: maps ->
    vectors (n, length), the last block and what follows it; None where it is not known how to part the two, and then
    the front gives the vectors."""

    front: nn.Module
    last: nn.Module | None
    mean: Sequence[float] = IMAGENET[0]
    spread: Sequence[float] = IMAGENET[1]

    def __post_init__(self) -> None:
        for half in filter(None, (self.front, self.last)):
            half.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it

    def identity(self, size: int, maps: bool) -> str:
        """Of all that the features of an image hang on."""
        how = (size, maps, MODE, BATCH, *self.mean, *self.spread, torch.__version__)
        digest = hashlib.blake2b(repr(how).encode(), digest_size=12)
        for half in (self.front, self.last) if self.last is not None and not maps else (self.front,):
            digest.update(repr([(name, type(module).__name__) for name, module in half.named_modules()]).encode())
            for values in half.state_dict().values():
                digest.update(values.contiguous().numpy())
        return digest.hexdigest()

    def features(self, images: Floats, size: int, maps: bool) -> list[Row]:
        """Of images (n, 1 or 3, height, width) in [0, 1]: a vector each, or the maps before the last block."""
        mean, spread = (torch.tensor(values)[:, None, None] for values in (self.mean, self.spread))
        rows: list[Row] = []
        with torch.inference_mode():
            for piece in torch.from_numpy(images).split(BATCH):
                x = piece.new_zeros(BATCH, 3, *piece.shape[2:])
                x[: len(piece)] = piece  # grey becomes red, green and blue
                x = nn.functional.interpolate(x, size=(size, size), mode=MODE, antialias=True, align_corners=False)
                x = self.front(((x - mean) / spread).contiguous(memory_format=torch.channels_last))
                if self.last is not None and not maps:
                    x = self.last(x)
                # Rounded, so that half as much lies on the disk; clipped, as no number there is larger.
                largest = torch.finfo(torch.float16).max
                rows.extend(x[: len(piece)].clamp(-largest, largest).to(torch.float16).contiguous().numpy())
        return rows


class Departure(nn.Module):
    """A weight as its pretrained value and a small departure from it, which is what is learned.

    It moves at PACE times the model's learning rate, which would tear pretrained weights apart, and weight decay pulls
    it back to where it began and not to 0 (L2-SP, Li, Grandvalet, Davoine 2018, arXiv 1802.01483, eq. 3).
    """

    start: torch.Tensor

    def __init__(self, start: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("start", start.detach().clone())

    def forward(self, departure: torch.Tensor) -> torch.Tensor:
        return self.start + PACE * departure

    def right_inverse(self, weight: torch.Tensor) -> torch.Tensor:
        return (weight - self.start) / PACE


class Trained(nn.Module):
    """A copy of a half that is trained as it is in evaluation: batch norms keep their statistics, and nothing is
    dropped. A step is then a pure function of its inputs."""

    def __init__(self, half: nn.Module) -> None:
        super().__init__()
        self.block = copy.deepcopy(half)
        for module in list(self.block.modules()):
            for name, weight in list(module.named_parameters(recurse=False)):
                register_parametrization(module, name, Departure(weight))
        self.train(False)

    def train(self, mode: bool = True) -> Trained:
        return super().train(False)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        vectors: torch.Tensor = self.block(maps)
        return vectors


def without_classifier(net: nn.Module) -> bool:
    """Put nothing in place of the last linear layer, which ends most classifiers; False where there is none."""
    linear = [name for name, module in net.named_modules() if isinstance(module, nn.Linear)]
    if linear:
        parent, _, name = linear[-1].rpartition(".")
        setattr(net.get_submodule(parent), name, nn.Identity())
    return bool(linear)


def halves(net: nn.Module, size: int) -> tuple[nn.Module, nn.Module | None]:
    """The front and the last block of a network that has a trunk of blocks, and the whole network and None of others.

    What is cut is put to the test: the halves must give of an image what the whole gives.
    """
    children = dict(net.named_children())
    trunk = next((name for name in TRUNKS if isinstance(children.get(name), nn.Sequential)), None)
    if trunk is None:
        return net, None
    blocks = list(children[trunk].children())
    # A lone convolution behind the last block goes with it.
    lone = isinstance(blocks[-1], nn.Sequential) and isinstance(blocks[-1][0], nn.Conv2d)
    at = len(blocks) - (2 if lone else 1)
    if not any(isinstance(part, nn.Conv2d | nn.Linear) for block in blocks[at:] for part in block.modules()):
        return net, None
    before = list(takewhile(lambda name: name != trunk, children))
    front = nn.Sequential(*(children[name] for name in before), *blocks[:at])
    last = copy.deepcopy(net)
    for name in before:
        setattr(last, name, nn.Identity())
    setattr(last, trunk, nn.Sequential(*copy.deepcopy(blocks[at:])))
    return (front, last) if _alike(net, nn.Sequential(front, last), size) else (net, None)


def _alike(whole: nn.Module, parts: nn.Module, size: int) -> bool:
    image = torch.from_numpy(np.random.default_rng(0).random((1, 3, size, size), dtype=np.float32))
    with torch.inference_mode():
        try:
            expected, found = (module.eval()(image) for module in (whole, parts))
        except Exception:  # what libraries raise where a half is given what the other has not made
            return False
    return expected.shape == found.shape and bool((expected - found).norm() <= ALIKE * expected.norm())
