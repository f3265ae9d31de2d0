"""python -m analysis: from a store of records to tables, tests, figures and a report."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hill_exp import exit_status
from hill_exp.config.folder import HYPOTHESES
from hill_exp.types import UserError

if TYPE_CHECKING:
    import pandas as pd


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
        case ["freeze", *rest]:
            from analysis import freeze

            return freeze.main(rest)
    return _analyse(given)


def _analyse(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m analysis",
        description="Read a store and write tables/*.csv, figures/*.png and *.pdf, and report.html.",
        epilog="python -m analysis freeze --help: fix hypotheses and analysis before there are data. "
        "python -m analysis power --help: how many participants a study needs. "
        "python -m analysis brief --help: the table and pictures of one condition.",
    )
    parser.add_argument("--store", type=Path, required=True, metavar="DIR", help="folder that python -m hill_exp wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write into")
    parser.add_argument("--hypotheses", type=Path, metavar="DIR", default=HYPOTHESES, help="default: conf/hypotheses")
    parser.add_argument(
        "--figure", metavar="NAME", help="draw this figure alone, as learning_curves; or your own, as module.function"
    )
    parser.add_argument(
        "--metric", metavar="CLASS", action="append", default=[], help="add a metric of your own, as module.Class"
    )
    options = parser.parse_args(given)

    from analysis import freeze, hypotheses, kept_metric
    from analysis.figures.catalogue import FIGURES, find
    from analysis.figures.style import save
    from analysis.report import render
    from analysis.results import NoData, Results
    from analysis.tables import read
    from analysis.written import write
    from hill_exp.record.store import Store

    alone = find(options.figure, f"--figure {options.figure}") if options.figure else None
    metrics = kept_metric.named(options.metric)
    stated = hypotheses.load(options.hypotheses)
    store = Store(options.store)
    tables = read(store, metrics=metrics)
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
            f"The tables are in {options.out / 'tables'}. {_more(tables.participants)}"
        )
    frozen = freeze.told(freeze.standing(store, tables, options.hypotheses, metrics))
    results = Results.of(store, tables, stated)
    write(results, options.out / "tables")

    skipped: dict[str, str] = {}
    figures = {options.figure.rpartition(".")[2]: alone} if alone else FIGURES
    for name, drawing in figures.items():
        try:
            save(drawing.draw(results), options.out / "figures", name)
        except NoData as reason:
            skipped[name] = str(reason)
    if skipped:
        print(f"Figures not drawn: {'; '.join(f'{name}: {reason}' for name, reason in skipped.items())}")
    if alone:
        if skipped:
            return 2
        print(options.out / "figures" / f"{name}.png")
        return 0
    command = f"python -m analysis {shlex.join(given)}"
    page = options.out / "report.html"
    page.write_text(render(results, options.out / "figures", skipped, frozen, command), encoding="utf-8")
    counts = [f"{len(tables.participants)} runs"]
    for role in hypotheses.Role:
        verdicts = hypotheses.judged(results.tests, role)["verdict"].value_counts()
        if role == hypotheses.Role.EXPLORATORY:  # what the store happens not to have
            verdicts = verdicts.drop("not tested", errors="ignore")
        counts.append(f"{role} tests: {', '.join(f'{n} {verdict}' for verdict, n in verdicts.items()) or 'none'}")
    print("; ".join(counts))
    for line in frozen:
        print(line)
    print(page)
    return 0


def _more(participants: pd.DataFrame) -> str:
    """How there come to be more participants: as these did."""
    if "person.place" in participants:
        return "Seat more people, with python -m hill_exp.people STUDY.yaml --code ANOTHER"
    if (participants["user"] == "human").any():
        return "Seat the next person, with the same command and a higher participants=N"
    return "Run more, as python -m hill_exp +user=oracle participants=8"


if __name__ == "__main__":
    sys.exit(main())
