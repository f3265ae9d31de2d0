"""Whether a worker's memory grows. Run by hand: python benchmarks/memory.py [--participants 1000]

Runs so many tiny participants, with a person and without anybody, in one worker, and prints the peak of its memory up
to each tenth of them, as their records have it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile

from hill_exp.record.store import Store

TINY = (
    "dataset.canvas_points=60", "dataset.validation_points=50", "dataset.test_points=100", "training.epochs=4",
    "schedule.warmup=1", "schedule.every=1", "schedule.turns=2",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--participants", type=int, default=1000)
    n = parser.parse_args().participants
    with tempfile.TemporaryDirectory() as folder:
        plan = (f"participants={n}", "workers=1", "controls=[none]", f"store={folder}")
        command = [sys.executable, "-m", "hill_exp", "+user=oracle", *TINY, *plan]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        store = Store(folder)
        peaks = dict.fromkeys(range(n), 0.0)
        for condition in store.conditions():
            for record in store.records(condition.content):
                peak = record.provenance["peak_memory_mb"]
                peaks[record.participant] = max(peaks[record.participant], peak)
    for done in sorted({1, *(n * tenth // 10 for tenth in range(1, 11))} - {0}):
        print(f"peak up to participant {done}: {max(peaks[p] for p in range(done)):.1f} MB")


if __name__ == "__main__":
    main()
