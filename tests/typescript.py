"""Reads simple TypeScript declarations as pydantic types, so that JSON can be checked against them without node."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Literal, Union

from pydantic import BaseModel, ConfigDict, create_model

BASIC = {"number": float, "string": str, "boolean": bool, "null": None}


class Declarations:
    """The interfaces and type aliases of a `.d.ts` file, by name.

    An interface becomes a model that takes its fields and no others. Known are: what BASIC names, literals in single
    quotes, other declared names, `A | B`, `A[]`, `[A, B]`, `Record<A, B>`, parentheses, `readonly`, `extends` of one
    interface, and `field?:`. KeyError for a name that is not declared.
    """

    def __init__(self, text: str) -> None:
        code = re.sub(r"(?s:/\*.*?\*/)|//[^\n]*", "", text)
        interfaces = re.findall(r"export interface (\w+)(?: extends (\w+))? \{(.*?)\}", code, re.S)
        self._interfaces = {name: (base, body) for name, base, body in interfaces}
        self._aliases = dict(re.findall(r"export type (\w+) =(.*?);", code, re.S))

    @cache  # noqa: B019 - as long as the declarations, so that one name is one model
    def __getitem__(self, name: str) -> Any:
        if name in self._aliases:
            return self._type(self._aliases[name])
        config = ConfigDict(extra="forbid", strict=True)
        return create_model(name, __config__=config, **self._fields(name))

    def _fields(self, interface: str) -> dict[str, Any]:
        base, body = self._interfaces[interface]
        fields = re.findall(r"(\w+)(\??):(.*?);", body, re.S)
        typed = {key: (self._type(text), None if optional else ...) for key, optional, text in fields}
        return {**(self._fields(base) if base else {}), **typed}

    def _type(self, text: str) -> Any:
        alternatives = _split(text, "|")
        if all(one.startswith("'") for one in alternatives):
            return Literal[tuple(one[1:-1] for one in alternatives)]
        if len(alternatives) > 1:
            return Union[tuple(map(self._type, alternatives))]  # noqa: UP007 - of as many as there are
        one = alternatives[0].removeprefix("readonly ")
        if one.endswith("[]"):
            return list[self._type(one[:-2])]  # type: ignore[misc]
        if one.startswith("("):
            return self._type(one[1:-1])
        if one.startswith("["):
            return tuple[*map(self._type, _split(one[1:-1], ","))]  # type: ignore[misc]
        if one.startswith("Record<"):
            return dict[*map(self._type, _split(one[7:-1], ","))]  # type: ignore[misc]
        return BASIC[one] if one in BASIC else self[one]


def _split(text: str, sign: str) -> list[str]:
    """The parts between the signs that stand in no brackets; TypeScript lets a union begin with one."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([<") - (letter in ")]>")
        if letter == sign and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def shape(model: type[BaseModel]) -> Any:
    """Names, optionality and types of a model's fields, down to the last, without names and bounds of the types."""
    schema = model.model_json_schema()
    return _shape(schema, schema.get("$defs", {}))


def _shape(node: Any, definitions: dict[str, Any]) -> Any:
    if "$ref" in node:
        return _shape(definitions[node["$ref"].rpartition("/")[2]], definitions)
    if "const" in node:
        return {"literal": node["const"]}
    if "anyOf" in node:
        return {"any": [_shape(one, definitions) for one in node["anyOf"]]}
    if "properties" in node:
        required = node.get("required", [])
        fields = node["properties"].items()
        return {name if name in required else f"{name}?": _shape(one, definitions) for name, one in fields}
    if "prefixItems" in node:
        return [_shape(one, definitions) for one in node["prefixItems"]]
    if "items" in node:
        return {"each": _shape(node["items"], definitions)}
    if node["type"] == "object":
        return {"values": _shape(node["additionalProperties"], definitions)}
    return "number" if node["type"] == "integer" else node["type"]
