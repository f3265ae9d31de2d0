"""The session files of a store: a participant's training as a step, from the file that it goes on with."""

from __future__ import annotations

from collections.abc import Mapping
from glob import escape
from pathlib import Path
from typing import Any

from hill_exp.live.session import Session, read
from hill_exp.live.training import TrainingStep
from hill_exp.record.condition import Condition
from hill_exp.record.files import child
from hill_exp.record.store import Store
from hill_exp.study.console import out
from hill_exp.study.job import Job
from hill_exp.types import UserError


def step_of(
    name: str,
    job: Job,
    resume: str | Session = "auto",
    person: Mapping[str, Any] | None = None,
    hidden: bool = False,
) -> TrainingStep:
    """The job as a step, kept in the job's store.

    resume: "auto" goes on with the last session that the store has of the participant under the condition, "new"
    begins another, as "auto" does where there is none; a Session goes on with that one. person, hidden: as `Session`
    and `TrainingStep` have them. UserError for a session that is damaged.
    """
    sessions = Sessions(job.store)
    path, session = sessions.last(job) if resume == "auto" else (None, None)
    if isinstance(resume, Session):
        session = resume.updated(content=job.condition.content, device=job.condition.device)
    session = session or Session.begin(job.condition, job.seed, job.participant, person or {})
    path = path or sessions.free_path(job, session)
    if session.turns:
        turns = len(session.turns)
        out.print(f"Going on with the session of {session.who}: {turns} turn{'s' * (turns > 1)} done", markup=False)
    return TrainingStep(name, job, session, path, hidden=hidden)


class Sessions:
    """The folder of sessions in a store."""

    def __init__(self, store: Path) -> None:
        self.folder = Store(store).sessions

    def last(self, job: Job) -> tuple[Path, Session] | tuple[None, None]:
        """The job's session that was written last; (None, None) if there is none. UserError for one that is damaged."""
        paths = self.folder.glob(f"*-{job.condition.content[:8]}*.json")
        for path in sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True):
            try:
                session = read(path, "resume")
            except UserError as error:
                raise UserError(f"{error} Move it away to begin another.") from None
            if (session.content, session.seed, session.participant) == job.address():
                return path, session
        return None, None

    def free_path(self, job: Job, session: Session) -> Path:
        """Where a session that has no file yet is kept."""
        name = _name(session.who, job.condition)
        number = 1
        while (path := child(self.folder, f"{name}{f'-{number}' if number > 1 else ''}.json")).exists():
            number += 1
        return path

    def remove(self, who: str, condition: Condition) -> None:
        """Delete what there is of this person under the condition."""
        for path in self.folder.glob(f"{escape(_name(who, condition))}*.json"):
            path.unlink()


def _name(who: str, condition: Condition) -> str:
    return f"{who}-{condition.label}-{condition.content[:8]}"
