"""Dose and response: what a little, and what much of a departure does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from analysis.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    figure,
    note,
    short_setting,
    style,
    user_look,
)
from analysis.hypotheses import Hypothesis, Statement, dose_data, sweeps, touched
from analysis.metrics import describe
from analysis.paired import t_interval
from analysis.results import NoData

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

METRICS = ("test_accuracy", "generalization_gap", "class_recall_gap")
LINES = (RED, BLUE, GREEN, ORANGE, PURPLE, SKY, BLACK)
EVERYTHING = Hypothesis(
    name="", sentence="", family="", alpha=0.05, user=("*",), dose=("user.*",),
    tests=(Statement(metric="test_accuracy", claim="lower", margin=0),),
)  # fmt: skip


def draw_dose(data: pd.DataFrame, ax: Axes, colour: str, label: str, people: bool = True, dashed: bool = False) -> None:
    """Mean and 95% interval at each dose, over each participant's own line. data: participant, dose, value."""
    for _, own in data.groupby("participant") if people else ():
        own = own.sort_values("dose")
        ax.plot(own["dose"], own["value"], color=colour, lw=0.5, alpha=0.18, zorder=1)
    doses = sorted(data["dose"].unique().tolist())
    at = [t_interval(data.loc[data["dose"] == dose, "value"]) for dose in doses]
    ax.errorbar(
        doses, [x.mean for x in at], yerr=[[x.mean - x.low for x in at], [x.high - x.mean for x in at]],
        color=colour, marker="o", ms=5, mec="white", capsize=0, elinewidth=2, lw=1.8, label=label, zorder=3,
        ls="--" if dashed else "-",
    )  # fmt: skip


def _recall_data(results: Results, dose: str, conditions: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """(classes that the bias names, the others): participant, dose, value; None where it names none, or all."""
    study = results.study
    classes = results.tables.classes.get(conditions[0], ())
    names, named = set(classes), {name for c in conditions for name in touched(study, c, classes)}
    if not named or named == names:
        return None
    parts = []
    for some in (named, names - named):
        wide = study.recall(some, over_the_others=False)[list(conditions)]
        long = wide.melt(var_name="condition", value_name="value", ignore_index=False).dropna().reset_index()
        doses = pd.to_numeric(study.conditions[dose])
        long["dose"] = long["condition"].map(doses)
        long["participant"] = long["seed"].astype(str) + "/" + long["participant"].astype(str)
        parts.append(long)
    return parts[0], parts[1]


def dose_response(results: Results, most: int = 6) -> Figure:
    """A row a setting of a person that was swept; columns are what it did."""
    found = list(sweeps(EVERYTHING, results.study))
    if not found:
        raise NoData("no setting of a user was swept over three amounts or more")
    by: dict[tuple[str, str, str], list[tuple[list[str], str]]] = {}
    for dose, conditions, user, setting in found:
        dataset = str(results.study.conditions.loc[conditions[0], "dataset"])
        by.setdefault((dataset, dose, user), []).append((conditions, setting))
    shown = dict(list(by.items())[:most])
    with style():
        fig = figure(12.0, 2.75 * len(shown) + 0.4)
        axes = fig.subplots(len(shown), 4, squeeze=False)
        for row, ((dataset, dose, user), lines) in zip(axes, shown.items(), strict=True):
            crowded = len(lines) > 1
            for k, (conditions, setting) in enumerate(lines[: len(LINES)]):
                colour = LINES[k] if crowded else user_look(user)[0]
                for ax, metric in zip(row, METRICS, strict=False):
                    data = dose_data(results.study, metric, dose, conditions).dropna()
                    draw_dose(data, ax, colour, short_setting(setting), people=not crowded)
                recalls = _recall_data(results, dose, conditions)
                if recalls:
                    draw_dose(recalls[0], row[3], colour, "classes it names", people=False)
                    draw_dose(recalls[1], row[3], colour if crowded else GREY, "the others", people=False, dashed=True)
            for ax, metric in zip(row, METRICS, strict=False):
                ax.set_title(describe(metric).label)
                ax.set_xlabel(short_setting(dose.removeprefix("user.").replace(".", " ")))
            row[0].set_ylabel(f"{user}, {dataset}")
            if row[3].has_data():
                row[3].set_title("recall")
                row[3].set_xlabel(short_setting(dose.removeprefix("user.").replace(".", " ")))
                if not crowded:
                    row[3].legend(loc="best")
            else:
                row[3].axis("off")
            if crowded:
                row[0].legend(loc="best", fontsize=7)
        left = f" {len(by) - len(shown)} more sweeps are not shown." if len(by) > len(shown) else ""
        note(fig, f"Mean and 95% interval over participants; thin lines: each participant.{left}")
    return fig
