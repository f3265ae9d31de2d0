"""A study with real people: `python -m hill_exp.people STUDY.yaml --code P07 [--store DIR]`.

One command is one person's sitting. A sitting that was broken off goes on with the same command. Codes stand for
people, and get participant numbers in the order in which they come; so a person and a simulated one of the same number
work on the same data, and stand in the same tables.

    store/people/<code>.json    the sitting: number, order, what is done, answers
    store/sessions/...          what the person did under each condition
    store/records/...           as of any participant; `person` holds the code, the place in the order and the answers
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from hill_exp import exit_status
from hill_exp.config import validate
from hill_exp.live import people
from hill_exp.live.host import Address
from hill_exp.live.sittings import Sittings
from hill_exp.live.step import Declined
from hill_exp.live.study_file import read
from hill_exp.record.store import Store
from hill_exp.study.provenance import keep_command


def main() -> int:
    """Exit status: 0, 1 if a training failed, 3 if the person declined, 130 after Ctrl-C. UserError for bad input."""
    parser = argparse.ArgumentParser(
        prog="python -m hill_exp.people", description="Lead one person through a study, at a page in the browser."
    )
    parser.add_argument("study", type=Path, metavar="STUDY.yaml", help="as conf/people/moves_or_labels.yaml")
    parser.add_argument("--code", help="the person's code; without it, who has sat so far is listed")
    parser.add_argument("--store", type=Path, default=Path("results"), metavar="DIR", help="default: %(default)s")
    parser.add_argument("--host", default="127.0.0.1", help="where the page is served; default: %(default)s")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--no-browser", action="store_true", help="do not open the page here")
    arguments = parser.parse_args()
    if arguments.code is not None:
        return _lead(arguments)
    for line in listing(arguments.study, arguments.store):
        print(line)
    return 0


def listing(path: Path, store: Path) -> Iterator[str]:
    """Who has sat, a line each."""
    study, _ = read(path)
    yield f"{study.title}: {', '.join(study.conditions)}"
    for sitting in sorted(Sittings(store).all(), key=lambda sitting: sitting.participant):
        progress = f"still to do: {', '.join(sitting.left)}" if sitting.left else "all conditions done"
        yield f"  {sitting.code}: participant {sitting.participant}, {' then '.join(sitting.order)}; {progress}"


def _lead(arguments: argparse.Namespace) -> int:
    keep_command("hill_exp.people")
    page = {"host": arguments.host, "port": arguments.port, "browser": not arguments.no_browser}
    address: Address = validate(Address, page, "--host, --port")
    store = Store(arguments.store)
    try:
        sitting = people.lead(arguments.study, arguments.code, store, address)
        people.run_beside(arguments.study, sitting.participant, store)
    except Declined:
        print(f"{arguments.code} does not take part; nothing is kept but that.", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("\nStopped. What was done is kept; the same command goes on from there.", file=sys.stderr)
        return 130
    if sitting.left:
        print(f"{sitting.code}: failed under {', '.join(sitting.left)}; the same command tries again", file=sys.stderr)
        return 1
    print(f"{sitting.code} was participant {sitting.participant}: {', then '.join(sitting.order)}.")
    print(f"See: python -m analysis --store {arguments.store} --out report")
    return 0


if __name__ == "__main__":
    sys.exit(exit_status.of(main))
