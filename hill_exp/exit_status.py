"""How a small program ends: with status 0, with a sentence and status 2, or with 130 after Ctrl-C."""

from __future__ import annotations

import sys
from collections.abc import Callable

from hill_exp import terminal
from hill_exp.types import UserError


def of(program: Callable[[], int]) -> int:
    """What `program` gives; 2 where it raises a UserError, which is told; 130 after Ctrl-C."""
    terminal.ready()
    try:
        return program()
    except BrokenPipeError:
        return terminal.left()
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
