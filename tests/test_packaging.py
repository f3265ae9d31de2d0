"""What is published works: a wheel built from the sdist, installed elsewhere, run in somebody's folder."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from conftest import TINY
from packages import ROOT, installed, run


@pytest.mark.slow
def test_a_wheel_from_the_sdist_runs_beside_a_module_called_analysis(tmp_path: Path) -> None:
    site, work = installed(tmp_path), tmp_path / "work"
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
    (about,) = site.glob("hill_exp-*.dist-info/METADATA")
    assert "## What we found" in about.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]*)\)", about.read_text(encoding="utf-8"))
    assert links and all(link.startswith("https://") for link in links), "a package index has nothing beside the text"
    for package in ("hill_exp", "analysis", "simulated_users"):
        assert (site / package / "py.typed").is_file()
    command = [sys.executable, "-m", "hill_exp", *TINY, "+user=custom", "user._target_=lab.Careful", "participants=2"]
    printed = run(*command, "projection=pca", "workers=1", "controls=[none]", cwd=work, path=site)
    assert "digits-mlp-contrastive-Careful" in printed and "test accuracy" in printed and "Picture:" in printed
    script = [sys.executable, str(site / "bin" / "hill-exp")]
    printed = run(*script, *command[3:], "projection=pca", "workers=1", "controls=[none]", cwd=work, path=site)
    assert "all 2 participants are in the store already" in printed
    printed = run(*script, "analysis", "--store", "results", "--out", "report", cwd=work, path=site)
    assert "4 runs" in printed and (work / "report" / "report.html").is_file()
    printed = run(*script, "people", "moves_or_labels", cwd=work, path=site)
    assert "moves, labels" in printed
    where = run(sys.executable, "-c", "import hill_exp; print(hill_exp.__file__)", cwd=work, path=site)
    assert where.startswith(str(site))  # and not the checkout
