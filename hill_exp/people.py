"""python -m hill_exp.people: a study with real people."""

from __future__ import annotations

import sys

from hill_exp import exit_status
from hill_exp.live.people import main

if __name__ == "__main__":
    sys.exit(exit_status.of(main))
