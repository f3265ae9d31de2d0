"""What a hypothesis states, and its file.

A file of conf/hypotheses names one contrast and the metrics it is about:

    user, over               a person (or several, each of them) compared with every control in `over`; all of these
                             comparisons must hold (an intersection-union test)
    user, choice             one choice of a group (a teacher, a projection, ...) compared with another, under that
                             person; as {group: teacher, name: "*", over: annotation}. Of the group `arm`, person,
                             teacher, training and all else may differ, but the data
    user, over, choice       their interaction: what it makes of `user - over` to change the choice
    dose                     settings whose amount is swept: the slope of the metric over each
    dose, by                 how that slope changes with another setting that is swept: their interaction

    tests                    the metrics, and what is claimed of each; one may have a `user`, `over` or `choice` of its
                             own, in place of the hypothesis's, for the same treatment under another person
    joint                    whether all tests must hold together, as one claim (an intersection-union test)
    explore                  metrics that describe, and decide nothing

`user`, the `name` of a choice, `dose`, `datasets` and the values of `where` are names or patterns ("*"; "!annotation"
is all but that), or lists of them. Everything else of the conditions compared is the same; two datasets have nothing in
common but the participants' numbers.

    cell                     where the hypothesis is put to the test: dataset, user, seeds, and `where` for what is not
                             as the configuration is shipped (of a sweep, its amounts)

The tests of the cell are confirmatory. Those of one family, of all files, share a Holm correction, whether or not the
store has them: what else lies in a store changes no verdict of theirs. Every other comparison in the store that the
hypothesis speaks of is exploratory, each dataset, setting and seed by itself, and corrected for the rate of false
discoveries.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from analysis import claims
from analysis.metrics import METRICS
from analysis.shipped import ARM
from analysis.tables import setting_columns
from hill_exp.config.folder import CONF
from hill_exp.config.groups import CHOICES
from hill_exp.config.sentences import complaints, unknown
from hill_exp.types import UserError

RECALL = {  # metrics of a comparison, over the classes that the person's biases name; True: less that of the others
    "touched_recall": False,
    "touched_minus_other_recall": True,
}
CONFUSIONS = "named_confusions"  # a metric of a comparison, over the pairs of classes that they name

Patterns = tuple[str, ...]


class ChoiceContrast(BaseModel):
    """Choices of a group, each against one of the same group."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: Literal["dataset", "encoder", "model", "projection", "teacher", "schedule", "arm"]
    name: Patterns
    over: str

    @field_validator("name", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return _list(value)


class Statement(BaseModel):
    """One metric and what is claimed of it; see analysis.claims for claims and margins. `user`, `over` and `choice`, if
    they are given, stand in place of the hypothesis's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    claim: claims.Name
    margin: float = Field(ge=0)  # in units of the metric (of the slope, for a dose)
    user: str | None = None
    over: Patterns = ()
    choice: ChoiceContrast | None = None

    @field_validator("over", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return _list(value)

    @model_validator(mode="after")
    def _maintenance_has_a_margin(self) -> Statement:
        if self.as_claim.maintains and self.margin == 0:
            raise ValueError(f"margin must be above 0 for claim {self.claim!r}")
        return self

    @property
    def as_claim(self) -> claims.Claim:
        """The claim with its margin."""
        return claims.CLAIMS[self.claim](self.margin)


class Cell(BaseModel):
    """Where a hypothesis is put to the test. What it does not name is as shipped: of a group the default choice, or the
    one that the hypothesis names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str = "digits"
    user: str | None = None  # of several users of the hypothesis, the one
    where: dict[str, Patterns] = {}
    seeds: tuple[int, ...] = Field(default=(0,), min_length=1)  # whose participants are tested together

    @field_validator("where", mode="before")
    @classmethod
    def _all_listed(cls, value: Any) -> Any:
        return {key: _list(item) for key, item in value.items()} if isinstance(value, dict) else value


class Hypothesis(BaseModel):
    """What one file states; its fields are explained at the top of this module."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sentence: str
    family: str
    alpha: float = Field(gt=0, lt=0.5)  # one-sided, of the family
    user: Patterns
    over: Patterns = ()
    choice: ChoiceContrast | None = None
    dose: Patterns = ()
    by: str | None = None
    datasets: Patterns = ("*",)
    where: dict[str, Patterns] = {}
    cell: Cell = Cell()
    joint: bool = False
    tests: tuple[Statement, ...] = Field(min_length=1)
    explore: tuple[Statement, ...] = ()

    @field_validator("user", "over", "dose", "datasets", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return _list(value)

    @field_validator("where", mode="before")
    @classmethod
    def _all_listed(cls, value: Any) -> Any:
        return {key: _list(item) for key, item in value.items()} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _compares_something(self) -> Hypothesis:
        if self.dose and (self.over or self.choice):
            raise ValueError("dose stands alone: no over or choice beside it")
        if self.by and not self.dose:
            raise ValueError("by goes with a dose")
        if not (self.dose or self.over or self.choice):
            raise ValueError("needs what to compare with: over, choice or dose")
        for test in (*self.tests, *self.explore):
            over, choice = self.compared(test)
            if choice and len(over) > 1:
                raise ValueError("an interaction has one user in over")
        if self.dose and len(self.amounts) != (2 if self.by else 1):
            raise ValueError(f"cell.where must list the amounts of one dose{f' and of {self.by}' if self.by else ''}")
        if not self.cell.user and not self.of_arms and (len(self.user) > 1 or is_pattern(self.user[0])):
            raise ValueError("cell.user must say which of its users the hypothesis is tested on")
        if self.of_arms and ARM not in self.cell.where and self.choice and is_pattern(self.choice.name[0]):
            raise ValueError("cell.where must say which arm the hypothesis is tested on")
        return self

    @property
    def of_arms(self) -> bool:
        """Whether it compares arms, each of which has its own person."""
        return self.choice is not None and self.choice.group == ARM

    @property
    def amounts(self) -> dict[str, Patterns]:
        """Of the cell's sweep, the amounts of the dose, and of what it is crossed with."""
        swept = (*self.dose, *([self.by] if self.by else []))
        return {k: v for k, v in self.cell.where.items() if any(fnmatchcase(k, pattern) for pattern in swept)}

    def compared(self, test: Statement) -> tuple[Patterns, ChoiceContrast | None]:
        """(over, choice) of a test: its own if it has any, else those of the hypothesis."""
        own = test.model_fields_set
        return test.over if "over" in own else self.over, test.choice if "choice" in own else self.choice


def is_pattern(name: str) -> bool:
    """Whether it may stand for several names."""
    return any(sign in name for sign in "*?![")


def _list(value: Any) -> Any:
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(item if isinstance(item, str) else json.dumps(item) for item in items)


def load(folder: Path = CONF / "hypotheses") -> list[Hypothesis]:
    """The hypotheses of a folder, by name. UserError for one that cannot be read, in a sentence."""
    import yaml

    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise UserError(
            f"--hypotheses {folder}: no .yaml file is there. Leave the option out for those of this project."
        )
    stated: dict[str, Hypothesis] = {}
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
            raise UserError("\n".join(f"{path}: {text}" for text in complaints(error, "", Hypothesis))) from None
        if hypothesis.name in stated:
            raise UserError(f"{path}: another file states a hypothesis {hypothesis.name} already. Choose another name.")
        stated[hypothesis.name] = hypothesis
    return sorted(stated.values(), key=lambda h: h.name)


def check(hypotheses: Sequence[Hypothesis], participants: pd.DataFrame) -> None:
    """UserError where a hypothesis names a metric, choice or setting that there is not, neither in this table
    nor in the configuration."""
    numeric = participants.columns[participants.dtypes.map(pd.api.types.is_numeric_dtype)]
    settings = setting_columns(participants)
    metrics = {*METRICS, *(c for c in numeric if c not in (*settings, "participant", "seed", "epochs"))}
    users = _names("user", participants)
    for h in hypotheses:
        for test in (*h.tests, *h.explore):
            over, choice = h.compared(test)
            _known(h, "metric", test.metric, metrics)
            if test.metric in RECALL and not over:
                raise UserError(f"hypothesis {h.name}: metric {test.metric} compares with a user; it needs `over`")
            for name in (*h.user, *over, *filter(None, [test.user, h.cell.user])):
                _known(h, "user", name, users)
            if choice:
                for name in (*choice.name, choice.over):
                    _known(h, choice.group, name, _names(choice.group, participants))
        _known(h, "dataset", h.cell.dataset, _names("dataset", participants))
        for key in (*h.where, *h.cell.where):
            if key.split(".")[0] not in {*CHOICES, ARM, *(column.split(".")[0] for column in settings)}:
                _known(h, "setting", key, set(settings))


def _names(group: str, participants: pd.DataFrame) -> set[str]:
    stored = participants[group].dropna().unique() if group in participants else ()
    return {path.stem for path in (CONF / group).glob("*.yaml")} | {str(name) for name in stored}


def _known(hypothesis: Hypothesis, what: str, name: str, allowed: set[str]) -> None:
    if is_pattern(name) or (what == ARM and not allowed) or name in allowed:
        return
    raise UserError(unknown(name, allowed, f"hypothesis {hypothesis.name}", what))
