"""What a person saw and did: layouts as they were shown, the edit as arrows, and how the latents answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.figures.style import (
    GREY,
    INK,
    PALE,
    class_colour,
    class_names,
    figure,
    note,
    style,
    user_look,
    user_order,
)
from analysis.results import NoData

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results
    from hill_exp.record.trace import Trace


def draw_layout(
    trace: Trace,
    positions: np.ndarray,
    ax: Axes,
    names: Sequence[str] | None,
    span: float,
    emphasis: np.ndarray | None = None,
) -> None:
    """One layout (N, 2): true classes as colours, points with an observed label ringed; `names` of the classes are
    written beside most of each class; points outside `emphasis` (N,) are pale."""
    truth, labelled = trace.truth, trace.observed >= 0
    colours = np.array([class_colour(int(c)) for c in truth])
    size = float(np.clip(3600 / len(truth), 3, 16))
    strength = np.full(len(truth), 0.75) if emphasis is None else np.where(emphasis, 0.95, 0.15)
    ringed = np.ones(len(truth)) if emphasis is None else strength
    x, y = positions.T
    look: dict[str, Any] = {"c": colours, "s": size, "alpha": strength, "lw": 0, "rasterized": len(truth) > 1000}
    ax.scatter(x, y, **look)
    if labelled.any():
        look |= {"c": colours[labelled], "s": 1.6 * size, "alpha": ringed[labelled], "lw": 0.7, "edgecolors": INK}
        ax.scatter(x[labelled], y[labelled], zorder=2.5, **look)
    if names is not None:
        _name_classes(positions, truth, names, ax)
    ax.set(xlim=(-span, span), ylim=(-span, span), xticks=[], yticks=[], aspect="equal")
    for spine in ax.spines.values():
        spine.set(visible=True, color=PALE)


def _name_classes(positions: np.ndarray, truth: np.ndarray, names: Sequence[str], ax: Axes) -> None:
    from matplotlib.patheffects import withStroke

    halo, written = [withStroke(linewidth=2.5, foreground="white")], class_names(names)
    for c in np.unique(truth):
        place = np.median(positions[truth == c], axis=0)
        x, y = place * (1 + 0.25 / max(0.25, float(np.linalg.norm(place))))  # outward, beside the points
        ax.text(
            x, y, written[int(c)], color=INK, fontsize=9, fontweight="bold",
            ha="center", va="center", path_effects=halo, zorder=4,
        )  # fmt: skip


def draw_arrows(trace: Trace, turn: int, ax: Axes) -> None:
    """The edit of a turn: an arrow from where each point was shown to where it was dropped."""
    shown, edited = trace.layout[turn], trace.edited[turn]
    moved = (edited != shown).any(axis=1)
    colours = [class_colour(int(c)) for c in trace.truth[moved]]
    drag = edited[moved] - shown[moved]
    ax.quiver(
        *shown[moved].T, *drag.T, color=colours, angles="xy", scale_units="xy", scale=1, width=0.0045,
        headwidth=4.5, headlength=5, headaxislength=4.5, alpha=0.55, zorder=3,
    )  # fmt: skip


def _span(trace: Trace) -> float:
    """Half the side of the square that holds nearly all of what is drawn."""
    places = np.concatenate([trace.layout.reshape(-1, 2), trace.edited.reshape(-1, 2)])
    return float(np.quantile(np.abs(places[np.isfinite(places).all(axis=1)]), 0.999)) * 1.08


def story(trace: Trace, epochs: pd.DataFrame, turns: pd.DataFrame, classes: Sequence[str]) -> Figure:
    """One participant's run: the layout at each turn with the edit as arrows, the layout that answered at the end,
    and below them test accuracy with the turns, and how far the latents followed each edit.

    trace: what the participant was shown and did. epochs, turns: rows of the tables (analysis.tables) of this
    participant and condition alone. More than seven turns are thinned out evenly; the first and last stay.
    """
    n_turns = trace.turns
    shown = sorted({*np.linspace(0, n_turns - 1, min(n_turns, 7)).round().astype(int).tolist()}) if n_turns else []
    panels = len(shown) + 1
    n_rows = 1 if panels <= 5 else 2
    columns = -(-panels // n_rows)
    side = min(2.8, 11.0 / columns)
    span = _span(trace)
    who = epochs.iloc[0]
    accuracy = epochs.set_index("epoch")["test_accuracy"]
    when = turns.set_index("turn")["epoch"]
    with style():
        heights = [n_rows * (side + 0.35) + 0.35, 2.0]
        fig = figure(max(columns * side, 7.0), sum(heights))
        grid = fig.add_gridspec(2, 1, height_ratios=heights)
        top, bottom = fig.add_subfigure(grid[0]), fig.add_subfigure(grid[1])
        axes = top.subplots(n_rows, columns, squeeze=False).ravel()
        for ax, turn in zip(axes, shown, strict=False):
            draw_layout(trace, trace.layout[turn], ax, None, span)
            draw_arrows(trace, turn, ax)
            n_moved = int((trace.edited[turn] != trace.layout[turn]).any(axis=1).sum())
            ax.set_title(f"turn {turn + 1}", fontsize=9)
            _aside(ax, f"epoch {int(when[turn])}, {n_moved} moved")
        draw_layout(trace, trace.layout[-1], axes[panels - 1], classes, span)
        axes[panels - 1].set_title("the answer", fontsize=9)
        _aside(axes[panels - 1], f"epoch {int(accuracy.index[-1])}")
        for ax in axes[panels:]:
            ax.axis("off")
        left, right = bottom.subplots(1, 2)
        _draw_accuracy(accuracy, when, who["user"], left)
        _draw_response(turns, who["user"], right)
        title = f"{who['user']}, participant {who['participant']}: {who['dataset']}, teacher {who['teacher']}"
        note(fig, "Colours: true classes. Ringed: with an observed label. Arrows: where the person put a point.")
        top.suptitle(title, x=0.005, ha="left", fontweight="bold", fontsize=11)
    return fig


def _aside(ax: Axes, text: str) -> None:
    ax.set_title(text, loc="right", fontsize=8, fontweight="normal", color=GREY)


def _draw_accuracy(accuracy: pd.Series, when: pd.Series, user: str, ax: Axes) -> None:
    colour, marker = user_look(user)
    ax.plot(accuracy.index, accuracy, color=colour)
    seen = accuracy.reindex(when).dropna()
    ax.plot(seen.index, seen, ls="", marker=marker, color=colour, mec="white", ms=7)
    ax.set_title("Test accuracy; dots are turns", fontsize=9)
    ax.set_xlabel("epoch")
    ax.margins(x=0.02)


def _draw_response(turns: pd.DataFrame, user: str, ax: Axes) -> None:
    colour, _ = user_look(user)
    response = turns["embedding_response"]
    ax.set_title("How far the latents followed each edit", fontsize=9)
    if response.notna().any():
        ax.bar(turns["turn"] + 1, response, color=colour, width=0.6)
        ax.axhline(0, color=INK, lw=0.8)
        ax.set_xticks(turns["turn"] + 1)
        ax.set_xlabel("turn")
        ax.set_ylabel("embedding response")
    else:
        ax.axis("off")
        ax.text(0, 0.9, "nothing was moved: there is no edit to follow", transform=ax.transAxes, color=GREY, va="top")


def gallery(results: Results, most: int = 6) -> Figure:
    """One participant under several users: the first layout as shown, as edited, and the answer at the end."""
    rows = _gallery_rows(results)
    if not rows:
        raise NoData("no record has its layouts beside it")
    rows = rows[:most]
    span = max(_span(trace) for _, trace, _ in rows)
    who = rows[0][0]
    with style():
        fig = figure(2.15 * len(rows) + 0.4, 7.2)
        axes = fig.subplots(3, len(rows), squeeze=False).T
        for column, (asked, trace, names) in zip(axes, rows, strict=True):
            draw_layout(trace, trace.layout[0], column[0], None, span)
            draw_layout(trace, trace.edited[0], column[1], None, span, trace.handled[0])
            draw_layout(trace, trace.layout[-1], column[2], names, span)
            column[0].set_title(asked["user"], color=user_look(asked["user"])[0], fontsize=11)
        for ax, title in zip(axes[0], ("before the first turn", "as edited", "the answer, at the end"), strict=True):
            ax.set_ylabel(title, fontsize=9.5)
        read = "Colours: true classes. Ringed: with an observed label. Edited: points not handled are pale."
        note(fig, f"Participant {who['participant']}, {who['dataset']}. {read}")
    return fig


def _gallery_rows(results: Results) -> list[tuple[Mapping[str, Any], Trace, Sequence[str]]]:
    """(who, layouts, class names) of the participant who has layouts under most users of a main setting."""
    contents = {c.id: c.content for c in results.store.conditions()}
    for main in results.main:
        users = [u for u in user_order(main.arms) if u != "none"]
        by: dict[tuple[int, int], list[str]] = {}
        for user in users:
            content = contents[main.arms[user]]
            done = results.pairing.metric("test_accuracy")[main.arms[user]].dropna()
            for seed, participant in done.index:
                if results.store.has_arrays(content, seed, participant):
                    by.setdefault((seed, participant), []).append(user)
        if not by:
            continue
        (seed, participant), shown = max(by.items(), key=lambda item: (len(item[1]), [-i for i in item[0]]))
        rows: list[tuple[Mapping[str, Any], Trace, Sequence[str]]] = []
        for user in user_order(shown):
            condition = main.arms[user]
            record = results.store.read(contents[condition], seed, participant)
            trace = results.store.trace(record) if record else None
            if trace and trace.turns:
                who: dict[str, Any] = {"user": user, "condition": condition, "dataset": main.dataset}
                who |= {"seed": seed, "participant": participant}
                rows.append((who, trace, results.tables.classes[condition]))
        if rows:
            return rows
    return []


def one_story(results: Results) -> Figure:
    """`story` of the participant in the gallery, under the oracle if there is one."""
    rows = _gallery_rows(results)
    if not rows:
        raise NoData("no record has its layouts beside it")
    who, trace, names = next((row for row in rows if row[0]["user"] == "oracle"), rows[-1])
    key = (who["condition"], who["seed"], who["participant"])
    epochs, turns = (
        table[(table[["condition", "seed", "participant"]].astype(str) == list(map(str, key))).all(axis=1)]
        for table in (results.tables.epochs, results.tables.turns)
    )
    return story(trace, epochs, turns, names)
