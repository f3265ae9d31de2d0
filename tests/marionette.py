"""Firefox for Selenium, without a driver between: Firefox itself speaks WebDriver, over Marionette.

Debian has no geckodriver, whose part this takes: it starts the browser, and renames the commands.
https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

PREFERENCES = {
    "marionette.port": 0,  # a free one
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.server": "",
    "ui.systemUsesDarkTheme": 0,
}
COMMANDS = {  # Selenium's name for it -> Marionette's
    "newSession": "NewSession", "get": "Navigate", "refresh": "Refresh",
    "w3cExecuteScript": "ExecuteScript", "w3cExecuteScriptAsync": "ExecuteAsyncScript", "setTimeouts": "SetTimeouts",
    "findElement": "FindElement", "findElements": "FindElements", "clickElement": "ElementClick",
    "sendKeysToElement": "ElementSendKeys", "actions": "PerformActions", "clearActionState": "ReleaseActions",
    "newWindow": "NewWindow", "switchToWindow": "SwitchToWindow", "close": "CloseWindow",
    "w3cGetCurrentWindowHandle": "GetWindowHandle", "w3cGetWindowHandles": "GetWindowHandles",
    "setWindowRect": "SetWindowRect", "getWindowRect": "GetWindowRect", "screenshot": "TakeScreenshot",
    "quit": "DeleteSession",
}  # fmt: skip


class Marionette:
    """The `command_executor` of a Selenium `WebDriver`. `log` holds what the browser said of the page."""

    def __init__(self, firefox: str, profile: Path) -> None:
        profile.mkdir()
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
        (profile / "user.js").write_text("\n".join(lines))
        self.log = profile / "firefox.log"
        command = [firefox, "--marionette", "--headless", "--no-remote", "--profile", str(profile)]
        with self.log.open("w") as log:
            quiet = {**os.environ, "MOZ_HEADLESS_WIDTH": "2560", "MOZ_HEADLESS_HEIGHT": "1600"}
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=quiet)
        self._socket = socket.create_connection(("127.0.0.1", self._port(profile)))
        self._stream = self._socket.makefile("rwb")
        self._read()  # its greeting
        self._count = 0

    def _port(self, profile: Path) -> int:
        chosen = profile / "MarionetteActivePort"
        end = time.monotonic() + 60
        while not (chosen.exists() and chosen.read_text()):
            assert self._process.poll() is None and time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)
        return int(chosen.read_text())

    def _read(self) -> Any:
        length = 0
        while (digit := self._stream.read(1)) != b":":
            length = 10 * length + int(digit)
        return json.loads(self._stream.read(length))

    def close(self) -> None:
        self._stream.close()
        self._socket.close()
        self._process.terminate()
        self._process.wait(timeout=30)

    def execute(self, command: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Selenium's way to carry out a command: what comes of it, or the error, as of a remote server."""
        self._count += 1
        words = json.dumps([0, self._count, f"WebDriver:{COMMANDS[command]}", parameters]).encode()
        self._stream.write(b"%d:%s" % (len(words), words))
        self._stream.flush()
        _, _, error, result = self._read()
        if error:
            return {"status": 500, "value": json.dumps({"value": error})}
        return {"value": result["value"] if isinstance(result, dict) and result.keys() == {"value"} else result}
