"""Which conditions of a store a hypothesis compares."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from analysis.hypotheses.statement import Hypothesis, Patterns
from analysis.notes import Note, Remark
from analysis.paired import Pairing
from analysis.tables import distinguish, setting_columns


class Kind(StrEnum):
    """What is estimated."""

    DIFFERENCE = "difference"  # of two conditions
    INTERACTION = "interaction"  # of teacher and user: a difference of two differences
    SLOPE = "slope"  # over a dose
    SLOPE_INTERACTION = "slope interaction"  # of a dose and another setting: how the slope changes with it

    @property
    def effect(self) -> str:
        """What is claimed to be higher or lower, for Claim.phrase."""
        match self:
            case Kind.SLOPE:
                return "{trend} with the dose"
            case Kind.SLOPE_INTERACTION:
                return "an effect of the dose that is {trend} with the data"
            case _:
                return "{comparative}"


@dataclass(frozen=True)
class Contrast:
    """A treatment against a control: of a hypothesis, contrasts of one treatment must all hold.

    `weights` is the sum over conditions that estimates it, as {treatment: 1, control: -1}; empty where a condition is
    missing, as `missing` says, and for slopes, which are fitted.
    """

    kind: Kind
    treatment: str
    control: str  # empty for slopes
    label: str
    weights: Mapping[str, float] = field(default_factory=dict)
    missing: Remark | None = None


def difference(treatment: str, control: str) -> Contrast:
    """Between two users, as named."""
    return Contrast(Kind.DIFFERENCE, treatment, control, f"{treatment} - {control}")


def slope(dose: str, by: str | None, user: str = "") -> Contrast:
    """Over a dose, of one user or of all that there are."""
    kind = Kind.SLOPE_INTERACTION if by else Kind.SLOPE
    crossed, whose = f" by {by}" if by else "", f" ({user})" if user else ""
    return Contrast(kind, f"{dose}{whose}", "", f"slope over {dose}{crossed}{whose}")


def joint(contrasts: Sequence[Contrast]) -> Contrast:
    """Several of one treatment, all of which must hold."""
    first, controls = contrasts[0], " and ".join(c.control for c in contrasts)
    return Contrast(first.kind, first.treatment, controls, " and ".join(c.label for c in contrasts))


@dataclass(frozen=True)
class Comparison:
    """Contrasts that must all hold, for one treatment under one setting."""

    dataset: str
    treatment: str  # id of the condition
    setting: str  # what sets it apart from the other comparisons of its dataset
    contrasts: tuple[Contrast, ...]

    @property
    def controlled(self) -> bool:
        """Whether the store has any of its controls."""
        return any(contrast.weights for contrast in self.contrasts)


@dataclass(frozen=True)
class Sweep:
    """Conditions that differ in a dose (and in another setting that it is crossed with) and in nothing else."""

    dose: str
    conditions: tuple[str, ...]
    user: str
    setting: str  # what else sets them apart from other sweeps


def uncontrolled(hypothesis: Hypothesis, pairing: Pairing) -> list[Comparison]:
    """Comparisons that have no control at all in the store, and so give no row."""
    if hypothesis.dose:
        return []
    return [c for c in comparisons(hypothesis, pairing) if not c.controlled]


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
    """Rows of Pairing.conditions that the hypothesis speaks of, whatever their user and teacher."""
    keep = conditions["dataset"].map(lambda d: matches(d, hypothesis.datasets))
    for key, patterns in hypothesis.where.items():
        column = conditions[key] if key in conditions else pd.Series(None, index=conditions.index, dtype=object)
        keep &= column.map(lambda value, allowed=patterns: matches(value, allowed)).astype(bool)
    return conditions[keep.astype(bool)]


def comparisons(hypothesis: Hypothesis, pairing: Pairing) -> list[Comparison]:
    """Every treatment in the store with what it is to be compared with, of the kinds other than dose."""
    scope = in_scope(hypothesis, pairing.conditions)
    treated = scope[scope["user"].map(lambda u: matches(u, hypothesis.user) and u not in hypothesis.over).astype(bool)]
    if hypothesis.over_teacher:
        allowed = treated["teacher"].map(lambda t: matches(t, hypothesis.teacher) and t != hypothesis.over_teacher)
        treated = treated[allowed.astype(bool) & (treated["user"] != "none")]  # who sees nothing is taught nothing
    settings = distinguish(treated, beyond=("user",))
    made = [
        Comparison(str(row["dataset"]), condition, settings[condition], _contrasts(hypothesis, pairing, condition, row))
        for condition, row in zip(treated.index.astype(str), treated.to_dict("records"), strict=True)
    ]
    return sorted(made, key=lambda c: (c.dataset, c.contrasts[0].label, c.setting))


def _contrasts(
    hypothesis: Hypothesis, pairing: Pairing, condition: str, row: Mapping[Any, Any]
) -> tuple[Contrast, ...]:
    """row: the choices and settings of the condition."""
    user, teacher = str(row["user"]), str(row["teacher"])
    if not hypothesis.over_teacher:
        return tuple(_over_user(pairing, condition, user, control) for control in hypothesis.over)
    if not hypothesis.over:
        return (_over_teacher(pairing, condition, user, teacher, hypothesis.over_teacher),)
    (control,) = hypothesis.over
    return (_interaction(pairing, condition, (user, control), (teacher, hypothesis.over_teacher)),)


def _over_user(pairing: Pairing, condition: str, user: str, control: str) -> Contrast:
    contrast = difference(user, control)
    other = pairing.match(condition, {"user": control})
    if other is None:
        return replace(contrast, missing=Note.NO_CONTROL(control=control))
    return replace(contrast, weights={condition: 1.0, other: -1.0})


def _over_teacher(pairing: Pairing, condition: str, user: str, teacher: str, rival: str) -> Contrast:
    label = f"{teacher} - {rival} ({user})"
    contrast = Contrast(Kind.DIFFERENCE, f"{user} under {teacher}", f"{user} under {rival}", label)
    other = pairing.match(condition, {"teacher": rival})
    if other is None:
        return replace(contrast, missing=Note.NO_CONTROL(control=contrast.control))
    return replace(contrast, weights={condition: 1.0, other: -1.0})


def _interaction(pairing: Pairing, condition: str, users: tuple[str, str], teachers: tuple[str, str]) -> Contrast:
    """users, teachers: the one of the condition and the one that it is compared with."""
    (user, control), (teacher, rival) = users, teachers
    contrast = Contrast(
        Kind.INTERACTION,
        f"{user} under {teacher}",
        f"{control} under {rival}",
        f"{user} - {control}: {teacher} - {rival}",
    )
    under_rival = pairing.match(condition, {"teacher": rival})
    if under_rival is None:
        return replace(contrast, missing=Note.NO_CONTROL(control=f"{user} under {rival}"))
    over = pairing.match(condition, {"user": control})
    over_under_rival = pairing.match(under_rival, {"user": control})
    if over is None or over_under_rival is None:
        return replace(contrast, missing=Note.NO_CONTROL_UNDER_BOTH(control=control))
    return replace(contrast, weights={condition: 1.0, over: -1.0, under_rival: -1.0, over_under_rival: 1.0})


def sweeps_of(hypothesis: Hypothesis, pairing: Pairing) -> list[Sweep]:
    """The sweeps that a hypothesis about a dose speaks of."""
    scope = in_scope(hypothesis, pairing.conditions)
    scope = scope[scope["user"].map(lambda u: matches(u, hypothesis.user)).astype(bool)]
    return list(sweeps(scope, hypothesis.dose, hypothesis.by))


def sweeps(conditions: pd.DataFrame, dose: Patterns, by: str | None = None) -> Iterator[Sweep]:
    """Every sweep of a dose in these rows of Pairing.conditions: three amounts or more, all else equal (but `by`, of
    two values or more)."""
    for column in [c for c in setting_columns(conditions) if matches(c, dose)]:
        amounts = pd.to_numeric(conditions[column], errors="coerce")
        swept = [column, *filter(None, [by])]
        rest = [c for c in setting_columns(conditions) if c not in swept]
        groups = conditions[amounts.notna()].groupby(rest, dropna=False, sort=False)
        chosen = {
            str(rows.index[0]): tuple(str(condition) for condition in rows.index)
            for _, rows in groups
            if amounts[rows.index].nunique() >= 3 and (not by or (by in rows and rows[by].nunique() >= 2))
        }
        if not chosen:
            continue
        settings = distinguish(conditions.loc[list(chosen)].drop(columns=swept, errors="ignore"), beyond=("user",))
        users = conditions["user"].astype(str)
        for first in sorted(chosen, key=lambda condition: (users[condition], settings[condition])):
            yield Sweep(column, chosen[first], users[first], settings[first])


def touched(pairing: Pairing, condition: str, classes: Sequence[str]) -> tuple[str, ...]:
    """The classes that a person's biases name, of those of the data: `user.*.classes` and `user.*.pairs` whose strength
    is above 0. Names and numbers of classes are both understood, as in the configuration."""
    asked = pairing.conditions.loc[condition].to_dict()
    named: list[str] = []
    for key, value in asked.items():
        path, _, last = str(key).rpartition(".")
        if path.startswith("user.") and last in ("classes", "pairs") and isinstance(value, str):
            strength = asked.get(f"{path}.strength")
            if isinstance(strength, float | int | np.number) and strength > 0:
                named += _leaves(json.loads(value))
    numbers = {str(number): name for number, name in enumerate(classes)}
    names = [name if name in classes else numbers.get(name, "") for name in named]
    return tuple(dict.fromkeys(filter(None, names)))


def _leaves(value: Any) -> list[str]:
    return [leaf for item in value for leaf in _leaves(item)] if isinstance(value, list) else [str(value)]
