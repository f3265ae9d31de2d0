"""Hypotheses, stated in files before the data, and what a store says of each.

A file of conf/hypotheses names one contrast and the metrics it is about:

    user, over               a person (or several, each of them) compared with every control in `over`; all of these
                             comparisons must hold (an intersection-union test)
    user, teacher, over_teacher                one teacher compared with another, under that person
    user, over, teacher, over_teacher          their interaction: what it makes of `user - over` to change the teacher
    dose                     settings whose amount is swept: the slope of the metric over each
    dose, by                 how that slope changes with another setting that is swept: their interaction

`user`, `teacher`, `dose`, `datasets` and the values of `where` are names or patterns ("*"; "!annotation" is all but
that), or lists of them. Everything else of the conditions compared is the same. Each dataset, and each setting under
which a comparison was made, gives a test of its own; with several datasets there is one over them all besides. All
tests of a family in the store share one Holm correction.
"""

from __future__ import annotations

import difflib
import fnmatch
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from analysis.metrics import METRICS
from analysis.paired import Pairs, Study, values
from analysis.stats import Claim, Result, dose_test, holm, paired_test, pooled_test, verdict
from analysis.tables import distinguish, setting_columns
from hill_exp.config.folder import CONF
from hill_exp.types import UserError

if TYPE_CHECKING:
    from analysis.tables import Tables

RECALL = {  # metrics of a comparison, over the classes that the person's biases name; True: less that of the others
    "touched_recall": False,
    "touched_minus_other_recall": True,
}
ALL = "all"  # in place of a dataset's name: over all of them

COLUMNS = (
    "hypothesis", "dataset", "metric", "contrast", "n", "estimate", "ci_low", "ci_high", "effect_size", "p",
    "p_adjusted", "margin", "power", "verdict",
    # beyond the contract
    "claim", "part", "setting", "missing", "censored", "test", "p_check", "inner_low", "inner_high", "alpha", "family",
    "condition", "notes",
)  # fmt: skip

Patterns = tuple[str, ...]


class Statement(BaseModel):
    """One metric and what is claimed of it; see analysis.stats for claims and margins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    claim: Claim
    margin: float = Field(ge=0)  # in units of the metric (of the slope, for a dose)

    @model_validator(mode="after")
    def _equivalence_has_a_margin(self) -> Statement:
        if self.claim in ("equal", "at least", "at most") and self.margin == 0:
            raise ValueError(f"margin must be above 0 for claim {self.claim!r}")
        return self


class Hypothesis(BaseModel):
    """What one file states; its fields are explained at the top of this module."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sentence: str
    family: str
    alpha: float = Field(gt=0, lt=0.5)
    user: Patterns
    over: Patterns = ()
    teacher: Patterns = ()
    over_teacher: str | None = None
    dose: Patterns = ()
    by: str | None = None
    datasets: Patterns = ("*",)
    where: dict[str, Patterns] = {}
    tests: tuple[Statement, ...] = Field(min_length=1)

    @field_validator("user", "over", "teacher", "dose", "datasets", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return _list(value)

    @field_validator("where", mode="before")
    @classmethod
    def _all_listed(cls, value: Any) -> Any:
        return {key: _list(item) for key, item in value.items()} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _compares_something(self) -> Hypothesis:
        if self.dose and (self.over or self.over_teacher):
            raise ValueError("dose stands alone: no over or over_teacher beside it")
        if self.by and not self.dose:
            raise ValueError("by goes with a dose")
        if not (self.dose or self.over or self.over_teacher):
            raise ValueError("needs what to compare with: over, over_teacher or dose")
        if bool(self.teacher) != bool(self.over_teacher):
            raise ValueError("teacher and over_teacher go together")
        if self.over_teacher and len(self.over) > 1:
            raise ValueError("an interaction has one user in over")
        return self


def _list(value: Any) -> Any:
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(item if isinstance(item, str) else json.dumps(item) for item in items)


# --- reading ---------------------------------------------------------------------------------------------------------


def load(folder: Path = CONF / "hypotheses") -> list[Hypothesis]:
    """The hypotheses of a folder, by name. UserError for one that cannot be read, in a sentence."""
    import yaml

    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise UserError(
            f"--hypotheses {folder}: no .yaml file is there. Leave the option out for those of this project."
        )
    found: dict[str, Hypothesis] = {}
    for path in files:
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise UserError(f"{path}: not YAML ({' '.join(str(error).split())})") from None
        if not isinstance(content, dict):
            raise UserError(f"{path}: must hold one hypothesis, with keys {', '.join(Hypothesis.model_fields)}")
        try:
            hypothesis = Hypothesis(**{str(k): v for k, v in content.items()})
        except ValidationError as error:
            raise UserError("\n".join(_complaint(path, item) for item in error.errors())) from None
        if hypothesis.name in found:
            raise UserError(f"{path}: another file states a hypothesis {hypothesis.name} already. Choose another name.")
        found[hypothesis.name] = hypothesis
    return sorted(found.values(), key=lambda h: h.name)


def _complaint(path: Path, item: Any) -> str:
    key = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        fields = Statement.model_fields if "tests" in item["loc"] else Hypothesis.model_fields
        return f"{path}: {key}: there is no such key; allowed: {', '.join(fields)}"
    if item["type"] == "missing":
        return f"{path}: {key}: must be given"
    message = str(item["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    return f"{path}: {key or 'the hypothesis'}: {message if 'value_error' in item['type'] else f'must be {message}'}"


def check(hypotheses: Sequence[Hypothesis], participants: pd.DataFrame) -> None:
    """UserError where a hypothesis names a metric, user, teacher or setting that there is not, neither in this table
    nor in the configuration."""
    numeric = participants.columns[participants.dtypes.map(pd.api.types.is_numeric_dtype)]
    settings = setting_columns(participants)
    metrics = {*METRICS, *RECALL, *(c for c in numeric if c not in (*settings, "participant", "seed", "epochs"))}
    there = {group: _names(group, participants) for group in ("user", "teacher")}
    for h in hypotheses:
        for test in h.tests:
            _known(h, "metric", test.metric, metrics)
            if test.metric in RECALL and not h.over:
                raise UserError(f"hypothesis {h.name}: metric {test.metric} compares with a user; it needs `over`")
        for name in (*h.user, *h.over):
            _known(h, "user", name, there["user"])
        for name in (*h.teacher, *filter(None, [h.over_teacher])):
            _known(h, "teacher", name, there["teacher"])
        for key in h.where:
            if key.split(".")[0] not in {column.split(".")[0] for column in settings}:
                _known(h, "setting", key, set(settings))


def _names(group: str, participants: pd.DataFrame) -> set[str]:
    return {path.stem for path in (CONF / group).glob("*.yaml")} | set(participants[group].astype(str))


def _known(hypothesis: Hypothesis, what: str, name: str, allowed: set[str]) -> None:
    if any(sign in name for sign in "*?![") or name in allowed:
        return
    near = difflib.get_close_matches(name, sorted(allowed), n=1)
    guess = f" Did you mean {near[0]}?" if near else ""
    raise UserError(
        f"hypothesis {hypothesis.name}: there is no {what} {name!r}.{guess} There are: {', '.join(sorted(allowed))}"
    )


# --- which conditions a hypothesis compares --------------------------------------------------------------------------


@dataclass(frozen=True)
class Contrast:
    """A weighted sum of conditions: {treatment: 1, control: -1}. `weights` is empty where a condition is missing."""

    label: str
    weights: Mapping[str, float]
    note: str = ""


@dataclass(frozen=True)
class Comparison:
    """Contrasts that must all hold, for one treatment under one setting."""

    dataset: str
    treatment: str  # id of the condition
    setting: str  # what sets it apart from the other comparisons of its dataset
    contrasts: tuple[Contrast, ...]

    @property
    def label(self) -> str:
        return " and ".join(c.label for c in self.contrasts)


def uncontrolled(hypothesis: Hypothesis, study: Study) -> list[Comparison]:
    """Those that have no control at all in the store, and so give no row."""
    if hypothesis.dose:
        return []
    return [c for c in comparisons(hypothesis, study) if not any(part.weights for part in c.contrasts)]


def matches(value: Any, patterns: Patterns) -> bool:
    """Whether a name or number is one of the patterns; "!x" is all but x."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return any(not _same(text, p[1:]) if p.startswith("!") else _same(text, p) for p in patterns)


def _same(text: str, pattern: str) -> bool:
    try:
        return float(text) == float(pattern)  # 0 and 0.0 are one number
    except ValueError:
        return fnmatch.fnmatchcase(text, pattern)


def in_scope(hypothesis: Hypothesis, conditions: pd.DataFrame) -> pd.DataFrame:
    """Rows of Study.conditions that the hypothesis speaks of, whatever their user and teacher."""
    keep = conditions["dataset"].map(lambda d: matches(d, hypothesis.datasets))
    for key, patterns in hypothesis.where.items():
        column = conditions[key] if key in conditions else pd.Series(None, index=conditions.index, dtype=object)
        keep &= column.map(lambda value, allowed=patterns: matches(value, allowed)).astype(bool)
    return conditions[keep.astype(bool)]


def comparisons(hypothesis: Hypothesis, study: Study) -> list[Comparison]:
    """Every treatment in the store with what it is to be compared with, of the kinds other than dose."""
    scope = in_scope(hypothesis, study.conditions)
    treated = scope[scope["user"].map(lambda u: matches(u, hypothesis.user) and u not in hypothesis.over).astype(bool)]
    if hypothesis.over_teacher:
        allowed = treated["teacher"].map(lambda t: matches(t, hypothesis.teacher) and t != hypothesis.over_teacher)
        treated = treated[allowed.astype(bool) & (treated["user"] != "none")]  # who sees nothing is taught nothing
    settings = distinguish(treated, beyond=("user",))
    made = [
        Comparison(str(row["dataset"]), at, settings[at], tuple(_contrasts(hypothesis, study, at, row)))
        for at, row in zip(treated.index.astype(str), treated.to_dict("records"), strict=True)
    ]
    return sorted(made, key=lambda c: (c.dataset, c.contrasts[0].label, c.setting))


def _contrasts(hypothesis: Hypothesis, study: Study, at: str, row: Mapping[Any, Any]) -> Iterator[Contrast]:
    user, teacher = row["user"], row["teacher"]
    if not hypothesis.over_teacher:
        for control in hypothesis.over:
            other = study.match(at, {"user": control})
            weights = {at: 1.0, other: -1.0} if other else {}
            yield Contrast(f"{user} - {control}", weights, "" if other else f"{control} is not in the store")
        return
    rival = hypothesis.over_teacher
    other = study.match(at, {"teacher": rival})
    note = "" if other else f"{user} under {rival} is not in the store"
    if not hypothesis.over:
        yield Contrast(f"{teacher} - {rival} ({user})", {at: 1.0, other: -1.0} if other else {}, note)
        return
    (control,) = hypothesis.over
    label = f"{user} - {control}: {teacher} - {rival}"
    here = study.match(at, {"user": control})
    there = study.match(other, {"user": control}) if other else None
    if other and here and there:
        yield Contrast(label, {at: 1.0, here: -1.0, other: -1.0, there: 1.0})
    else:
        yield Contrast(label, {}, note or f"{control} is not in the store under both teachers")


def touched(study: Study, condition: str, classes: Sequence[str]) -> tuple[str, ...]:
    """The classes that a person's biases name, of those of the data: `user.*.classes` and `user.*.pairs` whose strength
    is above 0. Names and numbers of classes are both understood, as in the configuration."""
    asked = study.conditions.loc[condition].to_dict()
    found: list[str] = []
    for key, value in asked.items():
        path, _, last = str(key).rpartition(".")
        if path.startswith("user.") and last in ("classes", "pairs") and isinstance(value, str):
            strength = asked.get(f"{path}.strength")
            if isinstance(strength, float | int | np.number) and strength > 0:
                found += _leaves(json.loads(value))
    numbers = {str(number): name for number, name in enumerate(classes)}
    names = [name if name in classes else numbers.get(name, "") for name in found]
    return tuple(dict.fromkeys(filter(None, names)))


def _leaves(value: Any) -> list[str]:
    return [leaf for item in value for leaf in _leaves(item)] if isinstance(value, list) else [str(value)]


# --- testing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One test, or the joint one of several, before the correction for its family."""

    hypothesis: Hypothesis
    test: Statement
    dataset: str
    contrast: str
    setting: str
    result: Result
    parts: tuple[Row, ...] = ()  # of an intersection-union test
    missing: int = 0
    censored: int = 0
    condition: str = ""  # id of the treatment, or of a sweep's first


def evaluate(hypotheses: Sequence[Hypothesis], tables: Tables) -> pd.DataFrame:
    """Every test of every hypothesis, with COLUMNS. One that the store cannot speak to has a row that says so."""
    study = Study(tables.participants, tables.groups)
    classes = dict(tables.classes)
    rows = [row for h in hypotheses for row in _rows(h, study, classes)]
    adjusted: list[float] = [math.nan] * len(rows)
    by_part: dict[int, list[float]] = {}
    for family in dict.fromkeys(row.hypothesis.family for row in rows):
        mine = [i for i, row in enumerate(rows) if row.hypothesis.family == family]
        p = [rows[i].result.p for i in mine]
        for i, value in zip(mine, holm(p), strict=True):
            adjusted[i] = value
        for k, i in enumerate(mine):
            # A part is adjusted as if it stood for its hypothesis alone, so that all parts hold iff the whole does.
            by_part[i] = [holm([*p[:k], part.result.p, *p[k + 1 :]])[k] for part in rows[i].parts]
    lines: list[dict[str, Any]] = []
    for i, row in enumerate(rows):
        parts = [_line(part, p, "part") for part, p in zip(row.parts, by_part[i], strict=True)]
        whole = _line(row, adjusted[i], "joint" if parts else "")
        if parts:
            said = [part["verdict"] for part in parts]
            whole["verdict"] = said[0] if len(set(said)) == 1 else _joint(said)
        lines += [whole, *parts]
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _joint(verdicts: Sequence[str]) -> str:
    return "not supported" if "not supported" in verdicts else "inconclusive"


def _line(row: Row, p_adjusted: float, part: str) -> dict[str, Any]:
    h, t, r = row.hypothesis, row.test, row.result
    return {
        "hypothesis": h.name, "dataset": row.dataset, "metric": t.metric, "contrast": row.contrast, "n": r.n,
        "estimate": r.estimate, "ci_low": r.low, "ci_high": r.high, "effect_size": r.effect_size, "p": r.p,
        "p_adjusted": p_adjusted, "margin": t.margin, "power": r.power,
        "verdict": verdict(t.claim, r, p_adjusted, t.margin, h.alpha),
        "claim": t.claim, "part": part, "setting": row.setting, "missing": row.missing, "censored": row.censored,
        "test": r.test, "p_check": r.p_check, "inner_low": r.inner[0], "inner_high": r.inner[1], "alpha": h.alpha,
        "family": h.family, "condition": row.condition, "notes": "; ".join(r.notes),
    }  # fmt: skip


def _rows(hypothesis: Hypothesis, study: Study, classes: Mapping[str, tuple[str, ...]]) -> list[Row]:
    rows = _dose_rows(hypothesis, study) if hypothesis.dose else _contrast_rows(hypothesis, study, classes)
    made = list(rows)
    for test in hypothesis.tests:
        if not any(row.test is test for row in made):
            note = f"nothing to test it on: {_wanted(hypothesis, measured=bool(made))}"
            rows.append(Row(hypothesis, test, ALL, _expected(hypothesis), "", Result(0, notes=(note,))))
    return rows


def _wanted(hypothesis: Hypothesis, measured: bool) -> str:
    if measured:
        return "it was not measured where the others were"
    if hypothesis.dose:
        by = f" crossed with {hypothesis.by}" if hypothesis.by else ""
        return f"the store has no sweep of {' or '.join(hypothesis.dose)}{by}"
    teacher = f" under {', '.join(hypothesis.teacher)}" if hypothesis.teacher else ""
    over = " and ".join([*hypothesis.over, *filter(None, [hypothesis.over_teacher])])
    return f"the store has no pair of {' or '.join(hypothesis.user)}{teacher} with {over}"


def _expected(hypothesis: Hypothesis) -> str:
    if hypothesis.dose:
        return _slope(", ".join(hypothesis.dose), hypothesis, "")
    over = [*hypothesis.over, *filter(None, [hypothesis.over_teacher])]
    return f"{', '.join(hypothesis.user)} - {' and '.join(over)}"


def _slope(dose: str, hypothesis: Hypothesis, user: str) -> str:
    """What a dose hypothesis estimates."""
    by = f" by {hypothesis.by}" if hypothesis.by else ""
    return f"slope over {dose}{by}" + (f" ({user})" if user else "")


def _contrast_rows(hypothesis: Hypothesis, study: Study, classes: Mapping[str, tuple[str, ...]]) -> list[Row]:
    rows: list[Row] = []
    made = [c for c in comparisons(hypothesis, study) if any(part.weights for part in c.contrasts)]
    for test in hypothesis.tests:
        pooled: dict[str, dict[str, list[Pairs]]] = {}
        for comparison in made:
            values = _values(test.metric, comparison, study, classes)
            if values is None or values[comparison.treatment].isna().all():
                continue
            parts = []
            for contrast in comparison.contrasts:
                row, pairs = _contrast_row(hypothesis, test, comparison, contrast, study, values)
                parts.append(row)
                if pairs is not None:
                    pooled.setdefault(contrast.label, {}).setdefault(comparison.dataset, []).append(pairs)
            rows.append(_join(parts, comparison.label))
        over_all = []
        for label, by_dataset in pooled.items():
            if len(by_dataset) > 1:
                means = [_mean_of(pairs) for pairs in by_dataset.values()]
                result = pooled_test(means, test.claim, test.margin, hypothesis.alpha)
                over_all.append(Row(hypothesis, test, ALL, label, f"over {', '.join(by_dataset)}", result))
        rows += _joined_over_all(over_all)
    return rows


def _joined_over_all(rows: Sequence[Row]) -> list[Row]:
    """Rows over all datasets, those of one treatment (as "oracle - none", "oracle - placebo") joined."""
    by: dict[str, list[Row]] = {}
    for row in rows:
        key = row.contrast if ":" in row.contrast or "(" in row.contrast else row.contrast.split(" - ")[0]
        by.setdefault(key, []).append(row)
    return [_join(parts, " and ".join(part.contrast for part in parts)) for parts in by.values()]


def _mean_of(pairs: Sequence[Pairs]) -> np.ndarray:
    """(n,) of each participant the mean difference over the settings of one dataset."""
    return pd.concat([p.differences for p in pairs], axis=1).mean(axis=1).to_numpy()


def _values(
    metric: str, comparison: Comparison, study: Study, classes: Mapping[str, tuple[str, ...]]
) -> pd.DataFrame | None:
    if metric not in RECALL:
        return study.metric(metric)
    names = classes.get(comparison.treatment, ())
    named = touched(study, comparison.treatment, names)
    if not named or (RECALL[metric] and len(named) == len(names)):
        return None  # a bias that names no class, or every class
    return study.recall(named, over_the_others=RECALL[metric])


def _contrast_row(
    hypothesis: Hypothesis,
    test: Statement,
    comparison: Comparison,
    contrast: Contrast,
    study: Study,
    values: pd.DataFrame,
) -> tuple[Row, Pairs | None]:
    row = Row(
        hypothesis, test, comparison.dataset, contrast.label, comparison.setting,
        Result(0, notes=(contrast.note,)), condition=comparison.treatment,
    )  # fmt: skip
    if not contrast.weights:
        return replace(row, missing=int(study.present[comparison.treatment].sum())), None
    censored = study.censored(test.metric) if test.metric == "epochs_to_target" else None
    pairs = study.combine(values, contrast.weights, censored)
    result = paired_test(pairs.differences, test.claim, test.margin, hypothesis.alpha)
    if pairs.missing:
        result = replace(result, notes=(*result.notes, f"{pairs.missing} incomplete pairs left out"))
    if pairs.censored:
        result = replace(result, notes=(*result.notes, f"in {pairs.censored} pairs the target was never reached"))
    return replace(row, result=result, missing=pairs.missing, censored=pairs.censored), pairs


def _join(parts: Sequence[Row], label: str) -> Row:
    """The one row, or the joint one: as strong as its weakest part, whose numbers it carries."""
    if len(parts) == 1:
        return parts[0]
    weakest = max(parts, key=lambda part: math.inf if math.isnan(part.result.p) else part.result.p)
    notes = (f"numbers of the weakest part, {weakest.contrast}", *filter(None, weakest.result.notes))
    return replace(weakest, contrast=label, result=replace(weakest.result, notes=notes), parts=tuple(parts))


def _dose_rows(hypothesis: Hypothesis, study: Study) -> list[Row]:
    rows: list[Row] = []
    found = list(sweeps(hypothesis, study))
    for test in hypothesis.tests:
        pooled: dict[tuple[str, str], list[pd.DataFrame]] = {}
        for dose, conditions, user, setting in found:
            data = dose_data(study, test.metric, dose, conditions, hypothesis.by)
            if data["value"].isna().all():
                continue
            whole = data.dropna(subset="value")
            result = dose_test(whole, test.claim, test.margin, hypothesis.alpha)
            missing = int(data["value"].isna().sum())
            if missing:
                result = replace(result, notes=(*result.notes, f"{missing} records without a value left out"))
            dataset = str(study.conditions.loc[conditions[0], "dataset"])
            label = _slope(dose, hypothesis, user)
            row = Row(hypothesis, test, dataset, label, setting, result, missing=missing, condition=conditions[0])
            rows.append(row)
            pooled.setdefault((dose, user), []).append(whole)
        for (dose, user), parts in pooled.items():
            names = list(dict.fromkeys(str(part["dataset"].iloc[0]) for part in parts))
            if len(names) > 1:
                result = dose_test(pd.concat(parts), test.claim, test.margin, hypothesis.alpha)
                label = _slope(dose, hypothesis, user)
                rows.append(Row(hypothesis, test, ALL, label, f"over {', '.join(names)}", result))
    return rows


def sweeps(hypothesis: Hypothesis, study: Study) -> Iterator[tuple[str, list[str], str, str]]:
    """(setting, conditions, user, what else is set) of every sweep of a dose: three amounts or more, all else equal
    (but `by`, of two values or more)."""
    scope = in_scope(hypothesis, study.conditions)
    scope = scope[scope["user"].map(lambda u: matches(u, hypothesis.user)).astype(bool)]
    columns = [c for c in setting_columns(scope) if matches(c, hypothesis.dose)]
    for dose in columns:
        amounts = pd.to_numeric(scope[dose], errors="coerce")
        swept = [dose, *filter(None, [hypothesis.by])]
        rest = [c for c in setting_columns(scope) if c not in swept]
        groups = scope[amounts.notna()].groupby(rest, dropna=False, sort=False)
        chosen = {
            str(rows.index[0]): [str(at) for at in rows.index]
            for _, rows in groups
            if amounts[rows.index].nunique() >= 3
            and (not hypothesis.by or (hypothesis.by in rows and rows[hypothesis.by].nunique() >= 2))
        }
        if not chosen:
            continue
        settings = distinguish(scope.loc[list(chosen)].drop(columns=swept, errors="ignore"), beyond=("user",))
        for first in sorted(chosen, key=lambda at: (str(scope.loc[at, "user"]), settings[at])):
            yield dose, chosen[first], str(scope.loc[first, "user"]), settings[first]


def dose_data(study: Study, metric: str, dose: str, conditions: Sequence[str], by: str | None = None) -> pd.DataFrame:
    """Rows of (participant, dose, value, dataset, and by if there is one) under the conditions of one sweep."""
    rows = study.table[study.table["condition"].isin(list(conditions))]
    who = rows["dataset"].astype(str) + "/" + rows["seed"].astype(str) + "/" + rows["participant"].astype(str)
    columns = {"participant": who, "dose": pd.to_numeric(rows[dose]), "value": values(rows, metric)}
    columns["dataset"] = rows["dataset"].astype(str)
    return pd.DataFrame(columns if by is None else {**columns, "by": pd.to_numeric(rows[by])})
