"""What is wrong, in a sentence: where, what must be, and the nearest thing that is there."""

from __future__ import annotations

import difflib
import traceback
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError


def unknown(name: str, allowed: Iterable[str], where: str, what: str = "") -> str:
    """The sentence for a key or a name that is not there; `where` is the config key, "" for the whole; `what` is the
    kind of name."""
    names = sorted(allowed)
    near = difflib.get_close_matches(name, names, n=1)
    guess = f" Did you mean {near[0]}?" if near else ""
    sentence = f"there is no {what} {name!r}" if what else f"there is no {name!r}"
    return f"{where}{': ' if where else ''}{sentence}.{guess} Allowed: {', '.join(names)}"


def complaints(error: ValidationError, where: str, model: type[BaseModel] | None = None) -> list[str]:
    """A sentence for each thing that is wrong below the key `where` ("" for the whole). `model`: what was validated,
    whose keys are then named where one is unknown."""
    return [_complaint(item, where, model) for item in error.errors(include_url=False)]


def _complaint(item: Any, where: str, model: type[BaseModel] | None) -> str:
    path = dotted(item["loc"], where)
    if item["type"] == "extra_forbidden":
        name, parent = str(item["loc"][-1]), dotted(item["loc"][:-1], where)
        keys = _keys(model, item["loc"][:-1])
        return unknown(name, keys, parent) if keys else f"{parent or 'the whole'}: there is no {name!r}"
    if item["type"] == "missing":
        return f"{path}: needs a value"
    message = str(item["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    if "must" in message or isinstance(item["input"], Mapping):  # of a whole, which need not be repeated
        return f"{path}: {message}" if path else message
    return f"{path} = {_short(item['input'])}: must be {message}"


def dotted(loc: Iterable[str | int], where: str = "") -> str:
    """A place in a tree as a key: a.b[3].c"""
    path = where
    for part in loc:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")


def _keys(model: type[BaseModel] | None, loc: Iterable[str | int]) -> list[str]:
    """The keys that a model allows at a place in it; none where that is no model."""
    for part in loc:
        if model and isinstance(part, str):
            field = model.model_fields.get(part)
            model = _model_in(field.annotation) if field else None
    return list(model.model_fields) if model else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The one model that an annotation speaks of, as list[Model] or Model | None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    models = [model for part in get_args(annotation) if (model := _model_in(part))]
    return models[0] if len(models) == 1 else None


def raised(error: Exception) -> str:
    """What somebody else's code raised, and where."""
    frames = traceback.extract_tb(error.__traceback__)
    at = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    return f"raised {type(error).__name__}: {error}{at}"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
