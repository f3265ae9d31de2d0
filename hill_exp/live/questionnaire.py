"""A questionnaire: its questions, and what counts as an answer to each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from hill_exp.live import protocol
from hill_exp.live.protocol import Refused
from hill_exp.live.server import Room
from hill_exp.live.session import Entry


class Item(Entry):
    """One question: a scale (low and high are the words at its ends), a choice, or a free text, which may be empty."""

    key: str
    text: str
    kind: Literal["scale", "choice", "text"]
    low: str = ""
    high: str = ""
    min: float = 0
    max: float = 0
    step: float = 1
    choices: tuple[str, ...] = ()

    def check(self, answer: str | float | None) -> None:
        """Refused for what is no answer to this question."""
        if self.kind == "text":
            if not isinstance(answer, str | None):
                raise Refused(f"The answer to {self.text!r} must be a text.")
        elif answer is None:
            raise Refused(f"{self.text!r} is not answered yet.")
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


@dataclass(frozen=True)
class Questions:
    """A questionnaire. Gives its answers by key."""

    name: str
    title: str
    text: str
    items: tuple[Item, ...]
    about: tuple[str, ...] = ()  # names of the conditions that the answers are about

    def check(self, message: protocol.Answers) -> None:
        """Refused unless every question, and nothing else, is answered."""
        if unknown := set(message.answers) - {item.key for item in self.items}:
            raise Refused(f"There is no question {min(unknown)!r}.")
        for item in self.items:
            item.check(message.answers.get(item.key))

    async def run(self, room: Room) -> dict[str, str | float]:
        items = [item.for_page() for item in self.items]
        room.show(lambda: {"phase": "questions", "title": self.title, "text": self.text, "items": items})
        message: protocol.Answers = await room.hear(protocol.Answers, check=self.check)
        return message.answers
