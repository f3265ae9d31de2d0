"""What is measured: numbers, and rows a class or group."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Scores:
    """metrics: one number a name. groups: rows of kind, name, count, accuracy."""

    metrics: dict[str, float] = field(default_factory=dict)
    groups: list[dict[str, Any]] = field(default_factory=list)
