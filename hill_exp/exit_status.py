"""How a small program ends: with status 0, or with a sentence and status 2."""

from __future__ import annotations

import sys
from collections.abc import Callable

from hill_exp.types import UserError


def of(program: Callable[[], int]) -> int:
    """What `program` gives, or 2 where it raises a UserError, which is told."""
    try:
        return program()
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
