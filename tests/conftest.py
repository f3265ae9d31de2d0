"""What tests share: conditions composed from the shipped configuration, made small."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: the tests' own processes contend for the cores too

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from hill_exp.config import compose
from hill_exp.loop.parts import Parts
from hill_exp.record.condition import Condition
from hill_exp.study.check import check

TINY = [
    "dataset.canvas_points=60",
    "dataset.validation_points=50",
    "dataset.test_points=100",
    "training.epochs=4",
    "training.batch_size=30",
    "schedule.warmup=1",
    "schedule.every=1",
    "schedule.turns=2",
    "schedule.budget.points=12",
]


EXTRAS = {
    "tsne": "openTSNE",
    "efficientnet_lite0": "efficientnet_lite_pytorch",
    "timm": "timm",
}  # choices that need a package of an extra


def marks(name: str) -> list[pytest.MarkDecorator]:
    """Of a test of the choice: that it is skipped where its extra is not installed."""
    package = EXTRAS.get(name)
    return [pytest.mark.skipif(find_spec(package) is None, reason=f"{package} is not installed")] if package else []


def condition_of(*overrides: str) -> Condition:
    cfg, choices = compose.composed(*overrides)
    return check(choices, cfg, device="cpu")


@pytest.fixture
def tiny() -> Callable[..., Condition]:
    """A condition on digits that runs in a fraction of a second: tiny("+user=oracle", "teacher.weight=2")."""
    return lambda *overrides: condition_of(*TINY, "projection=pca", *overrides)


@pytest.fixture
def tiny_parts(tiny: Callable[..., Condition]) -> Callable[..., Parts]:
    return lambda *overrides: Parts.of(tiny(*overrides).resolved)


@pytest.fixture(scope="session")
def cifar_archive() -> Path:
    """Real images that lie beside the repository where the project is developed."""
    archive = Path(__file__).parents[2] / "shared" / "data" / "cifar10-images.tar.gz"
    if not archive.exists():
        pytest.skip(f"no real images here: {archive.name} is not in a shared/data folder beside the repository")
    return archive
