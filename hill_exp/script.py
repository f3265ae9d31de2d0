"""The console script hill-exp: `python -m hill_exp`, and the other programs by their names, as hill-exp analysis.

Started by it, the folder that one works in is searched for modules last, and by `python -m` first: so a module of one's
own that is called analysis stands in no program's way.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Final

PROGRAMS: Final = {
    "analysis": "analysis",
    "check": "simulated_users.check",
    "fit": "simulated_users.fit",
    "inventory": "hill_exp.inventory",
    "merge": "hill_exp.merge",
    "labels": "simulated_users.labels",
    "people": "hill_exp.people",
    "reproduce": "hill_exp.reproduce",
    "tune": "hill_exp.tune",
    "tuned": "hill_exp.tuned",
}


def main() -> None:
    """Run the program whose name is the first argument, or the main one; ends with its exit status."""
    sys.path.append(str(Path.cwd()))
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in PROGRAMS:
        del sys.argv[1]
    runpy.run_module(PROGRAMS.get(name, "hill_exp"), run_name="__main__", alter_sys=False)
