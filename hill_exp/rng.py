"""One named stream of random numbers for each (seed, participant, purpose).

No stream depends on a condition, so participant p has the same split, weights and batches under every condition, and
drawing more from one stream never shifts another.
"""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, participant: int, purpose: str) -> np.random.Generator:
    """NumPy generator for one purpose, as "split" or "person/3"."""
    return np.random.default_rng([seed, participant, zlib.crc32(purpose.encode())])


def stream_seed(seed: int, participant: int, purpose: str) -> int:
    """The same stream as a 63-bit seed, for libraries that want a number (torch, umap)."""
    return int(stream(seed, participant, purpose).integers(2**63 - 1))
