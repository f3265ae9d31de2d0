"""The schema: every choice checks its own scalars, and a mistake is answered by a sentence.

A choice (a dataset, a teacher, a person, ...) is a frozen pydantic model named by `_target_` in its YAML file. The
YAML holds the values, the model their types and ranges. Modules of choices import torch, umap and the like inside
their methods, so that a configuration is checked, and work found done, without loading them.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from hill_exp.config.sentences import complaints
from hill_exp.config.tree import values_of
from hill_exp.types import UserError

TARGET: Final = "_target_"  # the key that names a class
OURS: Final = ("hill_exp", "simulated_users")  # packages of this program, whose algorithm has a number of its own


class Choice(BaseModel):
    """Base of everything that a configuration can name. Immutable; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


def build(node: Mapping[str, Any], where: str, base: type = object) -> Any:
    """The object that a config node stands for: `_target_` called with the other keys.

    `where` is the node's config key, for the sentence of the UserError raised for a bad one. A `_target_` outside
    this package (your own person) need not be a Choice; it then checks its own arguments. `base`: what its class must
    derive from.
    """
    target = str(node.get(TARGET, ""))
    cls = load(target, where)
    if not (isinstance(cls, type) and issubclass(cls, base)):
        raise UserError(f"{where}.{TARGET} = {target}: must name a class that derives from {_dotted(base)}")
    if missing := sorted(getattr(cls, "__abstractmethods__", ())):
        raise UserError(f"{where}.{TARGET} = {target}: is no choice by itself; it lacks {', '.join(missing)}")
    return validate(cls, {str(key): value for key, value in node.items() if key != TARGET}, where)


def _dotted(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}".replace(".base.", ".")


def load(target: str, where: str) -> Any:
    """The class of a dotted path. UserError, naming the config key `where`, for what cannot be imported."""
    module_name, _, name = target.rpartition(".")
    if not module_name:
        raise UserError(f"{where}.{TARGET} = {target!r}: must name a class as package.module.Class")
    try:
        return getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError) as error:
        raise UserError(
            f"{where}.{TARGET} = {target}: cannot be imported ({error}). "
            "Name it as package.module.Class, and run from the folder that holds the package."
        ) from error


def is_ours(target: str) -> bool:
    """Whether a dotted path names a class of this program."""
    return target.partition(".")[0] in OURS


def sources(settings: Any) -> dict[str, str]:
    """Dotted path -> digest of the source of the module that defines it, of every class named in `settings` that is
    not this program's own: editing it changes what it does, and nothing else would tell. What that module imports is
    not followed. A module without a file (built in) has an empty digest."""
    targets = {str(target) for target in values_of(settings, TARGET)}
    return {target: _digest(target) for target in sorted(targets) if not is_ours(target)}


def _digest(target: str) -> str:
    cls = load(target, target)
    file = getattr(importlib.import_module(cls.__module__), "__file__", None)  # where it is defined, not handed on
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""


def validate(cls: Any, settings: Mapping[str, Any], where: str) -> Any:
    """`cls(**settings)`, its complaints turned into one UserError that names config keys."""
    try:
        return cls(**settings)
    except ValidationError as error:
        raise UserError("\n".join(complaints(error, where, cls if issubclass(cls, BaseModel) else None))) from None
    except TypeError as error:
        raise UserError(f"{where}: {error}") from error
