"""Leading a person, from the address on the terminal to the end: the web server, and the steps one after another."""

from __future__ import annotations

import asyncio
import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from pydantic import Field, field_validator

from hill_exp.config import Choice
from hill_exp.live.protocol import LARGEST
from hill_exp.live.server import Room, TabsChanged, app
from hill_exp.live.step import Declined, Step
from hill_exp.record.record import Record
from hill_exp.types import UserError

Keep = Callable[[Step, Any], None]  # (a step, its result)

LOOPBACK = ("127.0.0.1", "localhost", "::1")
KEPT = "What was done is kept."
THANKS = "That was all. Everything is kept. You may close this page."
NOT_TAKING_PART = "You do not take part. Nothing more is asked; you may close this page."


class Address(Choice):
    """Where the page is served."""

    host: str  # an address of this machine
    port: int = Field(ge=0, le=65535)  # 0: a free one
    browser: bool  # whether to open it in the browser of this machine

    @field_validator("host")
    @classmethod
    def _one(cls, host: str) -> str:
        if host in ("", "0.0.0.0", "::"):
            raise ValueError("must be the one address of this machine at which the page is opened, as 127.0.0.1")
        return host

    def listen(self) -> socket.socket:
        """The server's socket, bound; UserError where that cannot be."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            return socket.create_server((self.host, self.port), family=family)
        except OSError as error:
            where = f"page.host = {self.host}, page.port = {self.port}"
            problem = f"{where}: the page cannot be served there ({error.strerror or error})"
            raise UserError(f"{problem}. Take page.port=0 for a free port.") from None

    def names(self, port: int) -> set[str]:
        """How the server may be called, `name:port`."""
        hosts = LOOPBACK if self.host in LOOPBACK else (self.host,)
        return {f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host in hosts}


def lead(steps: Sequence[Step], address: Address, keep: Keep | None = None) -> list[Any]:
    """Lead a person through the steps at a page, whose address is printed. Gives the result of each; `keep` is called
    with each at once. A training that failed is the last.

    Raises Declined where the person does not take part, UserError for what the user can put right, KeyboardInterrupt
    after Ctrl-C: what was done is kept.
    """
    with address.listen() as listening:
        return asyncio.run(_serve(steps, address, listening, keep))


async def _serve(steps: Sequence[Step], address: Address, listening: socket.socket, keep: Keep | None) -> list[Any]:
    import uvicorn

    room = Room()
    port = listening.getsockname()[1]
    name = f"[{address.host}]" if ":" in address.host else address.host
    url = f"http://{name}:{port}/?token={room.token}"
    server = uvicorn.Server(
        uvicorn.Config(
            app(room, address.names(port)),
            ws="websockets-sansio",
            ws_max_size=LARGEST,
            lifespan="off",
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=2,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    leading = asyncio.create_task(run_steps(steps, room, keep))
    print(f"Open {url}", flush=True)
    if address.browser:
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()  # some wait for it to be closed
    try:
        await asyncio.wait((serving, leading), return_when=asyncio.FIRST_COMPLETED)
        if leading.done():
            return leading.result()
        serving.result()  # what it could not do
        raise KeyboardInterrupt
    finally:
        leading.cancel()
        await asyncio.wait((leading,))
        server.should_exit = True
        await asyncio.wait((serving,))


async def run_steps(steps: Sequence[Step], room: Room, keep: Keep | None) -> list[Any]:
    """The steps one after another, and the last words."""
    results: list[Any] = []
    try:
        for number, step in enumerate(steps, 1):
            room.common = {
                "participant": None, "condition": None, "practice": False, "step": number, "steps": len(steps),
                "curves": {"epoch": [], "train_loss": [], "teaching_loss": []}, "history": [],
            }  # fmt: skip
            results.append(await step.run(room))
            if keep:
                await asyncio.to_thread(keep, step, results[-1])
            if isinstance(results[-1], Record) and results[-1].status == "failed":
                await _say_goodbye(room, "failed", f"The training ended badly: {results[-1].reason}. {KEPT}")
                return results
        await _say_goodbye(room, "done", THANKS)
    except Declined:
        await _say_goodbye(room, "done", NOT_TAKING_PART)
        raise
    except UserError as error:
        await _say_goodbye(room, "failed", str(error))
        raise
    return results


async def _say_goodbye(room: Room, phase: str, text: str) -> None:
    room.show(lambda: {"phase": phase, "text": text})
    room.close()
    with suppress(TimeoutError):  # a page that does not answer is not waited for
        async with asyncio.timeout(5):
            while room.tabs:
                await room.hear(TabsChanged)
