"""How long a sweep takes beside what one would do instead. Run by hand:

    python benchmarks/throughput.py [--conditions 6] [--participants 8] [--rounds 2]

The same participants, from a new store each time: a sweep as it is started here, with Hydra's basic launcher; and the
same program under Hydra's joblib launcher, one job a condition and one job a participant (extra `joblib`). Rounds
follow one another in turn, and the ratios are of the sums. Machines are noisy: compare the ratios of one run, not
seconds of two.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hill_exp.study.workers import cores

OURS = "this sweep"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conditions", type=int, default=6)
    parser.add_argument("--participants", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    weights = ",".join(str(1 + number) for number in range(given.conditions))
    seeds = ",".join(str(seed) for seed in range(given.participants))
    sweep = ["-m", "+user=oracle", f"teacher.weight={weights}", "controls=[]"]
    ways = {
        OURS: [f"participants={given.participants}"],
        "joblib, a job a condition": [f"participants={given.participants}", "hydra/launcher=joblib"],
        "joblib, a job a participant": ["participants=1", f"seed={seeds}", "hydra/launcher=joblib"],
    }
    seconds, at_work = dict.fromkeys(ways, 0.0), dict.fromkeys(ways, 0.0)
    for _ in range(given.rounds):
        for way, more in ways.items():
            with tempfile.TemporaryDirectory(prefix="hill_exp-") as folder:
                start = time.perf_counter()
                subprocess.run(
                    [sys.executable, "-m", "hill_exp", *sweep, *more, f"store={folder}/store"],
                    check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
                seconds[way] += time.perf_counter() - start
                done = [json.loads(path.read_text())["seconds"] for path in Path(folder).glob("store/records/*/*.json")]
            if len(done) != given.conditions * given.participants:
                print(f"{way}: {len(done)} records, not {given.conditions * given.participants}")
                return 1
            at_work[way] += sum(done)
    print(f"{given.conditions} conditions of {given.participants} participants on digits, {given.rounds} rounds; "
          f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")  # fmt: skip
    for way, total in seconds.items():
        busy = at_work[way] / total / cores()
        print(f"{way}: {total / given.rounds:.1f} s, of which the cores had participants {busy:.0%}", end="")
        print("" if way == OURS else f"; takes {total / seconds[OURS]:.2f} times as long")
    return 0


if __name__ == "__main__":
    sys.exit(main())
