"""Learning curves: how accuracy rose, and how far a person was ahead of the same participant's control."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from analysis.figures.style import (
    GREY,
    PALE,
    direct_labels,
    figure,
    note,
    setting,
    style,
    user_look,
    user_order,
)
from analysis.paired import INDIVIDUAL
from analysis.stats import t_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results


def interval_by_epoch(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """mean, low, high (95% t-interval) and n of `column` for each epoch."""
    by_epoch = {epoch: t_interval(values) for epoch, values in table.groupby("epoch")[column]}
    rows = [(at.mean, at.low, at.high, at.n) for at in by_epoch.values()]
    curve = pd.DataFrame(rows, index=pd.Index(list(by_epoch), name="epoch"), columns=["mean", "low", "high", "n"])
    alone = curve["n"] == 1  # one participant has no interval
    return curve.assign(low=curve["low"].mask(alone, curve["mean"]), high=curve["high"].mask(alone, curve["mean"]))


def draw_curves(
    epochs: pd.DataFrame, conditions: Sequence[str], ax: Axes, metric: str = "test_accuracy", labels: bool = True
) -> None:
    """Mean of `metric` by epoch with its 95% interval, a line a condition."""
    users = epochs.drop_duplicates("condition").set_index("condition")["user"]
    ends = []
    for condition in conditions:
        curve = interval_by_epoch(epochs[epochs["condition"] == condition], metric)
        colour, _ = user_look(users[condition])
        ax.plot(curve.index, curve["mean"], color=colour)
        ax.fill_between(curve.index, curve["low"], curve["high"], color=colour, alpha=0.15, lw=0, zorder=1.5)
        ends.append((float(curve.index[-1]), float(curve["mean"].iloc[-1]), users[condition], colour))
    ax.set_xlabel("epoch")
    ax.margins(x=0)
    if labels:
        direct_labels(ax, ends)


def draw_lead(epochs: pd.DataFrame, condition: str, controls: Sequence[str], ax: Axes) -> None:
    """Paired difference of test accuracy from each control by epoch, with its 95% interval; coloured by control."""
    users = epochs.drop_duplicates("condition").set_index("condition")["user"]
    _draw_differences(epochs, [(condition, c, f"over {users[c]}", user_look(users[c])[0]) for c in controls], ax)


def draw_leads(epochs: pd.DataFrame, conditions: Sequence[str], control: str, ax: Axes) -> None:
    """Paired difference of test accuracy of each condition from one control by epoch; coloured by condition."""
    users = epochs.drop_duplicates("condition").set_index("condition")["user"]
    _draw_differences(epochs, [(c, control, users[c], user_look(users[c])[0]) for c in conditions], ax)


def _draw_differences(epochs: pd.DataFrame, pairs: Sequence[tuple[str, str, str, str]], ax: Axes) -> None:
    """pairs: (condition, control, label, colour)."""
    rows = epochs.set_index([*INDIVIDUAL, "epoch"])[["condition", "test_accuracy"]]
    ends = []
    ax.axhline(0, color=GREY, lw=0.8)
    for condition, control, label, colour in pairs:
        treated, untreated = (rows.loc[rows["condition"] == c, "test_accuracy"] for c in (condition, control))
        curve = interval_by_epoch((treated - untreated).dropna().rename("lead").reset_index(), "lead")
        if curve.empty:
            continue
        ax.plot(curve.index, curve["mean"], color=colour)
        ax.fill_between(curve.index, curve["low"], curve["high"], color=colour, alpha=0.15, lw=0, zorder=1.5)
        ends.append((float(curve.index[-1]), float(curve["mean"].iloc[-1]), label, colour))
    ax.set_xlabel("epoch")
    ax.margins(x=0)
    direct_labels(ax, ends)


def mark_turns(turns: pd.DataFrame, condition: str, axes: Sequence[Axes]) -> None:
    """A tick where people of the condition usually looked."""
    taken = turns[turns["condition"] == condition]
    for epoch in taken.groupby("turn")["epoch"].median() if len(taken) else ():
        for ax in axes:
            ax.axvline(epoch, color=PALE, lw=0.8, zorder=0)


def against_controls(epochs: pd.DataFrame, turns: pd.DataFrame, condition: str, controls: Sequence[str]) -> Figure:
    """The end of a run: test accuracy of a condition and its controls, and its paired lead over each control.

    epochs, turns: tables of analysis.tables; condition, controls: ids in them. Vertical lines are the turns.
    """
    recorded = set(epochs["condition"])
    controls = [c for c in controls if c in recorded]
    users = epochs.drop_duplicates("condition").set_index("condition")["user"]
    rows = epochs[epochs["condition"] == condition]
    n = len(rows[INDIVIDUAL].drop_duplicates())
    with style():
        fig = figure(9.0 if controls else 5.0, 3.6)
        axes = fig.subplots(1, 2 if controls else 1, squeeze=False)[0]
        draw_curves(epochs, [*controls, condition], axes[0])
        axes[0].set_title("Test accuracy")
        if controls:
            draw_lead(epochs, condition, controls, axes[1])
            axes[1].set_title(f"Lead of {users[condition]}, paired by participant")
        mark_turns(turns, condition, list(axes))
        people = f"{n} participants" if n > 1 else "1 participant"
        what = f"{rows['dataset'].iloc[0]}, {rows['model'].iloc[0]}, teacher {rows['teacher'].iloc[0]}; {people}; "
        note(fig, what + "bands: 95% intervals; vertical lines: turns")
    return fig


def learning_curves(results: Results) -> Figure:
    """Each dataset's main setting: test accuracy of every user by epoch, and their paired lead over nobody."""
    with style():
        fig = figure(9.6, 3.7 * len(results.main) + 0.3)
        axes = fig.subplots(len(results.main), 2, squeeze=False)
        for main, (left, right) in zip(results.main, axes, strict=True):
            users = user_order(main.arms)
            names = {main.arms[u]: u for u in users}
            table = results.tables.epochs[results.tables.epochs["condition"].isin(list(names))]
            draw_curves(table, list(names), left)
            left.set_title(main.dataset)
            left.set_ylabel("test accuracy")
            right.set_title("lead over training without a person")
            if "none" in main.arms:
                draw_leads(table, [main.arms[u] for u in users if u != "none"], main.arms["none"], right)
                right.set_ylabel("difference in test accuracy")
            else:
                right.axis("off")
            looking = [main.arms[u] for u in users if u != "none"]
            if looking:
                mark_turns(results.tables.turns, looking[0], [left, right])
        note(
            fig,
            "Bands: 95% intervals, on the right of paired differences. Vertical lines: turns." + setting(results.main),
        )
    return fig
