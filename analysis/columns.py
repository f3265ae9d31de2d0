"""Records as columns: numbers in arrays, a batch of records at a time, so that a large store fits into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from hill_exp.record.condition import flatten

if TYPE_CHECKING:
    from hill_exp.record.record import Record

BATCH: Final = 1000  # records
HEAD: Final = ("status", "seconds", "reason", "epochs")
KEYS: Final = ("condition", "dataset", "model", "teacher", "user", "seed", "participant")  # of a long table
ORIGIN: Final = ("program", "versions", "device", "machine", "command")  # of a record's provenance, but time
TEXT: Final = ("kind", "name")  # columns of groups


@dataclass(frozen=True)
class Long:
    """A table with several rows a record. columns: of all rows, in the order of the records; lengths (records,)."""

    columns: Mapping[str, np.ndarray]
    lengths: np.ndarray

    @classmethod
    def of(cls, parts: Sequence[Mapping[str, Sequence[Any]]]) -> Long:
        """From each record's own columns; NaN where one lacks a column that another has."""
        lengths = np.array([max((len(c) for c in columns.values()), default=0) for columns in parts], dtype=int)
        columns: dict[str, np.ndarray] = {}
        for name in dict.fromkeys(name for columns in parts for name in columns):
            values: list[Any] = []
            for own, length in zip(parts, lengths.tolist(), strict=True):
                values.extend(own[name] if name in own else [np.nan] * length)
            columns[name] = np.array(values, object if name in TEXT else None)
        return cls(columns, lengths)

    @classmethod
    def joined(cls, parts: Sequence[Long]) -> Long:
        """One after the other."""
        names = dict.fromkeys(name for part in parts for name in part.columns)
        some = [part for part in parts if part.lengths.any()]  # an empty array of floats would make floats of integers
        columns = {
            name: np.concatenate([part.columns.get(name, np.full(part.lengths.sum(), np.nan)) for part in some])
            if some
            else np.empty(0)
            for name in names
        }
        return cls(columns, np.concatenate([np.empty(0, int), *(part.lengths for part in parts)]))

    def frame(self, numbers: np.ndarray, keys: pd.DataFrame) -> pd.DataFrame:
        """The rows of the records with these numbers, in their order, each with its row of `keys`."""
        starts, lengths = np.cumsum(self.lengths) - self.lengths, self.lengths[numbers]
        repeated = np.repeat(np.arange(len(numbers)), lengths)
        within = np.arange(len(repeated)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        rows = np.repeat(starts[numbers], lengths) + within
        frame = keys[list(KEYS)].take(repeated).reset_index(drop=True)
        for name, values in self.columns.items():
            frame[name] = values[rows]
        if frame.empty:
            frame = frame.reindex(columns=[*KEYS, *(self.columns or ["epoch"])])
        return frame.astype({name: "category" for name in TEXT if name in frame})


@dataclass(frozen=True)
class Records:
    """Records, numbered as they came. heads: content, seed, participant and HEAD; outcomes: a column a metric, NaN
    where a record failed; person: a column a parameter that was drawn. confusions: (C, C), or (0, 0)."""

    heads: pd.DataFrame
    outcomes: pd.DataFrame
    person: pd.DataFrame
    epochs: Long
    turns: Long
    groups: Long
    confusions: Sequence[np.ndarray]
    classes: Mapping[str, tuple[str, ...]]  # by content
    provenance: Sequence[Mapping[str, Any]]  # those that differ in more than time
    finished: Sequence[str]  # ISO times

    @classmethod
    def read(cls, records: Iterable[Record], further: Callable[[Record], Mapping[str, float]]) -> Records:
        """All of them, each looked at once; further: metrics of one that it does not hold. A failed one has no
        numbers, whatever stands in it."""
        heads, outcomes, people = [_heads([])], [], []
        epochs, turns, groups = [], [], []
        confusions: list[np.ndarray] = []
        classes: dict[str, tuple[str, ...]] = {}
        provenance: dict[str, Mapping[str, Any]] = {}
        finished: list[str] = []
        for batch in _batches(records):
            heads.append(_heads(batch))
            scores = [{**r.metrics, **further(r)} if r.status == "done" else {} for r in batch]
            outcomes.append(pd.DataFrame(scores, index=range(len(batch)), dtype=float))
            people.append(pd.DataFrame([_drawn(r) for r in batch], index=range(len(batch))))
            epochs.append(Long.of([r.epochs for r in batch]))
            turns.append(Long.of([r.turns for r in batch]))
            groups.append(Long.of([_by_group(r) for r in batch]))
            confusions += [np.array(r.confusion or np.empty((0, 0)), np.int32) for r in batch]
            classes |= {r.content: r.classes for r in batch if r.classes}
            for r in batch:
                origin = {k: r.provenance[k] for k in ORIGIN if k in r.provenance}
                provenance.setdefault(repr(origin), origin)
            finished += [str(r.provenance["finished"]) for r in batch if r.provenance.get("finished")]
        return cls(
            _stacked(heads),
            _stacked(outcomes),
            _stacked(people),
            Long.joined(epochs),
            Long.joined(turns),
            Long.joined(groups),
            confusions,
            classes,
            [origin for origin in provenance.values() if origin],
            finished,
        )


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    rest = (r if r.status == "done" else replace(r, epochs={}, turns={}, groups=[], confusion=()) for r in records)
    yield from iter(lambda: list(islice(rest, BATCH)), [])


def _heads(batch: Sequence[Record]) -> pd.DataFrame:
    rows = [
        (r.content, r.seed, r.participant, r.status, r.seconds, r.reason, len(r.epochs.get("epoch", ()))) for r in batch
    ]
    return pd.DataFrame(rows, columns=["content", "seed", "participant", *HEAD])


def _drawn(record: Record) -> dict[str, Any]:
    return {
        f"person.{key}": value if isinstance(value, int | float | str | bool | None) else str(value)
        for key, value in flatten(record.person)
    }


def _by_group(record: Record) -> dict[str, list[Any]]:
    names = (*TEXT, "count", "accuracy")
    return {name: [row[name] for row in record.groups] for name in names} if record.groups else {}


def _stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    some = [frame for frame in frames if len(frame)]
    return pd.concat(some, ignore_index=True) if some else pd.concat(frames) if frames else pd.DataFrame()
