"""The same sweep under each of Hydra's launchers, and two sweeps that write to one store."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from conftest import TINY

LAUNCHERS = {"joblib": "joblib", "submitit_local": "submitit", "ray": "ray"}  # and the extra it comes with
SWEEP = ["-m", "+user=oracle,none,random", *TINY, "projection=pca", "participants=2", "controls=[]"]


def command(store: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "hill_exp", *SWEEP, f"store={store}", *more]


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}  # the program has to set it
    return subprocess.run(arguments, capture_output=True, text=True, timeout=300, cwd=cwd, env=environment, check=False)


def records(store: Path) -> dict[str, dict[str, Any]]:
    """Path in the store -> the record, but for how long it took and where."""
    found = {}
    for path in sorted((store / "records").rglob("*.json")):
        entry = json.loads(path.read_text())
        found[str(path.relative_to(store))] = {k: v for k, v in entry.items() if k not in ("seconds", "provenance")}
    return found


@pytest.fixture(scope="module")
def basic(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("basic")
    done = run(*command(folder / "store", "workers=1"), cwd=folder)
    assert done.returncode == 0, done.stderr
    found = records(folder / "store")
    assert len(found) == 6 and all(record["status"] == "done" for record in found.values())
    return found


@pytest.mark.slow
@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_a_launcher_gives_the_same_records(launcher: str, basic: dict[str, Any], tmp_path: Path) -> None:
    _need(launcher)
    given = command(tmp_path / "store", f"hydra/launcher={launcher}")
    done = run(*given, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert records(tmp_path / "store") == basic
    for path in (tmp_path / "store" / "records").rglob("*.json"):
        assert shlex.split(json.loads(path.read_text())["provenance"]["command"])[1:] == given[1:]


@pytest.mark.slow
def test_two_sweeps_on_one_store_lose_double_and_damage_nothing(basic: dict[str, Any], tmp_path: Path) -> None:
    both = [
        subprocess.Popen(command(tmp_path / "store", "workers=1"), stdout=subprocess.DEVNULL, cwd=tmp_path)
        for _ in range(2)
    ]
    assert [process.wait(timeout=300) for process in both] == [0, 0]
    assert records(tmp_path / "store") == basic
    assert not list((tmp_path / "store").rglob("*.partial"))


DIES = """
import os, pathlib, signal

class Me:
    def __init__(self, number):
        if number == 1 and not pathlib.Path({flag!r}).exists():
            pathlib.Path({flag!r}).touch()
            os.kill(os.getpid(), signal.SIGKILL)

    def edit(self, view, rng):
        import torch
        from hill_exp.types import Edit

        assert os.environ["OMP_NUM_THREADS"] == "1" and torch.get_num_threads() == 1
        return Edit.of(view.positions, [])
"""


@pytest.mark.slow
@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_after_a_job_that_was_killed_the_same_command_completes_the_sweep(launcher: str, tmp_path: Path) -> None:
    _need(launcher)
    (tmp_path / "my_module.py").write_text(DIES.format(flag=str(tmp_path / "died")))
    sweep = [
        sys.executable, "-m", "hill_exp", "-m", "+user=custom", "user._target_=my_module.Me", "+user.number=0,1,2",
        *TINY, "projection=pca", "participants=1", "controls=[]", f"store={tmp_path / 'store'}",
        f"hydra/launcher={launcher}",
    ]  # fmt: skip
    first = run("env", f"PYTHONPATH={tmp_path}", *sweep, cwd=tmp_path)
    assert (tmp_path / "died").exists()
    kept = len(records(tmp_path / "store"))
    if launcher == "ray":  # runs a job whose process died again
        assert first.returncode == 0 and kept == 3
    elif launcher == "submitit_local":  # loses that job
        assert first.returncode == 1 and kept == 2
    else:  # joblib stops the others
        assert first.returncode == 1 and "A job of the sweep was lost" in first.stderr
    assert "Traceback" not in first.stderr
    again = run("env", f"PYTHONPATH={tmp_path}", *sweep, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert len(records(tmp_path / "store")) == 3


def _need(launcher: str) -> None:
    plugin = f"hydra_plugins.hydra_{LAUNCHERS[launcher]}_launcher"
    if find_spec("hydra_plugins") is None or find_spec(plugin) is None:
        pytest.skip(f"the extra {LAUNCHERS[launcher]} is not installed")
