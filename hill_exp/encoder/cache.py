"""Features on disk: one SQLite file an encoder, one row an image, shared by all processes that come to it.

A row is found by the content of the image, so that participants, conditions and shifted copies share what was
computed. Nothing in the file is run when it is read.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hill_exp.types import Floats

log = logging.getLogger(__name__)

PATIENCE = 60.0  # s to wait for another process that writes
AT_ONCE = 500  # rows that one statement asks for; any SQLite takes 999

Row = NDArray[np.float16]  # the features of an image
Rows = dict[bytes, Row]
T = TypeVar("T")


def key(image: Floats) -> bytes:
    """What identifies an image (channels, height, width): its values and its shape."""
    digest = hashlib.blake2b(repr((image.dtype.str, image.shape)).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(image).data)
    return digest.digest()


class FeatureCache:
    """Whatever fails (a file that is no cache, a full disk) ends the use of the file and no more: features are then
    computed anew. `check` alone warns, so that one process can, and not each of its workers."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._fault: Exception | None = None

    def check(self) -> None:
        """Warn where no features can be kept."""
        self._use(lambda db: db.execute("PRAGMA user_version = 1"))  # a write, and of no effect
        if self._fault is not None:
            log.warning("encoder.cache: %s cannot be used (%s); features are computed anew", self._file, self._fault)

    def read(self, keys: Sequence[bytes]) -> Rows:
        """Those that are there."""

        def select(db: sqlite3.Connection) -> Rows:
            found: Rows = {}
            for some in (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE)):
                marks = ",".join("?" * len(some))
                for image, shape, value in db.execute(f"SELECT * FROM features WHERE image IN ({marks})", some):
                    found[image] = np.frombuffer(value, np.float16).reshape([int(n) for n in shape.split()])
            return found

        return self._use(select) or {}

    def write(self, rows: Mapping[bytes, Row]) -> None:
        """Keep these; what is there already stays."""

        def insert(db: sqlite3.Connection) -> None:
            values = ((image, " ".join(map(str, row.shape)), row.tobytes()) for image, row in rows.items())
            db.executemany("INSERT OR IGNORE INTO features VALUES (?, ?, ?)", values)
            db.commit()

        self._use(insert)

    def _use(self, what: Callable[[sqlite3.Connection], T]) -> T | None:
        """What comes of it on a connection of its own; None where the file cannot be used."""
        if self._fault is not None:
            return None
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._file, timeout=PATIENCE)) as db:
                db.execute("CREATE TABLE IF NOT EXISTS features (image BLOB PRIMARY KEY, shape TEXT, value BLOB)")
                return what(db)
        except (sqlite3.Error, OSError, ValueError) as fault:
            self._fault = fault
            return None
