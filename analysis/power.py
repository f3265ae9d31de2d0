"""python -m analysis power: how many participants a paired comparison needs, or a hypothesis with all its tests."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hill_exp.config.folder import HYPOTHESES
from hill_exp.types import UserError

if TYPE_CHECKING:
    from analysis.hypotheses import Hypothesis

MARGINS: Final = 2.0  # true effect of a simulated study, in smallest effects of interest
SMALL: Final = 0.5  # without a pilot, in standard deviations of the paired differences
UNIT = "standard deviations of the paired differences"


def main(arguments: Sequence[str]) -> int:
    """Print it and return 0; UserError with a sentence where the user can put something right."""
    options = _options(arguments)
    if options.effect is None:
        if not options.hypothesis:
            raise UserError(
                "--effect: needed, as the smallest effect to be found; or name a hypothesis: --hypothesis H1"
            )
        options.effect = MARGINS if options.store else SMALL
    for name, value, low, high in (("alpha", options.alpha, 0, 0.5), ("power", options.power, 0, 1)):
        if not low < value < high:
            raise UserError(f"--{name} {value}: must be above {low} and below {high}")
    if options.effect <= 0:
        raise UserError(f"--effect {options.effect}: must be above 0")
    if options.hypothesis:
        return _of_hypothesis(options)

    from analysis.claims import Equal, Higher
    from analysis.stats import pairs_needed

    claim = {"different": Higher, "equal": Equal}[options.claim]
    for where, spread in _spreads(options) if options.store else [("", 1.0)]:
        try:
            n = pairs_needed(claim(options.effect / spread), options.alpha / 2, options.power)  # a side
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
    parser.add_argument("--effect", type=float, metavar="D", help="the smallest effect to be found")
    parser.add_argument(
        "--hypothesis",
        metavar="NAME",
        help="all tests of this one, over its controls and corrected for its family; "
        f"with a pilot in --store its verdict is simulated, and --effect is in margins (default: {MARGINS:g})",
    )
    parser.add_argument("--hypotheses", type=Path, metavar="DIR", default=HYPOTHESES, help="default: conf/hypotheses")
    parser.add_argument("--participants", type=int, metavar="N", help="with a pilot: the chances of this many")
    parser.add_argument("--studies", type=int, default=200, help="with a pilot: simulated studies (default: 200)")
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


def _of_hypothesis(options: argparse.Namespace) -> int:
    from analysis import hypotheses

    stated = hypotheses.load(options.hypotheses)
    chosen = next((h for h in stated if h.name == options.hypothesis), None)
    if chosen is None:
        names = ", ".join(h.name for h in stated)
        raise UserError(f"--hypothesis {options.hypothesis}: there is none of this name. There are: {names}")
    return _simulated(options, chosen, stated) if options.store else _bounded(options, chosen, stated)


def _bounded(options: argparse.Namespace, chosen: Hypothesis, stated: Sequence[Hypothesis]) -> int:
    """Without a pilot: for each test as many pairs as suffice whatever the other tests say and however the comparisons
    of its claim hang together (Bonferroni both times)."""
    from analysis.stats import pairs_needed

    claims = sum(1 if h.joint else len(h.tests) for h in stated if h.family == chosen.family)
    parts = [1 if choice else max(1, len(over)) for over, choice in map(chosen.compared, chosen.tests)]
    for test, own in zip(chosen.tests, parts, strict=True):
        claim, together = type(test.as_claim)(options.effect), sum(parts) if chosen.joint else own
        n = pairs_needed(claim, chosen.alpha / claims, 1 - (1 - options.power) / together)
        over = f", with all {together} comparisons that its claim takes" if together > 1 else ""
        print(f"{chosen.name}, {test.metric}: {n} pairs {claim.aim} {options.effect:g} {UNIT}{over}.")
    print(
        f"Each with power {options.power:g}, and with alpha {chosen.alpha:g}, one-sided, shared by the {claims} claims "
        "of its family. This is a bound: name a pilot with --store, and its spread is used and the verdict simulated."
    )
    return 0


def _simulated(options: argparse.Namespace, chosen: Hypothesis, stated: Sequence[Hypothesis]) -> int:
    """With a pilot: how often studies that are drawn from it come to the verdict."""
    import numpy as np

    from analysis import simulated
    from analysis.metrics import describe
    from analysis.tables import read
    from hill_exp.record.store import Store

    if options.studies < 2 or (options.participants or simulated.FEWEST) < simulated.FEWEST:
        raise UserError(f"--studies must be 2 or more, and --participants {simulated.FEWEST} or more")
    planned = simulated.plan(chosen, stated, read(Store(options.store)), options.effect)
    rng = np.random.default_rng(0)
    if options.participants:
        found = simulated.chances(planned, options.participants, options.studies, rng)
    elif (best := simulated.fewest(planned, options.power, options.studies, rng)) is not None:
        found = best
        print(
            f"{found.n} participants give every claim of {chosen.name} a chance of {options.power:g} to be supported."
        )
    else:
        print(
            f"No number up to {simulated.COUNTS[-1]} gives every claim of {chosen.name} a chance of {options.power:g}."
        )
        found = simulated.chances(planned, simulated.COUNTS[-1], options.studies, rng)
    print(f"With {found.n} participants, in {options.studies} simulated studies:")
    for (metric, contrast, where), share in found.by_claim.items():
        print(f"  {share:.2f}  {describe(metric).label}, {contrast} ({where})")
    for metric, contrast, where in found.left_out:
        why = "the pilot did not measure it, or all differ alike there"
        print(f"  not tested: {describe(metric).label}, {contrast} ({where}); {why}")
    if len(found.by_claim) > 1:
        print(f"  {found.all:.2f}  all of them at once")
    print(
        f"True differences: {options.effect:g} times the smallest effect of interest where a difference is claimed, "
        f"none where something is maintained. The spread is that of the pilot ({planned.people} participants), and as "
        "uncertain."
    )
    return 0


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
