"""The program that does faults on purpose, in small: nothing is lost, damaged or otherwise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_faults_lose_nothing() -> None:
    """One of each kind, and some more."""
    done = subprocess.run(
        [sys.executable, "benchmarks/faults.py", "--faults", "9"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=1100,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "9 faults, 0 things wrong" in done.stdout
