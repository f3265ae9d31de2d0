"""What files hold, by their digests; what was digested once is not read again while the file stays as it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hill_exp.cache_folder import cache_folder
from hill_exp.record.files import write_whole

State = tuple[int, int]  # bytes, and when it was last changed, in ns


def digests(root: Path, states: Mapping[str, State]) -> dict[str, str]:
    """Path from the root -> digest of the file's content. Those of a root are kept in the user's cache folder; where
    that cannot be read or written they are made anew. OSError where a file cannot be read."""
    kept = cache_folder() / "digests" / f"{hashlib.sha256(str(root).encode()).hexdigest()[:32]}.json"
    known = _known(kept)
    found = {path: known[path][1] for path, state in states.items() if known.get(path, ((), ""))[0] == state}
    missing = [path for path in states if path not in found]
    with ThreadPoolExecutor(8) as readers:  # reading waits for the disk, and digesting needs no interpreter
        found |= dict(zip(missing, readers.map(lambda path: digest(root / path), missing), strict=True))
    if missing:
        _keep(kept, {path: (states[path], found[path]) for path in states})
    return found


def digest(path: Path) -> str:
    """SHA-256 of a file's content. OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _known(kept: Path) -> dict[str, tuple[State, str]]:
    try:
        entries = json.loads(kept.read_bytes())
        return {path: ((int(size), int(changed)), str(of)) for path, (size, changed, of) in entries.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _keep(kept: Path, entries: Mapping[str, tuple[State, str]]) -> None:
    text = json.dumps({path: [*state, of] for path, (state, of) in entries.items()})
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, text.encode())
    except OSError:  # the next run digests them anew
        return
