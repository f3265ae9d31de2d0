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

from hill_exp.types import NO_CLASS, Bools, Floats, Ints
from simulated_users.centres import medians
from simulated_users.fit.profile import Estimate, nothing_known, over, profile
from simulated_users.fit.sessions import Drags

RESOLUTION: Final = 1e-4  # layout units, added to every spread: no screen shows less
WIDEST: Final = 2.0  # layout units, of a hand's spread, constant, and in proportion to the length
SURE: Final = 0.95  # probability of a pile that leaves no doubt
APART: Final = 0.5  # layout units: drops that lie farther apart start as two piles


@dataclass(frozen=True)
class Places:
    """Piles, and for which of them the G drags were, of S sessions and C classes."""

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


def find(drags: Drags, sessions: int, n_classes: int) -> Places:
    """The likeliest piles of `n_classes` classes in each of the `sessions`."""
    x, y = drags.start - drags.disc, drags.drop - drags.disc
    group = drags.session * n_classes + drags.truth
    k = sessions * n_classes
    slope = float(np.clip(_slope(x, y, medians(x, group, k)[group], medians(y, group, k)[group]), 0, 0.9))
    by_truth = medians(y - slope * x, group, k).reshape(sessions, n_classes, 2)
    ends = []
    for intercepts in (by_truth, _clusters(y - slope * x, slope, drags, by_truth)):
        places = _climb(drags, _start(drags, intercepts, slope))
        while (merged := _merged(drags, places)) is not None:
            places = _climb(drags, replace(places, intercepts=merged, loglik=-np.inf))
        ends.append(places)
    return max(ends, key=lambda places: places.loglik)


def hand(drags: Drags, places: Places) -> tuple[Estimate, Estimate, Estimate]:
    """(anchoring, constant, proportional).

    Anchoring is the slope by least squares, with an interval that holds whatever the spread (HC3, MacKinnon
    and White 1985), cut to the family's range from 0 to 1. The motor parameters have the greatest likelihood of the
    mixture, the piles being where they are; each interval by profile over the other.
    """
    line = _line(drags, places)
    if line is None:
        return nothing_known(0.0, 1.0), nothing_known(0.0, WIDEST), nothing_known(0.0, WIDEST)
    fitted, rows = line
    n = int(rows.sum())
    slope, low, high = np.clip([fitted.params[0], *fitted.conf_int()[0]], 0, 1).tolist()
    anchoring = Estimate(slope, low, high, n)

    # the mixture's likelihood, of the two likeliest piles, or of one where there is no doubt of any
    squares = _squares(drags, places)[rows]
    prior = np.where(np.isfinite(squares), _prior(drags, places)[rows], -np.inf)
    squares = np.nan_to_num(squares)
    two = np.argsort(squares / (2 * _spread(drags, places)[rows] ** 2) - prior, axis=1)
    two = two[:, : 1 if places.sure.all() else 2]
    prior, squares, length = (np.take_along_axis(v, two, 1) for v in (prior, squares, _length(drags, places)[rows]))
    count = np.maximum(np.bincount(places.pile[rows], minlength=places.density.shape[1]), 2)[two]

    def loglik(constant: float, proportional: float) -> float:
        noise = (constant + proportional * length + RESOLUTION) ** 2
        variance = noise * (1 - 2 / count) + noise[:, 0].mean() / count  # about a middle fitted to `count` drops
        each = prior - np.log(variance) - squares / (2 * variance)
        return float(each.sum() if each.shape[1] == 1 else np.logaddexp(each[:, 0], each[:, 1]).sum())

    constant = profile(over(loglik, 0.0, WIDEST), 0.0, WIDEST)
    proportional = profile(over(lambda second, first: loglik(first, second), 0.0, WIDEST), 0.0, WIDEST)
    return anchoring, Estimate(*constant, n), Estimate(*proportional, n)


def _line(drags: Drags, places: Places):  # type: ignore[no-untyped-def]  # statsmodels has no types
    """(the regression, which drags it rests on): y - disc on x - disc, an intercept for each pile and axis; piles with
    one drag say nothing. None where there is too little."""
    from statsmodels.regression.linear_model import OLS

    n_classes = places.density.shape[1]
    group = drags.session * n_classes + places.pile
    there = places.pile != NO_CLASS
    count = np.bincount(group[there], minlength=int(group.max(initial=0)) + 1)
    rows = there & (count[group] > 1)
    if (count > 1).sum() == 0 or rows.sum() < (count > 1).sum() + 2:
        return None
    x, y = (drags.start - drags.disc)[rows], (drags.drop - drags.disc)[rows]
    _, pile = np.unique(group[rows], return_inverse=True)
    dummies = np.kron(np.eye(pile.max() + 1)[pile], np.eye(2))  # rows: each drag's two axes in turn
    return OLS(y.ravel(), np.column_stack([x.ravel(), dummies])).fit(cov_type="HC3"), rows


# --- the mixture


def _start(drags: Drags, intercepts: Floats, slope: float) -> Places:
    g, c = len(drags), intercepts.shape[1]
    nobody = np.full(g, NO_CLASS)
    return Places(intercepts, slope, 0.3, 0.0, 0.1, 0.01, np.zeros((g, c)), nobody, nobody == 0)


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
        own = np.flatnonzero(drags.session == s)
        if len(own) < 2:
            continue
        cluster = fcluster(linkage(y[own] / (1 - slope), "average"), APART, "distance") - 1
        table = np.zeros((cluster.max() + 1, by_truth.shape[1]))
        np.add.at(table, (cluster, drags.truth[own]), 1)
        middles = medians(y[own], cluster, len(table))
        for i, c in zip(*linear_sum_assignment(table, maximize=True), strict=True):
            if table[i, c]:
                intercepts[s, c] = middles[i]
    return intercepts


def _climb(drags: Drags, places: Places, most: int = 200, enough: float = 1e-3) -> Places:
    """Expectation and maximisation in turn until the log-likelihood gains less than `enough`."""
    x, y = drags.start - drags.disc, drags.drop - drags.disc
    area = max(1.0, float(np.prod(np.ptp(y, axis=0)))) if len(y) else 1.0
    for _ in range(most):
        # expectation
        s, e2 = _spread(drags, places), _squares(drags, places)
        logf = np.where(np.isfinite(e2), -np.log(2 * np.pi) - 2 * np.log(s) - e2 / (2 * s**2), -np.inf)
        joint = np.column_stack([logf + _prior(drags, places), np.full(len(y), np.log(places.lost / area))])
        total = np.logaddexp.reduce(joint, axis=1)
        share = np.exp(joint - total[:, None])  # (G, C + 1), the last for no pile
        loglik, gain = float(total.sum()), float(total.sum()) - places.loglik
        pile = np.where(share.argmax(1) < logf.shape[1], share.argmax(1), NO_CLASS)
        # relative to the best, so that a drop far from all piles is still nearest to one
        density = np.exp(logf - logf.max(1, keepdims=True, initial=-1e300))
        density = np.where(pile[:, None] == NO_CLASS, 1.0, density)
        density /= density.sum(1, keepdims=True)
        places = replace(places, density=density, pile=pile, sure=share.max(1) > SURE, loglik=loglik)
        if gain < enough:
            break
        # maximisation
        share = share[:, :-1]
        # not by 1 / s^2: the middle of a pile would run to one drag, which so had no length, and no spread
        x_middle, y_middle = (_means(drags, v, share, len(places.intercepts)) for v in (x, y))
        a = _slope(
            x[:, None],
            y[:, None],
            np.nan_to_num(x_middle)[drags.session],
            np.nan_to_num(y_middle)[drags.session],
            share,
        )
        a = float(np.clip(a, 0, 1))
        own = share[np.arange(len(y)), drags.truth].sum()
        places = replace(
            places,
            intercepts=y_middle - a * x_middle,
            anchoring=a,
            misfiled=float(np.clip(1 - own / max(share.sum(), 1e-9), 1e-3, 0.9)),
            lost=float(np.clip(1 - share.sum() / max(len(y), 1), 1e-4, 0.5)),
        )
        constant, proportional = _hand(drags, places, share)
        places = replace(places, constant=constant, proportional=proportional)
    return places


def _prior(drags: Drags, places: Places) -> Floats:
    """(G, C) log-probability that a drag is for the pile of each class."""
    c = places.intercepts.shape[1]
    prior = np.full((len(drags), c), places.misfiled / max(1, c - 1))
    prior[np.arange(len(drags)), drags.truth] = 1 - places.misfiled
    return np.log(prior * (1 - places.lost))


def _length(drags: Drags, places: Places) -> Floats:
    """(G, C) of the drag aimed at, were it for the pile of each class; 0 where the class has none."""
    aim = places.intercepts[drags.session] - (1 - places.anchoring) * (drags.start - drags.disc)[:, None]
    return np.nan_to_num(np.linalg.norm(aim, axis=2))


def _spread(drags: Drags, places: Places) -> Floats:
    """(G, C) standard deviation of the drop, were the drag for the pile of each class."""
    return places.constant + places.proportional * _length(drags, places) + RESOLUTION


def _squares(drags: Drags, places: Places) -> Floats:
    """(G, C) squared distance of the drop from where it would be, were the drag for the pile of each class."""
    line = places.anchoring * (drags.start - drags.disc) - (drags.drop - drags.disc)
    return ((places.intercepts[drags.session] + line[:, None]) ** 2).sum(2)


def _means(drags: Drags, values: Floats, weight: Floats, sessions: int) -> Floats:
    """(S, C, 2) mean of the values (G, 2) by weight (G, C); NaN where there is no weight."""
    sums, weights = np.zeros((sessions, weight.shape[1], 2)), np.zeros((sessions, weight.shape[1]))
    np.add.at(sums, drags.session, weight[..., None] * values[:, None])
    np.add.at(weights, drags.session, weight)
    with np.errstate(invalid="ignore"):
        return sums / weights[..., None]


def _hand(drags: Drags, places: Places, share: Floats) -> tuple[float, float]:
    """(constant, proportional) that fit the residuals best, each weighted by its share (G, C)."""
    from scipy.optimize import minimize

    rows, columns = np.nonzero(share > 1e-3)
    w, e2 = share[rows, columns], _squares(drags, places)[rows, columns]
    length = _length(drags, places)[rows, columns]

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        s = p[0] + p[1] * length + RESOLUTION
        slope = w * (2 / s - e2 / s**3)
        return float((w * (2 * np.log(s) + e2 / (2 * s**2))).sum()), np.array([slope.sum(), (slope * length).sum()])

    start = np.array([places.constant, places.proportional])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, WIDEST)] * 2)
    return float(found.x[0]), float(found.x[1])


def _merged(drags: Drags, places: Places) -> Floats | None:
    """The intercepts without the pile of fewer drags of two that the drops do not tell apart; None if all are told
    apart. Two piles of n and k drags are one if their middles differ by less than the 95% point of what two samples
    from one pile would, or by less than the spread of the hand."""
    spread = _spread(drags, places)
    for s in range(len(places.intercepts)):
        own = (drags.session == s) & (places.pile != NO_CLASS)
        count = np.bincount(places.pile[own], minlength=places.intercepts.shape[1])
        there = np.flatnonzero(np.isfinite(places.intercepts[s, :, 0]))
        there = there[np.argsort(-count[there], kind="stable")]
        for i, more in enumerate(there):
            for fewer in there[i + 1 :]:
                apart = np.linalg.norm(places.intercepts[s, more] - places.intercepts[s, fewer])
                n, k = count[more], count[fewer]
                width = np.median(spread[own, more]) if own.any() else 0.0
                if apart < width * np.sqrt(1 + 6 * (1 / max(n, 1) + 1 / max(k, 1))):
                    intercepts = places.intercepts.copy()
                    intercepts[s, fewer] = np.nan
                    return intercepts
    return None
