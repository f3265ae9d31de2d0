"""How a small program ends: with status 0, or with a sentence and status 2."""

from __future__ import annotations

import sys
from collections.abc import Callable

from hill_exp import terminal
from hill_exp.types import UserError


def of(program: Callable[[], int]) -> int:
    """What `program` gives, or 2 where it raises a UserError, which is told."""
    terminal.ready()
    try:
        return program()
    except BrokenPipeError:
        return terminal.left()
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
