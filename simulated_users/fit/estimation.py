"""All that is known of one person, from its sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hill_exp.types import NO_CLASS
from simulated_users.fit.choices import Neglect, choose
from simulated_users.fit.filing import file, rates
from simulated_users.fit.places import find, hand
from simulated_users.fit.profile import Estimate
from simulated_users.fit.sessions import Drags, Session


class Fitted(NamedTuple):
    """What is known of one person. `lost`: share of the drags that ended at no pile."""

    estimates: dict[str, Estimate]
    attention: list[Neglect]
    gain: dict[str, float]  # strategy -> log-likelihood over choosing at random
    lost: float


def fit(sessions: Sequence[Session], strategy: str = "pile") -> Fitted:
    """One person, from its sessions (with the same classes), under the strategy that it is held to follow."""
    names = sessions[0].views[0].classes
    drags = Drags.of(sessions)
    truth = np.concatenate([session.views[0].recognised for session in sessions])
    places = find(drags, len(sessions), len(names))
    filing = file(drags, places, truth)
    choices = choose(sessions, filing.belief, filing.certain, strategy, np.random.default_rng(0))
    error, slips = rates(filing, choices.right, choices.misread)
    anchoring, constant, proportional = hand(drags, places)
    estimates = {
        "misfiled": filing.misfiled,
        "knowledge.error": error,
        "slips": slips,
        "motor.constant": constant,
        "motor.proportional": proportional,
        "anchoring": anchoring,
        "rationality": choices.rationality,
        "deference": choices.deference,
        **{f"attention {one.name}": one.strength for one in choices.attention if one.strength},
        **{f"conflation {names[a]} as {names[b]}": strength for (a, b), strength in filing.conflation.items()},
    }
    lost = float((places.pile == NO_CLASS).mean()) if len(drags) else 0.0
    return Fitted(estimates, choices.attention, choices.gain, lost)
