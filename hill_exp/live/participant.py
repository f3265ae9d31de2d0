"""One participant under one condition, with a person at the page: whose turn it is, and the record."""

from __future__ import annotations

from hill_exp.live import host
from hill_exp.live.host import Address
from hill_exp.live.session import Session
from hill_exp.live.sessions import step_of
from hill_exp.live.way import Way
from hill_exp.record.condition import Condition
from hill_exp.record.files import child
from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.study.console import errors
from hill_exp.study.job import Job
from hill_exp.types import UserError


def lead(
    condition: Condition,
    store: Store,
    seed: int,
    participants: int,
    address: Address,
    resume: str | Session,
    command: str,
) -> Record | None:
    """Lead the first of the participants 0 to `participants` - 1 who is not done, or the one of the session `resume`.

    resume: as `hill_exp.live.sessions.step_of` has it. Gives the record, which is in the store, done or failed; None
    where everybody is done. Raises what `hill_exp.live.host.lead` raises.
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
    step = step_of("training", Job(condition, seed, participant, store.path.resolve(), command), resume)
    assert step.path
    way = Way([step])
    way.seat = child(store.seats, step.path.name)
    try:
        (record,) = host.lead(way, address)
    except KeyboardInterrupt:
        errors.print(f"\nThe session is kept in {step.path}.", markup=False)
        raise
    assert isinstance(record, Record)
    return record
