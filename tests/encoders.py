"""Encoders for tests: networks of libraries with weights of chance, where they would be downloaded."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import Any

import pytest
import torch

from hill_exp.torchvision_import import import_torchvision


def without_downloads(patch: pytest.MonkeyPatch) -> None:
    """torchvision's and timm's networks have random weights, the same each time."""
    models = import_torchvision().models

    def state(weights: Any, **_given: Any) -> dict[str, torch.Tensor]:
        (name,) = [name for name in models.list_models(module=models) if weights in models.get_model_weights(name)]
        return seeded(partial(models.get_model, name, weights=None)).state_dict()

    patch.setattr(models.WeightsEnum, "get_state_dict", state)
    if find_spec("timm") is not None:
        import timm

        create = partial(timm.create_model, zero_init_last=False)  # a block of which would have no gradient
        patch.setattr(timm, "create_model", lambda *given, **named: seeded(
            lambda: create(*given, **{**named, "pretrained": False})
        ))  # fmt: skip


def seeded(make: Any) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return make()
