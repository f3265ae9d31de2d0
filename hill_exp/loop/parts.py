"""The choices of one condition, built from its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from hill_exp.config import TARGET, build, validate
from hill_exp.config.show import Show
from hill_exp.dataset import Dataset
from hill_exp.encoder import Encoder
from hill_exp.loop.step import Training
from hill_exp.model import Model
from hill_exp.person import Crowd, Names, Person, undeclared
from hill_exp.projection import Projection
from hill_exp.schedule import Schedule
from hill_exp.teacher import Teacher
from hill_exp.types import UserError

BASES: Final = {  # what a class must derive from to be a choice of the group
    "dataset": Dataset,
    "encoder": Encoder,
    "model": Model,
    "projection": Projection,
    "teacher": Teacher,
    "schedule": Schedule,
}


@dataclass(frozen=True)
class Parts:
    """What a participant is run with."""

    dataset: Dataset
    encoder: Encoder
    model: Model
    projection: Projection
    teacher: Teacher
    user: Person | Names | Crowd  # who takes part, or those of whom one does
    schedule: Schedule
    training: Training
    show: Show

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Parts:
        """Build them from a condition's settings; UserError for what is wrong."""
        return cls(
            user=user_of(settings["user"]),
            training=validate(Training, settings["training"], "training"),
            show=validate(Show, settings["show"], "show"),
            **{group: build(settings[group], group, base) for group, base in BASES.items()},
        )

    @property
    def gives(self) -> Literal["images", "vectors"]:
        """What the model is given: images, or else vectors, which an encoder makes of images."""
        return "vectors" if self.encoder.gives_vectors else self.dataset.gives


def user_of(node: Mapping[str, Any]) -> Person | Names | Crowd:
    """Who takes part, by the settings of the group user; UserError for what is no person."""
    user = build(node, "user")
    if not isinstance(user, Person | Names | Crowd):
        raise UserError(
            f"user.{TARGET} = {node[TARGET]}: needs a method edit(view, rng) that gives an Edit, or to derive "
            "from hill_exp.person.Names"
        )
    for sentence in undeclared(user):
        raise UserError(f"user.{TARGET} = {node[TARGET]}: {sentence}")
    return user
