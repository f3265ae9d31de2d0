"""Many people at once at one server: how long each waits for an answer, beyond the training itself.

    python benchmarks/people_at_once.py --people 50 --workers 2

starts `python -m hill_exp.people serve` and lets programs sit at its pages, who read, think, move 60 points and teach.
First one sits there alone: how long it waits is the training itself. A program thinks for 8 to 16 seconds a turn, where
people take minutes, so this is harder than a class.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from hill_exp.rng import stream

SHIPPED = Path(__file__).parents[1] / "conf" / "people"
PILES = 3  # that are made in a turn

Span = tuple[float, float]  # seconds
Segment = tuple[str, int]  # a part of the study, and the turn that is answered in it; -1: the first view


@dataclass
class Visitor:
    """A program that sits at a page. thinks: for how long it looks at a view; a fifth of that at a text."""

    url: str
    rng: np.random.Generator
    thinks: Span
    waits: dict[Segment, float] = field(default_factory=dict)  # seconds from handing over to the next view
    ended: str = ""

    async def visit(self) -> None:
        from websockets.asyncio.client import connect

        page = self.url.replace("http://", "ws://").replace("/?", "/ws?")
        async with connect(page, max_size=None, origin=self.url.partition("/?")[0]) as self.page:  # type: ignore[arg-type]
            since, shown = time.perf_counter(), None
            async for text in self.page:
                state = json.loads(text)
                if state["type"] == "refused":
                    raise RuntimeError(state["reason"])
                if state["type"] != "state" or state["phase"] == "training":
                    continue
                phase, view = state["phase"], state.get("view")
                if shown == (shown := (phase, state["step"], view and view["turn"])):
                    continue
                if view:
                    self.waits[f"part {state['step']}", view["turn"] - 1] = time.perf_counter() - since
                if phase in ("done", "failed"):
                    self.ended = phase
                    return
                await self._answer(state)
                since = time.perf_counter()

    async def _answer(self, state: dict[str, Any]) -> None:
        phase = state["phase"]
        if phase == "edit":
            gestures = _piles(state["view"], self.rng)
            for made in range(1, PILES + 1):
                await self._think(1 / PILES)
                await self._say("draft", turn=state["view"]["turn"], gestures=gestures[:made], undone=0)
            await self._say("teach", turn=state["view"]["turn"], gestures=gestures, undone=0)
            return
        await self._think(0.2)
        await self._say({"consent": "agree", "instructions": "begin", "answer": "next"}[phase])

    async def _think(self, share: float) -> None:
        await asyncio.sleep(share * self.rng.uniform(*self.thinks))

    async def _say(self, kind: str, **fields: Any) -> None:
        await self.page.send(json.dumps({"type": kind, **fields}))


def _piles(view: dict[str, Any], rng: np.random.Generator) -> list[dict[str, Any]]:
    """Points of three predicted classes, as many as the budget has, gathered into piles."""
    gestures, each = [], (view["budget"]["points"] or 60) // PILES
    free = set(range(view["n"])) - set(view["reserved"])
    for number, label in enumerate(rng.permutation(sorted(set(view["predicted"])))[:PILES]):
        points = [i for i in free if view["predicted"][i] == label][:each]
        drops = rng.normal((number - 1.0, 1.5), 0.05, (len(points), 2)).tolist()
        gestures.append({"points": points, "drops": drops, "seconds": 2.0, "at": 2.0 * (number + 1)})
    return gestures


@asynccontextmanager
async def served(study: Path, store: Path, codes: Sequence[str], workers: int) -> AsyncIterator[list[str]]:
    """The server, and the address of each person."""
    command = ["-m", "hill_exp.people", "serve", str(study), *codes, "--store", str(store), "--workers", str(workers)]
    server = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    assert server.stdout
    urls = list[str]()
    try:
        while len(urls) < len(codes):
            line = (await server.stdout.readline()).decode()
            assert line, "the server has ended"
            urls += re.findall(r"open (\S+)", line)
        reading = asyncio.create_task(server.stdout.read())  # so that it never waits for us
        yield urls
        await asyncio.wait_for(server.wait(), timeout=120)
        await reading
    finally:
        if server.returncode is None:
            server.kill()
            await server.wait()


async def sit(study: Path, people: int, workers: int, thinks: Span, come: Span) -> list[Visitor]:
    """So many people, who come in that span of seconds and sit until all are done."""
    with tempfile.TemporaryDirectory() as store:
        codes = [f"P{number:02d}" for number in range(1, people + 1)]
        async with served(study, Path(store), codes, workers) as urls:
            visitors = [Visitor(url, stream(0, p, "visitor"), thinks) for p, url in enumerate(urls)]

            async def sit_down(visitor: Visitor) -> None:
                await asyncio.sleep(visitor.rng.uniform(*come))
                await visitor.visit()

            await asyncio.gather(*(sit_down(visitor) for visitor in visitors))
    return visitors


def the_study(folder: Path) -> Path:
    """The shipped one, without its questions and with one condition."""
    for file in SHIPPED.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    study = yaml.safe_load((SHIPPED / "moves_or_labels.yaml").read_text(encoding="utf-8"))
    less = {"conditions": {"moves": ["teacher=contrastive"]}, "after_each": [], "at_end": [], "beside": []}
    (folder / "study.yaml").write_text(yaml.safe_dump({**study, **less}), encoding="utf-8")
    return folder / "study.yaml"


def excess(visitors: Sequence[Visitor], alone: Visitor) -> dict[str, np.ndarray]:
    """What everybody waited, less what one waits alone: for the first views of trainings, and for answers."""
    waits = defaultdict[str, list[float]](list)
    for visitor in visitors:
        for (part, turn), seconds in visitor.waits.items():
            waits["first views" if turn < 0 else "answers"].append(seconds - alone.waits[part, turn])
    return {kind: np.maximum(0, seconds) for kind, seconds in waits.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study = the_study(Path(folder))
        (alone,) = asyncio.run(sit(study, 1, arguments.workers, (1.0, 2.0), (10.0, 10.0)))
        start = time.perf_counter()
        visitors = asyncio.run(sit(study, arguments.people, arguments.workers, (8.0, 16.0), (10.0, 25.0)))
    print(f"{arguments.people} people, {arguments.workers} workers, {time.perf_counter() - start:.0f} s in all")
    well = sum(visitor.ended == "done" for visitor in visitors)
    print(f"{well} came to the end; load of the machine {os.getloadavg()[0]:.1f}")
    for kind, seconds in excess(visitors, alone).items():
        alone_for = [s for (_, turn), s in alone.waits.items() if (turn < 0) == (kind == "first views")]
        late = (seconds > 5).sum()
        print(
            f"{kind}: alone {np.mean(alone_for):.2f} s; beyond, of {len(seconds)}: median {np.median(seconds):.2f}, "
            f"95% {np.quantile(seconds, 0.95):.2f}, most {seconds.max():.2f} s; over 5 s: {late}"
        )


if __name__ == "__main__":
    main()
