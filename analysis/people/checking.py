"""The program of the predictive check: a store of sessions in, a table of what people like the fitted ones do out."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from analysis.people.choice_model import COMPARED
from analysis.people.estimation import fit
from analysis.people.predictive import MEASURES, Check, check
from analysis.people.sessions import REAL, conditions, people, user_of
from analysis.stats import t_interval
from hill_exp.record.condition import Condition
from hill_exp.record.store import Store

LEVEL: Final = 0.05
EFFECTS: Final = ("test_accuracy", "embedding_response", "moved_followed", "person_seconds")


def table(checked: Mapping[str, Mapping[str, Check]]) -> Iterator[str]:
    """A line a person and measure, and how many of them are odd."""
    yield f"{'person':<10}{'measure':<14}{'did':>9}{'expected':>10}   {'95% of simulated':<20}{'p':>7}"
    for who, checks in checked.items():
        for name, (did, expected, low, high, p) in checks.items():
            odd = " *" if p < LEVEL else ""
            between = f"[{low:.3g}, {high:.3g}]"
            yield f"{who:<10}{name:<14}{did:>9.3g}{expected:>10.3g}   {between:<20}{p:>7.2f}{odd}"
    yield ""
    for name, meaning in MEASURES.items():
        known = [checks[name].p for checks in checked.values() if np.isfinite(checks[name].p)]
        yield f"{name:<14}{sum(p < LEVEL for p in known)} of {len(known)} people with p < {LEVEL:g}: {meaning}"


def effects(store: Store, chosen: Sequence[Condition]) -> Iterator[str]:
    """What came of the people's edits and of simulated ones' under the same conditions, paired by participant."""
    found = False
    for condition in chosen:
        for other in store.conditions():
            another = other.id != condition.id and other.looks and user_of(other) not in REAL
            if another and _beside(condition) == _beside(other):
                found = True
                yield from _differences(store, condition, other)
    if not found:
        yield (
            "No simulated person has taken the chair under the same conditions: run python -m hill_exp +user=crowd "
            "user.population=FILE on the same store, with the settings and participants of these sessions."
        )


def _beside(condition: Condition) -> object:
    """All of a condition but who sat there."""
    return {k: v for k, v in condition.resolved.items() if k != "user"}, condition.data, condition.device


def _differences(store: Store, people: Condition, simulated: Condition) -> Iterator[str]:
    theirs = {(r.seed, r.participant): r.metrics for r in store.records(simulated.content) if r.status == "done"}
    pairs = [
        (record.metrics, theirs[record.seed, record.participant])
        for record in store.records(people.content)
        if record.status == "done" and (record.seed, record.participant) in theirs
    ]
    yield f"{people.label} less {simulated.label}, {len(pairs)} participants of both"
    for name in EFFECTS:
        both = np.array([(a.get(name, np.nan), b.get(name, np.nan)) for a, b in pairs]).reshape(-1, 2)
        both = both[np.isfinite(both).all(1)]
        if len(both):
            less = t_interval(both[:, 0] - both[:, 1])
            means = f"{both[:, 0].mean():>9.3g}{both[:, 1].mean():>9.3g}"
            yield f"  {name:<20}{means}   {less.mean:+.3g} [{less.low:.3g}, {less.high:.3g}]"


def main() -> int:
    """Exit status: 0. UserError for what is not there or not clear."""
    parser = argparse.ArgumentParser(
        prog="python -m simulated_users.check",
        description="Simulate recorded sessions anew with people like the fitted ones, and compare.",
    )
    parser.add_argument("--store", type=Path, required=True, metavar="DIR", help="of the recorded sessions")
    parser.add_argument("--condition", metavar="ID", help="or the beginning of it; default: all of real people")
    parser.add_argument("--strategy", choices=COMPARED, default="pile", help="that they follow; default: %(default)s")
    options = parser.parse_args()
    store = Store(options.store)
    store.check_exists()
    chosen = conditions(store, options.condition)
    real = all(user_of(condition) in REAL for condition in chosen)
    checked = {}
    for who, courses in people(store, chosen).items():
        checked[who] = check(courses, fit(courses, options.strategy), options.strategy, real, np.random.default_rng(0))
    print(*table(checked), "", "effect on the model:", *effects(store, chosen), sep="\n")
    return 0
