"""What is published works: a wheel built from the sdist, installed elsewhere, run in somebody's folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import TINY

ROOT = Path(__file__).parents[1]


def _run(*command: str, cwd: Path, path: Path | None = None) -> str:
    env = {**os.environ, **({"PYTHONPATH": str(path)} if path else {})}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_wheel_from_the_sdist_runs_beside_a_module_called_analysis(tmp_path: Path) -> None:
    _run(sys.executable, "-m", "build", "--outdir", str(tmp_path), str(ROOT), cwd=tmp_path)  # the wheel from the sdist
    (wheel,) = tmp_path.glob("*.whl")
    site, work = tmp_path / "site", tmp_path / "work"
    _run(sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(site), str(wheel), cwd=tmp_path)
    shipped = {str(path.relative_to(ROOT)) for path in (ROOT / "conf").rglob("*") if path.is_file()}
    assert {
        f"conf/{path.relative_to(site / 'hill_exp/conf')}" for path in (site / "hill_exp/conf").rglob("*.*")
    } == shipped

    work.mkdir()
    (work / "analysis.py").write_text("STRENGTH = 0.5  # a module of the user's\n")
    (work / "lab.py").write_text(
        "import analysis\n"
        "from hill_exp.types import Edit\n\n\n"
        "class Careful:\n"
        "    def edit(self, view, rng):\n"
        "        return Edit.of(view.positions, []) if analysis.STRENGTH else None\n"
    )
    command = [sys.executable, "-m", "hill_exp", *TINY, "+user=custom", "user._target_=lab.Careful", "participants=2"]
    printed = _run(*command, "projection=pca", "workers=1", "controls=[none]", cwd=work, path=site)
    assert "digits-mlp-contrastive-Careful" in printed and "test accuracy" in printed and "Picture:" in printed
    where = _run(sys.executable, "-c", "import hill_exp; print(hill_exp.__file__)", cwd=work, path=site)
    assert where.startswith(str(site))  # and not the checkout
