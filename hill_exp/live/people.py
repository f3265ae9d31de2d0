"""A study with real people: `python -m hill_exp.people STUDY.yaml --code P07 [--store DIR]`.

One command is one person's sitting: consent, instructions, practice, every condition of the study in an order that is
counterbalanced over people, and questions. A sitting that was broken off goes on with the same command. Codes stand for
people, and get participant numbers in the order in which they come; so a person and a simulated one of the same number
work on the same data, and stand in the same tables.

    store/people/<code>.json    the sitting: number, order, what is done, answers
    store/sessions/...          what the person did under each condition
    store/records/...           as of any participant; `person` holds the code, the place in the order and the answers
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hill_exp.config import Choice, compose, validate
from hill_exp.live.counterbalance import order
from hill_exp.record.store import Store, write_whole
from hill_exp.types import UserError

if TYPE_CHECKING:
    from hill_exp.live.host import Address
    from hill_exp.live.steps import Questions, Step, Text
    from hill_exp.record.condition import Condition

PRACTICE = 1_000_000  # added to a participant's number: other pictures, and another model


class PeopleStudy(Choice):
    """The file of a study. Paths are relative to it."""

    title: str
    consent: Path | None
    instructions: Path | None
    practice: tuple[str, ...] | None  # settings of a training beforehand that is not kept
    conditions: dict[str, tuple[str, ...]] = Field(min_length=1)  # name -> settings
    settings: tuple[str, ...]  # of all conditions
    after_each: Path | None  # questions
    at_end: Path | None  # questions
    beside: tuple[str, ...]  # simulated users, run on the same participant's data
    seed: int = Field(ge=0)


class Sitting(BaseModel):
    """One person's way through the study. `done`: step -> what came of it."""

    model_config = ConfigDict(extra="forbid")

    study: str
    code: str
    participant: int = Field(ge=0)
    order: list[str]
    done: dict[str, Any] = Field(default_factory=dict)


class Sittings:
    """The folder of sittings in a store."""

    def __init__(self, store: Path) -> None:
        self.folder = store / "people"

    def all(self) -> Iterator[Sitting]:
        for path in sorted(self.folder.glob("*.json")):
            try:
                yield Sitting.model_validate_json(path.read_bytes())
            except ValidationError:
                raise UserError(f"{path}: is no sitting of this version. Move it away to begin another.") from None

    def of(self, code: str, study: PeopleStudy) -> Sitting:
        """The person's sitting, begun now if there is none."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", code):
            raise UserError(f"--code {code}: must be 1 to 32 letters, digits, - or _ (a code, not a name)")
        there = {sitting.code: sitting for sitting in self.all()}
        if code not in there:
            taken = {sitting.participant for sitting in there.values()}
            number = next(n for n in range(len(taken) + 1) if n not in taken)
            names = list(study.conditions)
            there[code] = Sitting(
                study=study.title, code=code, participant=number, order=[names[i] for i in order(len(names), number)]
            )
        sitting = there[code]
        if (sitting.study, sorted(sitting.order)) != (study.title, sorted(study.conditions)):
            there_is, this_is = (", ".join(sorted(names)) for names in (sitting.order, study.conditions))
            raise UserError(
                f"--code {code}: has sat in {sitting.study!r} ({there_is}) in this store, and this is "
                f"{study.title!r} ({this_is}). Take another --store for another study."
            )
        return sitting

    def keep(self, sitting: Sitting) -> None:
        write_whole(self.folder / f"{sitting.code}.json", json.dumps(sitting.model_dump(), indent=1).encode())


def read(path: Path) -> tuple[PeopleStudy, dict[str, Any]]:
    """The study of a file, and its texts and questions as steps by the name of its key: everything that can be wrong
    with it is told here. UserError."""
    study: PeopleStudy = validate(PeopleStudy, _yaml(path), str(path))
    pages: dict[str, Any] = {}
    for key in ("consent", "instructions"):
        if (file := getattr(study, key)) is not None:
            pages[key] = _text(key, path.parent / file)
    for key in ("after_each", "at_end"):
        if (file := getattr(study, key)) is not None:
            pages[key] = _questions(key, path.parent / file)
    for user in study.beside:
        compose.settings("user", user, f"{path}: beside")
    return study, pages


def conditions(study: PeopleStudy, user: str, more: Sequence[str] = ()) -> dict[str, Condition]:
    """The study's conditions with `user` at the canvas, by name."""
    return {
        name: _condition(f"conditions.{name}", user, (*study.settings, *own, *more))
        for name, own in study.conditions.items()
    }


def steps(study: PeopleStudy, pages: Mapping[str, Any], sitting: Sitting, store: Store) -> list[Step]:
    """What is still before the person."""
    from hill_exp.live.seat import training
    from hill_exp.live.session import Session
    from hill_exp.live.steps import Training
    from hill_exp.study.job import Job
    from hill_exp.study.run import command

    def job(condition: Condition, participant: int) -> Job:
        return Job(condition, study.seed, participant, store.path.resolve(), command())

    found: list[Step] = [pages[key] for key in ("consent", "instructions") if key in pages]
    if study.practice is not None:
        rehearsal = job(conditions(study, "human", study.practice)[sitting.order[0]], PRACTICE + sitting.participant)
        session = Session.begin(rehearsal.condition, rehearsal.seed, rehearsal.participant, {})
        found.append(Training("practice", rehearsal, session, path=None, hidden=True))
    for place, name in enumerate(sitting.order, 1):
        person = {"code": sitting.code, "place": place}
        its = job(conditions(study, "human")[name], sitting.participant)
        if name not in sitting.done:
            found.append(training(name, its, store, person=person, hidden=True))
        if "after_each" in pages:
            found.append(replace(pages["after_each"], name=f"{name}: questions"))
    if "at_end" in pages:
        found.append(pages["at_end"])
    return [step for step in found if step.name not in sitting.done]


def seat(path: Path, code: str, store: Store, address: Address) -> Sitting:
    """Lead a person through what is left of the study, and run those beside. UserError for what is wrong;
    `hill_exp.live.steps.Declined` where the person does not take part."""
    from hill_exp.live.host import sit
    from hill_exp.record.store import Record

    study, pages = read(path)
    of_person = conditions(study, "human")
    store.open_for_writing()
    for condition in of_person.values():
        store.add_condition(condition)
    sittings = Sittings(store.path)
    sitting = sittings.of(code, study)
    sittings.keep(sitting)

    def keep(name: str, result: Any) -> None:
        if isinstance(result, Record):
            if result.status == "failed":
                return
            result = "done"
        sitting.done[name] = result
        sittings.keep(sitting)
        if isinstance(result, dict):  # answers
            about = [name.removesuffix(": questions")] if name.endswith(": questions") else sitting.order
            for each in about:
                _answer(store, of_person[each], study.seed, sitting.participant, result)

    sit(steps(study, pages, sitting, store), address, keep)
    return sitting


def run_beside(path: Path, participant: int, store: Store) -> None:
    """The simulated users of the study on the participant's data, where the store has them not."""
    from hill_exp.study import run as study_module

    study, _ = read(path)
    beside = [condition for user in study.beside for condition in conditions(study, user).values()]
    if beside:
        plan = study_module.Study(
            participants=participant + 1, seed=study.seed, workers=None, store=store.path, device="cpu", controls=()
        )
        study_module.run(beside, plan, [participant])


def _answer(store: Store, condition: Condition, seed: int, participant: int, answers: Mapping[str, Any]) -> None:
    """Put a person's answers into its record."""
    record = store.read(condition.content, seed, participant)
    if record is not None:
        layouts = store.layouts(record)
        store.write(replace(record, person={**record.person, **answers}, layouts=layouts))


def _condition(where: str, user: str, overrides: Sequence[str]) -> Condition:
    from hydra.errors import HydraException

    from hill_exp.study.run import condition

    try:
        cfg, choices = compose.composed(f"+user={user}", *overrides)
    except HydraException as error:
        raise UserError(f"{where}: {error}") from None
    settings = {group: cfg[group] for group in (*compose.GROUPS, "training")}
    return condition({group: choices[group] for group in compose.GROUPS}, settings, "cpu")


def _text(name: str, path: Path) -> Text:
    from hill_exp.live.steps import Text

    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{name} = {path}: must be a readable text file ({error})") from None
    title, _, rest = text.partition("\n") if text.startswith("# ") else ("", "", text)
    return Text(name, "consent" if name == "consent" else "instructions", title.removeprefix("# "), rest.strip())


class _Paper(Choice):
    title: str
    text: str
    items: tuple[dict[str, Any], ...] = Field(min_length=1)


def _questions(name: str, path: Path) -> Questions:
    from hill_exp.live.steps import Item, Questions

    paper: _Paper = validate(_Paper, _yaml(path), str(path))
    items: list[Item] = [validate(Item, item, f"{path}: items.{i}") for i, item in enumerate(paper.items)]
    if len({item.key for item in items}) < len(items):
        raise UserError(f"{path}: two items have the same key")
    return Questions(name, paper.title, paper.text, tuple(items))


def _yaml(path: Path) -> Mapping[str, Any]:
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{path}: must be a readable YAML file ({error})") from None
    if not isinstance(found, dict):
        raise UserError(f"{path}: must hold keys and values, as conf/people/moves_or_labels.yaml does")
    return found


def main() -> int:
    """Exit status: 0, 1 if a training failed, 3 if the person declined, 130 after Ctrl-C. UserError for bad input."""
    parser = argparse.ArgumentParser(prog="python -m hill_exp.people", description="Seat one person of a study.")
    parser.add_argument("study", type=Path, metavar="STUDY.yaml", help="as conf/people/moves_or_labels.yaml")
    parser.add_argument("--code", help="the person's code; without it, who has sat so far is listed")
    parser.add_argument("--store", type=Path, default=Path("results"), metavar="DIR", help="default: %(default)s")
    parser.add_argument("--host", default="127.0.0.1", help="where the page is served; default: %(default)s")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--no-browser", action="store_true", help="do not open the page here")
    given = parser.parse_args()
    if given.code is None:
        for line in listing(given.study, given.store):
            print(line)
        return 0
    return _sit(given)


def listing(path: Path, store: Path) -> Iterator[str]:
    """Who has sat, a line each."""
    study, _ = read(path)
    yield f"{study.title}: {', '.join(study.conditions)}"
    for sitting in sorted(Sittings(store).all(), key=lambda sitting: sitting.participant):
        left = [name for name in sitting.order if name not in sitting.done]
        told = f"still to do: {', '.join(left)}" if left else "all conditions done"
        yield f"  {sitting.code}: participant {sitting.participant}, {' then '.join(sitting.order)}; {told}"


def _sit(given: argparse.Namespace) -> int:
    from hill_exp.live.host import Address
    from hill_exp.live.steps import Declined
    from hill_exp.study.run import keep_command

    keep_command("hill_exp.people")
    page = {"host": given.host, "port": given.port, "browser": not given.no_browser}
    address: Address = validate(Address, page, "--host, --port")
    try:
        sitting = seat(given.study, given.code, Store(given.store), address)
        run_beside(given.study, sitting.participant, Store(given.store))
    except Declined:
        print(f"{given.code} does not take part; nothing is kept but that.", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("\nStopped. What was done is kept; the same command goes on from there.", file=sys.stderr)
        return 130
    undone = [name for name in sitting.order if name not in sitting.done]
    if undone:
        print(f"{sitting.code}: failed under {', '.join(undone)}; the same command tries again", file=sys.stderr)
        return 1
    print(f"{sitting.code} was participant {sitting.participant}: {', then '.join(sitting.order)}.")
    print(f"See: python -m analysis --store {given.store} --out report")
    return 0
