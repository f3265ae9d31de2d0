"""Simulated people for tests, made from the shipped presets."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hill_exp.config import build
from hill_exp.config.compose import composed

CONF = Path(__file__).resolve().parents[1] / "conf"
PRESETS = sorted(file.stem for file in (CONF / "user").glob("*.yaml"))
DEPARTURES = {  # preset -> the setting in which it is not the oracle
    "noisy": "knowledge",
    "hard_images": "knowledge",
    "careless": "slips",
    "tired": "fatigue",
    "shaky": "motor",
    "anchored": "anchoring",
    "deferential": "deference",
    "hurried": "rationality",
    "neglectful": "attention",
    "conflating": "conflation",
    "biased": "conflation",
    "stereotyping": "stereotype",
    "colour_grouping": "attribute",
}
NAMERS = ("active", "automatic", "self_training", "spreading", "svc")  # who move nothing


@cache
def _preset(name: str, overrides: tuple[str, ...]) -> Any:
    return composed(f"+user={name}", *overrides)[0]["user"]


def settings(name: str, *overrides: str) -> dict[str, Any]:
    """What the preset says, as the program would read it."""
    return copy.deepcopy(_preset(name, overrides))


def person(name: str = "oracle", **changes: Any) -> Any:
    """The person of a preset, with some of its settings changed: slips=0.3, motor={"constant": 0.1}."""
    node = settings(name)
    for key, value in changes.items():
        node[key] = (
            {**node[key], **value} if isinstance(value, Mapping) and isinstance(node.get(key), Mapping) else value
        )
    return build(node, "user")
