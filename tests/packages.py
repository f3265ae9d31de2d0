"""The program as it is published: a wheel built from the sdist, installed into a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*command: str, cwd: Path, path: Path | None = None) -> str:
    """What the command prints; it ends well. path: a folder of packages."""
    env = {**os.environ, **({"PYTHONPATH": str(path)} if path else {})}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def installed(folder: Path) -> Path:
    """The folder below `folder` that the packages lie in."""
    run(sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT), cwd=folder)  # the wheel from the sdist
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    run(sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(site), str(wheel), cwd=folder)
    return site
