"""The configuration files: which choices there are, and what each says."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from functools import cache
from typing import TYPE_CHECKING, Any

from hill_exp.config.folder import CONF
from hill_exp.config.schema import unknown
from hill_exp.types import UserError

if TYPE_CHECKING:
    from omegaconf import DictConfig

GROUPS = ("dataset", "model", "projection", "teacher", "user", "schedule")  # whose choices make a condition


def choices(group: str) -> dict[str, str]:
    """Name -> its one-line description, the first line of its file."""
    return {
        file.stem: file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("#").strip()
        for file in sorted((CONF / group).glob("*.yaml"))
    }


@cache  # a sweep asks for the same controls in every job, and composing is most of what a job found done costs
def settings(group: str, name: str, where: str) -> Mapping[str, Any]:
    """The values of one choice as its file has them. UserError, naming the config key `where`, if there is none."""
    if name not in (there := choices(group)):
        raise UserError(unknown(name, list(there), where))
    return composed(f"+{group}={name}" if group == "user" else f"{group}={name}")[0][group]


def keys(where: str) -> list[str]:
    """The keys below the dotted key `where` in the configuration with the oracle as its user; none if there is none."""
    node: Any = composed("+user=oracle")[0]
    for part in filter(None, where.split(".")):
        node = node.get(part, {}) if isinstance(node, Mapping) else {}
    return [str(key) for key in node]


def composed(*overrides: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The whole configuration under `overrides`, and the choice of each group. Raises Hydra's errors."""
    from omegaconf import OmegaConf

    cfg = with_hydra(*overrides)
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
