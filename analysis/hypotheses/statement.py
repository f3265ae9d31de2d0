"""What a hypothesis states, and its file.

A file of conf/hypotheses names one contrast and the metrics it is about:

    user, over               a person (or several, each of them) compared with every control in `over`; all of these
                             comparisons must hold (an intersection-union test)
    user, choice             one choice of a group (a teacher, a projection, ...) compared with another, under that
                             person; as {group: teacher, name: "*", over: annotation}
    user, over, choice       their interaction: what it makes of `user - over` to change the choice
    dose                     settings whose amount is swept: the slope of the metric over each
    dose, by                 how that slope changes with another setting that is swept: their interaction

`user`, the `name` of a choice, `dose`, `datasets` and the values of `where` are names or patterns ("*"; "!annotation"
is all but that), or lists of them. Everything else of the conditions compared is the same; two datasets have nothing in
common but the participants' numbers. Each dataset, and each setting under which a comparison was made, gives a test of
its own; with several datasets there is one over them all besides. All tests of a family in the store share one Holm
correction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from analysis import claims
from analysis.metrics import METRICS
from analysis.tables import setting_columns
from hill_exp.config.folder import CONF
from hill_exp.config.sentences import complaints, unknown
from hill_exp.types import UserError

RECALL = {  # metrics of a comparison, over the classes that the person's biases name; True: less that of the others
    "touched_recall": False,
    "touched_minus_other_recall": True,
}

Patterns = tuple[str, ...]


class Statement(BaseModel):
    """One metric and what is claimed of it; see analysis.claims for claims and margins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    claim: claims.Name
    margin: float = Field(ge=0)  # in units of the metric (of the slope, for a dose)

    @model_validator(mode="after")
    def _maintenance_has_a_margin(self) -> Statement:
        if self.as_claim.maintains and self.margin == 0:
            raise ValueError(f"margin must be above 0 for claim {self.claim!r}")
        return self

    @property
    def as_claim(self) -> claims.Claim:
        """The claim with its margin."""
        return claims.CLAIMS[self.claim](self.margin)


class ChoiceContrast(BaseModel):
    """Choices of a group, each against one of the same group."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: Literal["dataset", "model", "projection", "teacher", "schedule"]
    name: Patterns
    over: str

    @field_validator("name", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return _list(value)


class Hypothesis(BaseModel):
    """What one file states; its fields are explained at the top of this module."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sentence: str
    family: str
    alpha: float = Field(gt=0, lt=0.5)
    user: Patterns
    over: Patterns = ()
    choice: ChoiceContrast | None = None
    dose: Patterns = ()
    by: str | None = None
    datasets: Patterns = ("*",)
    where: dict[str, Patterns] = {}
    tests: tuple[Statement, ...] = Field(min_length=1)

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
        if self.choice and len(self.over) > 1:
            raise ValueError("an interaction has one user in over")
        return self


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
    metrics = {*METRICS, *RECALL, *(c for c in numeric if c not in (*settings, "participant", "seed", "epochs"))}
    users = _names("user", participants)
    for h in hypotheses:
        for test in h.tests:
            _known(h, "metric", test.metric, metrics)
            if test.metric in RECALL and not h.over:
                raise UserError(f"hypothesis {h.name}: metric {test.metric} compares with a user; it needs `over`")
        for name in (*h.user, *h.over):
            _known(h, "user", name, users)
        if h.choice:
            for name in (*h.choice.name, h.choice.over):
                _known(h, h.choice.group, name, _names(h.choice.group, participants))
        for key in h.where:
            if key.split(".")[0] not in {column.split(".")[0] for column in settings}:
                _known(h, "setting", key, set(settings))


def _names(group: str, participants: pd.DataFrame) -> set[str]:
    return {path.stem for path in (CONF / group).glob("*.yaml")} | set(participants[group].astype(str))


def _known(hypothesis: Hypothesis, what: str, name: str, allowed: set[str]) -> None:
    if any(sign in name for sign in "*?![") or name in allowed:
        return
    raise UserError(unknown(name, allowed, f"hypothesis {hypothesis.name}", what))
