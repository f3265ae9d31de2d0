"""Whether the person's bias got into the model: the confusions that it names, against everybody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.figures.style import INK, figure, minus, note, style, user_look
from analysis.hypotheses import Kind, compared
from analysis.metrics import describe
from analysis.results import NoData

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

METRIC = "named_confusions"


def draw_bias(rows: pd.DataFrame, ax: Axes) -> None:
    """A row a comparison of hypotheses.csv: estimate and the interval that decides, in the colour of the person."""
    ax.axvline(0, color=INK, lw=0.8, zorder=1)
    for y, row in enumerate(rows.to_dict("records")):
        colour, marker = user_look(str(row["treatment"]))
        ax.plot([row["ci_low"], row["ci_high"]], [y, y], color=colour, lw=3, solid_capstyle="butt", zorder=2)
        ax.plot(row["estimate"], y, marker=marker, color=colour, mec="white", mew=1.2, ms=8.5, zorder=3)
    ax.set_yticks(range(len(rows)), [minus(contrast) for contrast in rows["contrast"]])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def named_confusions(results: Results) -> Figure:
    """A panel a dataset, its main setting: every person whose bias names confusions, over each control."""
    tests = compared(results.tests)
    mains = {main.dataset: set(main.arms.values()) for main in results.main}
    rows = tests[(tests["metric"] == METRIC) & (tests["kind"] == Kind.DIFFERENCE) & (tests["n"] > 1)]
    in_main = [of in mains.get(str(data), ()) for data, of in zip(rows["dataset"], rows["condition"], strict=True)]
    rows = rows[in_main]
    rows = rows.drop_duplicates(["dataset", "contrast"])  # the confirmatory row comes first
    if rows.empty:
        raise NoData(
            "nobody whose bias names classes that it confuses was run beside the unbiased person, none or noisy"
        )
    panels = list(rows.groupby("dataset", sort=True))
    with style():
        heights = [0.3 * len(of) + 0.8 for _, of in panels]
        fig = figure(6.5, sum(heights) + 0.4)
        axes = fig.subplots(len(panels), 1, squeeze=False, height_ratios=heights)
        for ax, (dataset, of) in zip(axes[:, 0], panels, strict=True):
            draw_bias(of, ax)
            ax.set_title(f"{dataset}, n = {of['n'].max()}")
            ax.set_xlabel(f"difference in {describe(METRIC).label}")
        note(fig, "Mean paired difference and the interval that decides.")
    return fig
