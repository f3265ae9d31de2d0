"""The configuration of a session: its choices by name from this program's own files, its values laid over theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hill_exp.config import compose
from hill_exp.config.tree import at, merged
from hill_exp.live.session import Session
from hill_exp.record.condition import PLACES
from hill_exp.types import UserError


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
        laid[group] = merged(base, values)
    overridden = [override.lstrip("+~").partition("=")[0] for override in overrides]
    if "experiment" in overridden:
        raise UserError(f"experiment: leave it out; {where} brings its own settings.")
    for key in overridden:
        group, _, name = key.partition(".")
        # It lies elsewhere on another machine.
        if group == "dataset" and name in PLACES["dataset"] and name in laid["dataset"]:
            laid["dataset"][name] = cfg["dataset"][name]
        asked, recorded = (choices[key], names[key]) if key in names else (at(cfg, key), at(laid, key))
        if group in (*session.settings, "seed") and asked != recorded:
            raise UserError(f"{key} = {asked}: {where} was recorded under {key} = {recorded}. Leave {key} out.")
    return laid, {**choices, **names}
