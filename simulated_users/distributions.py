"""What a parameter of a crowd is drawn from: a mapping with one key, the distribution's name.

{uniform: [low, high]}   {normal: [mean, sd, low, high]}, clipped   {beta: [a, b, scale]}   {choice: [value, ...]}
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, TypeVar

import numpy as np
from pydantic import AfterValidator, Field, ValidatorFunctionWrapHandler, field_validator
from typing_extensions import override

from hill_exp.config import Choice, unknown, validate
from hill_exp.types import UserError

Values = TypeVar("Values", bound=tuple[float, ...])


def _low_to_high(values: Values) -> Values:
    if values[-2] > values[-1]:
        raise ValueError
    return values


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
NotNegative = Annotated[Number, Field(ge=0)]
Positive = Annotated[Number, Field(gt=0)]


class Distribution(Choice, ABC):
    """Of one parameter. Its only field bears the key, and holds the list of its parameters."""

    form: ClassVar[str]  # that the list must have, for the sentence about one that has not

    @staticmethod
    def of(value: Any, where: str) -> Distribution:
        """The distribution that a value of a population stands for; a fixed value is a choice without an alternative.

        UserError, naming the config key `where`, for a mapping that is no distribution, or one of a wrong form.
        """
        if not isinstance(value, Mapping):
            return Pick(choice=(value,))
        if not is_distribution(value):
            raise UserError(unknown(str(next(iter(value), "")), list(DISTRIBUTIONS), where))
        (name,) = value
        distribution: Distribution = validate(DISTRIBUTIONS[name], value, where)
        return distribution

    @abstractmethod
    def draw(self, rng: np.random.Generator) -> Any:
        """One value, by one draw of `rng` at most."""

    @property
    @abstractmethod
    def extremes(self) -> tuple[Any, ...]:
        """Values between which every draw lies."""

    @field_validator("*", mode="wrap")
    @classmethod
    def _has_its_form(cls, value: Any, check: ValidatorFunctionWrapHandler) -> Any:
        try:
            return check(value)
        except ValueError:
            raise ValueError(cls.form) from None


class Uniform(Distribution):
    """Evenly between two values."""

    form = "[low, high], low <= high"
    uniform: Annotated[tuple[Number, Number], AfterValidator(_low_to_high)]

    @override
    def draw(self, rng: np.random.Generator) -> float:
        return float(rng.uniform(*self.uniform))

    @property
    @override
    def extremes(self) -> tuple[float, ...]:
        return self.uniform


class Normal(Distribution):
    """Normal, a draw beyond the ends put there."""

    form = "[mean, sd, low, high], sd >= 0, low <= high"
    normal: Annotated[tuple[Number, NotNegative, Number, Number], AfterValidator(_low_to_high)]

    @override
    def draw(self, rng: np.random.Generator) -> float:
        mean, sd, low, high = self.normal
        return float(np.clip(rng.normal(mean, sd), low, high))

    @property
    @override
    def extremes(self) -> tuple[float, ...]:
        return self.normal[2:]


class Beta(Distribution):
    """Beta, between 0 and the scale."""

    form = "[a, b, scale], all above 0"
    beta: tuple[Positive, Positive, Positive]

    @override
    def draw(self, rng: np.random.Generator) -> float:
        a, b, scale = self.beta
        return float(scale * rng.beta(a, b))

    @property
    @override
    def extremes(self) -> tuple[float, ...]:
        return (0.0, self.beta[2])


class Pick(Distribution):
    """Any of some values, all alike."""

    form = "[value, ...], at least one"
    choice: Annotated[tuple[Any, ...], Field(min_length=1)]

    @override
    def draw(self, rng: np.random.Generator) -> Any:
        return self.choice[int(rng.integers(len(self.choice)))]

    @property
    @override
    def extremes(self) -> tuple[Any, ...]:
        return self.choice


DISTRIBUTIONS: Final[dict[str, type[Distribution]]] = {
    "uniform": Uniform,
    "normal": Normal,
    "beta": Beta,
    "choice": Pick,
}


def is_distribution(value: Any) -> bool:
    """Whether a value of a population is a distribution by its key; its list may be wrong."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in DISTRIBUTIONS
