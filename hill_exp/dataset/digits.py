"""scikit-learn's handwritten digits: 1,797 grey images of 8x8 pixels, installed with it (Alpaydin & Kaynak 1998)."""

from __future__ import annotations

from functools import cache

import numpy as np

from hill_exp.dataset.image_set import ImageSet
from hill_exp.dataset.pool import Pool


class Digits(ImageSet):
    def pool(self) -> Pool:
        return _digits()

    def fingerprint(self) -> str:
        return "scikit-learn/digits"


@cache
def _digits() -> Pool:
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.rint(digits.images * (255 / 16)).astype(np.uint8)[..., None]  # grey levels 0..16
    classes = tuple(str(name) for name in digits.target_names)
    return Pool(digits.target.astype(np.int64), classes, None, images.__getitem__, "{}".format, "dataset=digits")
