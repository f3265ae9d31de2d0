"""python -m hill_exp.inventory: what is in a store."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hill_exp import exit_status
from hill_exp.record.inventory import lines
from hill_exp.record.store import Store


def main() -> int:
    """Exit status: 0. UserError for what is no store."""
    parser = argparse.ArgumentParser(prog="python -m hill_exp.inventory", description="List what is in a store.")
    parser.add_argument("--store", type=Path, default=Path("results"), metavar="DIR", help="default: %(default)s")
    folder = parser.parse_args().store
    store = Store(folder)
    store.check_exists()
    for text in lines(store):
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(exit_status.of(main))
