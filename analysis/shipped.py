"""The configuration as it is shipped, read as data: what a study asked for unless it says otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from hill_exp.config import TARGET
from hill_exp.config.folder import CONF
from hill_exp.config.groups import CHOICES, SETTINGS, Group
from hill_exp.config.tree import leaves, merged, without

OF_THE_RUN: Final = ("training", "show")  # settings of a condition that are no choice
ARM: Final = "arm"  # a person with the settings that are its own: one choice over several groups
REGIME: Final = "regime"  # data, and the settings that go with them; an arm has settings of its own in each
NAMED: Final = (*CHOICES, REGIME, ARM)  # what settings hang on, in the order in which the later has the last word


def tree(group: str, name: str) -> dict[str, Any]:
    """What a choice of a group is made of; {} for one that is not shipped."""
    return _file(CONF / group / f"{name}.yaml")


def default(group: Group) -> str:
    """The choice of a group that a command takes if it names none; "" for the user, whom every command names."""
    stated = _yaml(CONF / "config.yaml").get("defaults", ())
    return next((str(item[group]) for item in stated if isinstance(item, Mapping) and group in item), "")


def not_ours(names: Mapping[str, str]) -> frozenset[str]:
    """The groups whose settings no shipped file says under these choices (group -> name); all of them under an arm or
    regime of somebody's own."""
    own = {group for group, name in names.items() if not (CONF / group / f"{name}.yaml").is_file()}
    return frozenset({*SETTINGS} if own & {ARM, REGIME} else own)


def settings(names: Mapping[str, str]) -> dict[str, Any]:
    """The settings under these choices (group -> name), by config key, a list as JSON. Those of an arm are the ones
    that were chosen for it in its regime."""
    return dict(_settings(tuple((group, names[group]) for group in NAMED if names.get(group))))


@cache
def _settings(names: tuple[tuple[str, str], ...]) -> tuple[tuple[str, Any], ...]:
    top = _yaml(CONF / "config.yaml")
    asked: dict[str, Any] = {group: top[group] for group in OF_THE_RUN}
    for group, name in names:
        asked = merged(asked, tree(group, name) if group in (REGIME, ARM) else {group: tree(group, name)})
    named = dict(names)
    asked = merged(asked, _tuned(f"{named.get(REGIME)}/{named.get(ARM)}"))
    flat = leaves(without(asked, TARGET))
    return tuple((key, json.dumps(value) if isinstance(value, list) else value) for key, value in flat)


def _tuned(name: str) -> dict[str, Any]:
    """conf/tuned/arm/REGIME/ARM.yaml, or the one of which it takes the settings; {} where there is none."""
    content = dict(_yaml(CONF / "tuned" / "arm" / f"{name}.yaml"))
    base: dict[str, Any] = {}
    for other in content.pop("defaults", ()):
        base = merged(base, _tuned(str(other)))
    return merged(base, content)


def _file(path: Path) -> dict[str, Any]:
    """A file with those that its defaults name below it, as Hydra would compose it; a choice that it overrides is
    among the names of the choices already."""
    content = dict(_yaml(path))
    base: dict[str, Any] = {}
    for item in content.pop("defaults", ()):
        if isinstance(item, Mapping):
            for folder, name in item.items():
                if not str(folder).startswith("override"):
                    base = merged(base, {str(folder): _file(path.parent / str(folder) / f"{name}.yaml")})
        elif item != "_self_":
            name, _, key = str(item).partition("@")
            part = _file(path.parent / f"{name}.yaml")
            base = merged(base, {key: part} if key else part)
    return merged(base, content)


@cache
def _yaml(path: Path) -> Mapping[str, Any]:
    import yaml

    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.is_file() else {}
