"""Where the time of the main job goes. Run by hand: python benchmarks/main_job.py

Prints the wall time of `python -m hill_exp +user=biased` on a new store and again on the full one; the share of each
stage; peak memory. What a participant costs beside a plain PyTorch loop: benchmarks/participant.py.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"

import subprocess
import sys
import tempfile
import time
from collections import Counter

from hill_exp.record.store import Store


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hill_exp", "+user=biased", f"store={folder}/store"]
        for state in ("cold", "warm"):
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            print(f"{' '.join(command[1:4])}, {state} store: {time.perf_counter() - start:.1f} s")
        store = Store(f"{folder}/store")
        records = [r for c in store.conditions() if c.names["user"] == "biased" for r in store.records(c.content)]
    stages = Counter[str]()
    for record in records:
        stages.update(record.provenance["stages"])
    print("share of each stage:", ", ".join(f"{n} {s / stages.total():.0%}" for n, s in stages.most_common()))
    print(f"peak memory of a worker: {max(r.provenance['peak_memory_mb'] for r in records):.0f} MB")


if __name__ == "__main__":
    main()
