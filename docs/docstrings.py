"""The project's docstrings as autodoc reads them: an indented block is code, and a field has the comment beside it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

FIELD = re.compile(r"^    (\w+): [^#\n]+?  # (?!fmt:|type:|noqa)(.+)$", re.MULTILINE)


def process(_app: object, what: str, _name: str, thing: Any, _options: object, lines: list[str]) -> None:
    """Change the lines of a docstring in place, as `autodoc-process-docstring` asks."""
    lines[:] = [*with_code(lines), *(fields(thing) if what == "class" else ())]


def signature(
    _app: object, _what: str, _name: str, _thing: Any, _options: object, arguments: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """A signature in which an alias of arrays beside None has its name alone."""
    plain = (text and re.sub(r"TypeAliasForwardRef\('(\w+)'\)", r"\1", text) for text in (arguments, returns))
    return next(plain), next(plain)


def with_code(lines: list[str]) -> Iterator[str]:
    """The lines, with the mark of a code block before each indented part."""
    within = False
    for line in lines:
        indented = line.startswith("    ")
        if indented and not within:
            yield from (".. code-block:: python", "")
        if line:
            within = indented
        yield line
    yield ""


def fields(cls: Any) -> Iterator[str]:
    """A list of the fields that the class itself declares with a comment: what it says of shape and unit."""
    try:
        source = inspect.getsource(cls)
    except (OSError, TypeError):
        return
    for name, comment in FIELD.findall(source):
        yield f"- ``{name}``: {comment.replace('*', chr(92) + '*')}"
