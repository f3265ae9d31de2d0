"""The configuration files: which choices there are, what each says, and what Hydra composes of them."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hill_exp.config.folder import CONF
from hill_exp.config.groups import CHOICES
from hill_exp.config.schema import TARGET
from hill_exp.config.sentences import unknown
from hill_exp.config.tree import at
from hill_exp.types import UserError

if TYPE_CHECKING:
    from omegaconf import DictConfig


NO_GROUPS = ("", "hydra", "hypotheses", "people", "search")  # folders that Hydra takes for groups


def choices(group: str) -> dict[str, str]:
    """Name -> its one-line description, the first line of its file: of those shipped, and of those in folders of your
    own that Hydra searches (--config-dir, hydra.searchpath, an installed package)."""
    found: dict[str, str] = {}
    for folder in folders():
        for file in sorted((folder / group).glob("*.yaml")):
            line = file.read_text(encoding="utf-8").partition("\n")[0]
            found.setdefault(file.stem, line.removeprefix("#").strip() if line.startswith("#") else "")
    return dict(sorted(found.items()))


def groups() -> str:
    """The groups of choices and their names, a line each, for the help."""
    names = {
        path.relative_to(folder).as_posix() for folder in folders() for path in folder.glob("**/") if path != folder
    }
    named = ((name, choices(name)) for name in sorted(names) if name.partition("/")[0] not in NO_GROUPS)
    return "\n".join(f"{group}: {', '.join(found)}" for group, found in named if found)


def folders() -> list[Path]:
    """Where the configuration's files are looked for, the first that has one being the one that counts."""
    from hydra.core.global_hydra import GlobalHydra

    with searching():
        hydra = GlobalHydra.instance().hydra
        assert hydra is not None
        sources = [source for source in hydra.config_loader.get_sources() if source.provider != "hydra"]
        found = [folder for source in sources for folder in _places(source.scheme(), source.path)]
        return [folder for folder in found if folder.is_dir()]


def _places(scheme: str, path: str) -> list[Path]:
    """The folders of a source of Hydra's: a folder, or those of a package; none for what lies in no folder."""
    if scheme == "file":
        return [Path(path)]
    try:
        package = importlib.util.find_spec(path.replace("/", ".")) if scheme == "pkg" and path else None
    except ModuleNotFoundError:  # the package that it would lie in
        package = None
    return [Path(place) for place in (package and package.submodule_search_locations) or ()]


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


def keys(where: str, user: str = "oracle") -> list[str]:
    """The keys below the dotted key `where` in the configuration with this user; none if there is none."""
    return [str(key) for key in at(composed(f"+user={user}")[0], where) or () if key != TARGET]


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
    from hydra import compose

    with searching():
        return compose("config", overrides=list(overrides), return_hydra_config=True)


@contextmanager
def searching(folder: Path | None = None) -> Iterator[None]:
    """Within, Hydra is ready: as the main function or an outer `searching` has made it, else to look for files in
    `folder` as well as in those shipped, as with --config-dir."""
    from hydra import version
    from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
    from hydra._internal.hydra import Hydra
    from hydra._internal.utils import create_config_search_path
    from hydra.core.global_hydra import GlobalHydra

    if GlobalHydra.instance().is_initialized():
        yield
        return
    version.setbase("1.3")
    path = create_config_search_path(str(CONF))
    assert isinstance(path, ConfigSearchPathImpl)
    if folder is not None:
        path.prepend("command-line", f"file://{folder.absolute()}", anchor="schema")
    Hydra.create_main_hydra2("hill_exp", path)
    try:
        yield
    finally:
        GlobalHydra.instance().clear()


def check_overrides(overrides: Sequence[str]) -> None:
    """UserError for a choice that is no name, of which Hydra says neither which it is nor what is allowed."""
    for override in overrides:
        group, _, name = override.lstrip("+").partition("=")
        if group in (*CHOICES, "tracking") and re.fullmatch(r"null|true|false|[-+.\de]*\d", name.lower()):
            raise UserError(unknown(name, choices(group), group))


def _seated(overrides: Sequence[str]) -> Iterator[str]:
    """Whoever is asked for by name."""
    for override in overrides:
        key, _, name = override.lstrip("+").partition("=")
        if key == "user":
            yield name


def complaint(error: BaseException, overrides: Sequence[str] = ()) -> str:
    """What Hydra complains of in the overrides as a sentence that names what there is."""
    from hydra.errors import MissingConfigException, OverrideParseException

    if isinstance(error, OverrideParseException):
        key, _, value = error.override.partition("=")
        quoted = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"{error.override}: cannot be read. A value with signs of its own is quoted twice: \"{key}='{quoted}'\""
    if isinstance(error, MissingConfigException) and error.missing_cfg_file and error.options:
        group, _, name = error.missing_cfg_file.rpartition("/")
        return unknown(name, error.options, group)
    if missing := re.search(r"full_key: (\S+)", f"{error}\n{error.__cause__}"):
        where, _, key = missing[1].rpartition(".")
        user = next((name for name in _seated(overrides) if name in choices("user")), "oracle")
        if where == "user" and user == "custom":
            return f"user.{key}: is a setting of your own class; give it as +user.{key}=VALUE"
        allowed = keys(where, user)
        if allowed and key not in allowed:
            return unknown(key, allowed, where or "the configuration")
    if re.match(r"user\S* appears more than once", str(error)):
        return "user: arm=NAME brings a person of its own. Say user=NAME, without the +, to seat another one."
    if unseated := re.search(r"Could not override '(user\.[^']+)'", str(error)):
        return (
            f"{unseated[1]}: whoever sits there has no such setting, or nobody is there yet; say +user=NAME of "
            "somebody who has it, also beside an experiment"
        )
    return str(error).strip()
