"""The configuration files: which choices there are, what each says, and what Hydra composes of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import cache
from typing import TYPE_CHECKING, Any

from hill_exp.config.folder import CONF
from hill_exp.config.groups import CHOICES
from hill_exp.config.schema import TARGET
from hill_exp.config.sentences import unknown
from hill_exp.config.tree import at
from hill_exp.types import UserError

if TYPE_CHECKING:
    from omegaconf import DictConfig


NO_GROUPS = (("hydra",), ("hypotheses",), ("people",), ())  # folders that Hydra takes for groups of choices


def choices(group: str) -> dict[str, str]:
    """Name -> its one-line description, the first line of its file."""
    return {
        file.stem: file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("#").strip()
        for file in sorted((CONF / group).glob("*.yaml"))
    }


def groups() -> str:
    """The groups of choices and their names, a line each, for the help."""
    folders = sorted(path for path in CONF.glob("**/") if path.relative_to(CONF).parts[:1] not in NO_GROUPS)
    named = ((folder.relative_to(CONF).as_posix(), choices(folder.relative_to(CONF).as_posix())) for folder in folders)
    return "\n".join(f"{group}: {', '.join(names)}" for group, names in named if names)


@cache  # a sweep asks for the same controls in every job, and composing is most of what a job found done costs
def settings(group: str, name: str, where: str) -> Mapping[str, Any]:
    """The values of one choice as its file has them. UserError, naming the config key `where`, if there is none."""
    if name not in (shipped := choices(group)):
        raise UserError(unknown(name, shipped, where))
    return composed(f"+{group}={name}" if group == "user" else f"{group}={name}")[0][group]


@cache
def target(group: str, name: str) -> str | None:
    """The class that the file of a choice names, itself or by the file that it builds on; None if it is not ours."""
    import yaml

    path = CONF / group / f"{name}.yaml"
    if not path.is_file():
        return None
    node = yaml.safe_load(path.read_text(encoding="utf-8"))
    if TARGET in node:
        return str(node[TARGET])
    bases = [
        base for base in node.get("defaults", ()) if isinstance(base, str) and base != "_self_" and "@" not in base
    ]
    return target(group, bases[-1]) if bases else None


def keys(where: str) -> list[str]:
    """The keys below the dotted key `where` in the configuration with the oracle as its user; none if there is none."""
    return [str(key) for key in at(composed("+user=oracle")[0], where) or ()]


def composed(*overrides: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The whole configuration under `overrides`, and the choice of each group. UserError for what Hydra refuses."""
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        cfg = with_hydra(*overrides)
    except (HydraException, OmegaConfBaseException) as error:
        raise UserError(complaint(error)) from None
    choices = dict(cfg.hydra.runtime.choices)
    del cfg.hydra  # it holds values that only Hydra itself can resolve
    return OmegaConf.to_container(cfg, resolve=True), choices  # type: ignore[return-value]


def with_hydra(*overrides: str) -> DictConfig:
    """The whole configuration under `overrides`, Hydra's own settings under `hydra` included. Raises its errors."""
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra

    ready = GlobalHydra.instance().is_initialized()  # by the program's main function
    with nullcontext() if ready else initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("config", overrides=list(overrides), return_hydra_config=True)


def check_overrides(overrides: Sequence[str]) -> None:
    """UserError for a choice that is no name, of which Hydra says neither which it is nor what is allowed."""
    for override in overrides:
        group, _, name = override.lstrip("+").partition("=")
        if group in (*CHOICES, "tracking") and re.fullmatch(r"null|true|false|[-+.\de]*\d", name.lower()):
            raise UserError(unknown(name, choices(group), group))


def complaint(error: BaseException) -> str:
    """What Hydra complains of as a sentence that names what there is."""
    from hydra.errors import MissingConfigException

    if isinstance(error, MissingConfigException) and error.missing_cfg_file and error.options:
        group, _, name = error.missing_cfg_file.rpartition("/")
        return unknown(name, error.options, group)
    if missing := re.search(r"full_key: (\S+)", f"{error}\n{error.__cause__}"):
        where, _, key = missing[1].rpartition(".")
        allowed = keys(where)
        if allowed and key not in allowed:
            return unknown(key, allowed, where or "the configuration")
    return str(error).strip()
