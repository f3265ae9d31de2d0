"""The open pages of one person: which tab writes, and who is told what.

`Room` is all that the steps see: it shows a phase, hears what the writing tab says, and answers it. It keeps no thread
and no time: everything happens on one event loop.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hill_exp.live.protocol import LARGEST, Refused, Takeover, Withdraw, parse
from hill_exp.live.queue import Queue
from hill_exp.live.step import Withdrawn

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

TOO_LARGE, TOO_MANY = 1009, 1013  # close codes of a WebSocket
MOST_TABS = 8
MOST_WAITING = 1000  # messages, to a tab or from the tabs


class Tab:
    """One connected page."""

    def __init__(self) -> None:
        self._outbox: asyncio.Queue[str | None] = asyncio.Queue()
        self.behind = False  # it does not read what it is told

    def tell(self, message: Mapping[str, Any]) -> None:
        self.behind = self._outbox.qsize() >= MOST_WAITING
        if not self.behind:
            self._outbox.put_nowait(json.dumps(message, allow_nan=False))

    def close(self) -> None:
        """After all that it has been told."""
        self._outbox.put_nowait(None)

    async def deliver(self, websocket: WebSocket) -> None:
        from starlette.websockets import WebSocketDisconnect

        with suppress(WebSocketDisconnect, RuntimeError, OSError):  # it went away
            while (text := await self._outbox.get()) is not None:
                await websocket.send_text(text)
            await websocket.close()


class TabsChanged:
    """A tab came or went."""


class Room:
    """Where the person is: the tabs that are open, of which one writes, and the phase that all of them show."""

    def __init__(self, token: str | None = None, queue: Queue | None = None) -> None:
        self.tabs: list[Tab] = []
        self.common: dict[str, Any] = {}  # part of every state
        self.sheet: bytes = b""  # the thumbnails, a PNG
        self.token = token or secrets.token_urlsafe(24)
        self.queue = queue or Queue(workers=1)  # which its trainings wait in
        self._writer: Tab | None = None
        self._speaker: Tab | None = None  # whose message is being answered
        self._describe: Callable[[], Mapping[str, Any]] | None = None
        self._inbox: asyncio.Queue[tuple[Tab | None, Any]] = asyncio.Queue()

    # --- for the steps

    def show(self, describe: Callable[[], Mapping[str, Any]]) -> None:
        """Enter a phase: `describe` gives its fields, each time that a tab is told."""
        self._describe = describe
        self._tell_state()

    def say(self, message: Mapping[str, Any]) -> None:
        """Tell every tab."""
        for tab in self.tabs:
            tab.tell(message)

    def reply(self, message: Mapping[str, Any]) -> None:
        """Tell the tab that said what was heard last."""
        if self._speaker:
            self._speaker.tell(message)

    def say_to_others(self, message: Mapping[str, Any]) -> None:
        """Tell every tab but the one that said what was heard last."""
        for tab in self.tabs:
            if tab is not self._speaker:
                tab.tell(message)

    async def hear(self, *kinds: type[Any], check: Callable[[Any], None] | None = None) -> Any:
        """The next event of one of these kinds. Of what the page says, any other is refused, and what `check` raises
        Refused for. Raises Withdrawn where the person leaves a study, whatever is waited for."""
        while True:
            self._speaker, event = await self._inbox.get()
            if isinstance(event, Withdraw) and self.common.get("may_leave"):
                raise Withdrawn(event.keep)
            try:
                if isinstance(event, kinds):
                    if self._speaker and check:
                        check(event)
                    return event
                if self._speaker:
                    raise Refused(f"This is not the moment for {event.type!r}.")
            except Refused as refusal:
                self.reply(_refusal(refusal, event.type))

    def post(self, event: Any) -> None:
        """An event that no tab sent."""
        self._inbox.put_nowait((None, event))

    def close(self) -> None:
        for tab in self.tabs:
            tab.close()

    # --- for the tabs

    async def talk(self, websocket: WebSocket) -> None:
        """All that happens to one connected page."""
        await websocket.accept()
        if len(self.tabs) >= MOST_TABS:
            await websocket.close(TOO_MANY, f"{MOST_TABS} tabs are open already. Close one.")
            return
        tab = self._writer = Tab()
        self.tabs.append(tab)
        self._tell_state()
        self.post(TabsChanged())
        delivery = asyncio.create_task(tab.deliver(websocket))
        try:
            while (message := await websocket.receive())["type"] == "websocket.receive":
                text = message.get("text") or ""
                if len(text.encode(errors="replace")) > LARGEST:
                    await websocket.close(TOO_LARGE, f"A message may have {LARGEST} bytes.")
                    break
                self._receive(tab, text)
                if tab.behind:
                    break
        finally:
            delivery.cancel()
            self.tabs.remove(tab)
            if self._writer is tab:
                self._writer = self.tabs[-1] if self.tabs else None
                self._tell_state()
            self.post(TabsChanged())

    def _receive(self, tab: Tab, text: str) -> None:
        try:
            message = parse(text)
            if isinstance(message, Takeover):
                self._writer = tab
                self._tell_state()
            elif tab is not self._writer:
                raise Refused("This tab is read-only: another one is at the canvas. Take over to go on in this one.")
            elif self._inbox.qsize() >= MOST_WAITING:
                raise Refused("Too many messages wait to be answered. Say it again in a moment.")
            else:
                self._inbox.put_nowait((tab, message))
        except Refused as refusal:
            tab.tell(_refusal(refusal, _type_of(text)))

    def _tell_state(self) -> None:
        if self._describe is None:
            return
        for tab in self.tabs:
            tab.tell({"type": "state", **self.common, **self._describe(), "reader": tab is not self._writer})


def _refusal(refused: Refused, in_reply_to: str | None) -> dict[str, Any]:
    return {"type": "refused", "reason": str(refused), "in_reply_to": in_reply_to}


def _type_of(text: str) -> str | None:
    """The type that a refused message says it has."""
    with suppress(ValueError, RecursionError):
        message = json.loads(text)
        kind = message.get("type") if isinstance(message, dict) else None
        return kind[:40] if isinstance(kind, str) else None
    return None
