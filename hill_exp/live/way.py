"""What a person is led through: its steps one after another, and what becomes of their results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from hill_exp.live.step import Step

Keep = Callable[[Step, Any], None]  # (a step, its result)

THANKS = "That was all. Everything is kept. You may close this page."


class Way:
    """Steps that are there from the beginning; `keep` is called with the result of each at once.

    A way through a study derives from this. Its person has a code and may leave at any time; steps may be made as late
    as when they are come to.
    """

    code: str | None = None  # of a person in a study; None: there is no study to leave
    thanks = THANKS  # the last words
    seat: Path | None = None  # file that keeps the address of the page until the way is gone; None: each time another

    def __init__(self, steps: Sequence[Step], keep: Keep | None = None) -> None:
        self._steps, self._keep = steps, keep

    @property
    def parts(self) -> Sequence[str]:
        """The names of all steps in order, of those too that are done."""
        return [step.name for step in self._steps]

    def round_of(self, part: str) -> tuple[int, int] | None:
        """Of a study with several conditions: which of how many a step belongs to; None: to none of them."""
        return None

    def left(self) -> Iterator[Step]:
        """The steps that are not done. Each is asked for when the result of the one before is kept."""
        yield from self._steps

    def keep(self, step: Step, result: Any) -> None:
        """Keep the result of a step."""
        if self._keep:
            self._keep(step, result)

    def declined(self) -> None:
        """The person does not take part."""

    def withdrawn(self, keep: bool) -> None:
        """The person has left the study. keep: what was done so far may be kept; else it is deleted."""
