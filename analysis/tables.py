"""Records -> tidy tables: a row a participant and condition, and below it a row an epoch, a turn, a class or group."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.kept_metric import KeptMetric, scored
from hill_exp.config.groups import CHOICES, SETTINGS
from hill_exp.record.condition import PLACES, Condition, flatten

if TYPE_CHECKING:
    from hill_exp.record.record import Matrix, Record
    from hill_exp.record.store import Store

OUTCOMES = (
    "test_accuracy", "train_accuracy", "generalization_gap", "shifted_accuracy", "calibration_error",
    "worst_class_recall", "class_recall_gap", "learning_curve_auc", "epochs_to_target", "points_moved",
    "embedding_response",
)  # fmt: skip
COLUMNS = (
    "condition", "dataset", "model", "projection", "teacher", "user", "participant", "seed", "status", *OUTCOMES,
    "seconds",
)  # fmt: skip
KEYS = ("condition", "dataset", "model", "teacher", "user", "seed", "participant")  # of the tables below a participant


@dataclass(frozen=True)
class Tables:
    """All that the analysis reads of a store, read once.

    participants: COLUMNS, then `reason` of a failure, further outcomes, `person.*` drawn parameters, and a column a
    choice and setting. epochs, turns: KEYS and what the record holds of each. groups: the same of each class (its
    accuracy is the recall) and group of the test set. confusions: of each row of participants the counts (C, C) of test
    images, row the true class, column the predicted one; () where there are none. `classes` by condition.
    """

    participants: pd.DataFrame
    epochs: pd.DataFrame
    turns: pd.DataFrame
    groups: pd.DataFrame
    confusions: tuple[Matrix, ...]
    classes: Mapping[str, tuple[str, ...]]
    provenance: tuple[Mapping[str, Any], ...]  # those that differ in more than time
    finished: tuple[str, ...]  # ISO times at which the first and the last record were finished; none: not known
    damaged: tuple[Path, ...]  # record files that are not whole
    stray: int  # records of no condition in the store

    def save(self, folder: Path) -> None:
        """One CSV a table."""
        folder.mkdir(parents=True, exist_ok=True)
        frames = {"participants": self.participants, "epochs": self.epochs, "turns": self.turns, "groups": self.groups}
        for name, frame in frames.items():
            frame.to_csv(folder / f"{name}.csv", index=False)


def read(store: Store, conditions: Collection[Condition] | None = None, metrics: Sequence[KeptMetric] = ()) -> Tables:
    """The store as tables, or those of its conditions that are given, with further metrics. A record is read once, and
    stands once under each condition that shares it. UserError where there is no store."""
    store.check_exists()
    chosen = list(store.conditions() if conditions is None else conditions)
    contents = sorted({c.content for c in chosen})
    records: list[Record] = []
    damaged: list[Path] = []
    for content in contents:
        whole, not_whole = store.load(content)
        records += whole
        damaged += not_whole
    records.sort(key=lambda r: (r.content, r.seed, r.participant))

    rows_of: dict[str, list[int]] = {content: [] for content in contents}
    for number, record in enumerate(records):
        rows_of[record.content].append(number)
    pairs = [(c, number) for c in chosen for number in rows_of[c.content]]
    keys = _keys(pairs, records)
    stray = 0
    if conditions is None:
        stray = sum(1 for content in store.contents() if content not in rows_of for _ in store.individuals(content))
    numbers = np.array([number for _, number in pairs], dtype=int)
    return Tables(
        participants=_participants(pairs, records, keys, [scored(metrics, r, store) for r in records]),
        epochs=_long(records, numbers, keys, lambda r: r.epochs),
        turns=_long(records, numbers, keys, lambda r: r.turns),
        groups=_long(records, numbers, keys, _group_columns),
        confusions=tuple(records[number].confusion if records[number].status == "done" else () for number in numbers),
        classes={c.id: records[number].classes for c, number in pairs if records[number].classes},
        provenance=_distinct(r.provenance for r in records),
        finished=_ends(str(r.provenance["finished"]) for r in records if r.provenance.get("finished")),
        damaged=tuple(sorted(damaged)),
        stray=stray,
    )


def participants(store: Store, conditions: Collection[Condition] | None = None) -> pd.DataFrame:
    """A row a participant and condition; those who failed too, with NaN metrics and the reason."""
    return read(store, conditions).participants


def setting_columns(table: pd.DataFrame, without: Collection[str] = ()) -> list[str]:
    """Columns that say what was asked for, those of the groups `without` left out. Where the data lie is no part of
    it."""
    kept = {*SETTINGS, "data", "device"} - set(without) - ({"data"} if "dataset" in without else set())
    where = {f"{group}.{place}" for group, places in PLACES.items() for place in places}
    return [c for c in table.columns if c.split(".")[0] in kept and c not in where]


def distinguish(conditions: pd.DataFrame, beyond: Sequence[str] = ()) -> pd.Series:
    """Of each condition (a row, with its choices and settings), a text that sets it apart from the others of its
    dataset: the choices that differ, but not those of the groups `beyond`, and settings that differ within a choice."""
    parts: dict[Any, list[str]] = {condition: [] for condition in conditions.index}
    for _, rows in conditions.groupby("dataset", sort=False):
        for column in setting_columns(conditions):
            if rows[column].nunique(dropna=False) < 2:
                continue
            group = column.split(".")[0]
            if column == group:
                shown = rows[column] if group not in beyond else rows[column].iloc[:0]
            elif group in rows:
                shown = rows.loc[rows.groupby(group)[column].transform("nunique", dropna=False) > 1, column]
            else:
                shown = rows[column]
            for condition, value in shown.dropna().items():
                parts[condition].append(f"{column}={value:g}" if isinstance(value, float) else f"{column}={value}")
    return pd.Series({condition: ", ".join(texts) for condition, texts in parts.items()}, dtype=object)


def _keys(pairs: Sequence[tuple[Condition, int]], records: Sequence[Record]) -> pd.DataFrame:
    text = {"condition": [c.id for c, _ in pairs]}
    text |= {name: [c.names[name] for c, _ in pairs] for name in CHOICES}
    frame = pd.DataFrame({name: pd.Categorical(column) for name, column in text.items()})
    frame["participant"] = np.array([records[number].participant for _, number in pairs], dtype=int)
    frame["seed"] = np.array([records[number].seed for _, number in pairs], dtype=int)
    return frame


def _participants(
    pairs: Sequence[tuple[Condition, int]],
    records: Sequence[Record],
    keys: pd.DataFrame,
    further: Sequence[Mapping[str, float]],
) -> pd.DataFrame:
    numbers = np.array([number for _, number in pairs], dtype=int)
    of_record = pd.DataFrame(
        {"status": [r.status for r in records], "seconds": [r.seconds for r in records]}
        | {"reason": [r.reason for r in records], "epochs": [len(r.epochs.get("epoch", ())) for r in records]}
    )
    scores = [{**r.metrics, **more} if r.status == "done" else {} for r, more in zip(records, further, strict=True)]
    outcomes = pd.DataFrame(scores).astype(float)
    outcomes = outcomes.reindex(columns=[*OUTCOMES, *(c for c in outcomes.columns if c not in OUTCOMES)])
    person = pd.DataFrame([{f"person.{k}": _scalar(v) for k, v in flatten(r.person)} for r in records])
    by_condition = {c.id: {**c.columns(), "data": c.data, "device": c.device} for c, _ in pairs}
    settings = pd.DataFrame.from_dict(by_condition, orient="index").drop(columns=list(CHOICES), errors="ignore")
    settings = settings.reindex([c.id for c, _ in pairs]).reset_index(drop=True)
    of_record = pd.concat([of_record, outcomes, person], axis=1).iloc[numbers].reset_index(drop=True)
    table = pd.concat([keys, of_record, settings], axis=1)
    return table[[*COLUMNS, *(c for c in table.columns if c not in COLUMNS)]]


def _scalar(value: Any) -> Any:
    return value if isinstance(value, int | float | str | bool | None) else str(value)


def _group_columns(record: Record) -> dict[str, list[Any]]:
    names = ("kind", "name", "count", "accuracy")
    return {name: [row[name] for row in record.groups] for name in names} if record.groups else {}


def _long(
    records: Sequence[Record],
    numbers: np.ndarray,
    keys: pd.DataFrame,
    part: Callable[[Record], Mapping[str, list[Any]]],
) -> pd.DataFrame:
    """One frame of the lists that `part` takes from each record, in the order of `numbers`, with its keys."""
    parts = [part(r) if r.status == "done" else {} for r in records]
    names = list(dict.fromkeys(name for columns in parts for name in columns))
    lengths = np.array([max((len(c) for c in columns.values()), default=0) for columns in parts], dtype=int)
    starts = np.cumsum(lengths) - lengths
    repeated = np.repeat(np.arange(len(numbers)), lengths[numbers])
    within = np.arange(len(repeated)) - np.repeat(np.cumsum(lengths[numbers]) - lengths[numbers], lengths[numbers])
    rows = np.repeat(starts[numbers], lengths[numbers]) + within
    frame = keys[list(KEYS)].iloc[repeated].reset_index(drop=True)
    for name in names:
        column: list[Any] = []
        for columns, length in zip(parts, lengths, strict=True):
            column.extend(columns[name] if name in columns else [None] * int(length))
        frame[name] = pd.Series(column).iloc[rows].to_numpy()
    if frame.empty:
        frame = frame.reindex(columns=[*KEYS, *(names or ["epoch"])])
    text = [name for name in ("kind", "name") if name in frame]
    return frame.astype(dict.fromkeys(text, "category"))


def _distinct(items: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Provenances that differ in more than time: program, versions, device, machine and command."""
    seen: dict[str, Mapping[str, Any]] = {}
    for item in items:
        kept = {k: item[k] for k in ("program", "versions", "device", "machine", "command") if k in item}
        seen.setdefault(repr(kept), kept)
    return tuple(v for v in seen.values() if v)


def _ends(times: Iterable[str]) -> tuple[str, ...]:
    known = sorted(times, key=datetime.fromisoformat)
    return (known[0], known[-1]) if known else ()
