"""How a sweep is composed: each file read once, each job composed once.

Hydra reads the files anew for every job, and composes every job twice: once to see that it can be, before any is run,
and once to run it. Nearly all that work found done costs is that.
"""

from __future__ import annotations

import pickle
from copy import copy
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import ConfigRepository
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.global_hydra import GlobalHydra
from hydra.experimental.callback import Callback
from hydra.plugins.config_source import ConfigResult
from omegaconf import DictConfig
from typing_extensions import override


class ComposeOnce(Callback):
    """A callback of Hydra's: named in the configuration, it is asked before a sweep begins."""

    @override
    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        hydra = GlobalHydra.instance().hydra
        assert hydra is not None
        hydra.config_loader = Composer(hydra.config_loader.get_search_path())


class Composer(ConfigLoaderImpl):
    """Hydra's own, with a memory. What is remembered is pickled, since Hydra writes into what it is given."""

    def __init__(self, search_path: ConfigSearchPath) -> None:
        super().__init__(search_path)
        self.repository = Files(search_path)
        self._seen: dict[tuple[str, ...], bytes] = {}  # jobs that were composed to see that they can be

    def __getstate__(self) -> dict[str, Any]:
        """For the process of a launcher, which composes one job."""
        return {**self.__dict__, "_seen": {}}

    @override
    def load_sweep_config(self, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        job = tuple(sweep_overrides)
        if seen := self._seen.pop(job, None):
            known: DictConfig = pickle.loads(seen)
            return known
        composed = super().load_sweep_config(master_config, sweep_overrides)
        self._seen[job] = pickle.dumps(composed)
        return composed


class Files(ConfigRepository):
    """The configuration files, each read once."""

    def __init__(self, search_path: ConfigSearchPath) -> None:
        super().__init__(search_path)
        self._read: dict[tuple[str, ...], bytes] = {}

    @override
    def load_config(self, config_path: str) -> ConfigResult | None:
        place = (*(source.path for source in self.sources), config_path)
        if place not in self._read:
            self._read[place] = pickle.dumps(super().load_config(config_path))
        result: ConfigResult | None = pickle.loads(self._read[place])
        return result

    def __deepcopy__(self, memo: dict[int, Any]) -> Files:
        """With the same memory: Hydra composes each job by a copy, whose sources it may change."""
        return copy(self)
