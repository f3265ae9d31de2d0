"""Whatever is printed can be: under any locale, into a closed pipe, and with no output at all."""

from __future__ import annotations

import codecs
import io
import os
import signal
import sys
import unicodedata
from typing import Final, TextIO

PLAIN: Final = {
    "\N{MINUS SIGN}": "-",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{PLUS-MINUS SIGN}": "+-",
}
GONE: Final = 128 + signal.SIGPIPE if hasattr(signal, "SIGPIPE") else 1  # status where whoever read the output has left


def ready() -> None:
    """Called once, as a program begins. Signs that the terminal has not are printed as plain ones. Where standard
    output or error is closed it leads nowhere, and no file that is opened later takes its place."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    """For codecs.register_error: the letter without its accent, a sign that means the same, or a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_sign, error.object[error.start : error.end])), error.end


def _sign(of: str) -> str:
    letters = unicodedata.normalize("NFKD", of).encode("ascii", "ignore").decode()
    name = unicodedata.name(of, "")
    drawn = "|" if "VERTICAL" in name else "-" if name.startswith("BOX DRAWINGS") else "?"
    return PLAIN.get(of) or letters or drawn


def is_one(stream: TextIO | None) -> bool:
    """Whether a stream, if it is open, is a terminal."""
    return stream is not None and stream.isatty()


def left() -> int:
    """After a BrokenPipeError: what Python flushes at its end goes nowhere. Gives the exit status."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return GONE
