"""Files of vectors for tests, each with what is wrong with it if anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


def arrays(n: int = 120, classes: int = 3, length: int = 5, **changes: Any) -> dict[str, Any]:
    """x (n, length) and y (n,) of as many clouds as classes; changes: other arrays, or None for one to leave out."""
    rng = np.random.default_rng(0)
    y = np.arange(n) % classes
    x = rng.normal(size=(n, length)) + 3 * rng.normal(size=(classes, length))[y]
    return {name: array for name, array in {"x": x, "y": y, **changes}.items() if array is not None}


def write_vectors(path: Path, **changes: Any) -> Path:
    """An npz of `arrays`; the path again."""
    np.savez(path, **arrays(**changes))
    return path


def write_table(path: Path, **changes: Any) -> Path:
    """A csv or a parquet of the same, columns a, b, ... and label; changes: other columns, or None for one to leave
    out. The path again."""
    import pandas as pd

    held = arrays()
    columns = {**{"abcdefgh"[k]: column for k, column in enumerate(held["x"].T)}, "label": held["y"], **changes}
    table = pd.DataFrame({name: column for name, column in columns.items() if column is not None})
    table.to_csv(path, index=False) if path.suffix == ".csv" else table.to_parquet(path)
    return path
