"""How each participant stands, without reading the records again: an index of the files of one folder.

A file is read once. What a scan needs of it is then kept beside its size and its time of change, and it is read again
when either is another. So the index can be stale, damaged, or not there: it is made anew from the records, and is never
the only copy of anything. Where it cannot be written, the records are read each time.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError

from hill_exp.record.files import write_whole

Status = Literal["done", "failed", "damaged"]


class Standing(NamedTuple):
    """What a scan needs of a record."""

    status: Status
    reason: str = ""  # why it failed, its first line
    validation_accuracy: float = math.nan  # the objective of sweeps that tune


class _Entry(NamedTuple):
    changed: int  # ns
    size: int  # bytes
    standing: Standing


_ENTRIES = TypeAdapter(dict[str, _Entry], config={"ser_json_inf_nan": "strings"})


def standings(folder: Path, index: Path, look: Callable[[Path], Standing]) -> dict[str, Standing]:
    """Of each .json file of the folder, by its name; `look` reads one. index: the file that is kept up to date."""
    known, found = _read(index), {}
    for file in _files(folder):
        with suppress(FileNotFoundError):  # removed meanwhile
            stat = file.stat()  # before the file is read, so that what is written meanwhile makes the entry stale
            entry = known.get(file.name)
            if entry is None or (entry.changed, entry.size) != (stat.st_mtime_ns, stat.st_size):
                entry = _Entry(stat.st_mtime_ns, stat.st_size, look(folder / file.name))
            found[file.name] = entry
    if found.keys() != known.keys() or any(known[name] is not entry for name, entry in found.items()):
        with suppress(OSError):
            write_whole(index, _ENTRIES.dump_json(found, warnings=False), durable=False)
    return {name: entry.standing for name, entry in found.items()}


def _files(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as files:
            return [file for file in files if file.name.endswith(".json")]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _read(index: Path) -> Mapping[str, _Entry]:
    try:
        return _ENTRIES.validate_json(index.read_bytes())
    except (OSError, ValidationError):
        return {}
