"""Head to head: what the same person is worth under each teacher, and what ways of working are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.figures.style import GREY, INK, figure, note, short_setting, style, user_look, user_order
from analysis.results import NoData
from analysis.stats import t_interval
from analysis.tables import distinguish

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.paired import Pairing
    from analysis.results import Results


def draw_gains(rows: pd.DataFrame, ax: Axes, order: list[str]) -> None:
    """A row a name, as of a teacher or strategy: mean difference from nobody with its 95% interval. rows: name, mean,
    low, high, user, rival (hollow, with a dashed line). order: the names from above."""
    ax.axvline(0, color=INK, lw=0.8, zorder=1)
    for row in rows.to_dict("records"):
        y = order.index(row["name"])
        colour, marker = user_look(row["user"])
        hollow = row["rival"]
        ax.plot([row["low"], row["high"]], [y, y], color=colour, lw=2.5, solid_capstyle="butt", zorder=2)
        ax.plot(
            row["mean"], y, marker=marker, ms=6, mec=colour if hollow else "white", mew=1.6 if hollow else 1.0,
            color="white" if hollow else colour, zorder=3,
        )  # fmt: skip
        if hollow:
            ax.axvline(row["mean"], color=GREY, lw=0.8, ls=(0, (4, 3)), zorder=1)
    ax.set_yticks(range(len(order)), order)
    ax.set_ylim(len(order) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def compare(pairing: Pairing) -> pd.DataFrame:
    """dataset, user, name (the teacher, with its settings if there are several), mean, low, high, n, rival (whether it
    is annotation): difference in test accuracy from nobody, in the setting (all but teacher and user) of each dataset
    that has most teachers; of a user's own settings, those with most teachers."""
    conditions = pairing.conditions[pairing.conditions["user"] != "none"]
    strata = pairing.stratum(("teacher", "user"))
    rows = []
    for dataset, of_dataset in conditions.groupby("dataset"):
        teachers = of_dataset.groupby(strata[of_dataset.index])["teacher"].nunique()
        if teachers.empty or teachers.max() < 2:
            continue
        chosen = _same_people(of_dataset[strata[of_dataset.index] == teachers.idxmax()], pairing)
        of_teacher = [c for c in chosen.columns if c.split(".")[0] == "teacher"]
        settings = distinguish(chosen[["dataset", *of_teacher]], beyond=("teacher",))
        several = chosen.groupby(["user", "teacher"]).size().max() > 1
        for condition, asked in zip(chosen.index.astype(str), chosen.to_dict("records"), strict=True):
            control = pairing.match(condition, {"user": "none"})
            if control is None:
                continue
            at = t_interval(pairing.difference("test_accuracy", condition, control).differences)
            amounts = settings[condition].replace("teacher.", "").replace(", ", " ")
            name = f"{asked['teacher']} {amounts}".strip() if several else asked["teacher"]
            rival = asked["teacher"] == "annotation"
            rows.append((str(dataset), asked["user"], name, at.mean, at.low, at.high, at.n, rival))
    return pd.DataFrame(rows, columns=["dataset", "user", "name", "mean", "low", "high", "n", "rival"])


def _same_people(conditions: pd.DataFrame, pairing: Pairing) -> pd.DataFrame:
    """Of each user one set of settings, that which was run under most teachers with most participants."""
    of_user = [c for c in conditions.columns if c.split(".")[0] == "user"]
    sizes = pairing.present.sum()
    best: dict[str, tuple[tuple[int, int], pd.DataFrame]] = {}
    for _, rows in conditions.groupby(of_user, dropna=False, sort=False):
        user, weight = rows["user"].iloc[0], (rows["teacher"].nunique(), int(sizes[rows.index].sum()))
        if user not in best or weight > best[user][0]:
            best[user] = weight, rows
    return pd.concat([rows for _, rows in best.values()])


def teacher_comparison(results: Results) -> Figure:
    """A column a user, a row a dataset: each teacher's gain over nobody. Annotation, the rival, is hollow, dashed."""
    table = compare(results.pairing)
    counts = table.groupby(["dataset", "user"])["name"].nunique()
    kept = set(counts[counts > 1].index)
    table = table[[key in kept for key in zip(table["dataset"], table["user"], strict=True)]]
    if table.empty:
        raise NoData("no two teachers were run with the same person, settings and `none` beside them")
    datasets, users = sorted(set(table["dataset"])), user_order(table["user"])
    order = (
        table[table["user"] == ("oracle" if "oracle" in users else users[0])]
        .groupby("name")["mean"].mean().sort_values(ascending=False).index.tolist()
    )  # fmt: skip
    order += [t for t in dict.fromkeys(table["name"]) if t not in order]
    with style():
        fig = figure(2.5 * len(users) + 1.6, (0.42 * len(order) + 1.0) * len(datasets) + 0.4)
        axes = fig.subplots(len(datasets), len(users), squeeze=False, sharex="row", sharey=True)
        for dataset, row in zip(datasets, axes, strict=True):
            for user, ax in zip(users, row, strict=True):
                rows = table[(table["dataset"] == dataset) & (table["user"] == user)]
                draw_gains(rows, ax, order)
                ax.set_title(user if len(datasets) == 1 else f"{user}, {dataset}")
                if rows.empty:
                    ax.set_visible(False)
        fig.supylabel("")
        note(fig, "Paired difference in test accuracy from none, mean and 95% interval. Hollow, dashed: annotation.")
    return fig


def variants(results: Results) -> Figure:
    """Users that were run with several settings which are no doses (as strategies): each one's gain over nobody."""
    pairing = results.pairing
    panels = []
    for main in results.main:
        anyone = next(iter(main.arms.values()))
        stratum = pairing.stratum(("user",))
        comparable = pairing.conditions[stratum == stratum[anyone]]
        for user, rows in comparable.groupby("user", sort=False):
            if user == "none" or "none" not in main.arms or not _by_name(rows):
                continue
            settings = distinguish(rows)
            gains = []
            for condition in rows.index:
                at = t_interval(pairing.difference("test_accuracy", condition, main.arms["none"]).differences)
                name = short_setting(settings[condition])
                gain = {"user": user, "name": name, "mean": at.mean, "low": at.low, "high": at.high, "n": at.n}
                gains.append({**gain, "rival": False})
            panels.append((main.dataset, pd.DataFrame(gains).sort_values("mean", ascending=False)))
    if not panels:
        raise NoData("no user was run beside none with several settings that are no doses, as strategies")
    heights = [0.42 * len(rows) + 1.0 for _, rows in panels]
    with style():
        fig = figure(6.4, sum(heights) + 0.3)
        axes = fig.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
        for ax, (dataset, rows) in zip(axes, panels, strict=True):
            draw_gains(rows, ax, rows["name"].tolist())
            ax.set_title(f"{rows['user'].iloc[0]}, {dataset}, n = {rows['n'].min()}")
        note(fig, "Paired difference in test accuracy from none, mean and 95% interval.")
    return fig


def _by_name(rows: pd.DataFrame) -> bool:
    """Whether conditions of one user differ in a setting that is not a number."""
    settings = [c for c in rows.columns if c.startswith("user.")]
    return any(rows[c].map(lambda value: isinstance(value, str)).any() and rows[c].nunique() > 1 for c in settings)
