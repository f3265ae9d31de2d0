"""What the store says of each claim, in the words and numbers that the templates write."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from hill_exp.reproduce.plan import TOLERANCE
from hill_exp.types import UserError

if TYPE_CHECKING:
    import pandas as pd

    from analysis.results import Main, Results
    from hill_exp.reproduce.__main__ import Run

EARLIER: Final = Path(__file__).parent / "earlier.yaml"
PICTURES: Final = ("umap", "parametric", "pca", "scrambled")
TEACHERS: Final = ("contrastive", "annotation", "triplet", "neighbour", "relational", "projective")
PEOPLE: Final = ("placebo", "oracle", "noisy", "conflating", "neglectful", "stereotyping")  # of experiment=teachers
CONTROLS: Final = ("none", "placebo")
SPECIFIED: Final = {("H1", "test_accuracy"), ("H2", "shifted_accuracy"), ("H2", "test_loss")}
Row = Mapping[str, Any]


def found(run: Run) -> dict[str, Any]:
    """What the templates write, by name."""
    from analysis import freeze, hypotheses

    results = _results(run, run.store)
    store, tables = results.store, results.tables
    claims = Claims(results.tests[results.tests["role"] == hypotheses.Role.CONFIRMATORY])
    mains = {main.dataset: main for main in results.main}
    if "digits" not in mains:
        raise UserError(f"{run.store}: holds no study on digits; python -m hill_exp.reproduce runs it")
    minutes = json.loads((run.out / "minutes.json").read_text(encoding="utf-8"))
    return {
        "run": run, "claims": claims, "tolerance": TOLERANCE,
        "frozen": freeze.told(freeze.standing(store, tables, run.hypotheses, ())),
        "records": len(tables.participants), "versions": {name: version(name) for name in ("hill_exp", "torch")},
        "minutes": minutes, "users": users(results, mains["digits"]), "pictures": pictures(results, mains["digits"]),
        "teachers": teachers(results, mains["digits"]), "colours": colours(tables.participants),
        "arms": arms(results), "curves": curves(run), "changed": claims.changed(),
    }  # fmt: skip


def _results(run: Run, path: Path) -> Results:
    from analysis import hypotheses, tables
    from analysis.results import Results
    from hill_exp.record.store import Store

    store = Store(path)
    return Results.of(store, tables.read(store), hypotheses.load(run.hypotheses))


@dataclass(frozen=True)
class Claims:
    """The confirmatory rows of hypotheses.csv."""

    rows: pd.DataFrame

    def of(self, *names: str) -> Sequence[Row]:
        """All rows of the hypotheses, in order, with `difference` and `what` in words."""
        from analysis.metrics import describe

        chosen = self.rows[self.rows["hypothesis"].isin(names)]
        return [
            {**{str(column): value for column, value in row.items()},
             "difference": _interval(row["metric"], row["estimate"], row["ci_low"], row["ci_high"]),
             "what": describe(row["metric"]).label, "whole": row["part"] != "part", "told": _verdict(row),
             "chance": "" if math.isnan(row["power"]) else f"{row['power']:.2f}"}
            for row in chosen.to_dict("records")
        ]  # fmt: skip

    def verdict(self, *names: str) -> str:
        """Supported if all claims of the hypotheses are; not supported if one is not; else inconclusive."""
        verdicts = [row["verdict"] for row in self.of(*names) if row["whole"]]
        return next((each for each in ("not tested", "not supported", "inconclusive") if each in verdicts), "supported")

    def one(self, name: str, metric: str = "test_accuracy", contrast: str = "") -> str:
        """The difference of one comparison in words: the first of the hypothesis and metric whose contrast has the
        word."""
        rows = [
            r for r in self.of(name) if r["metric"] == metric and contrast in r["contrast"] and r["part"] != "joint"
        ]
        return (rows[0]["difference"] if rows else "") or "not tested"

    def least(self, name: str) -> str:
        """The difference of the comparison that decides the claim."""
        return next((row["difference"] for row in self.of(name) if row["whole"]), "") or "not tested"

    def changed(self) -> list[tuple[str, str, str, str]]:
        """(hypothesis, metric, verdict of the version before, verdict now) where they differ."""
        earlier = yaml.safe_load(EARLIER.read_text(encoding="utf-8"))["verdicts"]
        now = {(row["hypothesis"], row["metric"]): row for name in earlier for row in self.of(name) if row["whole"]}
        return [
            (name, now[name, metric]["what"], before, now[name, metric]["verdict"])
            for name, of in earlier.items()
            for metric, before in of.items()
            if (name, metric) in now and now[name, metric]["verdict"] != before
        ]


def users(results: Results, main: Main) -> Sequence[Row]:
    """A row a user of the main setting: test accuracy, over nobody, over the sham, points moved."""
    from analysis.figures.style import user_order

    return [
        {"user": user, "accuracy": _mean(results, main.arms[user]),
         **{f"over_{control}": _over(results, main.arms[user], main.arms.get(control)) for control in CONTROLS},
         "moved": _mean(results, main.arms[user], "points_moved")}
        for user in user_order(main.arms)
    ]  # fmt: skip


def pictures(results: Results, main: Main) -> Sequence[Row]:
    """A row a user and projection, with the difference from nobody under that projection."""
    return [
        {"user": user, "picture": name, "accuracy": _mean(results, condition),
         "over_none": _over(results, condition, nobody),
         "moved": _mean(results, condition, "points_moved"), "trust": _mean(results, condition, "trustworthiness")}
        for user in ("oracle", "blind_oracle", "placebo") if user in main.arms
        for name in PICTURES
        if (condition := _under(results, main.arms[user], "projection", name))
        and (nobody := _under(results, main.arms["none"], "projection", name))
    ]  # fmt: skip


def teachers(results: Results, main: Main) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """(users, a row a teacher: its name, and the test accuracy of each user)."""
    people = [user for user in PEOPLE if user in main.arms]
    rows = []
    for name in TEACHERS:
        conditions = [_under(results, main.arms[user], "teacher", name) for user in people]
        if any(conditions):
            rows.append((name, [_mean(results, of) if of else "" for of in conditions]))
    return people, rows


def colours(participants: pd.DataFrame) -> Sequence[tuple[str, str, Sequence[str], Sequence[str]]]:
    """A row a skew of the data's colour: (skew, nobody's accuracy, accuracy and gap at each weight on the colour)."""
    if "dataset.colour.train" not in participants or "user.attribute" not in participants:
        return []
    rows = participants[(participants["status"] == "done") & participants["dataset.colour.train"].notna()]
    told = []
    for skew, of in rows.groupby("dataset.colour.train"):
        nobody = of.loc[of["user"] == "none", "test_accuracy"].mean()
        by = of[of["user"] == "colour_grouping"].groupby("user.attribute")
        accuracy, gap = ([f"{mean:.3f}" for mean in by[m].mean()] for m in ("test_accuracy", "alignment_accuracy_gap"))
        told.append((f"{skew}", f"{nobody:.3f}", accuracy, gap))
    return told


def arms(results: Results) -> Sequence[tuple[str, str, int, Sequence[Row]]]:
    """(regime, best machine, participants, a row an arm from the best on) of each regime with several arms."""
    from analysis.arms import table

    told = []
    for (regime, dataset), rows in table(results.pairing).groupby(["regime", "dataset"], sort=True):
        if len(rows) < 2:
            continue
        best = rows.loc[rows["best_machine"], "arm"]
        told.append(
            (str(regime or dataset), best.iloc[0] if len(best) else "", int(rows["n"].max()),
             [
                 {"arm": row["arm"], "accuracy": f"{row['test_accuracy']:.3f}",
                  **{side: _interval("test_accuracy", row[side], row[f"{side}_low"], row[f"{side}_high"])
                     for side in ("over_plain", "over_machine")},
                  **{cost: _count(row[cost]) for cost in ("person_seconds", "points_moved", "points_named")}}
                 for row in rows.sort_values("test_accuracy", ascending=False).to_dict("records")
             ])
        )  # fmt: skip
    return told


def curves(run: Run) -> Sequence[Row]:
    """What becomes of SPECIFIED over the settings of the multiverse: median, range, and how often the interval lies to
    one side of 0; nothing where it was not run."""
    from analysis import specification
    from analysis.metrics import describe

    if not run.apart.exists():
        return []
    told = []
    for curve in specification.curves(_results(run, run.apart).specifications):
        if (curve.hypothesis, curve.metric) not in SPECIFIED:
            continue
        at, rows = curve.rows["estimate"], curve.rows
        told.append(
            {"hypothesis": curve.hypothesis, "what": describe(curve.metric).label, "contrast": curve.contrast,
             "settings": str(len(rows)), "median": _signed(curve.metric, at.median()),
             "range": f"{_signed(curve.metric, at.min())} to {_signed(curve.metric, at.max())}",
             "above": str(int((rows["ci_low"] > 0).sum())), "below": str(int((rows["ci_high"] < 0).sum()))}
        )  # fmt: skip
    return told


def _verdict(row: Mapping[Any, Any]) -> str:
    """Of a claim as it was stated; nothing for a part of one."""
    if row["part"] == "part":
        return ""
    return f"**{row['verdict']}**" + (f", {row['finding']}" if row["finding"] != row["verdict"] else "")


def _under(results: Results, condition: str, group: str, name: str) -> str | None:
    """The same condition with another choice of a group; itself where it has that."""
    if results.pairing.conditions.loc[condition, group] == name:
        return condition
    return results.pairing.match(condition, {group: name}, as_shipped=True)


def _mean(results: Results, condition: str, metric: str = "test_accuracy") -> str:
    from analysis.metrics import number

    value = results.pairing.metric(metric)[condition].mean()
    return _count(value) if metric == "points_moved" else number(metric, float(value))


def _over(results: Results, condition: str, control: str | None) -> str:
    from analysis.stats import t_interval

    if control is None or control == condition:
        return ""
    at = t_interval(results.pairing.difference("test_accuracy", condition, control).differences)
    return _interval("test_accuracy", at.mean, at.low, at.high)


def _interval(metric: str, middle: float, low: float, high: float) -> str:
    if math.isnan(middle):
        return ""
    return f"{_signed(metric, middle)} [{_signed(metric, low)}, {_signed(metric, high)}]"


def _signed(metric: str, value: float) -> str:
    """With the hyphen for a minus, as pages and terminals have it."""
    from analysis.metrics import number

    return number(metric, value, signed=True).replace("\N{MINUS SIGN}", "-")


def _count(value: float) -> str:
    return "" if math.isnan(value) else f"{value:,.0f}"
