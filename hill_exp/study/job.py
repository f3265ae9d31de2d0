"""One job in a worker process: run a participant under a condition and put the record into the store."""

from __future__ import annotations

import json
import math
import time
import traceback
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hill_exp.person import AtThePage, Crowd, Names, Person
from hill_exp.record.condition import Condition
from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.study.provenance import provenance
from hill_exp.types import Sample, UserError

if TYPE_CHECKING:
    from hill_exp.loop.run import Report

LOOKED_AT: Final = 0.2  # s between two looks of the program at how far its jobs have come


@dataclass(frozen=True)
class Job:
    """What a worker is sent: plain data."""

    condition: Condition
    seed: int
    participant: int
    store: Path
    command: str = ""  # that was given, for the record's provenance
    progress: Path | None = None  # a file to tell "epoch turn" in; a file, since no death can leave it locked
    folder: Path = field(default_factory=Path.cwd)  # where it was asked for, from which relative paths of settings go

    def address(self) -> tuple[str, int, int]:
        return self.condition.content, self.seed, self.participant

    def failed(self, reason: str, **provenance: Any) -> Record:
        """The record of a participant that did not end well."""
        return Record(*self.address(), status="failed", reason=reason, provenance=provenance)


def work(job: Job) -> Record:
    """Run the job and write its record, done or failed; what goes wrong in the run is in the record's reason.

    Raises UserError for what the user can put right, since that is the same for every participant.
    """
    with chdir(job.folder):  # the worker may have been started elsewhere
        record = attempt(job, _reporter(job.progress))
    Store(job.store).write(record)
    return record


def attempt(job: Job, report: Report, person: Person | Names | None = None) -> Record:
    """The job's record, done or failed, not yet written. UserError as from `work`; person: as for `participate`."""
    try:
        record = participate(job.condition, job.seed, job.participant, report, person)
        return replace(record, provenance={**record.provenance, "command": job.command})
    except UserError:
        raise
    except Exception as error:
        from hill_exp.loop.step import Diverged

        reason = f"diverged: {error}" if isinstance(error, Diverged) else f"{type(error).__name__}: {error}"
        return job.failed(reason, traceback=traceback.format_exc())


def participate(
    condition: Condition, seed: int, participant: int, report: Report, person: Person | Names | None = None
) -> Record:
    """The record of one participant, not yet written. Raises what `hill_exp.loop.run` raises. person: who sits there,
    where it is not the one that the condition's settings make."""
    from hill_exp.loop.parts import Parts
    from hill_exp.loop.run import run
    from hill_exp.rng import stream

    start = time.perf_counter()
    parts = Parts.of(condition.resolved)
    drawn: Mapping[str, Any] = {}
    if person is None:
        if isinstance(parts.user, Crowd):
            person, drawn = parts.user.member(stream(seed, participant, "crowd"))
        else:
            person = parts.user
    sample = sample_of(condition, seed, participant)
    outcome = run(parts, person, sample, seed, participant, condition.device, report)
    waited = 0.0
    if isinstance(person, AtThePage):
        drawn, waited = person.about, outcome.clock["edit"]  # for somebody who thinks
    return Record(
        condition.content,
        seed,
        participant,
        status="done",
        metrics=outcome.metrics,
        epochs=dict(outcome.epochs),
        turns=outcome.turns,
        groups=outcome.groups,
        confusion=outcome.confusion,
        person=drawn,
        classes=sample.classes,
        seconds=time.perf_counter() - start - waited,
        provenance=provenance(condition.device, outcome.clock),
        trace=outcome.trace,
        predictions=outcome.predictions,
    )


def sample_of(condition: Condition, seed: int, participant: int) -> Sample:
    """The participant's data, kept for the next condition: the jobs of one participant follow each other."""
    settings = {group: condition.resolved[group] for group in ("dataset", "encoder")}
    return _sample(json.dumps(settings), condition.data, seed, participant)


@lru_cache(maxsize=2)
def _sample(settings: str, _content: str, seed: int, participant: int) -> Sample:
    """_content: what a relative path leads to elsewhere, or later, is another sample."""
    from hill_exp.config import build
    from hill_exp.loop.parts import BASES

    dataset, encoder = (build(node, group, BASES[group]) for group, node in json.loads(settings).items())
    return encoder.encoded(dataset.sample(seed, participant))


def _reporter(path: Path | None) -> Report:
    """Tells in the file, but no more often than it is looked at: for a small network, opening it every epoch takes as
    long as training."""
    told = -math.inf

    def report(epoch: int, turn: int, *_losses: float) -> None:
        nonlocal told
        if path is not None and (now := time.monotonic()) - told >= LOOKED_AT:
            path.write_text(f"{epoch} {turn}")
            told = now

    return report
