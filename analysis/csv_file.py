"""A frame as CSV, in a quarter of the time that pandas takes: tables of epochs have millions of rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pandas as pd
from pydantic_core import to_json

CHUNK: Final = 100_000  # rows


def write(frame: pd.DataFrame, path: Path) -> None:
    """Without the index; what is missing is empty, and numbers read back as they were."""
    with path.open("wb") as file:
        file.write(b",".join(map(_text, frame.columns)) + b"\n")
        for start in range(0, len(frame), CHUNK):
            columns = [_cells(column) for _, column in frame.iloc[start : start + CHUNK].items()]
            file.writelines(b",".join(row) + b"\n" for row in zip(*columns, strict=True))


def _cells(column: pd.Series) -> list[bytes]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        labels = [*map(_text, column.cat.categories), b""]  # what is missing has the code -1
        return [labels[code] for code in column.cat.codes.tolist()]
    if column.dtype.kind in "iuf":  # as JSON, whose numbers are written in compiled code
        return to_json(column.tolist())[1:-1].replace(b"NaN", b"").replace(b"Infinity", b"inf").split(b",")
    return [b"" if missing else _text(value) for value, missing in zip(column, column.isna(), strict=True)]


def _text(value: Any) -> bytes:
    text = str(value)
    return ('"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\r\n') else text).encode()
