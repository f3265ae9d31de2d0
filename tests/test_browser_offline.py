"""A page whose program is killed and comes back: what was done meanwhile is there, and what is said is so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from browser import Page, program, until
from conftest import TINY

pytestmark = pytest.mark.slow


def gather_the_next(page: Page, gestures: int) -> None:
    page.press("n")
    page.hover((600, 300))
    page.press("g")
    until(lambda: page.state()["gestures"] == gestures)


def test_what_was_done_offline_goes_on(tmp_path: Path) -> None:
    command = ["hill_exp", "+user=human", "page.browser=false", *TINY, "projection=pca", "participants=1",
               "controls=[]", f"store={tmp_path / 'store'}"]  # fmt: skip
    with Page(tmp_path / "profile") as page:
        with program(*command, cwd=tmp_path) as (process, address):
            page.driver.get(address)
            page.wait("edit", 0)
            page.rest()
            gather_the_next(page, 1)
            until(lambda: "Saved" in page.text("#line"))
            process.kill()
        until(lambda: "Offline since" in page.text("#line") and "kept in this tab" in page.text("#line"))
        gather_the_next(page, 2)
        assert "Offline since" in page.text("#line")
        page.click("#teach")
        assert "kept in this tab" in page.text("#toast")
        page.driver.get_screenshot_as_file(str(tmp_path / "offline.png"))

        with program(*command, cwd=tmp_path) as (process, again):
            assert again == address
            until(lambda: "Saved" in page.text("#line"))
            assert page.state()["gestures"] == 2
            page.driver.refresh()
            assert page.wait("edit", 0)["gestures"] == 2
            process.kill()
        until(lambda: "Offline since" in page.text("#line"))
        gather_the_next(page, 3)

        with program(*command, cwd=tmp_path) as (process, _):
            page.driver.refresh()  # before the page has found its program again by itself, or after
            assert page.wait("edit", 0)["gestures"] == 3
            until(lambda: "Saved" in page.text("#line"))
        (session,) = (tmp_path / "store" / "sessions").glob("*.json")
        assert len(json.loads(session.read_text())["draft"]["gestures"]) == 3

        (tmp_path / "store" / "seats").rename(tmp_path / "elsewhere")
        port = address.partition("/?")[0].rpartition(":")[2]
        with program(*command, f"page.port={port}", cwd=tmp_path) as (process, other):
            assert other != address
            until(lambda: "not valid any more" in page.text("#line"))
            page.driver.get_screenshot_as_file(str(tmp_path / "shut.png"))
            assert "handshake" not in (tmp_path / "program.log").read_text()
