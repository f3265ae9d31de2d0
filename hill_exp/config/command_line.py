"""The command line before Hydra reads it: its order, the folder of your own choices, settings of users swept over."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override

WITH_A_VALUE: Final = (
    "--cfg", "-c", "--package", "-p", "--config-path", "-cp", "--config-name", "-cn", "--config-dir", "-cd",
    "--experimental-rerun",
)  # fmt: skip


def arranged(arguments: Sequence[str]) -> list[str]:
    """The same with options first, wherever they stood, which Hydra's parser wants; the overrides `for_each_user`."""
    options, overrides = _parted(arguments)
    return [*options, *for_each_user(options, overrides)]


def config_dir(arguments: Sequence[str]) -> Path | None:
    """The folder that --config-dir names, if any."""
    options, _ = _parted(arguments)
    for number, option in enumerate(options):
        name, _, within = option.partition("=")
        if name in ("--config-dir", "-cd"):
            return Path(within or "".join(options[number + 1 : number + 2]))
    return None


def overrides_of(arguments: Sequence[str]) -> list[str]:
    """Those without the options and their values."""
    return _parted(arguments)[1]


def _parted(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    options: list[str] = []
    overrides: list[str] = []
    for argument in arguments:
        is_value = bool(options) and options[-1] in WITH_A_VALUE
        (options if argument.startswith("-") or is_value else overrides).append(argument)
    return options, overrides


def for_each_user(options: Sequence[str], overrides: Sequence[str]) -> list[str]:
    """The overrides, of which settings of the user stand as sweeps of one value where users are swept over: what Hydra
    composes before the sweep has no user, to whom they could belong, and leaves sweeps out."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import OverrideParseException

    if not ({"-m", "--multirun"} & {*options} or any(each.startswith("experiment=") for each in overrides)):
        return list(overrides)
    parser = OverridesParser.create()
    parsed: dict[str, Override] = {}
    for override in overrides:
        with suppress(OverrideParseException):  # of which Hydra will complain
            parsed[override] = parser.parse_override(override)
    if any(each.key_or_group in ("user", "arm") and not each.is_sweep_override() for each in parsed.values()):
        return list(overrides)
    return [
        "=choice(".join(override.split("=", 1)) + ")"
        if (each := parsed.get(override)) and _is_of_a_user(each) and not each.is_sweep_override()
        else override
        for override in overrides
    ]


def _is_of_a_user(override: Override) -> bool:
    from hydra.core.override_parser.types import OverrideType

    return override.type == OverrideType.CHANGE and override.key_or_group.startswith(("user.", "user/"))
