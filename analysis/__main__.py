"""python -m analysis: from a store of records to tables, tests, figures and a report."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from hill_exp.types import UserError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; 0 if all went well, 2 with a sentence where the user can put something right."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["power"]:
            return _power(given[1:])
        return _analyse(given)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: {error.strerror}. Choose another folder with --out.", file=sys.stderr)
        return 2


def _analyse(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m analysis",
        description="Read a store and write tables/*.csv, figures/*.png and *.pdf, and report.html.",
        epilog="python -m analysis power --help: how many participants a comparison needs.",
    )
    parser.add_argument("--store", type=Path, required=True, metavar="DIR", help="folder that python -m hill_exp wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write into")
    parser.add_argument(
        "--hypotheses", type=Path, metavar="DIR", help="folder of hypotheses (default: conf/hypotheses)"
    )
    parser.add_argument("--figure", metavar="NAME", help="draw this figure alone, as learning_curves")
    options = parser.parse_args(given)

    from analysis import hypotheses
    from analysis.figures import FIGURES
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
    judged = results.tests[results.tests["part"] != "part"]["verdict"].value_counts()
    print(f"{len(tables.participants)} runs; tests: {', '.join(f'{n} {verdict}' for verdict, n in judged.items())}")
    print(page)
    return 0


def _power(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m analysis power",
        description="How many participants a paired comparison needs.",
        epilog="Without a store, --effect is in standard deviations of the paired differences. With one, it is in "
        "units of the metric, and the standard deviation is that of the pairs in the store.",
    )
    parser.add_argument("--effect", type=float, required=True, metavar="D", help="the smallest effect to be found")
    parser.add_argument("--alpha", type=float, default=0.05, help="two-sided level of the test (default: 0.05)")
    parser.add_argument("--power", type=float, default=0.8, help="wanted chance to find it (default: 0.8)")
    parser.add_argument(
        "--claim", choices=("different", "equal"), default="different",
        help="equal: how many show that a difference is within the effect, if there is none (TOST)",
    )  # fmt: skip
    parser.add_argument("--store", type=Path, metavar="DIR", help="take the spread of the differences from here")
    parser.add_argument("--metric", default="test_accuracy", help="with --store (default: test_accuracy)")
    parser.add_argument("--user", default="oracle", help="with --store (default: oracle)")
    parser.add_argument("--over", default="none", help="with --store: the control (default: none)")
    options = parser.parse_args(given)
    for name, low, high in (("alpha", 0, 0.5), ("power", 0, 1)):
        if not low < getattr(options, name) < high:
            raise UserError(f"--{name} {getattr(options, name)}: must be above {low} and below {high}")
    if options.effect <= 0:
        raise UserError(f"--effect {options.effect}: must be above 0")

    from analysis.stats import Claim, pairs_needed

    claim: Claim = "equal" if options.claim == "equal" else "higher"
    of = "standard deviations of the paired differences"
    for told, spread in _spreads(options) if options.store else [("", 1.0)]:
        try:
            n = pairs_needed(claim, options.effect / spread, options.alpha, options.power)
        except ValueError as error:
            raise UserError(f"--effect {options.effect}: {error}") from None
        size = f"{options.effect:g} {of}" if not told else f"{options.effect:g} ({options.effect / spread:.2f} {of})"
        what = "show equality within" if claim == "equal" else "find a difference of"
        print(f"{told}{n} pairs {what} {size} with power {options.power:g} at alpha {options.alpha:g}.")
    return 0


def _spreads(options: argparse.Namespace) -> list[tuple[str, float]]:
    """(where, standard deviation of the paired differences) of each condition of the user that has its control."""
    from analysis.paired import Study
    from analysis.tables import distinguish, participants
    from hill_exp.record.store import Store

    table = participants(Store(options.store))
    study = Study(table)
    if options.metric not in table:
        raise UserError(f"--metric {options.metric}: there is no such column in the store's participants")
    chosen = study.conditions[study.conditions["user"] == options.user]
    settings = distinguish(chosen)
    found = []
    for condition, dataset in chosen["dataset"].items():
        control = study.match(str(condition), {"user": options.over})
        if control is None:
            continue
        pairs = study.difference(options.metric, str(condition), control).differences
        if len(pairs) > 1 and pairs.std() > 0:
            where = ", ".join(filter(None, [dataset, settings[condition]]))
            told = f"{where}: standard deviation {pairs.std():.4f} in {len(pairs)} pairs of "
            found.append((f"{told}{options.user} and {options.over}; ", float(pairs.std())))
    if not found:
        users = ", ".join(sorted(set(table["user"].astype(str))))
        raise UserError(
            f"--store {options.store}: no two pairs of {options.user} and {options.over} that differ in "
            f"{options.metric}. Users there: {users or 'none at all'}"
        )
    return found


if __name__ == "__main__":
    sys.exit(main())
