"""Embedding response against performance response (Hinterreiter et al. 2020): did latents follow, did it help?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.figures.style import GREY, figure, note, setting, style, user_look, user_order
from analysis.results import NoData

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results


def draw_response(points: pd.DataFrame, ax: Axes) -> None:
    """A point a participant, a large one the user's mean. points: user, embedding, performance."""
    ax.axhline(0, color=GREY, lw=0.8, zorder=1)
    ax.axvline(0, color=GREY, lw=0.8, zorder=1)
    users = user_order(points["user"])
    for user in users:
        rows = points[points["user"] == user]
        colour, marker = user_look(user)
        ax.scatter(rows["embedding"], rows["performance"], color=colour, marker=marker, s=18, alpha=0.4, lw=0, zorder=2)
    for user in users:
        rows = points[points["user"] == user]
        colour, marker = user_look(user)
        ax.plot(
            rows["embedding"].mean(), rows["performance"].mean(), marker=marker, ms=11, color=colour, mec="white",
            mew=1.5, ls="", label=user, zorder=4,
        )  # fmt: skip
    ax.set_xlabel("embedding response")
    ax.set_ylabel("performance response\n(test accuracy over none)")


def responses(results: Results) -> Figure:
    """A panel a dataset, in its main setting."""
    panels = []
    for main in results.main:
        if "none" not in main.arms:
            continue
        parts = []
        for user, condition in main.arms.items():
            embedding = results.pairing.metric("embedding_response")[condition]
            lead = results.pairing.difference("test_accuracy", condition, main.arms["none"]).differences
            both = pd.DataFrame({"user": user, "embedding": embedding, "performance": lead}).dropna()
            if user != "none" and len(both):
                parts.append(both)
        if parts:
            panels.append((main, pd.concat(parts)))
    if not panels:
        raise NoData("no user who moved points was run beside none with the same settings")
    with style():
        fig = figure(5.4 * len(panels), 4.4)
        axes = fig.subplots(1, len(panels), squeeze=False)[0]
        for ax, (main, points) in zip(axes, panels, strict=True):
            draw_response(points, ax)
            ax.set_title(main.dataset)
        fullest = max(axes, key=lambda ax: len(ax.get_legend_handles_labels()[0]))
        axes[-1].legend(
            *fullest.get_legend_handles_labels(), loc="center left", bbox_to_anchor=(1.0, 0.5), markerscale=0.7
        )
        read = "Small: participants; large: their mean. Right: the latents followed the edit. Up: the model got better."
        note(fig, read + setting(results.main))
    return fig
