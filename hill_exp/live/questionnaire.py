"""A questionnaire: its questions, what counts as an answer to each, and what follows from the answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hill_exp.live import protocol
from hill_exp.live.entry import Entry
from hill_exp.live.protocol import Refused
from hill_exp.live.room import Room

Answer = str | float | None  # None: the person would rather not say


class Item(Entry):
    """One question: a scale (low and high are the words at its ends), a choice, or a free text, which may be empty.

    A person may rather not say. An item with the one answer that is `correct` is an attention check. reverse: on this
    scale a low answer counts high in the score.
    """

    key: str
    text: str
    kind: Literal["scale", "choice", "text"]
    low: str = ""
    high: str = ""
    min: float = 0
    max: float = 0
    step: float = 1
    choices: tuple[str, ...] = ()
    correct: str | float | None = None
    reverse: bool = False

    def check(self, answer: Answer) -> None:
        """Refused for what is no answer to this question."""
        if answer is None:
            return
        if self.kind == "text":
            if not isinstance(answer, str):
                raise Refused(f"The answer to {self.text!r} must be a text.")
        elif self.kind == "choice":
            if answer not in self.choices:
                raise Refused(f"The answer to {self.text!r} must be one of: {', '.join(self.choices)}.")
        elif isinstance(answer, str) or not self.min <= answer <= self.max:
            raise Refused(f"The answer to {self.text!r} must be a number from {self.min:g} to {self.max:g}.")
        elif not math.isclose(round((answer - self.min) / self.step) * self.step + self.min, answer, abs_tol=1e-9):
            raise Refused(f"The answer to {self.text!r} must go in steps of {self.step:g} from {self.min:g}.")

    def for_page(self) -> dict[str, Any]:
        """The question as the page is told it: the fields of its kind."""
        fields = {"scale": ("low", "high", "min", "max", "step"), "choice": ("choices",), "text": ("kind",)}[self.kind]
        return self.model_dump(mode="json", include={"key", "text", *fields})

    @property
    def passed(self) -> str:
        """Of an attention check: the key of whether it was answered as asked."""
        return f"{self.key}_passed"


@dataclass(frozen=True)
class Questions:
    """A questionnaire. Gives its answers by key, of each attention check whether it was passed, and the score.

    score: the key of the mean of the scales from 0 to 100, those that are no attention check; None: there is none.
    """

    name: str
    title: str
    text: str
    items: tuple[Item, ...]
    about: tuple[str, ...] = ()  # names of the conditions that the answers are about
    score: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """All that a person's answers add to its record."""
        checks = (item.passed for item in self.items if item.correct is not None)
        return (*(item.key for item in self.items), *checks, *([self.score] if self.score else []))

    def check(self, message: protocol.Answers) -> None:
        """Refused unless every question, and nothing else, is answered; free text may be left out."""
        if unknown := set(message.answers) - {item.key for item in self.items}:
            raise Refused(f"There is no question {min(unknown)!r}.")
        for item in self.items:
            if item.kind != "text" and item.key not in message.answers:
                raise Refused(f"{item.text!r} is not answered yet.")
            item.check(message.answers.get(item.key))

    def results(self, answers: Mapping[str, Answer]) -> dict[str, Answer]:
        """The answers, and what follows from them."""
        checks = {item.passed: answers[item.key] == item.correct for item in self.items if item.correct is not None}
        score = {self.score: self._score(answers)} if self.score else {}
        return {**answers, **checks, **score}

    def _score(self, answers: Mapping[str, Answer]) -> float | None:
        """From 0 to 100; None where a scale was left out."""
        shares = []
        for item in self.items:
            if item.kind == "scale" and item.correct is None:
                answer = answers[item.key]
                if not isinstance(answer, int | float):
                    return None
                share = (answer - item.min) / (item.max - item.min)
                shares.append(1 - share if item.reverse else share)
        return 100 * sum(shares) / len(shares)

    async def run(self, room: Room) -> dict[str, Answer]:
        items = [item.for_page() for item in self.items]
        room.show(lambda: {"phase": "questions", "title": self.title, "text": self.text, "items": items})
        message: protocol.Answers = await room.hear(protocol.Answers, check=self.check)
        return self.results(message.answers)
