"""Where a record comes from: the command that was given, the commit, versions, machine, time, and where that went."""

from __future__ import annotations

import math
import os
import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import Any

from hill_exp.record.program import program

_COMMAND = "HILL_EXP_COMMAND"


def keep_command(module: str, arguments: Sequence[str]) -> None:
    """Remember the command that was given, for the launchers' processes too, whose own arguments are others."""
    os.environ[_COMMAND] = shlex.join(["python", "-m", module, *arguments])


def command() -> str:
    """The one that was given; nothing where the program was not started by a command."""
    return os.environ.get(_COMMAND, "")


def provenance(device: str, clock: Mapping[str, float]) -> dict[str, Any]:
    """Where a record comes from: the program (its commit, and whether it was changed since), versions, device, machine,
    time (UTC), and the seconds that each stage took. None of it enters an address."""
    return {
        "program": program(),
        "versions": {"python": platform.python_version()} | _versions(),
        "device": device,
        "machine": f"{platform.platform()}, {os.cpu_count()} cores",
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "stages": {stage: round(seconds, 4) for stage, seconds in clock.items()},
        "peak_memory_mb": _peak_memory_mb(),
    }


@cache  # looking them up takes milliseconds
def _versions() -> dict[str, str]:
    packages = ("hill_exp", "torch", "torchvision", "umap-learn", "numpy", "scipy", "scikit-learn")
    return {name: version(name) for name in packages}


def _peak_memory_mb() -> float:
    try:
        import resource
    except ImportError:  # Windows has none
        return math.nan

    unit = 1024**2 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in KiB elsewhere
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, 1)
