"""The groups of the configuration: the one statement of which there are, and of what each is a part."""

from __future__ import annotations

from typing import Final, Literal

Group = Literal["dataset", "encoder", "model", "projection", "teacher", "schedule", "user"]

CHOICES: Final[tuple[Group, ...]] = (
    "dataset",
    "encoder",
    "model",
    "projection",
    "teacher",
    "user",
    "schedule",
)  # by name
SETTINGS: Final = (*CHOICES, "training", "show")  # whose values make a condition
LABELS: Final = ("regime", "arm")  # groups that make choices of others, and name a condition
FOR_A_PICTURE: Final = ("projection", "teacher", "show")  # of no effect where nobody looks at it
FOR_A_PERSON: Final = (*FOR_A_PICTURE, "schedule")  # of no effect where nobody is asked
BESIDE_THE_USER: Final = tuple(group for group in SETTINGS if group != "user")
