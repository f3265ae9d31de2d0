"""A condition: one point of the configuration, and what of it can change a result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hill_exp.config import TARGET
from hill_exp.config.groups import FOR_A_PERSON
from hill_exp.config.tree import leaves, without

# Part of every content address: raise it when a change of the program changes what a participant's record says,
# so that a store never mixes results of two algorithms under one address.
ALGORITHM = 2


@dataclass(frozen=True)
class Condition:
    """What was asked for. `names` says which choice each group has (as user: biased); `settings` holds the groups'
    values and those of `training` as they were given, `resolved` as they were understood: 1 for a float is 1.0, and a
    file that a setting names stands there with its content. `data` identifies the images, wherever they lie;
    `device` is cpu or cuda. `sources` holds, for each class that is not this program's own, by its dotted path, the
    digest of the module that defines it (hill_exp.config.sources).

    Addresses hang on no place where a class lies: this program's own classes enter by their name, others by name and
    source, so that moving one orphans nothing, and editing one's own makes another condition."""

    names: Mapping[str, str]
    settings: Mapping[str, Any]
    resolved: Mapping[str, Any]
    data: str
    device: str
    looks: bool  # whether anybody looks at the canvas; False is plain training
    sources: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def id(self) -> str:
        """Address of the condition, by everything that was asked for."""
        settings = identified(self.settings, self.sources)
        return _address({"names": self.names, "settings": settings, "content": self.content})

    @cached_property
    def content(self) -> str:
        """Address of its records, by what can change a result: plain training is the same under every teacher, a
        folder the same wherever it lies, and a preset the same as its settings under another name."""
        resolved = identified(self.resolved, self.sources)
        relevant = {k: v for k, v in resolved.items() if self.looks or k not in FOR_A_PERSON}
        dataset = {k: v for k, v in resolved["dataset"].items() if k != "root"}
        return _address(
            {**relevant, "dataset": dataset, "data": self.data, "device": self.device, "algorithm": ALGORITHM}
        )

    @property
    def label(self) -> str:
        """Short name for people and folders."""
        return "-".join(self.names[group] for group in ("dataset", "model", "teacher", "user"))

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
        return {**self.names, **classes, **dict(flatten(self.settings))}


def identified(node: Any, sources: Mapping[str, str]) -> Any:
    """Settings with what identifies each class in place of its dotted path."""
    if isinstance(node, Mapping):
        return {k: _class(v, sources) if k == TARGET else identified(v, sources) for k, v in node.items()}
    return [identified(item, sources) for item in node] if isinstance(node, list | tuple) else node


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
