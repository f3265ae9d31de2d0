"""The tables that the tests make, as files: for programs as CSV, for a paper as LaTeX."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import arms, scope
from analysis.codebook import codebook
from analysis.figures.style import short_setting
from analysis.hypotheses import Role, judged
from analysis.metrics import describe, number

if TYPE_CHECKING:
    from analysis.results import Results


def write(results: Results, folder: Path) -> None:
    """hypotheses.csv, of which the claims are in confirmatory.tex and exploratory.tex, arms.csv, specification.csv,
    datasets.csv, and codebook.csv of these and of the store's tables."""
    made = {
        "hypotheses": results.tests,
        "arms": arms.table(results.pairing),
        "specification": results.specifications,
        "datasets": datasets(results),
    }
    made["codebook"] = codebook({**results.tables.frames(), **made})
    for name, frame in made.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    for role in Role:
        (folder / f"{role}.tex").write_text(latex(results.tests, role), encoding="utf-8")


def datasets(results: Results) -> pd.DataFrame:
    """A row a contrast that three data sets or more have: its summary over data sets."""
    keys = ("hypothesis", "metric", "contrast")
    columns = [*keys, *scope.Summary.__dataclass_fields__]
    rows = [{k: row[k] for k in keys} | asdict(summary) for row, summary in scope.over_datasets(results)]
    return pd.DataFrame(rows, columns=columns)


def latex(tests: pd.DataFrame, role: Role) -> str:
    """The verdicts as a table for a paper (packages booktabs and longtable): a row a claim of the role that was
    tested."""
    rows = [_cells(row) for row in judged(tests[tests["n"] > 1], role).to_dict("records")]
    columns = ["Hypothesis", "Data", "Metric", "Contrast", "$n$", "Difference", "Interval", "$p$", "Verdict"]
    body = pd.DataFrame(rows, columns=columns).map(_escaped)
    styler = body.style.hide(axis="index")
    return styler.to_latex(hrules=True, environment="longtable", column_format="llllrrrrl")


def _cells(row: dict[Any, Any]) -> list[str]:
    metric = str(row["metric"])
    low, high = (number(metric, row[end], signed=True) for end in ("ci_low", "ci_high"))
    p = row["p_adjusted"]
    chance = "" if pd.isna(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"
    middle = number(metric, row["estimate"], signed=True)
    what, setting = describe(metric).label, short_setting(row["setting"])
    where = f"{row['dataset']} ({setting})" if setting else str(row["dataset"])
    interval, verdict = f"[{low}, {high}]", str(row["verdict"])
    return [row["hypothesis"], where, what, row["contrast"], str(row["n"]), middle, interval, chance, verdict]


def _escaped(text: str) -> str:
    for sign, written in {"\\": r"\textbackslash{}", "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$",
                          "<": "$<$", "\N{MINUS SIGN}": "$-$", " - ": " $-$ "}.items():  # fmt: skip
        text = text.replace(sign, written)
    return text
