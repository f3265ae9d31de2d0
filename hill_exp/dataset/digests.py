"""What image files hold: a digest of the content, and whether there is colour; what was read once for that is not read
again while the file stays as it is."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

from hill_exp.cache_folder import cache_folder
from hill_exp.record.files import write_whole

State = tuple[int, int]  # bytes, and when it was last changed, in ns
GREY: Final = ("1", "L", "LA", "La", "I", "F")  # Pillow's modes without colours, but for the order of bytes in them


class Content(NamedTuple):
    digest: str
    colour: bool  # whether the file says that its image has colours, which may all be grey


def contents(root: Path, states: Mapping[str, State]) -> dict[str, Content]:
    """Path from the root -> what the file holds. Of the files of a root this is kept in the user's cache folder; where
    that cannot be read or written it is found anew. OSError where a file cannot be read."""
    kept = cache_folder() / "digests" / f"{hashlib.sha256(str(root).encode()).hexdigest()[:32]}.json"
    known = _known(kept)
    found = {path: known[path][1] for path, state in states.items() if path in known and known[path][0] == state}
    missing = [path for path in states if path not in found]
    with ThreadPoolExecutor(8) as readers:  # reading waits for the disk, and digesting needs no interpreter
        made = list(readers.map(lambda path: digest(root / path), missing))
    found |= {path: Content(of, _in_colour(root / path)) for path, of in zip(missing, made, strict=True)}
    if missing:
        _keep(kept, {path: (states[path], found[path]) for path in states})
    return found


def _in_colour(path: Path) -> bool:
    """By the head of the file. A file that is no readable image says nothing of colours."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is wrong with it is told where it is read
        try:
            with Image.open(path) as image:
                return image.mode.partition(";")[0] not in GREY
        except Exception:  # Pillow's decoders raise many kinds
            return False


def digest(path: Path) -> str:
    """SHA-256 of a file's content. OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _known(kept: Path) -> dict[str, tuple[State, Content]]:
    try:
        entries = json.loads(kept.read_bytes())
        return {
            path: ((int(size), int(changed)), Content(str(of), bool(colour)))
            for path, (size, changed, of, colour) in entries.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _keep(kept: Path, entries: Mapping[str, tuple[State, Content]]) -> None:
    text = json.dumps({path: [*state, *content] for path, (state, content) in entries.items()})
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, text.encode())
    except OSError:  # the next run finds it anew
        return
