"""Who may sit at the canvas: a person, and what else a person may be.

Any class with `edit(view, rng) -> Edit` is a Person; nothing need be derived from. What the harness does beyond showing
a view and asking for an edit, it does for the roles below, and only where a class is declared to have one by deriving
from it. `simulated_users.testing` holds a class to all of this.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from typing_extensions import override

from hill_exp.types import Edit, Floats, Ints, View


class Person(ABC):
    """Whoever sits at the canvas, simulated or real."""

    @abstractmethod
    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        """What the person does with the view, within its budget; all chance comes from `rng`."""

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


class Perceives(Person):
    """Takes some thumbnails for what they are not. Whoever has not this role is told the truth of each."""

    @abstractmethod
    def recognise(self, truth: Ints, n_classes: int, rng: np.random.Generator) -> Ints:
        """(N,) the class that each image of the true classes `truth` (N,) is taken for, or NO_CLASS. Asked once a
        participant: the only way in which a true label of the canvas reaches a person."""


class SeesLatents(Person):
    """No person but a machine: it is told nothing of the thumbnails, and is given the latents instead."""

    @abstractmethod
    def recognise_latents(self, latents: Floats, observed: Ints) -> Ints:
        """(N,) a class for each point or NO_CLASS, from the latents (N, d) and the observed labels (N,) or NO_CLASS.
        Asked at every turn."""


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


ROLES: Final = (Nobody, Perceives, SeesLatents, AtThePage, Crowd, NeedsClasses)


def undeclared(person: object) -> Iterator[str]:
    """Sentences for methods that would do nothing: named as those of a role that the class does not derive from."""
    for role in ROLES:
        if not isinstance(person, role):
            for method in sorted((role.__abstractmethods__ - {"edit"}) & set(dir(type(person)))):
                yield (
                    f"{type(person).__name__}.{method} is called for a {role.__name__} only; derive the class from "
                    f"hill_exp.person.{role.__name__}, or name the method otherwise"
                )
