"""One person's way through a study: consent, instructions, practice, every condition of the study in an order that is
counterbalanced over people, and questions, whose answers go into the person's records."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hill_exp.live import host, study_codebook
from hill_exp.live.host import Address
from hill_exp.live.questionnaire import Questions
from hill_exp.live.session import Session
from hill_exp.live.sessions import Sessions, step_of
from hill_exp.live.sittings import Sitting, Sittings
from hill_exp.live.step import Step
from hill_exp.live.study_file import Pages, PeopleStudy, conditions, read
from hill_exp.live.texts import Text
from hill_exp.live.training import TrainingStep
from hill_exp.live.way import THANKS, Way
from hill_exp.record.condition import Condition
from hill_exp.record.files import child
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
    way = StudyWay(OpenStudy(path, store), code)
    host.lead(way, address)
    return way.sitting


class OpenStudy:
    """A study that is read, and the store that is open for it. UserError for what is wrong with either."""

    def __init__(self, path: Path, store: Store) -> None:
        self.study, self.pages = read(path)
        self.conditions = conditions(self.study, "human")
        self.practice = conditions(self.study, "human", self.study.practice or ())
        store.open_for_writing()
        for condition in self.conditions.values():
            store.add_condition(condition)
        study_codebook.write(store.people, self.pages)
        self.store, self.sittings = store, Sittings(store.path)

    def seat(self, code: str) -> Path:
        """The file that keeps the address of a person's page."""
        return child(self.store.seats, f"{code}.json")

    def forget(self, sitting: Sitting) -> None:
        """Delete all that the person has done, and free its number; that it has left is kept."""
        self.seat(sitting.code).unlink(missing_ok=True)
        for condition in self.conditions.values():
            Sessions(self.store.path).remove(sitting.code, condition)
            if sitting.participant is not None:
                self.store.remove(condition.content, self.study.seed, sitting.participant)
        sitting.participant, sitting.order, sitting.done, sitting.status = None, [], {}, "withdrawn"
        self.sittings.keep(sitting)


class StudyWay(Way):
    """One person's way through a study, kept in the store. The person gets a number when it has agreed to take part:
    who declines takes none. UserError for a code that does not go on."""

    def __init__(self, of: OpenStudy, code: str) -> None:
        self._of, self.study, self._pages, self.code, self._store = of, of.study, of.pages, code, of.store
        self._conditions, self._practice, self._sittings = of.conditions, of.practice, of.sittings
        self.sitting = self._sittings.of(code, self.study)
        self.seat = of.seat(code)

    @property
    def thanks(self) -> str:  # type: ignore[override]
        code = self.study.completion_code
        return f"Your completion code: {code}\n\n{THANKS}" if code else THANKS

    @property
    def parts(self) -> Sequence[str]:
        return parts(self.study, self._pages, self.sitting.order)

    def round_of(self, part: str) -> tuple[int, int] | None:
        order = self.sitting.order
        name = part.partition(":")[0]
        return (order.index(name) + 1, len(order)) if name in order and len(order) > 1 else None

    def left(self) -> Iterator[Step]:
        if self._pages.consent and "consent" not in self.sitting.done:
            yield self._pages.consent
        self._sittings.seat(self.sitting, self.study)
        yield from self._after_consent()

    def keep(self, step: Step, result: Any) -> None:
        if isinstance(result, Record) and result.status == "failed":
            return
        self.sitting.done[step.name] = "done" if isinstance(result, Record) else result
        self._keep_sitting()
        if isinstance(step, Questions):
            for name in step.about:
                self._add_answers(self._conditions[name], result)

    def declined(self) -> None:
        self.sitting.status = "declined"
        self._keep_sitting()

    def withdrawn(self, keep: bool) -> None:
        if not keep:
            self._of.forget(self.sitting)
        self.sitting.status = "withdrawn"
        self._keep_sitting()

    def _keep_sitting(self) -> None:
        self.sitting.last = time.time()
        self._sittings.keep(self.sitting)

    def _after_consent(self) -> Iterator[Step]:
        """What is still before a person who has a number."""
        study, pages, sitting = self.study, self._pages, self.sitting
        assert sitting.participant is not None
        way: list[Step] = [pages.instructions] if pages.instructions else []
        if study.practice is not None:
            job = self._job(self._practice[sitting.order[0]], PRACTICE + sitting.participant)
            way.append(_practice(job))
        for place, name in enumerate(sitting.order, 1):
            if pages.before_each:
                way.append(_numbered(pages.before_each, f"{name}: begins", place, len(sitting.order)))
            if name in sitting.left:
                person = {"code": sitting.code, "place": place}
                job = self._job(self._conditions[name], sitting.participant)
                way.append(step_of(name, job, person=person, hidden=True))
            way += [replace(each, name=f"{name}: {each.name}", about=(name,)) for each in pages.after_each]
        way += [replace(each, name=f"at_end: {each.name}", about=tuple(sitting.order)) for each in pages.at_end]
        yield from (step for step in way if step.name not in sitting.done)

    def _job(self, condition: Condition, participant: int) -> Job:
        return Job(condition, self.study.seed, participant, self._store.path.resolve(), command())

    def _add_answers(self, condition: Condition, answers: Mapping[str, Any]) -> None:
        """Put the person's answers into its record under the condition."""
        assert self.sitting.participant is not None
        record = self._store.read(condition.content, self.study.seed, self.sitting.participant)
        if record is not None:
            self._store.write(replace(record, person={**record.person, **answers}))


def parts(study: PeopleStudy, pages: Pages, order: Sequence[str]) -> list[str]:
    """The names of all steps of a person; order: of the conditions, empty where the person has none yet."""
    names = ["consent"] * (pages.consent is not None) + ["instructions"] * (pages.instructions is not None)
    names += ["practice"] * (study.practice is not None)
    for name in order or study.conditions:
        names += [f"{name}: begins"] * (pages.before_each is not None) + [name]
        names += [f"{name}: {questions.name}" for questions in pages.after_each]
    return names + [f"at_end: {questions.name}" for questions in pages.at_end]


def _numbered(text: Text, name: str, number: int, of: int) -> Text:
    """The text, with the number of the round where it asks for it."""
    title, body = (
        words.replace("{round}", str(number)).replace("{rounds}", str(of)) for words in (text.title, text.text)
    )
    return replace(text, name=name, title=title, text=body)


def run_beside(path: Path, participant: int, store: Store) -> None:
    """The simulated users of the study on the participant's data, where the store has them not."""
    study, _ = read(path)
    beside = [condition for user in study.beside for condition in conditions(study, user).values()]
    if beside:
        plan = Plan(
            participants=participant + 1,
            seed=study.seed,
            workers=None,
            time_limit=None,
            store=store.path,
            device="cpu",
            controls=(),
        )
        run(beside, plan, [participant])


def _practice(job: Job) -> TrainingStep:
    session = Session.begin(job.condition, job.seed, job.participant, {})
    return TrainingStep("practice", job, session, practice=True, hidden=True)
