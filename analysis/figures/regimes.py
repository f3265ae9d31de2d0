"""When does a person help at all? Gain over nobody, over two settings of the study."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd

from analysis.figures.heatmap import draw_heatmap
from analysis.figures.style import figure, note, short_setting, style, user_order
from analysis.results import NoData
from analysis.stats import t_interval
from analysis.tables import setting_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

    from analysis.paired import Pairing
    from analysis.results import Results


def gains(pairing: Pairing, conditions: Iterable[str]) -> pd.DataFrame:
    """A row each of these conditions that has its `none`: the mean paired difference of test accuracy, and whether it
    is sure (its 95% interval leaves 0 out)."""
    rows = []
    for condition in conditions:
        asked = pairing.conditions.loc[condition].to_dict()
        control = pairing.match(condition, {"user": "none"}) if asked["user"] != "none" else None
        if control is None:
            continue
        at = t_interval(pairing.difference("test_accuracy", condition, control).differences)
        if at.n:
            sure = at.low > 0 or at.high < 0
            rows.append({"condition": condition, "gain": at.mean, "sure": sure, "n": at.n, **asked})
    return pd.DataFrame(rows)


def crossings(table: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """(setting, setting, conditions) of every two numeric settings outside the person that were crossed while all else
    was the same, those with the most combinations first. NoData where no two were."""
    if table.empty:
        raise NoData("no user was run beside none with the same settings")
    asked = setting_columns(table, without=("user",))
    swept = [c for c in asked if "." in c and pd.api.types.is_numeric_dtype(table[c]) and table[c].nunique() > 1]
    crossed = []
    for a, b in combinations(swept, 2):
        of_pair = [
            (len(rows[[a, b]].drop_duplicates()), a, b, rows)
            for _, rows in table.groupby([c for c in asked if c not in (a, b)], dropna=False, sort=False)
            if rows[a].nunique() > 1 and rows[b].nunique() > 1 and len(rows[[a, b]].drop_duplicates()) >= 4
        ]
        crossed += [max(of_pair, key=lambda item: item[0])] if of_pair else []
    if not crossed:
        raise NoData("no two settings were crossed, as the share labelled and the label noise in experiment=regimes")
    return [(a, b, rows) for _, a, b, rows in sorted(crossed, key=lambda item: -item[0])]


def draw_regime(rows: pd.DataFrame, x: str, y: str, ax: Axes, scale: float) -> AxesImage:
    """Cells are settings, colour the gain; bold where its 95% interval leaves 0 out. rows: x, y, gain, sure."""
    grid = rows.pivot(index=y, columns=x, values="gain")
    sure = rows.pivot(index=y, columns=x, values="sure")
    image = draw_heatmap(grid, sure, ax, scale, digits=3, size=8.5, origin="lower")
    ax.set_xticks(range(len(grid.columns)), [f"{v:g}" for v in grid.columns])
    ax.set_yticks(range(len(grid.index)), [f"{v:g}" for v in grid.index])
    ax.set_xlabel(short_setting(x))
    return image


def regime_map(results: Results, most: int = 3) -> Figure:
    """A row a crossing of two settings, a panel a user: the paired gain in test accuracy over nobody."""
    rows = []
    for x, y, cells in crossings(gains(results.pairing, results.representatives))[:most]:
        counts = cells.groupby("user").size()
        users = user_order(counts[counts >= 4].index)
        if users:
            rows.append((x, y, cells[cells["user"].isin(users)], users))
    if not rows:
        raise NoData("no user was run at four crossings of two settings")
    widths = [max(0.8 * cells[x].nunique() + 0.5, 2.1) * len(users) for x, _, cells, users in rows]
    heights = [max(0.55 * cells[y].nunique(), 1.6) + 1.3 for _, y, cells, _ in rows]
    with style():
        fig = figure(max(*widths, 4.0) + 1.6, sum(heights))
        grid = fig.add_gridspec(len(rows), 1, height_ratios=heights)
        for i, (x, y, cells, users) in enumerate(rows):
            part = fig.add_subfigure(grid[i])
            axes = part.subplots(1, len(users), squeeze=False, sharey=True)[0]
            scale = float(cells["gain"].abs().max()) or 0.01
            for ax, user in zip(axes, users, strict=True):
                image = draw_regime(cells[cells["user"] == user], x, y, ax, scale)
                ax.set_title(user)
            axes[0].set_ylabel(short_setting(y))
            bar = part.colorbar(image, ax=list(axes), shrink=0.9, aspect=20, pad=0.015)
            bar.outline.set_visible(False)
            asked = f"{cells['dataset'].iloc[0]}, teacher {cells['teacher'].iloc[0]}, n = {int(cells['n'].min())}"
            most_people = f" to {int(cells['n'].max())}" if cells["n"].max() > cells["n"].min() else ""
            note(
                part,
                f"Gain in test accuracy over none, paired; bold: its 95% interval leaves 0 out. {asked}{most_people}.",
            )
    return fig
