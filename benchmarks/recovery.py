"""Whether simulated_users.fit finds what people are like. Run by hand:

    python benchmarks/recovery.py [--people 200] [--turns 5] [--alone] [--figure docs/recovery.png]
    python benchmarks/recovery.py --people 60 --regions

People with all departures at once, each of a strength drawn for it, or with --alone a rationality and one departure
each, sort canvases that need no training (tests/rehearsal.py), 60 points a turn; then each is estimated from
its session alone. Prints for each parameter the error of the estimates and how often the 95% interval holds the truth,
of the people who have the departure, and draws both.

With --regions they look at ten images at a time, for ten minutes a turn, and half of them leave half of one class or
more alone; it prints how often a class is called neglected, by what they looked at, and as if they had seen all.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from analysis.people.course import Course
from analysis.people.estimation import fit
from analysis.people.profile_likelihood import Estimate
from hill_exp.config import build, compose
from hill_exp.config.tree import merged, nested
from hill_exp.types import Budget

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from rehearsal import rehearse  # it lies among the tests

CLASSES = tuple("0123456789")
NEGLECTED = "3"
Pairs = dict[str, list[tuple[float, Estimate]]]  # parameter -> (truth, estimate) of each person


def draw(rng: np.random.Generator) -> dict[str, Any]:
    """Parameters of one person, by their dotted names."""
    return {
        "knowledge.error": rng.uniform(0, 0.3),
        "slips": rng.uniform(0, 0.15),
        "motor.constant": rng.uniform(0, 0.15),
        "motor.proportional": rng.uniform(0, 0.1),
        "anchoring": rng.uniform(0, 0.5),
        "rationality": np.exp(rng.uniform(np.log(0.3), np.log(8))),
        "deference": rng.choice([0.0, rng.uniform(0.1, 0.4)]),
        "attention.strength": rng.choice([0.0, rng.uniform(0, 1)]),
    }


def recover(people: int, turns: int, alone: bool) -> tuple[Pairs, Counter[str]]:
    """(truths and estimates, how often a class was called neglected, and a pair conflated)."""
    oracle = compose.settings("user", "blind_oracle", "user")
    pairs: Pairs = {}
    counts = Counter[str]()
    for number in range(people):
        rng = np.random.default_rng([7, alone, number])
        truth = draw(rng)
        if alone:
            others = [name for name in truth if name != "rationality"]
            truth = {name: truth[name] for name in ("rationality", others[number % len(others)])}
        node: dict[str, Any] = {key: dict(value) if isinstance(value, dict) else value for key, value in oracle.items()}
        node["attention"]["classes"] = [NEGLECTED]
        for name, value in truth.items():
            group, _, key = name.rpartition(".")
            (node[group] if group else node)[key] = float(value)
        person = build(node, "user")
        course = Course.of(rehearse(person, rng, turns=turns), CLASSES, person.piles)
        fitted = fit([course])
        neglected = dict(fitted.neglected)
        strength = neglected.pop(NEGLECTED, Estimate(np.nan, np.nan, np.nan, 0))
        estimates = {**fitted.estimates, "attention.strength": strength}
        strong = truth.get("attention.strength", 0.0) > 0.5
        counts["people who neglect a class by more than half"] += strong
        counts["  of them found"] += strong and NEGLECTED in fitted.neglected
        counts["classes wrongly called neglected"] += len(neglected)
        counts["pairs wrongly called conflated"] += len(fitted.conflation)
        for name, value in truth.items():
            pairs.setdefault(name, []).append((value, estimates[name]))
    return pairs, counts


def neglect(people: int, turns: int) -> Counter[str]:
    """How often a class is called neglected, of people who have not looked at all images."""
    counts = Counter[str]()
    oracle = compose.settings("user", "blind_oracle", "user")
    for number in range(people):
        rng = np.random.default_rng([8, number])
        strength = float(rng.choice([0.0, rng.uniform(0.5, 1)]))
        departures = {
            "gaze.thumbnails": 10, "rationality": 2.0, "attention.classes": [NEGLECTED], "attention.strength": strength,
        }  # fmt: skip
        person = build(merged(oracle, nested(departures)), "user")
        kept = rehearse(person, rng, turns=turns, budget=Budget(seconds=600.0))
        counts["people who neglect a class by half or more"] += strength > 0
        for looks, how in ((True, "by their looks"), (False, "as if they had seen all")):
            found = fit([Course.of(kept, CLASSES, person.piles, looks)]).neglected
            counts[f"  found {how}"] += strength > 0 and NEGLECTED in found
            counts[f"  classes wrongly called neglected {how}"] += len(found.keys() - {NEGLECTED})
            counts[f"  that class wrongly called neglected {how}"] += strength == 0 and NEGLECTED in found
    return counts


def table(pairs: Pairs) -> str:
    lines = [f"{'parameter':<20}{'people':>7}{'bias':>9}{'rmse':>9}{'correlation':>13}{'width':>9}{'coverage':>10}"]
    for name, known in pairs.items():
        rows = np.array([(t, e.value, e.low, e.high) for t, e in known if np.isfinite(e.value)])
        truth, value, low, high = rows.T
        error = value - truth
        correlation = np.corrcoef(truth, value)[0, 1]
        width = np.median(high - low)
        covered = np.mean((low - 1e-9 <= truth) & (truth <= high + 1e-9))
        lines.append(
            f"{name:<20}{len(rows):>7}{error.mean():>9.3f}{np.sqrt((error**2).mean()):>9.3f}{correlation:>13.2f}"
            f"{width:>9.3f}{covered:>10.0%}"
        )
    return "\n".join(lines)


def draw_figure(pairs: Pairs, path: Path) -> None:
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 4, figsize=(12, 6.2), layout="constrained")
    for axis, (name, known) in zip(axes.flat, pairs.items(), strict=True):
        rows = np.array([(t, e.value, e.low, e.high) for t, e in known if np.isfinite(e.value)])
        truth, value, low, high = rows.T
        held = (low - 1e-9 <= truth) & (truth <= high + 1e-9)
        if name == "rationality":
            axis.set(xscale="log", yscale="log")
            for one in (axis.xaxis, axis.yaxis):
                one.set_ticks([0.3, 1, 3, 10], labels=["0.3", "1", "3", "10"])
                one.set_ticks([], minor=True)
            low = np.maximum(low, 0.1)
            high = np.minimum(high, 30)
        ends = [truth.min(), truth.max()]
        axis.plot(ends, ends, color="0.6", linewidth=1, zorder=0)
        kinds = ((held, "#0072B2", "95% interval holds the truth"), (~held, "#D55E00", "does not"))
        for mask, colour, label in kinds:
            axis.vlines(truth[mask], low[mask], high[mask], color=colour, alpha=0.35, linewidth=1)
            axis.plot(truth[mask], value[mask], "o", color=colour, markersize=2.5, label=label)
        axis.set_title(f"{name}  ({held.mean():.0%} held)", fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("true")
    figure.supylabel("estimated")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2, frameon=False)
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description="Recover the parameters of simulated people from their sessions.")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--alone", action="store_true", help="one departure a person")
    parser.add_argument("--regions", action="store_true", help="people who have not looked at all images")
    parser.add_argument("--figure", type=Path, help="PNG file to draw")
    options = parser.parse_args()
    start = time.perf_counter()
    if options.regions:
        print(*(f"{what}: {n}" for what, n in neglect(options.people, options.turns).items()), sep="\n")
        return
    pairs, counts = recover(options.people, options.turns, options.alone)
    print(table(pairs), "", *(f"{what}: {n}" for what, n in counts.items()), sep="\n")
    print(f"{(time.perf_counter() - start) / options.people:.2f} s a person")
    if options.figure:
        draw_figure(pairs, options.figure)


if __name__ == "__main__":
    main()
