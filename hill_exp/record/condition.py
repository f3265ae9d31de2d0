"""A condition: one point of the configuration, and what of it can change a result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from hill_exp.config import TARGET
from hill_exp.config.groups import FOR_A_PERSON, FOR_A_PICTURE
from hill_exp.config.show import EVERYTHING
from hill_exp.config.tree import leaves, without

# Part of every content address: raise it when a change of the program changes what a participant's record says,
# so that a store never mixes results of two algorithms under one address.
ALGORITHM = 4

# Settings that say where something lies, and not what it is: what a data set holds is in `data`.
PLACES: Final = {"dataset": ("root", "path"), "encoder": ("cache",)}


@dataclass(frozen=True)
class Condition:
    """What was asked for. `names` says which choice each group has (as user: biased); `settings` holds the groups'
    values and those of `training` as they were given, `resolved` as they were understood: 1 for a float is 1.0, and a
    file that a setting names stands there with its content, or its digest. `data` identifies the data, wherever they
    lie; `device` is cpu or cuda. `sources` holds, for each class that is not this program's own, by its dotted path,
    the digest of the module that defines it (hill_exp.config.sources).

    Addresses hang on no place where a class lies: this program's own classes enter by their name, others by name and
    source, so that moving one orphans nothing, and editing one's own makes another condition."""

    names: Mapping[str, str]
    settings: Mapping[str, Any]
    resolved: Mapping[str, Any]
    data: str
    device: str
    looks: bool  # whether anybody looks at the picture of the canvas
    asked: bool  # whether anybody is asked for anything, be it for names alone; False is plain training
    sources: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def id(self) -> str:
        """Address of the condition, by everything that was asked for."""
        settings = _withheld(identified(self.settings, self.sources))
        return _address({"names": self.names, "settings": settings, "content": self.content})

    @cached_property
    def content(self) -> str:
        """Address of its records, by what can change a result: plain training is the same under every teacher, and so
        are names alone, a folder or a file the same wherever it lies, and a preset the same as its settings under
        another name."""
        resolved = _withheld(_placeless(identified(self.resolved, self.sources)))
        without_effect = () if self.looks else FOR_A_PICTURE if self.asked else FOR_A_PERSON
        relevant = {k: v for k, v in resolved.items() if k not in without_effect}
        for group in PLACES.keys() & relevant.keys():
            relevant[group] = {k: v for k, v in resolved[group].items() if k not in PLACES[group]}
        return _address({**relevant, "data": self.data, "device": self.device, "algorithm": ALGORITHM})

    @property
    def label(self) -> str:
        """Short name for people and folders."""
        groups = ["dataset", "arm"] if "arm" in self.names else ["dataset", "encoder", "model", "teacher", "user"]
        names = [self.names[g] for g in groups if g != "encoder" or self.names[g] != "none"]
        return "-".join(names).replace("/", "-")  # a choice may lie in a folder of its group

    def columns(self) -> dict[str, Any]:
        """One column a group (its choice) and one a setting, named as its config key. A class that is not this
        program's own has two: GROUP._target_, and GROUP._source_, the start of its module's digest."""
        targets = {group: str(node.get(TARGET)) for group, node in self.settings.items() if isinstance(node, Mapping)}
        classes = {
            f"{group}.{name}": value
            for group, target in targets.items()
            if target in self.sources
            for name, value in ((TARGET, target), ("_source_", self.sources[target][:8]))
        }
        shown = EVERYTHING.model_dump()  # as it was before there was a choice
        return {**self.names, **classes, **dict(flatten({"show": shown, **self.settings}))}


def identified(node: Any, sources: Mapping[str, str]) -> Any:
    """Settings with what identifies each class in place of its dotted path."""
    if isinstance(node, Mapping):
        return {k: _class(v, sources) if k == TARGET else identified(v, sources) for k, v in node.items()}
    return [identified(item, sources) for item in node] if isinstance(node, list | tuple) else node


def _withheld(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings, of `show` those alone that are off: what is shown is all there is, and another thing to show makes no
    other condition of one in which everything is."""
    off = {key: value for key, value in settings.get("show", {}).items() if not value}
    others = {key: value for key, value in settings.items() if key != "show"}
    return {**others, "show": off} if off else others


def _placeless(node: Any) -> Any:
    """Settings without the place of a file that is known by its digest, as {file: ..., sha256: ...}."""
    if not isinstance(node, Mapping):
        return node
    return {key: _placeless(value) for key, value in node.items() if not (key == "file" and "sha256" in node)}


def _class(target: str, sources: Mapping[str, str]) -> list[str]:
    name = target.rpartition(".")[2]
    return [name, sources[target]] if target in sources else [name]


def flatten(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(config key, value) of every setting below `node`; a list is one value, written as JSON."""
    for key, value in leaves(without(node, TARGET)):
        yield key, json.dumps(value) if isinstance(value, list) else value


def _address(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
