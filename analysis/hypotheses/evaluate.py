"""Every test of every hypothesis on a store: the rows of hypotheses.csv."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.claims import Verdict
from analysis.hypotheses.contrasts import (
    Comparison,
    Contrast,
    Kind,
    Role,
    choices_of_cell,
    confirmatory,
    contrasts,
    difference,
    exploratory,
    joint,
    named_pairs,
    slope,
    touched,
)
from analysis.hypotheses.statement import CONFUSIONS, RECALL, Hypothesis, Statement
from analysis.metrics import describe
from analysis.multiplicity import Corrected, false_discoveries, holm
from analysis.notes import Note, Remark
from analysis.paired import Pairing
from analysis.stats import Result, dose_test, paired_test

if TYPE_CHECKING:
    from analysis.tables import Tables

COLUMNS = (
    "hypothesis", "dataset", "metric", "contrast", "n", "estimate", "ci_low", "ci_high", "effect_size", "p",
    "p_adjusted", "margin", "power", "verdict",
    # beyond the contract
    "role", "finding", "level", "p_contrary", "p_contrary_adjusted", "claim", "part", "setting", "seeds", "missing",
    "censored", "test", "p_check", "alpha", "family", "condition", "notes", "kind", "treatment", "control", "doubtful",
    "disagreement",
)  # fmt: skip


Correction = Callable[[tuple[float, ...]], Corrected]


class Part(StrEnum):
    """A row's place in an intersection-union test: comparisons of one treatment that must all hold."""

    ALONE = ""  # the only comparison of its claim
    PART = "part"
    JOINT = "joint"  # the claim over all its parts, with the numbers of the one that decides


def judged(tests: pd.DataFrame, role: Role | None = None) -> pd.DataFrame:
    """Rows of hypotheses.csv whose verdict is that of a claim as it was stated: one a claim, parts left out. role:
    those of the one alone."""
    whole = tests[tests["part"] != Part.PART]
    return whole if role is None else whole[whole["role"] == role]


def compared(tests: pd.DataFrame) -> pd.DataFrame:
    """Rows of hypotheses.csv with a comparison of their own: one a treatment and control, joint ones left out."""
    return tests[tests["part"] != Part.JOINT]


@dataclass(frozen=True)
class Row:
    """One test, or the joint one of several, before the correction for the others of its family."""

    hypothesis: Hypothesis
    test: Statement
    role: Role
    dataset: str
    contrast: Contrast
    setting: str
    seeds: tuple[int, ...]
    result: Result
    parts: tuple[Row, ...] = ()  # of an intersection-union test
    missing: int = 0
    censored: int = 0
    condition: str = ""  # id of the treatment, or of a sweep's first

    @cached_property
    def p(self) -> float:
        """Of a joint claim the largest of its parts; NaN if one of them could not be tested."""
        return max((part.p for part in self.parts), key=_weak) if self.parts else self.result.p

    @cached_property
    def p_contrary(self) -> float:
        """Of a joint claim the least of its parts, times their number: any of them contradicts it (Bonferroni)."""
        least = min((part.p_contrary for part in self.parts), key=_weak) if self.parts else self.result.p_contrary
        return _times(least, max(1, len(self.parts)))

    def noting(self, *remarks: Remark) -> Row:
        """The row with more notes."""
        return replace(self, result=replace(self.result, notes=(*self.result.notes, *remarks)))


def _weak(p: float) -> float:
    """For an order in which what could not be tested is the weakest."""
    return math.inf if math.isnan(p) else p


def _times(p: float, parts: int) -> float:
    return p if math.isnan(p) else min(1.0, p * parts)


def evaluate(hypotheses: Sequence[Hypothesis], tables: Tables) -> pd.DataFrame:
    """Every test of every hypothesis, with COLUMNS: the confirmatory ones, of which there are as many as the files
    state whatever the store holds, and all else that it has."""
    pairing = Pairing(tables.participants, tables.groups, tables.confusions)
    return Evaluation(hypotheses, pairing, tables.classes).tests()


class Evaluation:
    """Hypotheses on pairs of conditions; it looks their cells up once, for those who draw the numbers anew.

    classes: names of the classes, by condition.
    """

    def __init__(
        self, hypotheses: Sequence[Hypothesis], pairing: Pairing, classes: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._testers = [_Tester(h, pairing, classes) for h in hypotheses]

    def tests(self, roles: Collection[Role] = tuple(Role)) -> pd.DataFrame:
        """As `evaluate`; those of some roles."""
        rows = [row for tester in self._testers for row in tester.rows(roles)]
        lines: dict[int, list[dict[str, Any]]] = {}
        groups: dict[tuple[str, Role], list[int]] = defaultdict(list)
        for i, row in enumerate(rows):
            groups[row.hypothesis.family, row.role].append(i)
        for (_, role), members in groups.items():
            family = [rows[i] for i in members]
            alpha = min(row.hypothesis.alpha for row in family)
            correct: Correction = (
                partial(holm, alpha=alpha, size=len(family))
                if role == Role.CONFIRMATORY
                else partial(false_discoveries, alpha=alpha)
            )
            correct = lru_cache(maxsize=4)(correct)  # most ask for the family as it is
            for k, i in enumerate(members):
                lines[i] = list(_lines(family, k, correct, alpha))
        return pd.DataFrame([line for i in range(len(rows)) for line in lines[i]], columns=list(COLUMNS))


def _lines(family: Sequence[Row], k: int, correct: Correction, alpha: float) -> Iterator[dict[str, Any]]:
    """The row of the k-th test of a family, and those of its parts. A part is corrected as if it stood for its claim
    alone, so that all parts hold iff the whole does."""
    row = family[k]
    decision = _decide(family, k, row.p, row.p_contrary, correct, alpha)
    if not row.parts:
        yield _line(row, row, decision, Part.ALONE)
        return
    key, choose = (lambda r: _weak(r.p)), max
    if decision.verdict == Verdict.NOT_SUPPORTED:
        key, choose = (lambda r: _weak(r.p_contrary)), min
    deciding = choose(row.parts, key=key)
    k_parts = len(row.parts)
    parts = [
        (part, _decide(family, k, part.p, _times(part.p_contrary, k_parts), correct, alpha, k_parts))
        for part in row.parts
    ]
    at = next(decided for part, decided in parts if part is deciding)
    yield _line(row, deciding, replace(decision, level=at.level), Part.JOINT)
    for part, decided in parts:
        yield _line(part, part, decided, Part.PART)


@dataclass(frozen=True)
class _Decision:
    verdict: Verdict
    p: float  # adjusted
    p_contrary: float  # adjusted
    level: float  # one-sided, of the test that decides


def _decide(
    family: Sequence[Row],
    k: int,
    p: float,
    p_contrary: float,
    correct: Correction,
    alpha: float,
    parts: int = 1,
) -> _Decision:
    """What p and p_contrary say in place of those of the family's k-th test. parts: by how many p_contrary was
    multiplied."""
    found = correct(tuple(p if i == k else row.p for i, row in enumerate(family)))
    contrary = correct(tuple(p_contrary if i == k else row.p_contrary for i, row in enumerate(family)))
    level, level_contrary = alpha * found.share[k], alpha * contrary.share[k] / parts
    if contrary.p[k] < alpha:
        verdict, level = Verdict.NOT_SUPPORTED, level_contrary
    elif math.isnan(p):
        verdict, level = Verdict.NOT_TESTED, alpha
    elif found.p[k] < alpha:
        verdict = Verdict.SUPPORTED
    else:
        verdict, level = Verdict.INCONCLUSIVE, min(level, level_contrary)
    return _Decision(verdict, found.p[k], contrary.p[k], level)


def _line(row: Row, shown: Row, decision: _Decision, part: Part) -> dict[str, Any]:
    """shown: whose numbers stand in the row, itself or the part that decides."""
    h, t, r, c = row.hypothesis, shown.test, shown.result, row.contrast
    claim, (low, high) = t.as_claim, r.interval(decision.level)
    notes = r.notes if shown is row else (Note.DECIDING_PART(metric=t.metric, contrast=shown.contrast.label), *r.notes)
    metrics = dict.fromkeys(p.test.metric for p in row.parts) or [t.metric]
    return {
        "hypothesis": h.name, "dataset": row.dataset, "metric": " and ".join(metrics), "contrast": c.label, "n": r.n,
        "estimate": r.estimate, "ci_low": low, "ci_high": high, "effect_size": r.effect_size, "p": row.p,
        "p_adjusted": decision.p, "margin": t.margin, "power": r.power(claim, decision.level),
        "verdict": decision.verdict.value, "role": row.role.value,
        "finding": claim.finding(decision.verdict, (low, high)).value if r.tested else str(decision.verdict),
        "level": 1 - 2 * decision.level, "p_contrary": row.p_contrary, "p_contrary_adjusted": decision.p_contrary,
        "claim": t.claim, "part": part.value, "setting": row.setting, "seeds": ", ".join(map(str, row.seeds)),
        "missing": shown.missing, "censored": shown.censored, "test": r.test, "p_check": r.p_check, "alpha": h.alpha,
        "family": h.family, "condition": row.condition, "notes": "; ".join(map(str, notes)), "kind": c.kind.value,
        "treatment": c.treatment, "control": c.control, "doubtful": any(remark.note.doubts for remark in r.notes),
        "disagreement": any(remark.note.disagrees for remark in r.notes),
    }  # fmt: skip


@dataclass(frozen=True)
class _Tester:
    """One hypothesis on a store."""

    hypothesis: Hypothesis
    pairing: Pairing
    classes: Mapping[str, tuple[str, ...]]

    @cached_property
    def _cell(self) -> Comparison | Remark:
        return confirmatory(self.hypothesis, self.pairing)

    @property
    def _claims(self) -> Sequence[Sequence[Statement]]:
        """The tests, those together that make one claim."""
        h = self.hypothesis
        return [h.tests] if h.joint else [(test,) for test in h.tests]

    def rows(self, roles: Collection[Role]) -> Iterator[Row]:
        if Role.CONFIRMATORY in roles:
            yield from map(self._stated, self._claims)
        if Role.EXPLORATORY in roles:
            yield from self._explored()

    def _stated(self, tests: Sequence[Statement]) -> Row:
        """The row of a claim where it was to be tested."""
        cell = self._cell
        return self._claim(tests, cell) if isinstance(cell, Comparison) else self._absent(tests, cell)

    def _explored(self) -> Iterator[Row]:
        h, cell = self.hypothesis, self._cell
        done = (cell.conditions, cell.seeds) if isinstance(cell, Comparison) else None
        for comparison in exploratory(h, self.pairing):
            stated = self._claims if (comparison.conditions, comparison.seeds) != done else []
            for tests in [*stated, *((test,) for test in h.explore)]:
                row = self._claim(tests, comparison)
                if any(part.result.n for part in row.parts or (row,)):
                    yield row

    def _absent(self, tests: Sequence[Statement], why: Remark) -> Row:
        """The row of a claim whose cell is not in the store."""
        h = self.hypothesis
        cell, result = h.cell, Result(0, notes=(why,))
        rows = [
            Row(h, test, Role.CONFIRMATORY, cell.dataset, contrast, "", cell.seeds, result)
            for test in tests
            for contrast in self._expected(test)
        ]
        return _join(rows)

    def _expected(self, test: Statement) -> list[Contrast]:
        """What would be compared if the store had it."""
        h = self.hypothesis
        user = test.user or h.cell.user or h.user[0]
        if h.dose:
            return [slope(next(key for key in h.amounts if key != h.by), h.by, user)]
        over, choice = h.compared(test)
        if choice is None:
            return [difference(user, control) for control in over]
        (name,) = choices_of_cell(h)[choice.group]
        if h.of_arms:
            return [difference(name, choice.over)]
        if not over:
            return [Contrast(Kind.DIFFERENCE, f"{user} under {name}", choice.over, f"{name} - {choice.over} ({user})")]
        label = f"{user} - {over[0]}: {name} - {choice.over}"
        return [Contrast(Kind.INTERACTION, f"{user} under {name}", choice.over, label)]

    def _claim(self, tests: Sequence[Statement], comparison: Comparison) -> Row:
        """The tests of one claim on one treatment, all of which must hold."""
        return _join(
            [
                self._row(test, contrast, comparison)
                for test in tests
                for contrast in contrasts(self.hypothesis, test, self.pairing, comparison)
            ]
        )

    def _row(self, test: Statement, contrast: Contrast, comparison: Comparison) -> Row:
        h, at = self.hypothesis, comparison
        row = Row(
            h, test, at.role, at.dataset, contrast, at.setting, at.seeds, Result(0), condition=at.treatment
        )  # fmt: skip
        if contrast.missing:
            return row.noting(contrast.missing)
        treatment = next(iter(contrast.weights), at.treatment)
        values = self._values(test.metric, treatment)
        if values is None or values[treatment].isna().all():
            return row.noting(Note.NOT_MEASURED())
        return self._slope(row, values, at) if at.dose else self._difference(row, values, at)

    def _values(self, metric: str, treatment: str) -> pd.DataFrame | None:
        """The metric as Pairing.metric has it; None where it makes no sense of the treatment."""
        names = self.classes.get(treatment, ())
        if metric == CONFUSIONS:
            # A sweep starts at strength 0, where nothing is named: what its strongest names is asked of all.
            pairs = named_pairs(self.pairing, treatment, names, self.hypothesis.dose != ())
            dataset = str(self.pairing.conditions.loc[treatment, "dataset"])
            return self.pairing.confusions(pairs, names, dataset) if pairs else None
        if metric not in RECALL:
            return self.pairing.metric(metric)
        named = touched(self.pairing, treatment, names)
        if not named or (RECALL[metric] and len(named) == len(names)):
            return None  # a bias that names no class, or every class
        return self.pairing.recall(named, over_the_others=RECALL[metric])

    def _difference(self, row: Row, values: pd.DataFrame, comparison: Comparison) -> Row:
        test, metric = row.test, describe(row.test.metric)
        censored = self.pairing.censored(test.metric)
        pairs = self.pairing.combine(values, row.contrast.weights, censored, metric.limits, comparison.seeds)
        d, alpha = pairs.differences, self.hypothesis.alpha
        row = replace(row, missing=pairs.missing, censored=pairs.censored)
        if metric.censored:
            row = self._censored(row, len(d))
            if len(d) and 2 * (tied := int((d == 0).sum())) > len(d):
                estimate = float(d.mean())
                return replace(row, result=replace(row.result, n=len(d), estimate=estimate)).noting(
                    Note.TIED(n=tied, of=len(d))
                )
        result = paired_test(d, test.as_claim, alpha, pairs.shift)
        row = replace(row, result=replace(result, notes=(*row.result.notes, *result.notes)))
        if pairs.missing and result.tested:
            row = row.noting(Note.AT_WORST(n=pairs.missing, p=paired_test(d, test.as_claim, alpha).p))
        if pairs.failures < 0.05:
            row = row.noting(Note.FAILURES_DIFFER(p=pairs.failures))
        return row

    def _censored(self, row: Row, n: int) -> Row:
        """With the target and the horizon that the numbers hang on."""
        table = self.pairing.table[self.pairing.table["condition"] == row.condition]
        target = table["training.target_accuracy"].iloc[0] if "training.target_accuracy" in table else math.nan
        return row.noting(Note.NEVER_REACHED(target=f"{target:g}", epochs=int(table["epochs"].max()), n=row.censored))

    def _slope(self, row: Row, values: pd.DataFrame, comparison: Comparison) -> Row:
        data = self.pairing.by_dose(
            values, comparison.dose, comparison.conditions, self.hypothesis.by, comparison.seeds
        )
        limits = describe(row.test.metric).limits
        row = replace(row, result=dose_test(data, row.test.as_claim, self.hypothesis.alpha, limits))
        missing = int(data["value"].isna().sum())
        return replace(row, missing=missing).noting(Note.DOSES_AT_WORST(n=missing)) if missing else row


def _join(parts: Sequence[Row]) -> Row:
    """The one row, or the joint one."""
    if len(parts) == 1:
        return parts[0]
    return replace(parts[0], contrast=joint([part.contrast for part in parts]), parts=tuple(parts))
