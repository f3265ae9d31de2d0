"""People who differ: every participant is a person with parameters of its own, drawn from a population.

A population mirrors the parameters of a person. Each is a fixed value or a distribution (see distributions).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import field_validator, model_validator
from typing_extensions import override

from hill_exp import person as roles
from hill_exp.config import TARGET, Choice, build, unknown
from hill_exp.types import UserError
from simulated_users.distributions import Distribution, is_distribution

WHERE: Final = "user.population"


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
        for _ in self._extreme_members():
            pass
        return self

    @override
    def check_classes(self, classes: tuple[str, ...], coloured: bool) -> None:
        """UserError if the person, or one that the population makes of it, needs a class, or a visible attribute, that
        the data do not have."""
        for member in (build(self.person, "user.person"), *self._extreme_members()):
            if isinstance(member, roles.NeedsClasses):
                member.check_classes(classes, coloured)

    def _extreme_members(self) -> Iterator[roles.Person]:
        for name, distribution in _parameters(self.population, self.person):
            for extreme in distribution.extremes:
                yield build(_with(self.person, {name: extreme}), WHERE)

    @override
    def member(self, rng: np.random.Generator) -> tuple[roles.Person, dict[str, Any]]:
        """One person, and its parameters that the population sets: dotted name -> value.

        Each parameter has a stream of its own, so that adding one to the population leaves the others' draws alone.
        """
        seed = int(rng.integers(2**63))
        drawn = {
            name: distribution.draw(np.random.default_rng([seed, zlib.crc32(name.encode())]))
            for name, distribution in _parameters(self.population, self.person)
        }
        return build(_with(self.person, drawn), WHERE), drawn


def _parameters(
    population: Mapping[str, Any], person: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Distribution]]:
    """(dotted name, distribution) of each parameter. UserError for a parameter that a person lacks."""
    for key, value in population.items():
        where = f"{WHERE}.{prefix}".rstrip(".")
        if key not in person or key == TARGET:
            raise UserError(unknown(str(key), [k for k in person if k != TARGET], where))
        if isinstance(person[key], Mapping) and isinstance(value, Mapping) and not is_distribution(value):
            yield from _parameters(value, person[key], f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", Distribution.of(value, f"{where}.{key}")


def _with(person: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The person's settings with the values of dotted names put in."""
    settings = dict(person)
    for name, value in values.items():
        key, _, rest = name.partition(".")
        settings[key] = _with(settings[key], {rest: value}) if rest else value
    return settings
