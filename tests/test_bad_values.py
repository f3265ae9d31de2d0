"""A bad value for any key is refused in a sentence that names the key, before anything is done or written."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from bad_values import Key, bad_values, keys, refused
from commands import hill_exp_here
from images import levels, write_images
from vectors import write_vectors

GROUPS = ("dataset", "encoder", "model", "projection", "teacher", "schedule", "user", "tracking", "training", "")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data that some choices need."""
    folder = tmp_path_factory.mktemp("desk")
    write_images(folder / "images", levels(5))
    write_vectors(folder / "vectors.npz")
    (folder / "labels.csv").write_text("image,person_1\n0,0\n1,1\n", encoding="utf-8")
    return folder


@cache
def all_keys() -> tuple[Key, ...]:
    return tuple(keys())


@pytest.mark.parametrize("group", GROUPS)
def test_a_bad_value_is_refused_by_the_name_of_its_key(group: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, over all keys that there are; what raises anything but a UserError fails by itself."""
    monkeypatch.chdir(desk)
    before = sorted(desk.rglob("*"))
    mine = [key for key in all_keys() if key.path.partition(".")[0] == group or (not group and key.of_no_group)]
    tried = [(key, value, refused(key, value)) for key in mine for value in bad_values(key)]
    assert len(tried) > 4 * len(mine) > 0
    assert [(str(key), value, said) for key, value, said in tried if not key.is_named(said)] == []
    assert sorted(desk.rglob("*")) == before


@pytest.mark.parametrize(
    ("key", "value"),
    [("model.latent", "1000000"), ("projection.cold_epochs", "1000000000"), ("training.epochs", "1e9"),
     ("teacher.weight", "inf"), ("teacher.weight", "true"), ("schedule.budget.seconds", "nan"), ("workers", "[]"),
     ("user.slips", "{a: 1}"), ("page.port", "-1"), ("dataset.colour.train", "x")],
)  # fmt: skip
def test_the_command_says_so_and_ends(key: str, value: str, tmp_path: Path) -> None:
    """The same through the whole program: status 2, no traceback, nothing written."""
    done = hill_exp_here("+user=oracle", f"{key}={value}", cwd=tmp_path)
    assert done.returncode == 2 and key in done.stderr
    assert "Traceback" not in done.stderr and list(tmp_path.iterdir()) == []
