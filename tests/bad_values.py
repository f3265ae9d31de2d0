"""For every key of the configuration, values that its type does not allow: new keys are covered without a line."""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from conftest import EXTRAS
from pydantic import BaseModel

from hill_exp.command.ask import Job, ask
from hill_exp.config import TARGET, Choice, build, compose
from hill_exp.config.tree import leaves
from hill_exp.live.host import Address
from hill_exp.loop.parts import BASES, Parts
from hill_exp.study.plan import Plan
from hill_exp.tracking import Tracker
from hill_exp.types import UserError

FOR_OTHERS = ("custom", "human", "replay")  # users whose settings are a class of one's own, or a session's
NUMBERS = ("x", "", math.nan, -math.inf, -1e300, 1e300, -(10**30), 10**30, 10**7, True)  # each wrong for any number
ANY_SIZE = (10**7, 10**30, 1e300)
ALLOWED = {"user.rationality": ANY_SIZE, "user.person.rationality": ANY_SIZE, "seed": (10**7,)}  # what is right there


@dataclass(frozen=True)
class Key:
    """A key of the configuration under some overrides, by its dotted path, and what its type is."""

    overrides: tuple[str, ...]
    path: str
    annotation: Any

    @property
    def of_no_group(self) -> bool:
        """Whether it stands at the top, or below `page`."""
        return self.path.partition(".")[0] in ("page", *Plan.model_fields)

    def is_named(self, said: str) -> bool:
        """Whether a sentence says which key is meant; of a distribution's numbers, which distribution."""
        *_, above, last = ("", *self.path.split("."))
        return last in said or (".population." in self.path and above in said)

    def __str__(self) -> str:
        return f"{' '.join(self.overrides[1:])} {self.path}".strip()


def keys() -> Iterator[Key]:
    """Those of every choice of every group, each class's once; of the working folder's own data files that are named
    below."""
    seen: set[tuple[str, str]] = set()
    for group in (*BASES, "user", "tracking"):
        for name in compose.choices(group):
            if name in FOR_OTHERS or (name in EXTRAS and find_spec(EXTRAS[name]) is None):
                continue
            overrides = _overrides(group, name)
            cfg, _ = _composed(overrides)
            for path, _value in leaves(cfg[group], f"{group}."):
                if path.rpartition(".")[2] != TARGET and (cfg[group][TARGET], path) not in seen:
                    seen.add((cfg[group][TARGET], path))
                    yield Key(overrides, path, _annotation(_built(group, cfg), path.split(".")[1:]))
    cfg, _ = _composed(("+user=oracle",))
    for path, _value in leaves(cfg["training"], "training."):
        yield Key(("+user=oracle",), path, _annotation(Parts.of(cfg).training, path.split(".")[1:]))
    for name in Plan.model_fields:
        yield Key(("+user=oracle",), name, Plan.model_fields[name].annotation)
    for name in Address.model_fields:
        yield Key(("+user=oracle",), f"page.{name}", Address.model_fields[name].annotation)


def _overrides(group: str, name: str) -> tuple[str, ...]:
    if group == "user":
        measured = ("user.knowledge.labels=labels.csv",) if name == "measured" else ()
        return (f"+user={name}", *measured)
    more = {"image_folder": "dataset.root=images", "vectors": "dataset.path=vectors.npz", "linear": "projection=pca"}
    return ("+user=oracle", f"{group}={name}", *filter(None, [more.get(name)]))


def _built(group: str, cfg: Mapping[str, Any]) -> Any:
    if group == "tracking":
        return build(cfg[group], group, Tracker)
    return vars(Parts.of(cfg))[group]


def _annotation(built: Any, path: list[str]) -> Any:
    """The type that the object made of the settings has at the path; Any where it is no field."""
    for part in path[:-1]:
        built = _made(built)
        built = built.get(part) if isinstance(built, Mapping) else getattr(built, part, None)
    built = _made(built)
    if isinstance(built, BaseModel):
        field = type(built).model_fields.get(path[-1])
        return field.annotation if field else Any
    if dataclasses.is_dataclass(built) and not isinstance(built, type):
        return get_type_hints(type(built)).get(path[-1], Any)
    return Any


def _made(node: Any) -> Any:
    """The object of settings that are kept as such, or whatever else it is."""
    return build(node, "") if isinstance(node, Mapping) and TARGET in node else node


def bad_values(key: Key) -> Iterator[Any]:
    """Values that the key's type does not allow."""
    kinds = set(_kinds(key.annotation))
    if Any in kinds:  # the numbers of a distribution
        yield from ("x", None, math.nan, [], {"a": 1}, ["x"], [math.nan], 1)
        return
    yield {"a": {"b": 1}}
    if types.NoneType not in kinds:
        yield None
    if kinds & {int, float} and str not in kinds:
        yield from (v for v in NUMBERS if v not in ALLOWED.get(key.path, ()) and not (v is True and bool in kinds))
    if kinds <= {bool, types.NoneType}:
        yield from ("x", 2, 0.5)
    if kinds & {Literal}:
        yield from ("no such thing", 1.5, "")
    if not kinds & {list, tuple, set, frozenset, dict}:
        yield from ([], [1, 2])
    if kinds <= {str, Path, types.NoneType} and Path in kinds:
        yield 1.5


def _kinds(annotation: Any) -> Iterator[Any]:
    """The plain types that an annotation allows."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _kinds(part)
    elif origin is Literal:
        yield Literal
    elif origin is not None:
        yield list if origin.__module__ == "collections.abc" else origin
    elif isinstance(annotation, type) and issubclass(annotation, Choice):
        yield dict
    else:
        yield annotation


@cache
def _composed(overrides: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, str]]:
    return compose.composed(*overrides)


def refused(key: Key, value: Any) -> str:
    """What is said of the configuration with this value; "" if it is taken. Raises whatever is no sentence."""
    cfg, choices = deepcopy(_composed(key.overrides))
    *path, last = key.path.split(".")
    node: Any = cfg
    for part in path:
        node = node[part]
    node[last] = value
    try:
        ask(cfg, Job({group: name or "" for group, name in choices.items()}, key.overrides, in_sweep=False))
    except UserError as error:
        return str(error)
    return ""
