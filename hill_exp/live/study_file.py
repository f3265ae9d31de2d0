"""The file of a study with real people: its schema, its conditions, and the texts and questions that lie beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from hill_exp.config import Choice, compose, validate
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
    instructions: Path | None
    practice: tuple[str, ...] | None  # settings of a training beforehand that is not kept
    conditions: dict[str, tuple[str, ...]] = Field(min_length=1)  # name -> settings
    settings: tuple[str, ...]  # of all conditions
    after_each: Path | None  # questions
    at_end: Path | None  # questions
    beside: tuple[str, ...]  # simulated users, run on the same participant's data
    seed: Seed

    @field_validator("conditions")
    @classmethod
    def _is_no_other_step(cls, conditions: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if taken := {"consent", "instructions", "practice", "at_end"} & conditions.keys():
            raise ValueError(f"{min(taken)} must have another name: it is that of another step of the study")
        return conditions


@dataclass(frozen=True)
class Pages:
    """What a study's texts and questions say, each by the key that names its file."""

    consent: Text | None
    instructions: Text | None
    after_each: Questions | None
    at_end: Questions | None


def read(path: Path) -> tuple[PeopleStudy, Pages]:
    """The study of a file, and its texts and questions. UserError for whatever is wrong with them; what is wrong with
    the settings of a condition is raised by `conditions`."""
    study: PeopleStudy = validate(PeopleStudy, _yaml(path), str(path))
    for user in study.beside:
        compose.settings("user", user, f"{path}: beside")
    folder = path.parent
    return study, Pages(
        consent=_text("consent", folder / study.consent) if study.consent else None,
        instructions=_text("instructions", folder / study.instructions) if study.instructions else None,
        after_each=_questions("after_each", folder / study.after_each) if study.after_each else None,
        at_end=_questions("at_end", folder / study.at_end) if study.at_end else None,
    )


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


class _Questionnaire(Choice):
    """The file of a questionnaire."""

    title: str
    text: str
    items: tuple[dict[str, Any], ...] = Field(min_length=1)


def _questions(name: str, path: Path) -> Questions:
    file: _Questionnaire = validate(_Questionnaire, _yaml(path), str(path))
    items: list[Item] = [validate(Item, item, f"{path}: items.{i}") for i, item in enumerate(file.items)]
    if len({item.key for item in items}) < len(items):
        raise UserError(f"{path}: two items have the same key")
    return Questions(name, file.title, file.text, tuple(items))


def _yaml(path: Path) -> Mapping[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{path}: must be a readable YAML file ({error})") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: must hold keys and values, as conf/people/moves_or_labels.yaml does")
    return content
