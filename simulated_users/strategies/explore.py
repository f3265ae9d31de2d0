"""Explore: look where the picture is mixed, for there is something to be seen; and correct it there.

People who pick points on a projection turn to the boundaries between classes once clusters are known (Bernard et al.,
EuroVis 2018).
"""

from __future__ import annotations

from hill_exp.types import Floats
from simulated_users.strategies.correct import correct
from simulated_users.strategies.picture import Picture
from simulated_users.strategies.scene import Strategy


def mixture(picture: Picture) -> Floats:
    """(N,) How mixed the colours are about each point."""
    return picture.mixture


EXPLORE = Strategy(correct, mixture)
