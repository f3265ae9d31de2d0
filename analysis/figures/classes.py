"""Whom it helps and whom it harms: the change of recall, class by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.figures.heatmap import draw_heatmap
from analysis.figures.style import INK, class_names, figure, note, setting, style, user_order
from analysis.hypotheses import touched
from analysis.paired import INDIVIDUAL
from analysis.results import NoData
from analysis.stats import t_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

    from analysis.results import Results

MOST_TO_NAME = 20  # classes beyond which cells carry no numbers


def recall_changes(groups: pd.DataFrame, arms: Mapping[str, str], classes: Sequence[str]) -> pd.DataFrame:
    """user, class, change (mean paired difference of recall from nobody), sure (its 95% interval leaves 0 out).

    groups: the table (analysis.tables); arms: condition by user, none among them; classes: their names, in order.
    """
    rows = groups[(groups["kind"] == "class") & groups["condition"].isin(list(arms.values()))]
    recall = rows.pivot(index=INDIVIDUAL, columns=["condition", "name"], values="accuracy")
    control = arms["none"]
    if control not in recall.columns.get_level_values(0):
        return pd.DataFrame(columns=["user", "class", "change", "sure"])
    names = [n for n in classes if n in recall[control]] or list(recall[control])
    changes = []
    for user in user_order(arms):
        condition = arms[user]
        if user == "none" or condition not in recall.columns.get_level_values(0):
            continue
        for name in names:
            if name in recall[condition]:
                at = t_interval(recall[condition, name] - recall[control, name])
                changes.append((user, name, at.mean, at.low > 0 or at.high < 0))
    return pd.DataFrame(changes, columns=["user", "class", "change", "sure"])


def draw_recall(changes: pd.DataFrame, ax: Axes, biases: dict[str, tuple[str, ...]], scale: float) -> AxesImage:
    """Rows are users, columns classes; bold where the 95% interval leaves 0 out, boxed where the user's bias is."""
    from matplotlib.patches import Rectangle

    users, names = list(dict.fromkeys(changes["user"])), list(dict.fromkeys(changes["class"]))
    grid = changes.pivot(index="user", columns="class", values="change").reindex(index=users, columns=names)
    sure = changes.pivot(index="user", columns="class", values="sure").reindex(index=users, columns=names)
    image = draw_heatmap(grid, sure, ax, scale, digits=2 if len(names) <= MOST_TO_NAME else 0, size=8)
    for y, user in enumerate(users):
        for x, name in enumerate(names):
            if name in biases.get(user, ()):
                ax.add_patch(Rectangle((x - 0.46, y - 0.46), 0.92, 0.92, fill=False, ec=INK, lw=1.6))
    ax.set_yticks(range(len(users)), users)
    step = 1 if len(names) <= MOST_TO_NAME else -(-len(names) // MOST_TO_NAME)
    written = class_names(names)
    long = max(map(len, written), default=0) > 4
    turned: dict[str, Any] = {"rotation": 30, "ha": "right"} if long else {}
    ax.set_xticks(range(0, len(names), step), written[::step], **turned)
    return image


def recall_change(results: Results) -> Figure:
    """Change of each class' recall from training without a person, in each dataset's main setting."""
    panels = []
    for main in results.main:
        if "none" in main.arms and len(main.arms) > 1:
            names = results.tables.classes.get(main.arms["none"], ())
            changes = recall_changes(results.tables.groups, main.arms, names)
            if len(changes):
                panels.append((main, changes))
    if not panels:
        raise NoData("no user was run beside none with the same settings, with recalls by class")
    heights = [0.42 * c["user"].nunique() + 1.1 for _, c in panels]
    width = max(min(0.62 * c["class"].nunique(), 11.0) for _, c in panels) + 2.6
    scale = float(np.nanmax([c["change"].abs().max() for _, c in panels])) or 0.01
    with style():
        fig = figure(max(width, 6.0), sum(heights) + 0.3)
        axes = fig.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
        for ax, (main, changes) in zip(axes, panels, strict=True):
            biases = {
                user: touched(results.pairing, condition, results.tables.classes.get(condition, ()))
                for user, condition in main.arms.items()
            }
            image = draw_recall(changes, ax, biases, scale)
            ax.set_title(f"{main.dataset}: change of recall from training without a person")
        bar = fig.colorbar(image, ax=list(axes), shrink=0.8, aspect=25, pad=0.015)
        bar.outline.set_visible(False)
        read = "Bold: the 95% interval of the paired difference leaves 0 out. Boxed: classes of the person's bias."
        note(fig, read + setting(results.main))
    return fig
