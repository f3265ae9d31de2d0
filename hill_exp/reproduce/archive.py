"""What the numbers stand on, in one file to send or to deposit."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

PARTS: Final = ("store", "apart", "hypotheses", "report/tables", "results.md")
LEFT: Final = (".npz", ".partial")  # layouts and predictions, which are large and which the same commands make again


def pack(out: Path) -> Sequence[Path]:
    """OUT/records.tar.gz, and OUT/records.sha256 with the SHA-256 of every file in it, as `sha256sum --check` reads it.
    The same files give the same bytes."""
    files = sorted(path for part in PARTS for path in _below(out / part) if path.suffix not in LEFT)
    sums, packed = out / "records.sha256", out / "records.tar.gz"
    digests = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(out).as_posix()}" for path in files]
    sums.write_text("\n".join(digests) + "\n", encoding="utf-8")
    with (
        packed.open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as archive,
    ):
        for path in (*files, sums):
            archive.add(path, path.relative_to(out).as_posix(), filter=_plain)
    return packed, sums


def _below(path: Path) -> Sequence[Path]:
    return [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without whose it is, and when it was written."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member
