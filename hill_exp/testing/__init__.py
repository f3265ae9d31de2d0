"""The contract of each role as a suite of checks, for your own teacher, projection, dataset, encoder, model or
schedule.

One role a file, each with CHECKS and one function that runs them all; that of a person is `simulated_users.testing`.
"""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def global_generators_at(seed: int, who: str) -> Iterator[None]:
    """Python's, NumPy's and torch's global random generators begin at `seed` within, and are put back behind.

    Raises AssertionError, naming `who`, where one of them was drawn from.
    """
    before = _states()
    try:
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        _torch().manual_seed(seed)
        begun = pickle.dumps(_states())
        yield
        assert pickle.dumps(_states()) == begun, f"{who} draws from a global random generator"
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
        _torch().set_rng_state(_torch().from_numpy(before[2]))


def _states() -> tuple[Any, ...]:
    return random.getstate(), np.random.get_state(legacy=True), _torch().get_rng_state().numpy()  # noqa: NPY002


def _torch() -> Any:
    import torch

    return torch
