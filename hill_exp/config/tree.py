"""Nested mappings, as settings are, by dotted keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def leaves(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted key, value) of all that is no mapping, in order."""
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def at(node: Any, dotted: str) -> Any:
    """What stands at a dotted key ("" is the whole); None if nothing does."""
    for key in filter(None, dotted.split(".")):
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the values of `over` in place of its own, part by part."""
    result = dict(base)
    for key, value in over.items():
        before = result.get(key)
        result[key] = merged(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return result


def nested(dotted: Mapping[str, Any]) -> dict[str, Any]:
    """The tree of values by dotted key."""
    tree: dict[str, Any] = {}
    for key, value in dotted.items():
        *groups, last = key.split(".")
        node = tree
        for group in groups:
            node = node.setdefault(group, {})
        node[last] = value
    return tree


def without(node: Any, name: str) -> Any:
    """A copy that has no key `name` at any depth, within lists too."""
    if isinstance(node, Mapping):
        return {str(key): without(value, name) for key, value in node.items() if key != name}
    return [without(value, name) for value in node] if isinstance(node, list | tuple) else node


def values_of(node: Any, name: str) -> Iterator[Any]:
    """What stands under the key `name`, at any depth, within lists too."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == name:
                yield value
            else:
                yield from values_of(value, name)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from values_of(value, name)
