"""Head to head: what the same person is worth under each teacher, and what ways of working are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.figures.style import GREY, INK, figure, note, short_setting, style, user_look, user_order
from analysis.paired import t_interval
from analysis.results import NoData
from analysis.tables import distinguish

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.paired import Study
    from analysis.results import Results


def draw_teachers(rows: pd.DataFrame, ax: Axes, order: list[str], reference: str = "annotation") -> None:
    """A row a teacher: mean difference from nobody with its 95% interval. rows: teacher, mean, low, high, user."""
    ax.axvline(0, color=INK, lw=0.8, zorder=1)
    for row in rows.to_dict("records"):
        y = order.index(row["teacher"])
        colour, marker = user_look(row["user"])
        hollow = row["teacher"].startswith(reference)
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


def compare(results: Results) -> pd.DataFrame:
    """dataset, user, teacher, mean, low, high, n: difference in test accuracy from nobody, in the setting (all but
    teacher and user) of each dataset that has most teachers; of a user's own settings, those with most teachers."""
    study = results.study
    conditions = study.conditions[study.conditions["user"] != "none"]
    strata = study.stratum(("teacher", "user"))
    rows = []
    for dataset, mine in conditions.groupby("dataset"):
        teachers = mine.groupby(strata[mine.index])["teacher"].nunique()
        if teachers.empty or teachers.max() < 2:
            continue
        chosen = _same_people(mine[strata[mine.index] == teachers.idxmax()], study)
        settings = distinguish(
            chosen[[c for c in chosen.columns if c.split(".")[0] in ("dataset", "teacher") or c == "user"]]
        )
        several = chosen.groupby(["user", "teacher"]).size().max() > 1
        for condition, asked in zip(chosen.index.astype(str), chosen.to_dict("records"), strict=True):
            control = study.match(condition, {"user": "none"})
            if control is None:
                continue
            at = t_interval(study.difference("test_accuracy", condition, control).differences)
            own = [p.removeprefix("teacher.") for p in settings[condition].split(", ") if p.startswith("teacher.")]
            name = f"{asked['teacher']} {' '.join(own)}".strip() if several else asked["teacher"]
            rows.append((str(dataset), asked["user"], name, at.mean, at.low, at.high, at.n))
    return pd.DataFrame(rows, columns=["dataset", "user", "teacher", "mean", "low", "high", "n"])


def _same_people(conditions: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Of each user one set of settings, that which was run under most teachers with most participants."""
    own = [c for c in conditions.columns if c.split(".")[0] == "user"]
    sizes = study.present.sum()
    best: dict[str, tuple[int, int, pd.DataFrame]] = {}
    for _, rows in conditions.groupby(own, dropna=False, sort=False):
        user, found = rows["user"].iloc[0], (rows["teacher"].nunique(), int(sizes[rows.index].sum()), rows)
        if user not in best or found[:2] > best[user][:2]:
            best[user] = found
    return pd.concat([rows for _, _, rows in best.values()])


def teacher_comparison(results: Results) -> Figure:
    """A column a user, a row a dataset: each teacher's gain over nobody. Annotation, the rival, is hollow, dashed."""
    table = compare(results)
    counts = table.groupby(["dataset", "user"])["teacher"].nunique()
    kept = set(counts[counts > 1].index)
    table = table[[key in kept for key in zip(table["dataset"], table["user"], strict=True)]]
    if table.empty:
        raise NoData("no two teachers were run with the same person, settings and `none` beside them")
    datasets, users = sorted(set(table["dataset"])), user_order(table["user"])
    order = (
        table[table["user"] == ("oracle" if "oracle" in users else users[0])]
        .groupby("teacher")["mean"].mean().sort_values(ascending=False).index.tolist()
    )  # fmt: skip
    order += [t for t in dict.fromkeys(table["teacher"]) if t not in order]
    with style():
        fig = figure(2.5 * len(users) + 1.6, (0.42 * len(order) + 1.0) * len(datasets) + 0.4)
        axes = fig.subplots(len(datasets), len(users), squeeze=False, sharex="row", sharey=True)
        for dataset, row in zip(datasets, axes, strict=True):
            for user, ax in zip(users, row, strict=True):
                mine = table[(table["dataset"] == dataset) & (table["user"] == user)]
                draw_teachers(mine, ax, order)
                ax.set_title(user if len(datasets) == 1 else f"{user}, {dataset}")
                if mine.empty:
                    ax.set_visible(False)
        fig.supylabel("")
        note(fig, "Paired difference in test accuracy from none, mean and 95% interval. Hollow, dashed: annotation.")
    return fig


def variants(results: Results) -> Figure:
    """Users that were run with several settings which are no doses (as strategies): each one's gain over nobody."""
    study = results.study
    panels = []
    for main in results.main:
        anyone = next(iter(main.arms.values()))
        stratum = study.stratum(("user",))
        here = study.conditions[stratum == stratum[anyone]]
        for user, rows in here.groupby("user", sort=False):
            if user == "none" or "none" not in main.arms or not _by_name(rows):
                continue
            settings = distinguish(rows)
            found = []
            for condition in rows.index:
                at = t_interval(study.difference("test_accuracy", condition, main.arms["none"]).differences)
                name = short_setting(settings[condition])
                found.append(
                    {"user": user, "teacher": name, "mean": at.mean, "low": at.low, "high": at.high, "n": at.n}
                )
            panels.append((main.dataset, pd.DataFrame(found).sort_values("mean", ascending=False)))
    if not panels:
        raise NoData("no user was run beside none with several settings that are no doses, as strategies")
    heights = [0.42 * len(rows) + 1.0 for _, rows in panels]
    with style():
        fig = figure(6.4, sum(heights) + 0.3)
        axes = fig.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
        for ax, (dataset, rows) in zip(axes, panels, strict=True):
            draw_teachers(rows, ax, rows["teacher"].tolist())
            ax.set_title(f"{rows['user'].iloc[0]}, {dataset}, n = {rows['n'].min()}")
        note(fig, "Paired difference in test accuracy from none, mean and 95% interval.")
    return fig


def _by_name(rows: pd.DataFrame) -> bool:
    """Whether conditions of one user differ in a setting that is not a number."""
    own = [c for c in rows.columns if c.startswith("user.")]
    return any(rows[c].map(lambda value: isinstance(value, str)).any() and rows[c].nunique() > 1 for c in own)
