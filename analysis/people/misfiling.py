"""What a person takes images for: misreading, slips of the hand, and pairs of classes that it puts together.

An image on another class's pile was misread or slipped there. One drag cannot say which. But a misreading stays with
the image and a slip does not, so images that are handled again tell them apart. And an image that is misread is worth
more or less to a person than one that is not (a sorter turns first to those of which the model says something else), so
the misread are not a fair share of those handled. With b what the person takes the image of true class t for, w(b) the
probability that it is then first handled when it was, or never (choice_model), and f_j(c) the density of its j-th drop
were it for the pile of class c, the likelihood of an image is the sum over b of

    K(b | t) w(b) * product over j of [(1 - slips) f_j(b) + slips / (C - 1) * sum over c != b of f_j(c)],
    K(t | t) = 1 - error, else error / (C - 1),

which counts a drop between two piles for as much as it says. Where no image was handled twice it is nearly flat along
error + slips: the intervals then reach down to 0, and all is called misreading, as the simpler account.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from analysis.people.drags import Drags
from analysis.people.pile_mixture import PileMixture
from analysis.people.profile_likelihood import Estimate, maximum, nothing_known, over, profile
from hill_exp.types import NO_CLASS, Bools, Floats, Ints

LEVEL: Final = 0.05  # of the tests
BETTER: Final = 1.0  # log-likelihood that one more parameter must gain to be used (Akaike 1974)


@dataclass(frozen=True)
class Filing:
    """What was put where. Shares of the images of classes that are not conflated with others."""

    misfiled: Estimate  # share of the gestures that ended on another class's pile; known whatever the reason
    conflation: dict[tuple[int, int], Estimate]  # (class, the class it is put with): share of the first's images
    belief: Ints  # (images,) what the person takes each image for; the truth where it never handled it
    certain: Bools  # (images,) of which there is no doubt: never misfiled, nor near another pile
    drops: Drops
    images: Ints  # whose drops
    plain: Bools  # (images,) of classes that are not conflated


def read_filing(drags: Drags, mixture: PileMixture, truth: Ints) -> Filing:
    """From the drags of images whose true classes are `truth` (images,), NO_CLASS of the reserved."""
    n_classes = mixture.density.shape[1]
    filed = np.flatnonzero(mixture.pile[drags.gesture] != NO_CLASS)
    filed = filed[np.argsort(drags.image[filed], kind="stable")]
    images, first = np.unique(drags.image[filed], return_index=True)
    drops = Drops(mixture.density[drags.gesture[filed]], first, truth[images])

    belief, certain = truth.copy(), np.ones(len(truth), bool)
    belief[images] = drops.taken_for(max(mixture.misfiled, 0.02), 0.01)
    pairs = _conflated_pairs(truth[images], belief[images], n_classes)
    pile = mixture.pile[drags.gesture[filed]]
    together = np.eye(n_classes, dtype=bool)
    together[tuple(zip(*pairs, strict=True)) if pairs else ([], [])] = True
    doubtful = ~together[truth[drags.image[filed]], pile] | ~mixture.sure[drags.gesture[filed]]
    certain[drags.image[filed][doubtful]] = False

    conflated = [one for one, _ in pairs]
    gestures = ~np.isin(drags.truth, conflated) & (mixture.pile != NO_CLASS)
    wrong = int((mixture.pile != drags.truth)[gestures].sum())
    misfiled = _share(wrong, int(gestures.sum()))
    return Filing(misfiled, pairs, belief, certain, drops, images, ~np.isin(truth, conflated))


@dataclass(frozen=True)
class Drops:
    """The drops of some images, image by image."""

    density: Floats  # (K, C) of each, were it for the pile of each class; rows sum to 1
    first: Ints  # (images,) the first drop of each image
    truth: Ints  # (images,)

    def given(self, slips: float) -> Floats:
        """(images, C) the likelihood of an image's drops, were it taken for each class."""
        if not len(self.first):
            return np.empty((0, self.density.shape[1]))
        others = max(1, int((self.density > 0).any(0).sum()) - 1)
        each = (1 - slips) * self.density + slips / others * (1 - self.density).clip(0)
        likelihood: Floats = np.multiply.reduceat(each, self.first, axis=0)
        return likelihood

    def taken_for(self, error: float, slips: float) -> Ints:
        """(images,) the class that each is likeliest taken for."""
        rows, joint = np.arange(len(self.truth)), self.given(slips)
        right = joint[rows, self.truth] * (1 - error)
        joint = joint * error / max(1, joint.shape[1] - 1)
        joint[rows, self.truth] = right
        return joint.argmax(1)


def rates(filing: Filing, right: Floats, misread: Floats) -> tuple[Estimate, Estimate]:
    """(error, slips) by profile likelihood; `right` (images,) is the probability that an image is handled when it was,
    or never, if it is taken for what it is, and `misread` if not."""
    drops, handled, n = filing.drops, filing.images[filing.plain[filing.images]], filing.misfiled.n
    if not len(handled) or drops.density.shape[1] < 2:
        return nothing_known(0.0, 1.0), nothing_known(0.0, 1.0)
    rows, plain = np.arange(len(filing.images)), filing.plain[filing.images]
    never = filing.plain.copy()
    never[handled] = False

    @cache
    def parts(slips: float) -> tuple[Floats, Floats]:
        """(images,) the likelihood of what was done with each, if taken for what it is, and if not."""
        given = drops.given(slips)
        as_it_is = given[rows, drops.truth]
        as_another = (given.sum(1) - as_it_is) / (given.shape[1] - 1)
        return (
            np.concatenate([as_it_is[plain] * right[handled], right[never]]),
            np.concatenate([as_another[plain] * misread[handled], misread[never]]),
        )

    def loglik(error: float, slips: float) -> float:
        as_it_is, as_another = parts(slips)
        return float(np.log(np.maximum((1 - error) * as_it_is + error * as_another, 1e-300)).sum())

    error = profile(over(loglik, 0.0, 1.0), 0.0, 1.0)
    slips = profile(over(lambda s, e: loglik(e, s), 0.0, 1.0), 0.0, 1.0)
    error_alone = profile(lambda e: loglik(e, 0.0), 0.0, 1.0)[0]
    if loglik(error_alone, 0.0) + BETTER >= maximum(over(loglik, 0.0, 1.0), 0.0, 1.0)[1]:
        error, slips = (error_alone, *error[1:]), (0.0, *slips[1:])
    return Estimate(*error, n), Estimate(*slips, n)


def _conflated_pairs(truth: Ints, read: Ints, n_classes: int) -> dict[tuple[int, int], Estimate]:
    """The pairs of classes of which the first is put with the second more often than the other mistakes would have it
    (exact binomial tests, Holm over all pairs)."""
    from scipy.stats import binomtest

    table = np.zeros((n_classes, n_classes), int)
    np.add.at(table, (truth, read), 1)
    count, wrong = table.sum(1), table.sum() - table.trace()
    cells = [(t, c) for t in range(n_classes) for c in range(n_classes) if t != c and table[t, c]]
    if not cells:
        return {}
    tests = []
    for t, c in cells:  # the rate of a mistake elsewhere, half a mistake added to it
        elsewhere = (wrong - table[t, c] + 0.5) / (count.sum() - table[t, c] + 1) / max(1, n_classes - 2)
        tests.append(binomtest(int(table[t, c]), int(count[t]), min(1.0, elsewhere), "greater").pvalue)
    order, family = np.argsort(tests, kind="stable"), n_classes * (n_classes - 1)  # pairs without a mistake count too
    real = np.logical_and.accumulate(np.array(tests)[order] * (family - np.arange(len(tests))) <= LEVEL)
    confused = [cells[i] for i in order[real]]
    return {cell: _share(int(table[cell]), int(count[cell[0]])) for cell in sorted(confused)}


def _share(k: int, n: int) -> Estimate:
    """k of n, with the exact interval (Clopper and Pearson 1934)."""
    from statsmodels.stats.proportion import proportion_confint

    if n == 0:
        return nothing_known(0.0, 1.0)
    low, high = proportion_confint(k, n, method="beta")
    return Estimate(k / n, float(low), float(high), n)
