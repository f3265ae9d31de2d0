"""The store: one file a participant and condition, whole or not there. Only this file says where everything lies.

    store/
      conditions/<condition>.json                      what was asked for, and the address of its records
      records/<content>/seed-0-participant-0003.json   what is kept of one participant
      records/<content>/seed-0-participant-0003.npz    its arrays (Trace, Predictions), written before the record
      index/<content>.json                             how each participant stands, made from the records alone
      runs/<label>-<condition>/                        of the last run of a condition: its configuration, what it asked
                                                       for, its summary and pictures
      sessions/, people/, seats/                       of real people (hill_exp.live)
      frozen/                                          what was planned before there were records (analysis.freeze)

Every file is written aside and renamed, so a kill at any moment leaves a whole record or none, and two programs may
write to one store. Conditions that cannot differ in their results share records (Condition.content). Everything here
is data: JSON, and arrays read without pickle.
"""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, asdict, fields
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic_core import from_json

from hill_exp.record.condition import ALGORITHM, Condition
from hill_exp.record.files import child, write_whole
from hill_exp.record.index import Standing, standings
from hill_exp.record.predictions import Predictions
from hill_exp.record.record import Record
from hill_exp.record.trace import Trace
from hill_exp.types import UserError

FORMAT = 3  # of the files; a store of another format is refused, never guessed at
ARRAYS = ".npz"  # in place of .json, the suffix of the file beside a record
BESIDE = {"trace": Trace, "predictions": Predictions}  # fields of a record whose arrays lie in a file of their own

Arrays = TypeVar("Arrays", Trace, Predictions)


class Store:
    """A folder of records. Opening one for writing checks that it can be written to."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.sessions = self.path / "sessions"
        self.people = self.path / "people"
        self.seats = self.path / "seats"

    def check_exists(self) -> None:
        """UserError where nothing has been written."""
        if not (self.path / "conditions").is_dir():
            raise UserError(f"--store {self.path}: there is no store. Name the folder that python -m hill_exp wrote.")

    def open_for_writing(self) -> None:
        """Make the folders; UserError where they cannot be written, or where another version has written."""
        for path in islice((self.path / "conditions").glob("*.json"), 1):  # one version wrote them all
            if (entry := _read_json(path)) is not None:
                _check_version(entry, path)
        try:
            for name in ("conditions", "records"):
                (self.path / name).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path / "records"):
                pass
        except OSError as error:
            problem = f"store={self.path}: cannot be written to ({error.strerror})"
            raise UserError(f"{problem}. Choose another folder with store=DIR.") from None

    # --- conditions

    def add_condition(self, condition: Condition) -> None:
        path = child(self.path / "conditions", f"{condition.id}.json")
        if not path.exists():
            entry = {"format": FORMAT, "algorithm": ALGORITHM, "content": condition.content, **asdict(condition)}
            write_whole(path, json.dumps(entry, indent=1).encode())

    def conditions(self) -> list[Condition]:
        """All conditions of the store, in a fixed order; a damaged file is an error that names it."""
        return [_condition(path) for path in sorted((self.path / "conditions").glob("*.json"))]

    def run_folder(self, condition: Condition) -> Path:
        """Where a condition's configuration, summary and pictures lie: one folder, written anew by each run of it."""
        return child(self.path / "runs", f"{condition.label}-{condition.id[:8]}")

    def runs(self) -> Iterator[Path]:
        """The folder of each run that the store keeps, in a fixed order."""
        yield from sorted(path for path in (self.path / "runs").glob("*") if path.is_dir())

    # --- records

    def record_path(self, content: str, seed: int, participant: int) -> Path:
        return child(child(self.path / "records", content), f"seed-{seed}-participant-{participant:04d}.json")

    def write(self, record: Record) -> None:
        """Keep a record, its arrays first; it takes the place of an earlier one of the same participant."""
        path = self.record_path(record.content, record.seed, record.participant)
        beside = [arrays for name in BESIDE if (arrays := getattr(record, name)) is not None]
        if beside:
            buffer = BytesIO()
            np.savez_compressed(buffer, **{k: v for arrays in beside for k, v in arrays.arrays().items()})
            write_whole(self._arrays_path(record.content, record.seed, record.participant), buffer.getvalue())
        entry = {field.name: getattr(record, field.name) for field in fields(Record) if field.name not in BESIDE}
        write_whole(path, json.dumps(_nan_to_none({"format": FORMAT, **entry}), allow_nan=False).encode())

    def read(self, content: str, seed: int, participant: int) -> Record | None:
        """The record, without its arrays; None where there is none or it is damaged."""
        return _record(self.record_path(content, seed, participant))

    def remove(self, content: str, seed: int, participant: int) -> None:
        """Delete the record and its arrays, where there are any."""
        for path in (self.record_path(content, seed, participant), self._arrays_path(content, seed, participant)):
            path.unlink(missing_ok=True)

    def is_done(self, content: str, seed: int, participant: int) -> bool:
        record = self.read(content, seed, participant)
        return record is not None and record.status == "done"

    def standings(self, content: str) -> dict[tuple[int, int], Standing]:
        """(seed, participant) -> how each stands who has a whole record under one content address. Files are read that
        are new or changed since the last time, by size and time of change, and no others."""
        return {
            individual: standing
            for name, standing in self._scanned(content)
            if standing.status != "damaged" and (individual := _individual(name))
        }

    def _scanned(self, content: str) -> list[tuple[str, Standing]]:
        folder, index = child(self.path / "records", content), child(self.path / "index", f"{content}.json")
        return sorted(standings(folder, index, _standing).items())

    def records(self, content: str) -> Iterator[Record]:
        """All whole records under one content address, by seed and participant."""
        return (record for _, record in self.load(content) if record is not None)

    def load(self, content: str) -> Iterator[tuple[Path, Record | None]]:
        """Each file under one content address with its record, by seed and participant; None where it is damaged. No
        program of ours leaves such a file, a disk or a copy may."""
        paths = (self.path / "records" / content).glob("*.json")
        for path in sorted(paths, key=lambda path: (_individual(path.name) or (), path.name)):
            yield path, _record(path)

    def damaged(self) -> list[Path]:
        """Files of records that are not whole; those that `standings` has read are not read again."""
        return [
            self.path / "records" / content / name
            for content in self.contents()
            for name, standing in self._scanned(content)
            if standing.status == "damaged"
        ]

    def individuals(self, content: str) -> Iterator[tuple[int, int]]:
        """(seed, participant) of each file under one content address; the files are not read."""
        for path in (self.path / "records" / content).glob("*.json"):
            if individual := _individual(path.name):
                yield individual

    def contents(self) -> list[str]:
        """The content addresses under which there is anything."""
        return sorted(path.name for path in (self.path / "records").glob("*"))

    # --- what lies beside a record

    def has_arrays(self, content: str, seed: int, participant: int) -> bool:
        return self._arrays_path(content, seed, participant).exists()

    def _arrays_path(self, content: str, seed: int, participant: int) -> Path:
        return self.record_path(content, seed, participant).with_suffix(ARRAYS)

    def trace(self, record: Record) -> Trace | None:
        """What the participant was shown and did; None where nobody looked, or the file is gone or damaged."""
        return self._beside(record, Trace)

    def predictions(self, record: Record) -> Predictions | None:
        """What the trained model says of held-out images; None where the file is gone or damaged."""
        return self._beside(record, Predictions)

    def _beside(self, record: Record, kind: type[Arrays]) -> Arrays | None:
        try:
            with np.load(
                self._arrays_path(record.content, record.seed, record.participant), allow_pickle=False
            ) as arrays:
                return kind(
                    **{
                        field.name: arrays[field.name]
                        for field in fields(kind)
                        if field.name in arrays or field.default is MISSING
                    }
                )
        except (OSError, ValueError, EOFError, KeyError):
            return None


def _condition(path: Path) -> Condition:
    entry = _read_json(path)
    if entry is None:
        raise UserError(f"{path}: damaged (not whole JSON). Delete it; the next run writes it anew.")
    _check_version(entry, path)
    try:
        return Condition(**{field.name: entry[field.name] for field in fields(Condition)})
    except KeyError as missing:
        why = f"lacks {missing}; another version wrote it"
        raise UserError(f"{path}: {why}. Delete it; the next run writes it anew.") from None


def _individual(name: str) -> tuple[int, int] | None:
    """(seed, participant) by the name of a record's file; None if it is no such name, or a number is beyond bounds."""
    found = re.fullmatch(r"seed-([0-9]{1,10})-participant-([0-9]{4,7})\.json", name)
    return (int(found[1]), int(found[2])) if found else None


def _standing(path: Path) -> Standing:
    record = _record(path)
    if record is None:
        return Standing("damaged")
    return Standing(
        record.status, record.reason.partition("\n")[0], record.metrics.get("validation_accuracy", math.nan)
    )


def _record(path: Path) -> Record | None:
    """The record of a file; None where there is none, or the file is not whole or of something else than its name and
    folder say."""
    entry = _read_json(path)
    if entry is None:
        return None
    _check_format(entry, path)
    del entry["format"]
    try:
        entry["metrics"] = {k: math.nan if v is None else v for k, v in entry["metrics"].items()}
        for table in ("epochs", "turns"):
            entry[table] = {k: [math.nan if x is None else x for x in v] for k, v in entry[table].items()}
        entry["seconds"] = math.nan if entry["seconds"] is None else entry["seconds"]
        entry["confusion"] = tuple(tuple(row) for row in entry["confusion"])
        record = Record(**{**entry, "classes": tuple(entry["classes"])})
    except (KeyError, TypeError, AttributeError):
        return None
    is_whole = record.status in ("done", "failed") and isinstance(record.reason, str)
    named = record.content == path.parent.name and (record.seed, record.participant) == _individual(path.name)
    return record if is_whole and named else None


def _check_format(entry: Mapping[str, Any], path: Path) -> None:
    if entry.get("format") != FORMAT:
        raise _of_another_version(path, f"written in format {entry.get('format')}", f"reads format {FORMAT}")


def _check_version(entry: Mapping[str, Any], path: Path) -> None:
    """Of a condition's file: its format, and the algorithm by which its records were computed."""
    _check_format(entry, path)
    if (algorithm := entry.get("algorithm")) != ALGORITHM:
        raise _of_another_version(path, f"computed by algorithm {algorithm}", f"computes by algorithm {ALGORITHM}")


def _of_another_version(path: Path, theirs: str, ours: str) -> UserError:
    return UserError(
        f"{path}: {theirs}, and this version {ours}, so their numbers do not belong together. Choose another folder "
        "with store=DIR, or use the version that wrote it."
    )


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        entry = from_json(path.read_bytes())  # in a third of the time that the standard library takes
    except (FileNotFoundError, ValueError):
        return None
    return entry if isinstance(entry, dict) else None


def _nan_to_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _nan_to_none(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_nan_to_none(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
