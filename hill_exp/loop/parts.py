"""The choices of one condition, built from its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hill_exp.config import TARGET, build, validate
from hill_exp.dataset import Dataset
from hill_exp.loop.step import Training
from hill_exp.model import Model
from hill_exp.person import Crowd, Person, undeclared
from hill_exp.projection import Projection
from hill_exp.schedule import Schedule
from hill_exp.teacher import Teacher
from hill_exp.types import UserError

BASES: Final = {  # what a class must derive from to be a choice of the group
    "dataset": Dataset,
    "model": Model,
    "projection": Projection,
    "teacher": Teacher,
    "schedule": Schedule,
}


@dataclass(frozen=True)
class Parts:
    """What a participant is run with."""

    dataset: Dataset
    model: Model
    projection: Projection
    teacher: Teacher
    user: Person | Crowd  # who sits at the canvas, or those of whom one does
    schedule: Schedule
    training: Training

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Parts:
        """Build them from a condition's settings; UserError for what is wrong."""
        return cls(
            user=_user(settings["user"]),
            training=validate(Training, settings["training"], "training"),
            **{group: build(settings[group], group, base) for group, base in BASES.items()},
        )


def _user(node: Mapping[str, Any]) -> Person | Crowd:
    user = build(node, "user")
    if not isinstance(user, Person | Crowd):
        raise UserError(f"user.{TARGET} = {node[TARGET]}: needs a method edit(view, rng) that gives an Edit")
    for sentence in undeclared(user):
        raise UserError(f"user.{TARGET} = {node[TARGET]}: {sentence}")
    return user
