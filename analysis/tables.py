"""Records -> tidy tables: a row a participant and condition, and below it a row an epoch, a turn, a class or group."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.columns import HEAD, Records
from analysis.kept_metric import KeptMetric, scored
from hill_exp.config.groups import CHOICES, SETTINGS
from hill_exp.record.condition import PLACES, Condition

if TYPE_CHECKING:
    from hill_exp.record.record import Record
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


@dataclass(frozen=True)
class Tables:
    """All that the analysis reads of a store, read once.

    participants: COLUMNS, then `reason` of a failure, further outcomes, `person.*` drawn parameters, and a column a
    choice and setting. epochs, turns: KEYS of analysis.columns and what the record holds of each. groups: the same of
    each class (its accuracy is the recall) and group of the test set. confusions: of each row of participants the
    counts (C, C) of test images, row the true class, column the predicted one; (0, 0) where there are none. `classes`
    by condition.
    """

    participants: pd.DataFrame
    epochs: pd.DataFrame
    turns: pd.DataFrame
    groups: pd.DataFrame
    confusions: tuple[np.ndarray, ...]
    classes: Mapping[str, tuple[str, ...]]
    provenance: tuple[Mapping[str, Any], ...]  # those that differ in more than time
    finished: tuple[str, ...]  # ISO times at which the first and the last record were finished; none: not known
    damaged: tuple[Path, ...]  # record files that are not whole
    stray: int  # records of no condition in the store

    def frames(self) -> dict[str, pd.DataFrame]:
        """By the names of their files."""
        return {"participants": self.participants, "epochs": self.epochs, "turns": self.turns, "groups": self.groups}

    def save(self, folder: Path) -> None:
        """One CSV a table."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in self.frames().items():
            frame.to_csv(folder / f"{name}.csv", index=False)


def read(store: Store, conditions: Collection[Condition] | None = None, metrics: Sequence[KeptMetric] = ()) -> Tables:
    """The store as tables, or those of its conditions that are given, with further metrics. A record is read once, and
    stands once under each condition that shares it. UserError where there is no store."""
    store.check_exists()
    chosen = list(store.conditions() if conditions is None else conditions)
    contents = sorted({c.content for c in chosen})
    damaged: list[Path] = []
    records = Records.read(_whole(store, contents, damaged), lambda record: scored(metrics, record, store))

    rows_of = records.heads.groupby("content", sort=False).indices
    none = np.array([], dtype=int)
    rows = [rows_of.get(c.content, none) for c in chosen]
    numbers = np.concatenate([none, *rows])
    asked = np.repeat(np.arange(len(chosen)), [len(found) for found in rows])  # the condition of each row
    keys = _keys(chosen, asked, records.heads.iloc[numbers])
    stray = 0
    if conditions is None:
        stray = sum(1 for content in store.contents() if content not in rows_of for _ in store.individuals(content))
    return Tables(
        participants=_participants(chosen, asked, records, numbers, keys),
        epochs=records.epochs.frame(numbers, keys),
        turns=records.turns.frame(numbers, keys),
        groups=records.groups.frame(numbers, keys),
        confusions=tuple(records.confusions[number] for number in numbers),
        classes={c.id: records.classes[c.content] for c in chosen if c.content in records.classes},
        provenance=tuple(records.provenance),
        finished=_ends(records.finished),
        damaged=tuple(sorted(damaged)),
        stray=stray,
    )


def _whole(store: Store, contents: Iterable[str], damaged: list[Path]) -> Iterator[Record]:
    """The records, by content, seed and participant; what is not whole is added to `damaged`."""
    for content in contents:
        for path, record in store.load(content):
            if record is None:
                damaged.append(path)
            else:
                yield record


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
            if column == "data":
                shown = _called(rows)
            elif column == group:
                shown = rows[column] if group not in beyond else rows[column].iloc[:0]
            elif group in rows:
                shown = rows.loc[rows.groupby(group)[column].transform("nunique", dropna=False) > 1, column]
            else:
                shown = rows[column]
            for condition, value in shown.dropna().items():
                parts[condition].append(f"{column}={value:g}" if isinstance(value, float) else f"{column}={value}")
    return pd.Series({condition: ", ".join(texts) for condition, texts in parts.items()}, dtype=object)


def _called(conditions: pd.DataFrame) -> pd.Series:
    """What people call their own data: the folder or file, and the beginning of what identifies it; for others that."""
    places = [f"{group}.{place}" for group, places in PLACES.items() for place in places if group == "dataset"]
    place = conditions.reindex(columns=places).bfill(axis=1).iloc[:, 0]
    named = place.map(lambda where: Path(str(where)).name, na_action="ignore") + " " + conditions["data"].str[:6]
    return named.fillna(conditions["data"])


def _keys(chosen: Sequence[Condition], asked: np.ndarray, heads: pd.DataFrame) -> pd.DataFrame:
    """A row a participant and condition: asked, the number of the condition; heads, what the record is of."""
    text = {"condition": [c.id for c in chosen]} | {name: [c.names[name] for c in chosen] for name in CHOICES}
    frame = pd.DataFrame({name: pd.Categorical(np.array(column, object)[asked]) for name, column in text.items()})
    for name in ("participant", "seed"):
        frame[name] = heads[name].to_numpy(dtype=int)
    return frame


def _participants(
    chosen: Sequence[Condition], asked: np.ndarray, records: Records, numbers: np.ndarray, keys: pd.DataFrame
) -> pd.DataFrame:
    outcomes = records.outcomes
    outcomes = outcomes.reindex(columns=[*OUTCOMES, *(c for c in outcomes.columns if c not in OUTCOMES)])
    of_record = pd.concat([records.heads[list(HEAD)], outcomes, records.person], axis=1).iloc[numbers]
    settings = pd.DataFrame([{**c.columns(), "data": c.data, "device": c.device} for c in chosen])
    settings = settings.drop(columns=list(CHOICES), errors="ignore").iloc[asked]
    table = pd.concat([keys, of_record.reset_index(drop=True), settings.reset_index(drop=True)], axis=1)
    return table[[*COLUMNS, *(c for c in table.columns if c not in COLUMNS)]]


def _ends(times: Iterable[str]) -> tuple[str, ...]:
    known = sorted(times, key=datetime.fromisoformat)
    return (known[0], known[-1]) if known else ()
