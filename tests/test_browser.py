"""A person at the page, from end to end: a real browser, a real training, and the records that come of it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from browser import Page, clearest, program, until
from vectors import write_table, write_vectors

from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.record.trace import Trace

pytestmark = pytest.mark.slow

SMALL = [
    "dataset.canvas_points=150", "dataset.validation_points=50", "dataset.test_points=100", "training.epochs=12",
    "schedule.warmup=3", "schedule.every=4", "schedule.turns=2", "schedule.budget.points=40", "projection=pca",
    "participants=1", "workers=1",
]  # fmt: skip


def only_record(store: Path, user: str) -> tuple[Record, Trace]:
    kept = Store(store)
    (condition,) = [c for c in kept.conditions() if c.names["user"].startswith(user)]
    (record,) = kept.records(condition.content)
    trace = kept.trace(record)
    assert trace
    return record, trace


def same(a: object, b: object) -> bool:
    """Equal to the last bit, NaN being equal to NaN."""
    return json.dumps(a) == json.dumps(b)


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_person_teaches_in_a_browser_and_is_replayed(browser: Literal["chromium", "firefox"], tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    human = ["hill_exp", "+user=human", "page.browser=false", *SMALL, f"store={tmp_path / 'store'}"]
    with program(*human, cwd=tmp_path) as (process, address), Page(tmp_path / "profile", browser) as page:
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(address[:-4] + "0000")

        page.driver.get(address)
        state = page.wait("edit", 0)
        assert state["n"] == 150 and state["left"]["points"] == 40 and len(state["reserved"]) == 24

        # a thumbnail, a loop, a drag
        places = page.rest()
        centre = clearest(places)
        page.hover(centre)
        assert page.text("#tip-predicted")
        taken = page.lasso(centre, 24)
        inside = {i for i, place in enumerate(places) if math.dist(place, centre) < 20} - set(state["reserved"])
        assert inside and inside <= set(taken) and len(taken) < 40
        page.press(Keys.CONTROL, "a")
        assert set(page.state()["selection"]) == set(range(150)) - set(state["reserved"])
        page.press(Keys.ESCAPE)
        assert set(page.lasso(centre, 24)) == set(taken)
        page.drag(places[taken[0]], (places[taken[0]][0] + 90, places[taken[0]][1] - 60))
        state = page.state()
        assert state["gestures"] == 1 and state["left"]["points"] == 40 - len(taken)
        moved = page.rest()
        for i in taken:
            assert np.subtract(moved[i], places[i]) == pytest.approx([90, -60], abs=2)

        # undo, redo
        page.press(Keys.CONTROL, "z")
        assert page.state()["gestures"] == 0
        assert page.rest()[taken[0]] == pytest.approx(places[taken[0]], abs=1)
        page.press(Keys.CONTROL, Keys.SHIFT, "z")
        assert page.state()["gestures"] == 1
        until(lambda: "Saved" in page.text("#line"))

        # the page is reloaded: the edit is still there
        page.driver.refresh()
        state = page.wait("edit", 0)
        assert state["gestures"] == 1
        assert page.rest()[taken[0]] == pytest.approx(moved[taken[0]], abs=2)

        # a second tab takes over; the first says that it only watches, and takes the canvas back
        first = page.driver.current_window_handle
        page.driver.switch_to.new_window("tab")
        page.driver.get(address)
        assert not page.wait("edit", 0)["reader"]
        second = page.driver.current_window_handle
        page.driver.switch_to.window(first)
        until(lambda: page.state()["reader"])
        assert "only watches" in page.text("#reader")
        page.click("#takeover")
        until(lambda: not page.state()["reader"])
        page.driver.switch_to.window(second)
        until(lambda: page.state()["reader"])
        page.driver.close()
        page.driver.switch_to.window(first)

        # teach, and see the answer
        assert page.state()["gestures"] == 1
        page.click("#teach")
        state = page.wait("edit", 1)
        assert state["gestures"] == 0 and state["left"]["points"] == 40
        assert f" of the {len(taken)} points that you moved ha" in page.text("#lead") or len(taken) == 1
        for showing in ("before", "edited", "now"):
            page.click(f"[data-showing={showing}]")
            until(lambda showing=showing: page.state()["showing"] == showing and not page.state()["gliding"])
        assert page.driver.get_screenshot_as_png()

        # another turn, by keyboard, and the end
        again = page.lasso(clearest(page.rest()), 20)
        assert 0 < len(again) <= 40
        page.press("g")
        until(lambda: page.state()["gestures"] == 1)
        page.press(Keys.CONTROL, Keys.ENTER)
        page.wait("answer")
        page.click("#teach")  # it says Finish now
        until(lambda: page.state()["phase"] == "done")
        assert process.wait(timeout=120) == 0, (tmp_path / "program.log").read_text()
        assert [line for line in page.complaints() if "favicon" not in line] == []

    record, trace = only_record(tmp_path / "store", "human")
    assert record.status == "done" and record.metrics["gestures"] == 2
    (one,), (two,) = trace.gestures()
    assert set(one.points) == set(taken) and set(two.points) == set(again) and one.seconds > 0
    np.testing.assert_array_equal(trace.edited[0][one.points], one.drops.astype(np.float32))

    (session,) = (tmp_path / "store" / "sessions").glob("*.json")
    replay = [sys.executable, "-m", "hill_exp", "+user=replay", f"session={session}", f"store={tmp_path / 'again'}",
              "workers=1", "controls=[]"]  # fmt: skip
    done = subprocess.run(replay, capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr
    played, played_trace = only_record(tmp_path / "again", "replay")
    for part in ("metrics", "epochs", "turns", "groups", "classes"):
        assert same(getattr(played, part), getattr(record, part)), part
    for name, array in trace.arrays().items():
        np.testing.assert_array_equal(array, played_trace.arrays()[name])


@pytest.mark.parametrize("kind", ["texts", "values"])
def test_points_without_pictures_are_shown_by_what_they_are(kind: str, tmp_path: Path) -> None:
    texts = [f"text number {row}" for row in range(400)]
    if kind == "texts":
        file = write_vectors(tmp_path / "v.npz", n=400, texts=np.array(texts))
    else:
        file = write_table(tmp_path / "v.csv")
    sizes = ["dataset.canvas_points=60", "dataset.validation_points=20"]
    small = [*SMALL[3:], *sizes, "dataset=vectors", f"dataset.path={file}"]
    human = ["hill_exp", "+user=human", "page.browser=false", *small, f"store={tmp_path / 'store'}"]
    with program(*human, cwd=tmp_path) as (_, address), Page(tmp_path / "profile") as page:
        page.driver.get(address)
        page.wait("edit", 0)
        places = page.rest()
        centre = clearest(places)
        taken = page.lasso(centre, 30)
        page.hover(centre)
        until(lambda: page.text("#tip-predicted"))
        card, strip = page.text("#tip-card"), page.text("#strip")
        if kind == "texts":
            assert card in texts and len(set(strip.splitlines()) & set(texts)) == len(taken)
        else:
            assert {line for line in card.splitlines() if line.isalpha()} == set("abcde")
            count = "return document.querySelectorAll('#strip button .bars').length"
            assert page.driver.execute_script(count) == len(taken)
        assert not page.driver.find_element("css selector", "[data-command=images]").is_displayed()
        assert [line for line in page.complaints() if "favicon" not in line] == []
