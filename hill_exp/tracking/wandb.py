"""Weights & Biases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from pydantic import PrivateAttr
from typing_extensions import override

from hill_exp.tracking.base import Run, Tracker


class Wandb(Tracker):
    """One run a condition, controls too: mean learning curves and turns, each participant's outcome, paired differences
    from the controls, pictures, and the records as an artifact. Conditions that are compared share a group; the user is
    the job type. A run that was tracked before goes on under its id, so that there is one of it."""

    wandb: Literal["disabled", "offline", "online"]
    project: str
    _run: Any = PrivateAttr(None)

    @property
    @override
    def is_on(self) -> bool:
        return self.wandb != "disabled"

    @override
    def on_start(self, run: Run) -> None:
        import wandb

        self._run = wandb.init(
            project=self.project,
            name=run.condition.label,
            group=run.group,
            job_type=run.user,
            tags=["control"] if run.is_control else [],
            id=run.id,
            resume="allow",
            mode=self.wandb,
            dir=run.folder,
            config={**run.condition.columns(), "participants": len(run.records), "condition": run.condition.id},
            settings=wandb.Settings(
                silent=True, console="off", x_disable_stats=True, x_disable_meta=True, disable_git=True,
                disable_code=True, init_timeout=30,
            ),
        )  # fmt: skip

    @override
    def on_epoch(self, epoch: int, row: Mapping[str, float]) -> None:
        self._run.log(dict(row), step=epoch)

    @override
    def on_turn(self, turn: int, row: Mapping[str, float]) -> None:
        self._run.summary.update({f"turn_{turn}/{name}": value for name, value in row.items()})

    @override
    def on_end(self, run: Run) -> None:
        if self._run is None:
            return
        try:
            self._summarise(run)
        finally:
            self._run.finish()
            self._run = None

    def _summarise(self, run: Run) -> None:
        import wandb

        for record in run.records:
            outcome = {name: value for name, value in record.metrics.items() if np.isfinite(value)}
            self._run.summary.update({f"participant_{record.participant}/{k}": v for k, v in outcome.items()})
        for control, metrics in run.differences.items():
            for metric, (mean, pairs) in metrics.items():
                self._run.summary.update({f"minus_{control}/{metric}": mean, f"minus_{control}/n": pairs})
        for picture in run.pictures:
            self._run.log({picture.stem: wandb.Image(str(picture))})
        artifact = wandb.Artifact(f"records-{run.condition.id}-{run.seed}", type="records")
        for file in run.files:
            artifact.add_file(str(file))
        self._run.log_artifact(artifact)
