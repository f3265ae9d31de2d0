"""Weights & Biases. It logs from records that are already in the store, and whatever fails in it costs one warning."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from hill_exp.record.condition import Condition
from hill_exp.record.record import Record
from hill_exp.tracking.base import Tracker


class Wandb(Tracker):
    """One run a condition: the mean learning curves over participants, each one's outcome, the pictures."""

    wandb: Literal["disabled", "offline", "online"]
    project: str

    def track(
        self, condition: Condition, records: Sequence[Record], pictures: Sequence[Path], folder: Path
    ) -> str | None:
        """Log one condition; the warning to give if that failed in any way, else None."""
        if self.wandb == "disabled" or not records:
            return None
        try:
            self._log(condition, records, pictures, folder)
        except Exception as error:  # wandb raises of many kinds, into whoever calls it
            return f"wandb: {type(error).__name__}: {str(error) or 'no reason given'}. The store has everything."
        return None

    def _log(self, condition: Condition, records: Sequence[Record], pictures: Sequence[Path], folder: Path) -> None:
        import wandb

        quiet = wandb.Settings(
            silent=True, console="off", x_disable_stats=True, x_disable_meta=True, disable_git=True, disable_code=True,
            init_timeout=30,
        )  # fmt: skip
        config: dict[str, Any] = {**condition.columns(), "participants": len(records), "condition": condition.id}
        with wandb.init(
            project=self.project, name=condition.label, mode=self.wandb, dir=folder, config=config, settings=quiet
        ) as run:
            for epoch, row in enumerate(_mean_curves(records), start=1):
                run.log(row, step=epoch)
            for record in records:
                run.summary.update(
                    {f"participant_{record.participant}/{k}": v for k, v in record.metrics.items() if np.isfinite(v)}
                )
            for picture in pictures:
                run.log({picture.stem: wandb.Image(str(picture))})


def _mean_curves(records: Sequence[Record]) -> list[dict[str, float]]:
    """One row an epoch: the mean over participants of each column."""
    names = [name for name in records[0].epochs if name != "epoch"]
    means = {name: np.mean([record.epochs[name] for record in records], axis=0) for name in names}
    return [{name: float(means[name][i]) for name in names} for i in range(len(means[names[0]]))]
