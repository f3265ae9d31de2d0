"""What a person sees at the page and selects there, in a real browser: pictures, names, neighbours, strip, filter."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
from browser import Page, program, until
from vectors import write_vectors

pytestmark = pytest.mark.slow

SMALL = [
    "dataset.canvas_points=150", "dataset.validation_points=50", "dataset.test_points=100", "training.epochs=12",
    "schedule.warmup=3", "schedule.every=4", "schedule.turns=2", "schedule.budget.points=12", "projection=pca",
    "controls=[]", "participants=1", "workers=1", "page.browser=false",
]  # fmt: skip
SHOWN = "return hill.shown"
ONES = "return [...document.querySelectorAll(arguments[0])].filter((one) => one.checkVisibility()).length"


def test_a_person_sees_what_clusters_hold_and_selects_it(tmp_path: Path) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    with (
        program("hill_exp", "+user=human", *SMALL, f"store={tmp_path / 's'}", cwd=tmp_path) as (_, address),
        Page(tmp_path / "profile") as page,
    ):
        page.driver.get(address)
        page.wait("edit", 0)
        run = page.driver.execute_script

        # the layout fills the stage, and pictures that do not cover one another stand there
        places = page.rest()
        stage = run("const b = document.getElementById('stage').getBoundingClientRect(); return [b.width, b.height]")
        spans = [max(p[k] for p in places) - min(p[k] for p in places) for k in (0, 1)]
        assert max(spans[0] / stage[0], spans[1] / stage[1]) > 0.75
        until(lambda: run(SHOWN))
        shown = run(SHOWN)
        assert 8 < len(shown["points"]) < 150
        beside = [
            max(abs(places[a][k] - places[b][k]) for k in (0, 1))
            for a in shown["points"] for b in shown["points"] if a < b
        ]  # fmt: skip
        assert min(beside) > shown["size"]
        for _ in range(4):
            page.press("+")
        nearer = until(
            lambda: run("return hill.shown.points.length > arguments[0] && hill.shown", len(shown["points"]))
        )
        assert set(shown["points"]) <= set(nearer["points"]) and nearer["size"] > shown["size"]
        page.press("0")
        places = page.rest()

        # the point at the pointer: a large picture, and its neighbours
        one = shown["points"][0]
        page.hover(places[one])
        until(lambda: run("return document.getElementById('tip-card').offsetWidth") == 128)
        assert run(ONES, "#tip-cards > *") > 3

        # a rectangle, and then a brush that adds
        page.press("q")
        (x, y), r = places[one], 60
        page.stroke([(x - r, y - r), (x, y), (x + r, y + r)])
        reserved = set(page.state()["reserved"])
        inside = {i for i, p in enumerate(places) if max(abs(p[0] - x), abs(p[1] - y)) < r - 2} - reserved
        taken = set(page.state()["selection"])
        assert inside <= taken and len(taken) < 150
        page.press("p")
        far = max((i for i in range(150) if i not in reserved), key=lambda i: math.dist(places[i], places[one]))
        page.stroke([(places[far][0] - 60, places[far][1] - 3), (places[far][0] + 30, places[far][1])])
        assert taken | {far} <= set(page.state()["selection"])
        page.press("v")

        # all of a large selection is in the strip; too large a one can be cut to the budget
        page.press(Keys.CONTROL, "a")
        everything = len(page.state()["selection"])
        assert everything == 150 - len(reserved) and 60 <= run(ONES, "#strip button") < everything
        scroll = (
            "const s = document.getElementById('strip'); s.scrollTo(0, 1e6); return s.querySelectorAll('button').length"
        )
        until(lambda: run(scroll) == everything)
        page.click("#pick-fewer")
        assert len(page.state()["selection"]) == 12

        # the least sure: those, in order
        page.press("k")
        state = page.state()
        assert len(state["selection"]) == 12 and state["selection"] == run("return hill.leastSure")[:12]
        page.driver.find_element(By.CSS_SELECTOR, "#strip-order option[value=unsure]").click()
        page.press(Keys.ESCAPE)

        # a class shown alone: nothing else can be selected
        page.click("#legend [data-category='0']")
        page.press(Keys.CONTROL, "a")
        state = page.state()
        assert state["selection"] and {state["observed"][i] for i in state["selection"]} == {0}
        page.click("#filter-clear")
        assert [line for line in page.complaints() if "favicon" not in line] == []


def test_what_is_withheld_is_not_on_the_page(tmp_path: Path) -> None:
    withheld = [f"show.{key}=false" for key in ("predictions", "confidence", "neighbours", "names", "turns")]
    arguments = ("hill_exp", "+user=human", *SMALL, *withheld, f"store={tmp_path / 's'}")
    with program(*arguments, cwd=tmp_path) as (_, address), Page(tmp_path / "profile") as page:
        page.driver.get(address)
        page.wait("edit", 0)
        places = page.rest()
        page.hover(places[0])
        until(lambda: page.text("#tip-observed"))
        run = page.driver.execute_script
        for hidden in ("#tip-predicted", "#tip-near", "#pick-unsure", "#modes [data-mode=predicted]", "#views"):
            assert run(ONES, hidden) == 0, hidden
        page.lasso(places[0], 40)
        page.press("g")
        page.click("#teach")
        page.wait("edit", 1)
        assert run(ONES, "#views") == 0 and "followed" not in page.text("#lead")


def test_turns_are_looked_back_at_and_what_has_not_followed_is_told(tmp_path: Path) -> None:
    arguments = ("hill_exp", "+user=human", *SMALL, "schedule.turns=3", "schedule.every=2", f"store={tmp_path / 's'}")
    with program(*arguments, cwd=tmp_path) as (_, address), Page(tmp_path / "profile") as page:
        page.driver.get(address)
        run = page.driver.execute_script
        left = []
        for turn in range(2):
            page.wait("edit", turn)
            page.rest()
            page.press("k")
            page.press("g")
            until(lambda: page.state()["gestures"] == 1)
            page.rest()
            left.append(page.state()["places"])
            page.click("#teach")
        page.wait("edit", 2)
        assert run(ONES, "#reel .film") == 2
        for film in (0, 1):
            page.click(f"#reel .film:nth-child({film + 1})")
            until(lambda: page.state()["showing"] == "edited")
            page.rest()
            assert page.state()["places"] == pytest.approx(left[film], abs=1e-3)
            assert page.text("#caption") == f"As you left turn {film + 1}"
        page.click("#reel .film:nth-child(2)")
        until(lambda: page.state()["showing"] == "now")

        # of the points that were moved, those that have not followed
        followed, moved = (int(n) for n in re.findall(r"\d+", page.text("#lead"))[:2])
        assert moved == 12
        if followed < moved:
            page.click("#pick-lagging")
            assert len(page.state()["selection"]) == moved - followed
        assert [line for line in page.complaints() if "favicon" not in line] == []


def test_what_would_teach_nothing_is_told_before_it_is_handed_over(tmp_path: Path) -> None:
    """A labelling tool learns nothing of a point that lies beside no label."""
    arguments = ("hill_exp", "+user=human", *SMALL, "teacher=annotation", f"store={tmp_path / 's'}")
    from selenium.webdriver.common.keys import Keys

    with program(*arguments, cwd=tmp_path) as (_, address), Page(tmp_path / "profile") as page:
        page.driver.get(address)
        state = page.wait("edit", 0)
        places = page.rest()
        free = [i for i in range(150) if state["observed"][i] < 0 and i not in state["reserved"]]
        labelled = [place for i, place in enumerate(places) if state["observed"][i] >= 0]
        lone = max(free, key=lambda i: min(math.dist(places[i], other) for other in labelled))
        page.press("q")
        x, y = places[lone]
        page.hover((x, y))
        page.press("i")  # dots alone, so that the one at the pointer is no other
        page.stroke([(x, y), (x, y)])
        assert page.state()["selection"] == [lone]
        page.drag((x, y), (400, 740))
        until(lambda: page.text("#silent-text") == "The point that you moved would teach nothing there.")
        page.press(Keys.CONTROL, "z")
        until(lambda: page.driver.execute_script(ONES, "#silent") == 0)


def test_among_many_classes_one_is_found_and_shown_alone(tmp_path: Path) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    names = np.array([f"kind {'abcdefghijklmn'[k % 14]}" for k in range(280)])
    file = write_vectors(tmp_path / "v.npz", n=280, y=names, texts=np.array([f"text {k}" for k in range(280)]))
    data = ["dataset=vectors", f"dataset.path={file}", "dataset.canvas_points=140", "dataset.validation_points=42"]
    arguments = ("hill_exp", "+user=human", *SMALL[3:], *data, f"store={tmp_path / 's'}")
    with program(*arguments, cwd=tmp_path) as (_, address), Page(tmp_path / "profile") as page:
        page.driver.get(address)
        page.wait("edit", 0)
        page.rest()
        run = page.driver.execute_script
        assert run(ONES, "#legend li") > 12
        box = page.driver.find_element(By.ID, "search")
        box.send_keys("Kind c")
        assert run(ONES, "#legend li") == 1 and page.text("#legend li:not([hidden]) .name") == "kind c"
        box.send_keys(Keys.ENTER)
        page.driver.find_element(By.ID, "live").send_keys(Keys.CONTROL, "a")
        state = page.state()
        assert state["selection"] and {state["observed"][i] for i in state["selection"]} == {2}
