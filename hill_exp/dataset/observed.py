"""Which labels of the canvas are observed, and which of these are wrong."""

from __future__ import annotations

import numpy as np

from hill_exp.dataset.pool import stratified_order
from hill_exp.types import NO_CLASS, Ints


def observed_labels(
    labels: Ints, classes: int, labelled: int, noise: float, pick: np.random.Generator, flip: np.random.Generator
) -> Ints:
    """labels (N,) true -> (N,) observed, NO_CLASS where there is none.

    `labelled` points are observed, stratified; exactly a share `noise` of them, rounded, as another class, each as
    likely. The points of a small number, or share, are among those of a larger one, and a wrong label stays the same.
    """
    observed = np.full_like(labels, NO_CLASS)
    chosen = stratified_order(labels, pick)[:labelled]
    observed[chosen] = labels[chosen]
    calm, shift = flip.random(len(labels)), flip.integers(1, classes, len(labels))
    wrong = chosen[np.argsort(calm[chosen])][: round(noise * labelled)]
    observed[wrong] = (labels[wrong] + shift[wrong]) % classes
    return observed
