"""The schema: every choice checks its own scalars, and a mistake is answered by a sentence.

A choice (a dataset, a teacher, a person, ...) is a frozen pydantic model named by `_target_` in its YAML file. The
YAML holds the values, the model their types and ranges. Modules of choices import torch, umap and the like inside
their methods, so that a configuration is checked, and work found done, without loading them.
"""

from __future__ import annotations

import hashlib
import importlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

from annotated_types import Le, Lt
from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from hill_exp.config.sentences import complaints, unknown
from hill_exp.config.tree import values_of
from hill_exp.types import MOST, UserError

TARGET: Final = "_target_"  # the key that names a class
OURS: Final = ("hill_exp", "simulated_users")  # packages of this program, whose algorithm has a number of its own


class Choice(BaseModel):
    """Base of everything that a configuration can name. Immutable; unknown keys are refused, and so are true and false
    where a number is meant, and numbers beyond MOST, not finite or none, but where the field says otherwise: by a
    bound above of its own, or by Infinite."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_truth(cls, value: Any, field: ValidationInfo) -> Any:
        if isinstance(value, bool) and not _may_be(bool, cls.model_fields[str(field.field_name)].annotation):
            raise ValueError("must not be true or false")
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _is_within_reason(cls, value: Any, field: ValidationInfo) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool) and not -MOST <= value <= MOST:
            bounds = cls.model_fields[str(field.field_name)].metadata
            if math.isnan(value) or not any(isinstance(bound, Le | Lt | Infinite) for bound in bounds):
                raise ValueError(f"must be at most {MOST}" if value > 0 else f"must be a number from {-MOST} to {MOST}")
        return value


class Infinite:
    """Marks a field that may be infinite, as Annotated[float, Infinite()]."""


def _may_be(kind: type, annotation: Any) -> bool:
    """Whether an annotation allows values of a type, as int | bool, or anything at all."""
    return annotation in (kind, Any, object) or any(_may_be(kind, part) for part in get_args(annotation))


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
    settings = {str(key): value for key, value in node.items() if key != TARGET}
    if not is_ours(target) and issubclass(cls, BaseModel):
        _check_own(cls, settings, where)
    return validate(cls, settings, where)


def _check_own(cls: type[BaseModel], settings: Mapping[str, Any], where: str) -> None:
    """UserError for settings that a class of your own has not; the choice whose place it took may have brought them."""
    if left := [name for name in settings if name not in cls.model_fields]:
        raise UserError(
            f"{unknown(left[0], cls.model_fields, where)}. What the shipped choice brings and your class has not is "
            f"left out by {' '.join(f'~{where}.{name}' for name in left)}"
        )


def _dotted(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}".replace(".base.", ".")


def load(target: str, where: str) -> Any:
    """The class of a dotted path. UserError, naming the config key `where`, for what cannot be imported."""
    if "." not in target:
        raise UserError(f"{where}.{TARGET} = {target!r}: must name a class as package.module.Class")
    return imported(target, f"{where}.{TARGET} = {target}")


def imported(path: str, where: str) -> Any:
    """What a dotted path names. UserError, beginning with `where`, for what cannot be imported."""
    module_name, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module_name), name)
    except Exception as error:  # whatever a module of somebody else's raises
        kind = "" if isinstance(error, ImportError | AttributeError) else f"{type(error).__name__}: "
        raise UserError(
            f"{where}: cannot be imported ({kind}{error}). "
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
