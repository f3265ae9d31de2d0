"""python -m hill_exp.tuned: the best of a tuning sweep, by validation accuracy."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hill_exp import exit_status
from hill_exp.record.store import Store
from hill_exp.record.tuning import METRIC, ranking, text
from hill_exp.types import UserError


def main() -> int:
    """Exit status: 0. UserError for bad input."""
    parser = argparse.ArgumentParser(
        prog="python -m hill_exp.tuned", description="The best of a tuning sweep, by validation accuracy."
    )
    parser.add_argument("--store", type=Path, default=Path("results"), metavar="DIR", help="default: %(default)s")
    parser.add_argument("--of", metavar="LABEL", help="dataset-model-teacher-user, where the store holds several")
    parser.add_argument("--write", type=Path, metavar="FILE", help="for example conf/tuned/contrastive.yaml")
    arguments = parser.parse_args()
    ranked = ranking(Store(arguments.store))
    if arguments.of is not None:
        ranked = {label: candidates for label, candidates in ranked.items() if label == arguments.of}
    if not ranked:
        raise UserError(
            f"--store {arguments.store}: has no finished condition{f' of {arguments.of}' if arguments.of else ''}."
        )
    for label, candidates in ranked.items():
        print(f"{label}: {len(candidates)} conditions, {candidates[0].participants} participants each")
        for candidate in candidates[:5]:
            settings = " ".join(f"{key}={value}" for key, value in candidate.settings.items())
            print(f"  {METRIC} {candidate.accuracy:.4f}  {settings}")
    if arguments.write is not None:
        if len(ranked) > 1:
            raise UserError(f"--write: say which with --of LABEL. There are: {', '.join(ranked)}")
        (candidates,) = ranked.values()
        arguments.write.parent.mkdir(parents=True, exist_ok=True)
        arguments.write.write_text(text(candidates[0], candidates, arguments.store), encoding="utf-8")
        print(f"Wrote {arguments.write}")
    return 0


if __name__ == "__main__":
    sys.exit(exit_status.of(main))
