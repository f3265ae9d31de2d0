"""Your own vectors: what is read of a file, and the sentence for all that is wrong with one."""

from __future__ import annotations

import pickle
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from commands import hill_exp_here
from conftest import TINY, condition_of
from vectors import arrays, write_table, write_vectors

from hill_exp.config import build, compose
from hill_exp.dataset import Dataset, vector_file
from hill_exp.study.job import Job, attempt, work
from hill_exp.types import NO_CLASS, Cards, UserError

SMALL = {"canvas_points": 30, "validation_points": 15}
N = 120
HELD = arrays()


def vectors(path: Path, **changes: Any) -> Dataset:
    settings = {**compose.settings("dataset", "vectors", "dataset"), **SMALL, "path": str(path), **changes}
    return build(settings, "dataset", Dataset)


# --- what is read


@pytest.mark.parametrize("ending", ["npz", "csv", "parquet"])
def test_the_same_vectors_from_any_kind_of_file(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"v.{ending}"
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    write_vectors(path) if ending == "npz" else write_table(path)
    sample = vectors(path).sample(0, 0)
    assert sample.classes == ("0", "1", "2") and sample.shifted() == ()
    for part in (sample.canvas, sample.validation, sample.test):
        rows = part.names.astype(int)  # nothing is rounded, scaled or quantised
        assert np.array_equal(part.inputs, HELD["x"].astype(np.float32)[rows]) and part.inputs.dtype == np.float32
        assert np.array_equal(part.labels, HELD["y"][rows])
        assert (part.groups == NO_CLASS).all()
    cards = sample.canvas.cards
    assert cards.values is not None and np.array_equal(cards.values, sample.canvas.inputs)
    assert cards.features == (None if ending == "npz" else tuple("abcde"))


def test_pictures_and_texts_are_what_a_person_sees(tmp_path: Path) -> None:
    grey = np.arange(N * 6, dtype=np.uint8).reshape(N, 2, 3)
    canvas = vectors(write_vectors(tmp_path / "grey.npz", thumbnails=grey)).sample(0, 0).canvas
    rows = canvas.names.astype(int)
    assert canvas.cards.thumbnails is not None
    assert np.array_equal(canvas.cards.thumbnails, np.repeat(grey[rows, ..., None], 3, axis=-1))
    colour = np.random.default_rng(0).integers(0, 256, (N, 2, 3, 3), dtype=np.uint8)
    canvas = vectors(write_vectors(tmp_path / "colour.npz", thumbnails=colour)).sample(0, 0).canvas
    assert np.array_equal(canvas.cards.thumbnails, colour[rows])
    texts = np.array([f"text {row}" for row in range(N)])
    for path in (write_vectors(tmp_path / "t.npz", texts=texts), write_table(tmp_path / "t.csv", text=texts)):
        canvas = vectors(path).sample(0, 0).canvas
        assert canvas.cards.texts == tuple(texts[canvas.names.astype(int)])
        assert canvas.inputs.shape == (30, 5)


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (HELD["y"] * 5, ("0", "5", "10")),
        (HELD["y"] - 1.0, ("-1", "0", "1")),
        (HELD["y"] > 0, ("False", "True")),
        (np.array(["owl", "cat", "dog"])[HELD["y"]], ("cat", "dog", "owl")),
        (np.array([b"owl", b"cat", b"dog"])[HELD["y"]], ("cat", "dog", "owl")),
        (np.array(["None", "NA", "nan"])[HELD["y"]], ("NA", "None", "nan")),
    ],
    ids=["numbers", "whole", "yes and no", "names", "bytes", "words for nothing"],
)
def test_numbers_and_names_are_classes(y: np.ndarray, classes: tuple[str, ...], tmp_path: Path) -> None:
    path = write_vectors(tmp_path / "v.npz", y=y)
    sample = vectors(path).sample(0, 0)
    assert sample.classes == classes
    of = [label.decode() if isinstance(label, bytes) else str(label) for label in y.tolist()]
    rows = sample.canvas.names.astype(int)
    named = [classes[label] for label in sample.canvas.labels]
    assert named == [of[row].removesuffix(".0") for row in rows]
    if y.dtype.kind != "S":
        assert vectors(write_table(tmp_path / "v.csv", label=y)).pool().classes == classes


def test_a_fixed_test_part(tmp_path: Path) -> None:
    split = np.repeat(["train", "test"], [80, 40])
    for path in (write_vectors(tmp_path / "v.npz", split=split), write_table(tmp_path / "v.csv", split=split)):
        one, other = (vectors(path).sample(0, p) for p in (0, 1))
        assert sorted(one.test.names.astype(int)) == sorted(other.test.names.astype(int)) == list(range(80, 120))
        assert max(one.canvas.names.astype(int)) < 80


def test_a_column_that_never_varies_is_no_harm(tmp_path: Path) -> None:
    x = np.column_stack([HELD["x"], np.full(N, 7.0)])
    job = tiny_job(write_vectors(tmp_path / "v.npz", x=x), tmp_path)
    assert np.isfinite(attempt(job, lambda *_: None).epochs["train_loss"]).all()


def test_the_same_content_is_the_same_data_wherever_it_lies(tmp_path: Path) -> None:
    one, same = (write_vectors(tmp_path / name) for name in ("one.npz", "same.npz"))
    other = write_vectors(tmp_path / "other.npz", y=np.roll(HELD["y"], 1))
    a, b, c = (tiny_job(path, tmp_path).condition for path in (one, same, other))
    assert a.content == b.content != c.content and a.data == b.data != c.data
    one.write_bytes(other.read_bytes())  # and a file that is changed is read again
    assert vectors(one).fingerprint() == c.data
    assert np.array_equal(vectors(one).pool().labels, np.roll(HELD["y"], 1))


def test_cards_are_named_as_their_values(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a name for each"):
        Cards(values=np.zeros((2, 3), np.float32), features=("a", "b"))
    with pytest.raises(ValueError, match="a name for each"):
        Cards(texts=("a", "b"), features=("a", "b"))


# --- what is refused

OBJECTS = np.array([1, "a", None] * 40, dtype=object)
WITH_NAN, WITH_INF, HUGE = (HELD["x"].copy() for _ in range(3))
WITH_NAN[7, 2], WITH_INF[[3, 4], 0], HUGE[5, 1] = np.nan, np.inf, 1e300
UNNAMED = np.array(["owl", "cat", ""])[HELD["y"]]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"x": WITH_NAN}, r"row 7, column 2 holds nan \(1 such number, rows counted from 0\); must be finite numbers"),
        ({"x": WITH_INF}, r"row 3, column 0 holds inf \(2 such numbers"),
        ({"x": HUGE}, r"row 5, column 1 holds 1e\+300 .* must be finite numbers below 1e\+18"),
        ({"x": HELD["x"].ravel()}, r"x has shape \(600,\); must be \(n, length\)"),
        ({"x": HELD["x"][:, :0]}, r"x has shape \(120, 0\); must be"),
        ({"x": HELD["x"][..., None]}, r"x has shape \(120, 5, 1\); must be"),
        ({"x": HELD["x"].astype(str)}, r"x holds <U\d+; must be numbers"),
        ({"x": HELD["x"] + 1j}, "x holds complex128; must be numbers"),
        ({"x": HELD["x"].astype(object)}, "x holds Python objects, which can run code and are not read"),
        ({"x": np.ones((N, 5))}, "all rows are equal"),
        ({"x": HELD["x"][:100]}, "x has 100 rows, and y has 120; must have as many"),
        ({"x": None}, r"has no array x; must hold x \(n, length\) and y \(n,\)"),
        ({"y": None}, "has no array y"),
        ({"y": OBJECTS}, "y holds Python objects"),
        ({"y": np.eye(3)[HELD["y"]]}, r"y has shape \(120, 3\); must be \(n,\): a class for each row"),
        ({"y": np.array(1)}, r"y has shape \(\); must be"),
        ({"y": HELD["y"] + 0.5}, "holds 0.5; must be whole numbers or text: classes, not quantities"),
        ({"y": np.where(HELD["y"] == 1, np.nan, 0.0)}, r"row 1 lacks the class .*\(40 such rows, counted from 0\)"),
        ({"y": np.where(HELD["y"] == 1, np.inf, 0.0)}, "holds inf; must be whole numbers or text"),
        ({"y": UNNAMED}, r"row 2 lacks the class \(y, or the column label\)"),
        ({"y": HELD["y"].astype("datetime64[s]")}, r"holds datetime64\[s\]; must be whole numbers or text"),
        ({"y": np.zeros(N, int)}, "holds one class, '0'; must hold at least two"),
        ({"y": np.arange(N)}, "must be at least 120, one for each class"),
        ({"y": (np.arange(N) > 118).astype(int)}, "class '1' has 1 vectors; must have at least 3"),
        ({"thumbnail": np.zeros((N, 2, 2), np.uint8)}, "no array 'thumbnail'. Did you mean thumbnails"),
        ({"thumbnails": np.zeros((N, 2, 2, 4), np.uint8)}, r"thumbnails has shape .*; must be \(n, height, width\) or"),
        ({"thumbnails": np.zeros((N, 2, 2))}, "thumbnails holds float64; must be uint8, from 0 to 255"),
        ({"thumbnails": np.zeros((N, 2, 2), np.uint8), "texts": np.full(N, "a")}, "must be one of them"),
        ({"texts": np.full(N - 1, "a")}, "texts has 119 rows, and y has 120"),
        ({"split": np.full(N, "train")}, "split names train rows alone; must have both"),
        ({"split": np.repeat(["train", "tset"], 60)}, "split holds 'tset'; must be train or test"),
    ],
)  # fmt: skip
def test_an_npz_that_is_wrong_is_told_in_a_sentence(changes: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    path = write_vectors(tmp_path / "v.npz", **changes)
    refused(path, sentence)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"label": None, "class": HELD["y"]}, "has no column label; .* Its columns are a, b, c, d, e, class"),
        ({"b": WITH_NAN[:, 2]}, r"row 7, column 'b' holds nan \(1 such number"),
        ({"b": WITH_INF[:, 0]}, "row 3, column 'b' holds inf"),
        ({"b": np.where(HELD["y"] == 1, "1,5", "2")}, "column 'b' holds '1,5'; must be numbers. Leave it out, or call"),
        ({"label": np.where(HELD["y"] == 1, np.nan, 0.0)}, "row 1 lacks the class"),
        ({"label": pd.array([1, None, 2] * 40, dtype="Int64")}, "row 1 lacks the class"),
        ({"a": pd.array([1, None, 2] * 40, dtype="Int64")}, "row 1, column 'a' holds nan"),
        ({"label": UNNAMED}, "row 2 lacks the class"),
        ({"label": HELD["y"] + 0.5}, "holds 0.5; must be whole numbers"),
        ({"label": np.full(N, "cat")}, "holds one class, 'cat'"),
        ({**dict.fromkeys("abcde"), "text": np.full(N, "a")}, "has no column beside label, text and split"),
        ({"split": np.full(N, "test")}, "split names test rows alone"),
        ({"Unnamed: 0": np.arange(N)}, "has a column without a name, as of an index; .* index=False"),
    ],
)  # fmt: skip
def test_a_table_that_is_wrong_is_told_in_a_sentence(
    ending: str, changes: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    refused(write_table(tmp_path / f"v.{ending}", **changes), sentence)


def of_bytes(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def cut(path: Path) -> None:
    write_vectors(path)
    path.write_bytes(path.read_bytes()[:2000])


def broken_within(path: Path) -> None:
    """Whole to look at, and another number within than its checksum says."""
    write_vectors(path)
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)


def of_a_later_numpy(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x09\x00")


@pytest.mark.parametrize(
    ("name", "make", "sentence"),
    [
        ("nowhere.npz", lambda _: None, r"cannot be read \(No such file or directory\); must be a file"),
        ("folder.npz", Path.mkdir, "must be a file that ends in .npz or .parquet or .csv"),
        ("v.txt", of_bytes(b"1"), "must be a file that ends in .npz or .parquet or .csv"),
        ("v.npz", of_bytes(b""), "is empty; must hold vectors and their classes"),
        ("v.npz", of_bytes(b"PK not at all"), r"is no whole npz file \(.*; must be one that np.savez wrote"),
        ("v.npz", of_bytes(pickle.dumps({"x": 1})), "is no whole npz file"),
        ("v.npz", cut, "is no whole npz file"),
        ("v.npz", broken_within, r"is damaged \(.*; save it again"),
        ("v.npz", of_a_later_numpy, "x.npy is in version"),
        ("v.npz", lambda path: np.savez(path), "has no array x"),
        ("v.csv", of_bytes(b""), "is empty"),
        ("v.csv", of_bytes(b"\n\n"), "is no csv file"),
        ("v.csv", of_bytes(b"a,label\n"), "has no row below its first line"),
        ("v.csv", of_bytes(b"a,label\n1,2\n3,4,5,6\n"), "is no csv file .*Expected 2 fields in line 3, saw 4"),
        ("v.csv", of_bytes(b"a,label\n1,2,3\n3,4,5\n"), "has rows with more fields than its first line; must"),
        ("v.csv", of_bytes(b"a,label\n1,caf\xe9\n"), "is no csv file .*; must be text in UTF-8"),
        ("v.csv", of_bytes(b"a,label\n\x00\x01\xff\xfe"), "is no csv file"),
        ("v.csv", of_bytes(b"a,label\n1,cat\n2\n"), "row 1 lacks the class"),
        ("v.parquet", of_bytes(b"PAR1 not at all"), "is no whole parquet file"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_told_in_a_sentence(
    name: str, make: Callable[[Path], object], sentence: str, tmp_path: Path
) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    make(tmp_path / name)
    refused(tmp_path / name, sentence)


def test_a_parquet_without_its_package_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_file, "find_spec", lambda _: None)
    (tmp_path / "v.parquet").write_bytes(b"PAR1")
    refused(
        tmp_path / "v.parquet", "needs the package pyarrow. Install it with: sh setup.sh parquet, or save the table"
    )


def test_a_path_has_to_be_given() -> None:
    with pytest.raises(UserError, match=r"dataset.path: needs the file of your vectors; give it as dataset.path=FILE"):
        build(compose.settings("dataset", "vectors", "dataset"), "dataset", Dataset)


@pytest.mark.parametrize(
    ("shapes", "sentence"),
    [
        ({"x": (10_000_000, 2), "y": (10_000_000,)}, "has 10,000,000 rows; must have at most 1,000,000 rows and 1 GiB"),
        ({"x": (900_000, 2048), "y": (900_000,)}, r"x has 13.7 GiB; .* Keep a random part of the rows"),
        ({"x": (1000, 10), "y": (1000,), "thumbnails": (1000, 2000, 2000, 3)}, "thumbnails has 11.2 GiB"),
    ],
)
def test_an_npz_that_is_too_large_is_refused_before_it_is_read(
    shapes: dict[str, tuple[int, ...]], sentence: str, tmp_path: Path
) -> None:
    """The headers alone are there: nothing behind them could be read."""
    with zipfile.ZipFile(tmp_path / "v.npz", "w") as archive:
        for name, shape in shapes.items():
            with archive.open(f"{name}.npy", "w") as file:
                kind = "|u1" if name == "thumbnails" else "<f8"
                np.lib.format.write_array_header_1_0(file, {"descr": kind, "fortran_order": False, "shape": shape})
    refused(tmp_path / "v.npz", sentence)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_with_too_many_rows_is_refused(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    path = write_table(tmp_path / f"v.{ending}")
    monkeypatch.setattr(vector_file, "MOST_ROWS", 119)
    amount = "more than 119 rows" if ending == "csv" else "120 rows"
    refused(path, rf"the \w+ has {amount}; must have at most 119 rows and 1 GiB")
    monkeypatch.setattr(vector_file, "MOST_ROWS", 120)
    vectors(path).check()
    monkeypatch.setattr(vector_file, "MOST_BYTES", 1000)
    vector_file._read.cache_clear()
    refused(path, "the (file|table) has .* GiB; must have at most")


def refused(path: Path, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence) as error:
        vectors(path).check()
    assert str(error.value).startswith("dataset.") and "\n" not in str(error.value)


# --- what else takes part


def tiny_job(path: Path, store: Path, *overrides: str) -> Job:
    sizes = ["dataset.canvas_points=30", "dataset.validation_points=15", "dataset.test_points=30"]
    small = [setting for setting in TINY if not setting.startswith("dataset.")]
    data = ["dataset=vectors", f"dataset.path={path}", *sizes, "projection=pca"]
    who = [] if any("user=" in override for override in overrides) else ["+user=oracle"]
    return Job(condition_of(*data, *small, *who, *overrides), 0, 0, store)


def test_a_person_teaches_on_vectors_and_no_shift_is_tested(tmp_path: Path) -> None:
    record = attempt(tiny_job(write_vectors(tmp_path / "v.npz"), tmp_path), lambda *_: None)
    assert record.status == "done", record.reason
    assert record.classes == ("0", "1", "2") and record.metrics["test_accuracy"] > 0.5
    assert np.isnan(record.metrics["shifted_accuracy"]) and not [m for m in record.metrics if m.startswith("shift.")]


def test_a_relative_path_goes_from_where_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not from where the worker was started, nor to what it read under the same path before."""
    for name, x in (("one", arrays()["x"]), ("other", arrays()["x"] ** 3)):
        (tmp_path / name).mkdir()
        write_vectors(tmp_path / name / "v.npz", x=x)
    losses = []
    for name in ("one", "other", "one"):
        with monkeypatch.context() as there:
            there.chdir(tmp_path / name)
            job = tiny_job(Path("v.npz"), tmp_path)
        losses.append(work(job).metrics["test_loss"])
    assert losses[0] == losses[2] != losses[1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["model=cnn"], "model=cnn needs images, and is given vectors"),
        (["+user=colour_grouping"], "dataset"),
        (["dataset.path=nowhere.npz"], "nowhere.npz: cannot be read (No such file or directory)"),
        (["dataset.path=odd.npz"], "column 2 holds nan"),
        (["dataset.path=null"], "dataset.path: needs the file of your vectors"),
    ],
)
def test_a_command_that_is_wrong_gets_a_sentence(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    write_vectors(tmp_path / "v.npz")
    write_vectors(tmp_path / "odd.npz", x=WITH_NAN)
    who = [] if "+user=colour_grouping" in arguments else ["+user=oracle"]
    done = hill_exp_here("dataset=vectors", "dataset.path=v.npz", *who, *arguments, cwd=tmp_path)
    assert done.returncode == 2 and sentence in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.glob("results/records/*/*.json"))


# --- the example of docs/data.md

EXAMPLE = (Path(__file__).parents[1] / "docs" / "data.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_example_of_the_docs_from_end_to_end(tmp_path: Path) -> None:
    """Five lines make the file, one command runs the study, and one analyses it; warnings are errors."""
    make, _ = re.findall(r"```python\n(.*?)```", EXAMPLE, re.DOTALL)
    (commands,) = re.findall(r"```sh\n(.*?)```", EXAMPLE, re.DOTALL)
    assert len(make.splitlines()) < 6

    def run(*words: str) -> str:
        done = subprocess.run([sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("-c", make)
    study, analysis = (shlex.split(command)[1:] for command in commands.splitlines())
    quick = ["participants=3", "training.epochs=12", "schedule.warmup=3", "schedule.every=4", "schedule.turns=2"]
    told = run(*study, *quick, "projection=pca", "workers=1")
    assert "test accuracy" in told and "accuracy under shift" not in told and "Picture:" in told
    run("-W", "error", *analysis)
    tests = pd.read_csv(tmp_path / "report" / "tables" / "hypotheses.csv")
    assert (tests.loc[tests["metric"] == "shifted_accuracy", "n"] == 0).all()  # it was not measured
    assert (tests.loc[tests["metric"] == "test_accuracy", "n"] == 3).any()
    table = pd.read_csv(tmp_path / "report" / "tables" / "participants.csv")
    assert table["shifted_accuracy"].isna().all() and table["test_accuracy"].min() > 0.8
