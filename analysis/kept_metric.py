"""Metrics of your own, of the probabilities that a store keeps: no training again."""

from __future__ import annotations

import inspect
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from analysis.codebook import COLUMNS
from analysis.metrics import METRICS, Metric
from hill_exp.config.schema import imported
from hill_exp.config.sentences import raised
from hill_exp.types import UserError

if TYPE_CHECKING:
    from hill_exp.record.predictions import Predictions
    from hill_exp.record.record import Record
    from hill_exp.record.store import Store


class KeptMetric(ABC):
    """A metric of your own, of the probabilities that the trained model gives. Derive from it; it is made without
    arguments."""

    name: ClassVar[str]  # of its column
    described: ClassVar[Metric]  # what it is called for a reader, and whether more of it is better

    @abstractmethod
    def score(self, kept: Predictions) -> float:
        """Of one participant: test_probabilities (n, C) and test_labels (n,), and the same of the validation part.
        NaN where it does not exist."""


def metric(path: str, where: str) -> KeptMetric:
    """The metric whose class a dotted path names. UserError, beginning with `where`, for anything else."""
    cls = imported(path, where)
    if not (isinstance(cls, type) and issubclass(cls, KeptMetric)):
        raise UserError(f"{where}: must name a class that derives from analysis.kept_metric.KeptMetric")
    given = {word for each in cls.__mro__ if each is not KeptMetric for word in vars(each)}
    if missing := [word for word in ("name", "described", "score") if word not in given]:
        raise UserError(f"{where}: lacks {' and '.join(missing)}")
    return cls()


def named(paths: Sequence[str]) -> list[KeptMetric]:
    """Those that --metric names, introduced."""
    metrics = [metric(path, f"--metric {path}") for path in paths]
    introduce(metrics)
    return metrics


def introduce(metrics: Sequence[KeptMetric]) -> None:
    """Have them described wherever metrics are. UserError for a name that a column cannot have."""
    for each in metrics:
        where = f"metric {type(each).__name__}: name = {each.name!r}"
        if not re.fullmatch(r"[a-z]\w*", each.name):
            raise UserError(f"{where}: must begin with a small letter, and hold letters, digits and _")
        if METRICS.get(each.name, each.described) != each.described or each.name in COLUMNS:
            raise UserError(f"{where}: another column has that name. Choose one of its own.")
        METRICS[each.name] = each.described


def scored(metrics: Sequence[KeptMetric], record: Record, store: Store) -> dict[str, float]:
    """Name -> the number of one record, NaN where the store has not kept its probabilities. UserError, saying where,
    if the metric raises."""
    kept = store.predictions(record) if metrics else None
    return {each.name: _number(each, kept) for each in metrics}


def _number(metric: KeptMetric, kept: Predictions | None) -> float:
    if kept is None:
        return math.nan
    try:
        return float(metric.score(kept))
    except Exception as error:
        raise UserError(f"metric {metric.name}: {raised(error)}") from error


def sources(metrics: Sequence[KeptMetric]) -> dict[str, Path]:
    """Name -> the file that defines it, by which a frozen plan knows it again."""
    return {f"metrics/{each.name}": Path(inspect.getfile(type(each))) for each in metrics}
