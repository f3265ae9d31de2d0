"""One page that a person reads from top to bottom in five minutes, and that needs no network."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.figures import FIGURES
from analysis.figures.style import RC, minus, short_setting, user_order
from analysis.hypotheses import ALL, Hypothesis, uncontrolled
from analysis.metrics import describe, number
from analysis.paired import t_interval, values
from analysis.results import Main, Results
from analysis.stats import interquartile
from analysis.tables import CHOICES, setting_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHOWN = (
    "test_accuracy", "train_accuracy", "generalization_gap", "shifted_accuracy", "calibration_error",
    "worst_class_recall", "class_recall_gap", "epochs_to_target",
)  # fmt: skip
MOST_LINES = 8  # under one hypothesis
LIBRARIES = ("pandas", "scipy", "statsmodels", "matplotlib")


@dataclass(frozen=True)
class Verdict:
    """A hypothesis as the page tells it."""

    name: str
    sentence: str
    verdict: str
    css: str
    lines: Sequence[str]  # what was found, in sentences
    table: Sequence[Sequence[str]]  # every comparison behind them
    elsewhere: str


def render(results: Results, figures: Path, skipped: Mapping[str, str], command: str) -> str:
    """The page. figures: the folder of the PNG files; skipped: figure -> why it could not be drawn."""
    from jinja2 import Environment, FileSystemLoader

    page = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True).get_template(
        "report.html.jinja"
    )
    drawn = [(name, figures / f"{name}.png") for name in FIGURES if name not in skipped]
    return page.render(
        verdicts=[_verdict(h, results) for h in results.hypotheses],
        design=_design(results),
        main="; ".join(f"{m.dataset} with {short_setting(m.setting)}" for m in results.main if m.setting),
        settings=_common_settings(results.tables.participants),
        summaries=[_summary(main, results) for main in results.main],
        across=across_datasets(results),
        figures=[
            {"name": name, "caption": FIGURES[name].caption, "width": _width(png := path.read_bytes())}
            | {"png": base64.b64encode(png).decode()}
            for name, path in drawn
        ],
        unsaid=list(_unsaid(results, skipped)) or ["Nothing: every hypothesis could be tested and every figure drawn."],
        commands=[*_commands(results), command],
        versions=list(_versions(results)),
    )


def _width(png: bytes) -> int:
    """CSS pixels at which a figure's letters are as large as those of the others; the width stands in its header."""
    return round(int.from_bytes(png[16:20], "big") / RC["savefig.dpi"] * 92)


# --- verdicts in sentences -------------------------------------------------------------------------------------------


def _verdict(hypothesis: Hypothesis, results: Results) -> Verdict:
    """Told are the tests of the main settings (of all settings, if teachers or doses are compared); with several
    datasets the sentences are those over all of them, and the table has each."""
    mine = results.tests[results.tests["hypothesis"] == hypothesis.name]
    main = {condition for m in results.main for condition in m.arms.values()}
    near = mine["condition"].isin(main) | (mine["dataset"] == ALL)
    if hypothesis.dose or hypothesis.over_teacher or not (near & (mine["n"] > 0)).any():
        near |= True
    judged = mine[near & (mine["part"] != "part")]
    parts = mine[near & (mine["part"] != "joint") & (mine["n"] > 0)]
    said, css = _overall(list(judged[judged["n"] > 0]["verdict"]) or ["inconclusive"] * bool(len(parts)))
    lines = []
    for _, rows in parts.groupby(["metric", parts["contrast"].map(_treatment)], sort=False):
        if (rows["dataset"] == ALL).any():
            rows = rows[rows["dataset"] == ALL]
        several = rows.groupby("dataset")["setting"].nunique().max() > 1
        lines += [
            sentence(same.to_dict("records"), several) for _, same in rows.groupby(["dataset", "setting"], sort=False)
        ]
    if not lines:
        lines = [f"{note[:1].upper()}{note[1:]}." for note in dict.fromkeys(judged["notes"])]
    elsewhere = (
        [f"{len(lines) - MOST_LINES} more findings in tables/hypotheses.csv."] if len(lines) > MOST_LINES else []
    )
    others = mine[~near & (mine["part"] != "part")]
    if len(others):
        counts = ", ".join(f"{n} {verdict}" for verdict, n in others["verdict"].value_counts().items())
        elsewhere.append(f"Under the store's other settings: {counts} (tables/hypotheses.csv).")
    table = [_cells(row) for row in parts.to_dict("records")]
    return Verdict(hypothesis.name, hypothesis.sentence, said, css, lines[:MOST_LINES], table, " ".join(elsewhere))


def _treatment(contrast: str) -> str:
    """What stands before the control: the parts of one intersection-union test share it."""
    return contrast.split(" - ")[0] if contrast.count(" - ") == 1 and "(" not in contrast else contrast


def _overall(verdicts: Sequence[str]) -> tuple[str, str]:
    """(the verdict of a hypothesis over its tests, CSS class)."""
    if not verdicts:
        return "not tested", "inconclusive"
    if len(set(verdicts)) == 1:
        return verdicts[0], verdicts[0].split()[0]
    return ", ".join(f"{verdicts.count(v)} {v}" for v in dict.fromkeys(sorted(verdicts, reverse=True))), "mixed"


def sentence(parts: Sequence[Mapping[Any, Any]], with_setting: bool = True) -> str:
    """Rows of hypotheses.csv that belong together (a metric of one treatment, over each control) in plain words."""
    row = parts[0]
    metric = str(row["metric"])
    phrases = dict.fromkeys(_phrase(part) for part in parts)
    where = "over all datasets" if row["dataset"] == ALL else f"on {row['dataset']}"
    setting = f" ({short_setting(row['setting'])})" if with_setting and row["setting"] and row["dataset"] != ALL else ""
    numbers = "; ".join(
        f"{minus(str(part['contrast']))} {_estimate(part)}" + (f", {_phrase(part)}" if len(phrases) > 1 else "")
        for part in parts
    )
    verdict = next(iter(phrases)) if len(phrases) == 1 else "it depends on the control"
    chance = " and ".join(dict.fromkeys(_chance(part["p_adjusted"]) for part in parts))
    pairs = " and ".join(dict.fromkeys(str(part["n"]) for part in parts))
    power = [part["power"] for part in parts if part["verdict"] == "inconclusive" and math.isfinite(part["power"])]
    weak = f", power {min(power):.2f}" if power else ""
    name = describe(metric).label
    return f"{name[0].upper()}{name[1:]}, {where}{setting}: {verdict} ({numbers}; n = {pairs}, {chance}{weak})."


def _estimate(row: Mapping[Any, Any]) -> str:
    metric = str(row["metric"])
    low, high = number(metric, row["ci_low"], signed=True), number(metric, row["ci_high"], signed=True)
    return f"{number(metric, row['estimate'], signed=True)} [{low}, {high}]"


def _chance(p: float) -> str:
    return "no test" if math.isnan(p) else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _cells(row: Mapping[Any, Any]) -> list[str]:
    """Of the table behind the sentences."""
    size = "" if math.isnan(row["effect_size"]) else f"{row['effect_size']:.2f}".replace("-", "\N{MINUS SIGN}")
    where = "all datasets" if row["dataset"] == ALL else str(row["dataset"])
    setting = "" if row["dataset"] == ALL else short_setting(row["setting"])
    what = describe(str(row["metric"])).label
    chance = _chance(row["p_adjusted"]).removeprefix("p ").removeprefix("= ")
    contrast = ", ".join(filter(None, [minus(str(row["contrast"])), setting]))
    return [what, where, contrast, _estimate(row), str(row["n"]), size, chance, row["verdict"]]


def _phrase(row: Mapping[Any, Any]) -> str:
    claim, verdict, margin = row["claim"], row["verdict"], f"{row['margin']:g}"
    if claim in ("higher", "lower"):
        if str(row["contrast"]).startswith("slope"):
            what = (
                "{} with the dose"
                if " by " not in row["contrast"]
                else "an effect of the dose that is {} with the data"
            )
            claim = what.format("rising" if claim == "higher" else "falling")
        if verdict == "supported":
            return f"{claim}, as stated"
        if verdict == "not supported":
            against = (row["ci_high"] < 0) if row["claim"] == "higher" else (row["ci_low"] > 0)
            return "the other way" if against else f"not {claim} by as much as {margin}"
        return f"too uncertain to call it {claim} or not"
    side = {"equal": "the same within", "at least": "lower by more than", "at most": "higher by more than"}[claim]
    if verdict == "inconclusive":
        return f"it may or may not be {side} {margin}"
    return f"{'not ' * ((verdict == 'supported') != (claim == 'equal'))}{side} {margin}"


# --- design and numbers ----------------------------------------------------------------------------------------------


def _design(results: Results) -> str:
    table = results.tables.participants
    people = table[["seed", "participant"]].drop_duplicates()
    counted = {
        name: sorted({str(x) for x in table.loc[table["user"] != "none", name]} or {str(x) for x in table[name]})
        for name in CHOICES
        if name != "user"
    }
    users = user_order(table["user"].astype(str))
    by_dataset = table.groupby("dataset", observed=True)[["seed", "participant"]].apply(
        lambda d: len(d.drop_duplicates())
    )
    n = ", ".join(f"{count} on {dataset}" for dataset, count in by_dataset.items())
    done, failed = (int((table["status"] == status).sum()) for status in ("done", "failed"))
    what = "; ".join(f"{name}{'s' * (len(v) > 1)} {', '.join(v)}" for name, v in counted.items())
    failures = f" {_count(failed, 'run')} failed (see below)." if failed else ""
    return (
        f"{_count(len(people), 'participant')} ({n}), {_count(table['condition'].nunique(), 'condition')}, "
        f"{_count(done, 'run')} that ended well."
        f"{failures} People: {', '.join(users)}. {what[0].upper()}{what[1:]}."
    )


def _common_settings(table: pd.DataFrame) -> list[tuple[str, str]]:
    """(config key, value) of the settings that are the same in every condition that has them."""
    said = []
    for column in setting_columns(table):
        found = table[column].dropna().unique()
        if "." in column and len(found) == 1 and column.split(".")[0] != "user":
            said.append((column, f"{found[0]:g}" if isinstance(found[0], float) else str(found[0])))
    return said


def _summary(main: Main, results: Results) -> dict[str, Any]:
    """Rows are users, columns metrics: mean [95% interval]."""
    table = results.tables.participants
    metrics = [m for m in SHOWN if table[m].notna().any()]
    rows = []
    for user in user_order(main.arms):
        mine = table[(table["condition"] == main.arms[user]) & (table["status"] == "done")]
        cells = [str(len(mine))]
        for metric in metrics:
            at = t_interval(values(mine, metric))
            half = f" ± {number(metric, at.high - at.mean)}" if at.n > 1 else ""
            cells.append(f"{number(metric, at.mean)}{half}")
        rows.append((user, cells))
    title = f"{main.dataset}" + (f" ({short_setting(main.setting)})" if main.setting else "")
    return {"title": title, "columns": ["n", *(describe(m).label for m in metrics)], "rows": rows}


def across_datasets(results: Results) -> list[dict[str, Any]]:
    """Of each user that was run beside none on several datasets: interquartile mean of the gain in test accuracy with
    its bootstrap interval, and the share of pairs in which it was ahead (datasets weigh the same)."""
    gains: dict[str, list[NDArray[Any]]] = {}
    for main in results.main:
        for user, condition in main.arms.items():
            if user != "none" and "none" in main.arms:
                pairs = results.study.difference("test_accuracy", condition, main.arms["none"])
                if len(pairs) > 1:
                    gains.setdefault(user, []).append(pairs.differences.to_numpy())
    rows = []
    for user in user_order(gains):
        if len(gains[user]) > 1:
            iqm, low, high = interquartile(gains[user], np.random.default_rng(0))
            ahead = float(np.mean([np.mean((x > 0) + 0.5 * (x == 0)) for x in gains[user]]))
            cell = [number("test_accuracy", x, signed=True) for x in (iqm, low, high)]
            rows.append(
                {
                    "user": user,
                    "iqm": f"{cell[0]} [{cell[1]}, {cell[2]}]",
                    "ahead": f"{ahead:.2f}",
                    "datasets": len(gains[user]),
                    "n": sum(map(len, gains[user])),
                }
            )
    return rows


# --- what could not be said, and where it all comes from -------------------------------------------------------------


def _unsaid(results: Results, skipped: Mapping[str, str]) -> Iterator[str]:
    tables, tests = results.tables, results.tests
    failed = tables.participants[tables.participants["status"] == "failed"]
    for reason, rows in failed.groupby("reason"):
        where = ", ".join(f"{user} ({n})" for user, n in rows["user"].astype(str).value_counts().items())
        yield f"{_count(len(rows), 'run')} failed and in no mean: {reason}. Under {where}."
    if tables.damaged:
        names = ", ".join(f"{path.parent.name}/{path.name}" for path in tables.damaged[:5])
        more = f" and {len(tables.damaged) - 5} more" if len(tables.damaged) > 5 else ""
        yield (
            f"{_count(len(tables.damaged), 'record file')} damaged and left out: {names}{more}. "
            "Delete them and run the study's command again: it runs those participants alone."
        )
    if tables.stray:
        yield f"{_count(tables.stray, 'record')} of no condition of this store, and left out."
    never = tests[(tests["n"] == 0) & (tests["part"] != "joint")]
    for (name, note), rows in never.groupby(["hypothesis", "notes"], sort=False):
        metrics = ", ".join(describe(m).label for m in dict.fromkeys(rows["metric"]))
        places = rows["condition"].nunique()
        yield f"{name}, {metrics}: {note}" + (f", under {places} settings." if places > 1 else ".")
    for hypothesis in results.hypotheses:
        alone = uncontrolled(hypothesis, results.study)
        if alone:
            notes = "; ".join(dict.fromkeys(c.note for comparison in alone for c in comparison.contrasts if c.note))
            yield f"{hypothesis.name}: {_count(len(alone), 'condition')} with nothing to be compared with ({notes})."
    lost = tests[(tests["missing"] > 0) & (tests["n"] > 0) & (tests["part"] != "joint")]
    for (name, contrast), rows in lost.groupby(["hypothesis", "contrast"], sort=False):
        count = int(rows["missing"].max())
        yield f"{name}, {minus(str(contrast))}: {_count(count, 'pair')} incomplete, and left out of the differences."
    odd = tests[
        tests["notes"].str.contains("not normal|disagree|converge|bound", regex=True) & (tests["part"] != "joint")
    ]
    if len(odd):
        apart = int(odd["notes"].str.contains("disagree").sum())
        yield (
            f"In {len(odd)} of {len(tests)} tests an assumption is in doubt (column notes of tables/hypotheses.csv); "
            f"in {apart} of them a second test with other assumptions decides otherwise."
        )
    weak = tests[(tests["verdict"] == "inconclusive") & (tests["power"] < 0.8) & (tests["part"] != "part")]
    if len(weak):
        yield (
            f"{_count(len(weak), 'inconclusive test')} with a power below 0.8 for its margin: more participants would "
            "decide. python -m analysis power says how many."
        )
    for name, reason in skipped.items():
        yield f"Figure {name.replace('_', ' ')}: {reason}."


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


def _commands(results: Results) -> list[str]:
    return list(dict.fromkeys(str(p["command"]) for p in results.tables.provenance if p.get("command")))


def _versions(results: Results) -> Iterator[str]:
    for provenance in results.tables.provenance:
        named = ", ".join(f"{name} {number}" for name, number in dict(provenance.get("versions", {})).items())
        if named:
            yield f"records on {provenance.get('device', 'an unknown device')} with {named}"
    yield "analysis with " + ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
