"""The file of a study with real people: its schema, its conditions, and the texts and questions that lie beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from hill_exp.config import Choice, compose, validate
from hill_exp.live.protocol import Refused
from hill_exp.live.questionnaire import Item, Questions
from hill_exp.live.texts import Text
from hill_exp.record.condition import Condition
from hill_exp.study.check import check
from hill_exp.study.plan import Seed
from hill_exp.types import UserError


class PeopleStudy(Choice):
    """The file of a study. Paths are relative to it."""

    title: str
    consent: Path | None
    ethics: str | None  # number of the approval by an ethics board (IRB)
    payment: str | None  # what people get for taking part
    completion_code: str | None  # shown at the end
    resume_days: float | None = Field(gt=0)  # how long after a break a sitting goes on
    instructions: Path | None
    practice: tuple[str, ...] | None  # settings of a training beforehand that is not kept
    conditions: dict[str, tuple[str, ...]] = Field(min_length=1)  # name -> settings
    settings: tuple[str, ...]  # of all conditions
    before_each: Path | None  # text before each condition
    after_each: tuple[Path, ...]  # questions
    at_end: tuple[Path, ...]  # questions
    beside: tuple[str, ...]  # simulated users, run on the same participant's data
    seed: Seed

    @field_validator("conditions")
    @classmethod
    def _is_no_other_step(cls, conditions: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if taken := {"consent", "instructions", "practice", "at_end"} & conditions.keys():
            raise ValueError(f"{min(taken)} must have another name: it is that of another step of the study")
        if parted := [name for name in conditions if ":" in name]:
            raise ValueError(f"{parted[0]} must have a name without a colon")
        return conditions


@dataclass(frozen=True)
class Pages:
    """What a study's texts and questions say, each by the key that names its file."""

    consent: Text | None
    instructions: Text | None
    before_each: Text | None
    after_each: tuple[Questions, ...]
    at_end: tuple[Questions, ...]


def read(path: Path) -> tuple[PeopleStudy, Pages]:
    """The study of a file, and its texts and questions. UserError for whatever is wrong with them; what is wrong with
    the settings of a condition is raised by `conditions`."""
    study: PeopleStudy = validate(PeopleStudy, _yaml(path), str(path))
    for user in study.beside:
        compose.settings("user", user, f"{path}: beside")
    folder = path.parent
    pages = Pages(
        consent=_consent(study, folder / study.consent) if study.consent else None,
        instructions=_text("instructions", folder / study.instructions) if study.instructions else None,
        before_each=_text("instructions", folder / study.before_each) if study.before_each else None,
        after_each=tuple(_questions(folder / file) for file in study.after_each),
        at_end=tuple(_questions(folder / file) for file in study.at_end),
    )
    keys = Counter(key for questions in (*pages.after_each, *pages.at_end) for key in questions.keys)
    if twice := [key for key, times in keys.items() if times > 1 or key in ("code", "place")]:
        raise UserError(f"{path}: the key {twice[0]} is given twice, and a person's answers lie in one row")
    return study, pages


def conditions(study: PeopleStudy, user: str, extra: Sequence[str] = ()) -> dict[str, Condition]:
    """The study's conditions with `user` at the canvas, by name; `extra`: settings of all of them that stand last."""
    return {
        name: _condition(f"conditions.{name}", user, (*study.settings, *settings, *extra))
        for name, settings in study.conditions.items()
    }


def _condition(where: str, user: str, overrides: Sequence[str]) -> Condition:
    try:
        cfg, choices = compose.composed(f"+user={user}", *overrides)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
    return check(choices, cfg, "cpu")


def _text(phase: Literal["consent", "instructions"], path: Path) -> Text:
    """A heading, if the first line is one, and the text after it."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{phase} = {path}: must be a readable text file ({error})") from None
    title, _, rest = text.partition("\n") if text.startswith("# ") else ("", "", text)
    return Text(phase, phase, title.removeprefix("# "), rest.strip())


def _consent(study: PeopleStudy, path: Path) -> Text:
    """The text, with what the study's file says of approval and payment."""
    text = _text("consent", path)
    said = {"Payment": study.payment, "Approved by the ethics board": study.ethics}
    return replace(text, text="\n\n".join([text.text, *(f"{name}: {value}" for name, value in said.items() if value)]))


class _Questionnaire(Choice):
    """The file of a questionnaire."""

    title: str
    text: str
    score: str | None = None  # key of the mean of the scales, from 0 to 100
    items: tuple[dict[str, Any], ...] = Field(min_length=1)


def _questions(path: Path) -> Questions:
    file: _Questionnaire = validate(_Questionnaire, _yaml(path), str(path))
    items: list[Item] = [validate(Item, item, f"{path}: items.{i}") for i, item in enumerate(file.items)]
    if len({item.key for item in items}) < len(items):
        raise UserError(f"{path}: two items have the same key")
    for i, item in enumerate(items):
        if item.kind == "scale" and not item.min < item.max:
            raise UserError(f"{path}: items.{i}: max = {item.max:g} must be above min = {item.min:g}")
        try:
            item.check(item.correct)
        except Refused:
            raise UserError(f"{path}: items.{i}: correct = {item.correct} is no answer to this question") from None
    if file.score and not any(item.kind == "scale" and item.correct is None for item in items):
        raise UserError(f"{path}: score = {file.score}: there is no scale to make it of")
    return Questions(path.stem, file.title, file.text, tuple(items), score=file.score)


def _yaml(path: Path) -> Mapping[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{path}: must be a readable YAML file ({error})") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: must hold keys and values, as conf/people/moves_or_labels.yaml does")
    return content
