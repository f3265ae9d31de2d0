"""The configuration of a session: its choices by name from this program's own files, its values laid over theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hill_exp.config import compose
from hill_exp.live.session import Session
from hill_exp.types import UserError

ELSEWHERE = "dataset.root"  # where the images lie, which is another place on another machine


def as_recorded(
    session: Session, cfg: Mapping[str, Any], choices: Mapping[str, str], overrides: Sequence[str], where: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """(cfg, choices) of the command with the settings, the seed and the choices that the session was recorded under.

    overrides: those of the command line, key=value; UserError, naming the key and both values, for one that says
    something else than the session. where: the config key that named the session.
    """
    laid: dict[str, Any] = {**cfg, "seed": session.seed}
    names: dict[str, str] = dict(session.names.items())
    for group, values in session.settings.items():
        name = names.get(group)  # training is no choice
        base = cfg[group] if name is None else compose.settings(group, name, f"{where}: {group}")
        laid[group] = _over(base, values)
    given = [override.lstrip("+~").partition("=")[0] for override in overrides]
    if "experiment" in given:
        raise UserError(f"experiment: leave it out; {where} brings its own settings.")
    for key in given:
        if key == ELSEWHERE:
            laid["dataset"]["root"] = cfg["dataset"]["root"]
        mine, theirs = (choices[key], names[key]) if key in names else (_at(cfg, key), _at(laid, key))
        if key.partition(".")[0] in (*session.settings, "seed") and mine != theirs:
            raise UserError(f"{key} = {mine}: {where} was recorded under {key} = {theirs}. Leave {key} out.")
    return laid, {**choices, **names}


def _over(base: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `values` in place of its own, part by part."""
    laid = dict(base)
    for key, value in values.items():
        old = laid.get(key)
        laid[key] = _over(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return laid


def _at(node: Any, key: str) -> Any:
    """What stands at a dotted key; None if nothing does."""
    for part in key.split("."):
        node = node.get(part) if isinstance(node, Mapping) else None
    return node
