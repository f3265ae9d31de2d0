"""python -m analysis power: how many participants a paired comparison needs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from hill_exp.types import UserError

UNIT = "standard deviations of the paired differences"


def main(arguments: Sequence[str]) -> int:
    """Print it and return 0; UserError with a sentence where the user can put something right."""
    options = _options(arguments)
    for name, value, low, high in (("alpha", options.alpha, 0, 0.5), ("power", options.power, 0, 1)):
        if not low < value < high:
            raise UserError(f"--{name} {value}: must be above {low} and below {high}")
    if options.effect <= 0:
        raise UserError(f"--effect {options.effect}: must be above 0")

    from analysis.claims import Equal, Higher
    from analysis.stats import pairs_needed

    claim = {"different": Higher, "equal": Equal}[options.claim]
    for where, spread in _spreads(options) if options.store else [("", 1.0)]:
        try:
            n = pairs_needed(claim(options.effect / spread), options.alpha, options.power)
        except ValueError as error:
            raise UserError(f"--effect {options.effect}: {error}") from None
        size = f"({options.effect / spread:.2f} {UNIT})" if where else UNIT
        aim = f"{claim.aim} {options.effect:g} {size}"
        print(f"{where}{n} pairs {aim} with power {options.power:g} at alpha {options.alpha:g}.")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
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
    return parser.parse_args(arguments)


def _spreads(options: argparse.Namespace) -> list[tuple[str, float]]:
    """(where, standard deviation of the paired differences) of each condition of the user that has its control."""
    from analysis.paired import Pairing
    from analysis.tables import distinguish, participants
    from hill_exp.record.store import Store

    table = participants(Store(options.store))
    if options.metric not in table:
        raise UserError(f"--metric {options.metric}: there is no such column in the store's participants")
    pairing = Pairing(table)
    chosen = pairing.conditions[pairing.conditions["user"] == options.user]
    settings = distinguish(chosen)
    spreads = []
    for condition, dataset in chosen["dataset"].items():
        control = pairing.match(str(condition), {"user": options.over})
        if control is None:
            continue
        differences = pairing.difference(options.metric, str(condition), control).differences
        if len(differences) > 1 and differences.std() > 0:
            place = ", ".join(filter(None, [dataset, settings[condition]]))
            spread = f"standard deviation {differences.std():.4f} in {len(differences)} pairs"
            where = f"{place}: {spread} of {options.user} and {options.over}; "
            spreads.append((where, float(differences.std())))
    if not spreads:
        users = ", ".join(sorted(set(table["user"].astype(str))))
        raise UserError(
            f"--store {options.store}: no two pairs of {options.user} and {options.over} that differ in "
            f"{options.metric}. Users there: {users or 'none at all'}"
        )
    return spreads
