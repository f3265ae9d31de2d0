"""Files that are whole or not there, and lie where they are meant to."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from hill_exp.types import UserError

LONGEST = 200  # bytes of a name; file systems take 255, and what is written aside has a longer one


def child(folder: Path, name: str) -> Path:
    """The file or folder of that name in `folder`. UserError for what is no name, and could lead elsewhere."""
    if name in ("", ".", "..") or "\\" in name or not name.isprintable() or Path(name).name != name:
        raise UserError(f"{folder}: {name!r} is no name of a file. Allowed: what prints, without / and \\")
    if len(name.encode()) > LONGEST:
        raise UserError(f"{folder}: {name[:40]!r}... is too long for the name of a file, of at most {LONGEST} bytes")
    return folder / name


def write_whole(path: Path, data: bytes, durable: bool = True) -> None:
    """Write aside, flush to the disk, rename: readers see the whole file or the earlier state. durable=False leaves the
    flush to the system: of what can be made again, a lost machine may leave a damaged file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
