"""Image files for tests: folders of small images, and torchvision's sets in the formats they are downloaded in."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hill_exp.torchvision_import import import_torchvision


def write_images(root: Path, files: dict[str, int], size: tuple[int, int] = (8, 8)) -> None:
    """Grey images of one level each."""
    for name, level in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", size, level).save(path)


def levels(n: int, below: str = "", start: int = 0) -> dict[str, int]:
    """n cats with even levels, n dogs with odd ones."""
    return {f"{below}{name}/{i}.png": start + 2 * i + c for i in range(n) for c, name in enumerate(("cat", "dog"))}


def write_idx(folder: Path, train: int = 40, test: int = 10) -> None:
    """MNIST's files, of ten classes: the first pixel is 20 times the label, the second 100 in training, 200 at test."""
    folder.mkdir(parents=True)
    for prefix, n in (("train", train), ("t10k", test)):
        labels = np.arange(n, dtype=np.uint8) % 10
        images = np.zeros((n, 28, 28), dtype=np.uint8)
        images[:, 0, 0], images[:, 0, 1] = 20 * labels, 100 if prefix == "train" else 200
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">i4").tobytes()
            (folder / f"{prefix}-{kind}-ubyte").write_bytes(head + array.tobytes())


def write_cifar(root: Path, library_name: str, patch: pytest.MonkeyPatch, each: int = 200) -> tuple[str, ...]:
    """CIFAR's files without their checksums, `each` images in training and at test, and the names of the classes. The
    first value of a pixel is the label, the last of the first row the number of files of the part."""
    cls = getattr(import_torchvision().datasets, library_name)
    folder, n_classes = root / cls.base_folder, int(library_name.removeprefix("CIFAR"))
    folder.mkdir(parents=True)
    for listing in ("train_list", "test_list"):
        files = [file for file, _ in getattr(cls, listing)]
        for file in files:
            labels = np.arange(each // len(files)) % n_classes
            images = np.zeros((len(labels), 3, 32, 32), dtype=np.uint8)
            images[:, 0, 0, 0], images[:, 2, 0, 31] = labels, len(files)
            key = "labels" if n_classes == 10 else "fine_labels"
            (folder / file).write_bytes(pickle.dumps({"data": images.reshape(-1, 3072), key: labels.tolist()}))
        patch.setattr(cls, listing, [(file, None) for file in files])
    classes = tuple(f"class {c}" for c in range(n_classes))
    (folder / cls.meta["filename"]).write_bytes(pickle.dumps({cls.meta["key"]: list(classes)}))
    patch.setattr(cls, "meta", {**cls.meta, "md5": None})
    return classes
