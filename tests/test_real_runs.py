"""Real runs, as a user would start them; `python -m pytest -m slow`."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from commands import accuracies, hill_exp

pytestmark = pytest.mark.slow


def test_the_oracle_helps_where_few_points_are_labelled(tmp_path: Path) -> None:
    """Defaults, umap included: with a threshold far below what 24 participants gained (0.04 over none and more)."""
    done = hill_exp("+user=oracle", "participants=4", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = accuracies(tmp_path / "results")
    gains = {other: [found["oracle", p] - found[other, p] for p in range(4)] for other in ("none", "placebo")}
    assert min(sum(gain) / 4 for gain in gains.values()) > 0.015


def test_photographs_in_a_folder(cifar_archive: Path, tmp_path: Path) -> None:
    """A small cnn on real 32x32 photographs of ten classes does better than chance, by far."""
    with tarfile.open(cifar_archive) as archive:
        archive.extractall(
            tmp_path / "photographs",
            members=(m for m in archive if m.isdir() or int(Path(m.name).stem) < 120),
            filter="data",
        )
    done = hill_exp(
        "+user=oracle", "dataset=image_folder", "dataset.root=photographs", "model=cnn", "controls=[none]",
        "dataset.test_points=500", "dataset.validation_points=200", "participants=2", "training.epochs=20",
        "schedule.warmup=5", "schedule.every=5", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = accuracies(tmp_path / "results")
    assert len(found) == 4 and all(accuracy > 0.2 for accuracy in found.values())  # chance is 0.1
