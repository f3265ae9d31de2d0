"""The specification curve: the effects of claims under every setting, and below them which setting that was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.figures.style import BLUE, GREEN, GREY, INK, PALE, RED, figure, minus, note, style, user_look
from analysis.metrics import describe
from analysis.results import NoData
from analysis.specification import SETTING, Curve, curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

MOST_PANELS = 4
MOST_LEVELS = 8  # of one setting
WITHIN = 0.8  # of the width of a column, that the curves of a panel share
OTHERS = (GREEN, RED, BLUE, GREY)
MARKERS = ("s", "D", "^", "v", "P", "X", "o")


@dataclass(frozen=True)
class Factor:
    """A setting that differs: its name, and of each level which of the columns of the figure have it."""

    name: str
    levels: dict[str, np.ndarray]


def draw_estimates(
    curve: Curve, places: Mapping[Any, float], ax: Axes, look: tuple[str, str], aside: float = 0.0
) -> None:
    """Each estimate and its 95% interval at its place, or so far beside it; hollow where the interval holds 0. look:
    colour and marker."""
    colour, marker = look
    size = float(np.clip(250 / len(places), 2.6, 4.5))
    for row in curve.rows.to_dict("records"):
        x = places.get(tuple(row[k] for k in SETTING))
        if x is None:
            continue
        x += aside
        sure = row["ci_low"] > 0 or row["ci_high"] < 0
        ax.plot([x, x], [row["ci_low"], row["ci_high"]], color=colour, lw=1.3, alpha=0.45, zorder=2)
        ax.plot(x, row["estimate"], marker=marker, ms=size, color=colour if sure else "white", mec=colour, zorder=3)


def draw_factors(factors: Sequence[Factor], n: int, ax: Axes) -> None:
    """A row a level, a dot where a setting has it; a band of its own for each factor."""
    y, ticks, names = 0, [], []
    for number, factor in enumerate(factors):
        top = y
        for level, has in factor.levels.items():
            ax.scatter(np.flatnonzero(has), np.full(int(has.sum()), y), s=9, color=INK, lw=0, zorder=3)
            ticks.append(y)
            names.append(level)
            y += 1
        if number % 2 == 0:
            ax.axhspan(top - 0.5, y - 0.5, color=PALE, alpha=0.4, lw=0, zorder=0)
        ax.text(
            1.01, (top + y - 1) / 2, factor.name, transform=ax.get_yaxis_transform(), va="center", fontsize=8.5,
            fontweight="bold",
        )  # fmt: skip
    ax.set_yticks(ticks, names)
    ax.set(ylim=(y - 0.5, -0.5), xlim=(-0.8, n - 0.2), xticks=[])
    ax.tick_params(axis="y", length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)


def factors_of(rows: pd.DataFrame, columns: Sequence[str]) -> list[Factor]:
    """The settings `columns` of these rows, in their order."""
    found = []
    for column in columns:
        values = rows[column]
        levels = sorted(values.dropna().unique(), key=lambda v: (isinstance(v, str), v))
        if len(levels) <= MOST_LEVELS:
            name = " ".join(column.split(".")[1:] or [column]).replace("_", " ")
            label = {v: f"{v:g}" if isinstance(v, float) else str(v) for v in levels}
            found.append(Factor(name, {label[v]: (values == v).to_numpy() for v in levels}))
    return found


def specification(results: Results) -> Figure:
    """The claim with most settings, sorted by its estimates; below it other claims about the same people and settings
    in the same order, and the settings."""
    found = list(curves(results.specifications))
    if not found:
        raise NoData("no claim was tested under three settings or more, as in experiment=multiverse")
    first = max(found, key=lambda curve: len(curve.rows))
    places = {key: float(x) for x, key in enumerate(first.rows[SETTING].itertuples(index=False, name=None))}
    panels = _panels(found, places)
    factors = factors_of(first.rows, first.factors)
    levels = sum(len(factor.levels) for factor in factors)
    heights = [2.3, *[1.25] * (len(panels) - 1), 0.17 * levels + 0.1]
    with style():
        fig = figure(9.5, sum(heights) + 0.6)
        axes = fig.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
        for ax, ((hypothesis, metric), parts) in zip(axes, panels.items(), strict=False):
            ax.axhline(0, color=INK, lw=0.8, zorder=1)
            looks = _looks(parts)
            for number, (curve, look) in enumerate(zip(parts, looks, strict=True)):
                draw_estimates(curve, places, ax, look, WITHIN * ((number + 0.5) / len(parts) - 0.5))
            if margin := parts[0].margin:
                for bound in (-margin, margin):
                    ax.axhline(bound, color=GREY, lw=0.8, ls=(0, (4, 3)), zorder=1)
            ax.set_title(f"{hypothesis}: {describe(metric).label}")
            ax.set(xlim=(-0.8, len(places) - 0.2), xticks=[])
            ax.spines["bottom"].set_visible(False)
            for curve, (colour, marker) in zip(parts, looks, strict=True):
                ax.plot([], [], color=colour, marker=marker, ms=4.5, lw=1.3, label=minus(curve.contrast))
            ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        draw_factors(factors, len(places), axes[-1])
        hidden = len({(c.hypothesis, c.metric, c.contrast) for c in found}) - sum(map(len, panels.values()))
        more = f" Further claims: tables/specification.csv ({hidden})." if hidden else ""
        note(
            fig,
            f"A column a setting, {len(places)} in all, by the estimates of the first panel: paired differences with "
            "95% intervals, without correction; hollow: the interval holds 0; dashed: the smallest effect of interest. "
            f"Below: the setting.{more}",
        )
    return fig


def _panels(found: Sequence[Curve], places: Mapping[Any, float]) -> dict[tuple[str, str], list[Curve]]:
    """Claims, by hypothesis and metric, of which half of the settings or more have a place; the first of all first.
    What one hypothesis claims of a contrast is not drawn again for another."""
    panels: dict[tuple[str, str], list[Curve]] = {}
    drawn: set[tuple[str, str]] = set()
    for curve in sorted(found, key=lambda c: len(c.rows), reverse=True):
        keys = set(curve.rows[SETTING].itertuples(index=False, name=None))
        if len(keys & places.keys()) * 2 >= len(keys) and (curve.metric, curve.contrast) not in drawn:
            drawn.add((curve.metric, curve.contrast))
            panels.setdefault((curve.hypothesis, curve.metric), []).append(curve)
    return dict(list(panels.items())[:MOST_PANELS])


def _looks(parts: Sequence[Curve]) -> list[tuple[str, str]]:
    """Colour and marker of each curve of a panel, no two alike: by the control where it is a user; the first in
    blue."""
    looks: list[tuple[str, str]] = []
    for number, curve in enumerate(parts):
        look = user_look(curve.contrast.rpartition(" - ")[2]) if number else (BLUE, "o")
        others = ((colour, marker) for marker in MARKERS for colour in OTHERS)
        looks.append(look if look not in looks else next(other for other in others if other not in looks))
    return looks
