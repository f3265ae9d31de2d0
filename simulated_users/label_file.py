"""What real people took images for: a CSV file, plain or gzipped, that is read as data only.

    image,person_1,person_2        or with the true class beside:   image,truth,person_1
    train/cat/0001.jpg,cat,dog                                      train/17,cat,dog

`image` is the name that the data set gives an image, a class stands by its name. A column is a person, or at each image
anybody.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pydantic import model_validator

from hill_exp.config import Choice, unknown
from hill_exp.types import Floats, Ints, Sights, UserError

if TYPE_CHECKING:
    import pandas as pd

WHERE: Final = "user.knowledge.labels"
IMAGE, TRUTH = "image", "truth"  # columns that are no person
SOMEBODY: Final = "somebody"  # a reader: at each image another of the columns


class LabelFile(Choice):
    """A file by its path; what is in it is held to be what was there when it was first named."""

    file: str
    sha256: str  # of its bytes: a condition is known by it, wherever the file lies

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        return (
            {"file": value, "sha256": hashlib.sha256(_content(value)).hexdigest()} if isinstance(value, str) else value
        )

    def check(self, classes: tuple[str, ...], reader: str) -> None:
        """UserError if it lacks the reader, or has a class that is none of `classes`."""
        table = read(self.file, self.sha256)
        people = people_of(table)
        if reader not in (SOMEBODY, *people):
            raise UserError(unknown(reader, [SOMEBODY, *people], "user.knowledge.reader"))
        for name in sorted(set(table[people].to_numpy().ravel()) - set(classes)):
            raise UserError(
                f"{WHERE} = {self.file}: takes an image for {name!r}, and the data have no such class; "
                f"must name their classes, {', '.join(classes[:10])}{', ...' if len(classes) > 10 else ''}"
            )

    def of(self, sights: Sights, reader: str) -> Ints:
        """(N, people) the class that each image is taken for by the reader's column, or by all there are. UserError
        where the file lacks an image, or says that its true class is another."""
        import pandas as pd

        table = read(self.file, self.sha256)
        absent = sights.names[~pd.Series(sights.names).isin(table.index)]
        if len(absent):
            raise UserError(
                f"{WHERE} = {self.file}: lacks {len(absent)} of the {len(sights.names)} images of the canvas, as "
                f"{str(absent[0])!r}; its column {IMAGE!r} has names as {table.index[0]!r}. Give each image its row, "
                "by the name that the data set calls it."
            )
        rows = table.loc[sights.names]
        number = {name: c for c, name in enumerate(sights.classes)}
        if TRUTH in rows:
            for image, said, c in zip(sights.names, rows[TRUTH], sights.truth, strict=True):
                if said != sights.classes[c]:
                    raise UserError(
                        f"{WHERE} = {self.file}: says that {str(image)!r} is truly {said!r}, and in the data it is "
                        f"{sights.classes[c]!r}; must be of these images, in the order of these"
                    )
        people = people_of(table) if reader == SOMEBODY else [reader]
        return np.array([[number[name] for name in row] for row in rows[people].to_numpy()], dtype=np.int64)


def people_of(table: pd.DataFrame) -> list[str]:
    """The columns that are people."""
    return [str(name) for name in table.columns if name != TRUTH]


def read(file: str, sha256: str | None = None) -> pd.DataFrame:
    """The table of a label file: texts, a row an image, which is its index, and a column a person, and perhaps `truth`.
    UserError for a file that is none, or not that of the digest."""
    content = _content(file)
    if sha256 not in (None, hashlib.sha256(content).hexdigest()):
        raise UserError(f"{WHERE} = {file}: was changed after the run began; leave it as it is, and start again")
    return _table(file, content)


@lru_cache(maxsize=1)  # one file, for all participants of a process
def _table(file: str, content: bytes) -> pd.DataFrame:
    import pandas as pd

    try:
        plain = gzip.decompress(content) if file.endswith(".gz") else content
        table = pd.read_csv(io.BytesIO(plain), dtype=str, keep_default_na=False)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise UserError(f"{WHERE} = {file}: must be a readable CSV file ({' '.join(str(error).split())})") from None
    if IMAGE not in table or len(people_of(table.drop(columns=IMAGE))) == 0:
        raise UserError(
            f"{WHERE} = {file}: has the columns {', '.join(map(str, table.columns))}; must have a column {IMAGE!r}, "
            "and one for each person with the class that it took the image for"
        )
    for row, column in np.argwhere(table.to_numpy() == ""):
        raise UserError(f"{WHERE} = {file}: row {row + 1} has nothing in column {table.columns[column]!r}")
    for name in table[IMAGE][table[IMAGE].duplicated()]:
        raise UserError(f"{WHERE} = {file}: has {name!r} twice; must have one row for each image")
    if table.empty:
        raise UserError(f"{WHERE} = {file}: has no row; must have one for each image")
    return table.set_index(IMAGE)


def confusion_of(truth: Ints, taken_for: Ints, n_classes: int) -> Floats:
    """(C, C) shares of the images of each true class (N,) that are taken for each class, by taken_for (N, people). A
    class without an image is taken for itself."""
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (truth[:, None], taken_for), 1)
    counts += np.diag(counts.sum(1) == 0)
    return counts / counts.sum(1, keepdims=True)


def _content(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UserError(f"{WHERE} = {file}: cannot be read ({error.strerror}); must be a CSV file") from None
