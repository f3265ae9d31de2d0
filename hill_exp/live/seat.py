"""A seat: what the address of a person's page is made of, kept until the person is done, so that the address outlives
the program.

It is a key to the page. So its file is readable for its owner alone, and one that is not, as it comes with a store from
elsewhere, opens nothing.
"""

from __future__ import annotations

import secrets
import stat
from pathlib import Path

from pydantic import Field, ValidationError

from hill_exp.live.entry import Entry
from hill_exp.record.files import write_whole


class Seat(Entry):
    """A person's seat; port 0: any."""

    token: str = Field(default_factory=lambda: secrets.token_urlsafe(24), pattern="^[A-Za-z0-9_-]{32}$")
    port: int = Field(default=0, ge=0, le=65535)

    @classmethod
    def kept(cls, path: Path | None) -> Seat:
        """The seat of a file; a new one where there is none that counts."""
        try:
            if path is not None and stat.S_IMODE(path.stat().st_mode) & 0o077 == 0:
                return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            pass
        return cls()

    def keep(self, path: Path, port: int) -> None:
        """Keep the seat, as one at that port, in a file for its owner alone, as `write_whole` makes them."""
        write_whole(path, self.model_copy(update={"port": port}).model_dump_json().encode())
