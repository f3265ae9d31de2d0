"""hill_exp: a user study of Human-in-the-Latent-Loop training that anyone can rerun.

    import hill_exp

    results = hill_exp.run("+user=biased", participants=4)  # as the command line, one condition and its controls
    results = hill_exp.load("results")                      # all that a store holds
    results.participants, results.summary(), results.tests(), results.figure("story")

    loop = hill_exp.LatentLoop(labels, classes, "oracle", truth=truth)  # a person in a training of your own

What is named here is the library's own; it is loaded when first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hill_exp.library.latent_loop import LatentLoop
    from hill_exp.library.results import Results, load
    from hill_exp.library.run import run
    from hill_exp.person import Person
    from hill_exp.types import Budget, Edit, Gesture, UserError, View

__version__ = "0.1.0"
__all__ = ["Budget", "Edit", "Gesture", "LatentLoop", "Person", "Results", "UserError", "View", "load", "run"]

_HOMES = {
    "LatentLoop": "hill_exp.library.latent_loop",
    "Results": "hill_exp.library.results",
    "load": "hill_exp.library.results",
    "run": "hill_exp.library.run",
    "Person": "hill_exp.person",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'hill_exp' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES.get(name, "hill_exp.types")), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
