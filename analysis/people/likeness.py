"""A simulated person made of what is known of a real one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from analysis.people.estimation import Fitted
from analysis.people.population import MOTOR, SHARES, TIMES
from analysis.people.profile_likelihood import Estimate
from hill_exp.config import build, compose
from hill_exp.config.tree import merged, nested
from simulated_users.person import SimulatedPerson
from simulated_users.piles import Piles

SORTER: Final = "blind_oracle"  # who sorts all images, as the fit has it
ESTIMATED: Final = (*SHARES, *MOTOR, *TIMES, "rationality")


def like(fitted: Fitted, piles: Piles, strategy: str) -> SimulatedPerson:
    """A person with the estimates for its parameters, and those of nobody where there is none; `piles` are as the
    person's."""
    values = {name: fitted.estimates[name].value for name in ESTIMATED if name in fitted.estimates}
    settings: dict[str, Any] = {"strategy": strategy}
    settings |= {name: value for name, value in values.items() if not np.isnan(value)}
    settings |= {f"piles.{name}": value for name, value in piles.model_dump().items()}
    for bias, key, strengths in (
        ("attention", "classes", fitted.neglected),
        ("conflation", "pairs", fitted.conflation),
    ):
        if strengths:
            settings[f"{bias}.{key}"] = [*strengths]
            settings[f"{bias}.strength"] = _mean(strengths)
    person = build(merged(compose.settings("user", SORTER, "user"), nested(settings)), "user")
    assert isinstance(person, SimulatedPerson)
    return person


def _mean(strengths: Mapping[Any, Estimate]) -> float:
    return float(np.mean([strength.value for strength in strengths.values()]))
