"""A sweep on a SLURM cluster: as a job array, past its time limit, preempted, cancelled."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import slurm
from conftest import TINY

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(slurm.missing()), reason=f"not installed: {', '.join(slurm.missing())}"),
    pytest.mark.skipif(find_spec("submitit") is None, reason="the extra submitit is not installed"),
]

Environment = Mapping[str, str]
TAKES_TIME = """
import os, time
from hill_exp.types import Edit

class TakesTime:
    def __init__(self, number, seconds):
        self.number, self.seconds = number, seconds

    def edit(self, view, rng):
        time.sleep(self.seconds)
        return Edit.of(view.positions, [])
"""
LIMIT = ["hydra.launcher.timeout_min=1", "hydra.launcher.signal_delay_s=15"]
ON_SLURM = ["hydra/launcher=submitit_slurm", "hydra.launcher.cpus_per_task=1"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    with slurm.cluster(tmp_path_factory.mktemp("slurm") / "cluster") as environment:
        yield environment


@pytest.fixture
def people(cluster: Environment, tmp_path: Path) -> Environment:
    """The cluster's environment, in which jobs know a person who takes time."""
    (tmp_path / "slow_people.py").write_text(TAKES_TIME)
    known = [cluster[name] for name in ("PYTHONPATH",) if name in cluster]
    return {**cluster, "PYTHONPATH": ":".join([*known, str(tmp_path)])}


def sweep(user: str, *more: str) -> list[str]:
    given = [f"+user={user}", *TINY, "projection=pca", "controls=[]", *more]
    return [sys.executable, "-m", "hill_exp", "-m", *given]


def slow_sweep(seconds: float, participants: int, numbers: str) -> list[str]:
    return sweep(
        "custom", "user._target_=slow_people.TakesTime", f"+user.number={numbers}", f"+user.seconds={seconds}",
        f"participants={participants}", *ON_SLURM,
    )  # fmt: skip


def run(command: list[str], cwd: Path, environment: Environment) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=550, cwd=cwd, env=environment, check=False)


def start(command: list[str], cwd: Path, environment: Environment) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=cwd, env=environment)


def records(folder: Path) -> dict[str, Any]:
    """Path in the store -> the record, but for how long it took and where."""
    found = {}
    for path in sorted((folder / "results" / "records").rglob("*.json")):
        entry = json.loads(path.read_text())
        found[path.name, path.parent.name] = {k: v for k, v in entry.items() if k not in ("seconds", "provenance")}
    return found


def output(folder: Path) -> str:
    """What the jobs of all sweeps printed."""
    return "\n".join(path.read_text() for path in sorted(folder.glob("results/sweeps/*/.submitit/*/*_log.out")))


def queue(environment: Environment, states: str = "all") -> dict[str, str]:
    """Job -> state."""
    command = ["squeue", "--array", "--noheader", f"--states={states}", "--format=%i %T"]
    listed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return dict(line.split() for line in listed.stdout.splitlines())


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.2)


def test_a_job_array_gives_the_same_records_on_the_cores_that_slurm_gave(cluster: Environment, tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("basic", "slurm")}
    for folder in folders.values():
        folder.mkdir()
    command = sweep("oracle,none,random", "participants=2")
    basic = run([*command, "workers=1"], folders["basic"], cluster)
    assert basic.returncode == 0, basic.stderr
    done = run([*command, *ON_SLURM], folders["slurm"], cluster)
    assert done.returncode == 0, done.stderr
    assert "sacct" not in done.stderr
    assert len(records(folders["slurm"])) == 6 and records(folders["slurm"]) == records(folders["basic"])
    assert output(folders["slurm"]).count("2 to run, on 1 worker\n") == 3


def test_after_its_time_limit_a_job_is_queued_again_and_goes_on(people: Environment, tmp_path: Path) -> None:
    done = run([*slow_sweep(1, 30, "0"), *LIMIT, "hydra.launcher.max_num_timeout=20"], tmp_path, people)  # a minute
    assert done.returncode == 0, done.stderr
    assert {record["status"] for record in records(tmp_path).values()} == {"done"} and len(records(tmp_path)) == 30
    said = output(tmp_path)
    assert "Requeued job" in said and "of 30 participants are in the store" in said


def test_a_job_that_is_out_of_time_for_good_is_lost(people: Environment, tmp_path: Path) -> None:
    with start([*slow_sweep(1, 30, "0"), *LIMIT], tmp_path, people) as process:
        wait_for(lambda: len(records(tmp_path)) >= 1)
        (job,) = queue(people, "running")
        subprocess.run(["scancel", "--signal=USR2", job], env=people, check=True)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "A job of the sweep was lost" in said and "too many times" in said and "the same command" in said
    assert {record["status"] for record in records(tmp_path).values()} == {"done"}


def test_a_preempted_job_is_queued_again_and_goes_on(people: Environment, tmp_path: Path) -> None:
    with start([*slow_sweep(2, 8, "0,1"), "hydra.launcher.cpus_per_task=2"], tmp_path, people) as process:
        wait_for(lambda: len(records(tmp_path)) >= 2)
        urgent = ["sbatch", "--wait", "--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null"]
        subprocess.run([*urgent, "--wrap", "true"], env=people, cwd=tmp_path, check=True)
        assert process.poll() is None
        _, said = process.communicate(timeout=200)
    assert process.returncode == 0, said
    assert {record["status"] for record in records(tmp_path).values()} == {"done"} and len(records(tmp_path)) == 16
    assert "of 8 participants are in the store" in output(tmp_path)


def test_cancelled_jobs_are_told_the_others_awaited_and_the_same_command_completes(
    people: Environment, tmp_path: Path
) -> None:
    command = [*slow_sweep(1, 3, "0,1,2,3"), "hydra.launcher.array_parallelism=2"]
    with start(command, tmp_path, people) as process:
        wait_for(lambda: len(records(tmp_path)) >= 2)
        running, waiting = ({*queue(people, states)} for states in ("running", "pending"))
        cancelled = [min(running), max(waiting)]
        subprocess.run(["scancel", *cancelled], env=people, check=True)
        _, said = process.communicate(timeout=200)
    assert process.returncode == 1
    assert f"job {cancelled[0]} of SLURM ended: CANCELLED" in said and f"job {cancelled[1]} of SLURM ended" in said
    assert "the same command goes on from there" in said and "Traceback" not in said
    assert not queue(people, "running,pending")
    assert {record["status"] for record in records(tmp_path).values()} == {"done"}
    assert 6 <= len(records(tmp_path)) < 12  # of the two that were left alone, all
    again = run(command, tmp_path, people)
    assert again.returncode == 0, again.stderr
    assert len(records(tmp_path)) == 12


def test_ctrl_c_says_that_slurm_goes_on(people: Environment, tmp_path: Path) -> None:
    with start(slow_sweep(1, 2, "0,1"), tmp_path, people) as process:
        wait_for(lambda: len(records(tmp_path)) >= 1)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    (array,) = {job.partition("_")[0] for job in queue(people, "running,pending")}
    assert f"scancel {array} stops it" in said
    wait_for(lambda: not queue(people, "running,pending"))
    assert len(records(tmp_path)) == 4
