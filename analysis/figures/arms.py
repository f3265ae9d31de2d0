"""Each arm against plain training and against the best machine without a person, with what it costs the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.arms import table
from analysis.figures.style import BLUE, GREY, INK, ORANGE, figure, note, style
from analysis.results import NoData

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

SIDES = (("over_plain", "over plain training"), ("over_machine", "over the best machine"))


def draw_arms(rows: pd.DataFrame, ax: Axes, difference: str) -> None:
    """A row an arm: mean paired difference and its 95% interval, blue where a person takes part, and orange where a
    machine works alone. rows: as analysis.arms.table has them, in the order from above."""
    ax.axvline(0, color=INK, lw=0.8, zorder=1)
    for y, row in enumerate(rows.to_dict("records")):
        alone = not row["person_seconds"] > 0
        colour, marker = (ORANGE, "D") if alone else (BLUE, "o")
        if np.isfinite(row[difference]):
            ax.plot([row[f"{difference}_low"], row[f"{difference}_high"]], [y, y], color=colour, lw=2.5, zorder=2)
            ax.plot(row[difference], y, marker=marker, color=colour, mec="white", ms=7, zorder=3)
        else:
            ax.plot(0, y, marker="|", color=GREY, ms=10, zorder=3)
    ax.set_yticks(range(len(rows)), rows["arm"].str.replace("_", " "))
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def arms(results: Results) -> Figure:
    """A row of panels a regime, arms by their test accuracy."""
    everything = table(results.pairing)
    regimes = [rows for _, rows in everything.groupby(["regime", "dataset"], sort=True) if len(rows) > 1]
    if not regimes:
        raise NoData("no two arms were run; experiment=best_machine runs them")
    with style():
        heights = [0.3 * len(rows) + 1.0 for rows in regimes]
        fig = figure(9.0, sum(heights) + 0.5)
        axes = fig.subplots(len(regimes), 2, squeeze=False, sharex="row", sharey="row", height_ratios=heights)
        for pair, unsorted in zip(axes, regimes, strict=True):
            rows = unsorted.sort_values("test_accuracy", ascending=False)
            best = rows.loc[rows["best_machine"], "arm"]
            for ax, (difference, title) in zip(pair, SIDES, strict=True):
                draw_arms(rows, ax, difference)
                named = f" ({best.iloc[0].replace('_', ' ')})" if difference == "over_machine" and len(best) else ""
                ax.set_title(f"{rows['regime'].iloc[0] or rows['dataset'].iloc[0]}: {title}{named}")
                ax.set_xlabel("paired difference in test accuracy")
                ax.locator_params(axis="x", nbins=5)
            for y, row in enumerate(rows.to_dict("records")):
                seconds = f"{row['person_seconds']:,.0f} s" if row["person_seconds"] > 0 else "alone"
                pair[1].text(
                    1.02, y, f"{row['test_accuracy']:.3f}, n {row['n']}, {seconds}", va="center", fontsize=8,
                    color=INK, transform=pair[1].get_yaxis_transform(),
                )  # fmt: skip
        read = "Bars: 95% intervals of paired differences. Orange diamonds: machines alone; blue: a person takes part. "
        note(fig, read + "At the right: test accuracy, participants, and the person's seconds.")
    return fig
