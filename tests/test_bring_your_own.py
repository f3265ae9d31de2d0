"""Every example of docs/bring_your_own.md, as its reader would run it: in a folder of their own."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packages import installed

PAGE = (Path(__file__).parents[1] / "docs" / "bring_your_own.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
WHAT = ("user", "control", "data set", "model", "encoder", "projection", "teacher", "schedule", "metric", "hypothesis")


def files() -> Iterator[tuple[str, str]]:
    """(path, content) of each file that the page shows; its first line names it."""
    for kind, text in BLOCK.findall(PAGE):
        if kind in ("python", "yaml"):
            first, _, content = text.partition("\n")
            yield first.removeprefix("# "), content


def commands() -> Iterator[tuple[list[str], str]]:
    """(words, what is printed then) of each command, "" where the page does not say."""
    blocks = BLOCK.findall(PAGE)
    for (kind, text), (after, printed) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if kind == "sh":
            *others, last = text.splitlines()
            yield from ((shlex.split(line), "") for line in others)
            yield shlex.split(last), printed.strip() if after == "text" else ""


def test_the_page_has_an_example_of_everything() -> None:
    headings = re.findall(r"^## (?:An? )?(.*)$", PAGE, re.MULTILINE)
    assert {*WHAT, "Vectors", "figure", "In a package"} <= {*headings}
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    without = [text.partition("\n")[0] for text in sections if "```sh" not in text]
    assert without == ["A tracker"], "of which another page has the example"
    for name, content in files():
        assert len([line for line in content.splitlines() if line.strip()]) <= 24, f"{name} is no short example"


@pytest.mark.slow
@pytest.mark.timeout(1500)  # twenty commands, each a process that compiles its projection
def test_every_example_runs_from_an_installed_package(tmp_path: Path) -> None:
    site, work = installed(tmp_path), tmp_path / "work"
    in_a_package = dict(files())["hydra_plugins/my_lab.py"]
    for name, content in files():
        if content != in_a_package:
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_text(content, encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(site), "COLUMNS": "200"}
    for words, printed in commands():
        if "--config-dir" not in words and "+user=gatherer" in words:
            (work / "hydra_plugins").mkdir()
            (work / "hydra_plugins" / "my_lab.py").write_text(in_a_package, encoding="utf-8")
        assert words[0] == "python"
        done = subprocess.run(
            [sys.executable, *words[1:]], cwd=work, env=env, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, shlex.join(words) + "\n" + done.stdout + done.stderr
        assert printed in done.stdout, shlex.join(words) + "\n" + done.stdout
        assert "Traceback" not in done.stderr
