"""What is seen of a sweep's jobs in SLURM's queue, and what signals to all of a job's processes do; without SLURM."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hill_exp.slurm import Queue

Shows = Callable[[str], None]


@pytest.fixture
def squeue_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shows:
    """Gives a function that has `squeue` print so; nothing: it fails."""
    program, shown = tmp_path / "squeue", tmp_path / "shown"
    program.write_text(f"#!/bin/sh\ntest -s {shown} && cat {shown}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def shows(text: str) -> None:
        shown.write_text(text)

    return shows


def test_a_job_is_done_when_all_are_and_what_ended_badly_is_told_once(
    squeue_shows: Shows, capsys: pytest.CaptureFixture[str]
) -> None:
    queue = Queue()
    for job in ("7", "7_0", "7_1", "7_2"):  # the array itself, then what it consists of
        queue.register_job(job)
    squeue_shows("7_0 COMPLETED\n7_1 CANCELLED\n7_2 RUNNING\n8 FAILED\n")
    assert not queue.is_done("7_1", "force") and queue.get_state("7_1", "cache") == "CANCELLED"
    assert queue.left() == ["7_2"]
    assert capsys.readouterr().err == "job 7_1 of SLURM ended: CANCELLED\n"
    squeue_shows("")
    assert not queue.is_done("7_1", "force"), "the controller is away"
    squeue_shows("7_2 PENDING\n")  # preempted, and queued again
    assert not queue.is_done("7_2", "force")
    squeue_shows("8 FAILED\n")
    assert queue.is_done("7_2", "force") and queue.is_done("7_1", "cache")
    assert capsys.readouterr().err == "job 7_2 of SLURM ended: no longer in the queue\n"


HANDLES = """
import os, signal, time
from hill_exp.study import workers

def work():
    os.killpg(0, signal.SIGUSR2)
    os.killpg(0, signal.SIGTERM)
    time.sleep(1)
    return "worked on"

if __name__ == "__main__":
    for each in (signal.SIGUSR2, signal.SIGTERM):
        signal.signal(each, lambda *_: None)
    print(workers.shared(1, []).schedule(work).result())
    start = time.monotonic()
    workers.close()
    print(time.monotonic() - start < 2)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_what_the_main_process_handles_ends_no_worker(tmp_path: Path) -> None:
    (tmp_path / "handles.py").write_text(HANDLES)
    done = subprocess.run(
        [sys.executable, "handles.py"],
        capture_output=True, text=True, timeout=120, cwd=tmp_path, start_new_session=True, check=False,
    )  # fmt: skip
    assert done.stdout == "worked on\nTrue\n" and not done.stderr, done.stderr
