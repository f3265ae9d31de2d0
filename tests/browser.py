"""A person's hand in a headless browser: opens the page, draws loops, drags, and asks where the points are."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from marionette import Marionette

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

Place = tuple[float, float]  # in the window, pixels
PATIENCE = 120.0  # seconds; the machine may be busy
BARE = (  # a browser that asks nothing and calls nobody
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--window-size=1366,768",
)  # fmt: skip


@contextmanager
def program(*arguments: str, cwd: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`python -m ...` that leads a person: the process, and the address that it prints."""
    command = [sys.executable, "-m", *arguments]
    log = cwd / "program.log"
    with (
        log.open("w") as output,
        subprocess.Popen(command, stdout=output, stderr=output, cwd=cwd, text=True) as process,
    ):
        try:
            address = until(lambda: _address(log, process))
            yield process, address
        finally:
            process.kill()


def _address(log: Path, process: subprocess.Popen[str]) -> str | None:
    lines = [line for line in log.read_text().splitlines() if line.startswith("Open ")]
    assert lines or process.poll() is None, log.read_text()
    return lines[-1].split()[1] if lines else None


def until(condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)
    return value


def _chromium(profile: Path) -> WebDriver:
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip("no chromium and chromedriver here (Debian: apt install chromium chromium-driver)")
    options = ChromeOptions()
    options.binary_location = chromium
    for argument in (*BARE, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    return Chrome(options=options, service=Service(driver))


def _firefox(profile: Path) -> WebDriver:
    from selenium.webdriver import FirefoxOptions, Remote

    firefox = shutil.which("firefox-esr") or shutil.which("firefox")
    if not firefox:
        pytest.skip("no firefox here (Debian: apt install firefox-esr)")
    return Remote(Marionette(firefox, profile), options=FirefoxOptions())


class Page:
    """One browser with tabs on the page, in a window of 1366 by 768."""

    def __init__(self, profile: Path, browser: Literal["chromium", "firefox"] = "chromium") -> None:
        self.driver: Any = {"chromium": _chromium, "firefox": _firefox}[browser](profile)
        self.browser = browser
        self.resize(1366, 768)

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_error: object) -> None:
        self.driver.quit()

    def resize(self, width: int, height: int, touch: bool = False) -> None:
        """The inside of the window, pixels; `touch`: as a device without a mouse (Chromium alone)."""
        if self.browser == "firefox":
            script = "return [outerWidth - innerWidth, outerHeight - innerHeight]"
            beside, above = self.driver.execute_script(script)
            self.driver.set_window_size(width + beside, height + above)
            return
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": touch}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": touch})

    # --- what it shows

    def state(self) -> dict[str, Any]:
        return self.driver.execute_script("return window.hill && hill.state")

    def places(self) -> list[Place]:
        """Where each point is in the window."""
        script = "return Array.from({length: hill.state.n}, (_, i) => { const p = hill.screen(i); return [p.x, p.y]; })"
        return [(x, y) for x, y in self.driver.execute_script(script)]

    def rest(self) -> list[Place]:
        """Where the points are once none of them glides any more."""
        seen = self.places()

        def still() -> bool:
            nonlocal seen
            time.sleep(0.2)
            before, seen = seen, self.places()
            return before == seen

        until(still)
        return seen

    def wait(self, phase: str, turn: int | None = None) -> dict[str, Any]:
        """Until the page is in a phase (and at a turn) and has come to rest."""

        def arrived() -> dict[str, Any] | None:
            state = self.state()
            fits = state and state.get("phase") == phase and turn in (None, state["turn"]) and not state["gliding"]
            return state if fits else None

        return until(arrived)

    def text(self, css: str) -> str:
        """What an element says; nothing where there is none."""
        return str(self.driver.execute_script("return document.querySelector(arguments[0])?.innerText ?? ''", css))

    def complaints(self) -> list[str]:
        """What the browser's console holds against the page."""
        if self.browser == "firefox":
            said = self.driver.command_executor.log.read_text().splitlines()
            return [line for line in said if line.startswith("JavaScript error: http")]
        return [entry["message"] for entry in self.driver.get_log("browser")]

    # --- what a hand does

    def click(self, css: str) -> None:
        from selenium.common.exceptions import StaleElementReferenceException
        from selenium.webdriver.common.by import By

        def clicked() -> bool:
            try:
                self.driver.find_element(By.CSS_SELECTOR, css).click()
            except StaleElementReferenceException:  # the page drew it anew meanwhile
                return False
            return True

        until(clicked)

    def press(self, *keys: str) -> None:
        """Keys held down together."""
        from selenium.webdriver import ActionChains

        chain = ActionChains(self.driver)
        for key in keys[:-1]:
            chain.key_down(key)
        chain.send_keys(keys[-1])
        for key in keys[:-1]:
            chain.key_up(key)
        chain.perform()

    def stroke(self, corners: Sequence[Place]) -> None:
        """Press at the first corner, go along the others, let go at the last."""
        from selenium.webdriver.common.actions.action_builder import ActionBuilder

        actions = ActionBuilder(self.driver, duration=10)
        hand = actions.pointer_action
        hand.move_to_location(*(round(c) for c in corners[0]))
        hand.pointer_down()
        for corner in corners[1:]:
            hand.move_to_location(*(round(c) for c in corner))
        hand.pointer_up()
        actions.perform()

    def hover(self, place: Place) -> None:
        from selenium.webdriver.common.actions.action_builder import ActionBuilder

        actions = ActionBuilder(self.driver, duration=10)
        actions.pointer_action.move_to_location(round(place[0]), round(place[1]))
        actions.perform()

    def lasso(self, centre: Place, radius: float) -> list[int]:
        """A loop, with Shift held so that it may begin on a point; gives the points that are selected then."""
        from selenium.webdriver import ActionChains, Keys

        turns = [2 * math.pi * k / 32 for k in range(33)]
        ActionChains(self.driver).key_down(Keys.SHIFT).perform()
        self.stroke([(centre[0] + radius * math.cos(t), centre[1] + radius * math.sin(t)) for t in turns])
        ActionChains(self.driver).key_up(Keys.SHIFT).perform()
        return list(self.state()["selection"])

    def drag(self, start: Place, end: Place) -> None:
        steps = [k / 6 for k in range(7)]
        self.stroke([(start[0] + s * (end[0] - start[0]), start[1] + s * (end[1] - start[1])) for s in steps])


def clearest(places: Sequence[Place], near: int = 40) -> Place:
    """A place to begin a loop: beside a point that has the most neighbours, yet on none."""
    counts = [sum(math.dist(a, b) < near for b in places) for a in places]
    return places[counts.index(max(counts))]
