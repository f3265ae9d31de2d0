"""The end of a run: the summary on the terminal, and the pictures in the run's folder.

The summary and the pictures are the work of `python -m analysis brief`, a process of its own that reads the store: so
nothing here imports an analysis, and a module of the user's that is called `analysis` can stand in the working folder.
"""

from __future__ import annotations

import math
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
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
    which a sweep leaves to `python -m analysis`)."""
    records = done_under(store, request.condition)
    if not records:
        return
    if share := statistics.fmean(record.metrics["test_copies"] for record in records):
        warn(
            f"{share:.1%} of the test points are copies of canvas or validation points, and test accuracy is the "
            "higher for it. dataset.copies=drop leaves them out"
        )
    folder = store.run_folder(request.condition)
    if request.in_sweep:
        out.print(*_line(request, store, records), sep="  ", markup=False)
    else:
        print(brief(request, store), end="", flush=True)
    out.print(f"Folder: {folder}", markup=False)


def done_under(store: Store, condition: Condition) -> list[Record]:
    """The records of those who ended well."""
    return [record for record in store.records(condition.content) if record.status == "done"]


def _line(request: Request, store: Store, records: Sequence[Record]) -> Iterator[str]:
    """The condition's mean test accuracy, and the mean paired difference from each control."""
    mean = statistics.fmean(record.metrics["test_accuracy"] for record in records)
    yield f"{request.condition.label}: test accuracy {mean:.3f}, n = {len(records)}"
    for control in request.controls:
        if found := differences(records, done_under(store, control)).get("test_accuracy"):
            yield f"{found[0]:+.3f} from {control.names['user']}"


def differences(treated: Sequence[Record], control: Sequence[Record]) -> Mapping[str, tuple[float, int]]:
    """Metric -> the mean paired difference, and the number of participants who have it under both."""
    beside = {(record.seed, record.participant): record.metrics for record in control}
    found: dict[str, list[float]] = {}
    for record in treated:
        for metric, value in record.metrics.items():
            difference = value - beside.get((record.seed, record.participant), {}).get(metric, math.nan)
            if math.isfinite(difference):
                found.setdefault(metric, []).append(difference)
    return {metric: (statistics.fmean(values), len(values)) for metric, values in found.items()}


def brief(request: Request, store: Store) -> str:
    """Make the condition's summary and pictures, in its folder. Gives what there is to print."""
    folder = store.run_folder(request.condition)
    controls = [control.id for control in request.controls]
    command = [sys.executable, "-P", "-m", "analysis", "brief", "--store", str(store.path), "--out", str(folder)]
    command += ["--condition", request.condition.id, *(["--controls", *controls] if controls else [])]
    path = os.pathsep.join(filter(None, [str(PACKAGES), os.environ.get("PYTHONPATH")]))
    columns = str(shutil.get_terminal_size().columns if out.is_terminal else out.width)
    color = {"FORCE_COLOR": "1"} if out.is_terminal else {}
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", "COLUMNS": columns, **color},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        warn(f"no summary was made: {done.stderr.strip()}. The records are in the store.")
    return done.stdout


def warn(text: str) -> None:
    errors.print("[yellow]warning[/]:", end=" ")
    errors.print(text, markup=False)
