"""The page's own tests and its type check, where there is what they need: node, and TypeScript (`npm ci`)."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "hill_exp" / "live" / "page"
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
    """All that a file of the page asks for lies beside it, and every style sheet is asked for."""
    asked = re.compile(r"""(?:from '|(?:src|href)=")([^'"#]+)""")
    files = [*PAGE.glob("*.js"), PAGE / "index.html"]
    requests = {(file.name, name) for file in files for name in asked.findall(file.read_text())}
    for file, name in requests:
        assert (PAGE / name).is_file(), f"{file} asks for {name}"
    styles = {f"style/{file.name}" for file in (PAGE / "style").glob("*.css")}
    assert styles <= {name for _, name in requests}


def test_colours_that_the_canvas_reads_are_registered() -> None:
    """A browser gives a script the value of a custom property for light or dark only where it is registered."""
    read = set(re.findall(r"surface\('(\w+)'\)", (PAGE / "theme.js").read_text()))
    registered = set(re.findall(r"@property --(\w+)", (PAGE / "style" / "theme.css").read_text()))
    assert read and read == registered
