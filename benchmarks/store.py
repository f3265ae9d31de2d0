"""What a large store costs. Run by hand, some minutes and 1.5 GB of disk for each shape:

    python benchmarks/store.py --conditions 100 --participants 1000
    python benchmarks/store.py --conditions 4000 --participants 25

Writes a store of made-up records as large as real ones, without layouts and probabilities. Then prints seconds and
peak memory of each program that reads all of it, each in a process of its own, and beside it the plainest thing that
could be done: to read every file as JSON and forget it. Machines are noisy: compare the ratios of one run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import synthetic  # it lies among the tests

from hill_exp.record.condition import Condition
from hill_exp.record.store import Store

USERS = {"none": 0.0, "placebo": 0.01, "oracle": 0.07, "noisy": 0.04, "biased": -0.02}
TEACHERS = ("contrastive", "neighbour", "triplet", "annotation", "relational")
PLAIN = """
import json, pathlib, sys
for path in pathlib.Path(sys.argv[1]).glob("records/*/*.json"):
    json.loads(path.read_bytes())
"""
RESUME = """
import sys
from hill_exp.record.store import Store
from hill_exp.study.plan import Plan
from hill_exp.study.run import run
store, participants = Store(sys.argv[1]), int(sys.argv[2])
plan = Plan(participants=participants, seed=0, workers=1, time_limit=None, store=store.path, device="cpu", controls=())
ran = run(store.conditions(), plan)
assert not ran.new and not ran.interrupted
"""


def main() -> None:
    """Write the store, and read it by each program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conditions", type=int, default=100, help="with records of their own")
    parser.add_argument("--participants", type=int, default=1000, help="of each")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store"
        start = time.perf_counter()
        write(path, list(conditions(options.conditions)), options.participants)
        sizes = [file.stat().st_size for file in path.glob("records/*/*.json")]
        print(f"{len(sizes)} records written in {time.perf_counter() - start:.0f} s; bytes a record:", end=" ")
        print(f"{np.mean(sizes):.0f}, at most {max(sizes)}")
        python, store = sys.executable, str(path)
        half = Path(folder) / "half"
        shutil.copytree(path, half, ignore=lambda _, names: [n for n in names if n.endswith("1.json")])
        plain = measured("every file as JSON", [python, "-c", PLAIN, store], 0)
        resume = [python, "-c", RESUME, store, str(options.participants)]
        measured("resume, nothing indexed", resume, plain)
        measured("resume", resume, plain)
        measured("inventory", [python, "-m", "hill_exp.inventory", "--store", store], plain)
        measured("merge", [python, "-m", "hill_exp.merge", "--into", str(half), store], plain)
        measured("analysis", [python, "-m", "analysis", "--store", store, "--out", f"{folder}/report"], plain)


def conditions(contents: int) -> Iterator[Condition]:
    """Conditions with so many addresses of records: nobody at the canvas is the same under every teacher."""
    found: set[str] = set()
    shares = np.linspace(0.05, 0.6, 1 + contents // 80).round(4).tolist()
    for share, noise, teacher, user in product(shares, (0.0, 0.1, 0.2, 0.4), TEACHERS, USERS):
        condition = synthetic.condition(user, teacher=teacher, dataset__labelled=share, dataset__label_noise=noise)
        if len(found | {condition.content}) > contents:
            return
        found.add(condition.content)
        yield condition


def write(path: Path, conditions: Sequence[Condition], participants: int) -> None:
    """The store, as runs would leave it; but flushed to the disk at the end alone."""
    store = Store(path)
    store.open_for_writing()
    fsync, os.fsync = os.fsync, lambda _: None
    rng = np.random.default_rng(0)
    levels = 0.8 + rng.normal(0, 0.03, participants)
    for condition in conditions:
        store.add_condition(condition)
    for condition in {condition.content: condition for condition in conditions}.values():
        for p in range(participants):
            accuracy = float(levels[p] + USERS[condition.names["user"]] + rng.normal(0, 0.01))
            made = synthetic.record(condition, p, accuracy)
            shifts = {
                f"shift.{kind}.{severity}": float(accuracy - rng.random() / 5)
                for kind in ("noise", "blur", "rotation", "contrast")
                for severity in (1, 2, 3)
            }
            further = dict.fromkeys(("consistency_loss", "learning_rate"), made.epochs["validation_loss"])
            store.write(replace(made, metrics={**made.metrics, **shifts}, epochs={**made.epochs, **further}))
    os.fsync = fsync
    os.sync()


def measured(what: str, command: Sequence[str], plain: float) -> float:
    """Run the command; print its seconds, those of the processor (against `plain`), peak memory and the machine's load.
    Gives the seconds of the processor, which hang less on what else the machine does."""
    load, start = os.getloadavg()[0], time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"{what}: status {status}")
    processor = usage.ru_utime + usage.ru_stime
    ratio = f", {processor / plain:.2f} times the plain reading" if plain else ""
    memory = usage.ru_maxrss / 2**20  # in KiB on Linux
    print(
        f"{what}: {seconds:.1f} s, {processor:.1f} s of the processor{ratio}; {memory:.2f} GiB; load before {load:.1f}",
        flush=True,
    )
    return processor


if __name__ == "__main__":
    main()
