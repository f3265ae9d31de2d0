"""From people to a population: what is known of each, as distributions that a crowd is drawn from (see crowd.py).

Estimates differ between people more than the people do, by the error of each. So a distribution is fitted by its
moments to the mean of the estimates and to their variance less the mean squared standard error (DerSimonian and Laird's
idea, unweighted); where nothing is left, and for a single person, the parameter is fixed at the mean. Shares are beta,
the motor parameters and times normal, cut at 0. Rationality, which may be infinite, is drawn from the estimates
themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import numpy as np

from analysis.people.estimation import Fitted
from analysis.people.profile_likelihood import Estimate
from hill_exp.config.tree import nested

Estimates = Mapping[str, Estimate]  # parameter -> what is known of it, for one person
Name = TypeVar("Name", str, tuple[str, str])  # a class, or a pair of classes
SHARES: Final = ("knowledge.error", "anchoring", "deference", "slips")
MOTOR: Final = ("motor.constant", "motor.proportional")
TIMES: Final = ("tools.look",)
Z: Final = 1.96  # standard errors from the estimate to the end of a 95% interval


def population(people: Sequence[Fitted]) -> dict[str, Any]:
    """Dotted parameter -> fixed value or distribution. Parameters that nobody's session says anything of are left out;
    a bias toward some classes is in where at least half the people have it."""
    drawn: dict[str, Any] = {}
    estimates = [person.estimates for person in people]
    for name in (*SHARES, *MOTOR, *TIMES):
        known = [
            (one[name], _sampling_error(one, name)) for one in estimates if name in one and np.isfinite(one[name].value)
        ]
        if known:
            values, errors = np.array([one.value for one, _ in known]), np.array([error for _, error in known])
            drawn[name] = _beta(values, errors) if name in SHARES else _normal(values, errors)
    betas = sorted(float(f"{one['rationality'].value:.3g}") for one in estimates if one["rationality"].n)
    if betas:
        drawn["rationality"] = betas[0] if len(set(betas)) == 1 else {"choice": betas}
    attention, neglected = _shared([person.neglected for person in people])
    if neglected:
        drawn |= {"attention.classes": neglected, "attention.strength": attention}
    conflation, confused = _shared([person.conflation for person in people])
    if confused:
        drawn |= {"conflation.pairs": [list(pair) for pair in confused], "conflation.strength": conflation}
    return drawn


def as_yaml(population: Mapping[str, Any], header: Sequence[str]) -> str:
    """The file's text: comments, then data alone."""
    import yaml

    tree = nested(population)
    text = yaml.safe_dump(tree, sort_keys=False, default_flow_style=None, allow_unicode=True, width=120)
    return "".join(f"# {line}\n" for line in header) + text


def _shared(people: Sequence[Mapping[Name, Estimate]]) -> tuple[Any, list[Name]]:
    """(distribution of the strength of a bias toward some classes, the classes or pairs that at least half the people
    have it toward), from the strengths that each person has."""
    count = Counter(name for person in people for name in person)
    shared = sorted(name for name, n in count.items() if 2 * n >= len(people))
    strengths = [[person[name] for name in shared if name in person] for person in people]
    values = np.array([np.mean([one.value for one in known]) if known else 0.0 for known in strengths])
    errors = np.array([np.mean([_error(one) for one in known]) if known else 0.0 for known in strengths])
    return _beta(values, errors), shared


def _error(estimate: Estimate) -> float:
    return (estimate.high - estimate.low) / (2 * Z)


def _sampling_error(person: Estimates, name: str) -> float:
    """Standard error. Where slips are not told from misreading and all is called the second, its error is that of the
    two together, which is known far better than either."""
    both = name == "knowledge.error" and person["slips"].value == 0
    return _error(person["misfiled"] if both else person[name])


def _between(values: np.ndarray, errors: np.ndarray) -> tuple[float, float]:
    """(mean, variance between people)."""
    if len(values) < 2:
        return float(values.mean()), 0.0
    return float(values.mean()), max(0.0, float(values.var(ddof=1) - (errors**2).mean()))


def _beta(values: np.ndarray, errors: np.ndarray) -> Any:
    mean, variance = _between(values, errors)
    if variance < 1e-6 or not variance < mean * (1 - mean):
        return round(mean, 4)
    size = mean * (1 - mean) / variance - 1
    a, b = float(f"{mean * size:.4g}"), float(f"{(1 - mean) * size:.4g}")
    return {"beta": [a, b, 1.0]} if min(a, b) > 0 else round(mean, 4)


def _normal(values: np.ndarray, errors: np.ndarray) -> Any:
    mean, variance = _between(values, errors)
    sd = np.sqrt(variance)
    if sd < 1e-4:
        return round(mean, 4)
    return {"normal": [round(mean, 4), round(float(sd), 4), 0.0, round(float(mean + 4 * sd), 4)]}
