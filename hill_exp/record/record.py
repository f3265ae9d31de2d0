"""What is kept of one participant under one condition."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hill_exp.record.predictions import Predictions
from hill_exp.record.trace import Trace

Matrix = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Record:
    """One participant under one condition. Numbers that do not exist are NaN (null in the file).

    The arrays lie beside it: `trace`, of whoever looked at the canvas, and `predictions`. A record that was read from a
    store has them not; `Store.trace` and `Store.predictions` read them.
    """

    content: str  # address of the condition's content
    seed: int
    participant: int
    status: Literal["done", "failed"]
    reason: str = ""  # why it failed, and when
    metrics: Mapping[str, float] = field(default_factory=dict)  # one number a name
    epochs: Mapping[str, list[float]] = field(default_factory=dict)  # columns, one entry an epoch
    turns: Mapping[str, list[float]] = field(default_factory=dict)  # columns, one entry a turn
    groups: list[dict[str, Any]] = field(default_factory=list)  # rows: kind, name, count, accuracy
    confusion: Matrix = ()  # (C, C) counts of test images: row the true class, column the predicted one
    person: Mapping[str, Any] = field(default_factory=dict)  # what sets this individual apart
    classes: tuple[str, ...] = ()
    seconds: float = math.nan
    provenance: Mapping[str, Any] = field(default_factory=dict)  # versions, device, time, where the time went
    trace: Trace | None = field(default=None, repr=False, compare=False)
    predictions: Predictions | None = field(default=None, repr=False, compare=False)
