"""Where a record comes from: the command that was given, versions, device, time, and where the time went."""

from __future__ import annotations

import math
import os
import shlex
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

_COMMAND = "HILL_EXP_COMMAND"


def keep_command(module: str) -> None:
    """Remember the command that was given, for the launchers' processes too, whose own arguments are others."""
    os.environ[_COMMAND] = shlex.join(["python", "-m", module, *sys.argv[1:]])


def command() -> str:
    """The one that was given; nothing where the program was not started by a command."""
    return os.environ.get(_COMMAND, "")


def provenance(device: str, clock: Mapping[str, float]) -> dict[str, Any]:
    """Where a record comes from: versions, device, time (UTC), and the seconds that each stage took."""
    packages = ("hill_exp", "torch", "torchvision", "umap-learn", "numpy", "scikit-learn")
    return {
        "versions": {name: version(name) for name in packages},
        "device": device,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "stages": {stage: round(seconds, 4) for stage, seconds in clock.items()},
        "peak_memory_mb": _peak_memory_mb(),
    }


def _peak_memory_mb() -> float:
    try:
        import resource
    except ImportError:  # Windows has none
        return math.nan

    unit = 1024**2 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in KiB elsewhere
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, 1)
