"""Which program this is: its version, and the commit of the checkout that it runs from."""

from __future__ import annotations

import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]
_PARTS = ("hill_exp", "simulated_users", "analysis", "conf")


@cache
def program() -> dict[str, Any]:
    """`version`, and in a git checkout `commit` and `dirty`: whether any file of the program differs from it, files
    that git does not know included. Without the last two where a wheel was installed, or there is no git."""
    found: dict[str, Any] = {"version": version("hill_exp")}
    if not (_ROOT / ".git").exists():  # not that of a checkout that an environment happens to lie in
        return found
    commit, changes = _git("rev-parse", "HEAD"), _git("status", "--porcelain", "--", *_PARTS)
    return found if commit is None or changes is None else found | {"commit": commit, "dirty": bool(changes)}


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(_ROOT), *arguments], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
