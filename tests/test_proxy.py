"""The page behind a proxy with TLS, by the lines of nginx that stand in the documentation."""

from __future__ import annotations

import json
import re
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browser import program, until
from conftest import TINY
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("nginx") and shutil.which("openssl")),
        reason="no nginx here (Debian: apt install nginx-light)",
    ),
]
DOCS = Path(__file__).parents[1] / "docs" / "people.md"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


@contextmanager
def nginx(folder: Path, port: int, behind: int) -> Iterator[None]:
    """nginx with the server of the documentation, at these ports and with a certificate that it signed itself."""
    certificate = ["-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost", "-days", "1", "-nodes"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", *certificate], cwd=folder, check=True, capture_output=True
    )
    (block,) = re.findall(r"```nginx\n(.*?)```", DOCS.read_text(encoding="utf-8"), flags=re.DOTALL)
    for ours, theirs in [
        ("listen 443", f"listen 127.0.0.1:{port}"), ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
        ("lab.example.org", "localhost"), ("/etc/ssl/lab.pem", f"{folder}/cert.pem"),
        ("/etc/ssl/lab.key", f"{folder}/key.pem"),
    ]:  # fmt: skip
        assert ours in block
        block = block.replace(ours, theirs)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\nevents {{}}\n"
        f"http {{ access_log {folder}/access.log; {temporary}\n{block}\n}}"
    )
    with subprocess.Popen(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=-1) as process:
        try:
            yield
        finally:
            process.terminate()


def test_the_page_is_served_behind_nginx_with_tls_under_a_path(tmp_path: Path) -> None:
    port, behind = free_port(), free_port()
    public = f"https://localhost:{port}/hill"
    command = ["hill_exp", "+user=human", "page.browser=false", *TINY, "projection=pca", "participants=1",
               f"store={tmp_path / 'store'}", f"page.port={behind}", f"page.public={public}"]  # fmt: skip
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE

    def status(url: str, **headers: str) -> int:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), context=trusting) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    with nginx(tmp_path, port, behind), program(*command, cwd=tmp_path) as (_, address):
        assert address.startswith(f"{public}/?token=")
        until(lambda: status(address) == 200)
        assert status(f"{public}/style/base.css") == 200 and status(f"{public}/?token=guess") == 403
        assert status(address, Origin="https://evil.example") == 403
        assert status(f"http://127.0.0.1:{behind}/?{address.partition('?')[2]}", Host="evil.example") == 403
        page = address.replace("https://", "wss://").replace("/?", "/ws?")
        origin = public.removesuffix("/hill")
        with connect(page, origin=origin, ssl=trusting, max_size=None) as tab:  # type: ignore[arg-type]
            state = json.loads(tab.recv(timeout=60))
            while state.get("phase") != "edit":
                state = json.loads(tab.recv(timeout=60))
            sheet = state["view"]["sheet"]["url"]
            assert status(f"{public}/{sheet}") == 200
            time.sleep(0.1)
            tab.send(json.dumps({"type": "begin"}))
            assert "not the moment" in json.loads(tab.recv(timeout=60))["reason"]
        for stranger in ("https://evil.example", f"http://localhost:{port}"):
            with pytest.raises(InvalidStatus, match="403"):
                connect(page, origin=stranger, ssl=trusting)  # type: ignore[arg-type]
    assert "token" not in (tmp_path / "access.log").read_text()
