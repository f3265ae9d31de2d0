"""Messages and session files by the thousand, each wrong in some way: refused in words, or harmless."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from conftest import condition_of
from place import Place, gesture, teach

from hill_exp.live.host import run_steps
from hill_exp.live.session import Session, Stroke, Turn, read
from hill_exp.live.way import Way
from hill_exp.types import UserError

MANY = 10_000
STROKE = Stroke(points=(0, 7), drops=((0.1, 0.3), (1.0, -1.0)), seconds=1.1, at=2.2)
ODD: list[Any] = [
    None, True, False, 0.0, -1, 1.5, 10**30, -(10**400), 2**63, 1e300, float("nan"), float("inf"), "", "0", "\0",
    "a" * 5000, "../../../etc/passwd", "\ud800", "\u202e", "<script>", "${store}", [], {}, [[]], [None],
    {"_target_": "os.system"}, {"__proto__": {}}, [[0, 0]] * 50, list(range(300)), json.loads("[" * 400 + "]" * 400),
]  # fmt: skip
SEEDS: list[dict[str, Any]] = [
    *[teach(gesture(4, 2), gesture(1), kind="draft", undone=3)] * 9,
    teach(gesture(0), turn=7),
    {"type": "skip", "turn": 7},
    {"type": "stop", "turn": 7},
    {"type": "answers", "answers": {"effort": 3, "free": "x"}},
    *({"type": kind} for kind in ("agree", "decline", "begin", "next")),
]


def places_in(node: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) in a JSON value."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else []
    return [place for key in keys for place in ((node, key), *places_in(node[key]))]


def odd_value(entry: Any, rng: np.random.Generator) -> str:
    places = places_in(entry)
    container, key = places[rng.integers(len(places))]
    if rng.random() < 0.2:
        del container[key]
    elif rng.random() < 0.2 and isinstance(container, dict):
        container[str(rng.choice(["now", "gestures", "", "__class__", "turn"]))] = container[key]
    else:
        container[key] = ODD[rng.integers(len(ODD))]
    return json.dumps(entry)


def odd_letters(entry: Any, rng: np.random.Generator) -> str:
    letters = list(json.dumps(entry))
    for _ in range(rng.integers(1, 6)):
        at = int(rng.integers(len(letters)))
        letters[at] = str(rng.choice(["", "{", "]", '"', "\\", "9", "-", "e", "\0", "\u00e9", ","]))
    return "".join(letters)


def cut(entry: Any, rng: np.random.Generator) -> str:
    text = json.dumps(entry)
    return text[: rng.integers(len(text))] + "[" * int(rng.choice([0, 1, 5000]))


def noise(_entry: Any, rng: np.random.Generator) -> str:
    return bytes(rng.integers(0, 256, rng.integers(1, 200), dtype=np.uint8)).decode("latin-1")


MANGLES: list[Callable[[Any, np.random.Generator], str]] = [odd_value, odd_value, odd_letters, cut, noise]


def mangled(entry: Any, rng: np.random.Generator) -> str:
    return MANGLES[rng.integers(len(MANGLES))](json.loads(json.dumps(entry)), rng)


class Fuzzer:
    """A page that says the next thing when the one before is answered."""

    def __init__(self, messages: list[str]) -> None:
        self.messages = iter(messages)
        self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.answers = Counter[str]()
        self.asked = False
        self.edit = asyncio.Event()

    async def accept(self) -> None:
        pass

    async def send_text(self, text: str) -> None:
        message = json.loads(text)
        if message["type"] in ("saved", "refused"):
            self.said.put_nowait(message)
        elif message.get("phase") == "edit":
            self.edit.set()

    async def receive(self) -> dict[str, str]:
        await self.edit.wait()
        if self.asked:
            answer = await asyncio.wait_for(self.said.get(), timeout=30)
            assert answer.get("reason", "saved")
            self.answers[answer["type"]] += 1
        self.asked = True
        text = next(self.messages, None)
        return {"type": "websocket.disconnect"} if text is None else {"type": "websocket.receive", "text": text}


def test_every_message_is_answered_and_none_does_harm(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    place = Place(condition_of("+user=human", "projection=pca", "dataset.canvas_points=60"), tmp_path)
    page = Fuzzer([mangled(SEEDS[rng.integers(len(SEEDS))], rng) for _ in range(MANY)])

    async def whole() -> None:
        leading = asyncio.create_task(run_steps(Way([place.training()]), place.room))
        await place.room.talk(page)  # type: ignore[arg-type]
        assert not leading.done()
        leading.cancel()

    asyncio.run(whole())
    assert page.answers["saved"] + page.answers["refused"] == MANY and page.answers["saved"] > 0
    assert not place.trainers[0].answers and place.room.tabs == []
    assert [path.name for path in tmp_path.rglob("*.json")] == ["one.json"]
    assert read(place.path, "resume").turns == ()


def test_every_file_is_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    turns = [Turn(turn=t, how="teach", gestures=(STROKE,) * 3, undone=1, shown="abc") for t in range(2)]
    begun = Session.begin(condition_of("+user=human", "projection=pca"), 0, 2, {"code": "P3", "effort": 3})
    entry = begun.updated(turns=tuple(turns), status="done").model_dump(mode="json")
    rng = np.random.default_rng(0)
    outcomes = Counter[str]()
    for _ in range(MANY // 5):
        (tmp_path / "s.json").write_text(mangled(entry, rng), encoding="utf-8", errors="surrogatepass")
        try:
            outcomes[type(read(tmp_path / "s.json", "session")).__name__] += 1
        except UserError as error:
            assert str(error).startswith("session = ") and "\n" not in str(error)
            outcomes["refused"] += 1
    assert outcomes["refused"] > outcomes[Session.__name__] > 0
