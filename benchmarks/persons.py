"""What one turn of a simulated person costs. Run by hand: python benchmarks/persons.py

Prints, for each preset, the median time of its edit of 500 points with the default budget, and the median preset's.
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from hill_exp.config import build, compose
from hill_exp.types import Budget
from simulated_users.testing import view

WITHOUT_EDITS = ("none", "custom", "crowd", "human", "measured", "replay")  # nobody; yours; of persons; real people
NAMES_ALONE = ("active", "automatic", "self_training", "spreading", "svc")  # and moves nothing


def main() -> None:
    shown = view(500, budget=Budget(seconds=360))
    times = {}
    for name in compose.choices("user"):
        if name in (*WITHOUT_EDITS, *NAMES_ALONE):
            continue
        person = build(compose.settings("user", name, "user"), "user")
        runs = []
        for seed in range(60):
            start = time.perf_counter()
            person.edit(shown, np.random.default_rng(seed))
            runs.append(time.perf_counter() - start)
        times[name] = 1000 * statistics.median(runs)
    for name, ms in sorted(times.items(), key=lambda item: item[1]):
        print(f"{name:<16} {ms:.2f} ms")
    print(f"the median preset: {statistics.median(times.values()):.2f} ms")


if __name__ == "__main__":
    main()
