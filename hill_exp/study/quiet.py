"""Imported first by the process that workers are forked from: it and they end without a word where the program does.

Ctrl-C reaches all processes of a terminal at once, also while they import, or before a new worker can leave it to the
main process (`workers.settle`). And a worker that was asked for before the program ended begins after it, and no longer
finds what the two were to share.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from types import TracebackType

signal.signal(signal.SIGINT, signal.SIG_DFL)


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    begins = getattr(multiprocessing.current_process(), "_inheriting", False)  # as multiprocessing itself finds out
    if not (begins and isinstance(error, FileNotFoundError | EOFError | ConnectionError)):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _tell
