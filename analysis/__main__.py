"""python -m analysis: from a store of records to tables, tests, figures and a report."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from hill_exp import exit_status
from hill_exp.types import UserError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; 0 if all went well, 2 with a sentence where the user can put something right."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return exit_status.of(lambda: _dispatch(given))
    except OSError as error:
        print(f"{error.filename}: {error.strerror}. Choose another folder with --out.", file=sys.stderr)
        return 2


def _dispatch(given: Sequence[str]) -> int:
    match given:
        case ["power", *rest]:
            from analysis import power

            return power.main(rest)
        case ["brief", *rest]:
            from analysis import brief

            return brief.main(rest)
    return _analyse(given)


def _analyse(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m analysis",
        description="Read a store and write tables/*.csv, figures/*.png and *.pdf, and report.html.",
        epilog="python -m analysis power --help: how many participants a comparison needs. "
        "python -m analysis brief --help: the table and pictures of one condition.",
    )
    parser.add_argument("--store", type=Path, required=True, metavar="DIR", help="folder that python -m hill_exp wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write into")
    parser.add_argument(
        "--hypotheses", type=Path, metavar="DIR", help="folder of hypotheses (default: conf/hypotheses)"
    )
    parser.add_argument("--figure", metavar="NAME", help="draw this figure alone, as learning_curves")
    options = parser.parse_args(given)

    from analysis import hypotheses
    from analysis.figures.catalogue import FIGURES
    from analysis.figures.style import save
    from analysis.report import render
    from analysis.results import NoData, Results
    from analysis.tables import read
    from hill_exp.record.store import Store

    if options.figure and options.figure not in FIGURES:
        raise UserError(f"--figure {options.figure}: there is no such figure. There are: {', '.join(FIGURES)}")
    stated = hypotheses.load(options.hypotheses) if options.hypotheses else hypotheses.load()
    store = Store(options.store)
    tables = read(store)
    for path in tables.damaged:
        print(f"damaged, left out: {path}", file=sys.stderr)
    if tables.participants.empty:
        raise UserError(
            f"--store {options.store}: there is no whole record in it. Run a condition first, as "
            f"python -m hill_exp +user=oracle store={options.store}"
        )
    hypotheses.check(stated, tables.participants)
    tables.save(options.out / "tables")
    done = tables.participants[tables.participants["status"] == "done"]
    if done.groupby("condition", observed=True).size().max() < 2 if len(done) else True:
        raise UserError(
            f"--store {options.store}: no condition has two participants who ended well, so nothing can be tested. "
            f"The tables are in {options.out / 'tables'}. Run more, as python -m hill_exp +user=oracle participants=8"
        )
    results = Results(store, tables, stated, hypotheses.evaluate(stated, tables))
    results.tests.to_csv(options.out / "tables" / "hypotheses.csv", index=False)

    skipped: dict[str, str] = {}
    for name in [options.figure] if options.figure else FIGURES:
        try:
            save(FIGURES[name].draw(results), options.out / "figures", name)
        except NoData as reason:
            skipped[name] = str(reason)
            print(f"figure {name}: skipped, {reason}")
    if options.figure:
        if skipped:
            return 2
        print(options.out / "figures" / f"{options.figure}.png")
        return 0
    command = f"python -m analysis {shlex.join(given)}"
    page = options.out / "report.html"
    page.write_text(render(results, options.out / "figures", skipped, command), encoding="utf-8")
    verdicts = hypotheses.judged(results.tests)["verdict"].value_counts()
    print(f"{len(tables.participants)} runs; tests: {', '.join(f'{n} {verdict}' for verdict, n in verdicts.items())}")
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
