"""Reads a file of vectors, as data only: nothing in it is run. Its size is looked at before it is read, and what is
wrong with it is told in a sentence."""

from __future__ import annotations

import math
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from hill_exp.config import unknown
from hill_exp.dataset.digests import digest
from hill_exp.types import Bools, Cards, Floats, Ints, UserError

MOST_ROWS: Final = 1_000_000
MOST_BYTES: Final = 2**30  # of an array, or of a table; every worker process holds a copy
LARGEST: Final = 1e18  # of a number: its square is still one in float32
ARRAYS: Final = ("x", "y", "thumbnails", "texts", "split")  # of an npz
MISSING: Final = ("", "NA", "N/A", "NaN", "nan", "null", "None")  # in a csv, where a number should be
WORDS: Final = ("label", "split", "text")  # columns of a table that are no values


class Unfit(Exception):
    """What is wrong with a file, and what is allowed: the rest of a sentence that begins with its config key."""


@dataclass(frozen=True)
class Vectors:
    """values (n, length) float32; labels (n,), numbers of `classes`; test (n,) the rows of a fixed test part, or None;
    cards: what a person sees of each row."""

    values: Floats
    labels: Ints
    classes: tuple[str, ...]
    test: Bools | None
    cards: Cards


def read(path: Path) -> Vectors:
    """What the file holds; kept while the file stays as it is. UserError for what is wrong with it."""
    with _told(path) as state:
        return _read(path, *state)


def fingerprint(path: Path) -> str:
    """Digest of the content, kept while the file stays as it is. UserError where it cannot be read."""
    with _told(path) as state:
        return _digest(path, *state)


@contextmanager
def _told(path: Path) -> Iterator[tuple[int, int]]:
    """The file's time of change and size; what is found unfit within is a UserError."""
    where = f"dataset.path = {path}"
    try:
        about = path.stat()
        if path.suffix not in READERS or not path.is_file():
            raise Unfit(f"must be a file that ends in {' or '.join(READERS)}")
        if not about.st_size:
            raise Unfit("is empty; must hold vectors and their classes")
        yield about.st_mtime_ns, about.st_size
    except Unfit as unfit:
        raise UserError(f"{where}: {unfit}") from None
    except OSError as error:
        raise UserError(f"{where}: cannot be read ({error.strerror}); must be a file") from None


@lru_cache(maxsize=8)
def _digest(path: Path, _changed: int, _size: int) -> str:
    return digest(path)


@lru_cache(maxsize=1)  # one file for all participants of a process
def _read(path: Path, _changed: int, _size: int) -> Vectors:
    return READERS[path.suffix](path)


# --- npz -------------------------------------------------------------------------------------------------------------


def _npz(path: Path) -> Vectors:
    """x (n, length), y (n,), and optionally thumbnails (n, height, width[, 3]) uint8, texts (n,) or split (n,)."""
    arrays = _arrays(path)
    x, y = arrays["x"], arrays["y"]
    pictures, texts, split = (arrays.get(name) for name in ("thumbnails", "texts", "split"))
    if x.dtype.kind not in "biuf":
        raise Unfit(f"x holds {x.dtype}; must be numbers")
    if pictures is not None and texts is not None:
        raise Unfit("holds thumbnails and texts; must be one of them, which is what a person sees")
    if pictures is not None and pictures.dtype != np.uint8:
        raise Unfit(f"thumbnails holds {pictures.dtype}; must be uint8, from 0 to 255")
    if pictures is not None and pictures.ndim == 3:
        pictures = np.repeat(pictures[..., None], 3, axis=-1)
    return _vectors(x, y, split, None, pictures, texts)


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """Those of the file, which have the shapes that they must have, and a row each for every y."""
    try:
        headers = _headers(path)
    except (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile) as error:
        raise Unfit(f"is no whole npz file ({error}); must be one that np.savez wrote") from None
    for name in headers:
        if name not in ARRAYS:
            raise Unfit(f"{unknown(name, ARRAYS, '', 'array')}; leave it out")
    for name in ("x", "y"):
        if name not in headers:
            raise Unfit(f"has no array {name}; must hold x (n, length) and y (n,)")
    for name, (shape, dtype) in headers.items():
        if dtype.hasobject:
            raise Unfit(f"{name} holds Python objects, which can run code and are not read; must be numbers or text")
        if not _fits(name, shape):
            raise Unfit(f"{name} has shape {shape}; must be {_SHAPES[name]}")
        _check_size(shape[0], math.prod(shape) * dtype.itemsize, name)
    rows = {name: shape[0] for name, (shape, _) in headers.items()}
    for name, number in rows.items():
        if number != rows["y"]:
            raise Unfit(f"{name} has {number} rows, and y has {rows['y']}; must have as many")
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in headers}
    except Exception as error:  # zip, zlib and NumPy raise many kinds where bytes are damaged
        raise Unfit(f"is damaged ({error}); save it again") from None


_SHAPES: Final = {
    "x": "(n, length): a row of numbers each",
    "y": "(n,): a class for each row",
    "thumbnails": "(n, height, width) or (n, height, width, 3)",
    "texts": "(n,): a text for each row",
    "split": "(n,): train or test for each row",
}


def _fits(name: str, shape: tuple[int, ...]) -> bool:
    if min(shape, default=0) < 1:
        return False
    if name == "thumbnails":
        return len(shape) == 3 or (len(shape) == 4 and shape[3] == 3)
    return len(shape) == (2 if name == "x" else 1)


def _headers(path: Path) -> dict[str, tuple[tuple[int, ...], np.dtype[Any]]]:
    """Name -> (shape, dtype) of each array, without reading it."""
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    headers = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            with archive.open(name) as file:
                version = np.lib.format.read_magic(file)
                if version not in readers:
                    raise ValueError(f"{name} is in version {version} of NumPy's format")
                shape, _, dtype = readers[version](file)
                headers[name.removesuffix(".npy")] = shape, dtype
    return headers


# --- tables ----------------------------------------------------------------------------------------------------------


def _csv(path: Path) -> Vectors:
    import pandas as pd

    _check_size(0, path.stat().st_size, "the file")
    options: dict[str, Any] = {"keep_default_na": False, "low_memory": False, "encoding": "utf-8-sig"}
    try:
        columns = pd.read_csv(path, nrows=0, **options).columns
        most = min(MOST_ROWS, MOST_BYTES // (8 * max(1, len(columns))))  # more are not read
        missing = {column: [""] if column in WORDS else list(MISSING) for column in columns}
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(path, nrows=most + 1, na_values=missing, index_col=False, **options)
    except pd.errors.ParserWarning:
        raise Unfit("has rows with more fields than its first line; must have a name for each column") from None
    except (ValueError, OverflowError) as error:  # pandas' own are of these, and that of a wrong encoding
        raise Unfit(f"is no csv file ({' '.join(str(error).split())}); must be text in UTF-8, a row a line") from None
    if len(table) > most:
        raise _too_large(f"more than {most:,} rows", "the file")
    return _table(table)


def _parquet(path: Path) -> Vectors:
    if find_spec("pyarrow") is None:
        raise Unfit("needs the package pyarrow. Install it with: sh setup.sh parquet, or save the table as a .csv")
    import pandas as pd
    from pyarrow import ArrowException, parquet

    try:
        about = parquet.read_metadata(path)
        _check_size(about.num_rows, 8 * about.num_rows * about.num_columns, "the table")
        _check_size(0, sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups)), "the table")
        table = pd.read_parquet(path, engine="pyarrow")
    except (ArrowException, OSError, ValueError) as error:
        raise Unfit(f"is no whole parquet file ({' '.join(str(error).split())}); save it again") from None
    return _table(table)


READERS: Final[Mapping[str, Callable[[Path], Vectors]]] = {".npz": _npz, ".parquet": _parquet, ".csv": _csv}


def _table(table: Any) -> Vectors:
    """From a data frame: a column label, optionally text and split, and columns of numbers."""
    if "label" not in table:
        names = [str(column) for column in table.columns]
        shown = ", ".join(names[:10]) + ", ..." * (len(names) > 10)
        raise Unfit(f"has no column label; must have one, with the class of each row. Its columns are {shown}")
    if not len(table):
        raise Unfit("has no row below its first line; must hold vectors and their classes")
    names = [column for column in table.columns if column not in WORDS]
    if not names:
        raise Unfit("has no column beside label, text and split; must have columns of numbers")
    for name in names:
        if str(name).startswith("Unnamed: "):
            raise Unfit("has a column without a name, as of an index; must have none: write it with index=False")
        if table[name].dtype.kind not in "biuf":
            example = next(iter(table[name][table[name].map(_no_number)]), "")
            raise Unfit(f"column {name!r} holds {example!r}; must be numbers. Leave it out, or call it text to show it")
    label, split, text = (_words(table[name]) if name in table else None for name in WORDS)
    values = table[names].to_numpy(dtype=np.float64, na_value=np.nan)
    return _vectors(values, label, split, tuple(str(name) for name in names), None, text)


def _words(column: Any) -> np.ndarray:
    """(n,) with None for what is missing, which pandas has many signs for."""
    held = column.notna()
    values: np.ndarray = (column if held.all() else column.astype(object).where(held, None)).to_numpy()
    return values


def _no_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return True
    return False


# --- of either -------------------------------------------------------------------------------------------------------


def _vectors(
    x: np.ndarray,
    y: np.ndarray | None,
    split: np.ndarray | None,
    features: tuple[str, ...] | None,
    pictures: np.ndarray | None,
    texts: np.ndarray | None,
) -> Vectors:
    """x (n, length) numbers; y, split, texts (n,); features: names of the columns of x."""
    with np.errstate(over="ignore"):
        values = x.astype(np.float32)
    fine = np.abs(values) < LARGEST  # NaN is not
    if not fine.all():
        row, column = np.argwhere(~fine)[0].tolist()
        place = f"column {features[column]!r}" if features else f"column {column}"
        raise Unfit(
            f"row {row}, {place} holds {x[row, column]} ({_counted((~fine).sum(), 'such number')}, "
            f"rows counted from 0); must be finite numbers below {LARGEST:g}. Fill in or leave out what is missing"
        )
    if (values == values[0]).all():
        raise Unfit("all rows are equal, and then nothing can be told apart; must differ")
    labels, classes = _classes(np.asarray(y))
    cards = (
        Cards(thumbnails=pictures) if pictures is not None
        else Cards(texts=tuple(_text(text) for text in texts)) if texts is not None
        else Cards(values=values, features=features)
    )  # fmt: skip
    return Vectors(values, labels, classes, None if split is None else _test(split), cards)


def _classes(y: np.ndarray) -> tuple[Ints, tuple[str, ...]]:
    """Numbers of the classes (n,), and their names: numbers in the order of their size, or else names by letter."""
    what = "the class (y, or the column label)"
    empty = np.array([label is None or label != label or label in ("", b"") for label in y.tolist()])
    if empty.any():
        first, such = np.flatnonzero(empty)[0], _counted(empty.sum(), "such row")
        raise Unfit(
            f"row {first} lacks {what} ({such}, counted from 0); every row must have one. Leave such rows out: how "
            "many labels are seen is for dataset.labelled to say"
        )
    if y.dtype.kind == "f":
        whole = (y == np.rint(y)) & (np.abs(y) < 2**53)
        if not whole.all():
            raise Unfit(f"{what} holds {y[~whole][0]}; must be whole numbers or text: classes, not quantities")
        y = y.astype(np.int64)
    if y.dtype.kind in "biu":
        numbers, labels = np.unique(y, return_inverse=True)
        return labels.astype(np.int64), tuple(str(number) for number in numbers.tolist())
    if y.dtype.kind not in "USO":
        raise Unfit(f"{what} holds {y.dtype}; must be whole numbers or text")
    names, labels = np.unique([_text(label) for label in y.tolist()], return_inverse=True)
    return labels.astype(np.int64), tuple(names.tolist())


def _test(split: np.ndarray) -> Bools:
    parts = [_text(part) for part in split.tolist()]
    if odd := sorted({*parts} - {"train", "test"}):
        raise Unfit(f"split holds {odd[0]!r}; must be train or test for each row")
    test = np.array([part == "test" for part in parts])
    if test.all() or not test.any():
        raise Unfit(f"split names {parts[0]} rows alone; must have both train and test, or leave split out")
    return test


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None or value != value else str(value)


def _check_size(rows: int, size: int, what: str) -> None:
    if rows > MOST_ROWS:
        raise _too_large(f"{rows:,} rows", what)
    if size > MOST_BYTES:
        raise _too_large(f"{size / 2**30:.1f} GiB", what)


def _too_large(amount: str, what: str) -> Unfit:
    return Unfit(
        f"{what} has {amount}; must have at most {MOST_ROWS:,} rows and {MOST_BYTES / 2**30:g} GiB. Keep a random part "
        "of the rows (a participant is given a few thousand), or fewer columns (as of a PCA)"
    )


def _counted(number: np.integer[Any], one: str) -> str:
    return f"{number} {one}{'s' * int(number != 1)}"
