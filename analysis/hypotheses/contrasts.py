"""Which conditions of a store a hypothesis compares."""

from __future__ import annotations

import fnmatch
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from analysis import shipped
from analysis.confusions import Pair
from analysis.hypotheses.statement import ChoiceContrast, Hypothesis, Patterns, Statement, is_pattern
from analysis.notes import Note, Remark
from analysis.paired import Pairing, varies
from analysis.shipped import ARM
from analysis.tables import distinguish, setting_columns
from hill_exp.config.groups import CHOICES, FOR_A_PERSON


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
    first, controls = contrasts[0], " and ".join(dict.fromkeys(c.control for c in contrasts))
    return Contrast(first.kind, first.treatment, controls, " and ".join(dict.fromkeys(c.label for c in contrasts)))


class Role(StrEnum):
    """What a test is for."""

    CONFIRMATORY = "confirmatory"  # the one that was stated beforehand
    EXPLORATORY = "exploratory"  # of all else that the store has


@dataclass(frozen=True)
class Comparison:
    """A treatment that a hypothesis is about: one condition or a sweep of them, with the participants of some seeds."""

    role: Role
    dataset: str
    conditions: tuple[str, ...]  # ids
    seeds: tuple[int, ...]
    setting: str  # what sets it apart from the other comparisons of its dataset
    dose: str = ""  # of a sweep

    @property
    def treatment(self) -> str:
        """The condition, or the first of the sweep."""
        return self.conditions[0]


@dataclass(frozen=True)
class Sweep:
    """Conditions that differ in a dose (and in another setting that it is crossed with) and in nothing else."""

    dose: str
    conditions: tuple[str, ...]
    user: str
    setting: str  # what else sets them apart from other sweeps


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
    return _where(conditions, {"dataset": hypothesis.datasets, **hypothesis.where})


def _where(conditions: pd.DataFrame, wanted: Mapping[str, Patterns]) -> pd.DataFrame:
    keep = pd.Series(True, index=conditions.index)
    for key, patterns in wanted.items():
        column = conditions[key] if key in conditions else pd.Series(None, index=conditions.index, dtype=object)
        keep &= column.map(lambda value, allowed=patterns: matches(value, allowed)).astype(bool)
    return conditions[keep]


def confirmatory(hypothesis: Hypothesis, pairing: Pairing) -> Comparison | Remark:
    """The hypothesis's cell in the store, or why it is not there. No other condition of the store has a say in it."""
    cell, free = hypothesis.cell, {*hypothesis.cell.where, *hypothesis.where}
    found = _where(in_scope(hypothesis, pairing.conditions), choices_of_cell(hypothesis))
    others = [column for column in pairing.departures if column not in free]
    found = found[~pairing.departures.loc[found.index, others].any(axis=1)]
    seeds = pairing.present.index.get_level_values("seed").isin(cell.seeds)
    found = found[pairing.present.loc[seeds, found.index].any()]
    if ARM in found:
        found = found if hypothesis.of_arms or ARM in free else found[found[ARM].isna()]
    asked = [c for c in setting_columns(found) if c != ARM]
    found = found[~found[asked].astype(str).duplicated()]
    differing = [c for c in asked if found[c].nunique(dropna=False) > 1 and c not in hypothesis.amounts]
    if differing:
        return Note.AMBIGUOUS(settings=" and ".join(differing))
    if len(found) < math.prod(map(len, hypothesis.amounts.values())):  # 1 where nothing is swept
        return _absent(hypothesis)
    dose = next((key for key in hypothesis.amounts if key != hypothesis.by), "")
    conditions = tuple(map(str, found.index))
    return Comparison(Role.CONFIRMATORY, cell.dataset, conditions, cell.seeds, "", dose)


def choices_of_cell(hypothesis: Hypothesis) -> Mapping[str, Patterns]:
    """What the cell is to have: the choice of each group, and settings, as `where` has them."""
    cell, choice = hypothesis.cell, hypothesis.choice
    wanted: dict[str, Patterns] = {group: (shipped.default(group),) for group in CHOICES}
    wanted |= {"dataset": (cell.dataset,), "user": (cell.user or hypothesis.user[0],)}
    if choice and choice.group == ARM:
        wanted = {group: name for group, name in wanted.items() if group not in varies(ARM)}
    if choice and not is_pattern(choice.name[0]):
        wanted[choice.group] = choice.name[:1]
    return {**wanted, **cell.where}


def _absent(hypothesis: Hypothesis) -> Remark:
    """What the store would have to hold."""
    cell = hypothesis.cell
    where = [f"{key}={' or '.join(patterns)}" for key, patterns in cell.where.items()]
    place = ", ".join([cell.dataset, *where, f"seed {' or '.join(map(str, cell.seeds))}"])
    return Note.NOT_IN_STORE(treatment=cell.user or " or ".join(hypothesis.user), place=place)


def exploratory(hypothesis: Hypothesis, pairing: Pairing) -> list[Comparison]:
    """Every treatment in the store that the hypothesis speaks of; of its seeds those of the cell together, every other
    one by itself."""
    scope = in_scope(hypothesis, pairing.conditions)
    treated = scope[scope["user"].map(lambda u: matches(u, hypothesis.user)).astype(bool)]
    if hypothesis.dose:
        found = [
            (sweep.conditions, sweep.setting, sweep.dose) for sweep in sweeps(treated, hypothesis.dose, hypothesis.by)
        ]
    else:
        treated = treated[~treated["user"].isin(list(hypothesis.over))]
        if choice := hypothesis.choice:
            names = treated[choice.group] if choice.group in treated else pd.Series(index=treated.index, dtype=object)
            chosen = names.map(lambda name: pd.notna(name) and matches(name, choice.name) and name != choice.over)
            # Where nobody looks, what is for a person alone has no effect, and there is nothing to compare.
            treated = treated[chosen.astype(bool) & ((treated["user"] != "none") | (choice.group not in FOR_A_PERSON))]
        settings = distinguish(treated, beyond=("user",))
        found = [((str(condition),), settings[condition], "") for condition in treated.index]
    made = [
        Comparison(Role.EXPLORATORY, str(scope.loc[conditions[0], "dataset"]), conditions, seeds, text, dose)
        for conditions, setting, dose in found
        for seeds, text in _seeds(hypothesis.cell.seeds, conditions, setting, pairing)
    ]
    users = pairing.conditions["user"]
    return sorted(made, key=lambda c: (c.dataset, users[c.treatment], c.setting, c.treatment))


def _seeds(
    together: tuple[int, ...], conditions: tuple[str, ...], setting: str, pairing: Pairing
) -> Iterator[tuple[tuple[int, ...], str]]:
    """(seeds, the setting with them): those of the cell, then every other."""
    recorded = pairing.present[list(conditions)].any(axis=1)
    stored = {int(seed) for seed in recorded.index[recorded].get_level_values("seed")}
    if stored & set(together):
        yield together, setting
    for seed in sorted(stored - set(together)):
        yield (seed,), ", ".join(filter(None, [setting, f"seed={seed}"]))


def contrasts(
    hypothesis: Hypothesis, test: Statement, pairing: Pairing, comparison: Comparison
) -> tuple[Contrast, ...]:
    """What a test compares of a treatment: one a control."""
    if comparison.dose:
        return (slope(comparison.dose, hypothesis.by, str(pairing.conditions.loc[comparison.treatment, "user"])),)
    find = _Finder(pairing, comparison.role == Role.CONFIRMATORY)
    over, choice = hypothesis.compared(test)
    condition = comparison.treatment
    if test.user and pairing.conditions.loc[comparison.treatment, "user"] != test.user:
        other = find.match(condition, {"user": test.user})
        if other is None:
            lacking = difference(test.user, " and ".join(over) or (choice.over if choice else ""))
            return (replace(lacking, missing=Note.NO_CONTROL(control=test.user)),)
        condition = other
    if choice is None:
        return tuple(find.over_user(condition, control) for control in over)
    if not over:
        return (find.over_choice(condition, choice),)
    return (find.interaction(condition, over[0], choice),)


@dataclass(frozen=True)
class _Finder:
    """The conditions that one is to be compared with. as_shipped: among those alone whose own settings are."""

    pairing: Pairing
    as_shipped: bool

    def match(self, condition: str, change: Mapping[str, str]) -> str | None:
        return self.pairing.match(condition, change, self.as_shipped)

    def _of(self, condition: str, group: str) -> str:
        return str(self.pairing.conditions.loc[condition, group])

    def over_user(self, condition: str, control: str) -> Contrast:
        contrast = difference(self._of(condition, "user"), control)
        other = self.match(condition, {"user": control})
        if other is None:
            return replace(contrast, missing=Note.NO_CONTROL(control=control))
        return replace(contrast, weights={condition: 1.0, other: -1.0})

    def over_choice(self, condition: str, choice: ChoiceContrast) -> Contrast:
        name, rival, user = self._of(condition, choice.group), choice.over, self._of(condition, "user")
        if choice.group == ARM:
            contrast = difference(name, rival)
        else:
            label = f"{name} - {rival} ({user})"
            contrast = Contrast(Kind.DIFFERENCE, f"{user} under {name}", f"{user} under {rival}", label)
        other = self.match(condition, {choice.group: rival})
        if other is None:
            return replace(contrast, missing=Note.NO_CONTROL(control=contrast.control))
        return replace(contrast, weights={condition: 1.0, other: -1.0})

    def interaction(self, condition: str, control: str, choice: ChoiceContrast) -> Contrast:
        name, rival, user = self._of(condition, choice.group), choice.over, self._of(condition, "user")
        label = f"{user} - {control}: {name} - {rival}"
        contrast = Contrast(Kind.INTERACTION, f"{user} under {name}", f"{control} under {rival}", label)
        under_rival = self.match(condition, {choice.group: rival})
        if under_rival is None:
            return replace(contrast, missing=Note.NO_CONTROL(control=f"{user} under {rival}"))
        over, over_under_rival = (self.match(c, {"user": control}) for c in (condition, under_rival))
        if over is None or over_under_rival is None:
            return replace(contrast, missing=Note.NO_CONTROL_UNDER_BOTH(control=control, group=choice.group))
        return replace(contrast, weights={condition: 1.0, over: -1.0, under_rival: -1.0, over_under_rival: 1.0})


def uncontrolled(hypothesis: Hypothesis, pairing: Pairing) -> list[tuple[Contrast, ...]]:
    """The contrasts of each treatment that has no control at all in the store, and so gives no row."""
    if hypothesis.dose:
        return []
    found = [contrasts(hypothesis, hypothesis.tests[0], pairing, c) for c in exploratory(hypothesis, pairing)]
    return [several for several in found if not any(contrast.weights for contrast in several)]


def sweeps(conditions: pd.DataFrame, dose: Patterns, by: str | None = None) -> Iterator[Sweep]:
    """Every sweep of a dose in these rows of Pairing.conditions: three amounts or more, all else equal (but `by`, of
    two values or more)."""
    for column in [c for c in setting_columns(conditions) if matches(c, dose)]:
        amounts = pd.to_numeric(conditions[column], errors="coerce")
        if amounts.nunique() < 3:
            continue
        swept = [column, *filter(None, [by])]
        rest = [c for c in setting_columns(conditions) if c not in swept]
        given = conditions[amounts.notna()]
        alike = given.groupby(rest, dropna=False, sort=False).ngroup()
        enough = amounts[given.index].groupby(alike).nunique() >= 3
        if by:
            enough &= (given[by].groupby(alike).nunique() >= 2) if by in given else False
        chosen = {
            str(same.index[0]): tuple(map(str, same.index)) for number, same in alike.groupby(alike) if enough[number]
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
    named = [item for value in _named(pairing, condition, ("classes", "pairs")) for item in _leaves(value)]
    return tuple(dict.fromkeys(filter(None, _class_names(named, classes))))


def named_pairs(
    pairing: Pairing, condition: str, classes: Sequence[str], of_any_strength: bool = False
) -> tuple[Pair, ...]:
    """The pairs of classes that a person's biases confuse: `user.*.pairs` whose strength is above 0, or of any."""
    named = _named(pairing, condition, ("pairs",), of_any_strength)
    pairs = [_class_names(map(str, pair), classes) for value in named for pair in value]
    return tuple((one, other) for one, other in pairs if one and other)


def _named(pairing: Pairing, condition: str, keys: Sequence[str], of_any_strength: bool = False) -> Iterator[Any]:
    asked = pairing.conditions.loc[condition].to_dict()
    for key, value in asked.items():
        path, _, last = str(key).rpartition(".")
        if path.startswith("user.") and last in keys and isinstance(value, str):
            strength = asked.get(f"{path}.strength")
            if isinstance(strength, float | int | np.number) and (strength > 0 or of_any_strength):
                yield json.loads(value)


def _class_names(named: Iterable[str], classes: Sequence[str]) -> list[str]:
    """Empty for a class that the data have not."""
    numbers = {str(number): name for number, name in enumerate(classes)}
    return [name if name in classes else numbers.get(name, "") for name in named]


def _leaves(value: Any) -> list[str]:
    return [leaf for item in value for leaf in _leaves(item)] if isinstance(value, list) else [str(value)]
