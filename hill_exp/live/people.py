"""One person's way through a study: consent, instructions, practice, every condition of the study in an order that is
counterbalanced over people, and questions, whose answers go into the person's records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hill_exp.live import host
from hill_exp.live.host import Address
from hill_exp.live.questionnaire import Questions
from hill_exp.live.session import Session
from hill_exp.live.sessions import step_of
from hill_exp.live.sittings import Sitting, Sittings
from hill_exp.live.step import Step
from hill_exp.live.study_file import Pages, PeopleStudy, conditions, read
from hill_exp.live.training import TrainingStep
from hill_exp.record.condition import Condition
from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.study.job import Job
from hill_exp.study.plan import Plan
from hill_exp.study.provenance import command
from hill_exp.study.run import run

PRACTICE = 1_000_000  # added to a participant's number: other pictures, and another model


def lead(path: Path, code: str, store: Store, address: Address) -> Sitting:
    """Lead a person through what is left of the study at `path`. Gives how far the person is now; a training that
    failed is left. Raises what `hill_exp.live.host.lead` raises."""
    study, pages = read(path)
    by_name = conditions(study, "human")
    store.open_for_writing()
    for condition in by_name.values():
        store.add_condition(condition)
    sittings = Sittings(store.path)
    sitting = sittings.of(code, study)
    sittings.keep(sitting)

    def keep(step: Step, result: Any) -> None:
        if isinstance(result, Record) and result.status == "failed":
            return
        sitting.done[step.name] = "done" if isinstance(result, Record) else result
        sittings.keep(sitting)
        if isinstance(step, Questions):
            for name in step.about:
                _add_answers(store, by_name[name], study.seed, sitting.participant, result)

    host.lead(steps(study, pages, sitting, store), address, keep)
    return sitting


def steps(study: PeopleStudy, pages: Pages, sitting: Sitting, store: Store) -> list[Step]:
    """What is still before the person."""

    def job(condition: Condition, participant: int) -> Job:
        return Job(condition, study.seed, participant, store.path.resolve(), command())

    way: list[Step] = [page for page in (pages.consent, pages.instructions) if page]
    if study.practice is not None:
        condition = conditions(study, "human", study.practice)[sitting.order[0]]
        way.append(_practice(job(condition, PRACTICE + sitting.participant)))
    by_name = conditions(study, "human")
    for place, name in enumerate(sitting.order, 1):
        if name in sitting.left:
            person = {"code": sitting.code, "place": place}
            way.append(step_of(name, job(by_name[name], sitting.participant), person=person, hidden=True))
        if pages.after_each:
            way.append(replace(pages.after_each, name=f"{name}: questions", about=(name,)))
    if pages.at_end:
        way.append(replace(pages.at_end, about=tuple(sitting.order)))
    return [step for step in way if step.name not in sitting.done]


def run_beside(path: Path, participant: int, store: Store) -> None:
    """The simulated users of the study on the participant's data, where the store has them not."""
    study, _ = read(path)
    beside = [condition for user in study.beside for condition in conditions(study, user).values()]
    if beside:
        plan = Plan(
            participants=participant + 1, seed=study.seed, workers=None, store=store.path, device="cpu", controls=()
        )
        run(beside, plan, [participant])


def _practice(job: Job) -> TrainingStep:
    session = Session.begin(job.condition, job.seed, job.participant, {})
    return TrainingStep("practice", job, session, practice=True, hidden=True)


def _add_answers(store: Store, condition: Condition, seed: int, participant: int, answers: Mapping[str, Any]) -> None:
    """Put a person's answers into its record under the condition."""
    record = store.read(condition.content, seed, participant)
    if record is not None:
        store.write(replace(record, person={**record.person, **answers}))
