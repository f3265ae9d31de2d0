"""What one run says: its table and pictures, from the records. python -m analysis brief, which a run ends with."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analysis.metrics import METRICS, describe, number
from analysis.paired import Pairing
from analysis.stats import t_interval
from analysis.tables import Tables, read
from hill_exp.terminal import is_one
from hill_exp.types import UserError

if TYPE_CHECKING:
    from hill_exp.record.condition import Condition
    from hill_exp.record.store import Store


@dataclass(frozen=True)
class Brief:
    """What one run came to. table: text, a row a metric, as `summary_text` has it; pictures: the PNG files."""

    title: str
    table: pd.DataFrame
    pictures: Sequence[Path]


def main(arguments: Sequence[str]) -> int:
    """Write the files, print the table and the pictures' paths, and return 0; UserError as `brief` raises it."""
    parser = argparse.ArgumentParser(
        prog="python -m analysis brief",
        description="Write summary.csv and the pictures of one condition against its controls, and print its table.",
    )
    parser.add_argument("--store", type=Path, required=True, metavar="DIR", help="folder that python -m hill_exp wrote")
    parser.add_argument("--condition", required=True, metavar="ID", help="address of the condition")
    parser.add_argument("--controls", nargs="*", default=[], metavar="ID", help="addresses of its controls")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="folder to write into")
    options = parser.parse_args(arguments)

    from hill_exp.record.store import Store

    made = brief(Store(options.store), options.condition, options.controls, options.out)
    if made is not None:
        _print(made)
    return 0


def brief(store: Store, condition_id: str, control_ids: Sequence[str], folder: Path) -> Brief | None:
    """Write summary.csv, learning_curves and story (.png and .pdf) into the folder.

    None, and nothing is written, where no participant has ended well under the condition. The story is of the first
    one who was shown anything. UserError where the store has no such condition; controls that it has not are left out.
    """
    by_id = {condition.id: condition for condition in store.conditions()} if store.path.is_dir() else {}
    condition = by_id.get(condition_id)
    if condition is None:
        raise UserError(f"--condition {condition_id}: there is no such condition in the store {store.path}.")
    tables = read(store, conditions=[by_id[i] for i in dict.fromkeys([condition_id, *control_ids]) if i in by_id])
    done = tables.participants[tables.participants["status"] == "done"]
    if not (done["condition"] == condition_id).any():
        return None
    table = summary_text(tables.participants, condition_id, control_ids)
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / "summary.csv")
    return Brief(condition.label, table, _draw(store, condition, control_ids, tables, folder))


def _draw(store: Store, condition: Condition, controls: Sequence[str], tables: Tables, folder: Path) -> list[Path]:
    """The learning curves, and the story of the first participant who was shown anything; PNG paths."""
    from analysis.figures import curves, layouts, style

    figures = {"learning_curves": curves.against_controls(tables.epochs, tables.turns, condition.id, controls)}
    for record in store.records(condition.content):
        if record.status == "done" and (trace := store.trace(record)):
            who = {"condition": condition.id, "seed": record.seed, "participant": record.participant}
            epochs, turns = (
                frame[(frame[list(who)] == list(who.values())).all(axis=1)] for frame in (tables.epochs, tables.turns)
            )
            figures["story"] = layouts.story(trace, epochs, turns, tables.classes[condition.id])
            break
    return [style.save(figure, folder, name)[0] for name, figure in figures.items()]


def summary(
    table: pd.DataFrame, condition: str, controls: Sequence[str], metrics: Sequence[str] | None = None
) -> pd.DataFrame:
    """What one condition came to, a row a metric: `mean`, `low`, `high` (95% t-interval), `n`; and for each control,
    under its condition's id, the paired `difference`, `low`, `high`, `n` and `missing` pairs.

    Columns are a MultiIndex of (condition, what). `condition` and `controls` are ids in `table` (participants);
    a control without a record there is left out. Metrics that the condition has no number of are left out.
    """
    pairing = Pairing(table[table["condition"].isin([condition, *controls])])
    recorded = set(pairing.present.columns)
    rows: dict[str, dict[tuple[str, str], float]] = {}
    for metric in metrics if metrics is not None else [m for m in METRICS if m in table]:
        values = pairing.metric(metric)[condition].dropna() if condition in recorded else pd.Series(dtype=float)
        if values.empty:
            continue
        at = t_interval(values)
        row = {(condition, k): v for k, v in (("mean", at.mean), ("low", at.low), ("high", at.high), ("n", at.n))}
        for control in controls:
            if control in recorded:
                row |= {(control, k): v for k, v in _difference(pairing, metric, condition, control).items()}
        rows[metric] = row
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.columns = pd.MultiIndex.from_tuples([*frame.columns], names=["condition", "what"])
    return frame.rename_axis("metric")


def _difference(pairing: Pairing, metric: str, condition: str, control: str) -> Mapping[str, float]:
    pairs = pairing.difference(metric, condition, control)
    at = t_interval(pairs.differences)
    return {"difference": at.mean, "low": at.low, "high": at.high, "n": at.n, "missing": pairs.missing}


def summary_text(table: pd.DataFrame, condition: str, controls: Sequence[str]) -> pd.DataFrame:
    """`summary` for a person: a row a metric, a column "mean [95% interval]" and one a control, all text."""
    frame = summary(table, condition, controls)
    users = table.drop_duplicates("condition").set_index("condition")["user"]
    text = {"mean [95% interval]": [_cell(str(m), row["mean"], row, False) for m, row in frame[condition].iterrows()]}
    for control in dict.fromkeys(frame.columns.get_level_values(0).drop(condition)):
        text[f"minus {users[control]}"] = [
            _cell(str(metric), row["difference"], row, True)
            if describe(str(metric)).better
            else ""  # more points moved than by nobody is no finding
            for metric, row in frame[control].iterrows()
        ]
    return pd.DataFrame(text, index=[describe(str(metric)).label for metric in frame.index])


def _cell(metric: str, middle: float, interval: pd.Series, signed: bool) -> str:
    """interval: with low and high."""
    if not math.isfinite(middle):
        return "-"
    low, high = interval["low"], interval["high"]
    text = number(metric, middle, signed)
    return f"{text} [{number(metric, low, signed)}, {number(metric, high, signed)}]" if low < high else text


def _print(brief: Brief) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    known = is_one(sys.stdout) or "COLUMNS" in os.environ  # the width of a terminal; that of a file is ours
    out = Console(highlight=False, soft_wrap=True, width=None if known else 120)
    columns = brief.table.columns
    table = Table("metric", *columns, title=brief.title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
    for metric, row in brief.table.iterrows():
        table.add_row(str(metric), *row)
    out.print(table)
    for picture in brief.pictures:
        out.print(f"Picture: {picture}", markup=False)
