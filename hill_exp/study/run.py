"""Conditions and their participants, over worker processes; what the store has is not run again."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path

from hill_exp.loop.parts import Parts
from hill_exp.record.condition import Condition
from hill_exp.record.index import Standing
from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.study import workers
from hill_exp.study.check import check_data
from hill_exp.study.console import Progress, out
from hill_exp.study.job import LOOKED_AT, Job, work
from hill_exp.study.plan import Plan
from hill_exp.study.provenance import command
from hill_exp.types import UserError


class Failed(Exception):
    """Some participants failed; each was told when it did."""


@dataclass(frozen=True)
class Ran:
    """How all participants that were asked for stand, condition by condition, and how many were run for it now."""

    standings: tuple[tuple[Standing, ...], ...]
    new: int
    interrupted: int  # whose worker was ended from outside; they have no record


def run(conditions: Sequence[Condition], plan: Plan, participants: Sequence[int] | None = None) -> Ran:
    """Run what is not in the store yet. participants: those to run, if not all of the plan.

    One participant that fails fails no other: it is told at once and its record says why. Failed ones are tried
    again by the next call. KeyboardInterrupt stops the workers; what they had finished is in the store.
    """
    store = Store(plan.store)
    store.open_for_writing()
    for condition in conditions:
        store.add_condition(condition)
    contents = {condition.content: condition for condition in conditions}  # some share their records
    if participants is None:
        participants = range(plan.participants)
    found = {content: store.standings(content) for content in contents}
    folder = plan.store.resolve()
    todo = [
        Job(condition, plan.seed, participant, folder)
        for participant in participants
        for content, condition in contents.items()
        if (standing := found[content].get((plan.seed, participant))) is None or standing.status != "done"
    ]
    with Progress(list(contents.values()), len(participants), todo) as progress:
        if todo:
            _run_jobs(todo, plan, store, progress)
            found = {content: store.standings(content) for content in contents}
    everybody = [(plan.seed, participant) for participant in participants]
    standings = tuple(tuple(found[c.content][who] for who in everybody if who in found[c.content]) for c in conditions)
    return Ran(standings, len(todo), len(conditions) * len(everybody) - sum(map(len, standings)))


def _run_jobs(todo: Sequence[Job], plan: Plan, store: Store, progress: Progress) -> None:
    processes = plan.workers or workers.cores()
    try:
        with tempfile.TemporaryDirectory(prefix="hill_exp-") as folder:
            conditions = {job.condition.content: job.condition for job in todo}.values()
            parts = [Parts.of(condition.resolved) for condition in conditions]
            executor = workers.shared(processes, [part.projection.preload for part in parts])
            for part in parts:
                check_data(part)
            out.print(f"{len(todo)} to run, on {processes} worker{'s' if processes > 1 else ''}")
            jobs: dict[Future[Record], Job] = {}
            for number, job in enumerate(todo):
                sent = replace(job, command=command(), progress=Path(folder) / str(number))
                jobs[executor.schedule(work, args=(sent,), timeout=plan.time_limit)] = sent
            waiting = set(jobs)
            while waiting:
                ended, waiting = wait(waiting, timeout=LOOKED_AT, return_when=FIRST_COMPLETED)
                for future in ended:
                    progress.ended(jobs[future], _record_of(future, jobs[future], store))
                progress.update([job for future, job in jobs.items() if future in waiting])
    except BrokenProcessPool:  # of the pool itself, or of the process that workers are forked from
        workers.close()
        raise Failed("The worker processes were ended from outside; run the same command to go on") from None
    except BaseException:
        workers.close()
        raise


def _record_of(future: Future[Record], job: Job, store: Store) -> Record:
    """What came of a job. Raises UserError where it would of every other one too."""
    from pebble import ProcessExpired

    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, BrokenProcessPool):
        raise UserError(
            "The worker processes ended as they began, and nothing was run. A script calls hill_exp.run under "
            'if __name__ == "__main__":, since every worker imports the script'
        ) from None
    if isinstance(error, UserError):
        raise error
    record = job.failed(_reason(error))  # the worker could not tell itself: it died, or the store is full
    if not (isinstance(error, ProcessExpired) and workers.was_interrupted(error.exitcode)):
        store.write(record)  # what was interrupted has not failed
    return record


def _reason(error: BaseException) -> str:
    from pebble import ProcessExpired

    if isinstance(error, ProcessExpired):
        return f"its worker process died ({workers.how_it_ended(error.exitcode)})"
    told = "it took longer than time_limit allows" if isinstance(error, TimeoutError) else error
    return f"{type(error).__name__}: {told}"
