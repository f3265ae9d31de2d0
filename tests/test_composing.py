"""A sweep reads each file once and composes each job once, and what it composes is what Hydra would."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.global_hydra import GlobalHydra
from hydra.core.utils import setup_globals
from hydra.types import RunMode
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf, open_dict

from hill_exp.config.compose import searching, with_hydra
from hill_exp.config.composing import Composer

JOBS = [
    ["+user=oracle", "teacher.weight=3"],
    ["+user=oracle"],
    ["+user=biased", "projection=scrambled", "projection.of.min_dist=0.3"],
    ["+user=biased", "projection=scrambled"],
    ["arm=svc", "regime=digits"],
    ["+user=none", "hydra.job.name=another"],
]


@pytest.fixture
def master() -> Iterator[DictConfig]:
    """What Hydra composes before the sweep; Hydra is ready meanwhile."""
    setup_globals()
    with searching():
        yield loader().load_configuration("config", ["store=somewhere"], run_mode=RunMode.MULTIRUN)


def loader() -> Any:
    hydra = GlobalHydra.instance().hydra
    assert hydra is not None
    return hydra.config_loader


def values(cfg: DictConfig) -> Any:
    return OmegaConf.to_container(cfg, resolve=False)


def test_what_is_composed_is_what_hydra_composes(master: DictConfig) -> None:
    composer, hydras = Composer(loader().get_search_path()), loader()
    for job in JOBS * 2:  # again, so that one job has left nothing in another
        expected = values(hydras.load_sweep_config(master, job))
        for _ in range(2):  # to see that it can be, and to run it
            cfg = composer.load_sweep_config(master, job)
            assert values(cfg) == expected
            with open_dict(cfg):
                cfg.hydra.job.num = 3
                cfg.training.epochs = 7


def test_a_job_is_composed_once_and_a_file_read_once(master: DictConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()

    def counted(owner: type, name: str, what: str) -> None:
        original = getattr(owner, name)

        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            calls[f"{what} {kwargs.get('config_path', '')}".strip()] += 1
            return original(self, *args, **kwargs)

        monkeypatch.setattr(owner, name, call)

    composer = Composer(loader().get_search_path())
    counted(ConfigLoaderImpl, "load_configuration", "composed")
    files = next(source for source in composer.get_sources() if source.scheme() == "file")
    counted(type(files), "load_config", "read")  # Hydra's scan for plugins makes the class anew
    for _ in range(2):
        for job in JOBS:
            composer.load_sweep_config(master, job)
    assert calls.pop("composed") == len(JOBS)
    assert calls["read config"] == 1 and set(calls.values()) == {1}


def test_a_file_that_hides_another_is_read_where_it_is_looked_for(master: DictConfig, tmp_path: Path) -> None:
    """A folder of one's own, that one job searches and the next one not."""
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "mine.yaml").write_text("defaults: [digits]\nlabelled: 0.7\n", encoding="utf-8")
    composer = Composer(loader().get_search_path())
    job = ["+user=none", "dataset=mine", f"hydra.searchpath=[file://{tmp_path}]"]
    assert composer.load_sweep_config(master, job).dataset.labelled == 0.7
    assert composer.load_sweep_config(master, ["+user=none"]).dataset.labelled == 0.2
    with pytest.raises(Exception, match="Could not find 'dataset/mine'"):
        composer.load_sweep_config(master, job[:2])


def test_what_a_launcher_sends_has_no_other_jobs_in_it(master: DictConfig) -> None:
    composer = Composer(loader().get_search_path())
    before = len(pickle.dumps(composer))
    for weight in range(5):
        composer.load_sweep_config(master, ["+user=oracle", f"teacher.weight={weight}"])
    sent = pickle.loads(pickle.dumps(composer))
    assert len(pickle.dumps(sent)) < before + 100_000  # bytes; of the files that were read
    assert values(sent.load_sweep_config(master, JOBS[0])) == values(loader().load_sweep_config(master, JOBS[0]))


def test_the_configuration_has_sweeps_composed_so() -> None:
    with searching():
        callback = instantiate(with_hydra("+user=none").hydra.callbacks.compose_once)
        callback.on_multirun_start(with_hydra("+user=none"))
        assert isinstance(loader(), Composer)
