"""The open pages and the web server: who may connect, which tab writes, and who is told what.

`Room` is all that the rest of the program sees: it shows a phase, hears what the writing tab says, and answers it. It
keeps no thread and no time: everything happens on one event loop.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from hill_exp.live.protocol import LARGEST, Refused, Takeover, parse

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send
    from starlette.websockets import WebSocket

PAGE = Path(__file__).parent / "page"
TOO_LARGE = 1009  # close code of a WebSocket
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # the address holds the token
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Tab:
    """One connected page."""

    def __init__(self) -> None:
        self._outbox: asyncio.Queue[str | None] = asyncio.Queue()

    def tell(self, message: Mapping[str, Any]) -> None:
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

    def __init__(self) -> None:
        self.tabs: list[Tab] = []
        self.common: dict[str, Any] = {}  # part of every state
        self.sheet: bytes = b""  # the thumbnails, a PNG
        self.token = secrets.token_urlsafe(24)
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

    async def hear(self, *kinds: type[Any], check: Callable[[Any], None] | None = None) -> Any:
        """The next event of one of these kinds. Of what the page says, any other is refused, and what `check` raises
        Refused for."""
        while True:
            self._speaker, event = await self._inbox.get()
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


def app(room: Room, hosts: set[str], page: Path = PAGE) -> Starlette:
    """The web application. hosts: `name:port` by which the server may be called, and its pages' origins."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import Response
    from starlette.routing import Mount, Route, WebSocketRoute
    from starlette.staticfiles import StaticFiles

    def thumbnails(_request: Request) -> Response:
        return Response(room.sheet, media_type="image/png", status_code=200 if room.sheet else 404)

    return Starlette(
        routes=[
            WebSocketRoute("/ws", room.talk),
            Route("/thumbnails.png", thumbnails),
            Mount("/", StaticFiles(directory=page, html=True)),
        ],
        middleware=[Middleware(_Guard, token=room.token, hosts=hosts)],
    )


class _Guard:
    """Lets in who knows the token and calls the server by its own name; says why not, before anything is accepted."""

    def __init__(self, app: ASGIApp, token: str, hosts: set[str]) -> None:
        self._app, self._token, self._hosts = app, token, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.datastructures import MutableHeaders
        from starlette.responses import PlainTextResponse

        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def guarded(message: Any) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        if reason := self._reason(scope):
            await PlainTextResponse(reason, 403)(scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)

    def _reason(self, scope: Scope) -> str | None:
        """Why this one may not come in."""
        from starlette.datastructures import Headers

        headers = Headers(scope=scope)
        if headers.get("host") not in self._hosts:
            return "This server does not go by that name. Open the address that the terminal shows."
        if (origin := headers.get("origin")) is not None and origin.removeprefix("http://") not in self._hosts:
            return "Another site's page may not use this server."
        if scope["path"] in ("/", "/index.html", "/ws", "/thumbnails.png"):
            token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
            if not secrets.compare_digest(token.encode(), self._token.encode()):
                return "The token is wrong. Open the address that the terminal shows."
        return None
