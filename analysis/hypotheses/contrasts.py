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
from hill_exp.config.groups import FOR_A_PERSON, Group


class Kind(StrEnum):
    """What is estimated."""

    DIFFERENCE = "difference"  # of two conditions
    INTERACTION = "interaction"  # of a choice and user: a difference of two differences
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
    """Rows of Pairing.conditions that the hypothesis speaks of, whatever their user and choices."""
    keep = conditions["dataset"].map(lambda d: matches(d, hypothesis.datasets))
    for key, patterns in hypothesis.where.items():
        column = conditions[key] if key in conditions else pd.Series(None, index=conditions.index, dtype=object)
        keep &= column.map(lambda value, allowed=patterns: matches(value, allowed)).astype(bool)
    return conditions[keep.astype(bool)]


def comparisons(hypothesis: Hypothesis, pairing: Pairing) -> list[Comparison]:
    """Every treatment in the store with what it is to be compared with, of the kinds other than dose."""
    scope = in_scope(hypothesis, pairing.conditions)
    treated = scope[scope["user"].map(lambda u: matches(u, hypothesis.user) and u not in hypothesis.over).astype(bool)]
    if choice := hypothesis.choice:
        chosen = treated[choice.group].map(lambda name: matches(name, choice.name) and name != choice.over).astype(bool)
        # Where nobody looks, what is for a person alone has no effect, and there is nothing to compare.
        treated = treated[chosen & ((treated["user"] != "none") | (choice.group not in FOR_A_PERSON))]
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
    user, choice = str(row["user"]), hypothesis.choice
    if choice is None:
        return tuple(_over_user(pairing, condition, user, control) for control in hypothesis.over)
    names = str(row[choice.group]), choice.over
    if not hypothesis.over:
        return (_over_choice(pairing, condition, user, choice.group, names),)
    (control,) = hypothesis.over
    return (_interaction(pairing, condition, (user, control), choice.group, names),)


def _over_user(pairing: Pairing, condition: str, user: str, control: str) -> Contrast:
    contrast = difference(user, control)
    other = pairing.match(condition, {"user": control})
    if other is None:
        return replace(contrast, missing=Note.NO_CONTROL(control=control))
    return replace(contrast, weights={condition: 1.0, other: -1.0})


def _over_choice(pairing: Pairing, condition: str, user: str, group: Group, names: tuple[str, str]) -> Contrast:
    """names: the choice of the condition and the one that it is compared with."""
    name, rival = names
    contrast = Contrast(Kind.DIFFERENCE, f"{user} under {name}", f"{user} under {rival}", f"{name} - {rival} ({user})")
    other = pairing.match(condition, {group: rival})
    if other is None:
        return replace(contrast, missing=Note.NO_CONTROL(control=contrast.control))
    return replace(contrast, weights={condition: 1.0, other: -1.0})


def _interaction(
    pairing: Pairing, condition: str, users: tuple[str, str], group: Group, names: tuple[str, str]
) -> Contrast:
    """users, names: the user and choice of the condition, and the ones that they are compared with."""
    (user, control), (name, rival) = users, names
    contrast = Contrast(
        Kind.INTERACTION, f"{user} under {name}", f"{control} under {rival}", f"{user} - {control}: {name} - {rival}"
    )
    under_rival = pairing.match(condition, {group: rival})
    if under_rival is None:
        return replace(contrast, missing=Note.NO_CONTROL(control=f"{user} under {rival}"))
    over = pairing.match(condition, {"user": control})
    over_under_rival = pairing.match(under_rival, {"user": control})
    if over is None or over_under_rival is None:
        return replace(contrast, missing=Note.NO_CONTROL_UNDER_BOTH(control=control, group=group))
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
