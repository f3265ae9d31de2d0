"""What may be claimed of a mean difference d: a type a claim, which knows all that depends on it.

    Higher, Lower          superiority: d is above (below) 0; the margin is the smallest effect of interest, 0 for any
    AtLeast, AtMost        non-inferiority: d is not below -margin (not above +margin)
    Equal                  equivalence: d lies within +-margin, by two one-sided tests (TOST, Schuirmann 1987)

"Maintained" is said of the last three alone: a difference that is not significant is no evidence of none.

All tests are one-sided, at 0.025 in the files of this project, as ICH E9 asks for superiority and non-inferiority
alike; so one interval of 95% (of 1 - 2 alpha, where alpha is corrected for other tests) decides all of them. Each claim
has two: one that finds it, and one that finds its contrary. A claim of superiority is contradicted by a difference that
is short of the margin, also where it is surely there: then it is there, but smaller than matters.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal

from analysis.noncentral import equivalence_power, t_power

Alternative = Literal["greater", "less"]
Test = Callable[[float, Alternative], float]  # (value of d under the null, alternative to it) -> p
Bounds = tuple[float, float]  # of an interval: low, high
Name = Literal["higher", "lower", "at least", "at most", "equal"]  # of a claim, in files and tables


class Verdict(StrEnum):
    """What the tests say of a claim."""

    SUPPORTED = "supported"
    NOT_SUPPORTED = "not supported"  # the data speak against it
    INCONCLUSIVE = "inconclusive"  # they speak neither for nor against it
    NOT_TESTED = "not tested"


class Finding(StrEnum):
    """Where d lies, as the interval has it that decides: in margins, in the direction of the claim."""

    BEYOND = "beyond the margin"
    THERE = "there"  # and it may or may not be as large as the margin
    SMALL = "there, but smaller than matters"
    EQUIVALENT = "equivalent"  # within the margin on both sides of 0
    NOT_WORSE = "not worse"  # not beyond the margin on the other side
    SHORT = "short of the margin"  # and perhaps on the other side of 0
    CONTRARY = "the other way"
    INCONCLUSIVE = "inconclusive"
    NOT_TESTED = "not tested"


@dataclass(frozen=True)
class Claim(ABC):
    """`margin`, at least 0, is in units of d: of the metric, or of a slope."""

    margin: float

    name: ClassVar[Name]
    sign: ClassVar[int]  # the side of 0 on which d is to be; 0: either
    test: ClassVar[str]  # what its paired test is called
    maintains: ClassVar[bool]  # whether it says that something stays, which takes a margin
    aim: ClassVar[str]  # what a study of it sets out to do, before the margin

    @property
    @abstractmethod
    def region(self) -> Bounds:
        """The values of d that the claim allows, from -inf to inf."""

    @property
    @abstractmethod
    def contrary(self) -> Sequence[tuple[float, Alternative]]:
        """The one-sided tests, (value of d under the null, alternative), each of which contradicts the claim."""

    def p(self, test: Test) -> float:
        """p of the claim: the largest of those of the one-sided tests that it takes."""
        low, high = self.region
        tests: list[tuple[float, Alternative]] = [(low, "greater"), (high, "less")]
        return max(test(bound, alternative) for bound, alternative in tests if math.isfinite(bound))

    def p_contrary(self, test: Test) -> float:
        """p of the contrary: the least of the tests that contradict the claim."""
        return min(test(bound, alternative) for bound, alternative in self.contrary)

    def finding(self, verdict: Verdict, interval: Bounds) -> Finding:
        """Where d lies, by the interval that the verdict was read off."""
        if verdict == Verdict.NOT_TESTED:
            return Finding.NOT_TESTED
        if verdict == Verdict.INCONCLUSIVE:
            return Finding.INCONCLUSIVE
        low, high = interval if self.sign >= 0 else (-interval[1], -interval[0])
        return self._place(verdict, low, high)

    def _place(self, verdict: Verdict, low: float, high: float) -> Finding:
        """low, high: of the interval, in the direction of the claim."""
        m = self.margin
        if -m < low and high < m:
            return Finding.SMALL if low > 0 or high < 0 else Finding.EQUIVALENT
        if low > 0:
            return Finding.BEYOND if low >= m else Finding.THERE
        if high < 0:
            return Finding.CONTRARY
        return Finding.NOT_WORSE if verdict == Verdict.SUPPORTED else Finding.SHORT

    @abstractmethod
    def phrase(self, verdict: Verdict, finding: Finding, effect: str) -> str:
        """The verdict in words; `effect` says with {comparative} or {trend} what superiority is about."""

    def power(self, n: int, alpha: float, sd: float = 1.0) -> float:
        """Chance that a paired t-test of n pairs, whose differences have standard deviation sd, at the one-sided level
        alpha finds an effect of the margin (0.5 sd where none is stated) or, if the claim maintains, holds it where
        there is no difference."""
        return t_power(self.margin / sd if self.margin > 0 else 0.5, n, alpha)


@dataclass(frozen=True)
class _Superiority(Claim):
    test = "paired t"
    maintains = False
    aim = "find a difference of"

    trend: ClassVar[str]  # what a slope of that sign is called

    @property
    def region(self) -> Bounds:
        return (0.0, math.inf) if self.sign > 0 else (-math.inf, 0.0)

    @property
    def contrary(self) -> Sequence[tuple[float, Alternative]]:
        return [(self.margin, "less")] if self.sign > 0 else [(-self.margin, "greater")]

    def _place(self, verdict: Verdict, low: float, high: float) -> Finding:
        if high < 0:
            return Finding.CONTRARY
        if verdict == Verdict.SUPPORTED:  # whether it is smaller than matters is for the test of the contrary to say
            return Finding.BEYOND if low >= self.margin else Finding.THERE
        return super()._place(verdict, low, high)

    def phrase(self, verdict: Verdict, finding: Finding, effect: str) -> str:
        what = effect.format(comparative=self.name, trend=self.trend)
        match verdict, finding:
            case Verdict.NOT_TESTED, _:
                return "not tested"
            case Verdict.INCONCLUSIVE, _:
                return f"too uncertain to call it {what} or not"
            case _, Finding.BEYOND:
                return f"{what} by more than {self.margin:g}, as stated" if self.margin else f"{what}, as stated"
            case _, Finding.THERE:
                return f"{what}, as stated"
            case _, Finding.SMALL:
                return f"{what}, but by less than the {self.margin:g} that would matter"
            case _, Finding.CONTRARY:
                return "the other way"
        return f"not {what} by as much as {self.margin:g}"


class Higher(_Superiority):
    name = "higher"
    sign = 1
    trend = "rising"


class Lower(_Superiority):
    name = "lower"
    sign = -1
    trend = "falling"


@dataclass(frozen=True)
class _Maintenance(Claim):
    test = "paired t, non-inferiority"
    maintains = True

    relation: ClassVar[str]  # what d is or is not, before the margin
    affirmed: ClassVar[bool]  # whether the claim is that relation; else it denies it

    @property
    def contrary(self) -> Sequence[tuple[float, Alternative]]:
        low, high = self.region
        tests: list[tuple[float, Alternative]] = [(low, "less"), (high, "greater")]
        return [(bound, alternative) for bound, alternative in tests if math.isfinite(bound)]

    def phrase(self, verdict: Verdict, finding: Finding, effect: str) -> str:
        what = f"{self.relation} {self.margin:g}"
        if verdict == Verdict.NOT_TESTED:
            return "not tested"
        if verdict == Verdict.INCONCLUSIVE:
            return f"it may or may not be {what}"
        return what if (verdict == Verdict.SUPPORTED) == self.affirmed else f"not {what}"


class AtLeast(_Maintenance):
    name = "at least"
    sign = 1
    aim = "rule out a loss beyond"
    relation = "lower by more than"
    affirmed = False

    @property
    def region(self) -> Bounds:
        return -self.margin, math.inf


class AtMost(_Maintenance):
    name = "at most"
    sign = -1
    aim = "rule out a rise beyond"
    relation = "higher by more than"
    affirmed = False

    @property
    def region(self) -> Bounds:
        return -math.inf, self.margin


class Equal(_Maintenance):
    name = "equal"
    sign = 0
    test = "paired TOST"
    aim = "show equality within"
    relation = "the same within"
    affirmed = True

    @property
    def region(self) -> Bounds:
        return -self.margin, self.margin

    def _place(self, verdict: Verdict, low: float, high: float) -> Finding:
        place = super()._place(verdict, low, high)
        return place if verdict == Verdict.SUPPORTED else Finding.BEYOND

    def power(self, n: int, alpha: float, sd: float = 1.0) -> float:
        """As for any claim."""
        return equivalence_power(self.margin / sd, n, alpha)


CLAIMS: dict[str, type[Claim]] = {claim.name: claim for claim in (Higher, Lower, AtLeast, AtMost, Equal)}
