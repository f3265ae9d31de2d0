"""Is the page of a real person smooth with 5,000 points? Frames a second, message sizes, and how soon it answers.

    python benchmarks/canvas.py --root DIR [--points 5000] [--pictures DIR]

DIR: photographs as class/image. It starts the program, opens the page in a headless Chromium, pans, zooms, and drags
1,000 selected points. Needs the extra dev, chromium and chromedriver.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser import Page, program, until  # it lies among the tests

FRAMES = """
const [kind, done] = arguments;
const live = document.getElementById('live'), box = live.getBoundingClientRect();
live.setPointerCapture = () => {};
const send = (type, x, y, more = {}) => live.dispatchEvent(new PointerEvent(type,
  {clientX: box.left + x, clientY: box.top + y, pointerId: 1, bubbles: true, buttons: 1, ...more}));
let x = box.width / 2, y = box.height / 2;
if (kind === 'pan') send('pointerdown', x, y, {button: 1});
if (kind === 'drag') {
  const p = hill.screen(hill.state.selection[0]);
  [x, y] = [p.x - box.left, p.y - box.top];
  send('pointerdown', x, y);
}
const start = performance.now(), gaps = [];
let last = start;
function frame(now) {
  gaps.push(now - last);
  last = now;
  const t = (now - start) / 500;
  if (kind === 'zoom') live.dispatchEvent(new WheelEvent('wheel',
    {clientX: box.left + x, clientY: box.top + y, deltaY: 40 * Math.sin(t), bubbles: true, cancelable: true}));
  else if (kind !== 'still') send('pointermove', x + 120 * Math.sin(t), y + 80 * Math.sin(1.7 * t));
  if (now - start < 3000) return requestAnimationFrame(frame);
  if (kind === 'pan' || kind === 'drag') send('pointerup', x, y);
  done(gaps.slice(1));
}
requestAnimationFrame(frame);
"""
# Sizes of what the page is sent and sends, and when: recorded in the page, before its own scripts run.
RECORD = """
window.traffic = [];
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', (event) => note('in', event.data));
  }
  send(text) { note('out', text); super.send(text); }
};
function note(way, text) {
  const {type, phase} = JSON.parse(text);
  window.traffic.push({way, type, phase: phase ?? '', bytes: text.length, at: performance.now()});
}
"""


def frames(page: Page, kind: str) -> None:
    gaps = page.driver.execute_async_script(FRAMES, kind)
    a_second = 1000 * len(gaps) / sum(gaps)
    p95 = sorted(gaps)[int(0.95 * len(gaps))]
    print(
        f"  {kind:<6} {a_second:5.1f} frames a second; 95% of frames within {p95:.0f} ms, the worst {max(gaps):.0f} ms"
    )


def redraw(page: Page) -> float:
    return statistics.median(page.driver.execute_script("return Array.from({length: 15}, () => hill.redraw())"))


def first(traffic: list[dict[str, Any]], way: str, kind: str, phase: str = "") -> dict[str, Any]:
    return next(m for m in traffic if (m["way"], m["type"], m["phase"]) == (way, kind, phase))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, required=True, help="photographs, class/image")
    parser.add_argument("--points", type=int, default=5000)
    parser.add_argument("--pictures", type=Path, help="folder to keep screenshots in")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [
            "hill_exp", "+user=human", "page.browser=false", "controls=[]", "participants=1", "workers=1",
            "dataset=image_folder", f"dataset.root={given.root.resolve()}", f"dataset.canvas_points={given.points}",
            "dataset.test_points=500", "projection=pca", "training.epochs=4", "schedule.warmup=1", "schedule.every=1",
            "schedule.turns=2", f"schedule.budget.points={given.points}", f"store={folder / 'store'}",
        ]  # fmt: skip
        with program(*command, cwd=folder) as (_, address), Page(folder / "profile") as page:
            page.driver.set_script_timeout(60)
            page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": RECORD})
            page.driver.get(address)
            n = page.wait("edit", 0)["n"]
            print(f"{n} points; a full redraw takes {redraw(page):.1f} ms")
            for kind in ("still", "pan", "zoom"):
                frames(page, kind)
            page.press("0")
            time.sleep(0.5)
            places = page.places()
            centre = (650.0, 400.0)
            nearest = sorted(math.dist(centre, place) for place in places)
            selected = page.lasso(centre, nearest[min(1000, n) - 1])
            print(f"{len(selected)} points selected; a full redraw takes {redraw(page):.1f} ms")
            frames(page, "drag")
            if given.pictures:
                page.driver.get_screenshot_as_file(str(given.pictures / f"canvas_{n}.png"))
            page.click("#teach")
            until(lambda: any(m["type"] == "progress" for m in page.driver.execute_script("return traffic")))
            page.wait("edit", 1)
            traffic = page.driver.execute_script("return traffic")
            taught = first(traffic, "out", "teach")
            handed = next(m for m in traffic if m["at"] > taught["at"] and m["phase"] == "training")
            progress = next(m for m in traffic if m["at"] > taught["at"] and m["type"] == "progress")
            seen = first(traffic, "in", "state", "edit")
            sizes = f"a view {seen['bytes'] / 1e3:.0f} kB, this edit {taught['bytes'] / 1e3:.0f} kB"
            print(f"messages: {sizes}, progress {progress['bytes']} bytes")
            answered, learned = (message["at"] - taught["at"] for message in (handed, progress))
            print(
                f"from Teach to the page that says so {answered:.0f} ms, to the first epoch's progress {learned:.0f} ms"
            )


if __name__ == "__main__":
    main()
