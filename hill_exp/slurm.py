"""SLURM as the command that waits for a sweep sees it: which of its jobs are still there.

submitit asks SLURM's accounting, which many clusters do not run; a job that was cancelled or lost would then be waited
for for ever. The queue itself is there everywhere.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any, Final, cast

from hydra.experimental.callback import Callback

_GONE: Final = "no longer in the queue"  # as what was cancelled before it began; what ran is listed for minutes
_ENDED: Final = {
    "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "TIMEOUT", _GONE,
}  # fmt: skip


class Queue:
    """What SLURM's queue says of the sweep's jobs. Stands where submitit has its InfoWatcher, with the same methods."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}  # job -> state
        self._began = self._next_look = time.monotonic()

    def register_job(self, job_id: str) -> None:
        self._states.pop(job_id.partition("_")[0], None)  # the array, registered before what it consists of
        self._states[job_id] = "UNKNOWN"
        self._began = self._next_look = time.monotonic()

    def get_info(self, job_id: str, mode: str = "standard") -> Mapping[str, str]:
        return {"State": self.get_state(job_id, mode)}

    def get_state(self, job_id: str, mode: str = "standard") -> str:
        """The job's state; mode `force` looks now, `cache` not at all, `standard` every 2 to 30 s."""
        if mode == "force" or (mode == "standard" and time.monotonic() >= self._next_look):
            self._look()
        return self._states[job_id]

    def is_done(self, job_id: str, mode: str = "standard") -> bool:
        """Whether the job has ended, and all others too: submitit takes one that left no result for the end of the
        sweep, and would leave those behind that still run."""
        self.get_state(job_id, mode)
        return not self.left()

    def left(self) -> list[str]:
        """The jobs that have not ended."""
        return [job for job, state in self._states.items() if state not in _ENDED]

    def _look(self) -> None:
        self._next_look = time.monotonic() + min(30, max(2, (time.monotonic() - self._began) / 4))
        command = ["squeue", "--me", "--states=all", "--array", "--noheader", "--format=%i %T"]
        asked = subprocess.run(command, capture_output=True, text=True, check=False)
        if asked.returncode:  # the controller is away for a while
            return
        listed = dict(line.split() for line in asked.stdout.splitlines())
        for job in self.left():
            self._states[job] = listed.get(job, _GONE)
            if self._states[job] in _ENDED - {"COMPLETED"}:
                print(f"job {job} of SLURM ended: {self._states[job]}", file=sys.stderr, flush=True)


QUEUE: Final = Queue()


class Watch(Callback):
    """Of Hydra: has submitit ask the queue."""

    def on_multirun_start(self, config: Any, **_: Any) -> None:
        if config.hydra.launcher._target_.endswith(".SlurmLauncher"):
            import submitit

            submitit.SlurmJob.watcher = cast(Any, QUEUE)
