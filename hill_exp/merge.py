"""python -m hill_exp.merge: the records of other stores into one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hill_exp import exit_status
from hill_exp.record.merge import merge
from hill_exp.record.store import Store
from hill_exp.types import UserError


def main() -> int:
    """Exit status: 0 if all is in the one store now, 1 if something was left out. UserError for what is no store."""
    parser = argparse.ArgumentParser(
        prog="python -m hill_exp.merge",
        description="Copy what other stores have more. Nothing is overwritten: what differs is told, and left out.",
    )
    parser.add_argument("--into", type=Path, required=True, metavar="DIR", help="a store, or a new folder")
    parser.add_argument("stores", type=Path, nargs="+", metavar="DIR", help="the others, which stay as they are")
    options = parser.parse_args()
    left_out = 0
    for folder in options.stores:
        if folder.resolve() == options.into.resolve():
            raise UserError(f"--into {options.into}: is one of the stores to be merged. Name each once.")
        Store(folder).check_exists()
    for folder in options.stores:
        merged = merge(Store(options.into), Store(folder))
        print(f"{folder}: {merged.copied} records copied, {merged.same} were there already")
        for path in merged.differing:
            print(f"differs from what is there, left out: {path}", file=sys.stderr)
        for path in merged.damaged:
            print(f"damaged, left out: {path}", file=sys.stderr)
        left_out += len(merged.differing) + len(merged.damaged)
    return 1 if left_out else 0


if __name__ == "__main__":
    sys.exit(exit_status.of(main))
