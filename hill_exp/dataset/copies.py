"""Points that are another's copies: a test point that was trained on says nothing of new ones."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hill_exp.types import Bools, Floats

HASH_BITS = 64


def is_copy(inputs: Floats, others: Floats) -> Bools:
    """(n,) which of the inputs (n, ...) are copies of any of the others (m, ...), value for value."""
    known = set(_keys(others))
    return np.array([key in known for key in _keys(inputs)], dtype=bool)


def _keys(inputs: Floats) -> Iterable[bytes]:
    return (np.ascontiguousarray(each).tobytes() for each in inputs)


def is_near(images: Floats, others: Floats, bits: int) -> Bools:
    """(n,) which of the images (n, channels, height, width) in [0, 1] have a perceptual hash that differs from that of
    any of the others (m, ...) in at most so many of its 64 bits: scaled, compressed or brightened copies do, and so may
    images without much in them. Source: pHash (Zauner 2010), as imagehash computes it."""
    mine, theirs = (np.packbits(_hashes(each), axis=1) for each in (images, others))
    least = [np.bitwise_count(theirs ^ one).sum(axis=1).min(initial=HASH_BITS) for one in mine]
    return np.array(least) <= bits


def _hashes(images: Floats) -> Bools:
    """(n, 64)"""
    import imagehash
    from PIL import Image

    grey = np.rint(images.mean(axis=1) * 255).astype(np.uint8)
    return np.array([imagehash.phash(Image.fromarray(each)).hash.ravel() for each in grey]).reshape(-1, HASH_BITS)
