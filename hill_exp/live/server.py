"""The web server: who may connect, for how long, and what is served to whom.

Whoever comes must call the server by its own name, and no other site's page may use it. A token leads to a room;
without one there is nothing but the files of the page, which say nothing of anybody.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from hill_exp.live.protocol import LARGEST
from hill_exp.live.room import Room

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send
    from starlette.websockets import WebSocket

PAGE = Path(__file__).parent / "page"
PATIENCE = 10.0  # seconds after which a connection is closed that asks for nothing
CONNECTIONS = 32  # at once, for each room: a browser opens six for a page
POLICY = 1008  # close code of a WebSocket
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # the address holds the token
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def server(rooms: Sequence[Room], origins: set[str]) -> Server:
    """The server of `rooms`, not yet started. origins: as `app` has them."""
    return Server(
        Config(
            app(rooms, origins),
            http=Impatient,
            ws="websockets-sansio",
            ws_max_size=LARGEST,
            limit_concurrency=CONNECTIONS * (1 + len(rooms)),
            lifespan="off",
            log_level="error",
            access_log=False,
            proxy_headers=False,  # nothing here hangs on who connects
            timeout_graceful_shutdown=2,
        )
    )


def app(rooms: Sequence[Room], origins: set[str], page: Path = PAGE) -> Starlette:
    """The web application. origins: by which the server may be called, as http://127.0.0.1:8000."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import Response
    from starlette.routing import Mount, Route, WebSocketRoute
    from starlette.staticfiles import StaticFiles

    async def talk(websocket: WebSocket) -> None:
        await websocket.scope["room"].talk(websocket)

    def thumbnails(request: Request) -> Response:
        sheet = request.scope["room"].sheet
        return Response(sheet, media_type="image/png", status_code=200 if sheet else 404)

    open_to_all = {f"/{file.relative_to(page).as_posix()}" for file in page.rglob("*") if file.suffix != ".html"}
    return Starlette(
        routes=[
            WebSocketRoute("/ws", talk),
            Route("/thumbnails.png", thumbnails),
            Mount("/", StaticFiles(directory=page, html=True)),
        ],
        middleware=[Middleware(_Guard, rooms=rooms, origins=origins, open_to_all=open_to_all)],
    )


class Impatient(H11Protocol):
    """A connection that is closed when it asks for nothing, or only ever begins to ask, or when there are too many."""

    _check: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.limit_concurrency is not None and len(self.connections) > self.limit_concurrency:
            transport.abort()
        else:
            self._look_again()

    def _look_again(self) -> None:
        self._check = self.loop.call_later(PATIENCE, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if self.transport.get_protocol() is not self:  # it has become a WebSocket, which is asked for signs of life
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
        else:
            self._look_again()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._check:
            self._check.cancel()


class _Guard:
    """Lets in who knows the token of a room and calls the server by its own name; says why not, before anything is
    accepted."""

    def __init__(self, app: ASGIApp, rooms: Sequence[Room], origins: set[str], open_to_all: set[str]) -> None:
        self._app, self._rooms, self._origins, self._open_to_all = app, rooms, origins, open_to_all
        self._hosts = {origin.partition("://")[2] for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.datastructures import MutableHeaders
        from starlette.responses import PlainTextResponse

        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        scope["room"] = self._room(scope)
        if not (reason := self._reason(scope)):
            await self._app(scope, receive, guarded)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY, "reason": reason})  # before it opens: a 403
        else:
            await PlainTextResponse(reason, 403)(scope, receive, guarded)

    def _room(self, scope: Scope) -> Room | None:
        """The room of the token in the address."""
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0].encode()
        rooms = [room for room in self._rooms if secrets.compare_digest(token, room.token.encode())]
        return rooms[0] if rooms else None

    def _reason(self, scope: Scope) -> str | None:
        """Why this one may not come in."""
        from starlette.datastructures import Headers

        headers = Headers(scope=scope)
        if headers.get("host") not in self._hosts:
            return "This server does not go by that name. Open the address that the terminal shows."
        if (origin := headers.get("origin")) is not None and origin not in self._origins:
            return "Another site's page may not use this server."
        if scope["room"] is None and scope["path"] not in self._open_to_all:
            return "The token is wrong. Open the address that the terminal shows."
        return None
