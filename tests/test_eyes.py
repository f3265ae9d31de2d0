"""What people take images for: labels of real people, errors on hard images, and people who share them."""

from __future__ import annotations

import gzip
import io
import pickle
import sys
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import TINY, condition_of
from images import levels, write_images
from persons import person

from hill_exp import exit_status
from hill_exp.config import build, compose
from hill_exp.loop import run as loop
from hill_exp.loop.parts import Parts
from hill_exp.loop.sights import sights_of
from hill_exp.study.job import participate
from hill_exp.types import Ints, Sample, Sights, UserError
from simulated_users import labels
from simulated_users.testing import CHECKS, sights

TRUTH = np.arange(3000) % 10
KINDS = ("uniform", "class", "difficulty", "measured")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def seen(of: Sights | None = None, seed: int = 0, **knowledge: Any) -> Ints:
    """(N,) what a person with this knowledge takes the images for, else those of TRUTH."""
    answer: Ints = person(knowledge=knowledge).knowledge.recognise(of or sights(TRUTH), rng(seed))
    return answer


def write(path: Path, rows: Sequence[Sequence[object]], head: str = "image,ann,bob") -> str:
    """A label file, gzipped by its name, and its path."""
    text = "\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return str(path)


@pytest.fixture
def file(tmp_path: Path) -> str:
    """What two people took the images of `sights` for: Ann a fifth of the even classes for the next, Bob a tenth of all
    for class 0."""
    ann = np.where((TRUTH % 2 == 0) & (rng(1).random(3000) < 0.2), TRUTH + 1, TRUTH)
    bob = np.where(rng(2).random(3000) < 0.1, 0, TRUTH)
    rows = [(f"train/{i}", a, b) for i, (a, b) in enumerate(zip(ann, bob, strict=True))]
    return write(tmp_path / "labels.csv.gz", rows[::-1])


def columns(file: str) -> Ints:
    """(N, 2) of that file, in the order of the images."""
    rows = gzip.decompress(Path(file).read_bytes()).decode().splitlines()[:0:-1]
    return np.array([row.split(",")[1:] for row in rows], dtype=np.int64)


# --- labels of real people


def test_a_reader_takes_each_image_for_what_stands_there(file: str) -> None:
    ann, bob = columns(file).T
    np.testing.assert_array_equal(seen(labels=file, reader="ann"), ann)
    np.testing.assert_array_equal(seen(labels=file, reader="bob", by="measured"), bob)
    somebody = seen(labels=file)
    assert ((somebody == ann) | (somebody == bob)).all()
    differ = ann != bob
    assert (somebody == ann)[differ].mean() == pytest.approx(0.5, abs=0.08)
    assert (seen(labels=file, seed=1) != somebody).any()


def test_four_people_of_one_file_err_as_often_and_elsewhere(file: str) -> None:
    wrong = columns(file) != TRUTH[:, None]
    answers = {by: np.array([seen(labels=file, by=by, seed=seed) for seed in range(8)]) for by in KINDS}
    for answer in answers.values():
        assert (answer != TRUTH).mean() == pytest.approx(wrong.mean(), abs=0.01)
    odd = TRUTH % 2 == 1
    rates = {by: (answer != TRUTH)[:, odd].mean() for by, answer in answers.items()}
    assert rates["class"] == pytest.approx(wrong[odd].mean(), abs=0.01) == rates["measured"]
    assert rates["uniform"] > wrong[odd].mean() + 0.03
    confused = np.array([np.bincount(row, minlength=10) for row in answers["class"][:, TRUTH == 2]]).sum(0)
    assert set(np.flatnonzero(confused)) == {0, 2, 3}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("by", KINDS)
def test_measured_people_keep_the_contract(check: Any, by: str, file: str) -> None:
    check(lambda: person("measured", knowledge={"labels": file, "by": by}))


@pytest.mark.parametrize(
    ("head", "rows", "sentence"),
    [
        ("image,ann", [], "has no row; must have one for each image"),
        ("picture,ann", [("train/0", 1)], "has the columns picture, ann; must have a column 'image', and one for each"),
        ("image,truth", [("train/0", 1)], "has the columns image, truth; must have a column 'image', and one for each"),
        ("image,ann", [("train/0", 1), ("train/0", 2)], "has 'train/0' twice; must have one row for each image"),
        ("image,ann", [("train/0", 1), ("train/1", "")], "row 2 has nothing in column 'ann'"),
        ("image,ann", [("train/0", 1), ("train/1",)], "row 2 has nothing in column 'ann'"),
        ("image,ann", [("train/0", 1), ("train/1", 2, 3)], "must be a readable CSV file (Error tokenizing data."),
        ("image,ann", [("train/0", "owl")], "takes an image for 'owl', and the data have no such class; must name"),
        ("image,ann", [("train/0", 0), ("x", 1)], "lacks 2999 of the 3000 images of the canvas, as 'train/1'; its col"),
    ],
    ids=str,
)
def test_a_bad_label_file_gets_a_sentence(head: str, rows: Any, sentence: str, tmp_path: Path) -> None:
    file = write(tmp_path / "labels.csv", rows, head)
    with pytest.raises(UserError) as caught:
        seen(labels=file)
    assert str(caught.value).startswith(f"user.knowledge.labels = {file}: {sentence}")


def test_a_file_of_other_images_is_refused_by_its_true_classes(tmp_path: Path) -> None:
    rows = [(f"train/{i}", c, 0) for i, c in enumerate(TRUTH)]
    assert (seen(labels=write(tmp_path / "labels.csv", rows, "image,truth,ann")) == 0).all()
    rows[7] = ("train/7", 3, 0)
    with pytest.raises(
        UserError, match=r"says that 'train/7' is truly '3', and in the data it is '7'; must be of these"
    ):
        seen(labels=write(tmp_path / "other.csv", rows, "image,truth,ann"))


@pytest.mark.parametrize("name", ["absent.csv", "labels.csv.gz", "."])
def test_what_is_no_label_file_gets_a_sentence(name: str, tmp_path: Path) -> None:
    (tmp_path / "labels.csv.gz").write_bytes(b"\x1f\x8b no gzip at all")
    with pytest.raises(UserError, match=r"user.knowledge.labels = .*: (cannot be read|must be a readable CSV file)"):
        seen(labels=str(tmp_path / name))


@pytest.mark.parametrize(
    ("knowledge", "sentence"),
    [
        ({"error": 0.1}, "user.knowledge: error must be 0 and confusion null where labels are given"),
        (
            {"confusion": np.eye(10).tolist()},
            "user.knowledge: error must be 0 and confusion null where labels are given",
        ),
        ({"shared": 0.1}, "user.knowledge: shared must be 0 where labels are measured"),
        ({"by": "hardness"}, "user.knowledge.by = hardness: must be 'uniform', 'class', 'difficulty' or 'measured'"),
        (
            {"labels": None, "by": "measured"},
            "user.knowledge.labels: needs a file of what real people took the images f",
        ),
        ({"labels": None, "by": "class"}, "user.knowledge: by=class must come with a confusion matrix or labels"),
        ({"labels": None, "reader": "ann"}, "user.knowledge: reader must be somebody where no labels are given"),
        (
            {"labels": None, "confusion": np.eye(10).tolist(), "by": "difficulty"},
            "user.knowledge: by must be class where a confusion matrix is given",
        ),
        ({"sharpness": -1}, "user.knowledge.sharpness = -1: must be greater than or equal to 0"),
    ],
    ids=str,
)
def test_knowledge_that_does_not_fit_together(knowledge: dict[str, Any], sentence: str, file: str) -> None:
    with pytest.raises(UserError) as caught:
        seen(**{"labels": file, **knowledge})
    assert str(caught.value).startswith(sentence)


def test_a_reader_that_is_not_there_and_classes_that_are_not(file: str) -> None:
    with pytest.raises(UserError, match=r"user.knowledge.reader: there is no 'anne'. Did you mean ann\?"):
        person(knowledge={"labels": file, "reader": "anne"}).check_classes(tuple("0123456789"), coloured=True)
    with pytest.raises(UserError, match="takes an image for '0', and the data have no such class"):
        person(knowledge={"labels": file}).check_classes(("cat", "dog"), coloured=True)


def test_a_condition_knows_the_file_by_what_is_in_it(file: str, tmp_path: Path) -> None:
    copy, other = tmp_path / "copy.csv.gz", tmp_path / "other.csv.gz"
    copy.write_bytes(Path(file).read_bytes())
    write(other, [("train/0", 1, 1)])
    one, same, another = (condition_of("+user=measured", f"user.knowledge.labels={f}") for f in (file, copy, other))
    assert one.content == same.content != another.content
    assert one.columns()["user.knowledge.labels"] == file
    who = Parts.of(one.resolved).user.knowledge  # type: ignore[union-attr]
    np.testing.assert_array_equal(who.recognise(sights(TRUTH), rng()), seen(labels=file))
    write(Path(file), [("train/0", 1, 1)])
    with pytest.raises(UserError, match="was changed after the run began"):
        Parts.of(one.resolved).user.check_classes(tuple("0123456789"), coloured=True)  # type: ignore[union-attr]


# --- hard images


@pytest.mark.parametrize("error", [0.0, 0.05, 0.18, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("sharpness", [0.0, 1.0, 4.0])
def test_errors_by_difficulty_fall_on_hard_images_as_often_as_is_said(error: float, sharpness: float) -> None:
    of = sights(TRUTH)
    hard = 1 - of.posteriors()[np.arange(3000), TRUTH]
    knowledge = {"error": error, "by": "difficulty", "sharpness": sharpness}
    errs = np.mean([seen(of, seed=seed, **knowledge) != TRUTH for seed in range(20)], axis=0)
    assert errs.mean() == pytest.approx(error, abs=0.006)
    if 0 < error < 0.5:
        hardest = hard > np.quantile(hard, 0.8)
        ratio = errs[hardest].mean() / errs[~hardest].mean()
        assert ratio > 1 + sharpness / 2 if sharpness else ratio == pytest.approx(1, abs=0.15)


def test_a_hard_image_is_taken_for_what_it_looks_like() -> None:
    posteriors = np.tile([0.4, 0.45, 0.15, 0.0], (4000, 1))
    of = Sights(np.zeros(4000, np.int64), tuple("abcd"), np.arange(4000).astype(str), lambda: posteriors)
    counts = np.bincount(seen(of, error=0.4, by="difficulty"), minlength=4) / 4000
    assert counts == pytest.approx([0.6, 0.3, 0.1, 0.0], abs=0.02)
    certain = replace(of, posteriors=lambda: np.tile([1.0, 0.0, 0.0, 0.0], (4000, 1)))
    assert (seen(certain, error=0.3, by="difficulty") != 0).mean() == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize("knowledge", [{}, {"by": "difficulty"}])
def test_who_shares_hard_images_errs_with_others_and_not_more(knowledge: dict[str, Any]) -> None:
    """The joint rate rises as is said, from that of errors that hang together by the difficulty alone."""

    def two(shared: float) -> tuple[float, float]:
        errs = np.array([seen(seed=s, error=0.2, shared=shared, **knowledge) != TRUTH for s in range(12)])
        return errs.mean(), ((errs.sum(0) ** 2 - errs.sum(0)) / (12 * 11)).mean()

    (mean, alone), (shared_mean, together), (_, always) = two(0.0), two(0.4), two(1.0)
    assert mean == pytest.approx(0.2, abs=0.01)
    assert shared_mean == pytest.approx(0.2, abs=0.02)  # 3 standard errors: the luck of 3000 images
    assert always == pytest.approx(0.2, abs=0.025)  # all err on the same
    assert together == pytest.approx(alone + 0.4 * (always - alone), abs=0.01)
    if not knowledge:
        assert alone == pytest.approx(0.04, abs=0.004)


def test_the_luck_of_an_image_is_its_own() -> None:
    of, order = sights(TRUTH), rng().permutation(3000)
    elsewhere = Sights(TRUTH[order], of.classes, of.names[order], lambda: of.posteriors()[order])
    one, other = (seen(where, error=0.3, shared=1.0) != where.truth for where in (of, elsewhere))
    np.testing.assert_array_equal(one[order], other)
    for error in (0.3, 0.6, 0.9):
        assert (seen(of, error=error, shared=1.0) != TRUTH).mean() == pytest.approx(error, abs=0.03)


# --- what difficulty is made of


@pytest.fixture(scope="module")
def sample() -> Sample:
    condition = condition_of("+user=oracle", "dataset.canvas_points=150", "dataset.validation_points=100")
    data: Sample = build(condition.resolved["dataset"], "dataset").sample(0, 1)
    return data


def test_posteriors_are_of_images_that_the_model_did_not_learn(sample: Sample) -> None:
    given = sights_of(sample)
    posteriors = given.posteriors()
    assert posteriors.shape == (150, 10) and posteriors.sum(1) == pytest.approx(np.ones(150))
    assert posteriors is sights_of(sample).posteriors()  # kept for the next condition
    assert 0.8 < (posteriors.argmax(1) == sample.canvas.labels).mean() < 1
    noise = (rng(i).normal(0, 3, part.inputs.shape) for i, part in enumerate((sample.canvas, sample.validation)))
    canvas, validation = (
        replace(part, inputs=inputs) for part, inputs in zip((sample.canvas, sample.validation), noise, strict=True)
    )
    guesses = sights_of(replace(sample, canvas=canvas, validation=validation)).posteriors().argmax(1)
    assert (guesses == canvas.labels).mean() < 0.25  # nothing can be told, and nothing was learnt by heart


def test_posteriors_read_validation_and_no_test_data(sample: Sample) -> None:
    posteriors = sights_of(sample).posteriors()
    noise = rng().random(sample.test.inputs.shape, dtype=np.float32)
    test = replace(sample.test, inputs=noise, labels=np.roll(sample.test.labels, 3))
    np.testing.assert_array_equal(sights_of(replace(sample, test=test)).posteriors(), posteriors)
    validation = replace(sample.validation, labels=np.roll(sample.validation.labels, 7))
    assert (sights_of(replace(sample, validation=validation)).posteriors() != posteriors).any()


def test_posteriors_of_a_rare_class(sample: Sample) -> None:
    """Two images of a class, one on the canvas: fewer folds, and no warning."""
    canvas, validation = sample.canvas, sample.validation
    rare = 9
    keep, rest = (
        (part.labels != rare) | (np.arange(len(part.labels)) == np.flatnonzero(part.labels == rare)[0])
        for part in (canvas, validation)
    )
    small = replace(
        canvas,
        **{
            name: getattr(canvas, name)[keep]
            for name in ("inputs", "labels", "groups", "names", "observed", "reserved")
        },
        cards=replace(canvas.cards, thumbnails=canvas.cards.thumbnails[keep]),  # type: ignore[index]
    )
    others = replace(
        validation, **{name: getattr(validation, name)[rest] for name in ("inputs", "labels", "groups", "names")}
    )
    posteriors = sights_of(replace(sample, canvas=small, validation=others)).posteriors()
    assert posteriors.shape == (keep.sum(), 10) and np.isfinite(posteriors).all()


def test_difficulty_is_made_where_a_person_asks_for_it_alone(
    tiny_parts: Callable[..., Parts], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()
    made = loop.sights_of

    def watched(sample: Sample) -> Sights:
        given = made(sample)
        return replace(given, posteriors=lambda: (asked.append(""), given.posteriors())[1])

    monkeypatch.setattr(loop, "sights_of", watched)
    for user, times in (("oracle", 0), ("hard_images", 1)):
        parts = tiny_parts(f"+user={user}")
        loop.run(parts, parts.user, parts.dataset.sample(0, 1), 0, 1, "cpu", lambda *_: None)  # type: ignore[arg-type]
        assert len(asked) == times, user


# --- the command that makes label files


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["labels", *map(str, words)])
    status = exit_status.of(labels.main)
    told = capsys.readouterr()
    return status, told.out + told.err


def human_labels(path: Path, before_numpy_2: bool = False) -> Ints:
    """A small CIFAR-10_human.pt, as written by this numpy or by one of those days."""
    import torch

    clean = np.arange(40) % 10
    keys = ("clean_label", "aggre_label", "worse_label", "random_label1", "random_label2", "random_label3")
    arrays = {key: (clean + (rng(i).random(40) < 0.2) * (i > 0)) % 10 for i, key in enumerate(keys)}
    torch.save(arrays, written := io.BytesIO())
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, data.replace(b"numpy._core", b"numpy.core") if before_numpy_2 else data)
    return np.stack([arrays[key] for key in ("clean_label", *keys[3:])], axis=1)


@pytest.mark.parametrize("before_numpy_2", [False, True])
def test_cifar10n_becomes_a_label_file(before_numpy_2: bool, tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    wanted = human_labels(tmp_path / "CIFAR-10_human.pt", before_numpy_2)
    out = tmp_path / "new" / "labels.csv.gz"
    status, told = run(capsys, monkeypatch, "cifar10n", tmp_path / "CIFAR-10_human.pt", "--out", out)
    share = (wanted[:, 1:] != wanted[:, :1]).mean()
    assert (status, told) == (0, f"Wrote {out}: 40 images, {share:.1%} of the labels wrong\n")
    head, *rows = gzip.decompress(out.read_bytes()).decode().splitlines()
    assert head == "image,truth,person_1,person_2,person_3"
    assert rows == [f"train/{i}," + ",".join(labels.CIFAR10[c] for c in row) for i, row in enumerate(wanted)]
    of = Sights(wanted[:, 0], labels.CIFAR10, np.array([f"train/{i}" for i in range(40)]), lambda: np.empty(0))
    np.testing.assert_array_equal(seen(of, labels=str(out), reader="person_2"), wanted[:, 2])


class Evil:
    def __reduce__(self) -> Any:
        return Path.touch, (Path("harm"),)


def test_a_file_that_holds_code_is_refused_and_not_run(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    import torch

    monkeypatch.chdir(tmp_path)
    torch.save({"clean_label": Evil()}, "evil.pt")
    Path("evil.npy").write_bytes(pickle.dumps(Evil()))
    np.save("object.npy", np.array([Evil()]), allow_pickle=True)
    np.save("odd.npy", np.ones((5, 3)))
    torch.save({"clean_label": np.zeros(4)}, "other.pt")
    for file in ("evil.pt", "other.pt", "absent.pt"):
        status, told = run(capsys, monkeypatch, "cifar10n", file, "--out", "labels.csv")
        assert status == 2 and told.startswith(f"{file}: must be CIFAR-10N's CIFAR-10_human.pt, a dictionary of arrays")
    for file in ("evil.npy", "object.npy", "absent.npy"):
        status, told = run(capsys, monkeypatch, "cifar10h", file, "--out", "labels.csv")
        assert status == 2 and told.startswith(f"{file}: must be CIFAR-10H's cifar10h-counts.npy")
    status, told = run(capsys, monkeypatch, "cifar10h", "odd.npy", "--out", "labels.csv")
    assert status == 2 and "must hold counts of ten classes, a row an image; it has the shape (5, 3)" in told
    assert not Path("harm").exists() and not Path("labels.csv").exists()


def test_cifar10h_becomes_a_label_file_by_drawing_people(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    counts = np.zeros((20, 10))
    counts[:, 3], counts[:, 5] = 4, 1
    np.save("counts.npy", counts)
    Path("names.txt").write_text("".join(f"cat/{i:04}.png\n" for i in range(20)), encoding="utf-8")
    command = ("cifar10h", "counts.npy", "--out", "labels.csv", "--names", "names.txt")
    assert run(capsys, monkeypatch, *command, "--people", 5) == (0, "Wrote labels.csv: 20 images\n")
    head, *rows = Path("labels.csv").read_text(encoding="utf-8").splitlines()
    assert head == "image,person_1,person_2,person_3,person_4,person_5" and rows[1].startswith("cat/0001.png,")
    assert all(sorted(row.split(",")[1:]) == ["cat"] * 4 + ["dog"] for row in rows)  # nobody is drawn twice
    assert len({row.partition(",")[2] for row in rows}) > 1
    assert "must be from 1 to 5, the fewest who saw an image" in run(capsys, monkeypatch, *command, "--people", 6)[1]
    Path("names.txt").write_text("cat/0000.png\n", encoding="utf-8")
    assert "has 1 lines, and there are 20 images" in run(capsys, monkeypatch, *command)[1]
    assert "--names absent: must be a text file" in run(capsys, monkeypatch, *command, "--names", "absent")[1]


def test_the_confusion_of_a_file_is_one_that_a_person_takes(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    by_folder = [
        ("train/cat/1.jpg", "cat", "dog"),
        ("train/cat/2.jpg", "cat", "cat"),
        ("train/dog/1.jpg", "dog", "dog"),
    ]
    write(Path("labels.csv"), by_folder)
    assert run(capsys, monkeypatch, "confusion", "labels.csv", "--out", "confusion.csv") == (
        0,
        "Wrote confusion.csv: cat, dog; 16.7% of the labels wrong\n",
    )
    assert Path("confusion.csv").read_text(encoding="utf-8") == "0.75,0.25\n0,1\n"
    cats = sights(np.zeros(4000, np.int64), 2)
    assert seen(cats, confusion="confusion.csv").mean() == pytest.approx(0.25, abs=0.03)
    write(Path("labels.csv"), [("train/1", "dog", "cat"), ("train/2", "cat", "cat")], "image,truth,ann")
    run(capsys, monkeypatch, "confusion", "labels.csv", "--out", "confusion.csv")
    assert Path("confusion.csv").read_text(encoding="utf-8") == "1,0\n1,0\n"
    write(Path("labels.csv"), [("train/1", "dog")], "image,ann")
    assert (
        "takes images for 'dog', and none is truly that"
        in run(capsys, monkeypatch, "confusion", "labels.csv", "--out", "x.csv")[1]
    )


# --- the study of them


def test_the_experiment_takes_one_file(tmp_path: Path) -> None:
    """Each of its people, on images of a folder; and whoever forgets the user is told so."""
    names = levels(40)
    write_images(tmp_path / "photos", names)
    rows = [(name, "dog" if i % 5 == 0 else Path(name).parent.name) for i, name in enumerate(names)]
    given = (
        "experiment=eyes", f"dataset.root={tmp_path / 'photos'}", "+user=measured",
        f"user.knowledge.labels={write(tmp_path / 'labels.csv', rows, 'image,ann')}",
    )  # fmt: skip
    kinds = compose.with_hydra(*given).hydra.sweeper.params["user.knowledge.by"].split(",")
    small = [*TINY, "dataset.canvas_points=30", "dataset.validation_points=20", "dataset.test_points=20", "model=mlp"]
    for by in kinds:
        condition = condition_of(*given, f"user.knowledge.by={by}", *small, "projection=pca")
        assert participate(condition, 0, 0, lambda *_: None).status == "done"
    assert {*kinds} == {*KINDS}
    with pytest.raises(
        UserError, match=r"^user.knowledge.labels: whoever sits there has no such setting, or nobody is there yet"
    ):
        compose.composed(*given[:2], given[3])


@pytest.mark.slow
def test_real_people_and_real_photographs(cifar_archive: Path, tmp_path: Path) -> None:
    """People of all kinds err as often as CIFAR-10N's did; hard images are those that real people misread, a little."""
    file = cifar_archive.parent / "cifar10n-human-labels.csv.gz"
    if not file.exists():
        pytest.skip(f"no labels of real people here: {file.name} is not beside {cifar_archive.name}")
    with tarfile.open(cifar_archive) as archive:
        archive.extractall(tmp_path, members=(m for m in archive if "test" not in m.name), filter="data")
    root = next(path.parent for path in tmp_path.rglob("train"))
    node = compose.composed("+user=oracle", "dataset=image_folder", f"dataset.root={root}")[0]["dataset"]
    dataset = build({**node, "canvas_points": 3000, "validation_points": 1000}, "dataset")
    given = sights_of(dataset.sample(0, 0))
    wrong = {by: seen(given, labels=str(file), by=by) != given.truth for by in KINDS}
    for rate in (errs.mean() for errs in wrong.values()):
        assert rate == pytest.approx(0.177, abs=0.02)
    hard = 1 - given.posteriors()[np.arange(3000), given.truth]
    assert hard[wrong["difficulty"]].mean() > hard[wrong["uniform"]].mean() + 0.02
    assert hard[wrong["measured"]].mean() > hard[~wrong["measured"]].mean()
