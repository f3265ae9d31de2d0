"""Is a person worth more the truer the picture? The paired gain against the faithfulness of what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from analysis.figures.style import user_order
from analysis.paired import INDIVIDUAL
from analysis.stats import Interval, clustered_slope

if TYPE_CHECKING:
    from analysis.results import Main, Results

MODERATOR: Final = "trustworthiness"  # the mean over the pictures that a participant edited
FEWEST: Final = 3  # participants for an interval


@dataclass(frozen=True)
class Moderation:
    """How the gain of one user goes with the picture, in a dataset's main setting under all its projections.

    points: a row a participant and projection, with INDIVIDUAL, projection, MODERATOR, and gain, the test accuracy
    less that of the same participant under none. slope: of the gain over the moderator, with its 95% interval.
    """

    dataset: str
    user: str
    points: pd.DataFrame
    slope: Interval

    @property
    def projections(self) -> list[str]:
        return sorted(self.points["projection"].unique())

    @property
    def participants(self) -> int:
        return len(self.points[INDIVIDUAL].drop_duplicates())


def moderations(results: Results) -> Iterator[Moderation]:
    """Of each dataset and user who moved points and was run under several projections: under one alone the pictures
    differ by chance, and nothing was varied."""
    for main in results.main:
        for user in user_order(main.arms):
            points = _points(results, main, user)
            participants = points.groupby(INDIVIDUAL).ngroup()
            if participants.nunique() >= FEWEST and points["projection"].nunique() > 1:
                slope = clustered_slope(points[MODERATOR], points["gain"], participants)
                yield Moderation(main.dataset, user, points, slope)


def _points(results: Results, main: Main, user: str) -> pd.DataFrame:
    """As Moderation.points; empty where nothing was moved or measured."""
    pairing, arm = results.pairing, main.arms[user]
    parts = [pd.DataFrame(columns=[*INDIVIDUAL, "projection", MODERATOR, "gain"])]
    for projection in sorted(pairing.conditions["projection"].unique()):
        shown = pairing.conditions.loc[arm, "projection"] == projection
        condition = arm if shown else pairing.match(arm, {"projection": projection})
        nobody = condition and pairing.match(condition, {"user": "none"})
        if not condition or not nobody or not (pairing.metric("points_moved")[condition] > 0).any():
            continue
        gain = pairing.difference("test_accuracy", condition, nobody).differences
        columns = {"projection": projection, MODERATOR: pairing.metric(MODERATOR)[condition], "gain": gain}
        parts.append(pd.DataFrame(columns).dropna().reset_index(names=INDIVIDUAL))
    measured = [part for part in parts if len(part)]
    return pd.concat(measured, ignore_index=True) if measured else parts[0]
