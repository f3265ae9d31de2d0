"""Every test of every hypothesis on a store: the rows of hypotheses.csv."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.hypotheses.contrasts import (
    Comparison,
    Contrast,
    Kind,
    Sweep,
    comparisons,
    difference,
    joint,
    slope,
    sweeps_of,
    touched,
)
from analysis.hypotheses.statement import RECALL, Hypothesis, Statement
from analysis.notes import Note, Remark
from analysis.paired import Pairing, Pairs
from analysis.stats import Result, dose_test, holm, paired_test, pooled_test, verdict

if TYPE_CHECKING:
    from analysis.claims import Verdict
    from analysis.tables import Tables

ALL = "all"  # in place of a dataset's name: over all of them

COLUMNS = (
    "hypothesis", "dataset", "metric", "contrast", "n", "estimate", "ci_low", "ci_high", "effect_size", "p",
    "p_adjusted", "margin", "power", "verdict",
    # beyond the contract
    "claim", "part", "setting", "missing", "censored", "test", "p_check", "inner_low", "inner_high", "alpha", "family",
    "condition", "notes", "kind", "treatment", "control", "doubtful", "disagreement",
)  # fmt: skip


class Part(StrEnum):
    """A row's place in an intersection-union test: comparisons of one treatment that must all hold."""

    ALONE = ""  # the only comparison of its claim
    PART = "part"
    JOINT = "joint"  # the claim over all its parts, with the numbers of the weakest


def judged(tests: pd.DataFrame) -> pd.DataFrame:
    """Rows of hypotheses.csv whose verdict is that of a claim as it was stated: one a claim, parts left out."""
    return tests[tests["part"] != Part.PART]


def compared(tests: pd.DataFrame) -> pd.DataFrame:
    """Rows of hypotheses.csv with a comparison of their own: one a treatment and control, joint ones left out."""
    return tests[tests["part"] != Part.JOINT]


@dataclass(frozen=True)
class Row:
    """One test, or the joint one of several, before the correction for its family."""

    hypothesis: Hypothesis
    test: Statement
    dataset: str
    contrast: Contrast
    setting: str
    result: Result
    parts: tuple[Row, ...] = ()  # of an intersection-union test
    missing: int = 0
    censored: int = 0
    condition: str = ""  # id of the treatment, or of a sweep's first

    def noting(self, *remarks: Remark) -> Row:
        """The row with more notes."""
        return replace(self, result=replace(self.result, notes=(*self.result.notes, *remarks)))


def evaluate(hypotheses: Sequence[Hypothesis], tables: Tables) -> pd.DataFrame:
    """Every test of every hypothesis, with COLUMNS. One that the store cannot speak to has a row that says so."""
    pairing = Pairing(tables.participants, tables.groups)
    rows = [row for h in hypotheses for row in _rows(h, pairing, tables.classes)]
    lines: list[dict[str, Any]] = []
    for row, (p_adjusted, p_of_parts) in zip(rows, _adjusted(rows), strict=True):
        if not row.parts:
            lines.append(_line(row, p_adjusted, Part.ALONE))
            continue
        parts = [_line(part, p, Part.PART) for part, p in zip(row.parts, p_of_parts, strict=True)]
        whole = _line(row, p_adjusted, Part.JOINT)
        lines += [{**whole, "verdict": _joint_verdict([part["verdict"] for part in parts])}, *parts]
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _adjusted(rows: Sequence[Row]) -> list[tuple[float, list[float]]]:
    """Of each row its p and that of its parts, adjusted by Holm for the other tests of its family.

    A part is adjusted as if it stood for its hypothesis alone, so that all parts hold iff the whole does.
    """
    families: dict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        families[row.hypothesis.family].append(i)
    adjusted: dict[int, tuple[float, list[float]]] = {}
    for members in families.values():
        p = [rows[i].result.p for i in members]
        for k, (i, whole) in enumerate(zip(members, holm(p), strict=True)):
            adjusted[i] = whole, [holm([*p[:k], part.result.p, *p[k + 1 :]])[k] for part in rows[i].parts]
    return [adjusted[i] for i in range(len(rows))]


def _joint_verdict(verdicts: Sequence[Verdict]) -> Verdict:
    if len(set(verdicts)) == 1:
        return verdicts[0]
    return "not supported" if "not supported" in verdicts else "inconclusive"


def _line(row: Row, p_adjusted: float, part: Part) -> dict[str, Any]:
    h, t, r, c = row.hypothesis, row.test, row.result, row.contrast
    return {
        "hypothesis": h.name, "dataset": row.dataset, "metric": t.metric, "contrast": c.label, "n": r.n,
        "estimate": r.estimate, "ci_low": r.low, "ci_high": r.high, "effect_size": r.effect_size, "p": r.p,
        "p_adjusted": p_adjusted, "margin": t.margin, "power": r.power,
        "verdict": verdict(t.as_claim, r, p_adjusted, h.alpha),
        "claim": t.claim, "part": part.value, "setting": row.setting, "missing": row.missing, "censored": row.censored,
        "test": r.test, "p_check": r.p_check, "inner_low": r.inner[0], "inner_high": r.inner[1], "alpha": h.alpha,
        "family": h.family, "condition": row.condition, "notes": "; ".join(map(str, r.notes)),
        "kind": c.kind.value, "treatment": c.treatment, "control": c.control,
        "doubtful": any(remark.note.doubts for remark in r.notes),
        "disagreement": any(remark.note.disagrees for remark in r.notes),
    }  # fmt: skip


def _rows(hypothesis: Hypothesis, pairing: Pairing, classes: Mapping[str, tuple[str, ...]]) -> list[Row]:
    rows = _dose_rows(hypothesis, pairing) if hypothesis.dose else _contrast_rows(hypothesis, pairing, classes)
    tested = [row.test for row in rows]
    for test in hypothesis.tests:
        if not any(test is other for other in tested):
            note = Note.NOT_MEASURED() if tested else _nothing(hypothesis)
            rows.append(Row(hypothesis, test, ALL, _expected(hypothesis), "", Result(0, notes=(note,))))
    return rows


def _nothing(hypothesis: Hypothesis) -> Remark:
    """What the store would have to hold."""
    if hypothesis.dose:
        by = f" crossed with {hypothesis.by}" if hypothesis.by else ""
        return Note.NO_SWEEP(dose=f"{' or '.join(hypothesis.dose)}{by}")
    under = f" under {', '.join(hypothesis.choice.name)}" if hypothesis.choice else ""
    return Note.NO_PAIR(treatment=f"{' or '.join(hypothesis.user)}{under}", control=" and ".join(_rivals(hypothesis)))


def _expected(hypothesis: Hypothesis) -> Contrast:
    """What would be compared if the store had it."""
    if hypothesis.dose:
        return slope(", ".join(hypothesis.dose), hypothesis.by)
    contrast = difference(", ".join(hypothesis.user), " and ".join(_rivals(hypothesis)))
    return replace(contrast, kind=Kind.INTERACTION) if hypothesis.over and hypothesis.choice else contrast


def _rivals(hypothesis: Hypothesis) -> list[str]:
    return [*hypothesis.over, *([hypothesis.choice.over] if hypothesis.choice else [])]


# --- comparisons -----------------------------------------------------------------------------------------------------


def _contrast_rows(hypothesis: Hypothesis, pairing: Pairing, classes: Mapping[str, tuple[str, ...]]) -> list[Row]:
    rows: list[Row] = []
    controlled = [c for c in comparisons(hypothesis, pairing) if c.controlled]
    for test in hypothesis.tests:
        pooled: dict[str, list[tuple[Comparison, Contrast, Pairs]]] = defaultdict(list)
        for comparison in controlled:
            values = _values(test.metric, comparison, pairing, classes)
            if values is None or values[comparison.treatment].isna().all():
                continue
            parts = []
            for contrast in comparison.contrasts:
                row, pairs = _contrast_row(hypothesis, test, comparison, contrast, pairing, values)
                parts.append(row)
                if pairs is not None:
                    pooled[contrast.label].append((comparison, contrast, pairs))
            rows.append(_join(parts))
        rows += _over_datasets(hypothesis, test, pooled)
    return rows


def _values(
    metric: str, comparison: Comparison, pairing: Pairing, classes: Mapping[str, tuple[str, ...]]
) -> pd.DataFrame | None:
    """The metric as Pairing.metric has it; None where it makes no sense of the comparison."""
    if metric not in RECALL:
        return pairing.metric(metric)
    names = classes.get(comparison.treatment, ())
    named = touched(pairing, comparison.treatment, names)
    if not named or (RECALL[metric] and len(named) == len(names)):
        return None  # a bias that names no class, or every class
    return pairing.recall(named, over_the_others=RECALL[metric])


def _contrast_row(
    hypothesis: Hypothesis,
    test: Statement,
    comparison: Comparison,
    contrast: Contrast,
    pairing: Pairing,
    values: pd.DataFrame,
) -> tuple[Row, Pairs | None]:
    row = Row(
        hypothesis, test, comparison.dataset, contrast, comparison.setting, Result(0), condition=comparison.treatment
    )
    if contrast.missing:
        lost = int(pairing.present[comparison.treatment].sum())
        return replace(row, missing=lost).noting(contrast.missing), None
    pairs = pairing.combine(values, contrast.weights, pairing.censored(test.metric))
    result = paired_test(pairs.differences, test.as_claim, hypothesis.alpha)
    row = replace(row, result=result, missing=pairs.missing, censored=pairs.censored)
    if pairs.missing:
        row = row.noting(Note.INCOMPLETE_PAIRS(n=pairs.missing))
    if pairs.censored:
        row = row.noting(Note.NEVER_REACHED(n=pairs.censored))
    return row, pairs


def _over_datasets(
    hypothesis: Hypothesis, test: Statement, pooled: Mapping[str, Sequence[tuple[Comparison, Contrast, Pairs]]]
) -> Iterator[Row]:
    """A row over all datasets for each contrast (by label) with several, those of one treatment joined."""
    by_treatment: dict[str, list[Row]] = defaultdict(list)
    for several in pooled.values():
        contrast = replace(several[0][1], weights={})
        by_dataset: dict[str, list[pd.Series]] = defaultdict(list)
        for comparison, _, pairs in several:
            by_dataset[comparison.dataset].append(pairs.differences)
        if len(by_dataset) > 1:
            means = [_mean_of_settings(differences) for differences in by_dataset.values()]
            result = pooled_test(means, test.as_claim, hypothesis.alpha)
            row = Row(hypothesis, test, ALL, contrast, f"over {', '.join(by_dataset)}", result)
            by_treatment[contrast.treatment].append(row)
    for parts in by_treatment.values():
        yield _join(parts)


def _mean_of_settings(differences: Sequence[pd.Series]) -> np.ndarray:
    """(n,) of each participant the mean difference over the settings of one dataset."""
    return pd.concat(differences, axis=1).mean(axis=1).to_numpy()


def _join(parts: Sequence[Row]) -> Row:
    """The one row, or the joint one: as strong as its weakest part, whose numbers it carries."""
    if len(parts) == 1:
        return parts[0]
    weakest = max(parts, key=lambda part: math.inf if math.isnan(part.result.p) else part.result.p)
    notes = (Note.WEAKEST_PART(contrast=weakest.contrast.label), *weakest.result.notes)
    contrast = joint([part.contrast for part in parts])
    return replace(weakest, contrast=contrast, result=replace(weakest.result, notes=notes), parts=tuple(parts))


# --- doses -----------------------------------------------------------------------------------------------------------


def _dose_rows(hypothesis: Hypothesis, pairing: Pairing) -> list[Row]:
    swept = sweeps_of(hypothesis, pairing)
    rows: list[Row] = []
    for test in hypothesis.tests:
        pooled: dict[tuple[str, str], list[pd.DataFrame]] = defaultdict(list)
        for sweep in swept:
            data = pairing.by_dose(test.metric, sweep.dose, sweep.conditions, hypothesis.by)
            if data["value"].isna().all():
                continue
            rows.append(_dose_row(hypothesis, test, sweep, data))
            pooled[sweep.dose, sweep.user].append(data.dropna(subset="value"))
        for (dose, user), parts in pooled.items():
            names = list(dict.fromkeys(str(part["dataset"].iloc[0]) for part in parts))
            if len(names) > 1:
                result = dose_test(pd.concat(parts), test.as_claim, hypothesis.alpha)
                contrast = slope(dose, hypothesis.by, user)
                rows.append(Row(hypothesis, test, ALL, contrast, f"over {', '.join(names)}", result))
    return rows


def _dose_row(hypothesis: Hypothesis, test: Statement, sweep: Sweep, data: pd.DataFrame) -> Row:
    """data: as Pairing.by_dose has it, for the sweep."""
    result = dose_test(data.dropna(subset="value"), test.as_claim, hypothesis.alpha)
    missing = int(data["value"].isna().sum())
    contrast = slope(sweep.dose, hypothesis.by, sweep.user)
    row = Row(
        hypothesis, test, str(data["dataset"].iloc[0]), contrast, sweep.setting, result,
        missing=missing, condition=sweep.conditions[0],
    )  # fmt: skip
    return row.noting(Note.WITHOUT_VALUE(n=missing)) if missing else row
