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
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field, field_validator

from hill_exp.dataset.digests import State, contents
from hill_exp.dataset.image_set import ImageSet
from hill_exp.dataset.pool import Pool, Unreadable, named
from hill_exp.types import Bools, Bytes, Ints, UserError

if TYPE_CHECKING:
    from PIL import Image

log = logging.getLogger(__name__)

ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
Mode = Literal["RGB", "L"]  # of Pillow: all images of a set in colour, or all in grey
PARTS = ("train", "val", "valid", "validation", "test")


class ImageFolder(ImageSet):
    root: Path
    size: int = Field(ge=4)  # pixels of a side; images are scaled and cropped to a square
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
                return _read(tree.root / tree.images[row], self.size, tree.mode)
            except Exception:  # Pillow's decoders raise many kinds
                if self.odd_files == "skip":
                    raise Unreadable(tree.images[row]) from None
            raise _refusal(tree.root, tree.images[row])

        return Pool(tree.labels, tree.classes, tree.test, read, tree.images.__getitem__, f"dataset.root = {tree.root}")

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
    mode: Mode
    fingerprint: str


@cache  # the tree is read once a process
def _walk(root: Path, odd_files: str) -> _Tree:
    """All images below `root`, by their names. UserError where there are none, or odd files are refused."""
    try:
        states = dict(sorted(_files(str(root))))
    except OSError as error:
        raise UserError(f"dataset.root = {root}: cannot be read ({error.strerror}); must be a folder") from None
    parts = {path: path.split("/") for path, (size, _) in states.items() if size and path.lower().endswith(ENDINGS)}
    split = any(names[0] == "train" and len(names) > 2 for names in parts.values())
    depth = 1 if split else 0  # of the class in the path
    images = {
        path: names[depth]
        for path, names in parts.items()
        if len(names) > depth + 1 and (not split or names[0] in PARTS)
    }
    if odd := [path for path in states if path not in images]:
        if odd_files == "refuse":
            raise _refusal(root, named(odd))
        log.warning("dataset.root = %s: skipped, no image in a class folder: %s", root, named(odd))
    if not images:
        raise UserError(f"dataset.root = {root}: holds no image; must be class/image, with or without train/ and test/")
    try:
        held = contents(root, {path: states[path] for path in images})
    except OSError as error:
        raise UserError(f"dataset.root = {root}: {error.filename}: cannot be read ({error.strerror})") from None
    classes = sorted(set(images.values()), key=_natural)
    number = {name: c for c, name in enumerate(classes)}
    test = np.array([split and path.startswith("test/") for path in images])
    return _Tree(
        root=root,
        images=tuple(images),
        labels=np.array([number[name] for name in images.values()], dtype=np.int64),
        classes=tuple(classes),
        test=test if test.any() else None,
        mode="RGB" if any(content.colour for content in held.values()) else "L",
        fingerprint=hashlib.sha256("\n".join(f"{path}\t{held[path].digest}" for path in images).encode()).hexdigest(),
    )


def _natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """Sorted by it, 2 comes before 10; between equals the text decides."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name) if part], name


def _files(root: str, below: str = "") -> Iterator[tuple[str, State]]:
    """(path from the root, bytes and time of change) of every file; an empty folder, or a link to nothing, counts as an
    empty file."""
    with os.scandir(f"{root}/{below}") as entries:
        seen = [entry for entry in entries if not entry.name.startswith(".")]
    if not seen and below:
        yield below, (0, 0)
    for entry in seen:
        path = below + entry.name
        if entry.is_dir():
            yield from _files(root, f"{path}/")
        else:
            about = entry.stat() if entry.is_file() else None
            yield path, (about.st_size, about.st_mtime_ns) if about else (0, 0)


def _read(path: Path, size: int, mode: Mode) -> Bytes:
    """(size, size, 3), or (size, size, 1) in grey. What becomes of each kind of image stands in docs/data.md."""
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(path) as image:
            image.draft(mode, (size, size))  # large JPEGs decode several times quicker
            fitted = ImageOps.fit(_of_8_bits(ImageOps.exif_transpose(image), mode), (size, size))
            return np.asarray(fitted).reshape(size, size, -1)


def _of_8_bits(image: Image.Image, mode: Mode) -> Image.Image:
    """On white where it is transparent. ValueError for numbers that say not what is white."""
    from PIL import Image

    if image.mode.startswith("I") or image.mode == "F":  # 16 bits, 32 bits, floating point
        values = np.asarray(image, dtype=float)
        white = 1.0 if image.mode == "F" else 65535.0
        if not (values.min() >= 0 and values.max() <= white):  # NaN too
            raise ValueError(f"values from {values.min()} to {values.max()}, of an image in mode {image.mode}")
        image = Image.fromarray(np.rint(values * (255 / white)).astype(np.uint8))
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    return image.convert(mode)


def _refusal(root: Path, what: str) -> UserError:
    return UserError(
        f"dataset.root = {root}: no readable image in a class folder: {what}; "
        "delete what is odd, or set dataset.odd_files=skip"
    )
