"""Two stores into one: what only the other has is copied, and nothing is overwritten."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from hill_exp.record.files import write_whole
from hill_exp.record.record import Record
from hill_exp.record.store import ARRAYS, Store

ONE_BY_ONE: Final = ("conditions", "runs", "sessions", "people", "seats")  # folders whose entries stand for themselves
TOGETHER: Final = ("frozen",)  # folders that are one thing
OF_THE_LAST_RUN: Final = "runs"  # which each run writes anew, so that no two need be the same


@dataclass
class Merged:
    """What became of the records of one store."""

    copied: int = 0
    same: int = 0  # were there already
    differing: list[Path] = field(default_factory=list)  # files of the other store that are not as those of this one
    damaged: list[Path] = field(default_factory=list)  # of the other store; left out


def merge(store: Store, other: Store) -> Merged:
    """Copy into `store` what `other` has more. UserError where `other` is no store, or one of another version."""
    other.check_exists()
    other.conditions()  # of this version
    store.open_for_writing()
    merged = Merged(damaged=other.damaged())
    for path, place in _entries(store, other):
        if not place.exists():
            _copy(path, place)
        elif path.parent.name != OF_THE_LAST_RUN and not _same_files(path, place):
            merged.differing.append(path)
    for content in other.contents():
        here = store.standings(content)
        for who in sorted(other.standings(content)):
            path, place = (either.record_path(content, *who) for either in (other, store))
            if who not in here:
                for suffix in (ARRAYS, path.suffix):  # the record last, as where it is written
                    if path.with_suffix(suffix).exists():
                        write_whole(place.with_suffix(suffix), path.with_suffix(suffix).read_bytes(), durable=False)
                merged.copied += 1
            elif path.read_bytes() == place.read_bytes() or _result(other, content, *who) == _result(
                store, content, *who
            ):
                merged.same += 1
            else:
                merged.differing.append(path)
    os.sync()
    return merged


def _result(store: Store, content: str, seed: int, participant: int) -> Record | None:
    """The record but for what differs from machine to machine and run to run."""
    record = store.read(content, seed, participant)
    return record and replace(record, seconds=0.0, provenance={})


def _entries(store: Store, other: Store) -> Iterator[tuple[Path, Path]]:
    """(what lies beside the records of `other`, where it goes)."""
    for name in ONE_BY_ONE:
        for path in sorted((other.path / name).glob("[!.]*")):
            yield path, store.path / name / path.name
    for name in TOGETHER:
        if (other.path / name).exists():
            yield other.path / name, store.path / name


def _copy(path: Path, place: Path) -> None:
    """Whole or not at all."""
    if path.is_dir():
        aside = place.with_name(f".{place.name}.partial")
        shutil.rmtree(aside, ignore_errors=True)
        shutil.copytree(path, aside)
        aside.replace(place)
    else:
        write_whole(place, path.read_bytes())


def _same_files(one: Path, other: Path) -> bool:
    return _files(one) == _files(other)


def _files(path: Path) -> dict[str, bytes]:
    """Content by name, of a file or of all in a folder."""
    found = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return {str(file.relative_to(path)): file.read_bytes() for file in found}
