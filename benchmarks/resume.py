"""What work found done costs. Run by hand:

    python benchmarks/resume.py [--conditions 20] [--runs 3]

Makes a store of so many conditions of one short participant each, and gives the same sweep again, over all of them and
over a quarter. Printed: the seconds by which each further condition makes it longer, by the clock and of the processor,
the median of the runs; and how many times as long it takes where Hydra composes as it does by itself.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

SHORT = (
    "participants=1",
    "training.epochs=2",
    "schedule.warmup=0",
    "schedule.every=1",
    "schedule.turns=1",
)  # what is done costs the same, however long it took
BY_ITSELF = "~hydra.callbacks.compose_once"


def sweep(store: str, conditions: int, *overrides: str) -> tuple[float, float]:
    """Seconds of a sweep over so many conditions: by the clock, and of the processor."""
    weights = ",".join(f"{1 + number / 1000}" for number in range(conditions))
    command = ["-m", "hill_exp", "-m", "+user=biased", f"teacher.weight={weights}", f"store={store}", *SHORT]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *command, *overrides], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, used


def each(store: str, conditions: int, runs: int, *overrides: str) -> Sequence[tuple[float, float]]:
    """Of each run (clock, processor) seconds that one more condition costs."""
    few = conditions // 4
    found = []
    for _ in range(runs):
        all_of_them, some = sweep(store, conditions, *overrides), sweep(store, few, *overrides)
        clock, processor = ((a - b) / (conditions - few) for a, b in zip(all_of_them, some, strict=True))
        found.append((clock, processor))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="What work found done costs.")
    parser.add_argument("--conditions", type=int, default=20, help="default: %(default)s")
    parser.add_argument("--runs", type=int, default=3, help="default: %(default)s")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as store:
        sweep(store, given.conditions)
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        ours = each(store, given.conditions, given.runs)
        hydras = each(store, given.conditions, given.runs, BY_ITSELF)
    clock, processor = (statistics.median(values) for values in zip(*ours, strict=True))
    times = statistics.median(b[1] / a[1] for a, b in zip(ours, hydras, strict=True))
    print(f"a condition found done: {clock:.3f} s by the clock, {processor:.3f} s of the processor")
    print(f"as Hydra composes by itself: {times:.1f} times as long, of the processor")


if __name__ == "__main__":
    main()
