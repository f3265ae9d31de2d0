"""A study with real people: `python -m hill_exp.people STUDY.yaml --code P07 [--store DIR]`.

One command is one person's sitting. A sitting that was broken off goes on with the same command. Several people at once
are led by `python -m hill_exp.people serve STUDY.yaml P01 P02 ...`, each at an address of its own. Codes stand for
people, and get participant numbers in the order in which they agree to take part; so a person and a simulated one of
the same number work on the same data, and stand in the same tables.

    store/people/codebook.csv  what is recorded of people, a row a column
    store/people/<code>.json    the sitting: number, order, what is done, answers
    store/sessions/...          what the person did under each condition
    store/records/...           as of any participant; `person` holds the code, the place in the order and the answers
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from hill_exp import exit_status
from hill_exp.config import validate
from hill_exp.config.folder import CONF
from hill_exp.live import lab, people
from hill_exp.live.host import Address
from hill_exp.live.sittings import Sitting, Sittings
from hill_exp.live.step import Declined, Withdrawn
from hill_exp.live.study_file import read
from hill_exp.record.store import Store
from hill_exp.study import workers
from hill_exp.study.provenance import keep_command
from hill_exp.types import UserError

STOPPED = "\nStopped. What was done is kept; the same command goes on from there."


def main() -> int:
    """Exit status: 0, 1 if a training failed, 3 if the person declined or left the study, 130 after Ctrl-C. UserError
    for bad input."""
    keep_command("hill_exp.people", sys.argv[1:])
    if sys.argv[1:2] == ["serve"]:
        return _serve(sys.argv[2:])
    parser = _parser("python -m hill_exp.people", "Lead one person through a study, at a page in the browser.")
    parser.add_argument("--code", help="the person's code; without it, who has sat so far is listed")
    parser.add_argument("--no-browser", action="store_true", help="do not open the page here")
    parser.add_argument("--delete", action="store_true", help="delete what is kept of the person, who asks for it")
    arguments = parser.parse_args()
    if arguments.delete:
        return _delete(arguments)
    if arguments.code is not None:
        return _lead(arguments)
    for line in listing(arguments.study, arguments.store):
        print(line)
    return 0


def _parser(prog: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("study", type=study_file, metavar="STUDY.yaml", help="or the name of a shipped one")
    parser.add_argument("--store", type=Path, default=Path("results"), metavar="DIR", help="default: %(default)s")
    parser.add_argument("--host", default="127.0.0.1", help="where the page is served; default: %(default)s")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--public", metavar="URL", help="how people reach the page through a proxy")
    return parser


def _address(arguments: argparse.Namespace, browser: bool) -> Address:
    page = {"host": arguments.host, "port": arguments.port, "public": arguments.public, "browser": browser}
    address: Address = validate(Address, page, "--host, --port, --public")
    return address


def study_file(text: str) -> Path:
    """The file that is meant: one that is there, or else one that is shipped, by its name or its place in conf/."""
    path = Path(text)
    shipped = CONF / "people" / path.with_suffix(".yaml").name
    return shipped if not path.exists() and shipped.is_file() else path


def listing(path: Path, store: Path) -> Iterator[str]:
    """Who has sat, a line each: by number, and then who has none."""
    study, pages = read(path)
    yield f"{study.title}: {', '.join(study.conditions)}"
    for sitting in sorted(
        Sittings(store).all(), key=lambda each: (each.participant is None, each.participant or 0, each.code)
    ):
        yield f"  {sitting.code}: {_progress(sitting, people.parts(study, pages, sitting.order))}"


def _progress(sitting: Sitting, parts: Sequence[str]) -> str:
    if sitting.status == "declined":
        return "declined to take part"
    if sitting.participant is None:
        return "left the study, and nothing is kept of what was done" if sitting.status == "withdrawn" else "not begun"
    left = [name for name in parts if name not in sitting.done]
    progress = f"still to do: {', '.join(left)}" if left else "all done"
    if sitting.status == "withdrawn":
        progress = f"left the study before {left[0]}" if left else "left the study at its end"
    return f"participant {sitting.participant}, {' then '.join(sitting.order)}; {progress}"


def _delete(arguments: argparse.Namespace) -> int:
    if arguments.code is None:
        raise UserError("--delete: say whose by --code")
    study = people.OpenStudy(arguments.study, Store(arguments.store))
    study.forget(study.sittings.existing(arguments.code))
    print(f"{arguments.code}: what was done is deleted; make reports and copies anew.")
    return 0


def _lead(arguments: argparse.Namespace) -> int:
    address, store = _address(arguments, not arguments.no_browser), Store(arguments.store)
    try:
        sitting = people.lead(arguments.study, arguments.code, store, address)
        assert sitting.participant is not None
        people.run_beside(arguments.study, sitting.participant, store)
    except Declined:
        print(f"{arguments.code} does not take part; nothing is kept but that.", file=sys.stderr)
        return 3
    except Withdrawn as left:
        done = "what was done is kept" if left.keep else "what was done is deleted"
        print(f"{arguments.code} has left the study; {done}.", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print(STOPPED, file=sys.stderr)
        return 130
    if sitting.left:
        print(f"{sitting.code}: failed under {', '.join(sitting.left)}; the same command tries again", file=sys.stderr)
        return 1
    print(f"{sitting.code} was participant {sitting.participant}: {', then '.join(sitting.order)}.")
    print(f"See: python -m analysis --store {arguments.store} --out report")
    return 0


def _serve(argv: Sequence[str]) -> int:
    """Several people at once; ends when all are done."""
    parser = _parser("python -m hill_exp.people serve", "Lead several people through a study at once, each at a page.")
    parser.add_argument("codes", nargs="+", metavar="CODE", help="of each person, as P01 P02 P03")
    parser.add_argument("--workers", type=int, default=workers.cores(), help="trainings at once; default: %(default)s")
    arguments = parser.parse_args(argv)
    if len({*arguments.codes}) < len(arguments.codes):
        raise UserError("CODE: each person has a code of its own; one stands there twice")
    if arguments.workers < 1:
        raise UserError(f"--workers {arguments.workers}: must be 1 or more")
    address, store = _address(arguments, browser=False), Store(arguments.store)
    try:
        sittings = lab.lead(people.OpenStudy(arguments.study, store), arguments.codes, address, arguments.workers, _say)
        for sitting in sittings:
            if sitting.participant is not None:
                people.run_beside(arguments.study, sitting.participant, store)
    except KeyboardInterrupt:
        print(STOPPED, file=sys.stderr)
        return 130
    print(f"See: python -m analysis --store {arguments.store} --out report")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(exit_status.of(main))
