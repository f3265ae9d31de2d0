"""From people to a population: what is known of each, as distributions that a crowd is drawn from (see crowd.py).

Estimates differ between people more than the people do, by the error of each. So a distribution is fitted by its
moments to the mean of the estimates and to their variance less the mean squared standard error (DerSimonian and Laird's
idea, unweighted); where nothing is left, and for a single person, the parameter is fixed at the mean. Shares are beta,
the motor parameters normal, cut at 0. Rationality, which may be infinite, is drawn from the estimates themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from simulated_users.fit.profile import Estimate

Estimates = Mapping[str, Estimate]  # parameter -> what is known of it, for one person
SHARES: Final = ("knowledge.error", "anchoring", "deference", "slips")
MOTOR: Final = ("motor.constant", "motor.proportional")
Z: Final = 1.96  # standard errors from the estimate to the end of a 95% interval


def population(people: Sequence[Estimates]) -> dict[str, Any]:
    """Dotted parameter -> fixed value or distribution. Parameters that nobody's session says anything of are left out;
    a bias toward some classes is in where at least half the people have it."""
    found: dict[str, Any] = {}
    for name in (*SHARES, *MOTOR):
        known = [(person[name], _sampling_error(person, name)) for person in people if np.isfinite(person[name].value)]
        if known:
            values, errors = np.array([one.value for one, _ in known]), np.array([error for _, error in known])
            found[name] = _normal(values, errors) if name in MOTOR else _beta(values, errors)
    choosy = [person["rationality"].value for person in people if not np.isnan(person["rationality"].value)]
    if choosy:
        drawn = sorted(float(f"{value:.3g}") for value in choosy)
        found["rationality"] = drawn[0] if len(set(drawn)) == 1 else {"choice": drawn}
    for bias, what in (("attention", "classes"), ("conflation", "pairs")):
        if shared := _shared(people, bias):
            strengths = [[person[name] for name in shared if name in person] for person in people]
            values = np.array([np.mean([one.value for one in own]) if own else 0.0 for own in strengths])
            errors = np.array([np.mean([_error(one) for one in own]) if own else 0.0 for own in strengths])
            named = [name.removeprefix(f"{bias} ").split(" as ") for name in shared]
            found[f"{bias}.{what}"] = [one[0] if bias == "attention" else one for one in named]
            found[f"{bias}.strength"] = _beta(values, errors)
    return found


def as_yaml(population: Mapping[str, Any], header: Sequence[str]) -> str:
    """The file's text: comments, then data alone."""
    import yaml

    tree: dict[str, Any] = {}
    for name, value in population.items():
        *groups, last = name.split(".")
        node = tree
        for group in groups:
            node = node.setdefault(group, {})
        node[last] = value
    text = yaml.safe_dump(tree, sort_keys=False, default_flow_style=None, allow_unicode=True, width=120)
    return "".join(f"# {line}\n" for line in header) + text


def _shared(people: Sequence[Estimates], bias: str) -> list[str]:
    """The entries of this bias that at least half the people have."""
    count = Counter(name for person in people for name in person if name.startswith(f"{bias} "))
    return sorted(name for name, n in count.items() if 2 * n >= len(people))


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
