"""The README's commands are ones that the program takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from hill_exp.config import compose

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted({match.strip() for match in re.findall(r"python -m hill_exp((?: [^`\n|]+)?)", README)} - {""})


@pytest.mark.parametrize("command", COMMANDS)
def test_the_configuration_of_a_command_composes(command: str) -> None:
    overrides = [word.partition(",")[0] for word in shlex.split(command) if not word.startswith("-")]
    overrides = ["user._target_=simulated_users.none.Nobody" if "my_module" in word else word for word in overrides]
    compose.composed(*overrides)


def test_the_table_of_users_is_whole() -> None:
    table = README.partition("## Who can sit at the canvas")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(compose.choices("user"))


def test_the_table_of_teachers_is_whole() -> None:
    table = README.partition("| teacher |")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == set(compose.choices("teacher"))


def test_pictures_that_it_shows_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert pictures and all((Path(__file__).parents[1] / picture).exists() for picture in pictures)
