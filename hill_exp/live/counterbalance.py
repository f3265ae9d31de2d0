"""The order in which a person does several conditions, counterbalanced over people."""

from __future__ import annotations


def order(conditions: int, person: int) -> list[int]:
    """The order of conditions 0..k-1 for the person of that number, from 0: a row of a balanced Latin square.

    Over k people (2k where k is odd) every condition stands at every place equally often, and follows every other
    equally often, so that practice, tiring and carrying over fall on all alike. Williams 1949, Aust. J. Chem. 2:149.
    """
    k = conditions
    shift, backwards = person % k, k % 2 == 1 and person // k % 2 == 1
    zigzag = [(place + 1) // 2 if place % 2 else k - place // 2 for place in range(k)]  # 0, 1, k-1, 2, k-2, ...
    row = [(condition + shift) % k for condition in zigzag]
    return row[::-1] if backwards else row
