"""Where a person's piles are, which one each drag was for, and how the hand gets there.

The drag g from start x to drop y, meant for the pile of class c, ends at

    y = (1 - a) (m_c + disc) + a x + noise,    noise ~ N(0, s^2 I),    s = constant + proportional * length,

a the anchoring, m_c the middle of the pile, which stays where it is over the turns, disc the point's place on the pile,
and length that of the drag aimed at, |(1 - a)(m_c + disc - x)|. So y - disc is a straight line in x - disc, with the
same slope a for all piles, both axes, and an intercept b_c = (1 - a) m_c for each pile: anchoring is a slope, the
motor parameters are the residuals' size against the length, and neither is mistaken for the other. (At slope 1 the
middles of the piles are lost: a person who moves nothing has none.)

For which pile a drag was is not known, nor is every drag for a pile. A mixture says how likely each is: with
probability 1 - q the pile of the class of the image's truth, else any other alike; with probability u no pile at all,
anywhere in the range of the drops. It is fitted by expectation-maximisation (Dempster, Laird and Rubin 1977) from two
starts, the medians of the drops by true class and the clusters that the drops form by themselves, which matters where
half of a class or all of it lies on another's pile; the likelier end is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analysis.people.drags import Drags
from analysis.people.profile_likelihood import Estimate, nothing_known, over, profile
from hill_exp.types import NO_CLASS, Bools, Floats, Ints
from simulated_users.group_centres import medians

RESOLUTION: Final = 1e-4  # layout units, added to every spread: no screen shows less
WIDEST: Final = 2.0  # layout units, of a hand's spread, constant, and in proportion to the length
SURE: Final = 0.95  # probability of a pile that leaves no doubt
APART: Final = 0.5  # layout units: drops that lie farther apart start as two piles


@dataclass(frozen=True)
class PileMixture:
    """Piles, and for which of them the G drags were, of S courses and C classes."""

    intercepts: Floats  # (S, C, 2) b_c; NaN: the class has no pile
    anchoring: float
    constant: float
    proportional: float
    misfiled: float  # q
    lost: float  # u
    density: Floats  # (G, C) of the drop, were the drag for the pile of each class; rows sum to 1
    pile: Ints  # (G,) the likeliest; NO_CLASS: none of them
    sure: Bools  # (G,) whether there is no doubt of it
    loglik: float = -np.inf

    def log_prior(self, drags: Drags) -> Floats:
        """(G, C) log-probability that a drag is for the pile of each class."""
        c = self.intercepts.shape[1]
        prior = np.full((len(drags), c), self.misfiled / max(1, c - 1))
        prior[np.arange(len(drags)), drags.truth] = 1 - self.misfiled
        return np.log(prior * (1 - self.lost))

    def length(self, drags: Drags) -> Floats:
        """(G, C) of the drag aimed at, were it for the pile of each class; 0 where the class has none."""
        aim = self.intercepts[drags.course] - (1 - self.anchoring) * (drags.start - drags.disc)[:, None]
        return np.nan_to_num(np.linalg.norm(aim, axis=2))

    def spread(self, drags: Drags) -> Floats:
        """(G, C) standard deviation of the drop, were the drag for the pile of each class."""
        return self.constant + self.proportional * self.length(drags) + RESOLUTION

    def squares(self, drags: Drags) -> Floats:
        """(G, C) squared distance of the drop from where it would be, were the drag for the pile of each class."""
        line = self.anchoring * (drags.start - drags.disc) - (drags.drop - drags.disc)
        return ((self.intercepts[drags.course] + line[:, None]) ** 2).sum(2)


def fit_piles(drags: Drags, courses: int, n_classes: int) -> PileMixture:
    """The likeliest piles of `n_classes` classes in each of the `courses`."""
    x, y = drags.start - drags.disc, drags.drop - drags.disc
    group = drags.course * n_classes + drags.truth
    k = courses * n_classes
    slope = float(np.clip(_slope(x, y, medians(x, group, k)[group], medians(y, group, k)[group]), 0, 0.9))
    by_truth = medians(y - slope * x, group, k).reshape(courses, n_classes, 2)
    ends = []
    for intercepts in (by_truth, _clusters(y - slope * x, slope, drags, by_truth)):
        mixture = _maximise(drags, _initial(drags, intercepts, slope))
        while (merged := _merged(drags, mixture)) is not None:
            mixture = _maximise(drags, replace(mixture, intercepts=merged, loglik=-np.inf))
        ends.append(mixture)
    return max(ends, key=lambda mixture: mixture.loglik)


def fit_hand(drags: Drags, mixture: PileMixture) -> tuple[Estimate, Estimate, Estimate]:
    """(anchoring, constant, proportional).

    Anchoring is the slope by least squares, with an interval that holds whatever the spread (HC3, MacKinnon
    and White 1985), cut to the family's range from 0 to 1. The motor parameters have the greatest likelihood of the
    mixture, the piles being where they are; each interval by profile over the other.
    """
    regression = _regression(drags, mixture)
    if regression is None:
        return nothing_known(0.0, 1.0), nothing_known(0.0, WIDEST), nothing_known(0.0, WIDEST)
    fitted, rows = regression
    n = int(rows.sum())
    slope, low, high = np.clip([fitted.params[0], *fitted.conf_int()[0]], 0, 1).tolist()
    anchoring = Estimate(slope, low, high, n)

    # the mixture's likelihood, of the two likeliest piles, or of one where there is no doubt of any
    squares = mixture.squares(drags)[rows]
    prior = np.where(np.isfinite(squares), mixture.log_prior(drags)[rows], -np.inf)
    squares = np.nan_to_num(squares)
    two = np.argsort(squares / (2 * mixture.spread(drags)[rows] ** 2) - prior, axis=1)
    two = two[:, : 1 if mixture.sure.all() else 2]
    prior, squares, length = (np.take_along_axis(v, two, 1) for v in (prior, squares, mixture.length(drags)[rows]))
    count = np.maximum(np.bincount(mixture.pile[rows], minlength=mixture.density.shape[1]), 2)[two]

    def loglik(constant: float, proportional: float) -> float:
        noise = (constant + proportional * length + RESOLUTION) ** 2
        variance = noise * (1 - 2 / count) + noise[:, 0].mean() / count  # about a middle fitted to `count` drops
        each = prior - np.log(variance) - squares / (2 * variance)
        return float(each.sum() if each.shape[1] == 1 else np.logaddexp(each[:, 0], each[:, 1]).sum())

    constant = profile(over(loglik, 0.0, WIDEST), 0.0, WIDEST)
    proportional = profile(over(lambda second, first: loglik(first, second), 0.0, WIDEST), 0.0, WIDEST)
    return anchoring, Estimate(*constant, n), Estimate(*proportional, n)


def _regression(drags: Drags, mixture: PileMixture):  # type: ignore[no-untyped-def]  # statsmodels has no types
    """(the regression, which drags it rests on): y - disc on x - disc, an intercept for each pile and axis; piles with
    one drag say nothing. None where there is too little."""
    from statsmodels.regression.linear_model import OLS

    n_classes = mixture.density.shape[1]
    group = drags.course * n_classes + mixture.pile
    on_pile = mixture.pile != NO_CLASS
    count = np.bincount(group[on_pile], minlength=int(group.max(initial=0)) + 1)
    rows = on_pile & (count[group] > 1)
    if (count > 1).sum() == 0 or rows.sum() < (count > 1).sum() + 2:
        return None
    x, y = (drags.start - drags.disc)[rows], (drags.drop - drags.disc)[rows]
    _, pile = np.unique(group[rows], return_inverse=True)
    dummies = np.kron(np.eye(pile.max() + 1)[pile], np.eye(2))  # rows: each drag's two axes in turn
    return OLS(y.ravel(), np.column_stack([x.ravel(), dummies])).fit(cov_type="HC3"), rows


# --- the mixture


def _initial(drags: Drags, intercepts: Floats, slope: float) -> PileMixture:
    g, c = len(drags), intercepts.shape[1]
    nobody = np.full(g, NO_CLASS)
    return PileMixture(intercepts, slope, 0.3, 0.0, 0.1, 0.01, np.zeros((g, c)), nobody, nobody == 0)


def _slope(x: Floats, y: Floats, x_middle: Floats, y_middle: Floats, weight: Floats | float = 1.0) -> float:
    """Of y on x (..., 2) about their middles."""
    w = np.broadcast_to(np.asarray(weight)[..., None], x_middle.shape)
    across = float((w * (x - x_middle) ** 2).sum())
    return float((w * (x - x_middle) * (y - y_middle)).sum()) / across if across > 0 else 0.0


def _clusters(y: Floats, slope: float, drags: Drags, by_truth: Floats) -> Floats:
    """(S, C, 2) the middles of the clusters of y (G, 2), each given to the class that it has most of (Hungarian)."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.optimize import linear_sum_assignment

    intercepts = np.full_like(by_truth, np.nan)
    for s in range(len(by_truth)):
        rows = np.flatnonzero(drags.course == s)
        if len(rows) < 2:
            continue
        cluster = fcluster(linkage(y[rows] / (1 - slope), "average"), APART, "distance") - 1
        table = np.zeros((cluster.max() + 1, by_truth.shape[1]))
        np.add.at(table, (cluster, drags.truth[rows]), 1)
        middles = medians(y[rows], cluster, len(table))
        for i, c in zip(*linear_sum_assignment(table, maximize=True), strict=True):
            if table[i, c]:
                intercepts[s, c] = middles[i]
    return intercepts


def _maximise(drags: Drags, mixture: PileMixture, most: int = 200, enough: float = 1e-3) -> PileMixture:
    """Expectation and maximisation in turn until the log-likelihood gains less than `enough`."""
    x, y = drags.start - drags.disc, drags.drop - drags.disc
    area = max(1.0, float(np.prod(np.ptp(y, axis=0)))) if len(y) else 1.0
    for _ in range(most):
        # expectation
        s, e2 = mixture.spread(drags), mixture.squares(drags)
        logf = np.where(np.isfinite(e2), -np.log(2 * np.pi) - 2 * np.log(s) - e2 / (2 * s**2), -np.inf)
        joint = np.column_stack([logf + mixture.log_prior(drags), np.full(len(y), np.log(mixture.lost / area))])
        total = np.logaddexp.reduce(joint, axis=1)
        share = np.exp(joint - total[:, None])  # (G, C + 1), the last for no pile
        loglik, gain = float(total.sum()), float(total.sum()) - mixture.loglik
        pile = np.where(share.argmax(1) < logf.shape[1], share.argmax(1), NO_CLASS)
        # relative to the best, so that a drop far from all piles is still nearest to one
        density = np.exp(logf - logf.max(1, keepdims=True, initial=-1e300))
        density = np.where(pile[:, None] == NO_CLASS, 1.0, density)
        density /= density.sum(1, keepdims=True)
        mixture = replace(mixture, density=density, pile=pile, sure=share.max(1) > SURE, loglik=loglik)
        if gain < enough:
            break
        # maximisation
        share = share[:, :-1]
        # not by 1 / s^2: the middle of a pile would run to one drag, which so had no length, and no spread
        x_middle, y_middle = (_means(drags, v, share, len(mixture.intercepts)) for v in (x, y))
        a = _slope(
            x[:, None],
            y[:, None],
            np.nan_to_num(x_middle)[drags.course],
            np.nan_to_num(y_middle)[drags.course],
            share,
        )
        a = float(np.clip(a, 0, 1))
        to_own_pile = share[np.arange(len(y)), drags.truth].sum()
        mixture = replace(
            mixture,
            intercepts=y_middle - a * x_middle,
            anchoring=a,
            misfiled=float(np.clip(1 - to_own_pile / max(share.sum(), 1e-9), 1e-3, 0.9)),
            lost=float(np.clip(1 - share.sum() / max(len(y), 1), 1e-4, 0.5)),
        )
        constant, proportional = _likeliest_spread(drags, mixture, share)
        mixture = replace(mixture, constant=constant, proportional=proportional)
    return mixture


def _means(drags: Drags, values: Floats, weight: Floats, courses: int) -> Floats:
    """(S, C, 2) mean of the values (G, 2) by weight (G, C); NaN where there is no weight."""
    sums, weights = np.zeros((courses, weight.shape[1], 2)), np.zeros((courses, weight.shape[1]))
    np.add.at(sums, drags.course, weight[..., None] * values[:, None])
    np.add.at(weights, drags.course, weight)
    with np.errstate(invalid="ignore"):
        return sums / weights[..., None]


def _likeliest_spread(drags: Drags, mixture: PileMixture, share: Floats) -> tuple[float, float]:
    """(constant, proportional) that fit the residuals best, each weighted by its share (G, C)."""
    from scipy.optimize import minimize

    rows, columns = np.nonzero(share > 1e-3)
    w, e2 = share[rows, columns], mixture.squares(drags)[rows, columns]
    length = mixture.length(drags)[rows, columns]

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        s = p[0] + p[1] * length + RESOLUTION
        slope = w * (2 / s - e2 / s**3)
        return float((w * (2 * np.log(s) + e2 / (2 * s**2))).sum()), np.array([slope.sum(), (slope * length).sum()])

    start = np.array([mixture.constant, mixture.proportional])
    fitted = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, WIDEST)] * 2)
    return float(fitted.x[0]), float(fitted.x[1])


def _merged(drags: Drags, mixture: PileMixture) -> Floats | None:
    """The intercepts without the pile of fewer drags of two that the drops do not tell apart; None if all are told
    apart. Two piles of n and k drags are one if their middles differ by less than the 95% point of what two samples
    from one pile would, or by less than the spread of the hand."""
    spread = mixture.spread(drags)
    for s in range(len(mixture.intercepts)):
        rows = (drags.course == s) & (mixture.pile != NO_CLASS)
        count = np.bincount(mixture.pile[rows], minlength=mixture.intercepts.shape[1])
        piles = np.flatnonzero(np.isfinite(mixture.intercepts[s, :, 0]))
        piles = piles[np.argsort(-count[piles], kind="stable")]
        for i, more in enumerate(piles):
            for fewer in piles[i + 1 :]:
                apart = np.linalg.norm(mixture.intercepts[s, more] - mixture.intercepts[s, fewer])
                n, k = count[more], count[fewer]
                width = np.median(spread[rows, more]) if rows.any() else 0.0
                if apart < width * np.sqrt(1 + 6 * (1 / max(n, 1) + 1 / max(k, 1))):
                    intercepts = mixture.intercepts.copy()
                    intercepts[s, fewer] = np.nan
                    return intercepts
    return None
