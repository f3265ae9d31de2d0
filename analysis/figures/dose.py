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
from analysis.hypotheses import sweeps, touched
from analysis.metrics import describe
from analysis.results import NoData
from analysis.stats import t_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.hypotheses.contrasts import Sweep
    from analysis.paired import Pairing
    from analysis.results import Results

METRICS = ("test_accuracy", "generalization_gap", "class_recall_gap")
COLOUR = "alignment_accuracy_gap"
LINES = (RED, BLUE, GREEN, ORANGE, PURPLE, SKY, BLACK)


def draw_dose(
    data: pd.DataFrame, ax: Axes, colour: str, label: str, people: bool, dashed: bool = False, aside: float = 0.0
) -> None:
    """Mean and 95% interval at each dose, over each participant's own line. data: participant, dose, value. aside:
    share of the range of doses by which the line stands beside its place, so that intervals do not cover each other."""
    for _, rows in data.groupby("participant") if people else ():
        line = rows.sort_values("dose")
        ax.plot(line["dose"], line["value"], color=colour, lw=0.5, alpha=0.18, zorder=1)
    doses = sorted(data["dose"].unique().tolist())
    at = [t_interval(data.loc[data["dose"] == dose, "value"]) for dose in doses]
    place = aside * (doses[-1] - doses[0])
    ax.errorbar(
        [dose + place for dose in doses], [x.mean for x in at],
        yerr=[[x.mean - x.low for x in at], [x.high - x.mean for x in at]],
        color=colour, marker="o", ms=5, mec="white", capsize=0, elinewidth=2, lw=1.8, label=label, zorder=3,
        ls="--" if dashed else "-",
    )  # fmt: skip


def _recall_data(
    pairing: Pairing, dose: str, conditions: Sequence[str], classes: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """(classes that the bias names, the others): participant, dose, value; None where it names none, or all."""
    names, named = set(classes), {name for c in conditions for name in touched(pairing, c, classes)}
    if not named or named == names:
        return None
    parts = []
    for group in (named, names - named):
        wide = pairing.recall(group, over_the_others=False)[list(conditions)]
        long = wide.melt(var_name="condition", value_name="value", ignore_index=False).dropna().reset_index()
        doses = pd.to_numeric(pairing.conditions[dose])
        long["dose"] = long["condition"].map(doses)
        long["participant"] = long["seed"].astype(str) + "/" + long["participant"].astype(str)
        parts.append(long)
    return parts[0], parts[1]


def dose_response(results: Results, most: int = 6) -> Figure:
    """A row a setting of a person that was swept; columns are what it did."""
    pairing, classes = results.pairing, results.tables.classes
    by: dict[tuple[str, str, str], list[Sweep]] = {}
    for sweep in sweeps(pairing.conditions, ("user.*",)):
        dataset = str(pairing.conditions.loc[sweep.conditions[0], "dataset"])
        by.setdefault((dataset, sweep.dose, sweep.user), []).append(sweep)
    if not by:
        raise NoData("no setting of a user was swept over three amounts or more")
    shown = dict(list(by.items())[:most])
    with style():
        fig = figure(12.0, 2.75 * len(shown) + 0.4)
        axes = fig.subplots(len(shown), 4, squeeze=False)
        for row, ((dataset, dose, user), lines) in zip(axes, shown.items(), strict=True):
            lines = lines[: len(LINES)]
            for k, sweep in enumerate(lines):
                colour = LINES[k] if len(lines) > 1 else user_look(user)[0]
                aside = 0.02 * (k - (len(lines) - 1) / 2)
                for ax, metric in zip(row, METRICS, strict=False):
                    data = pairing.by_dose(metric, dose, sweep.conditions).dropna()
                    draw_dose(data, ax, colour, short_setting(sweep.setting), people=len(lines) == 1, aside=aside)
                names = classes.get(sweep.conditions[0], ())
                _draw_last(pairing, sweep, names, row[3], colour, len(lines) == 1, aside)
            for ax, metric in zip(row, METRICS, strict=False):
                ax.set_title(describe(metric).label)
            for ax in row:
                ax.set_xlabel(short_setting(dose))
            row[0].set_ylabel(f"{user}, {dataset}")
            if len(lines) > 1:
                row[0].legend(loc="best", fontsize=7)
            if not row[3].has_data():
                row[3].axis("off")
        left = f" {len(by) - len(shown)} more sweeps are not shown." if len(by) > len(shown) else ""
        note(fig, f"Mean and 95% interval over participants; thin lines: each participant.{left}")
    return fig


def _draw_last(
    pairing: Pairing, sweep: Sweep, classes: Sequence[str], ax: Axes, colour: str, alone: bool, aside: float
) -> None:
    """Whom it harmed: classes that the bias names and the others, or images whose colour misleads and the others."""
    recalls = _recall_data(pairing, sweep.dose, sweep.conditions, classes)
    if recalls:
        draw_dose(recalls[0], ax, colour, "classes it names", people=False, aside=aside)
        draw_dose(recalls[1], ax, GREY if alone else colour, "the others", people=False, dashed=True, aside=aside)
        ax.set_title("recall" if alone else "recall: named, others dashed")
        if alone:
            ax.legend(loc="best")
        return
    data = pairing.by_dose(COLOUR, sweep.dose, sweep.conditions).dropna()
    if len(data):
        draw_dose(data, ax, colour, "", people=alone, aside=aside)
        ax.set_title(describe(COLOUR).label)
