"""One participant at the canvas: whose turn it is, the session that is gone on with, and the record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hill_exp.live.host import Address, sit
from hill_exp.live.session import Session, read
from hill_exp.live.steps import Training
from hill_exp.record.condition import Condition
from hill_exp.record.store import Record, Store
from hill_exp.study.console import errors, out
from hill_exp.study.job import Job
from hill_exp.types import UserError


def seat(
    condition: Condition,
    store: Store,
    seed: int,
    participants: int,
    address: Address,
    resume: str | Session,
    command: str,
) -> Record | None:
    """Seat the first of the participants 0 to `participants` - 1 who is not done, or the one of the session `resume`.

    resume: "auto" goes on with a session that the store has of that participant and "new" begins another, as "auto"
    does where there is none. Gives the record, which is in the store, done or failed; None where everybody is done.
    Raises what `hill_exp.live.host.sit` raises.
    """
    if isinstance(resume, Session):
        participant: int | None = resume.participant
        if store.is_done(condition.content, resume.seed, resume.participant):
            raise UserError(f"resume: participant {participant} is done in this store already. Choose store=ANOTHER.")
    else:
        left = (p for p in range(participants) if not store.is_done(condition.content, seed, p))
        participant = next(left, None)
    if participant is None:
        return None
    job = Job(condition, seed, participant, store.path.resolve(), command)
    step = training("training", job, store, resume)
    try:
        (record,) = sit([step], address)
    except KeyboardInterrupt:
        errors.print(f"\nThe session is kept in {step.path}.", markup=False)
        raise
    assert isinstance(record, Record)
    return record


def training(
    name: str,
    job: Job,
    store: Store,
    resume: str | Session = "auto",
    person: Mapping[str, Any] | None = None,
    hidden: bool = False,
) -> Training:
    """The job as a step of a sitting; resume as `seat` has it, person and hidden as `Session` and `Training` have."""
    path, session = None, None
    if resume == "auto":
        path, session = _unfinished(store, job.condition, job.seed, job.participant)
    elif isinstance(resume, Session):
        session = resume.but(content=job.condition.content, device=job.condition.device)
    session = session or Session.begin(job.condition, job.seed, job.participant, person or {})
    path = path or _free_path(store, job.condition, session)
    if session.turns:
        done = len(session.turns)
        out.print(f"Going on with the session of {session.who}: {done} turn{'s' * (done > 1)} done", markup=False)
    return Training(name, job, session, path, hidden)


def _free_path(store: Store, condition: Condition, session: Session) -> Path:
    """Where a session that has no file yet is kept."""
    name = f"{session.who}-{condition.label}-{condition.content[:8]}"
    number = 1
    while (path := store.path / "sessions" / f"{name}{f'-{number}' if number > 1 else ''}.json").exists():
        number += 1
    return path


def _unfinished(
    store: Store, condition: Condition, seed: int, participant: int
) -> tuple[Path, Session] | tuple[None, None]:
    """The last session of a participant; (None, None) if there is none. UserError for one that is damaged."""
    paths = (store.path / "sessions").glob(f"*-{condition.content[:8]}*.json")
    for path in sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True):
        try:
            session = read(path, "resume")
        except UserError as error:
            raise UserError(f"{error} resume=new begins another.") from None
        if (session.content, session.seed, session.participant) == (condition.content, seed, participant):
            return path, session
    return None, None
