"""The groups of the configuration: the one statement of which there are, and of what each is a part."""

from __future__ import annotations

from typing import Final, Literal

Group = Literal["dataset", "model", "projection", "teacher", "schedule", "user"]

CHOICES: Final[tuple[Group, ...]] = ("dataset", "model", "projection", "teacher", "user", "schedule")  # by name
SETTINGS: Final = (*CHOICES, "training")  # whose values make a condition
FOR_A_PERSON: Final = ("projection", "teacher", "schedule")  # of no effect where nobody looks
BESIDE_THE_USER: Final = tuple(group for group in SETTINGS if group != "user")
