"""The program: a store of sessions in, a table and a population file out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from analysis.people.choice_model import COMPARED
from analysis.people.estimation import Fitted, fit
from analysis.people.population import Z, as_yaml, population
from analysis.people.sessions import conditions, people
from hill_exp import exit_status
from hill_exp.record.condition import Condition
from hill_exp.record.store import Store
from hill_exp.types import UserError

# --- what is printed and written


def table(fitted: Mapping[str, Fitted]) -> str:
    """A line a person and parameter."""
    lines = [f"{'person':<8}{'parameter':<28}{'estimate':>9}   {'95% interval':<18}{'gestures':>8}"]
    for name, person in fitted.items():
        toward_classes = {
            **{f"attention {one}": strength for one, strength in person.neglected.items()},
            **{f"conflation {one} as {other}": strength for (one, other), strength in person.conflation.items()},
        }
        for parameter, (value, low, high, n) in (person.estimates | toward_classes).items():
            interval = f"[{low:.3g}, {high:.3g}]"
            lines.append(f"{name:<8}{parameter:<28}{value:>9.3g}   {interval:<18}{n:>8}")
    return "\n".join(lines)


def remarks(fitted: Mapping[str, Fitted], strategy: str) -> str:
    """What the people have in common: classes, strategies, drags that the account leaves out."""
    several = list(fitted.values())
    lines = [f"{'class':<16}{'points':>8}{'looked at':>11}{'handled':>9}{'expected':>10}{'neglected by':>14}"]
    for rows in zip(*(person.attention for person in several), strict=True):
        sums = [sum(getattr(row, key) for row in rows) for key in ("points", "known", "handled", "expected")]
        by = sum(row.strength is not None for row in rows)
        lines.append(f"{rows[0].name:<16}{sums[0]:>8}{sums[1]:>11}{sums[2]:>9}{sums[3]:>10.1f}{by:>14}")
    gain = {name: sum(person.gain[name] for person in several) for name in COMPARED}
    lines += ["", "strategy: log-likelihood of the order of the choices, over choosing at random"]
    lines += [f"  {name:<18}{value:>10.1f}" for name, value in sorted(gain.items(), key=lambda item: -item[1])]
    if (best := max(gain, key=lambda name: gain[name])) != strategy and gain[best] > gain[strategy] + 1:
        lines.append(f"The choices look more like {best} than {strategy}: see --strategy {best}.")
    if (lost := float(np.mean([person.lost for person in several]))) > 0.05:
        lines.append(
            f"{lost:.0%} of the drags ended at no pile: these people may not sort into piles. Trust little here."
        )
    return "\n".join(lines)


def header(store: Path, chosen: Sequence[Condition], fitted: Mapping[str, Fitted], n: int, strategy: str) -> list[str]:
    """What the file says of itself: where it comes from, and what it rests on."""
    source = ", ".join(f"{condition.label} ({condition.id})" for condition in chosen)
    lines = [
        "A population of people, estimated by simulated_users.fit. Use: +user=crowd user.population=FILE",
        f"store: {store}",
        f"condition: {source}",
        f"rests on: {len(fitted)} people, {n} gestures, strategy {strategy}",
        "not estimated, and so as the crowd's person has it: fatigue, stereotype, attribute",
        "mean of the estimates (their standard deviation; standard error of one):",
    ]
    for name in next(iter(fitted.values())).estimates:
        known = [person.estimates[name] for person in fitted.values() if name in person.estimates]
        finite = [one for one in known if np.isfinite([one.value, one.high]).all()]
        if finite:
            values, errors = [one.value for one in finite], [(one.high - one.low) / 2 / Z for one in finite]
            rest = f" of {len(finite)} finite ones" if len(finite) < len(known) else ""
            lines.append(f"  {name}: {np.mean(values):.3g} ({np.std(values):.2g}; {np.mean(errors):.2g}){rest}")
    return lines


def main() -> int:
    """Exit status: 0. UserError for what is not there or not clear."""
    parser = argparse.ArgumentParser(
        prog="python -m simulated_users.fit", description="Estimate people's parameters from their recorded sessions."
    )
    parser.add_argument("--store", type=Path, required=True, metavar="DIR", help="of the recorded sessions")
    parser.add_argument("--condition", metavar="ID", help="or the beginning of it; default: all of real people")
    parser.add_argument("--strategy", choices=COMPARED, default="pile", help="that they follow; default: %(default)s")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="population file to write (YAML)")
    options = parser.parse_args()
    store = Store(options.store)
    store.check_exists()
    chosen = conditions(store, options.condition)
    courses = people(store, chosen)
    fitted = {who: fit(of_person, options.strategy) for who, of_person in courses.items()}
    every = [course for of_person in courses.values() for course in of_person]
    drawn = population([*fitted.values()])
    drawn |= {
        "strategy": options.strategy,
        "gaze.thumbnails": None,
        "piles.spread": min(course.piles.spread for course in every),
    }
    n = sum(len(gestures) for course in every for gestures in course.gestures)
    text = as_yaml(drawn, header(options.store, chosen, fitted, n, options.strategy))
    try:
        options.out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"--out {options.out}: cannot be written ({error.strerror})") from None
    print(table(fitted), remarks(fitted, options.strategy), f"written: {options.out}", sep="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(exit_status.of(main))
