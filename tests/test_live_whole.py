"""A whole session as its user meets it, with a program in the browser's place: killed, gone on with, replayed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import assert_same, hill_exp_here
from conftest import TINY
from vectors import write_vectors
from websockets.sync.client import ClientConnection, connect

from hill_exp.record.record import Record
from hill_exp.record.store import Store

COMMAND = [
    "+user=human",
    "page.browser=false",
    *TINY,
    "projection=pca",
    "participants=2",
    "controls=[none]",
    "workers=1",
]
EDITS = [
    [{"points": [4, 9, 1], "drops": [[1 / 3, 0.1], [0.7, -0.2], [1.1, 1.7]], "seconds": 2.25, "at": 2.25},
     {"points": [9], "drops": [[-1.0, 0.1 + 0.2]], "seconds": 1.1, "at": 3.35}],
    [{"points": [30], "drops": [[2.0, 1e-17]], "seconds": 0.3, "at": 0.3}],
]  # fmt: skip


@contextmanager
def program(folder: Path, *command: str) -> Iterator[tuple[subprocess.Popen[str], ClientConnection]]:
    """The program in a process of its own, and a connection where the page would have one."""
    folder.mkdir(exist_ok=True)
    with subprocess.Popen(
        [sys.executable, "-m", "hill_exp", *(command or COMMAND)],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "120"},
    ) as process:  # fmt: skip
        try:
            assert process.stdout
            address = next(line for line in process.stdout if line.startswith("Open http")).split()[1]
            page = address.replace("http://", "ws://").replace("/?", "/ws?")
            with connect(page, origin=address.partition("/?")[0], max_size=None) as browser:  # type: ignore[arg-type]
                yield process, browser
        finally:
            process.kill()


def until(browser: ClientConnection, **fields: Any) -> dict[str, Any]:
    while True:
        message = json.loads(browser.recv(timeout=60))
        if fields.items() <= message.items():
            return message


def send(browser: ClientConnection, kind: str, **fields: Any) -> None:
    browser.send(json.dumps({"type": kind, **fields}))


def edit(browser: ClientConnection, kind: str, turn: int) -> None:
    send(browser, kind, turn=turn, gestures=EDITS[turn], undone=turn)


def finish(process: subprocess.Popen[str], browser: ClientConnection) -> str:
    until(browser, phase="answer")
    send(browser, "next")
    until(browser, phase="done")
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 0, stderr
    return stdout


def record_in(store: Path, user: str) -> Record:
    from dataclasses import replace

    kept = Store(store)
    (condition,) = [each for each in kept.conditions() if each.names["user"].startswith(user)]
    (record,) = kept.records(condition.content)
    return replace(record, trace=kept.trace(record), predictions=kept.predictions(record))


@pytest.mark.slow
def test_a_session_that_is_killed_goes_on_and_its_replay_is_the_same_to_the_last_bit(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    with program(killed) as (process, browser):
        assert until(browser, phase="edit")["view"]["turn"] == 0
        edit(browser, "draft", 0)
        until(browser, type="saved")
        edit(browser, "teach", 0)
        assert until(browser, phase="edit")["view"]["turn"] == 1
        edit(browser, "draft", 1)
        until(browser, type="saved")
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    with program(killed) as (process, browser):
        state = until(browser, phase="edit")
        assert state["view"]["turn"] == 1 and state["draft"]["gestures"] == EDITS[1] and state["draft"]["undone"] == 1
        assert state["view"]["previous"]["moved"] == [1, 4, 9] and len(state["history"]) == 2
        edit(browser, "teach", 1)
        stdout = finish(process, browser)
    assert "1 of 2 participants; the same command seats the next" in stdout and "minus none" in stdout
    with program(whole) as (process, browser):
        for turn in (0, 1):
            until(browser, phase="edit")
            edit(browser, "teach", turn)
        finish(process, browser)
    live = record_in(killed / "results", "human")
    assert live.status == "done" and live.metrics["gestures"] == 3 and np.isclose(live.metrics["person_seconds"], 3.65)
    assert_same(live, record_in(whole / "results", "human"))

    (session,) = (killed / "results" / "sessions").iterdir()
    done = hill_exp_here("+user=replay", f"session={session}", "controls=[]", "workers=1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "replay-participant-0" in done.stdout and "warning" not in done.stderr
    assert_same(live, record_in(tmp_path / "results", "replay"))
    refused = hill_exp_here("+user=replay", f"session={session}", "training.epochs=9", cwd=tmp_path)
    assert refused.returncode == 2 and "was recorded under training.epochs = 4" in refused.stderr
    text = session.read_text()
    shown = json.loads(text)["turns"][1]["shown"]
    session.write_text(text.replace(shown, "0" * 64))
    done = hill_exp_here("+user=replay", f"session={session}", "controls=[]", "workers=1", cwd=tmp_path)
    assert done.returncode == 0 and "warning: from turn 1 on, the layout is not the one" in done.stderr


@pytest.mark.slow
def test_a_session_on_vectors_is_replayed_where_they_lie_elsewhere(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    file = write_vectors(here / "v.npz", n=300, texts=np.array([f"text {row}" for row in range(300)]))
    command = [*COMMAND, "dataset=vectors", "dataset.path=v.npz", "dataset.reserved=0", "controls=[]"]
    with program(here, *command) as (process, browser):
        view = until(browser, phase="edit")["view"]
        assert view["sheet"] is view["values"] is None and len({*view["texts"]}) == 60
        edit(browser, "teach", 0)
        until(browser, phase="edit")
        edit(browser, "teach", 1)
        finish(process, browser)
    (session,) = (here / "results" / "sessions").iterdir()
    replay = ["+user=replay", f"session={session}", "controls=[]", "workers=1"]
    done = hill_exp_here(*replay, cwd=there)
    assert done.returncode == 2 and "dataset.path = " in done.stderr and "cannot be read (No such" in done.stderr
    write_vectors(there / "other.npz", n=301)
    done = hill_exp_here(*replay, "dataset=vectors", "dataset.path=other.npz", cwd=there)
    assert done.returncode == 2 and "was recorded on other data" in done.stderr
    assert "Say where the same lie with dataset.path=PLACE" in done.stderr
    file.rename(there / "moved.npz")
    done = hill_exp_here(*replay, "dataset=vectors", "dataset.path=moved.npz", cwd=there)
    assert done.returncode == 0 and "warning" not in done.stderr, done.stderr
    assert_same(record_in(here / "results", "human"), record_in(there / "results", "replay"))


@pytest.mark.slow
def test_ctrl_c_ends_cleanly_and_the_session_goes_on_elsewhere(tmp_path: Path) -> None:
    with program(tmp_path) as (process, browser):
        until(browser, phase="edit")
        edit(browser, "draft", 0)
        until(browser, type="saved")
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
        assert process.returncode == 130
        assert "The session is kept in" in stderr and "Stopped" in stderr and "Traceback" not in stderr
    (session,) = (tmp_path / "results" / "sessions").iterdir()
    elsewhere = ["+user=human", f"resume={session}", "page.browser=false", "controls=[]"]
    with program(tmp_path / "elsewhere", *elsewhere) as (process, browser):
        assert until(browser, phase="edit")["draft"]["gestures"] == EDITS[0]
        send(browser, "stop", turn=0)
        finish(process, browser)
    assert len(record_in(tmp_path / "elsewhere" / "results", "human").turns["turn"]) == 1


@pytest.mark.slow
def test_a_training_that_dies_is_told_and_the_same_command_goes_on(tmp_path: Path) -> None:
    with program(tmp_path) as (process, browser):
        until(browser, phase="edit")
        edit(browser, "teach", 0)
        until(browser, phase="edit")
        for child in _trainers(process.pid):
            os.kill(child, signal.SIGKILL)
        assert "died (killed by signal 9" in until(browser, phase="failed")["text"]
        _, stderr = process.communicate(timeout=30)
        assert process.returncode == 1 and "ended badly" in stderr and "Traceback" not in stderr
    with program(tmp_path) as (process, browser):
        assert until(browser, phase="edit")["view"]["turn"] == 1
        edit(browser, "teach", 1)
        finish(process, browser)


def _trainers(pid: int) -> list[int]:
    """The processes that the program's fork server has made."""
    return [grandchild for child in _children(pid) for grandchild in _children(child)]


def _children(pid: int) -> list[int]:
    threads = list(Path(f"/proc/{pid}/task").glob("*/children"))
    if not threads:
        pytest.skip("this system does not tell a process's children")
    return [int(child) for thread in threads for child in thread.read_text().split()]
