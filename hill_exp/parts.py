"""The choices of one condition, built from its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hill_exp.config import build, validate
from hill_exp.dataset import Dataset
from hill_exp.model import Model
from hill_exp.projection import Projection
from hill_exp.schedule import Schedule
from hill_exp.teacher import Teacher
from hill_exp.training import Training
from hill_exp.types import Person


@dataclass(frozen=True)
class Parts:
    """What a participant is run with."""

    dataset: Dataset
    model: Model
    projection: Projection
    teacher: Teacher
    person: Person
    schedule: Schedule
    training: Training

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Parts:
        """Build them from a condition's settings; UserError for what is wrong."""
        groups = ("dataset", "model", "projection", "teacher", "schedule")
        return cls(
            person=build(settings["user"], "user"),
            training=validate(Training, settings["training"], "training"),
            **{group: build(settings[group], group) for group in groups},
        )
