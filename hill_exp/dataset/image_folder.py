"""Your own images: any tree of class/image, below train/ and test/ or not.

    root/cat/1.jpg              the test part is drawn for each participant
    root/train/cat/1.jpg        the test part is fixed where there is a test/; val/ counts as training
    root/test/cat/2.jpg

Below its class an image may lie at any depth. Names that begin with a dot are passed over.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, field_validator

from hill_exp.dataset.base import Dataset
from hill_exp.dataset.pool import Pool, Unreadable, named
from hill_exp.types import Bools, Bytes, Ints, UserError

log = logging.getLogger(__name__)

ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
PARTS = ("train", "val", "valid", "validation", "test")


class ImageFolder(Dataset):
    root: Path
    size: int = Field(ge=4)  # pixels of a side; images are scaled and cropped to a square, in RGB
    odd_files: Literal["skip", "refuse"]  # what to do with files that are no readable image

    @field_validator("root", mode="before")
    @classmethod
    def _is_given(cls, root: Any) -> Any:
        if not root:
            raise UserError("dataset.root: needs the folder of your images; give it as dataset.root=DIR")
        return root

    def pool(self) -> Pool:
        tree = self._tree()

        def read(row: int) -> Bytes:
            try:
                return _read(tree.root / tree.images[row], self.size)
            except Exception:  # Pillow's decoders raise many kinds
                if self.odd_files == "skip":
                    raise Unreadable(tree.images[row]) from None
            raise _refusal(tree.root, tree.images[row])

        return Pool(tree.labels, tree.classes, tree.test, read, f"dataset.root = {tree.root}")

    def fingerprint(self) -> str:
        return self._tree().fingerprint

    def _tree(self) -> _Tree:
        return _walk(self.root.expanduser().absolute(), self.odd_files)


@dataclass(frozen=True)
class _Tree:
    root: Path
    images: tuple[str, ...]  # paths from the root, sorted
    labels: Ints
    classes: tuple[str, ...]
    test: Bools | None
    fingerprint: str


@cache  # the names are read once a process
def _walk(root: Path, odd_files: str) -> _Tree:
    """All images below `root`, by their names. UserError where there are none, or odd files are refused."""
    try:
        sizes = dict(sorted(_files(str(root))))
    except OSError as error:
        raise UserError(f"dataset.root = {root}: cannot be read ({error.strerror}); must be a folder") from None
    parts = {path: path.split("/") for path, size in sizes.items() if size and path.lower().endswith(ENDINGS)}
    split = any(names[0] == "train" and len(names) > 2 for names in parts.values())
    depth = 1 if split else 0  # of the class in the path
    images = {
        path: names[depth]
        for path, names in parts.items()
        if len(names) > depth + 1 and (not split or names[0] in PARTS)
    }
    if odd := [path for path in sizes if path not in images]:
        if odd_files == "refuse":
            raise _refusal(root, named(odd))
        log.warning("dataset.root = %s: skipped, no image in a class folder: %s", root, named(odd))
    if not images:
        raise UserError(f"dataset.root = {root}: holds no image; must be class/image, with or without train/ and test/")
    classes, labels = np.unique(list(images.values()), return_inverse=True)
    test = np.array([split and path.startswith("test/") for path in images])
    return _Tree(
        root=root,
        images=tuple(images),
        labels=labels.astype(np.int64),
        classes=tuple(classes.tolist()),
        test=test if test.any() else None,
        fingerprint=hashlib.sha256("\n".join(f"{path}\t{sizes[path]}" for path in images).encode()).hexdigest(),
    )


def _files(root: str, below: str = "") -> Iterator[tuple[str, int]]:
    """(path from the root, bytes) of every file; an empty folder, or a link to nothing, counts as an empty file."""
    with os.scandir(f"{root}/{below}") as entries:
        seen = [entry for entry in entries if not entry.name.startswith(".")]
    if not seen and below:
        yield below, 0
    for entry in seen:
        path = below + entry.name
        if entry.is_dir():
            yield from _files(root, f"{path}/")
        else:
            yield path, entry.stat().st_size if entry.is_file() else 0


def _read(path: Path, size: int) -> Bytes:
    """(size, size, 3)"""
    from PIL import Image, ImageOps

    with Image.open(path) as image:
        image.draft("RGB", (size, size))  # large JPEGs decode several times quicker
        upright = ImageOps.exif_transpose(image).convert("RGB")
        return np.asarray(ImageOps.fit(upright, (size, size)))


def _refusal(root: Path, what: str) -> UserError:
    return UserError(
        f"dataset.root = {root}: no readable image in a class folder: {what}; "
        "delete what is odd, or set dataset.odd_files=skip"
    )
