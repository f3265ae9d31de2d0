"""When does a person help at all? Gain over nobody, over two settings of the study."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.figures.style import INK, figure, note, short_setting, style, user_order
from analysis.paired import t_interval
from analysis.results import NoData
from analysis.tables import setting_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

    from analysis.results import Results


def gains(results: Results) -> pd.DataFrame:
    """A row a condition that has its `none`: the mean paired difference of test accuracy, and whether it is sure."""
    rows = []
    for condition, asked in results.study.conditions.iterrows():
        control = results.study.match(str(condition), {"user": "none"}) if asked["user"] != "none" else None
        if control is None:
            continue
        at = t_interval(results.study.difference("test_accuracy", str(condition), control).differences)
        if at.n:
            sure = at.low > 0 or at.high < 0
            rows.append({"condition": condition, "gain": at.mean, "sure": sure, "n": at.n, **asked})
    return pd.DataFrame(rows)


def regime(table: pd.DataFrame) -> tuple[str, str, pd.DataFrame]:
    """The two numeric settings outside the person that span the most conditions while all else is the same, and those
    conditions. NoData where no two were crossed."""
    if table.empty:
        raise NoData("no user was run beside none with the same settings")
    columns = [c for c in setting_columns(table, without=("user",)) if "." in c]
    swept = [c for c in columns if pd.api.types.is_numeric_dtype(table[c]) and table[c].nunique() > 1]
    best: tuple[int, str, str, pd.DataFrame] | None = None
    for a, b in combinations(swept, 2):
        rest = [c for c in setting_columns(table, without=("user",)) if c not in (a, b)]
        for _, rows in table.groupby(rest, dropna=False, sort=False):
            cells = len(rows[[a, b]].dropna().drop_duplicates())
            crossed = rows[a].nunique() > 1 and rows[b].nunique() > 1 and cells >= 4
            if crossed and (best is None or cells > best[0]):
                best = cells, a, b, rows
    if best is None:
        raise NoData("no two settings were crossed, as the share labelled and the label noise in experiment=regimes")
    return best[1], best[2], best[3]


def draw_regime(rows: pd.DataFrame, x: str, y: str, ax: Axes, scale: float) -> AxesImage:
    """Cells are settings, colour the gain; bold where its 95% interval leaves 0 out. rows: x, y, gain, sure."""
    rows = rows.drop_duplicates([x, y])
    grid = rows.pivot(index=y, columns=x, values="gain")
    sure = rows.pivot(index=y, columns=x, values="sure").to_numpy()
    image = ax.imshow(grid, cmap="PuOr", vmin=-scale, vmax=scale, origin="lower", aspect="auto")
    for i, row in enumerate(grid.to_numpy(dtype=float)):
        for j, value in enumerate(row):
            if np.isfinite(value):
                ax.text(
                    j, i, f"{value:+.3f}".replace("-", "\N{MINUS SIGN}"), ha="center", va="center", fontsize=8.5,
                    color="white" if abs(value) > 0.62 * scale else INK,
                    fontweight="bold" if sure[i, j] else "normal", alpha=1.0 if sure[i, j] else 0.75,
                )  # fmt: skip
    ax.set_xticks(range(len(grid.columns)), [f"{v:g}" for v in grid.columns])
    ax.set_yticks(range(len(grid.index)), [f"{v:g}" for v in grid.index])
    ax.set_xlabel(short_setting(x))
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return image


def regime_map(results: Results) -> Figure:
    """A panel a user: the paired gain in test accuracy over nobody, at each crossing of two settings."""
    x, y, rows = regime(gains(results))
    users = [u for u in user_order(rows["user"]) if len(rows[rows["user"] == u].drop_duplicates([x, y])) >= 4]
    if not users:
        raise NoData("no user was run at four crossings of two settings")
    cells = rows[rows["user"].isin(users)]
    scale = float(cells["gain"].abs().max()) or 0.01
    n_x, n_y = cells[x].nunique(), cells[y].nunique()
    with style():
        fig = figure(max(0.8 * n_x + 0.5, 2.3) * len(users) + 1.6, max(0.55 * n_y, 1.6) + 1.3)
        axes = fig.subplots(1, len(users), squeeze=False, sharey=True)[0]
        for ax, user in zip(axes, users, strict=True):
            image = draw_regime(cells[cells["user"] == user], x, y, ax, scale)
            ax.set_title(user)
        axes[0].set_ylabel(short_setting(y))
        bar = fig.colorbar(image, ax=list(axes), shrink=0.9, aspect=20, pad=0.015)
        bar.outline.set_visible(False)
        asked = f"{cells['dataset'].iloc[0]}, teacher {cells['teacher'].iloc[0]}, n = {int(cells['n'].min())}"
        most = f" to {int(cells['n'].max())}" if cells["n"].max() > cells["n"].min() else ""
        note(fig, f"Gain in test accuracy over none, paired; bold: its 95% interval leaves 0 out. {asked}{most}.")
    return fig
