"""People who differ: every participant is a person with parameters of its own, drawn from a population.

A population mirrors the parameters of a person. Each is a fixed value or a distribution, a mapping with one key:
    {uniform: [low, high]}   {normal: [mean, sd, low, high]}, clipped   {beta: [a, b, scale]}   {choice: [value, ...]}
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from pydantic import field_validator, model_validator

from hill_exp import person as roles
from hill_exp.config import Choice, build, unknown
from hill_exp.types import UserError

WHERE: Final = "user.population"


class Distribution(NamedTuple):
    form: str  # what its list must hold
    draw: Callable[[list[Any], np.random.Generator], Any]
    valid: Callable[[list[Any]], bool]
    extremes: Callable[[list[Any]], list[Any]]  # values between which every draw lies


DISTRIBUTIONS: Final = {
    "uniform": Distribution(
        "[low, high], low <= high",
        lambda p, rng: float(rng.uniform(*p)),
        lambda p: _numbers(p, 2) and p[0] <= p[1],
        lambda p: p,
    ),
    "normal": Distribution(
        "[mean, sd, low, high], sd >= 0, low <= high",
        lambda p, rng: float(np.clip(rng.normal(p[0], p[1]), p[2], p[3])),
        lambda p: _numbers(p, 4) and p[1] >= 0 and p[2] <= p[3],
        lambda p: p[2:],
    ),
    "beta": Distribution(
        "[a, b, scale], all above 0",
        lambda p, rng: float(p[2] * rng.beta(p[0], p[1])),
        lambda p: _numbers(p, 3) and min(p) > 0,
        lambda p: [0.0, p[2]],
    ),
    "choice": Distribution(
        "[value, ...], at least one",
        lambda p, rng: p[int(rng.integers(len(p)))],
        lambda p: len(p) > 0,
        lambda p: p,
    ),
}


class Crowd(Choice, roles.Crowd, roles.NeedsClasses):
    """A population around one person: `member` draws the person that sits at the canvas.

    person: the settings of the person from whom the members differ, `_target_` included. population: a mapping, or
    the path of a YAML or JSON file, which is read as data only: it cannot name code, only values of parameters.
    """

    person: dict[str, Any]
    population: dict[str, Any]

    @field_validator("population", mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        import yaml

        try:
            return yaml.safe_load(Path(value).read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError) as error:
            raise UserError(f"{WHERE} = {value}: must be a readable YAML or JSON file ({error})") from None

    @model_validator(mode="after")
    def _every_member_is_valid(self) -> Crowd:
        """Build a member at each extreme of each parameter, so that no participant fails later."""
        for name, value in _parameters(self.population, self.person, ""):
            distribution = _distribution(value)
            for extreme in [value] if distribution is None else distribution.extremes(_list(value)):
                build(_with(self.person, {name: extreme}), WHERE)
        return self

    def check_classes(self, classes: tuple[str, ...], coloured: bool) -> None:
        """UserError if the person needs a class, or a visible attribute, that the data do not have."""
        build(self.person, "user.person").check_classes(classes, coloured)

    def member(self, rng: np.random.Generator) -> tuple[Any, dict[str, Any]]:
        """One person, and its parameters that the population sets: dotted name -> value.

        Each parameter has a stream of its own, so that adding one to the population leaves the others' draws alone.
        """
        drawn: dict[str, Any] = {}
        base = int(rng.integers(2**63))
        for name, value in _parameters(self.population, self.person, ""):
            distribution = _distribution(value)
            own = np.random.default_rng([base, zlib.crc32(name.encode())])
            drawn[name] = value if distribution is None else distribution.draw(_list(value), own)
        return build(_with(self.person, drawn), WHERE), drawn


def _parameters(population: Mapping[str, Any], person: Mapping[str, Any], inside: str) -> Iterator[tuple[str, Any]]:
    """(dotted name, fixed value or distribution) of each parameter. UserError for a parameter that a person lacks."""
    for key, value in population.items():
        where = f"{WHERE}.{inside}".rstrip(".")
        if key not in person or key == "_target_":
            raise UserError(unknown(str(key), [k for k in person if k != "_target_"], where))
        if isinstance(person[key], Mapping) and isinstance(value, Mapping) and _distribution(value) is None:
            yield from _parameters(value, person[key], f"{inside}{key}.")
            continue
        if isinstance(value, Mapping) and _distribution(value) is None:
            name = str(next(iter(value), ""))
            raise UserError(unknown(name, list(DISTRIBUTIONS), f"{where}.{key}"))
        if (distribution := _distribution(value)) and not distribution.valid(_list(value)):
            name = next(iter(value))
            raise UserError(f"{where}.{key}.{name} = {value[name]}: must be {distribution.form}")
        yield f"{inside}{key}", value


def _distribution(value: Any) -> Distribution | None:
    return DISTRIBUTIONS.get(next(iter(value))) if isinstance(value, Mapping) and len(value) == 1 else None


def _list(distribution: Mapping[str, Any]) -> list[Any]:
    (parameters,) = distribution.values()
    return list(parameters) if isinstance(parameters, list | tuple) else []


def _numbers(values: list[Any], n: int) -> bool:
    return len(values) == n and all(isinstance(v, int | float) and np.isfinite(v) for v in values)


def _with(person: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The person's settings with the values of dotted names put in."""
    settings = dict(person)
    for name, value in values.items():
        key, _, rest = name.partition(".")
        settings[key] = _with(settings[key], {rest: value}) if rest else value
    return settings
