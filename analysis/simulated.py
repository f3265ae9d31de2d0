"""Studies that did not take place: numbers drawn from the spread of a pilot with effects of a size that is given, and
judged as a store would be. What a planned study will say of a hypothesis, with all that its verdict takes: every
control, the correction for the other tests of its family, and that the pilot's spread is itself an estimate."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from analysis.claims import Verdict
from analysis.hypotheses import Evaluation, Role, judged
from analysis.hypotheses.contrasts import Comparison, confirmatory, contrasts
from analysis.hypotheses.statement import CONFUSIONS, RECALL
from analysis.paired import Pairing
from hill_exp.types import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.confusions import Pair
    from analysis.hypotheses import Hypothesis
    from analysis.tables import Tables

FEWEST: Final = 4  # complete participants of a pilot
COUNTS: Final = (4, 5, 6, 8, 10, 12, 16, 20, 24, 30, 36, 48, 64, 80, 100, 128, 160, 200, 300, 400)


@dataclass(frozen=True)
class Block:
    """The conditions of one data set, and the pilot's participants who are complete there."""

    conditions: Sequence[str]
    individuals: pd.Index

    def mixing(self, n: int, rng: np.random.Generator) -> NDArray[np.floating]:
        """(n, individuals) by which the pilot's deviations from their means become those of n new participants: normal,
        with the covariance of the pilot, whose scale is drawn anew from what the pilot leaves open (an inverse
        chi-squared with its degrees of freedom)."""
        df = len(self.individuals) - 1
        return rng.standard_normal((n, df + 1)) / math.sqrt(rng.chisquare(df))


@dataclass(frozen=True)
class Plan:
    """A hypothesis with the others of its family, and what studies of it are drawn from."""

    hypothesis: Hypothesis
    family: Sequence[Hypothesis]  # the hypothesis too
    pilot: Pairing
    classes: Mapping[str, tuple[str, ...]]  # names, by condition
    rows: pd.DataFrame  # of participants.csv, one a condition
    blocks: Sequence[Block]
    effects: Mapping[tuple[str, str], float]  # (metric, condition) -> how far its mean is above that of the pilot

    @property
    def people(self) -> int:
        """Of the pilot, at least."""
        return min(len(block.individuals) for block in self.blocks)


class Drawn(Pairing):
    """Pairs of a study of n participants that never ran: its numbers are drawn anew for each study."""

    def __init__(self, plan: Plan, n: int) -> None:
        repeated = plan.rows.loc[plan.rows.index.repeat(n)]
        super().__init__(repeated.assign(participant=np.tile(np.arange(n), len(plan.rows))))
        self._plan, self._n = plan, n
        self._mixing: list[NDArray[np.floating]] = []

    def draw(self, rng: np.random.Generator) -> None:
        """The next study."""
        self._metrics = {}
        self._mixing = [block.mixing(self._n, rng) for block in self._plan.blocks]

    def metric(self, name: str) -> pd.DataFrame:
        if name not in self._metrics:
            self._metrics[name] = self._like(name, self._plan.pilot.metric(name))
        return self._metrics[name]

    def recall(self, classes: Collection[str], over_the_others: bool) -> pd.DataFrame:
        name = next(name for name, others in RECALL.items() if others == over_the_others)
        return self._like(name, self._plan.pilot.recall(classes, over_the_others))

    def confusions(self, pairs: Collection[Pair], classes: Sequence[str], dataset: str) -> pd.DataFrame:
        return self._like(CONFUSIONS, self._plan.pilot.confusions(pairs, classes, dataset))

    def censored(self, name: str) -> None:
        """Nowhere: a target that was never reached is a number of epochs like others."""

    def _like(self, name: str, pilot: pd.DataFrame) -> pd.DataFrame:
        """A frame as the pilot's; participants keep what they have in common over metrics and conditions."""
        drawn = pd.DataFrame(index=self.present.index, columns=self.present.columns, dtype=float)
        for block, mixing in zip(self._plan.blocks, self._mixing, strict=True):
            values = pilot.loc[block.individuals, list(block.conditions)]
            effects = np.array([self._plan.effects.get((name, condition), 0.0) for condition in block.conditions])
            means = values.mean().mean() + effects
            drawn[list(block.conditions)] = means + mixing @ (values - values.mean()).to_numpy(dtype=float)
        return drawn


@dataclass(frozen=True)
class Chances:
    """How often claims were supported. by_claim: (metric, contrast, data set) -> share of the studies; left_out: those
    that could not be tested, as the pilot did not measure their metric."""

    n: int
    by_claim: Mapping[tuple[str, str, str], float]
    left_out: Sequence[tuple[str, str, str]]
    all: float  # of them at once

    @property
    def weakest(self) -> float:
        return min(self.by_claim.values(), default=0.0)


def plan(hypothesis: Hypothesis, stated: Sequence[Hypothesis], pilot: Tables, effect: float) -> Plan:
    """Studies of the hypothesis whose treatments differ by `effect` margins from every control, on the side that is
    claimed (a slope: per unit of the dose), where it claims a difference; where it claims that something is maintained,
    and in the other hypotheses of the family, nothing differs. The pilot's seeds may be others than the study's.

    UserError where the pilot has not the hypothesis's cell with its controls, or too few participants.
    """
    done = pilot.participants[pilot.participants["status"] == "done"]
    rows = done.drop_duplicates("condition").assign(seed=hypothesis.cell.seeds[0], participant=0)
    asked, family = Pairing(rows), [h for h in stated if h.family == hypothesis.family]
    cells = [(h, cell) for h in family if isinstance(cell := confirmatory(h, asked), Comparison)]
    involved = {c for h, cell in cells for c in _involved(h, asked, cell)}
    effects = {k: v for h, cell in cells if h.name == hypothesis.name for k, v in _effects(h, asked, cell, effect)}
    if not effects:
        raise UserError(
            f"--hypothesis {hypothesis.name}: the store has none of its comparisons as its cell has them, with all "
            "controls. Run a few participants of them first, with a seed of their own, and give their store as --store."
        )
    observed = Pairing(pilot.participants, pilot.groups, pilot.confusions)
    metrics = list(dict.fromkeys(["test_accuracy", *(test.metric for h in family for test in h.tests)]))
    blocks = []
    for _, same in asked.conditions.loc[sorted(involved)].groupby("dataset"):
        conditions = [str(condition) for condition in same.index]
        values = pd.concat({m: observed.metric(m)[conditions] for m in metrics}, axis=1).dropna(axis=1, how="all")
        blocks.append(Block(conditions, values.dropna().index))
    made = Plan(
        hypothesis, family, observed, pilot.classes, rows[rows["condition"].isin(involved)], blocks, effects
    )  # fmt: skip
    if made.people < FEWEST:
        raise UserError(f"--store: {made.people} participants are complete; a pilot takes {FEWEST} or more")
    return made


def _involved(hypothesis: Hypothesis, pairing: Pairing, cell: Comparison) -> set[str]:
    """The conditions that the hypothesis compares."""
    compared = (c for test in hypothesis.tests for c in contrasts(hypothesis, test, pairing, cell))
    return {*cell.conditions, *(condition for contrast in compared for condition in contrast.weights)}


def _effects(
    hypothesis: Hypothesis, pairing: Pairing, cell: Comparison, effect: float
) -> Iterator[tuple[tuple[str, str], float]]:
    """((metric, condition), how far it lies above the mean of all), so that each difference that is claimed is there,
    and each that is to be maintained is 0: least squares, since tests may ask for several of one metric. Nothing for a
    metric some of whose controls are missing."""
    for metric in dict.fromkeys(test.metric for test in hypothesis.tests):
        tests = [test for test in hypothesis.tests if test.metric == metric]
        sizes = [0.0 if t.as_claim.maintains else effect * t.margin * t.as_claim.sign for t in tests]
        if cell.dose:
            columns = [cell.dose, *filter(None, [hypothesis.by])]
            amounts = pairing.conditions.loc[list(cell.conditions), columns].astype(float).prod(axis=1)
            yield from (((metric, str(c)), sizes[0] * float(amount)) for c, amount in amounts.items())
            continue
        asked = [
            (contrast, size)
            for test, size in zip(tests, sizes, strict=True)
            for contrast in contrasts(hypothesis, test, pairing, cell)
        ]
        if all(contrast.weights for contrast, _ in asked):
            weights = pd.DataFrame([contrast.weights for contrast, _ in asked]).fillna(0.0)
            shifts = np.linalg.lstsq(weights.to_numpy(), np.array([size for _, size in asked]), rcond=None)[0]
            yield from (((metric, str(c)), float(shift)) for c, shift in zip(weights, shifts, strict=True))


def studies(planned: Plan, n: int, rng: np.random.Generator) -> Iterator[pd.DataFrame]:
    """One after the other, of n participants: of each the rows of hypotheses.csv, one a claim of the hypothesis."""
    pairing = Drawn(planned, n)
    evaluation = Evaluation(planned.family, pairing, planned.classes)
    while True:
        pairing.draw(rng)
        rows = judged(evaluation.tests([Role.CONFIRMATORY]))
        yield rows[rows["hypothesis"] == planned.hypothesis.name]


def chances(planned: Plan, n: int, count: int, rng: np.random.Generator) -> Chances:
    """Of so many studies of n participants."""
    found = pd.concat(islice(studies(planned, n, rng), count), keys=range(count), names=["study"])
    shares: dict[tuple[str, str, str], float] = {}
    left_out, together = [], pd.Series(True, index=range(count))
    for (metric, contrast, dataset), rows in found.groupby(["metric", "contrast", "dataset"], sort=False):
        claim, held = (str(metric), str(contrast), str(dataset)), rows["verdict"] == Verdict.SUPPORTED
        if (rows["verdict"] == Verdict.NOT_TESTED).all():
            left_out.append(claim)
            continue
        shares[claim] = float(held.mean())
        together &= held.groupby("study").all()
    return Chances(n, shares, left_out, float(together.mean()))


def fewest(planned: Plan, wanted: float, count: int, rng: np.random.Generator) -> Chances | None:
    """Those of the fewest participants, of COUNTS, with which every claim has the wanted chance; None where none is
    enough. By bisection, since more participants find more."""
    low, high, best = 0, len(COUNTS), None
    while low < high:
        middle = (low + high) // 2
        at = chances(planned, COUNTS[middle], count, rng)
        if at.weakest >= wanted:
            best, high = at, middle
        else:
            low = middle + 1
    return best
