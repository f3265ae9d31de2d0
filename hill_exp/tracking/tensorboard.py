"""TensorBoard."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import PrivateAttr
from typing_extensions import override

from hill_exp.tracking.base import Run, Tracker
from hill_exp.types import UserError


class TensorBoard(Tracker):
    """One run a condition, in `folder`/GROUP/USER-ID, written anew each time: scalars of epochs and turns, paired
    differences and outcomes as text, pictures."""

    folder: Path
    _writer: Any = PrivateAttr(None)

    @override
    def check(self) -> None:
        if find_spec("tensorboard") is None:
            raise UserError(
                "tracking=tensorboard: needs the package tensorboard. Install it by sh setup.sh tensorboard, or by pip "
                "install 'hill_exp[tensorboard]'"
            )

    @override
    def on_start(self, run: Run) -> None:
        from torch.utils.tensorboard.writer import SummaryWriter

        folder = self.folder / run.group / f"{run.user}-{run.condition.id}"
        shutil.rmtree(folder, ignore_errors=True)
        self._writer = SummaryWriter(str(folder))
        self._writer.add_text(
            "configuration", f"```\n{json.dumps(run.condition.columns(), indent=1, default=str)}\n```"
        )

    @override
    def on_epoch(self, epoch: int, row: Mapping[str, float]) -> None:
        for name, value in row.items():
            self._writer.add_scalar(f"epoch/{name}", value, epoch)

    @override
    def on_turn(self, turn: int, row: Mapping[str, float]) -> None:
        for name, value in row.items():
            self._writer.add_scalar(f"turn/{name}", value, turn)

    @override
    def on_end(self, run: Run) -> None:
        if self._writer is None:
            return
        try:
            self._summarise(run)
        finally:
            self._writer.close()
            self._writer = None

    def _summarise(self, run: Run) -> None:
        from PIL import Image

        lines = ["| | mean difference | pairs |", "|---|---|---|"]
        for control, metrics in run.differences.items():
            lines += [f"| {m} minus {control} | {mean:+.4f} | {n} |" for m, (mean, n) in metrics.items()]
        self._writer.add_text("differences", "\n".join(lines))
        for record in run.records:
            for name, value in record.metrics.items():
                self._writer.add_scalar(f"participant/{name}", value, record.participant)
        for picture in run.pictures:
            with Image.open(picture) as image:
                self._writer.add_image(picture.stem, np.asarray(image.convert("RGB")), dataformats="HWC")
