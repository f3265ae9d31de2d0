"""What is to be known of a test besides its numbers: one vocabulary, and which of it is cause for doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Note(Enum):
    """A value is the sentence, with places for what was measured."""

    TOO_FEW_PAIRS = "{n} complete pairs, and a test takes {fewest}"
    NO_SPREAD = "all differences are the same, so their spread is unknown: no test"
    IDENTICAL = "identical in every pair"
    TIED = "{n} of {of} pairs are tied, before anybody looks or because the target was never reached: no test"
    SMALL_SAMPLE = "a small sample, n = {n}"
    NOT_NORMAL = "the differences are not normal (Shapiro-Wilk p = {p:.2g})"
    WILCOXON_DISAGREES = "t and Wilcoxon disagree (p = {p:.2g} and {check:.2g}): the shape of the differences matters"
    SLOPES_DISAGREE = "mixed model and the participants' own slopes disagree (p = {p:.2g} and {check:.2g})"
    INTERCEPT_ALONE = "random intercept alone: with random slopes the fit did not converge"
    VARIANCE_AT_BOUND = "a variance of the random effects is at its bound, 0"
    NO_MIXED_MODEL = "the mixed model could not be fitted"
    FIT_WARNED = "the fit of the mixed model warned: {text}"
    AT_WORST = "{n} incomplete pairs: p and interval hold whatever they would have been (without them p = {p:.2g})"
    FAILURES_DIFFER = "one side failed more often than the other (exact McNemar p = {p:.2g})"
    NEVER_REACHED = "a target of {target} within {epochs} epochs, never reached in {n} of the pairs"
    DOSES_AT_WORST = "{n} records without a value: p and interval hold whatever it would have been"
    DECIDING_PART = "numbers of the part that decides, {metric} {contrast}"
    NO_CONTROL = "{control} is not in the store"
    NO_CONTROL_UNDER_BOTH = "{control} is not in the store under both {group}s"
    NOT_MEASURED = "nothing to test it on: it was not measured there"
    NOT_IN_STORE = "nothing to test it on: {treatment} is not in the store ({place})"
    AMBIGUOUS = "nothing to test it on: several conditions fit; name {settings} under cell.where"

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
        return self.disagrees or self in (
            Note.NOT_NORMAL,
            Note.INTERCEPT_ALONE,
            Note.VARIANCE_AT_BOUND,
            Note.FIT_WARNED,
        )


@dataclass(frozen=True)
class Remark:
    """A note about one test; as text, its sentence."""

    note: Note
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.note.value.format(**self.values)
