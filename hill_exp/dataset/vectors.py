"""Your own vectors, as embeddings or a table, with pictures or texts to show them by, or else their values.

    x (n, length) and y (n,) in an .npz; optionally thumbnails (n, height, width[, 3]) uint8, or texts (n,)
    a column label, and columns of numbers, in a .parquet or a .csv; optionally a column text

An array or a column `split` of train and test makes the test part fixed; else it is drawn for each participant.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pydantic import field_validator
from typing_extensions import override

from hill_exp.dataset import vector_file
from hill_exp.dataset.base import Dataset
from hill_exp.dataset.pool import Part, Pool
from hill_exp.types import NO_CLASS, Cards, Labelled, UserError


class Vectors(Dataset):
    gives = "vectors"

    path: Path

    @field_validator("path", mode="before")
    @classmethod
    def _is_given(cls, path: Any) -> Any:
        if not path:
            raise UserError("dataset.path: needs the file of your vectors; give it as dataset.path=FILE")
        return path

    @override
    def pool(self) -> Pool:
        held = self._held()
        where = f"dataset.path = {self._file}"
        return Pool(held.labels, held.classes, held.test, held.values.__getitem__, "{}".format, where)

    @override
    def fingerprint(self) -> str:
        return vector_file.fingerprint(self._file)

    @override
    def labelled_part(self, part: Part, pool: Pool, at_test: bool, colours: np.random.Generator) -> Labelled:
        nobody = np.full_like(part.labels, NO_CLASS)  # no visible attribute
        return Labelled(np.asarray(part.items, np.float32), part.labels, nobody, part.names(pool))

    @override
    def cards(self, canvas: Labelled, part: Part) -> Cards:
        return self._held().cards.of(part.rows)

    def _held(self) -> vector_file.Vectors:
        return vector_file.read(self._file)

    @property
    def _file(self) -> Path:
        return self.path.expanduser().absolute()
