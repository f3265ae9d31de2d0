"""Pages of the reference that are made of what they describe: the configuration files, and the codebook of tables."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from analysis import codebook
from hill_exp.config import compose
from hill_exp.config.folder import CONF
from hill_exp.config.tree import leaves

# Groups of one choice each, whose choice comes first, and what a group is.
GROUPS: Final = {
    "dataset": ("digits", "Where the images or vectors come from, and how many go where."),
    "encoder": ("none", "What stands between an image and the model."),
    "model": ("mlp", "The student that is trained."),
    "projection": ("umap", "How latents become a picture."),
    "teacher": ("contrastive", "How an edited picture becomes a loss."),
    "user": ("oracle", "Who sits at the canvas."),
    "user/tools": ("mouse", "What the person holds, and the time that its use takes."),
    "schedule": ("regular", "When the person is asked, and the budget of a turn."),
    "tracking": ("wandb", "Where results go beside the store."),
}
LISTS: Final = {
    "arm": "A person, a teacher and the settings that were chosen for both ([training](../training.md)).",
    "regime": "Data and the settings that go with them.",
    "experiment": "A study ([studies](../studies.md)).",
}

COLUMNS_HEAD = """\
# Columns of the tables

`python -m analysis --store results --out report` writes `tables/participants.csv` (a row a participant and condition),
`epochs.csv`, `turns.csv`, `groups.csv`, `hypotheses.csv`, `arms.csv`, `specification.csv` and `datasets.csv`, and
beside them `codebook.csv`, which says of every column of every table what is said here. `hill_exp.run` and
`hill_exp.load` give the first four as DataFrames. A setting is a column too, named by its key:
[configuration](configuration.md). Where a name holds NAME or N, there is a column for each.

"""

CONFIGURATION_HEAD = """\
# Configuration

Every value is changed by `key=value`, every choice by `GROUP=NAME`; the user alone has a plus, `+user=NAME`. Where
choices of a group differ in a value, the others stand behind the first. What a run was given is in the folder that it
names, whole.

"""


def write(folder: Path) -> None:
    """columns.md and configuration.md; a page that has not changed is left as it is, so that nothing is built anew."""
    folder.mkdir(exist_ok=True)
    for name, text in (("columns.md", columns()), ("configuration.md", configuration())):
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def columns() -> str:
    """What each column is, as the codebook has it."""
    rows = []
    for key, (description, unit) in codebook.COLUMNS.items():
        table, _, name = key.rpartition("/")
        rows.append((f"`{readable(name)}`", f"{description} (in {table}.csv)" if table else description, unit))
    return COLUMNS_HEAD + _table(("column", "what it is", "unit"), rows)


def readable(pattern: str) -> str:
    """A pattern of names as a reader has it: shift.NAME.N."""
    for sign, word in ((r"\w+", "NAME"), (r".+", "NAME"), (r"\d", "N"), (r"\.", ".")):
        pattern = pattern.replace(sign, word)
    return re.sub(r"\((\w+)\|(\w+)\)", r"{\1,\2}", pattern)


def configuration() -> str:
    """Every group with its choices and settings, then what stands in no group."""
    parts = [CONFIGURATION_HEAD]
    top = {key: value for key, value in _read(CONF / "config.yaml").items() if key not in ("defaults", "hydra")}
    of_training, shown = top.pop("training"), top.pop("show")
    parts.append("## The run\n\n" + _settings("", {"": top}))
    parts.append("## training\n\nHow the student is trained ([training](../training.md)).\n\n")
    parts.append(_settings("training.", {"": of_training}))
    parts.append("## show\n\nWhat a person is shown beside the picture ([users](../users.md)).\n\n")
    parts.append(_settings("show.", {"": shown}))
    for group, (first, what) in GROUPS.items():
        parts.append(f"## {group}\n\n{what}\n\n{_choices(group)}")
        files = sorted((CONF / group).glob("*.yaml"), key=lambda path: (path.stem != first, path.stem))
        parts.append(_settings(f"{group.replace('/', '.')}.", {path.stem: _read(path) for path in files}))
    parts += [f"## {group}\n\n{what}\n\n{_choices(group)}" for group, what in LISTS.items()]
    return "\n".join(part.rstrip() + "\n" for part in parts)


def _choices(group: str) -> str:
    return _table((group, "what it is"), ((f"`{name}`", what) for name, what in compose.choices(group).items()))


def _settings(prefix: str, files: dict[str, dict[str, Any]]) -> str:
    """A row a key of any of the files, the value of the first that has it, and others' where they differ."""
    values: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for choice, tree in files.items():
        for key, value in leaves({k: v for k, v in tree.items() if k not in ("_target_", "defaults")}):
            values[key][_written(value)].append(choice)
    rows = []
    for key, by_value in values.items():
        (first, _), *others = by_value.items()
        shown = "; ".join([f"`{first}`", *(f"`{value}` ({', '.join(who)})" for value, who in others)])
        rows.append((f"`{prefix}{key}`", shown, codebook.settings().get(prefix + key, "")))
    return "\n" + _table(("key", "value", "what it is"), rows) if rows else ""


def _written(value: Any) -> str:
    """A value as the command line takes it."""
    return value if isinstance(value, str) else json.dumps(value).replace("Infinity", ".inf")


def _read(path: Path) -> dict[str, Any]:
    tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(tree, dict)
    return tree


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    return "".join(f"{line}\n" for line in _lines(tuple(head), rows))


def _lines(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
