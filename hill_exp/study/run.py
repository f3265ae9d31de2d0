"""Conditions and their participants, over worker processes; what the store has is not run again."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import Field

from hill_exp.config import TARGET, Choice, sources
from hill_exp.loop.parts import Parts
from hill_exp.person import NeedsClasses, Nobody
from hill_exp.projection.umap import Umap
from hill_exp.record.condition import Condition
from hill_exp.record.store import Record, Store
from hill_exp.study import workers
from hill_exp.study.console import Progress, out
from hill_exp.study.job import Job, work
from hill_exp.types import UserError

_COMMAND = "HILL_EXP_COMMAND"


class Failed(Exception):
    """Some participants failed; each was told when it did."""


class Study(Choice):
    """The part of the configuration that says who takes part and where the work is done."""

    participants: int = Field(ge=1)  # numbered from 0
    seed: int = Field(ge=0)
    workers: int | None = Field(ge=1)  # processes; None: one a core
    store: Path  # folder of the records
    device: str = Field(pattern="^(auto|cpu|cuda)$")
    controls: tuple[str, ...]  # users that every condition is compared with, run as well


def condition(names: Mapping[str, str], settings: Mapping[str, Any], device: str) -> Condition:
    """Check everything that can be checked before a participant is run; UserError for the first thing wrong."""
    parts = Parts.of(settings)
    needed = parts.teacher.needs_projection
    if needed is not None and names["projection"] != needed:
        raise UserError(
            f"teacher={names['teacher']} needs projection={needed}, and this is projection={names['projection']}. "
            f"Add projection={needed}, or choose another teacher."
        )
    resolved = {group: _resolved(vars(parts)[group], node) for group, node in settings.items()}
    settings = {group: _as_understood(node, resolved[group]) for group, node in settings.items()}
    looks = not isinstance(parts.user, Nobody)
    return Condition(names, settings, resolved, parts.dataset.fingerprint(), device, looks, sources(settings))


def _resolved(built: Any, node: Mapping[str, Any]) -> dict[str, Any]:
    """A choice's settings as it understood them; those of your own class as they are."""
    if not isinstance(built, Choice):
        return dict(node)
    target = {TARGET: node[TARGET]} if TARGET in node else {}
    return {**target, **built.model_dump(mode="json")}


def _as_understood(given: Any, resolved: Any) -> Any:
    """The settings as given, but for numbers that mean the same: 3 and 3.0 make one condition."""
    if isinstance(given, Mapping) and isinstance(resolved, Mapping):
        return {key: _as_understood(value, resolved.get(key)) for key, value in given.items()}
    return resolved if isinstance(given, int | float) and given == resolved else given


def run(
    conditions: Sequence[Condition], study: Study, participants: Sequence[int] | None = None
) -> tuple[list[Record], int]:
    """Run what is not in the store yet. Gives the records of all participants, condition by condition, and how many
    were run for them now. participants: those to run, if not all that the study has.

    One participant that fails fails no other: it is told at once and its record says why. Failed ones are tried
    again by the next call. KeyboardInterrupt stops the workers; what they had finished is in the store.
    """
    store = Store(study.store)
    store.open_for_writing()
    for condition in conditions:
        store.add_condition(condition)
    contents = {condition.content: condition for condition in conditions}  # some share their records
    if participants is None:
        participants = range(study.participants)
    everybody = [
        Job(condition, study.seed, participant, study.store.resolve())
        for participant in participants  # outermost, so a participant's data is prepared once
        for condition in contents.values()
    ]
    todo = [job for job in everybody if not store.is_done(*job.address())]
    with Progress(everybody, todo) as progress:
        if todo:
            _run_jobs(todo, study, store, progress)
    found = [store.read(c.content, study.seed, p) for c in conditions for p in participants]
    return [record for record in found if record is not None], len(todo)


def _run_jobs(todo: Sequence[Job], study: Study, store: Store, progress: Progress) -> None:
    processes = study.workers or workers.cores()
    try:
        with tempfile.TemporaryDirectory(prefix="hill_exp-") as folder:
            conditions = {job.condition.content: job.condition for job in todo}.values()
            parts = [Parts.of(condition.resolved) for condition in conditions]
            executor = workers.shared(processes, any(isinstance(part.projection, Umap) for part in parts))
            for part in parts:
                check_against_data(part)
            out.print(f"{len(todo)} to run, on {processes} worker{'s' if processes > 1 else ''}")
            jobs: dict[Future[Record], Job] = {}
            for number, job in enumerate(todo):
                told = replace(job, command=command(), progress=Path(folder) / str(number))
                jobs[executor.schedule(work, args=(told,))] = told
            waiting = set(jobs)
            while waiting:
                ended, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in ended:
                    job = jobs[future]
                    error = future.exception()
                    if isinstance(error, UserError):  # the same for everybody: no use in going on
                        raise error
                    if error is not None:  # the worker could not tell itself: it died, or the store is full
                        record = job.failed(_reason(error))
                        store.write(record)
                    else:
                        record = future.result()
                    progress.ended(job, record)
                progress.update([job for future, job in jobs.items() if future in waiting])
    except BaseException:
        workers.close()
        raise


def keep_command(module: str) -> None:
    """Remember the command that was given, for the launchers' processes too, whose own arguments are others."""
    os.environ[_COMMAND] = shlex.join(["python", "-m", module, *sys.argv[1:]])


def command() -> str:
    """The one that was given; nothing where the program was not started by a command."""
    return os.environ.get(_COMMAND, "")


def check_against_data(parts: Parts) -> None:
    """Look at the data here, so that what is wrong with it is told once and at once, and what has to be downloaded is
    there before the workers ask for it. UserError for what is wrong."""
    parts.dataset.check()
    if isinstance(parts.user, NeedsClasses):
        parts.user.check_classes(parts.dataset.pool().classes, coloured=parts.dataset.colour.train is not None)


def _reason(error: BaseException) -> str:
    from pebble import ProcessExpired

    if isinstance(error, ProcessExpired):
        how = workers.how_it_ended(getattr(error, "exitcode", None))
        return f"its worker process died ({how}); out of memory is the usual cause: try workers=1"
    return f"{type(error).__name__}: {error}"
