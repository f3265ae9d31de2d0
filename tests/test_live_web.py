"""The web server over real sockets: what it does with those who ask for nothing, and with too many."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from hill_exp.live import host, protocol, room, server
from hill_exp.live.host import Address
from hill_exp.live.room import Room
from hill_exp.live.seat import Seat
from hill_exp.live.way import Way

pytestmark = pytest.mark.timeout(60)
SOON = 0.15  # seconds


@asynccontextmanager
async def served(*rooms: Room) -> AsyncIterator[int]:
    """A server of the rooms; gives its port."""
    address = Address(host="127.0.0.1", port=0, browser=False, public=None)
    with address.listen() as listening:
        port = listening.getsockname()[1]
        web = server.server(rooms, address.origins(port))
        serving = asyncio.create_task(web.serve(sockets=[listening]))
        while not web.started:
            await asyncio.sleep(0.01)
        try:
            yield port
        finally:
            web.should_exit = True
            await serving


def talking() -> Room:
    """A room that shows a phase and listens for nothing."""
    shown = Room()
    shown.show(lambda: {"phase": "instructions"})
    return shown


def with_a_server(test: Callable[[Room, int], Awaitable[None]]) -> None:
    async def whole() -> None:
        shown = talking()
        async with served(shown) as port:
            await test(shown, port)

    asyncio.run(whole())


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HT",
        b"GET /main.js HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n",
        b"GET /main.js HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\nGET /main.js HT",
        b"POST /main.js HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 9\r\n\r\n1",
    ],
)
def test_a_connection_that_only_begins_is_closed_and_a_page_is_not(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "PATIENCE", SOON)

    async def test(shown: Room, port: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}/ws?token={shown.token}") as page:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(begun.replace(b"PORT", str(port).encode()))
            await asyncio.wait_for(reader.read(), timeout=10 * SOON)  # to its end
            writer.close()
            await asyncio.sleep(2 * SOON)
            await page.send("{}")
            assert json.loads(await page.recv())["type"] == "state"
            assert json.loads(await page.recv())["type"] == "refused"

    with_a_server(test)


def test_of_too_many_connections_the_last_are_closed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "CONNECTIONS", 4)

    async def test(_shown: Room, port: int) -> None:
        ends = [await asyncio.open_connection("127.0.0.1", port) for _ in range(9)]  # 4 for the room, and 4 beyond
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(ends[-1][0].read(), timeout=5) == b""
        ends[0][1].write(b"GET /main.js HTTP/1.0\r\n\r\n")
        assert b" 503 " in await ends[0][0].readline()
        for _, writer in ends:
            writer.close()

    with_a_server(test)


def test_of_too_many_tabs_the_last_is_told_so() -> None:
    async def test(shown: Room, port: int) -> None:
        url = f"ws://127.0.0.1:{port}/ws?token={shown.token}"
        tabs = [await connect(url) for _ in range(room.MOST_TABS)]
        async with connect(url) as late:
            with pytest.raises(ConnectionClosed) as closed:
                await late.recv()
        assert closed.value.rcvd and closed.value.rcvd.code == 1013 and "Close one" in closed.value.rcvd.reason
        assert len(shown.tabs) == room.MOST_TABS
        for tab in tabs:
            await tab.close()

    with_a_server(test)


class Deaf:
    """A page that says much and reads nothing."""

    async def accept(self) -> None:
        pass

    async def receive(self) -> dict[str, str]:
        await asyncio.sleep(0)
        return {"type": "websocket.receive", "text": "{}"}

    async def send_text(self, _text: str) -> None:
        await asyncio.Event().wait()


def test_who_says_much_and_reads_nothing_is_left() -> None:
    shown = talking()
    asyncio.run(asyncio.wait_for(shown.talk(Deaf()), timeout=30))  # type: ignore[arg-type]
    assert shown.tabs == []


def test_what_nobody_answers_does_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_WAITING", 5)

    async def test(shown: Room, port: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}/ws?token={shown.token}") as page:
            await page.recv()
            for _ in range(6):
                await page.send('{"type": "begin"}')
            assert "Too many messages" in json.loads(await page.recv())["reason"]

    with_a_server(test)


def test_without_a_token_there_is_nothing_but_the_files_of_the_page() -> None:
    async def status(port: int, path: str, token: str = "") -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path}?token={token} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        return int(answer.split()[1])

    async def test(shown: Room, port: int) -> None:
        for path in ("/", "/index.html", "//", "/./", "/index.html/", "/thumbnails.png/", "//thumbnails.png", "/x",
                     "/../server.py", "/%2e%2e/server.py", "/main.js/", "//main.js"):  # fmt: skip
            assert await status(port, path) == 403, path
            assert await status(port, path, "guess") == 403, path
        for path in ("/main.js", "/icon.svg", "/style/base.css"):
            assert await status(port, path) == 200, path
        assert await status(port, "/", shown.token) == 200
        assert await status(port, "/../server.py", shown.token) == 404
        assert await status(port, "/thumbnails.png", shown.token) == 404  # there is none yet

    with_a_server(test)


def test_a_token_leads_to_its_own_room_alone() -> None:
    async def whole() -> None:
        one, other = talking(), talking()
        other.common = {"participant": 7}
        async with served(one, other) as port, connect(f"ws://127.0.0.1:{port}/ws?token={other.token}") as page:
            assert json.loads(await page.recv())["participant"] == 7
            assert (len(one.tabs), len(other.tabs)) == (0, 1)

    asyncio.run(whole())


# --- the address of a page, kept


class Waits:
    """A step that waits for the person to begin."""

    name = "instructions"

    async def run(self, room: Room) -> None:
        room.show(lambda: {"phase": "instructions", "title": "", "text": ""})
        await room.hear(protocol.Begin)


async def led(way: Way, capsys: pytest.CaptureFixture[str], begin: bool = False) -> str:
    """The address at which a person is led, who begins, or else the program is stopped."""
    address = Address(host="127.0.0.1", port=0, browser=False, public=None)
    with address.listen(Seat.kept(way.seat).port) as listening:
        leading = asyncio.create_task(host.serve(way, address, listening))
        await asyncio.sleep(SOON)
        url = capsys.readouterr().out.split()[1]
        if begin:
            async with connect(url.replace("http", "ws").replace("/?", "/ws?")) as page:
                await page.send('{"type": "begin"}')
                assert await leading == [None]
        leading.cancel()
        await asyncio.wait([leading])
    return url


def test_an_address_outlives_the_program_until_the_person_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    way = Way([Waits()])
    way.seat = tmp_path / "seats" / "P1.json"

    async def whole() -> None:
        first = await led(way, capsys)
        assert way.seat and way.seat.stat().st_mode & 0o777 == 0o600
        assert await led(way, capsys) == first
        assert await led(way, capsys, begin=True) == first
        assert not way.seat.exists()
        assert await led(way, capsys) != first

    asyncio.run(whole())


def test_a_kept_address_gives_way_to_whoever_has_the_port(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    way = Way([Waits()])
    way.seat = tmp_path / "P1.json"

    async def whole() -> None:
        first = await led(way, capsys)
        with socket.create_server(("127.0.0.1", Seat.kept(way.seat).port)):
            second = await led(way, capsys)
        assert second != first and second.partition("?")[2] == first.partition("?")[2]

    asyncio.run(whole())


@pytest.mark.parametrize("change", ["readable for others", "damaged", "another's token"])
def test_a_seat_from_elsewhere_opens_nothing(change: str, tmp_path: Path) -> None:
    path = tmp_path / "P1.json"
    seat = Seat()
    seat.keep(path, 80)
    assert Seat.kept(path).token == seat.token
    if change == "readable for others":
        path.chmod(0o644)
    else:
        path.write_text('{"token": "easy", "port": 80}' if "token" in change else "{")
    assert Seat.kept(path).token != seat.token and len(Seat.kept(path).token) == 32
