"""The gain of a person against how true the pictures were that the person saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.figures.style import GREY, INK, figure, note, style, user_look, user_order
from analysis.metrics import describe
from analysis.moderation import FEWEST, MODERATOR, Moderation, moderations
from analysis.results import NoData

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

MARKERS: Final = "osD^vPX<>h"  # a projection each, in alphabetical order


def draw_moderation(moderation: Moderation, ax: Axes, projections: Sequence[str]) -> None:
    """A point a participant and projection, and the least-squares line. projections: all of the figure."""
    points, (colour, _) = moderation.points, user_look(moderation.user)
    ax.axhline(0, color=GREY, lw=0.8, zorder=1)
    for name, rows in points.groupby("projection"):
        marker = MARKERS[projections.index(str(name)) % len(MARKERS)]
        ax.scatter(rows[MODERATOR], rows["gain"], color=colour, marker=marker, s=20, alpha=0.6, lw=0, zorder=2)
    ends = np.array([points[MODERATOR].min(), points[MODERATOR].max()])
    line = points["gain"].mean() + moderation.slope.mean * (ends - points[MODERATOR].mean())
    ax.plot(ends, line, color=INK, lw=1.4, zorder=3)


def moderator(results: Results) -> Figure:
    """A row a dataset, a column a user: in the main setting, under each projection that it was run with."""
    drawn = list(moderations(results))
    if not drawn:
        raise NoData(
            f"no user who moved points was run beside none under two projections, by {FEWEST} participants or more and "
            "with measured pictures"
        )
    datasets, users = sorted({m.dataset for m in drawn}), user_order(m.user for m in drawn)
    projections = sorted({name for m in drawn for name in m.projections})
    with style():
        fig = figure(2.7 * len(users) + 1.2, 2.7 * len(datasets) + 0.6)
        axes = fig.subplots(len(datasets), len(users), squeeze=False, sharex=True, sharey="row")
        for ax in axes.ravel():
            ax.set_visible(False)
        for moderation in drawn:
            ax = axes[datasets.index(moderation.dataset), users.index(moderation.user)]
            ax.set_visible(True)
            draw_moderation(moderation, ax, projections)
            ax.set_title(f"{moderation.user}, {moderation.dataset}")
            ax.set_xlabel(describe(MODERATOR).label)
            ax.set_ylabel("gain in test accuracy over none")
            ax.label_outer()
        for name, marker in zip(projections, MARKERS, strict=False):
            axes[0, -1].scatter([], [], color=GREY, marker=marker, s=24, label=name)
        axes[0, -1].legend(title="projection", loc="center left", bbox_to_anchor=(1.0, 0.5))
        read = "A point a participant and projection, all else as in the dataset's main setting. Line: least squares."
        note(fig, read)
    return fig
