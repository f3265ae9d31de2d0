"""The page's own tests and its type check, where there is what they need: node, and TypeScript (`npm ci`)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TSC = ROOT / "node_modules" / "typescript" / "bin" / "tsc"

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node on this machine")


def _node(*arguments: str) -> None:
    done = subprocess.run(["node", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_node
def test_page() -> None:
    tests = sorted((ROOT / "tests" / "page").glob("*.test.js"))
    assert tests
    _node("--test", *map(str, tests))


@needs_node
@pytest.mark.skipif(not TSC.exists(), reason="TypeScript is not installed: npm ci")
def test_types() -> None:
    _node(str(TSC), "-p", "tsconfig.json")


def test_page_is_whole() -> None:
    """All that a file of the page asks for lies beside it: nothing comes from elsewhere."""
    import re

    page = ROOT / "hill_exp" / "live" / "page"
    asked = re.compile(r"""(?:from '|(?:src|href)=")([^'"#]+)""")
    for file in [*page.glob("*.js"), page / "index.html"]:
        for name in asked.findall(file.read_text()):
            assert (page / name).is_file(), f"{file.name} asks for {name}"
