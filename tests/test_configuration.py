"""The configuration's files: each says in its first line what it is, gives every value its class has, and no other."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from conftest import marks
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from omegaconf import OmegaConf
from pydantic import BaseModel

from hill_exp.config import TARGET, build, load
from hill_exp.config.compose import composed
from hill_exp.config.folder import CONF
from hill_exp.live.host import Address
from hill_exp.loop.step import Training
from hill_exp.study.plan import Plan
from hill_exp.types import UserError

OVERLAYS = ("regime", "arm", "experiment", "tuned")  # change values of other groups
READ_ELSEWHERE = ("hydra", "hypotheses", "people", "search")  # by Hydra, analysis, hill_exp.people and hill_exp.tune
UNFINISHED = (  # need a value that only the user can give
    "dataset/image_folder",
    "dataset/vectors",
    "user/custom",
    "user/measured",
    "user/replay",
)
OF_ONE_COMMAND = {"plan", "resume", "session"}  # keys that are no part of a plan


def files_of_choices(conf: Path) -> list[Path]:
    """Every file of every group whose choices are classes: a new folder is one, unless it is named above."""
    files = (path.relative_to(conf) for path in sorted(conf.rglob("*.yaml")))
    return [path for path in files if len(path.parts) > 1 and path.parts[0] not in (*OVERLAYS, *READ_ELSEWHERE)]


def settings(conf: Path, file: Path) -> Mapping[str, Any]:
    """The values of a choice, with those it takes over from others."""
    group, *inner = file.parent.parts
    overrides = [f"+{group}={file.stem}"]
    if inner:  # a group within a choice: seen in the first that has one
        hosts = (path for path in sorted((conf / group).glob("*.yaml")) if f"{inner[0]}:" in path.read_text("utf-8"))
        overrides = [f"+{group}={next(hosts).stem}", f"{file.parent.as_posix()}={file.stem}"]
    with initialize_config_dir(str(conf), version_base="1.3"):
        node = OmegaConf.to_container(hydra_compose(overrides=overrides), resolve=False)
    assert isinstance(node, dict)
    return node[group]


def faults(conf: Path, file: Path) -> Iterator[str]:
    """Sentences on what is wrong with a file."""
    first, second = [*(conf / file).read_text(encoding="utf-8").splitlines(), ""][:2]
    if not first.startswith("# ") or len(first) < 12 or second.startswith("#"):
        yield "the first line does not say in one line what this is"
    node = settings(conf, file)
    if node.get(TARGET) != "???":
        yield from _differences(load(node[TARGET], "target"), node, file.parent.as_posix())


def _differences(cls: Any, node: Mapping[str, Any], where: str) -> Iterator[str]:
    fields = _fields(cls)
    for key in set(node) - set(fields) - {TARGET}:
        yield f"{where}.{key} is no field of {cls.__name__}"
    for key in set(fields) - set(node):
        yield f"{where}.{key} is not given"
    if issubclass(cls, BaseModel):
        yield from (f"{cls.__name__}.{key} has a default" for key, f in cls.model_fields.items() if not f.is_required())
    for key, value in node.items():
        if isinstance(value, Mapping) and TARGET in value:
            yield from _differences(load(value[TARGET], "target"), value, f"{where}.{key}")
        elif isinstance(value, Mapping):
            for inner in (fields.get(key), *get_args(fields.get(key))):
                if isinstance(inner, type) and _fields(inner):
                    yield from _differences(inner, value, f"{where}.{key}")


def _fields(cls: Any) -> dict[str, Any]:
    """Name -> type of the fields of a schema; none where the class is no schema."""
    if isinstance(cls, type) and issubclass(cls, BaseModel):
        return {key: field.annotation for key, field in cls.model_fields.items()}
    return {field.name: field.type for field in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else {}


@pytest.mark.parametrize("file", files_of_choices(CONF), ids=Path.as_posix)
def test_a_file_gives_every_value_of_its_class_and_no_other(file: Path) -> None:
    assert list(faults(CONF, file)) == []


@pytest.mark.parametrize(
    "file", [pytest.param(file, marks=marks(file.stem), id=file.as_posix()) for file in files_of_choices(CONF)]
)
def test_the_values_of_a_file_are_ones_that_its_class_takes(file: Path) -> None:
    node, group = settings(CONF, file), file.parts[0]
    if file.with_suffix("").as_posix() in UNFINISHED:
        with pytest.raises(UserError, match=group if "session" not in node else "session"):
            build(node, group)
    else:
        build(node, group)


def test_the_files_are_those_of_the_groups_of_a_run() -> None:
    groups = {key.partition("@")[0] for key in composed("+user=oracle")[1] if not key.startswith("hydra")}
    assert {file.parent.as_posix() for file in files_of_choices(CONF)} == groups - {*OVERLAYS, "tuned/arm"}


def test_the_file_of_a_run_gives_every_value_that_is_no_choice() -> None:
    cfg = composed("+user=oracle")[0]
    groups = {file.parts[0] for file in files_of_choices(CONF)}
    assert set(cfg) - groups - {"training", "show", "page"} - OF_ONE_COMMAND == set(Plan.model_fields)
    assert [*_differences(Training, cfg["training"], "training"), *_differences(Address, cfg["page"], "page")] == []


@pytest.mark.parametrize("file", [path for group in OVERLAYS for path in sorted((CONF / group).rglob("*.yaml"))])
def test_an_overlay_says_what_it_is(file: Path) -> None:
    package, description = file.read_text(encoding="utf-8").splitlines()[:2]
    assert package == "# @package _global_" and description.startswith("# ") and len(description) > 12


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("# A schedule that is whole, in a group that nobody named.\n", None),
        ("", "first line"),
        ("# Two lines of description\n# are one too many.\n", "first line"),
        ("# A schedule with a key that is none.\nevery_other: 3\n", "every_other is no field of Regular"),
        ("# A schedule that lacks one.\nevery:\n", "optimizer.every is not given"),
        ("# A schedule with a part that lacks a key.\nbudget: {points: 3, gestures: 2}\n", "seconds is not given"),
    ],
)
def test_a_new_group_is_noticed_and_what_is_wrong_in_it(text: str, fault: str | None, tmp_path: Path) -> None:
    whole = {
        "_target_": "hill_exp.schedule.regular.Regular", "warmup": 1, "every": 2, "turns": 3,
        "budget": {"points": 1, "gestures": None, "seconds": None},
    }  # fmt: skip
    changes = OmegaConf.to_container(OmegaConf.create(text)) or {}
    assert isinstance(changes, dict)
    node = {key: value for key, value in {**whole, **changes}.items() if value is not None}
    comments = "".join(line + "\n" for line in text.splitlines() if line.startswith("#"))
    (tmp_path / "optimizer").mkdir()
    (tmp_path / "optimizer" / "planted.yaml").write_text(comments + OmegaConf.to_yaml(OmegaConf.create(node)))
    (file,) = files_of_choices(tmp_path)
    sentences = list(faults(tmp_path, file))
    assert sentences == [] if fault is None else len(sentences) == 1 and fault in sentences[0]
