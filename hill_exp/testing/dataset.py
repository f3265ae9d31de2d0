"""The contract of a data set, as checks that any class can be run through.

    from hill_exp.testing.dataset import CHECKS

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_dataset(check):
        off = Colour(train=None, test=0)
        points = {"canvas_points": 50, "validation_points": 50, "test_points": 100}
        check(lambda: MyDataset(**points, labelled=0.2, label_noise=0, reserved=0.2, copies='keep', colour=off))

Each check makes its own data sets by calling `make()`, and says by an AssertionError what is broken. Small parts (tens
of points) make the checks quick.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from unittest import mock

import numpy as np

from hill_exp.dataset import Dataset
from hill_exp.dataset.colour import Colour
from hill_exp.dataset.image_set import ImageSet
from hill_exp.dataset.pool import Pool
from hill_exp.testing import global_generators_at
from hill_exp.types import NO_CLASS, Bools, Bytes, Canvas, Cards, Floats, Ints, Labelled, Sample

Make = Callable[[], Dataset]

QUICK = 0.5  # s, of a fingerprint: every condition asks for it, those found done too
FINITE: Final = float(np.finfo(np.float32).max)
OFF: Final = Colour(train=None, test=0.0)


def parts(sample: Sample) -> dict[str, Labelled]:
    """Name -> part."""
    return {"canvas": sample.canvas, "validation": sample.validation, "test": sample.test}


def sample_is_deterministic(make: Make) -> None:
    """The same seed and participant give the same sample, others another one, whatever the global random state, which
    is left as it was."""
    addresses = ((0, 1), (0, 1), (0, 2), (1, 1))
    make().pool()  # a library that is imported on first use may draw
    samples = []
    for state, address in enumerate(addresses):
        with global_generators_at(state, "sample"):
            samples.append(make().sample(*address))
    first, again, *others = ([_bytes(part) for part in parts(sample).values()] for sample in samples)
    assert first == again, "the sample is not a function of the seed and the participant"
    for (seed, participant), other in zip(addresses[2:], others, strict=True):
        assert first[0] != other[0], f"seed {seed} and participant {participant} have the canvas of 0 and 1"


def inputs_have_one_shape_and_range(make: Make) -> None:
    """Images (n, 1 or 3, height, width) float32 in [0, 1], or vectors (n, length) float32, all finite; of one shape in
    all parts, and not blank."""
    dataset = make()
    sample = dataset.sample(0, 0)
    shape = sample.canvas.inputs.shape[1:]
    if dataset.gives == "images":
        assert len(shape) == 3 and shape[0] in (1, 3), f"images have shape {shape}; it must be (1 or 3, height, width)"
    else:
        assert len(shape) == 1, f"vectors have shape {shape}; it must be (length,)"
    for name, part in parts(sample).items():
        assert part.inputs.dtype == np.float32, f"{name}: {dataset.gives} are {part.inputs.dtype}, not float32"
        assert part.inputs.shape[1:] == shape, (
            f"{name}: {dataset.gives} have shape {part.inputs.shape[1:]}, not {shape}"
        )
        low, high = part.inputs.min(), part.inputs.max()
        least, most = (0, 1) if dataset.gives == "images" else (-FINITE, FINITE)
        assert least <= low < high <= most, (
            f"{name}: {dataset.gives} reach from {low} to {high}; they must fill [{least:g}, {most:g}] or less of it"
        )
        assert part.labels.dtype == np.int64, f"{name}: labels are {part.labels.dtype}, not int64"


def parts_have_their_sizes(make: Make) -> None:
    """Canvas, validation and test hold as many points as were asked for."""
    dataset = make()
    sample = dataset.sample(0, 0)
    for name, part in parts(sample).items():
        wanted = getattr(dataset, f"{name}_points")
        assert wanted in (None, len(part.labels)), f"{name}: {len(part.labels)} points, of {wanted}"


def every_class_is_in_every_part(make: Make) -> None:
    """Each part has a point of each class, and no label beyond the classes."""
    sample = make().sample(0, 0)
    for name, part in parts(sample).items():
        numbers = set(part.labels.tolist())
        assert numbers == set(range(len(sample.classes))), f"{name}: has the classes {sorted(numbers)} of " + ", ".join(
            sample.classes
        )


def no_point_is_dealt_twice(make: Make) -> None:
    """The parts share no point, each keeps its label and its name, and a fixed test part is the only source of the
    test."""
    dataset = make()
    if isinstance(dataset, ImageSet):
        dataset = dataset.model_copy(update={"colour": OFF})
    pool = dataset.pool()
    images = dataset.gives == "images"

    def number(row: int) -> Bytes | Floats:
        """The row as the colour of one pixel, or as three values, so that it is read off a part."""
        digits = [row >> 16, row >> 8 & 255, row & 255]
        return np.array([[digits]], np.uint8) if images else np.array(digits, np.float32)

    def numbered(_: Dataset) -> Pool:
        return replace(pool, read=number)

    with mock.patch.object(type(dataset), "pool", numbered):
        sample = dataset.sample(0, 0)
    rows = {}
    for name, part in parts(sample).items():
        digits = part.inputs.reshape(len(part.labels), -1)
        assert digits.shape[1] == 3, f"{name}: holds {dataset.gives} that are not read from the pool"
        rows[name] = np.rint(digits * (255 if images else 1)).astype(np.int64) @ [65536, 256, 1]
        assert np.array_equal(pool.labels[rows[name]], part.labels), f"{name}: a point has the label of another"
        named = [pool.name(row) for row in rows[name].tolist()]
        assert part.names.tolist() == named, f"{name}: a point has the name of another"
    every = np.concatenate(list(rows.values()))
    twice = len(every) - len(set(every.tolist()))
    assert not twice, f"{twice} points are dealt twice"
    if pool.test is not None:
        strays = int((~pool.test[rows["test"]]).sum() + pool.test[rows["canvas"]].sum())
        strays += int(pool.test[rows["validation"]].sum())
        assert not strays, f"{strays} points are on the wrong side of the fixed test part"


def observed_labels_are_nested(make: Make) -> None:
    """As many labels are observed as asked for. The points of a small share are among those of a larger one, and
    without noise the labels are true."""
    dataset = make().model_copy(update={"label_noise": 0.0})
    fewer: Ints | None = None
    for share in (0.3, 0.6, 1.0):
        more = dataset.model_copy(update={"labelled": share})
        canvas = more.sample(0, 0).canvas
        seen = canvas.observed != NO_CLASS
        assert seen.sum() == more.labelled_points, f"{seen.sum()} labels are observed, of {more.labelled_points}"
        assert np.array_equal(canvas.observed[seen], canvas.labels[seen]), "an observed label is wrong without noise"
        if fewer is not None:
            kept = fewer != NO_CLASS
            assert seen[kept].all(), "a point is labelled at a small share and not at a larger one"
        fewer = canvas.observed


def label_noise_is_nested(make: Make) -> None:
    """A share `label_noise` of the observed labels, rounded, is wrong. Those that are wrong at a small share are wrong,
    in the same way, at a larger one, and noise changes no other thing."""
    dataset = make().model_copy(update={"labelled": 1.0, "label_noise": 0.0})
    clean = dataset.sample(0, 0)
    wrong: Bools = np.zeros(len(clean.canvas.labels), dtype=bool)
    observed = clean.canvas.observed
    for noise in (0.2, 0.5, 1.0):
        noisy = dataset.model_copy(update={"label_noise": noise}).sample(0, 0)
        assert _bytes(noisy.canvas)[:2] == _bytes(clean.canvas)[:2], "noise changes which points are on the canvas"
        assert np.array_equal(noisy.canvas.observed[wrong], observed[wrong]), (
            "a label that is wrong at a small share of noise is another one at a larger"
        )
        observed, wrong = noisy.canvas.observed, noisy.canvas.observed != noisy.canvas.labels
        wanted = round(noise * len(wrong))
        assert wrong.sum() == wanted, f"{wrong.sum()} of {len(wrong)} labels are wrong at a noise of {noise}"
        assert set(observed.tolist()) <= set(range(len(clean.classes))), "a wrong label is none of the classes"


def the_reserve_is_nested(make: Make) -> None:
    """A share `reserved` of the points without a label, rounded, is reserved. The points of a small share are among
    those of a larger one, and the reserve changes no other thing."""
    dataset = make().model_copy(update={"label_noise": 0.2})
    without = dataset.model_copy(update={"reserved": 0.0}).sample(0, 0)
    fewer: Bools = np.zeros(len(without.canvas.labels), dtype=bool)
    unlabelled = int((without.canvas.observed == NO_CLASS).sum())
    for share in (0.0, 0.2, 0.5):
        sample = dataset.model_copy(update={"reserved": share}).sample(0, 0)
        same = replace(sample, canvas=replace(sample.canvas, reserved=without.canvas.reserved))
        for one, other in zip(parts(same).values(), parts(without).values(), strict=True):
            assert _bytes(one) == _bytes(other), "the reserve changes which images are where, or how they are labelled"
        reserved = sample.canvas.reserved
        wanted = round(share * unlabelled)
        assert reserved.sum() == wanted, f"{reserved.sum()} of {unlabelled} points are reserved, of {wanted}"
        assert reserved[fewer].all(), "a point is reserved at a small share and not at a larger one"
        fewer = reserved


def fingerprint_is_stable_and_quick(make: Make) -> None:
    """The fingerprint is text that is the same each time, whatever is drawn and however much of it, without delay."""
    dataset = make()
    first, seconds = dataset.fingerprint(), []
    assert isinstance(first, str) and first, f"the fingerprint is {first!r}; it must be text"
    dataset.sample(0, 0)
    others = (dataset, make(), make().model_copy(update={"canvas_points": dataset.canvas_points + 1, "labelled": 1.0}))
    for other in others:
        start = time.perf_counter()
        assert other.fingerprint() == first, "the fingerprint of the same data differs from one time to the next"
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < QUICK, f"the fingerprint takes {min(seconds):.2f} s; it must stay below {QUICK} s"


CHECKS: Final[tuple[Callable[[Make], None], ...]] = (
    sample_is_deterministic,
    inputs_have_one_shape_and_range,
    parts_have_their_sizes,
    every_class_is_in_every_part,
    no_point_is_dealt_twice,
    observed_labels_are_nested,
    label_noise_is_nested,
    the_reserve_is_nested,
    fingerprint_is_stable_and_quick,
)


def check_dataset(make: Make) -> None:
    """All checks."""
    for check in CHECKS:
        check(make)


def _bytes(part: Labelled) -> list[bytes]:
    """Inputs, labels, and whatever else the part holds."""
    rest: list[Any] = [value for value in vars(part).values() if not isinstance(value, Cards)]
    if isinstance(part, Canvas):
        rest += [value for value in vars(part.cards).values() if value is not None]
    return [np.ascontiguousarray(array).tobytes() for array in [part.inputs, part.labels, *rest]]
