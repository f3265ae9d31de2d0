"""Every condition at every place, and after every other, equally often."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from hill_exp.live.counterbalance import order


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 6, 7])
def test_places_and_successions_are_balanced(k: int) -> None:
    people = k if k % 2 == 0 else 2 * k
    orders = [order(k, person) for person in range(people)]
    assert all(sorted(row) == list(range(k)) for row in orders)
    places = Counter((place, condition) for row in orders for place, condition in enumerate(row))
    assert len(places) == k * k and set(places.values()) == {people // k}
    follows = Counter(pair for row in orders for pair in pairwise(row))
    assert len(follows) == k * (k - 1) and len(set(follows.values())) <= 1
    assert order(k, people) == order(k, 0)


def test_two_conditions_alternate() -> None:
    assert [order(2, person) for person in range(4)] == [[0, 1], [1, 0], [0, 1], [1, 0]]
