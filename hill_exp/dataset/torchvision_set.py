"""What torchvision's data sets share: downloaded on first use, with a fixed test part."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from hill_exp.dataset.image_set import ImageSet
from hill_exp.dataset.pool import Pool
from hill_exp.torchvision_import import import_torchvision
from hill_exp.types import UserError


class TorchvisionSet(ImageSet):
    """A subclass says which set, and which files to put where on a machine without a network."""

    root: Path  # the folder of all of torchvision's sets

    library_name: ClassVar[str]  # of the class in torchvision.datasets
    folder: ClassVar[str]  # below the root, where torchvision looks for
    files: ClassVar[tuple[str, ...]]  # which it unpacks itself

    def pool(self) -> Pool:
        return _load(type(self), self.root.expanduser())

    def fingerprint(self) -> str:
        return f"torchvision/{self.library_name}"


@lru_cache(maxsize=1)  # one set, a few hundred MB at most, for all participants of a process
def _load(cls: type[TorchvisionSet], root: Path) -> Pool:
    train, test = (_part(cls, root, train) for train in (True, False))
    images = np.concatenate([np.asarray(part.data) for part in (train, test)])
    labels = np.concatenate([np.asarray(part.targets, dtype=np.int64) for part in (train, test)])
    is_test = np.arange(len(labels)) >= len(train.targets)
    images = images if images.ndim == 4 else images[..., None]

    def name(row: int) -> str:
        n = len(train.targets)
        return f"train/{row}" if row < n else f"test/{row - n}"

    return Pool(labels, tuple(train.classes), is_test, images.__getitem__, name, f"dataset.root = {root}")


def _part(cls: type[TorchvisionSet], root: Path, train: bool) -> Any:
    """torchvision's training or test part, from the disk or else from the network."""
    from filelock import FileLock  # comes with torch

    library_class = getattr(import_torchvision().datasets, cls.library_name)
    with suppress(Exception):  # torchvision raises many kinds where files are missing, or not whole
        return library_class(root, train=train)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f".{cls.library_name}.lock"):  # workers come here together; the second finds it done
            return library_class(root, train=train, download=True)
    except Exception as error:
        raise UserError(
            f"dataset.root = {root}: there is no whole copy of {cls.library_name}, and none could be downloaded "
            f"({' '.join(str(error).split())}); put {', '.join(cls.files)} into {(root / cls.folder).absolute()}, "
            "or set dataset.root to a folder that has them"
        ) from error
