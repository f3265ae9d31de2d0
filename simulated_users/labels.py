"""`python -m simulated_users.labels`: published labels of many people as a label file (see label_file), and how such a
file confuses the classes.

CIFAR-10N (Wei et al. 2022, arXiv 2110.12088): three people's labels of each training image. CIFAR-10H (Peterson et al.
2019, arXiv 1908.07086): about fifty people's of each test image. Both are read as data only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from hill_exp import exit_status
from hill_exp.types import Ints, UserError
from simulated_users.label_file import IMAGE, TRUTH, confusion_of, people_of, read

CIFAR10: Final = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
OF_CIFAR10N: Final = ("clean_label", "random_label1", "random_label2", "random_label3")  # of its dictionary


def cifar10n(file: Path) -> Ints:
    """(50000, 4) the true class of each training image, and what three people took it for, from CIFAR-10_human.pt.
    UserError for a file that is none."""
    import torch
    from numpy._core.multiarray import _reconstruct

    arrays: list[Any] = [np.ndarray, np.dtype, np.dtypes.Int64DType, np.dtypes.Int32DType, np.dtypes.UInt8DType]
    made = [(_reconstruct, f"{package}.multiarray._reconstruct") for package in ("numpy.core", "numpy._core")]
    try:
        with torch.serialization.safe_globals([*arrays, *made]):
            found = torch.load(file, weights_only=True)
        labels = np.stack([np.asarray(found[key]) for key in OF_CIFAR10N], axis=1)
    except Exception as error:  # torch raises many kinds, and a file may hold anything
        raise UserError(
            f"{file}: must be CIFAR-10N's CIFAR-10_human.pt, a dictionary of arrays with {', '.join(OF_CIFAR10N)}, and "
            f"nothing else than data ({type(error).__name__})"
        ) from None
    if labels.ndim != 2 or labels.dtype.kind not in "iu" or not ((labels >= 0) & (labels < len(CIFAR10))).all():
        raise UserError(f"{file}: must hold numbers of ten classes, one for each image")
    return labels.astype(np.int64)


def cifar10h(file: Path, people: int, seed: int) -> Ints:
    """(10000, people) what so many people took each test image for, drawn without replacement from the counts of
    cifar10h-counts.npy (10000, 10). UserError for a file that is none, or has fewer people at an image."""
    try:
        with file.open("rb") as opened:
            counts = np.lib.format.read_array(opened, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{file}: must be CIFAR-10H's cifar10h-counts.npy ({error})") from None
    if (
        counts.dtype.kind not in "iuf"
        or counts.ndim != 2
        or counts.shape[1] != len(CIFAR10)
        or not (counts >= 0).all()
        or (counts % 1).any()
    ):
        raise UserError(f"{file}: must hold counts of ten classes, a row an image; it has the shape {counts.shape}")
    if not 1 <= people <= (fewest := int(counts.sum(1).min())):
        raise UserError(f"--people {people}: must be from 1 to {fewest}, the fewest who saw an image")
    rng = np.random.default_rng(seed)
    return np.array([rng.permutation(np.repeat(range(len(CIFAR10)), row))[:people] for row in counts.astype(np.int64)])


def write(out: Path, columns: Sequence[str], labels: Ints, names: Path | None, part: str) -> None:
    """A label file of the labels (n, columns) in the order of the images, whose names are the lines of a file, or as
    dataset=cifar10 has them: `part` and the number. UserError where there are not as many."""
    import pandas as pd

    images = [f"{part}/{i}" for i in range(len(labels))]
    if names is not None:
        try:
            images = names.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise UserError(f"--names {names}: must be a text file with a name a line ({error})") from None
        if len(images) != len(labels):
            raise UserError(
                f"--names {names}: has {len(images)} lines, and there are {len(labels)} images, a line each"
            )
    table = pd.DataFrame(np.array(CIFAR10)[labels], columns=[*columns], index=pd.Index(images, name=IMAGE))
    table.to_csv(out)
    wrong = (labels[:, 1:] != labels[:, :1]).mean() if columns[0] == TRUTH else None
    print(f"Wrote {out}: {len(labels)} images" + ("" if wrong is None else f", {wrong:.1%} of the labels wrong"))


def confusion(file: Path, out: Path) -> None:
    """A confusion matrix for user.knowledge.confusion from all images of a label file: their true class is in its
    column `truth`, or else the folder that the image lies in."""
    table = read(str(file))
    truth = table[TRUTH] if TRUTH in table else [Path(name).parent.name for name in table.index]
    taken_for = table[people_of(table)].to_numpy()
    if strange := {*taken_for.ravel()} - {*truth}:
        raise UserError(
            f"{file}: takes images for {min(strange)!r}, and none is truly that: give the true classes in a column "
            f"{TRUTH!r}, or name the images by their path, CLASS/IMAGE"
        )
    classes, numbers = np.unique(np.column_stack([truth, taken_for]), return_inverse=True)
    numbers = numbers.reshape(len(table), -1)
    matrix = confusion_of(numbers[:, 0], numbers[:, 1:], len(classes))
    np.savetxt(out, matrix, delimiter=",", fmt="%.12g")
    print(f"Wrote {out}: {', '.join(classes)}; {(numbers[:, 1:] != numbers[:, :1]).mean():.1%} of the labels wrong")


def main() -> int:
    """Exit status: 0. UserError for bad input."""
    parser = argparse.ArgumentParser(
        prog="python -m simulated_users.labels", description="Labels of real people, for user.knowledge.labels."
    )
    kinds = parser.add_subparsers(dest="kind", required=True)
    about = {
        "cifar10n": "of CIFAR-10's training images: CIFAR-10_human.pt",
        "cifar10h": "of its test images: cifar10h-counts.npy",
        "confusion": "of a label file, the matrix for user.knowledge.confusion",
    }
    for kind, what in about.items():
        command = kinds.add_parser(kind, help=what)
        command.add_argument("file", type=Path)
        command.add_argument("--out", type=Path, required=True, metavar="FILE", help="CSV; gzipped if it ends in .gz")
        if kind != "confusion":
            command.add_argument("--names", type=Path, metavar="FILE", help="of the images in their order, one a line")
        if kind == "cifar10h":
            command.add_argument("--people", type=int, default=3, help="drawn for each image; default: %(default)s")
            command.add_argument("--seed", type=int, default=0, help="of the draw; default: %(default)s")
    given = parser.parse_args()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    match given.kind:
        case "cifar10n":
            labels = cifar10n(given.file)
            write(given.out, (TRUTH, "person_1", "person_2", "person_3"), labels, given.names, "train")
        case "cifar10h":
            labels = cifar10h(given.file, given.people, given.seed)
            write(given.out, [f"person_{i + 1}" for i in range(given.people)], labels, given.names, "test")
        case "confusion":
            confusion(given.file, given.out)
    return 0


if __name__ == "__main__":
    sys.exit(exit_status.of(main))
