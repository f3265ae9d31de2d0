"""Paired differences by participant, and equivalence: how far apart, how sure, against the margins stated before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.claims import CLAIMS
from analysis.figures.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    RED,
    figure,
    minus,
    note,
    setting,
    style,
    user_look,
    user_order,
)
from analysis.hypotheses import Role, compared
from analysis.metrics import describe
from analysis.results import NoData
from analysis.stats import t_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

CONTROLS = ("none", "placebo")
VERDICTS = {"supported": GREEN, "not supported": RED, "inconclusive": GREY, "not tested": GREY}


def draw_paired(differences: Mapping[str, pd.Series], ax: Axes, margin: float | None = None) -> None:
    """A row a user: every participant's difference as a dot, their mean and its 95% interval; dashed lines at the
    smallest effect of interest. The heights of dots have no meaning, they keep them apart."""
    ax.axvline(0, color=INK, lw=0.8, zorder=1)
    for bound in (-margin, margin) if margin else ():
        ax.axvline(bound, color=GREY, lw=0.8, ls=(0, (4, 3)), zorder=1)
    for row, (user, values) in enumerate(differences.items()):
        colour, marker = user_look(user)
        jitter = row + 0.2 + 0.15 * _jitter(len(values))
        ax.scatter(values, jitter, color=colour, marker=marker, s=14, alpha=0.5, lw=0, zorder=2)
        at = t_interval(values)
        ax.plot([at.low, at.high], [row - 0.15, row - 0.15], color=colour, lw=3.5, solid_capstyle="butt", zorder=3)
        ax.plot(at.mean, row - 0.15, marker=marker, color=colour, mec="white", mew=1.2, ms=8.5, zorder=4)
    ax.set_yticks(range(len(differences)), list(differences))
    ax.set_ylim(len(differences) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _jitter(n: int) -> np.ndarray:
    """(n,) offsets in [-1, 1], evenly spread and in no order (van der Corput)."""
    bits = np.arange(1, n + 1)
    return 2 * np.array([int(f"{b:b}"[::-1], 2) / 2 ** len(f"{b:b}") for b in bits]) - 1


def paired_differences(results: Results) -> Figure:
    """Test accuracy against each control, participant by participant, in each dataset's main setting."""
    panels = []
    for main in results.main:
        for control in CONTROLS:
            users = [u for u in user_order(main.arms) if u not in ("none", control)]
            if control in main.arms and users:
                pairs = {
                    u: results.pairing.difference("test_accuracy", main.arms[u], main.arms[control]) for u in users
                }
                differences = {u: p.differences for u, p in pairs.items() if len(p)}
                if differences:
                    panels.append((main, control, differences))
    if not panels:
        raise NoData("no user was run beside none or placebo with the same settings")
    rows = list(dict.fromkeys(main.dataset for main, _, _ in panels))
    controls = list(dict.fromkeys(control for _, control, _ in panels))
    tallest = max(len(d) for _, _, d in panels)
    with style():
        fig = figure(4.9 * len(controls) + 0.4, (0.4 * tallest + 0.9) * len(rows) + 0.4)
        axes = fig.subplots(len(rows), len(controls), squeeze=False, sharex="row")
        for ax in axes.ravel():
            ax.set_visible(False)
        for main, control, differences in panels:
            ax = axes[rows.index(main.dataset), controls.index(control)]
            ax.set_visible(True)
            draw_paired(differences, ax, results.margin("test_accuracy"))
            n = max(len(d) for d in differences.values())
            ax.set_title(f"{main.dataset}: over {control}, n = {n}")
            ax.set_xlabel("paired difference in test accuracy")
        read = "A dot a participant; bars: mean and 95% interval; dashed: the smallest effect of interest."
        note(fig, read + setting(results.main))
    return fig


def draw_equivalence(rows: pd.DataFrame, ax: Axes) -> None:
    """A row a test of hypotheses.csv: the interval that decides it, in units of the margin; the shaded band is what the
    claim allows."""
    ax.axvline(0, color=INK, lw=0.8, zorder=1)
    numbers = ["estimate", "ci_low", "ci_high"]
    scaled = rows.assign(**{c: rows[c] / rows["margin"] for c in numbers})
    reach = float(np.nanmax(np.abs(scaled[["ci_low", "ci_high"]].to_numpy())))
    span = float(np.clip(reach * 1.08, 1.6, 6.0))
    for y, (_, row) in enumerate(scaled.iterrows()):
        region = CLAIMS[row["claim"]](1.0).region
        low, high = np.clip(region, -span, span)
        ax.fill_betweenx([y - 0.36, y + 0.36], low, high, color=BLUE, alpha=0.12, lw=0, zorder=0)
        for bound in region:
            if np.isfinite(bound):
                ax.plot([bound, bound], [y - 0.36, y + 0.36], color=BLUE, lw=1.2, zorder=1)
        colour = VERDICTS[row["verdict"]]
        ax.plot([row["ci_low"], row["ci_high"]], [y, y], color=colour, lw=3, solid_capstyle="butt", zorder=3)
        ax.plot(row["estimate"], y, "o", color=colour, mec="white", ms=7.5, zorder=4, clip_on=True)
        ax.text(
            1.02, y, f"{row['verdict']}\nmargin {row['margin']:g}, n = {row['n']}", color=colour, va="center",
            fontsize=8, transform=ax.get_yaxis_transform(),
        )  # fmt: skip
    ax.set_yticks(range(len(rows)), list(rows["label"]))
    ax.set(ylim=(len(rows) - 0.4, -0.6), xlim=(-span, span))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("paired difference, in margins")


def equivalence(results: Results, most: int = 16) -> Figure:
    """Every claim that something is maintained or no worse, against the margin stated for it."""
    tests = results.tests
    maintains = tests["claim"].isin([name for name, claim in CLAIMS.items() if claim.maintains])
    rows = compared(tests[maintains & tests["p"].notna()])
    if rows.empty:
        raise NoData("no claim of equivalence or non-inferiority could be tested on this store")
    first = rows["role"] == Role.CONFIRMATORY
    shown = (rows[first] if first.any() else rows).head(most)
    labels = [
        f"{describe(r['metric']).label}, {r['dataset']}\n{minus(r['contrast'])}" for r in shown.to_dict("records")
    ]
    with style():
        fig = figure(9.0, 0.52 * len(shown) + 1.2)
        draw_equivalence(shown.assign(label=labels), fig.subplots())
        left = f" {len(rows) - len(shown)} more tests in tables/hypotheses.csv." if len(shown) < len(rows) else ""
        read = f"Shaded: what the claim allows. Bars: the interval that decides, corrected for the other tests.{left}"
        note(fig, read + setting(results.main))
    return fig
