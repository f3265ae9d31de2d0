"""What is to be known of a test besides its numbers: one vocabulary, and which of it is cause for doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Note(Enum):
    """A value is the sentence, with places for what was measured."""

    TOO_FEW_PAIRS = "{n} complete pairs: no test"
    TOO_FEW_DOSES = "fewer than two participants have several doses: no test"
    TOO_FEW_DATASETS = "fewer than two datasets have complete pairs: no test over datasets"
    NO_SPREAD = "all differences are the same, so their spread is unknown: no test"
    IDENTICAL = "identical in every pair"
    SMALL_SAMPLE = "a small sample, n = {n}"
    NOT_NORMAL = "the differences are not normal (Shapiro-Wilk p = {p:.2g})"
    WILCOXON_DISAGREES = "t and Wilcoxon disagree (p = {p:.2g} and {check:.2g}): the shape of the differences matters"
    SLOPES_DISAGREE = "mixed model and the participants' own slopes disagree (p = {p:.2g} and {check:.2g})"
    INTERCEPT_ALONE = "random intercept alone: with random slopes the fit did not converge"
    VARIANCE_AT_BOUND = "a variance of the random effects is at its bound, 0"
    NO_MIXED_MODEL = "the mixed model could not be fitted"
    INCOMPLETE_PAIRS = "{n} incomplete pairs left out"
    NEVER_REACHED = "in {n} pairs the target was never reached"
    WITHOUT_VALUE = "{n} records without a value left out"
    WEAKEST_PART = "numbers of the weakest part, {contrast}"
    NO_CONTROL = "{control} is not in the store"
    NO_CONTROL_UNDER_BOTH = "{control} is not in the store under both {group}s"
    NOT_MEASURED = "nothing to test it on: it was not measured where the others were"
    NO_SWEEP = "nothing to test it on: the store has no sweep of {dose}"
    NO_PAIR = "nothing to test it on: the store has no pair of {treatment} with {control}"

    def __call__(self, **values: object) -> Remark:
        """The note, with its values."""
        return Remark(self, values)

    @property
    def disagrees(self) -> bool:
        """Whether a second test with other assumptions decides otherwise."""
        return self in (Note.WILCOXON_DISAGREES, Note.SLOPES_DISAGREE)

    @property
    def doubts(self) -> bool:
        """Whether it puts an assumption of the test in doubt."""
        return self.disagrees or self in (Note.NOT_NORMAL, Note.INTERCEPT_ALONE, Note.VARIANCE_AT_BOUND)


@dataclass(frozen=True)
class Remark:
    """A note about one test; as text, its sentence."""

    note: Note
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.note.value.format(**self.values)
