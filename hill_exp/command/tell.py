"""The end of a run: the summary on the terminal, the pictures in the run's folder, and tracking.

The summary and the pictures are the work of `python -m analysis brief`, a process of its own that reads the store: so
nothing here imports an analysis, and a module of the user's that is called `analysis` can stand in the working folder.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import hill_exp
from hill_exp.record.condition import Condition
from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.study.console import errors, out

if TYPE_CHECKING:
    from hill_exp.command.ask import Request

PACKAGES = Path(hill_exp.__file__).parents[1]  # where `analysis` lies beside hill_exp


def tell(request: Request, store: Store) -> None:
    """Tell how the condition did against its controls: in a sweep by a line, else by a table and pictures (seconds,
    which a sweep leaves to `python -m analysis`); and track it."""
    records = _done(store, request.condition)
    if not records:
        return
    folder = store.run_folder(request.condition)
    if request.in_sweep:
        out.print(*_line(request, store, records), sep="  ", markup=False)
    else:
        _brief(request, store, folder)
    out.print(f"Folder: {folder}", markup=False)
    pictures = [] if request.in_sweep else sorted(folder.glob("*.png"))
    if warning := request.tracker.track(request.condition, records, pictures, folder):
        _warn(warning)


def _done(store: Store, condition: Condition) -> list[Record]:
    return [record for record in store.records(condition.content) if record.status == "done"]


def _line(request: Request, store: Store, records: Sequence[Record]) -> Iterator[str]:
    """The condition's mean test accuracy, and the mean paired difference from each control."""
    accuracy = {(r.seed, r.participant): r.metrics["test_accuracy"] for r in records}
    yield f"{request.condition.label}: test accuracy {statistics.fmean(accuracy.values()):.3f}, n = {len(accuracy)}"
    for control in request.controls:
        beside = {(r.seed, r.participant): r.metrics["test_accuracy"] for r in _done(store, control)}
        if pairs := accuracy.keys() & beside.keys():
            difference = statistics.fmean(accuracy[who] - beside[who] for who in pairs)
            yield f"{difference:+.3f} from {control.names['user']}"


def _brief(request: Request, store: Store, folder: Path) -> None:
    controls = [control.id for control in request.controls]
    command = [sys.executable, "-P", "-m", "analysis", "brief", "--store", str(store.path), "--out", str(folder)]
    command += ["--condition", request.condition.id, *(["--controls", *controls] if controls else [])]
    path = os.pathsep.join(filter(None, [str(PACKAGES), os.environ.get("PYTHONPATH")]))
    columns = str(shutil.get_terminal_size().columns if out.is_terminal else out.width)
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": columns, **({"FORCE_COLOR": "1"} if out.is_terminal else {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    print(done.stdout, end="", flush=True)
    if done.returncode:
        _warn(f"no summary was made: {done.stderr.strip()}. The records are in the store.")


def _warn(text: str) -> None:
    errors.print("[yellow]warning[/]:", end=" ")
    errors.print(text, markup=False)
