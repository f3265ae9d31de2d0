"""The store: one file a participant and condition, whole or not there.

    store/
      conditions/<condition>.json                      what was asked for, and the address of its records
      records/<content>/seed-0-participant-0003.json   what is kept of one participant
      records/<content>/seed-0-participant-0003.npz    its layouts, written before the record

Every file is written aside and renamed, so a kill at any moment leaves a whole record or none, and two programs may
write to one store. Conditions that cannot differ in their results share records (Condition.content). Everything here
is data: JSON, and arrays read without pickle.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np

from hill_exp.record.condition import ALGORITHM, Condition
from hill_exp.types import UserError

FORMAT = 2  # of the files; a store of another format is refused, never guessed at


@dataclass(frozen=True)
class Record:
    """What is kept of one participant under one condition. Numbers that do not exist are NaN (null in the file)."""

    content: str  # address of the condition's content
    seed: int
    participant: int
    status: Literal["done", "failed"]
    reason: str = ""  # why it failed, and when
    outcome: Mapping[str, float] = field(default_factory=dict)  # one number a metric
    epochs: Mapping[str, list[float]] = field(default_factory=dict)  # columns, one entry an epoch
    turns: Mapping[str, list[float]] = field(default_factory=dict)  # columns, one entry a turn
    groups: list[dict[str, Any]] = field(default_factory=list)  # rows: kind, name, count, accuracy
    person: Mapping[str, Any] = field(default_factory=dict)  # parameters drawn for this individual
    classes: tuple[str, ...] = ()
    seconds: float = math.nan
    provenance: Mapping[str, Any] = field(default_factory=dict)  # versions, device, time, where the time went
    layouts: Mapping[str, np.ndarray] = field(default_factory=dict, repr=False, compare=False)


class Store:
    """A folder of records. Opening one for writing checks that it can be written to."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

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
        path = self.path / "conditions" / f"{condition.id}.json"
        if not path.exists():
            entry = {"format": FORMAT, "algorithm": ALGORITHM, "content": condition.content, **asdict(condition)}
            write_whole(path, json.dumps(entry, indent=1).encode())

    def conditions(self) -> list[Condition]:
        """All conditions of the store, in a fixed order; a damaged file is an error that names it."""
        found = []
        for path in sorted((self.path / "conditions").glob("*.json")):
            entry = _read_json(path)
            if entry is None:
                raise UserError(f"{path}: damaged (not whole JSON). Delete it; the next run writes it anew.")
            _check_version(entry, path)
            try:
                found.append(Condition(**{field.name: entry[field.name] for field in fields(Condition)}))
            except KeyError as missing:
                why = f"lacks {missing}; another version wrote it"
                raise UserError(f"{path}: {why}. Delete it; the next run writes it anew.") from None
        return found

    # --- records

    def record_path(self, content: str, seed: int, participant: int) -> Path:
        return self.path / "records" / content / f"seed-{seed}-participant-{participant:04d}.json"

    def write(self, record: Record) -> None:
        """Keep a record, layouts first; it takes the place of an earlier one of the same participant."""
        path = self.record_path(record.content, record.seed, record.participant)
        if record.layouts:
            buffer = BytesIO()
            np.savez_compressed(buffer, **dict(record.layouts))  # type: ignore[arg-type]
            write_whole(path.with_suffix(".npz"), buffer.getvalue())
        entry = {key: value for key, value in asdict(record).items() if key != "layouts"}
        write_whole(path, json.dumps(_nan_to_none({"format": FORMAT, **entry}), allow_nan=False).encode())

    def read(self, content: str, seed: int, participant: int) -> Record | None:
        """The record, without its layouts; None where there is none or it is damaged."""
        path = self.record_path(content, seed, participant)
        return self._load(path)

    def is_done(self, content: str, seed: int, participant: int) -> bool:
        record = self.read(content, seed, participant)
        return record is not None and record.status == "done"

    def records(self, content: str) -> Iterator[Record]:
        """All whole records under one content address, by seed and participant."""
        found = [self._load(path) for path in (self.path / "records" / content).glob("*.json")]
        yield from sorted((r for r in found if r is not None), key=lambda r: (r.seed, r.participant))

    def layouts(self, record: Record) -> dict[str, np.ndarray]:
        """The arrays kept beside a record; empty where there are none."""
        path = self.record_path(record.content, record.seed, record.participant).with_suffix(".npz")
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return dict(arrays)
        except (OSError, ValueError, EOFError):
            return {}

    def damaged(self) -> list[Path]:
        """Record files that are not whole: no program of ours leaves one, a disk or a copy may."""
        return [path for path in sorted((self.path / "records").glob("*/*.json")) if _read_json(path) is None]

    def _load(self, path: Path) -> Record | None:
        entry = _read_json(path)
        if entry is None:
            return None
        _check_format(entry, path)
        del entry["format"]
        entry["outcome"] = {k: math.nan if v is None else v for k, v in entry["outcome"].items()}
        for table in ("epochs", "turns"):
            entry[table] = {k: [math.nan if x is None else x for x in v] for k, v in entry[table].items()}
        entry["seconds"] = math.nan if entry["seconds"] is None else entry["seconds"]
        return Record(**{**entry, "classes": tuple(entry["classes"])})


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
        entry = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return entry if isinstance(entry, dict) else None


def write_whole(path: Path, data: bytes) -> None:
    """Write aside, flush to the disk, rename: readers see the whole file or the earlier state."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _nan_to_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _nan_to_none(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_nan_to_none(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
