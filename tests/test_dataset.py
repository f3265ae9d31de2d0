"""What a participant gets: the split, the observed labels, the colour, and where the images come from."""

from __future__ import annotations

import gzip
import importlib
import logging
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from images import levels, write_cifar, write_idx, write_images
from omegaconf import OmegaConf
from PIL import Image

from hill_exp.config import build
from hill_exp.dataset import Dataset, digests, image_folder
from hill_exp.dataset.colour import TINTS, Colour, tint
from hill_exp.dataset.image_set import ImageSet
from hill_exp.dataset.pool import Pool, Unreadable, stratified_order
from hill_exp.torchvision_import import import_torchvision
from hill_exp.types import NO_CLASS, Bytes, Labelled, Sample, UserError

CONF = Path(__file__).parents[1] / "conf" / "dataset"


def shipped(name: str, *overrides: str) -> Any:
    """The dataset of conf/dataset/<name>.yaml, with `overrides` as on the command line less their "dataset."."""
    node: Any = OmegaConf.load(CONF / f"{name}.yaml")
    node.merge_with_dotlist(list(overrides))
    return build(OmegaConf.to_container(node), "dataset")  # type: ignore[arg-type]


class Toy(ImageSet):
    """`sizes` images of each class; each shows its row, so that a test sees which went where."""

    sizes: tuple[int, ...]
    test_sizes: tuple[int, ...] | None
    unreadable: frozenset[int]

    def pool(self) -> Pool:
        sizes = [self.sizes, *([self.test_sizes] if self.test_sizes else [])]
        labels = np.concatenate([np.repeat(np.arange(len(part)), part) for part in sizes])
        test = np.arange(len(labels)) >= sum(self.sizes) if self.test_sizes else None
        return Pool(labels, tuple("abcdefghijkl"[: len(self.sizes)]), test, self._read, str, "dataset=toy")

    def fingerprint(self) -> str:
        return "toy"

    def _read(self, row: int) -> Bytes:
        if row in self.unreadable:
            raise Unreadable(f"{row}.jpg")
        return np.array([[[row // 256], [row % 256]]], dtype=np.uint8)


OFF = Colour(train=None, test=0.1)


def toy(sizes: tuple[int, ...], canvas: int, validation: int, test: int | None = None, **changes: Any) -> Toy:
    points = {"canvas_points": canvas, "validation_points": validation, "test_points": test}
    off = {
        "labelled": 0.5,
        "label_noise": 0.0,
        "reserved": 0.2,
        "copies": "keep",
        "near_copies": None,
        "shifted_points": None,
        "colour": OFF,
    }
    return Toy(**{**points, **off, "sizes": sizes, "test_sizes": None, "unreadable": frozenset(), **changes})


def rows(part: Labelled) -> list[int]:
    return [256 * int(high) + int(low) for high, low in np.rint(part.inputs[:, 0, 0] * 255)]


def everything(read: Callable[[Labelled], list[int]], sample: Sample) -> list[int]:
    return [*read(sample.canvas), *read(sample.validation), *read(sample.test)]


def parts(sample: Sample) -> tuple[Labelled, Labelled, Labelled]:
    return sample.canvas, sample.validation, sample.test


# --- the split -------------------------------------------------------------------------------------------------------


def test_stratified_order_gives_one_of_each_class_and_then_seats_in_proportion() -> None:
    labels = np.array([0] * 6 + [1] * 3 + [2])
    order = labels[stratified_order(labels, np.random.default_rng(0))]
    assert sorted(order[:3]) == [0, 1, 2]
    # Sainte-Lague: the next seats fall due at 1.5/6, 2.5/6, 1.5/3, 3.5/6, 4.5/6, 2.5/3, 5.5/6
    assert order[3:].tolist() == [0, 0, 1, 0, 0, 1, 0]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(3, 30), min_size=2, max_size=6), st.integers(0, 50), st.data())
def test_every_part_has_its_size_every_class_and_no_image_of_another(
    sizes: list[int], participant: int, data: st.DataObject
) -> None:
    classes, n = len(sizes), sum(sizes)
    canvas = data.draw(st.integers(classes, n - 2 * classes))
    validation = data.draw(st.integers(classes, n - classes - canvas))
    rest = n - canvas - validation
    sample = toy(tuple(sizes), canvas, validation, data.draw(st.sampled_from([None, rest]))).sample(3, participant)
    assert [len(part.labels) for part in parts(sample)] == [canvas, validation, rest]
    assert sorted(everything(rows, sample)) == list(range(n))
    for part in parts(sample):
        assert set(part.labels) == set(range(classes))
        assert np.array_equal(part.labels, np.searchsorted(np.cumsum(sizes), rows(part), side="right"))
        assert (part.groups == NO_CLASS).all()


def test_classes_keep_their_shares_in_every_part() -> None:
    sample = toy((200, 100, 20), 80, 48, 32).sample(0, 0)
    counts = [np.bincount(part.labels).tolist() for part in parts(sample)]
    assert counts == [[50, 25, 5], [30, 15, 3], [20, 10, 2]]


def test_a_fixed_test_part_stays_apart() -> None:
    sample = toy((20, 20), 20, 10, 8, test_sizes=(10, 10)).sample(0, 0)
    canvas, validation, test = map(rows, parts(sample))
    assert len(test) == 8
    assert min(test) >= 40 > max(canvas + validation)
    assert len(toy((20, 20), 20, 10, None, test_sizes=(10, 10)).sample(0, 0).test.labels) == 20


def test_the_number_of_a_point_tells_nothing() -> None:
    assert (np.diff(shipped("digits").sample(0, 1).canvas.labels) < 0).any()  # not sorted by class


@pytest.mark.parametrize(
    "change", ["labelled=0.5", "label_noise=0.3", "colour.train=0.9", "test_points=50", "validation_points=50"]
)
def test_nothing_but_the_sizes_changes_which_images_are_on_the_canvas(change: str) -> None:
    before, after = shipped("digits").sample(0, 1).canvas, shipped("digits", change).sample(0, 1).canvas
    assert np.array_equal(before.labels, after.labels)
    assert np.array_equal(before.inputs[:, 0] > 0, after.inputs[:, 0] > 0)


@pytest.mark.parametrize("change", ["test_points=50", "validation_points=50"])
def test_other_parts_change_neither_the_observed_labels_nor_the_colours_of_the_canvas(change: str) -> None:
    noisy = ("label_noise=0.5", "colour.train=0.5")
    before, after = (shipped("digits", *noisy, *more).sample(0, 1).canvas for more in ((), (change,)))
    assert np.array_equal(before.observed, after.observed)
    assert np.array_equal(before.groups, after.groups)


# --- observed labels -------------------------------------------------------------------------------------------------


def observed(labelled: float, noise: float = 0.0) -> tuple[Any, Any]:
    canvas = shipped("digits", f"labelled={labelled}", f"label_noise={noise}").sample(0, 1).canvas
    return canvas.observed, canvas.labels


def test_observed_labels_are_stratified() -> None:
    few, _ = observed(0.05)
    assert (few != NO_CLASS).sum() == 15
    assert set(few) == {NO_CLASS, *range(10)}


def test_the_reserve_is_a_stratified_share_of_the_points_without_a_label() -> None:
    canvas = shipped("digits").sample(0, 1).canvas
    assert canvas.reserved.sum() == 48  # a fifth of 240
    counts = np.bincount(canvas.labels[canvas.reserved], minlength=10)
    assert counts.min() >= 4 and counts.max() <= 6
    assert not shipped("digits", "labelled=1").sample(0, 1).canvas.reserved.any()


def test_label_noise_falls_on_the_same_points_whatever_share_is_labelled() -> None:
    clean, labels = observed(0.5)
    noisy, _ = observed(0.5, 0.1)
    assert np.array_equal(noisy == NO_CLASS, clean == NO_CLASS)
    assert ((noisy != labels) & (noisy != NO_CLASS)).sum() == 15
    few, _ = observed(0.2, 0.3)
    many, _ = observed(1.0, 0.3)
    both_wrong = (few != NO_CLASS) & (few != labels) & (many != labels)
    assert both_wrong.sum() >= 12  # of 18; by chance it would be 5
    assert np.array_equal(few[both_wrong], many[both_wrong])
    always, _ = observed(1.0, 1.0)
    assert set((always - labels) % 10) == set(range(1, 10))  # each other class comes up


# --- colour ----------------------------------------------------------------------------------------------------------


def test_colour_agrees_with_the_label_at_its_rates() -> None:
    sample = shipped("digits", "colour.train=0.9", "colour.test=0.25", "test_points=200").sample(0, 0)
    assert [np.mean(part.groups == part.labels) for part in parts(sample)] == pytest.approx([0.9, 0.9, 0.25])
    assert sample.canvas.inputs.shape == (300, 3, 8, 8)
    plain = shipped("digits", "test_points=200").sample(0, 0)
    for grey, coloured in zip(parts(plain), parts(sample), strict=True):
        assert np.array_equal(coloured.inputs, grey.inputs * TINTS[coloured.groups][:, :, None, None])
    assert sample.canvas.inputs.dtype == np.float32


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 25), st.floats(0, 1), st.floats(0, 1), st.integers(0, 99))
def test_agreement_is_exact_and_nested(classes: int, rate: float, other_rate: float, seed: int) -> None:
    labels = np.random.default_rng(seed).integers(0, classes, 60)
    images = np.ones((60, 3, 1, 1), dtype=np.float32)
    low, high = sorted((rate, other_rate))
    own = labels % min(classes, len(TINTS))
    at_low, at_high = (tint(images, labels, classes, r, np.random.default_rng(seed))[1] for r in (low, high))
    assert (at_low == own).sum() == round(low * 60)
    assert (at_high == own).sum() == round(high * 60)
    assert (at_high == own)[at_low == own].all()
    assert np.array_equal(at_low[at_high != own], at_high[at_high != own])
    assert set(at_low) <= set(range(min(classes, len(TINTS))))


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dataset", "sentence"),
    [
        (toy((50, 50), 70, 20, 20), "dataset.canvas_points = 70: with 40 .* 110 of 100 images; must be at most 60"),
        (toy((50, 50), 79, 20), "dataset.canvas_points = 79: with 22 .* must be at most 78"),
        (toy((50, 50), 70, 200, 20), "dataset.canvas_points = 70: .* ask for fewer of all"),
        (toy((50, 50), 70, 40, test_sizes=(9, 9)), "with 40 for validation .* 100 training images; must be at most 60"),
        (toy((50, 50), 20, 20, 20, test_sizes=(9, 9)), "dataset.test_points = 20: must be at most 18"),
        (toy((50, 50, 50), 2, 20), "dataset.canvas_points = 2: must be at least 3, one for each class"),
        (toy((50, 50, 50), 20, 2), "dataset.validation_points = 2: must be at least 3"),
        (toy((50, 50, 50), 20, 20, 2), "dataset.test_points = 2: must be at least 3"),
        (toy((50,), 20, 20), "dataset=toy: holds one class, 'a'"),
        (toy((50, 2), 20, 20), "dataset=toy: class 'b' has 2 images; must have at least 3"),
        (toy((50, 1), 20, 20, test_sizes=(9, 9)), "class 'b' has 1 training images; must have at least 2"),
        (toy((50, 50), 20, 20, test_sizes=(9, 0)), "class 'b' has 0 test images; must have at least 1"),
    ],
)
def test_too_little_is_refused_with_its_key(dataset: Dataset, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        dataset.check()
    with pytest.raises(UserError, match=sentence):
        dataset.sample(0, 0)


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("labelled=1.5", "dataset.labelled = 1.5: must be less than or equal to 1"),
        ("labelled=0", "dataset.labelled = 0: must be greater than 0"),
        ("labelled=0.001", "dataset.labelled = 0.001: labels none of the 300 canvas points"),
        ("label_noise=-1", "dataset.label_noise = -1: must be"),
        ("reserved=1", "dataset.reserved = 1: must be"),
        ("colour.train=2", "dataset.colour.train = 2: must be"),
        ("canvas_points=0", "dataset.canvas_points = 0: must be"),
        ("canvas_points=1798", "dataset.canvas_points = 1798: with 310 .* must be at most 1487"),
    ],
)
def test_bad_values_are_refused_with_their_key(override: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        shipped("digits", override).check()


# --- the sets --------------------------------------------------------------------------------------------------------


def test_digits() -> None:
    digits = shipped("digits")
    sample = digits.sample(0, 0)
    assert sample.classes == tuple("0123456789")
    assert [part.inputs.shape for part in parts(sample)] == [(300, 1, 8, 8), (300, 1, 8, 8), (1197, 1, 8, 8)]
    images = np.concatenate([part.inputs for part in parts(sample)])
    assert images.dtype == np.float32
    assert (images.min(), images.max()) == (0, 1)
    assert images.mean() == pytest.approx(4.884 / 16, abs=0.001)  # scikit-learn's mean grey level, of 16
    assert digits.fingerprint() == "scikit-learn/digits"


def test_nothing_heavy_is_loaded_before_an_image_is_drawn(tmp_path: Path) -> None:
    write_images(tmp_path, {"a/1.png": 3, "b/1.png": 4})
    code = (
        "import sys; from hill_exp.config import build; from hill_exp.dataset.image_folder import ImageFolder;"
        "import hill_exp.dataset.digits, hill_exp.dataset.cifar10, hill_exp.dataset.shifts;"
        "from hill_exp.dataset.colour import Colour;"
        f"ImageFolder(root={str(tmp_path)!r}, size=8, odd_files='skip', canvas_points=9, validation_points=9,"
        "  test_points=None, labelled=1, label_noise=0, reserved=0, copies='keep', near_copies=None,"
        "  shifted_points=None, colour=Colour(train=None, test=0)).fingerprint();"
        "print(*{'torch', 'torchvision', 'sklearn', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_torchvision_imports_and_works_without_its_operators() -> None:
    import torch

    assert import_torchvision() is import_torchvision() is sys.modules["torchvision"]
    from torchvision.transforms.v2 import functional

    assert functional.rotate(torch.ones(1, 1, 4, 4), 90).sum() == 16


def test_a_whole_torchvision_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(sys.modules)
    monkeypatch.setattr(importlib, "import_module", lambda name: name)
    assert import_torchvision.__wrapped__() == "torchvision"
    assert sys.modules == before


def test_another_failure_of_torchvision_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise RuntimeError("a fault of its own")

    monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(RuntimeError, match="a fault of its own"):
        import_torchvision.__wrapped__()


# --- torchvision's sets, as files in their real format ---------------------------------------------------------------


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)


SMALL = ("canvas_points=20", "validation_points=10", "test_points=null")


@pytest.mark.parametrize(("name", "folder"), [("mnist", "MNIST"), ("fashion_mnist", "FashionMNIST")])
@pytest.mark.usefixtures("offline")
def test_idx_files(name: str, folder: str, tmp_path: Path) -> None:
    write_idx(tmp_path / folder / "raw")
    dataset = shipped(name, f"root={tmp_path}", *SMALL)
    sample = dataset.sample(0, 0)
    assert [part.inputs.shape for part in parts(sample)] == [(20, 1, 28, 28), (10, 1, 28, 28), (10, 1, 28, 28)]
    for part, marker in zip(parts(sample), (100, 100, 200), strict=True):
        assert np.array_equal(np.rint(part.inputs[:, 0, 0, 0] * 255), 20 * part.labels)
        assert (np.rint(part.inputs[:, 0, 0, 1] * 255) == marker).all()
    assert len(sample.classes) == 10
    assert dataset.fingerprint() == f"torchvision/{folder}"


@pytest.mark.parametrize(("name", "library_name"), [("cifar10", "CIFAR10"), ("cifar100", "CIFAR100")])
@pytest.mark.usefixtures("offline")
def test_cifar_batches(name: str, library_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    classes = write_cifar(tmp_path, library_name, monkeypatch)
    cls = getattr(import_torchvision().datasets, library_name)
    points = [f"{part}_points={len(classes)}" for part in ("canvas", "validation")]
    sample = shipped(name, f"root={tmp_path}", *points, "test_points=null").sample(0, 0)
    assert sample.classes == classes
    assert sample.test.inputs.shape == (200, 3, 32, 32)
    for part in parts(sample):
        assert np.array_equal(np.rint(part.inputs[:, 0, 0, 0] * 255), part.labels)
    assert set(np.rint(sample.canvas.inputs[:, 2, 0, 31] * 255)) == {len(cls.train_list)}
    assert set(np.rint(sample.test.inputs[:, 2, 0, 31] * 255)) == {1}


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("mnist", "put train-images-idx3-ubyte.gz, .* into .*MNIST/raw"),
        ("fashion_mnist", "put train-images-idx3-ubyte.gz, .* into .*FashionMNIST/raw"),
        ("cifar10", "put cifar-10-python.tar.gz into .*, or set dataset.root"),
        ("cifar100", "put cifar-100-python.tar.gz into .*, or set dataset.root"),
    ],
)
@pytest.mark.usefixtures("offline")
def test_offline_is_one_sentence_that_says_which_files_go_where(name: str, files: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=files) as error:
        shipped(name, f"root={tmp_path}/data").sample(0, 0)
    assert "dataset.root = " in str(error.value)
    assert "no network" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.usefixtures("offline")
def test_files_put_there_as_downloaded_are_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    write_idx(tmp_path / "unpacked", test=40)
    for file in (tmp_path / "unpacked").iterdir():
        (raw / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
    cls = import_torchvision().datasets.MNIST
    monkeypatch.setattr(cls, "resources", [(file, None) for file, _ in cls.resources])  # no checksum
    assert len(shipped("mnist", f"root={tmp_path}", *SMALL).sample(0, 0).test.labels) == 40


# --- your own images -------------------------------------------------------------------------------------------------


def folder(root: Path, *overrides: str) -> Any:
    few = ("canvas_points=8", "validation_points=4", "test_points=null", "size=8")
    return shipped("image_folder", f"root={root}", *few, *overrides)


def seen(part: Labelled) -> list[int]:
    return [int(level) for level in np.rint(part.inputs[:, 0, 0, 0] * 255)]


def test_a_folder_of_classes(tmp_path: Path) -> None:
    write_images(tmp_path, levels(10))
    sample = folder(tmp_path).sample(0, 0)
    assert sample.classes == ("cat", "dog")
    assert [part.inputs.shape for part in parts(sample)] == [(8, 1, 8, 8), (4, 1, 8, 8), (8, 1, 8, 8)]
    assert sorted(everything(seen, sample)) == list(range(20))
    for part in parts(sample):
        assert np.array_equal(np.array(seen(part)) % 2, part.labels)


def test_a_folder_with_train_val_and_test(tmp_path: Path) -> None:
    write_images(tmp_path, {**levels(4, "train/"), **levels(2, "val/", 50), **levels(6, "test/", 100)})
    sample = folder(tmp_path).sample(0, 0)
    assert sample.classes == ("cat", "dog")
    assert sorted(seen(sample.canvas) + seen(sample.validation)) == [*range(8), *range(50, 54)]
    assert sorted(seen(sample.test)) == list(range(100, 112))


def test_train_without_test_is_split(tmp_path: Path) -> None:
    write_images(tmp_path, levels(10, "train/"))
    sample = folder(tmp_path).sample(0, 0)
    assert sample.classes == ("cat", "dog")
    assert len(sample.test.labels) == 8


def test_images_of_every_shape_become_upright_rgb_squares(tmp_path: Path) -> None:
    write_images(tmp_path, levels(10), size=(20, 10))
    turned = Image.new("RGBA", (40, 60), (255, 0, 0, 255))
    turned.paste((0, 0, 255, 255), (0, 0, 40, 30))  # the upper half blue
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    turned.convert("RGB").save(tmp_path / "cat" / "deep.jpg", exif=exif, quality=100)
    sample = folder(tmp_path).sample(0, 0)
    images = np.concatenate([part.inputs for part in parts(sample)])
    assert images.shape == (21, 3, 8, 8)
    [photo] = [image for image in images if np.ptp(image) > 0.5]
    assert photo[0, :3].min() > 0.9  # red above
    assert photo[2, -3:].min() > 0.9  # blue below


def test_a_set_whose_files_are_all_grey_has_one_channel(tmp_path: Path) -> None:
    write_images(tmp_path, levels(10))
    Image.new("I;16", (8, 8), 257 * 200).save(tmp_path / "cat" / "16 bits.png")
    Image.new("LA", (8, 8), (0, 0)).save(tmp_path / "dog" / "transparent.png")
    (tmp_path / "dog" / "text.jpg").write_text("no image")
    grey = np.concatenate([part.inputs for part in parts(folder(tmp_path).sample(0, 0))])
    assert grey.shape == (22, 1, 8, 8)
    assert sorted(np.rint(grey.mean((1, 2, 3)) * 255)) == [*range(20), 200, 255]
    Image.new("LAB", (8, 8)).save(tmp_path / "dog" / "colour.tiff")
    image_folder._walk.cache_clear()
    coloured = np.concatenate([part.inputs for part in parts(folder(tmp_path).sample(0, 0))])
    assert coloured.shape == (23, 3, 8, 8)


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """20 images and, of odd files, one of each kind."""
    write_images(tmp_path, levels(10))
    (tmp_path / "cat" / "notes.txt").write_text("no image")
    (tmp_path / "cat" / "empty.png").touch()
    (tmp_path / "dog" / "text.jpg").write_text("no image either")
    whole = (tmp_path / "dog" / "1.png").read_bytes()
    (tmp_path / "dog" / "half.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "dog" / "link.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "bird").mkdir()
    (tmp_path / ".DS_Store").write_text("passed over")
    write_images(tmp_path, {"stray.png": 255})
    return tmp_path


def test_odd_files_are_named_and_skipped(odd: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        sample = folder(odd).sample(0, 0)
    assert sample.classes == ("cat", "dog")
    assert sorted(everything(seen, sample)) == list(range(20))
    by_name, *by_content = caplog.messages
    assert "5 files: bird/, cat/empty.png, cat/notes.txt, ..." in by_name
    assert all(any(name in message for message in by_content) for name in ("dog/half.png", "dog/text.jpg"))


def test_odd_files_are_refused(odd: Path) -> None:
    with pytest.raises(UserError, match=r"dataset.root = .* 5 files: bird/, .* dataset.odd_files=skip"):
        folder(odd, "odd_files=refuse").fingerprint()


def test_a_file_that_does_not_decode_is_refused_when_drawn(tmp_path: Path) -> None:
    write_images(tmp_path, levels(10))
    (tmp_path / "dog" / "text.jpg").write_text("no image")
    with pytest.raises(UserError, match=r"dataset.root = .*dog/text.jpg; .*odd_files=skip"):
        folder(tmp_path, "odd_files=refuse").sample(0, 0)


def test_a_skipped_image_leaves_the_size_and_the_classes_as_they_were(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        sample = toy((20, 20), 20, 6, 6, unreadable=frozenset(range(0, 40, 5))).sample(0, 0)
    assert [np.bincount(part.labels).tolist() for part in parts(sample)] == [[10, 10], [3, 3], [3, 3]]
    drawn = everything(rows, sample)
    assert len(set(drawn)) == 32
    assert not set(drawn) & set(range(0, 40, 5))
    assert all("no readable image" in message for message in caplog.messages)


def test_a_class_without_enough_readable_images_is_named() -> None:
    with pytest.raises(UserError, match=r"dataset=toy: class 'b' lacks readable images .*20 files: .*jpg"):
        toy((20, 20), 20, 6, 6, unreadable=frozenset(range(20, 40))).sample(0, 0)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "holds no image; must be class/image"),
        ({"1.png": 1, "2.png": 2}, "holds no image"),
        ({f"cat/{i}.png": i for i in range(30)}, "holds one class, 'cat'"),
        ({**levels(10, "train/"), "test/cat/1.png": 0}, "class 'dog' has 0 test images"),
        ({**levels(5)}, "dataset.canvas_points = 8: with 6 .* of 10 images; must be at most 4"),
    ],
)
def test_unfit_folders_are_refused(files: dict[str, int], sentence: str, tmp_path: Path) -> None:
    write_images(tmp_path, files)
    with pytest.raises(UserError, match=sentence) as error:
        folder(tmp_path).check()
    assert str(error.value).startswith("dataset.")


def test_a_root_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"dataset.root: .* dataset.root=DIR"):
        shipped("image_folder")
    with pytest.raises(UserError, match=r"dataset.root = .*nowhere: cannot be read \(No such file"):
        folder(tmp_path / "nowhere").fingerprint()
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"dataset.root = .*file: cannot be read \(Not a directory"):
        folder(tmp_path / "file").check()


def test_a_fingerprint_follows_names_and_contents_not_the_place(tmp_path: Path) -> None:
    write_images(tmp_path / "a", levels(5))
    write_images(tmp_path / "b", levels(5))
    write_images(tmp_path / "c", {**levels(5), "dog/new.png": 1})
    write_images(tmp_path / "d", levels(5), size=(90, 90))
    a, b, c, d = (folder(tmp_path / name).fingerprint() for name in "abcd")
    assert a == b
    assert len({a, c, d}) == 3


def test_a_file_replaced_by_another_of_its_size_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that stay are not read again."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root, read = tmp_path / "images", list[str]()
    write_images(root, {f"{name}/{i}.bmp": 10 * i for i in range(6) for name in ("cat", "dog")})
    digest = digests.digest
    monkeypatch.setattr(digests, "digest", lambda path: (read.append(path.name), digest(path))[1])
    before = folder(root).fingerprint()
    assert len(read) == 12
    image_folder._walk.cache_clear()
    assert folder(root).fingerprint() == before and len(read) == 12
    size = (root / "cat" / "3.bmp").stat().st_size
    write_images(root, {"cat/3.bmp": 200})
    assert (root / "cat" / "3.bmp").stat().st_size == size
    image_folder._walk.cache_clear()
    assert folder(root).fingerprint() != before and read[12:] == ["3.bmp"]


def test_what_was_digested_is_worth_nothing_if_it_cannot_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_images(tmp_path / "images", levels(5))
    cache = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    there = folder(tmp_path / "images").fingerprint()
    (kept,) = cache.rglob("*.json")
    for text in ("no JSON", "[]", '{"cat/0.png": 3}', '{"cat/0.png": [1, 2, "digest"]}'):
        kept.write_text(text)
        image_folder._walk.cache_clear()
        assert folder(tmp_path / "images").fingerprint() == there
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    image_folder._walk.cache_clear()
    assert folder(tmp_path / "images").fingerprint() == there


def test_classes_are_in_natural_order(tmp_path: Path) -> None:
    write_images(tmp_path, {f"{c}/{i}.png": 20 * c for c in (10, 2, 1, 0, 11) for i in range(4)})
    few = ("canvas_points=5", "validation_points=5", "test_points=null", "labelled=1", "size=8")
    sample = shipped("image_folder", f"root={tmp_path}", *few).sample(0, 0)
    assert sample.classes == ("0", "1", "2", "10", "11")
    assert all(np.rint(image.mean() * 255) == 20 * int(sample.classes[c])
               for image, c in zip(sample.canvas.inputs, sample.canvas.labels, strict=True))  # fmt: skip


def test_copies_of_shown_images_are_counted_and_can_be_dropped(tmp_path: Path) -> None:
    """Of a fixed test part, every image of which but four was put into the training part as well."""
    write_images(tmp_path, {f"train/{name}": level for name, level in levels(30).items()})
    write_images(tmp_path, {f"test/{name}": level for name, level in levels(12).items()})
    write_images(tmp_path, {f"test/{name}/new {i}.png": 200 + i for i in (0, 2) for name in ("cat", "dog")})
    few = ("canvas_points=50", "validation_points=10", "test_points=null", "size=8")
    kept, dropped = (
        shipped("image_folder", f"root={tmp_path}", *few, f"copies={what}").sample(0, 0) for what in ("keep", "drop")
    )
    assert kept.test_copies == pytest.approx(24 / 28) and dropped.test_copies == 0
    assert sorted(dropped.test.names) == ["test/cat/new 0.png", "test/cat/new 2.png", "test/dog/new 0.png",
                                          "test/dog/new 2.png"]  # fmt: skip
    assert np.array_equal(kept.canvas.inputs, dropped.canvas.inputs)


def test_copies_that_look_alike_can_be_counted_too(tmp_path: Path) -> None:
    """Each test image is one of the training part, smaller and brighter, or a new one."""
    pytest.importorskip("imagehash")
    rng = np.random.default_rng(0)
    pictures = np.kron(rng.integers(0, 200, (36, 6, 6), dtype=np.uint8), np.ones((8, 8), np.uint8))
    for number, picture in enumerate(pictures):
        name, image = ("cat", "dog")[number % 2], Image.fromarray(picture)
        for part, made in (("train", image), ("test", image.resize((40, 40)).point(lambda level: level + 20))):
            (tmp_path / part / name).mkdir(parents=True, exist_ok=True)
            if (number < 30) if part == "train" else number >= 20:
                made.save(tmp_path / part / name / f"{number}.png")
    few = ("canvas_points=20", "validation_points=10", "test_points=null", "size=32", "labelled=1")
    exact, near = (
        shipped("image_folder", f"root={tmp_path}", *few, f"near_copies={bits}").sample(0, 0).test_copies
        for bits in ("null", "10")
    )
    assert (exact, near) == (0, pytest.approx(10 / 16))


def grey(values: Any, mode: str = "L") -> Image.Image:
    return Image.fromarray(np.asarray(values, dtype={"L": np.uint8, "I;16": np.uint16, "F": np.float32}.get(mode)))


HALF = np.full((8, 8), 0.5)
PALETTE = Image.new("P", (8, 8), 1)
PALETTE.putpalette([0, 0, 0, 51, 102, 153])
FRAMES = [Image.new("L", (8, 8), level) for level in (51, 204)]


@pytest.mark.parametrize(
    ("name", "image", "options", "expected"),
    [
        ("8 bits.png", grey(HALF * 255), {}, [127, 127, 127]),
        ("1 bit.png", Image.new("1", (8, 8), 1), {}, [255, 255, 255]),
        ("16 bits.png", grey(HALF * 65535, "I;16"), {}, [127, 127, 127]),
        ("16 bits.tiff", grey(HALF * 65535, "I;16"), {}, [127, 127, 127]),
        ("32 bits of 16.tiff", Image.fromarray((HALF * 65535).astype(np.int32)), {}, [127, 127, 127]),
        ("floating point.tiff", grey(HALF, "F"), {}, [128, 128, 128]),
        ("palette.png", PALETTE, {}, [51, 102, 153]),
        ("transparent.png", Image.new("RGBA", (8, 8), (255, 0, 0, 0)), {}, [255, 255, 255]),
        ("half transparent.png", Image.new("RGBA", (8, 8), (0, 0, 0, 128)), {}, [127, 127, 127]),
        ("grey and transparent.png", Image.new("LA", (8, 8), (0, 0)), {}, [255, 255, 255]),
        ("print.jpg", Image.new("CMYK", (8, 8), (0, 255, 255, 0)), {"quality": 100}, [254, 0, 0]),
        ("animated.gif", FRAMES[0], {"save_all": True, "append_images": FRAMES[1:]}, [51, 51, 51]),
        ("animated.webp", FRAMES[0].convert("RGB"),
         {"save_all": True, "append_images": FRAMES[1:], "lossless": True}, [51, 51, 51]),
        ("one pixel.png", Image.new("RGB", (1, 1), (51, 102, 153)), {}, [51, 102, 153]),
        ("thin.png", Image.new("L", (3000, 1), 51), {}, [51, 51, 51]),
        ("large.png", Image.new("1", (9000, 9000), 1), {}, [255, 255, 255]),
    ],
)  # fmt: skip
def test_what_becomes_of_each_kind_of_image(
    name: str, image: Image.Image, options: dict[str, Any], expected: list[int], tmp_path: Path
) -> None:
    image.save(tmp_path / name, **options)
    pixels = image_folder._read(tmp_path / name, 8, "RGB")
    assert pixels.shape == (8, 8, 3) and pixels.dtype == np.uint8
    assert np.abs(pixels.reshape(-1, 3).astype(int) - expected).max() <= 1


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("beyond 16 bits.tiff", Image.fromarray(np.full((8, 8), 70_000, np.int32))),
        ("negative.tiff", Image.fromarray(np.full((8, 8), -1, np.int32))),
        ("beyond white.tiff", grey(HALF * 100, "F")),
        ("no number.tiff", grey(HALF * np.nan, "F")),
        ("huge.png", Image.new("1", (20_000, 20_000), 1)),
    ],
)
def test_an_image_that_says_not_what_is_white_or_is_huge_is_refused_by_name(
    name: str, image: Image.Image, tmp_path: Path
) -> None:
    write_images(tmp_path, {f"cat/{i}.png": 1 for i in range(3)})
    (tmp_path / "dog").mkdir()
    image.save(tmp_path / "dog" / name)
    pool = folder(tmp_path).pool()
    with pytest.raises(Unreadable, match=name.replace(".", r"\.")):
        pool.read(3)


def test_real_photographs(cifar_archive: Path, tmp_path: Path) -> None:
    with tarfile.open(cifar_archive) as archive:
        for member in islice(archive, 2200):  # airplanes, automobiles and birds of its test part come first
            if member.isfile() and int(Path(member.name).stem) < 60:
                archive.extract(member, tmp_path, filter="data")
    overrides = ("canvas_points=90", "validation_points=30", "test_points=null", "size=32")
    sample = shipped("image_folder", f"root={tmp_path}/test", *overrides).sample(0, 0)
    assert sample.classes == ("airplane", "automobile", "bird")
    assert [np.bincount(part.labels).tolist() for part in parts(sample)] == [[30] * 3, [10] * 3, [20] * 3]
    assert sample.canvas.inputs.shape == (90, 3, 32, 32)
    assert sample.canvas.inputs.std(axis=(1, 2, 3)).min() > 0.02
    blue = sample.canvas.inputs[sample.canvas.labels == 0][:, 2] - sample.canvas.inputs[sample.canvas.labels == 0][:, 0]
    assert blue.mean() > 0  # the sky behind airplanes
