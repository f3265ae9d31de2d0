"""Whatever is printed can be, and a single job's error is its sentence alone."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import hill_exp_here
from conftest import TINY

from hill_exp import exit_status, terminal

COMMAND = [sys.executable, "-m", "hill_exp", "+user=oracle", *TINY, "projection=pca", "participants=1", "workers=1"]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a \N{MINUS SIGN}1.5", "a -1.5"),
        ("caf\u00e9", "cafe"),
        ("\u732b", "?"),
        ("\u2500\u2502", "-|"),
        ("\u2026", "..."),
    ],
)
def test_a_sign_that_is_not_there_has_a_plain_one(text: str, plain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    terminal.ready()
    print(text, end="", flush=True)
    assert out.buffer.getvalue().decode("ascii") == plain  # type: ignore[attr-defined]


def test_a_file_opened_later_does_not_take_the_place_of_a_closed_output(tmp_path: Path) -> None:
    script = (
        "import os; from hill_exp import terminal; terminal.ready(); "
        f"f = open({str(tmp_path / 'record')!r}, 'w'); os.write(1, b'noise'); f.write('whole'); f.close()"
    )
    done = subprocess.run(f'{sys.executable} -c "{script}" >&- 2>&-', shell=True, check=False, timeout=60)
    assert done.returncode == 0 and (tmp_path / "record").read_text() == "whole"


def test_a_run_under_a_plain_locale_with_a_closed_error_output_ends_well(tmp_path: Path) -> None:
    env = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = ["sh", "-c", 'exec "$@" 2>&-', "sh", *COMMAND]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, check=False, timeout=200)
    assert done.returncode == 0
    assert "test accuracy" in done.stdout.decode("ascii") and "generalization gap" in done.stdout.decode("ascii")


def test_a_value_with_signs_of_its_own_is_told_how_to_be_quoted(tmp_path: Path) -> None:
    done = hill_exp_here("+user=oracle", "dataset.root=my images (2), a=b", cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.strip().endswith("\"dataset.root='my images (2), a=b'\"")


def test_the_error_of_a_single_job_is_its_sentence_alone(tmp_path: Path) -> None:
    done = hill_exp_here("+user=oracle", "teacher.weight=-1", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "teacher.weight = -1: must be greater than or equal to 0\n"


def test_ctrl_c_ends_a_small_program_with_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    def stopped() -> int:
        raise KeyboardInterrupt

    assert exit_status.of(stopped) == 130
    assert capsys.readouterr().err == "\nStopped.\n"
