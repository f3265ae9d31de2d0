"""The same command gives the same records, to the last bit: however many work at it, in whatever order, and whenever it
was broken off. (Launchers: test_launchers.py; kills: benchmarks/faults.py.)"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import TINY

from hill_exp.record.store import Store

USERS = ("none", "oracle", "crowd")
SETTINGS = (*TINY, "controls=[]", "store=store")  # with the projection that is shipped


def run(cwd: Path, *arguments: str, **env: str) -> None:
    command = [sys.executable, "-m", "hill_exp", "-m", *SETTINGS, *arguments]
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def whole(cwd: Path, *more: str, **env: str) -> None:
    run(cwd, f"+user={','.join(USERS)}", "participants=3", *more, **env)


def in_another_order(cwd: Path) -> None:
    run(cwd, f"+user={','.join(reversed(USERS))}", "participants=3", "workers=2")


def a_part_first(cwd: Path) -> None:
    run(cwd, "+user=oracle", "participants=1", "workers=1")
    run(cwd, "+user=crowd,oracle", "participants=2", "workers=2")
    whole(cwd)


def resumed(cwd: Path) -> None:
    whole(cwd)
    for path in sorted((cwd / "store" / "records").rglob("*.*"))[::3]:  # records and arrays alike
        path.unlink() if path.suffix == ".json" else path.with_suffix(".json").unlink(missing_ok=True)
    whole(cwd)


def with_threads(cwd: Path) -> None:
    whole(cwd, OMP_NUM_THREADS="4", MKL_NUM_THREADS="4", NUMBA_NUM_THREADS="4", OPENBLAS_NUM_THREADS="4")


def with_another_hash_seed(cwd: Path) -> None:
    whole(cwd, PYTHONHASHSEED="7")


def with_more_workers(cwd: Path) -> None:
    whole(cwd, "workers=4")


@pytest.fixture(scope="module")
def plainly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plainly")
    whole(folder, "workers=1", PYTHONHASHSEED="0")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    "otherwise",
    [in_another_order, a_part_first, resumed, with_threads, with_another_hash_seed, with_more_workers],
    ids=lambda way: way.__name__,
)
def test_the_records_are_the_same(otherwise: Callable[[Path], None], plainly: Path, tmp_path: Path) -> None:
    otherwise(tmp_path)
    one, other = Store(plainly / "store"), Store(tmp_path / "store")
    assert one.contents() == other.contents() and len(one.contents()) == len(USERS)
    compared = 0
    for content in one.contents():
        for mine, theirs in zip(one.records(content), other.records(content), strict=True):
            assert (mine.participant, mine.status, theirs.status) == (theirs.participant, "done", "done")
            np.testing.assert_equal(dict(theirs.metrics), dict(mine.metrics))
            np.testing.assert_equal(dict(theirs.epochs), dict(mine.epochs))
            np.testing.assert_equal(dict(theirs.turns), dict(mine.turns))
            assert (theirs.person, theirs.confusion, theirs.groups) == (mine.person, mine.confusion, mine.groups)
            for arrays in (Store.trace, Store.predictions):
                kept, found = arrays(one, mine), arrays(other, theirs)
                assert (kept is None) == (found is None)
                if kept is not None and found is not None:
                    np.testing.assert_equal(found.arrays(), kept.arrays())
            compared += 1
    assert compared == 3 * len(USERS)
