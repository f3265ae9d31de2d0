"""A study by keyboard alone, each of its screens checked by axe and in windows of every size; a turn by finger."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from browser import Page, Place, program, until
from conftest import TINY

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WINDOWS = [(320, 256), (390, 844), (683, 384), (768, 600), (1024, 768), (1366, 640), (2560, 1440)]
WISHES = [
    {"prefers-color-scheme": "dark"},
    {"prefers-color-scheme": "dark", "forced-colors": "active"},
    {"prefers-color-scheme": "light"},
]
UNSEEN = """
const hue = (colour) => /rgba.*, 0\\)/.test(colour) ? 'none' : colour.match(/[\\d.]+/g).slice(0, 3).join();
return [...document.querySelectorAll('button')].filter((one) => one.checkVisibility())
  .map((one) => [getComputedStyle(one), one.outerHTML])
  .filter(([style]) => hue(style.color) === hue(style.backgroundColor)).map(([, words]) => words);
"""
CUT = """
const teach = document.getElementById('teach').getBoundingClientRect();
const seen = teach.left >= 0 && teach.top >= 0 && teach.right <= innerWidth && teach.bottom <= innerHeight;
return [document.documentElement.scrollWidth - innerWidth, document.getElementById('work').hidden || seen];
"""
SMALL = """
return [...document.querySelectorAll('button, select, textarea, label, input[type=search], .rail input')]
  .filter((one) => one.checkVisibility() && !one.closest('dialog:not([open])'))
  .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44)
  .map(([words]) => words);
"""
CHECK = """
const done = arguments[0];
axe.run(document, {resultTypes: ['violations']}).then(({violations}) => done(violations.flatMap(({id, nodes}) =>
  nodes.map(({html, failureSummary}) => `${id}: ${html.slice(0, 120)} ${failureSummary}`))));
"""


@contextmanager
def study(folder: Path) -> Iterator[Page]:
    """A person at a study of one condition with two turns, in one that is like the one that is shipped."""
    shutil.copytree(ROOT / "conf" / "people", folder / "study")
    file = folder / "study" / "moves_or_labels.yaml"
    changes = {
        "conditions": {"moves": ["teacher=contrastive"]},
        "practice": ["schedule.turns=1", "training.epochs=3"],
        "beside": [],
        "settings": [*TINY, "projection=pca"],
    }
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **changes}))
    command = ["hill_exp.people", str(file), "--code", "P1", "--store", "store", "--no-browser"]
    with program(*command, cwd=folder) as (_, address), Page(folder / "profile") as page:
        page.driver.get(address)
        yield page


def look(page: Page, screen: str) -> None:
    """What is on the screen has no fault that axe knows of, and is cut in no window."""
    run: Any = page.driver.execute_script
    run(AXE.read_text())
    for wishes in WISHES:
        features = [{"name": name, "value": value} for name, value in wishes.items()]
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        assert page.driver.execute_async_script(CHECK) == [], f"{screen}, {wishes}"
        assert run(UNSEEN) == [], f"{screen}, {wishes}"  # axe does not see forced colours
    for width, height in WINDOWS:
        page.resize(width, height)
        until(lambda width=width: run("return innerWidth") == width)
        wider, teach = run(CUT)
        assert wider <= 0 and teach, f"{screen} at {width} x {height}: {wider} px wider, Teach in sight: {teach}"
    page.resize(390, 844, touch=True)
    until(lambda: run("return innerWidth") == 390)
    assert run(SMALL) == [], f"too small for a finger: {screen}"
    page.resize(1366, 768)


def tab_to(page: Page, css: str) -> None:
    """Tab, until what is meant has the focus."""
    from selenium.webdriver.common.keys import Keys

    for _ in range(40):
        page.press(Keys.TAB)
        if page.driver.execute_script("return document.activeElement.matches(arguments[0])", css):
            return
    raise AssertionError(f"Tab does not lead to {css}")


def read_on(page: Page) -> None:
    """Through the pages of text, to where there is something to do."""
    from selenium.webdriver.common.keys import Keys

    script = "return [hill.state.phase, document.querySelector('#screen h1')?.innerText]"
    shown = until(lambda: (page.state() or {}).get("phase") and page.driver.execute_script(script))
    while shown[0] in ("consent", "instructions"):
        look(page, shown[1])
        tab_to(page, ".card .primary")
        page.press(Keys.ENTER)
        shown = until(lambda before=shown: (now := page.driver.execute_script(script)) != before and now)


def answer(page: Page) -> None:
    """The questions on the page: of each scale its middle, of choices the first."""
    from selenium.webdriver.common.keys import Keys

    title, at = page.text("#screen h1"), "return document.activeElement.matches(arguments[0])"
    look(page, title)
    for _ in range(80):
        page.press(Keys.TAB)
        if page.driver.execute_script(at, ".rail input"):
            page.press(Keys.ENTER)
        elif page.driver.execute_script(at, "input[type=radio]"):
            page.press(Keys.SPACE)
        elif page.driver.execute_script(at, ".card .primary"):
            break
    assert page.text(".card .note") == "All answered"
    page.press(Keys.ENTER)
    until(lambda: page.text("#screen h1") != title)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci")
def test_a_study_by_keyboard_alone_on_screens_without_a_fault(tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    with study(tmp_path) as page:
        read_on(page)
        page.wait("edit", 0)
        look(page, "the warm-up")
        for key in (Keys.ARROW_RIGHT, Keys.ENTER, "n", Keys.ENTER):
            page.press(key)
        page.press(Keys.CONTROL, Keys.ENTER)
        page.wait("answer")
        page.press(Keys.CONTROL, Keys.ENTER)
        until(lambda: page.state()["phase"] == "instructions")

        read_on(page)
        page.wait("edit", 0)
        look(page, "the first turn")
        focus = "return document.activeElement.id"
        assert page.driver.execute_script(focus) == "live"
        for button in (
            "#modes [data-mode=predicted]",
            "#modes [data-mode=observed]",
            "#toolbar [data-command=whole]",
            "#teach",
        ):
            page.click(button)
            assert page.driver.execute_script(focus) == "live", "after a click the keys are those of the canvas again"
        assert "Nothing has been moved yet" in page.text("#toast")
        page.press(Keys.ARROW_RIGHT)
        assert page.text("#announce").startswith("Point ")
        page.press(Keys.SHIFT, Keys.ARROW_LEFT)
        for _ in range(3):
            page.press("m")
        page.press(Keys.SHIFT, "m")
        selected = page.state()["selection"]
        assert len(selected) == 4 and page.text("#announce").startswith("4 points selected")
        look(page, "a selection")
        before = page.places()
        page.press(Keys.ENTER)
        page.press("n")
        group = page.text("#announce")
        assert group.startswith("At ")
        page.press(Keys.ENTER)
        state = page.state()
        assert state["gestures"] == 1 and page.text("#announce").startswith("Moved 4 points.")
        name = group.removeprefix("At ").partition(":")[0]
        classes = page.driver.execute_script(
            "return [...document.querySelectorAll('#legend .name')].map(e => e.innerText)"
        )
        others = [i for i, label in enumerate(state["observed"]) if label == classes.index(name) and i not in selected]
        for axis in (0, 1):
            middle = [
                sum(where[i][axis] for i in of) / len(of) for where, of in [(before, others), (page.rest(), selected)]
            ]
            assert middle[0] == pytest.approx(middle[1], abs=1), (
                "the middle of what was moved lies in that of the group"
            )

        page.press("?")
        look(page, "help")
        page.press(Keys.ESCAPE)
        page.press(Keys.CONTROL, Keys.ENTER)
        page.wait("edit", 1)
        look(page, "the answer to a turn")
        assert page.driver.execute_script(focus) == "live"
        tab_to(page, "#stop")
        page.press(Keys.ENTER)
        look(page, "a question back")
        tab_to(page, "#confirm-yes")
        page.press(Keys.ENTER)
        page.wait("answer")
        look(page, "the last answer")
        told = []
        for _ in range(2):
            page.press("n")
            told.append(page.text("#announce"))
        assert told[0].startswith("Point ") and told[1].startswith("Point ") and told[0] != told[1]
        page.press(Keys.CONTROL, Keys.ENTER)
        until(lambda: page.state()["phase"] == "questions")
        while page.state()["phase"] == "questions":
            answer(page)
        until(lambda: page.state()["phase"] == "done")
        look(page, "the end")


class Finger:
    """One finger on a page in Chromium."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def _send(self, kind: str, place: Place | None) -> None:
        touches = [] if place is None else [{"x": place[0], "y": place[1]}]
        self._page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def rest(self, place: Place, seconds: float = 0.0) -> None:
        """Down, and up again after a while; at once: a tap."""
        self._send("touchStart", place)
        time.sleep(seconds)
        self._send("touchEnd", None)

    def drag(self, start: Place, end: Place) -> None:
        self._send("touchStart", start)
        for k in range(1, 7):
            self._send("touchMove", (start[0] + k / 6 * (end[0] - start[0]), start[1] + k / 6 * (end[1] - start[1])))
        self._send("touchEnd", None)


def middle_of(page: Page, css: str) -> Place:
    """Of an element, brought into sight without the page being scrolled."""
    page.driver.execute_script("document.querySelector(arguments[0]).scrollIntoView({block: 'nearest'})", css)
    box = page.driver.execute_script("return document.querySelector(arguments[0]).getBoundingClientRect()", css)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_turn_by_finger_on_a_telephone(tmp_path: Path) -> None:
    human = ["hill_exp", "+user=human", "page.browser=false", *TINY, "projection=pca", "participants=1", "workers=1"]
    with program(*human, cwd=tmp_path) as (_, address), Page(tmp_path / "profile") as page:
        page.resize(390, 844, touch=True)
        page.driver.get(address)
        state = page.wait("edit", 0)
        page.click("#toolbar [data-command=images]")  # marks alone, which are small
        finger, shown = Finger(page), "return !document.getElementById('tip').hidden"
        places = page.rest()
        apart = {i: min(math.dist(places[i], one) for j, one in enumerate(places) if j != i) for i in range(state["n"])}
        one, two = sorted(set(apart) - set(state["reserved"]), key=lambda i: -apart[i])[:2]

        finger.rest(places[one], seconds=0.7)
        assert page.driver.execute_script(shown) and page.state()["selection"] == []
        finger.rest(places[one])
        assert page.driver.execute_script(shown) and page.state()["selection"] == [one]
        page.click("#toolbar [data-command=add]")
        finger.rest(middle_of(page, "#toolbar [data-command=select]"))
        assert page.text("#toast") == "draw around points", "what a tool does is told where nothing can hover"
        finger.rest((places[two][0] + 12, places[two][1]))  # beside the mark: a finger is broad
        assert page.state()["selection"] == [one, two]
        finger.drag(places[two], (places[two][0], places[two][1] + 40))
        assert page.state()["gestures"] == 1
        moved = page.rest()
        for i in (one, two):
            assert moved[i] == pytest.approx((places[i][0], places[i][1] + 40), abs=2)
        page.click("#teach")
        page.wait("edit", 1)
        assert page.complaints() == []
