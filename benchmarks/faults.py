"""Faults on purpose: how many were done to a sweep, and what was lost, damaged or otherwise than without them.

    python benchmarks/faults.py --faults 300

Kinds: a signal to the sweep, to its main process or to a worker at a random moment; a record cut short, emptied or
doubled; a store that cannot be written; two sweeps at once; a clock that jumps back; a participant that hangs. They
come one upon another; after a few the same command is run again till nothing is missing, and every record is held
against that of an undisturbed run. Exit status 1 if anything went wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SWEEP = (
    "-m", "+user=none,oracle,noisy", "controls=[]", "participants=3", "workers=2", "projection=pca",
    "dataset.canvas_points=60", "dataset.validation_points=50", "dataset.test_points=100", "training.epochs=4",
    "training.batch_size=30", "schedule.warmup=1", "schedule.every=1", "schedule.turns=2", "schedule.budget.points=12",
)  # fmt: skip
RECORDS = 9
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
PATIENCE = 120  # s for a command to end
TOGETHER = 5  # faults, at most, before the store is made whole and looked at
HANGS = """
import time
from hill_exp.types import Edit

class Hangs:
    def edit(self, view, rng):
        time.sleep(3600)
"""


@dataclass
class Bench:
    """A folder to work in, the numbers of an undisturbed run, and what has come of the faults so far."""

    folder: Path
    draw: random.Random
    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    whole: Mapping[str, Any] = field(default_factory=dict)

    @property
    def store(self) -> Path:
        return self.folder / "results"

    def start(self, *more: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "hill_exp", *(more or SWEEP)],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", **(env or {})},
        )  # fmt: skip

    def ends(self, process: subprocess.Popen[str], kind: str) -> str:
        """What it said on its error output; what is left of its processes is a fault of ours."""
        try:
            _, said = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.wrong.append(f"{kind}: still there after {PATIENCE} s")
            os.killpg(process.pid, signal.SIGKILL)
            _, said = process.communicate()
        if "Traceback" in said:
            self.wrong.append(f"{kind}: a traceback: {said.strip().splitlines()[-1]}")
        for _ in range(100):
            if not _alive(process.pid):
                return said
            time.sleep(0.1)
        self.wrong.append(f"{kind}: processes are left after 10 s")
        os.killpg(process.pid, signal.SIGKILL)
        return said

    def records(self) -> dict[str, Any]:
        """File -> what does not hang on time, of those that are whole."""
        found = {}
        for path in sorted(self.store.glob("records/*/*.json")):
            try:
                entry = json.loads(path.read_text(encoding="utf-8"))
            except ValueError:
                continue
            if not isinstance(entry, dict):
                continue
            found[f"{path.parent.name}/{path.name}"] = {
                key: {k: v for k, v in value.items() if "seconds" not in k} if key == "metrics" else value
                for key, value in entry.items()
                if key not in ("seconds", "provenance")
            }
        return found

    def is_whole_again(self, kind: str) -> None:
        """After the same command, as often as it takes: all records, and the same numbers."""
        for _ in range(5):
            process = self.start()
            self.ends(process, kind)
            if process.returncode == 0:
                break
        else:
            self.wrong.append(f"{kind}: the same command does not come to an end")
        if self.whole and (now := self.records()) != self.whole:
            self.wrong.append(f"{kind}: {_difference(self.whole, now)}")
        if partial := list(self.store.rglob("*.partial")):
            self.wrong.append(f"{kind}: {len(partial)} partial files are left")


def killed(bench: Bench) -> None:
    """A signal, to all processes, the main one, or one of the others, at a random moment of a sweep from the start."""
    if len(bench.records()) == RECORDS and bench.draw.random() < 0.7:
        shutil.rmtree(bench.store)
    process = bench.start()
    time.sleep(bench.draw.uniform(0.5, 10))  # earlier the program is not there, but Python alone
    by, whom = bench.draw.choice(SIGNALS), bench.draw.choice(("all", "main", "worker"))
    if process.poll() is None:
        others = [pid for pid in _alive(process.pid) if pid != process.pid and not _is_pythons_own(pid)]
        if whom == "all":
            os.killpg(process.pid, by)
        else:
            os.kill(bench.draw.choice(others) if whom == "worker" and others else process.pid, by)
    kind = f"{by.name} to {whom}"
    bench.ends(process, kind)
    for name, entry in bench.records().items():
        if entry["status"] != "failed" and entry != bench.whole.get(name):
            bench.wrong.append(f"{kind}: {name} has other numbers")
        if entry["status"] == "failed" and (by, whom) != (signal.SIGKILL, "worker") and whom != "worker":
            bench.wrong.append(f"{kind}: {name} counts as failed: {entry['reason']}")


def cut(bench: Bench) -> None:
    """A record that a disk or a copy cut short, emptied, or filled with something else; or its arrays."""
    path = bench.draw.choice(sorted(bench.store.glob("records/*/*.json")))
    content = path.read_bytes()
    damaged = (content[: bench.draw.randrange(max(1, len(content)))], b"", b"null", b"[1, 2]", os.urandom(200))
    path.write_bytes(bench.draw.choice(damaged))


def doubled(bench: Bench) -> None:
    """A copy of a record beside it, as a file manager or a synchronised folder makes."""
    path = bench.draw.choice(sorted(bench.store.glob("records/*/*.json")))
    name = bench.draw.choice((f"{path.stem} (1).json", f"{path.stem}~.json", f"{path.stem}.conflict.json"))
    shutil.copy(path, path.with_name(name))
    listed = subprocess.run(
        [sys.executable, "-m", "hill_exp.inventory", "--store", str(bench.store)],
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    if name not in listed.stdout.replace("\n", "") or "Traceback" in listed.stderr:
        bench.wrong.append(f"doubled: the inventory does not name {name}")
    path.with_name(name).unlink()


def unwritable(bench: Bench) -> None:
    """A store whose folder is a file, where root too cannot write."""
    bench.store.mkdir(exist_ok=True)
    aside = bench.folder / "aside"
    bench.store.rename(aside)
    bench.store.write_text("no folder")
    process = bench.start()
    said = bench.ends(process, "unwritable")
    if process.returncode in (0, None) or "results" not in said:
        bench.wrong.append("unwritable: not said")
    bench.store.unlink()
    aside.rename(bench.store)


def two_at_once(bench: Bench) -> None:
    """Two of the same sweep in one store, from the start."""
    shutil.rmtree(bench.store, ignore_errors=True)
    both = [bench.start(), bench.start()]
    for process in both:
        bench.ends(process, "two at once")
        if process.returncode:
            bench.wrong.append(f"two at once: exit status {process.returncode}")


def clock_jumps(bench: Bench) -> None:
    """Records that were written in the future, or in 1980."""
    for path in bench.store.glob("records/*/*"):
        then = bench.draw.choice((315_532_800, time.time() + 1e8))
        os.utime(path, (then, then))


def hangs(bench: Bench) -> None:
    """A participant that never ends, under a time limit."""
    (bench.folder / "hanging.py").write_text(HANGS, encoding="utf-8")
    process = bench.start(
        "+user=custom", "user._target_=hanging.Hangs", "participants=1", "controls=[]", "time_limit=3", "store=hung",
        *SWEEP[5:],
    )  # fmt: skip
    said = bench.ends(process, "hangs")
    if process.returncode != 1 or "time_limit" not in said:
        bench.wrong.append(f"hangs: exit status {process.returncode}, {said.strip()!r}")


KINDS: Mapping[Callable[[Bench], None], int] = {  # how often each, of a hundred
    killed: 40, cut: 25, doubled: 15, unwritable: 5, two_at_once: 5, clock_jumps: 5, hangs: 5,
}  # fmt: skip


def _alive(group: int) -> list[int]:
    """The processes of a group; zombies are none."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, pgrp = status.read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(pgrp) == group and state != "Z":
            found.append(int(status.parent.name))
    return found


def _is_pythons_own(pid: int) -> bool:
    """Where multiprocessing notes semaphores: killed, it is begun anew and tells of those it never saw."""
    try:
        return b"resource_tracker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _difference(whole: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    lost, more = whole.keys() - now.keys(), now.keys() - whole.keys()
    other = [name for name in whole.keys() & now.keys() if whole[name] != now[name]]
    return f"{len(lost)} records lost, {len(more)} too many, {len(other)} with other numbers"


def plan(faults: int, draw: random.Random) -> Iterator[Callable[[Bench], None]]:
    """So many faults, each kind at least once if there are enough, in a random order."""
    kinds = list(KINDS)
    several = kinds[:faults] + draw.choices(kinds, weights=list(KINDS.values()), k=max(0, faults - len(kinds)))
    draw.shuffle(several)
    yield from several


def main() -> int:
    parser = argparse.ArgumentParser(description="Do faults to a sweep on purpose, and count what is lost.")
    parser.add_argument("--faults", type=int, default=300, metavar="N", help="how many (default 300, about an hour)")
    parser.add_argument("--seed", type=int, default=0, help="of their kinds and moments")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hill_exp-faults-") as folder:
        bench = Bench(Path(folder), random.Random(options.seed))
        bench.is_whole_again("undisturbed")
        bench.whole = bench.records()
        assert len(bench.whole) == RECORDS and not bench.wrong, bench.wrong
        for number, fault in enumerate(plan(options.faults, bench.draw), start=1):
            before = len(bench.wrong)
            if fault in (cut, doubled) and not any(bench.store.glob("records/*/*.json")):
                bench.is_whole_again("before")
            fault(bench)
            bench.done[fault.__name__] += 1
            if number % TOGETHER == 0 or number == options.faults:
                bench.is_whole_again(f"{number - (number - 1) % TOGETHER} to {number}, last {fault.__name__}")
            for wrong in bench.wrong[before:]:
                print(f"{number}: {wrong}", flush=True)
            if number % 50 == 0:
                print(f"{number} faults so far", flush=True)
    print("; ".join(f"{name.replace('_', ' ')} {count}" for name, count in bench.done.items()))
    print(f"{sum(bench.done.values())} faults, {len(bench.wrong)} things wrong; load {os.getloadavg()[0]:.1f}")
    return 1 if bench.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
