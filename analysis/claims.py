"""What may be claimed of a mean difference d: a type a claim, which knows all that depends on it.

    Higher, Lower          superiority: d is above (below) 0; the margin is the smallest effect of interest, 0 for any
    AtLeast, AtMost        non-inferiority: d is not below -margin (not above +margin)
    Equal                  equivalence: d lies within +-margin, by two one-sided tests (TOST, Schuirmann 1987)

"Maintained" is said of the last three alone: a difference that is not significant is no evidence of none.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

Alternative = Literal["two-sided", "greater", "less"]
Test = Callable[[float, Alternative], float]  # (value of d under the null, alternative to it) -> p
Bounds = tuple[float, float]  # of an interval: low, high
Verdict = Literal["supported", "not supported", "inconclusive"]
Name = Literal["higher", "lower", "at least", "at most", "equal"]  # of a claim, in files and tables


@dataclass(frozen=True)
class Claim(ABC):
    """`margin`, at least 0, is in units of d: of the metric, or of a slope."""

    margin: float

    name: ClassVar[Name]
    test: ClassVar[str]  # what its paired test is called
    maintains: ClassVar[bool]  # whether it says that something stays, which takes a margin
    aim: ClassVar[str]  # what a study of it sets out to do, before the margin
    tail: ClassVar[Literal["two-sided", "larger"]]  # of the test whose power counts, as statsmodels calls it

    @property
    @abstractmethod
    def region(self) -> Bounds:
        """The values of d that the claim allows, from -inf to inf."""

    @abstractmethod
    def p(self, test: Test) -> float:
        """p of the claim by a test: two-sided for superiority (the stated direction is required on top), one-sided for
        the others."""

    @abstractmethod
    def verdict(self, p: float, estimate: float, outer: Bounds, inner: Bounds, alpha: float) -> Verdict:
        """What a test says of the claim.

        Supported: p < alpha, and for superiority the estimate is on the stated side.
        Not supported: the data speak against the claim. For superiority the whole outer interval is at or short of the
        smallest effect of interest (or on the other side of 0), or equivalence within it holds; for the others the
        whole outer interval is beyond the margin.
        Inconclusive: neither.

        p is adjusted for the other tests of its family. outer: interval of 1 - alpha; inner: of 1 - 2 alpha, the one
        that equivalence is read off. All numbers are finite.
        """

    @abstractmethod
    def phrase(self, verdict: Verdict, outer: Bounds, effect: str) -> str:
        """The verdict in words; `effect` says with {comparative} or {trend} what superiority is about."""

    def power(self, n: int, alpha: float, sd: float = 1.0) -> float:
        """Chance that a paired t-test of n pairs, whose differences have standard deviation sd, finds an effect of the
        margin (0.5 sd where none is stated) or, if the claim maintains, holds it where there is no difference."""
        from statsmodels.stats.power import TTestPower

        size = min(self.margin / sd, 5.0) if self.margin > 0 else 0.5  # beyond 5 the noncentral t is 1 to all digits
        return float(TTestPower().power(size, n, alpha, alternative=self.tail))


@dataclass(frozen=True)
class _Superiority(Claim):
    test = "paired t"
    maintains = False
    aim = "find a difference of"
    tail = "two-sided"

    sign: ClassVar[int]
    trend: ClassVar[str]  # what a slope of that sign is called

    @property
    def region(self) -> Bounds:
        return (0.0, math.inf) if self.sign > 0 else (-math.inf, 0.0)

    def p(self, test: Test) -> float:
        return test(0.0, "two-sided")

    def verdict(self, p: float, estimate: float, outer: Bounds, inner: Bounds, alpha: float) -> Verdict:
        if p < alpha and self.sign * estimate > 0:
            return "supported"
        short = max(self.sign * bound for bound in outer) <= self.margin
        within = -self.margin < min(inner) and max(inner) < self.margin
        return "not supported" if short or within else "inconclusive"

    def phrase(self, verdict: Verdict, outer: Bounds, effect: str) -> str:
        what = effect.format(comparative=self.name, trend=self.trend)
        if verdict == "supported":
            return f"{what}, as stated"
        if verdict == "inconclusive":
            return f"too uncertain to call it {what} or not"
        if all(self.sign * bound < 0 for bound in outer):
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
    test = "paired t, one-sided"
    maintains = True
    tail = "larger"

    relation: ClassVar[str]  # what d is or is not, before the margin
    affirmed: ClassVar[bool]  # whether the claim is that relation; else it denies it

    def p(self, test: Test) -> float:
        low, high = self.region
        tests: list[tuple[float, Alternative]] = [(low, "greater"), (high, "less")]
        return max(test(bound, alternative) for bound, alternative in tests if math.isfinite(bound))

    def verdict(self, p: float, estimate: float, outer: Bounds, inner: Bounds, alpha: float) -> Verdict:
        if p < alpha:
            return "supported"
        low, high = self.region
        return "not supported" if max(outer) <= low or min(outer) >= high else "inconclusive"

    def phrase(self, verdict: Verdict, outer: Bounds, effect: str) -> str:
        what = f"{self.relation} {self.margin:g}"
        if verdict == "inconclusive":
            return f"it may or may not be {what}"
        return what if (verdict == "supported") == self.affirmed else f"not {what}"


class AtLeast(_Maintenance):
    name = "at least"
    aim = "rule out a loss beyond"
    relation = "lower by more than"
    affirmed = False

    @property
    def region(self) -> Bounds:
        return -self.margin, math.inf


class AtMost(_Maintenance):
    name = "at most"
    aim = "rule out a rise beyond"
    relation = "higher by more than"
    affirmed = False

    @property
    def region(self) -> Bounds:
        return -math.inf, self.margin


class Equal(_Maintenance):
    name = "equal"
    test = "paired TOST"
    aim = "show equality within"
    relation = "the same within"
    affirmed = True

    @property
    def region(self) -> Bounds:
        return -self.margin, self.margin

    def power(self, n: int, alpha: float, sd: float = 1.0) -> float:
        """As for any claim; a lower bound: both tests hold at least as often as one less the chances of missing
        either."""
        return max(0.0, 2 * super().power(n, alpha, sd) - 1)


CLAIMS: dict[str, type[Claim]] = {claim.name: claim for claim in (Higher, Lower, AtLeast, AtMost, Equal)}
