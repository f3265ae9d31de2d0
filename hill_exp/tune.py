"""python -m hill_exp.tune ARM ... [--regime NAME] [key=value ...]: the settings of arms, chosen on validation data.

Every arm gets as many trials, on participants of a seed that no result uses, and the same students to choose from
(conf/search/arms.yaml). What was best goes into conf/tuned/arm/REGIME/ARM.yaml, from where arm=ARM regime=REGIME takes
it. The records are kept in a store of their own: the same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from hill_exp import exit_status
from hill_exp.command.ask import Job, Request, ask
from hill_exp.config import compose, unknown
from hill_exp.config.folder import CONF
from hill_exp.config.tree import nested
from hill_exp.record.tuning import METRIC
from hill_exp.study.console import out
from hill_exp.study.provenance import command, keep_command
from hill_exp.study.run import run
from hill_exp.types import UserError

SPACE: Final = CONF / "search" / "arms.yaml"
ALIKE: Final = """\
# @package _global_
# the settings of {arm}: nobody can tune for somebody's errors
defaults:
  - {regime}/{arm}
"""
Values = dict[str, Any]  # config key -> value


@dataclass(frozen=True)
class Trial:
    """Settings that were tried, and the mean validation accuracy over the participants."""

    settings: Values
    accuracy: float


def draws(space: Mapping[str, Any], trials: int, seed: int) -> list[Values]:
    """Settings of so many trials: none for the first, the others a Latin hypercube (McKay et al. 1979) over `space`,
    config key -> {low, high} or a list. A key's values do not hang on which other keys there are."""
    drawn: list[Values] = [{} for _ in range(trials)]
    for key, where in space.items():
        rng = np.random.default_rng([seed, zlib.crc32(key.encode())])
        shares = (rng.permutation(trials - 1) + rng.random(trials - 1)) / max(1, trials - 1)
        for settings, share in zip(drawn[1:], shares.tolist(), strict=True):
            settings[key] = _value(where, share)
    return drawn


def _value(where: Any, share: float) -> Any:
    if isinstance(where, Mapping):
        low, high = math.log(where["low"]), math.log(where["high"])
        return float(f"{math.exp(low + share * (high - low)):.3g}")
    return where[int(share * len(where))]


def search(arm: str, space: Mapping[str, Any], options: argparse.Namespace) -> list[Trial]:
    """The trials of an arm, the best first; of equal ones the earlier."""
    tried = []
    for settings in draws(space, options.trials, options.seed):
        request = _request(arm, settings, options)
        (standings,) = run([request.condition], request.plan).standings
        done = [standing.validation_accuracy for standing in standings if standing.status == "done"]
        if len(done) == request.plan.participants:  # what does not end well for all is no candidate
            tried.append(Trial(settings, statistics.fmean(done)))
            told = " ".join(f"{key}={value}" for key, value in settings.items()) or "as the configuration has it"
            out.print(f"{arm}: {METRIC} {tried[-1].accuracy:.4f}  {told}", markup=False)
    if not tried:
        raise UserError(f"{arm}: no trial ended well; see the reasons above")
    return sorted(tried, key=lambda trial: -trial.accuracy)


def _request(arm: str, settings: Values, options: argparse.Namespace) -> Request:
    where = [f"regime={options.regime}", f"arm={arm}", "~tuned/arm", *options.overrides]
    plan = [f"store={options.store}", f"participants={options.participants}", f"seed={options.seed}", "controls=[]"]
    overrides = [*where, *plan, *(f"{key}={value}" for key, value in settings.items())]
    cfg, choices = compose.composed(*overrides)
    return ask(cfg, Job({group: name or "" for group, name in choices.items()}, overrides, in_sweep=True))


def text(arm: str, trials: Sequence[Trial], options: argparse.Namespace) -> str:
    """The file of conf/tuned/arm: the settings of the first of `trials`, and where they come from."""
    import yaml

    best, default = trials[0], next((t.accuracy for t in trials if not t.settings), math.nan)
    return (
        "# @package _global_\n"
        f"# {arm}: validation accuracy {best.accuracy:.4f} over {options.participants} participants of seed"
        f" {options.seed}, the best\n# of {len(trials)} trials ({default:.4f} without these settings), by\n"
        f"#   {command()}\n" + (yaml.safe_dump(nested(best.settings), sort_keys=True) if best.settings else "{}\n")
    )


def main() -> int:
    """Exit status: 0. UserError for bad input."""
    import yaml

    keep_command("hill_exp.tune", sys.argv[1:])
    parser = argparse.ArgumentParser(
        prog="python -m hill_exp.tune", description="Choose the settings of arms on validation data."
    )
    parser.add_argument("words", nargs="+", metavar="ARM", help="of conf/arm, or all; and settings, as key=value")
    parser.add_argument("--regime", default="digits", metavar="NAME", help="of conf/regime; default: %(default)s")
    parser.add_argument("--trials", type=int, default=8, metavar="N", help="of each arm; default: %(default)s")
    parser.add_argument("--participants", type=int, default=4, metavar="N", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=101, metavar="S", help="that no result uses; default: %(default)s")
    parser.add_argument("--store", type=Path, default=Path("tuning"), metavar="DIR", help="default: %(default)s")
    parser.add_argument(
        "--write", type=Path, default=CONF / "tuned" / "arm", metavar="DIR", help="where REGIME/ARM.yaml goes"
    )
    options = parser.parse_intermixed_args()
    options.overrides = [word for word in options.words if "=" in word]
    named = [word for word in options.words if "=" not in word]
    if options.trials < 1:
        raise UserError(f"--trials {options.trials}: must be at least 1")
    space = yaml.safe_load(SPACE.read_text(encoding="utf-8"))
    arms = list(space["arms"]) if named == ["all"] else named
    for arm in arms:
        if arm not in space["arms"]:
            raise UserError(unknown(arm, [*space["arms"], "all"], "ARM"))
    for arm in arms:
        student = {**space["student"], **space.get("regimes", {}).get(options.regime, {})}
        trials = search(arm, {**student, **space["arms"][arm]}, options)
        folder = options.write / options.regime
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{arm}.yaml").write_text(text(arm, trials, options), encoding="utf-8")
        for other in space.get("alike", {}).get(arm, ()):
            (folder / f"{other}.yaml").write_text(ALIKE.format(regime=options.regime, arm=arm), encoding="utf-8")
        out.print(f"Wrote {folder / arm}.yaml", markup=False)
    return 0


if __name__ == "__main__":
    sys.exit(exit_status.of(main))
