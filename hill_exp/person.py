"""Who may take part: a person at the canvas, what else a person may be, and who names points and moves none.

Any class with `edit(view, rng) -> Edit` is a Person; nothing need be derived from. What the harness does beyond showing
a view and asking for an edit, it does for the roles below, and only where a class is declared to have one by deriving
from it. `simulated_users.testing` holds a class to all of this.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from typing_extensions import override

from hill_exp.types import Bools, Budget, Edit, Floats, Ints, Sights, View


class Person(ABC):
    """Whoever sits at the canvas, simulated or real."""

    @abstractmethod
    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        """What the person does with the view, within its budget; all chance comes from `rng`. An edit that looks at or
        handles a point of `view.reserved` is refused."""

    @classmethod
    def __subclasshook__(cls, other: type) -> Any:
        if cls is Person and any(callable(vars(base).get("edit")) for base in other.__mro__):
            return True
        return NotImplemented


class Nobody(Person):
    """Plain training: the harness shows it nothing and asks it for nothing."""

    @override
    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        return Edit.of(view.positions, [])


class Perceives(ABC):
    """Takes some thumbnails for what they are not. A person who has not this role is told the truth of each."""

    @abstractmethod
    def recognise(self, sights: Sights, rng: np.random.Generator) -> Ints:
        """(N,) the class that each image of the canvas is taken for, or NO_CLASS. Asked once a participant: the only
        way in which a true label of the canvas reaches a person."""


class AtThePage(Person):
    """A real person, at the page now or when the session was recorded: it is told nothing but what the view shows."""

    @abstractmethod
    def watch(self, view: View) -> None:
        """Called with every view at once, also the last, which no edit follows."""

    @abstractmethod
    def leaves_after(self, turn: int) -> bool:
        """Whether the person wants no turn after this one."""

    @property
    def about(self) -> Mapping[str, Any]:
        """What is known of the person, for its record."""
        return {}


class Crowd(ABC):
    """People who differ: one of them sits at the canvas, another for each participant."""

    @abstractmethod
    def member(self, rng: np.random.Generator) -> tuple[Person, dict[str, Any]]:
        """The person that `rng` draws, and what sets it apart, for its record: name -> value."""


class NeedsClasses(ABC):
    """Whoever cannot do with every data set."""

    @abstractmethod
    def check_classes(self, classes: tuple[str, ...], coloured: bool) -> None:
        """UserError if the data lack a class that is needed, or images that carry a colour."""


@dataclass(frozen=True)
class Query:
    """All that whoever names points is given at one turn: of the canvas alone, and no true label."""

    inputs: Floats  # (N, length) what the model is given, standardised as it does: pixels, or features or other vectors
    latents: Floats  # (N, d) the model's now
    probabilities: Floats  # (N, C) the model's now
    observed: Ints  # (N,) observed label, or NO_CLASS
    recognised: Ints  # (N,) the class that a person would take each point for; NO_CLASS: it is no person
    named: Ints  # (N,) what each was named so far; NO_CLASS: not yet
    asked: Bools  # (N,) about which a person was asked so far
    classes: tuple[str, ...]
    turn: int  # from 0
    turns: int  # how many there may be
    budget: Budget

    def __post_init__(self) -> None:
        for name in ("inputs", "latents", "probabilities", "recognised", "named", "asked"):
            if len(getattr(self, name)) != len(self):
                raise ValueError(f"{name} are of {len(getattr(self, name))} points, of {len(self)}")

    def __len__(self) -> int:
        return len(self.observed)


@dataclass(frozen=True)
class Naming:
    """What points were named in one turn, and what it cost. A name stays until the point is named again."""

    labels: Ints  # (N,) or NO_CLASS: not named now
    asked: Bools  # (N,) whom a person looked at
    seconds: float = 0.0  # of a person's time

    def __post_init__(self) -> None:
        if self.labels.ndim != 1 or self.asked.shape != self.labels.shape:
            raise ValueError(f"labels have shape {self.labels.shape} and asked {self.asked.shape}; expected (N,) each")

    @classmethod
    def unasked(cls, labels: Ints) -> Naming:
        """Of labels (N,) that nobody was asked for."""
        return cls(labels, np.zeros(len(labels), dtype=bool))


class Names(ABC):
    """Whoever says of points what they are and moves none: a machine, or, with Perceives, a person who is asked. It
    sees no picture. What it names is taught by cross-entropy, whatever the teacher."""

    weight: float  # of the cross-entropy on what it named, beside that on the observed labels

    @abstractmethod
    def name_points(self, query: Query, rng: np.random.Generator) -> Naming:
        """What the points are, as far as it says, within the query's budget; all chance comes from `rng`. Asked at
        every turn."""


ROLES: Final = (Nobody, Perceives, AtThePage, Crowd, NeedsClasses, Names)


def undeclared(person: object) -> Iterator[str]:
    """Sentences for methods that would do nothing: named as those of a role that the class does not derive from."""
    for role in ROLES:
        if not isinstance(person, role):
            for method in sorted((role.__abstractmethods__ - {"edit"}) & set(dir(type(person)))):
                yield (
                    f"{type(person).__name__}.{method} is called for a {role.__name__} only; derive the class from "
                    f"hill_exp.person.{role.__name__}, or name the method otherwise"
                )
