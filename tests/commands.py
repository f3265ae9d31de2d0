"""The program started as its user starts it, and what it left in a store."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest

from hill_exp import __main__
from hill_exp.record.record import Record
from hill_exp.record.store import Store


def hill_exp(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own, as a user starts it: for what ends processes or needs their folder."""
    return subprocess.run(
        [sys.executable, "-m", "hill_exp", *arguments],
        capture_output=True, text=True, timeout=300, cwd=cwd, check=False,
        env={**os.environ, "COLUMNS": "160"},
    )  # fmt: skip


def hill_exp_here(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The program in this process, whose workers all tests share: many times quicker."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(stdout), redirect_stderr(stderr):
        patch.chdir(cwd)
        patch.setenv("HYDRA_FULL_ERROR", "")  # so that it is put back as it was: main sets it
        patch.delenv("HYDRA_FULL_ERROR")
        patch.setattr(sys, "argv", ["hill_exp", *arguments])
        status = __main__.main()
    return subprocess.CompletedProcess(arguments, status, stdout.getvalue(), stderr.getvalue())


def accuracies(store: Path) -> dict[tuple[str, int], float]:
    """(user, participant) -> test accuracy, of those who ended well."""
    kept = Store(store)
    return {
        (condition.names["user"], record.participant): record.metrics["test_accuracy"]
        for condition in kept.conditions()
        for record in kept.records(condition.content)
        if record.status == "done"
    }


def assert_same(one: Record, other: Record) -> None:
    """To the last bit; what is not a number is that in both."""
    assert one.trace and other.trace and one.predictions and other.predictions
    for part, expected, actual in (
        ("metrics", one.metrics, other.metrics),
        ("epochs", one.epochs, other.epochs),
        ("turns", one.turns, other.turns),
        ("trace", one.trace.arrays(), other.trace.arrays()),
        ("predictions", one.predictions.arrays(), other.predictions.arrays()),
    ):
        assert set(expected) == set(actual)
        for key in expected:
            np.testing.assert_array_equal(actual[key], expected[key], err_msg=f"{part}: {key}")
    assert one.groups == other.groups
