"""Leading a person, from the address on the terminal to the end: the web server, and the steps one after another."""

from __future__ import annotations

import asyncio
import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from hill_exp.config import Choice
from hill_exp.live.queue import Queue
from hill_exp.live.room import Room, TabsChanged
from hill_exp.live.seat import Seat
from hill_exp.live.step import Declined, Withdrawn
from hill_exp.live.way import Way
from hill_exp.record.record import Record
from hill_exp.types import UserError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
KEPT = "What was done is kept."
NOT_TAKING_PART = "You do not take part. Nothing more is asked; you may close this page."
LEFT = {
    True: "You have left the study. What you did so far is kept. You may close this page.",
    False: "You have left the study, and what you did in it is deleted. You may close this page.",
}


class Address(Choice):
    """Where the page is served."""

    host: str  # an address of this machine
    port: int = Field(ge=0, le=65535)  # 0: a free one
    browser: bool  # whether to open it in the browser of this machine
    public: str | None  # how people reach it through a proxy, as https://lab.example.org/hill; None: as it is

    @field_validator("public")
    @classmethod
    def _is_a_place(cls, public: str | None) -> str | None:
        parts = urlsplit(public or "http://none")
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment or parts.username:
            raise ValueError("must be an address of a place, as https://lab.example.org or https://example.org/hill")
        return public and public.rstrip("/")

    @field_validator("host")
    @classmethod
    def _one(cls, host: str) -> str:
        if host in ("", "0.0.0.0", "::"):
            raise ValueError("must be the one address of this machine at which the page is opened, as 127.0.0.1")
        return host

    def listen(self, before: int = 0) -> socket.socket:
        """The server's socket, bound; UserError where that cannot be. before: the port that is taken again, if any is
        as good as another and it is free."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        if before and not self.port:
            with suppress(OSError):
                return socket.create_server((self.host, before), family=family)
        try:
            return socket.create_server((self.host, self.port), family=family)
        except OSError as error:
            where = f"page.host = {self.host}, page.port = {self.port}"
            problem = f"{where}: the page cannot be served there ({error.strerror or error})"
            raise UserError(f"{problem}. Take page.port=0 for a free port.") from None

    def origins(self, port: int) -> set[str]:
        """How the server may be called, and the origins of its pages."""
        hosts = LOOPBACK if self.host in LOOPBACK else (self.host,)
        public = {"{0.scheme}://{0.netloc}".format(urlsplit(self.public))} if self.public else set()
        return {_origin(host, port) for host in hosts} | public

    def url(self, listening: socket.socket, room: Room) -> str:
        """The address of a room's page."""
        return f"{self.public or _origin(self.host, listening.getsockname()[1])}/?token={room.token}"


def _origin(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def lead(way: Way, address: Address) -> list[Any]:
    """Lead a person along the way at a page, whose address is printed. Gives the result of each step. A training that
    failed is the last.

    Raises Declined where the person does not take part, Withdrawn where it leaves, UserError for what the user can put
    right, KeyboardInterrupt after Ctrl-C: what was done is kept.
    """
    with address.listen(Seat.kept(way.seat).port) as listening:
        return asyncio.run(serve(way, address, listening))


async def serve(way: Way, address: Address, listening: socket.socket) -> list[Any]:
    """As `lead`, on the event loop that runs; listening: the socket of the address."""
    room = seated(way, listening)
    url = address.url(listening, room)
    print(f"Open {url}", flush=True)
    if address.browser:
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()  # some wait for it to be closed
    leading = asyncio.create_task(run_steps(way, room))
    await serve_while(leading, [room], address, listening)
    return leading.result()


def seated(way: Way, listening: socket.socket, queue: Queue | None = None) -> Room:
    """The room at the way's seat, which is kept."""
    seat = Seat.kept(way.seat)
    if way.seat:
        seat.keep(way.seat, listening.getsockname()[1])
    return Room(seat.token, queue)


async def serve_while(
    leading: asyncio.Future[Any], rooms: Sequence[Room], address: Address, listening: socket.socket
) -> None:
    """Serve the rooms until `leading` is done. Raises KeyboardInterrupt, and cancels it, after Ctrl-C."""
    from hill_exp.live.server import server  # takes a while to load

    web = server(rooms, address.origins(listening.getsockname()[1]))
    serving = asyncio.create_task(web.serve(sockets=[listening]))
    try:
        await asyncio.wait((serving, leading), return_when=asyncio.FIRST_COMPLETED)
        if not leading.done():
            serving.result()  # what it could not do
            raise KeyboardInterrupt
    finally:
        leading.cancel()
        await asyncio.wait((leading,))
        web.should_exit = True
        await asyncio.wait((serving,))


async def run_steps(way: Way, room: Room, begun: Callable[[str], None] = lambda _step: None) -> list[Any]:
    """The steps one after another, and the last words. begun: called with the name of each step."""
    results: list[Any] = []
    try:
        for step in way.left():
            begun(step.name)
            parts = way.parts
            room.common = {
                "who": way.code, "may_leave": way.code is not None, "condition": None, "practice": False,
                "step": parts.index(step.name) + 1, "steps": len(parts), "round": way.round_of(step.name),
                "epochs": None, "curves": {"epoch": [], "train_loss": [], "teaching_loss": []}, "history": [],
            }  # fmt: skip
            results.append(await step.run(room))
            await asyncio.to_thread(way.keep, step, results[-1])
            if isinstance(results[-1], Record) and results[-1].status == "failed":
                await _say_goodbye(room, "failed", f"The training ended badly: {results[-1].reason}. {KEPT}")
                return results
        await _say_goodbye(room, "done", way.thanks, way)
    except Declined:
        await asyncio.to_thread(way.declined)
        await _say_goodbye(room, "done", NOT_TAKING_PART, way)
        raise
    except Withdrawn as left:
        await asyncio.to_thread(way.withdrawn, left.keep)
        await _say_goodbye(room, "done", LEFT[left.keep], way)
        raise
    except UserError as error:
        await _say_goodbye(room, "failed", str(error))
        raise
    return results


async def _say_goodbye(room: Room, phase: str, text: str, gone: Way | None = None) -> None:
    if gone and gone.seat:
        gone.seat.unlink(missing_ok=True)
    room.show(lambda: {"phase": phase, "text": text})
    room.close()
    with suppress(TimeoutError):  # a page that does not answer is not waited for
        async with asyncio.timeout(5):
            while room.tabs:
                await room.hear(TabsChanged)
