"""Which labels of the canvas are observed, which of these are wrong, and which of the other points are reserved."""

from __future__ import annotations

import numpy as np

from hill_exp.dataset.pool import stratified_order
from hill_exp.types import NO_CLASS, Bools, Ints


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


def reserve(labels: Ints, observed: Ints, share: float, pick: np.random.Generator) -> Bools:
    """(N,) a share, rounded, of the points without an observed label, stratified by their true labels (N,).

    The points of a small share are among those of a larger one.
    """
    unlabelled = np.flatnonzero(observed == NO_CLASS)
    reserved = np.zeros(len(labels), dtype=bool)
    reserved[unlabelled[stratified_order(labels[unlabelled], pick)][: round(share * len(unlabelled))]] = True
    return reserved
