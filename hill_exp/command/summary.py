"""The end of a run: the summary table on the terminal, the pictures in the run's folder, and tracking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from hill_exp.record.condition import Condition
from hill_exp.record.store import Store, write_whole
from hill_exp.study.console import errors, out

if TYPE_CHECKING:
    import pandas as pd

    from hill_exp.tracking.wandb import Wandb


def run_folder(store: Path, condition: Condition) -> Path:
    """Where a condition's config, summary and pictures lie: one folder, written anew by each run of it."""
    return store / "runs" / f"{condition.label}-{condition.id[:8]}"


def save_config(store: Path, condition: Condition, cfg: Mapping[str, Any]) -> None:
    """Keep the configuration that ran, every value of it."""
    import yaml

    text = yaml.safe_dump(dict(cfg), sort_keys=False)
    write_whole(run_folder(store, condition) / "config.yaml", text.encode())


def summarize(asked: Condition, controls: Sequence[Condition], store: Store, tracking: Wandb, *, draw: bool) -> None:
    """Print the table of `asked` against its controls, draw the pictures from the records if asked to (seconds, which
    a sweep leaves to `python -m analysis`), and track them."""
    from analysis import paired, tables

    frames = tables.read(store, conditions=[asked, *controls])
    done = frames.participants[frames.participants["status"] == "done"]
    if not (done["condition"] == asked.id).any():
        return
    control_ids = [control.id for control in controls]
    table = paired.summary_text(frames.participants, asked.id, control_ids)
    folder = run_folder(store.path, asked)
    table.to_csv(folder / "summary.csv")
    pictures: list[Path] = []
    if draw:
        out.print(_rich(table, asked.label))
        pictures = _draw(asked, control_ids, store, frames, folder)
    else:  # a line a condition
        first = (f"{column} {value}" for column, value in table.iloc[0].items() if value)
        out.print(f"{asked.label}: {table.index[0]}", *first, sep="  ", markup=False)
    out.print(*(f"Picture: {picture}" for picture in pictures), f"Folder: {folder}", sep="\n", markup=False)
    records = [r for r in store.records(asked.content) if r.status == "done"]
    if warning := tracking.track(asked, records, pictures, folder):
        errors.print("[yellow]warning[/]:", end=" ")
        errors.print(warning, markup=False)


def _draw(asked: Condition, controls: list[str], store: Store, frames: Any, folder: Path) -> list[Path]:
    """The learning curves, and the story of the first participant who was shown anything; PNG paths."""
    from analysis.figures import curves, layouts, style

    figures = {"learning_curves": curves.against_controls(frames.epochs, frames.turns, asked.id, controls)}
    for record in store.records(asked.content):
        if record.status == "done" and (arrays := store.layouts(record)):
            who = {"condition": asked.id, "seed": record.seed, "participant": record.participant}
            epochs, turns = (
                frame[(frame[list(who)] == list(who.values())).all(axis=1)] for frame in (frames.epochs, frames.turns)
            )
            figures["story"] = layouts.story(arrays, epochs, turns, frames.classes[asked.id])
            break
    return [style.save(figure, folder, name)[0] for name, figure in figures.items()]


def _rich(frame: pd.DataFrame, title: str) -> Table:
    table = Table("metric", *frame.columns, title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
    for metric, row in frame.iterrows():
        table.add_row(str(metric), *row)
    return table
