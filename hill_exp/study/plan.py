"""The part of the configuration that says who takes part and where the work is done."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, FiniteFloat, field_validator

from hill_exp.config import Choice
from hill_exp.types import UserError

MOST_PARTICIPANTS = 1_000_000
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Participants = Annotated[int, Field(ge=1, le=MOST_PARTICIPANTS)]
Number = Annotated[int, Field(ge=0, lt=2 * MOST_PARTICIPANTS)]  # of a participant; above the most: practice


class Plan(Choice):
    """Who takes part, with whom each condition is compared, and where the work is done."""

    participants: Participants  # numbered from 0
    seed: Seed
    workers: int | None = Field(ge=1, le=4096)  # processes; None: one a core
    time_limit: FiniteFloat | None = Field(gt=0)  # s that one participant may take; None: as long as it takes
    store: Path  # folder of the records
    device: Literal["auto", "cpu", "cuda"]
    controls: tuple[str, ...]  # users that every condition is compared with, run as well

    @field_validator("store", mode="before")
    @classmethod
    def _is_named(cls, store: Any) -> Any:
        if not str(store or "").strip():
            raise ValueError("must name a folder, as store=results")
        return store

    @field_validator("controls")
    @classmethod
    def _each_once(cls, controls: tuple[str, ...]) -> tuple[str, ...]:
        if twice := sorted({name for name in controls if controls.count(name) > 1}):
            raise ValueError(f"must name each user once; {', '.join(twice)} stands there twice")
        return controls


def resolve_device(device: str) -> str:
    """cpu or cuda. `auto` asks torch only where an NVIDIA driver is installed, so that elsewhere it costs nothing."""
    if device == "cpu" or (device == "auto" and shutil.which("nvidia-smi") is None):
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if device == "cuda":
        raise UserError("device=cuda: torch sees no GPU here. Use device=cpu, or install a CUDA build of torch.")
    return "cpu"
