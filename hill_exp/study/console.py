"""What the program tells on a terminal while it runs; plain lines where there is no terminal."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from hill_exp.terminal import is_one

if TYPE_CHECKING:
    from hill_exp.record.condition import Condition
    from hill_exp.record.record import Record
    from hill_exp.study.job import Job

_WIDE = None if is_one(sys.stdout) else 120  # columns of a file or a pipe
# In a notebook too they are lines, which stand in one place there: rich would make a display of each, and a kernel sets
# FORCE_COLOR, by which rich would take the notebook for a terminal.
out = Console(highlight=False, soft_wrap=True, width=_WIDE, force_jupyter=False, force_terminal=is_one(sys.stdout))
errors = Console(stderr=True, highlight=False, soft_wrap=True, force_jupyter=False, force_terminal=is_one(sys.stderr))

_PLAIN_EVERY = 20.0  # seconds between signs of life where there is no terminal


class Progress:
    """A bar for each condition and a line for each participant at work, or a plain line for each one done."""

    def __init__(self, conditions: Sequence[Condition], participants: int, todo: Sequence[Job]) -> None:
        """conditions: each with records of its own; participants: of each."""
        self._todo, self._everybody, self._total = todo, conditions, participants
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=out,
            disable=not out.is_terminal,
        )
        self._conditions: dict[str, TaskID] = {}
        self._running: dict[int, TaskID] = {}
        self._last_sign = time.monotonic()
        self._ended = 0

    def __enter__(self) -> Progress:
        left = Counter(job.condition.content for job in self._todo)
        for condition in self._everybody:
            content, label, total = condition.content, condition.label, self._total
            done = total - left[content]
            self._conditions[content] = self._bars.add_task(label, total=total, completed=done, note="")
            if not left[content]:
                out.print(f"{label}: all {done} participants are in the store already")
            elif done:
                out.print(f"{label}: {done} of {total} participants are in the store, {left[content]} to run")
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def ended(self, job: Job, record: Record) -> None:
        """Count a participant; a failure is told at once, wherever output goes."""
        self._ended += 1
        self._bars.advance(self._conditions[job.condition.content])
        if (line := self._running.pop(id(job), None)) is not None:
            self._bars.remove_task(line)
        who = f"{job.condition.label}, participant {job.participant}"
        if record.status == "failed":
            errors.print(f"[bold red]failed[/]: {who}: ", end="")
            errors.print(record.reason, markup=False)
        elif not out.is_terminal:
            accuracy = record.metrics["test_accuracy"]
            out.print(
                f"{self._ended}/{len(self._todo)} {who}: test accuracy {accuracy:.3f} ({record.seconds:.1f} s)",
                markup=False,
            )
            self._last_sign = time.monotonic()

    def update(self, waiting: Sequence[Job]) -> None:
        """Show how far those at work have come."""
        if not out.is_terminal and time.monotonic() - self._last_sign < _PLAIN_EVERY:
            return
        self._last_sign = time.monotonic()
        signs = []
        for job in waiting:
            if (sign := _sign(job)) is None:
                continue
            epoch, turn = sign
            epochs = job.condition.settings["training"]["epochs"]
            note = f"epoch {epoch} of {epochs}, turn {turn}"
            signs.append(f"{job.condition.label}, participant {job.participant}: {note}")
            if id(job) not in self._running:
                label = f"  participant {job.participant}"
                self._running[id(job)] = self._bars.add_task(label, total=epochs, note="")
            self._bars.update(self._running[id(job)], completed=epoch, note=f"turn {turn}")
        if not out.is_terminal and signs:
            out.print("; ".join(signs), markup=False)


def _sign(job: Job) -> tuple[int, int] | None:
    """(epochs done, turns taken) as the worker last wrote them; None before it starts."""
    try:
        epoch, turn = (job.progress.read_text() if job.progress else "").split()
        return int(epoch), int(turn)
    except (OSError, ValueError):
        return None
