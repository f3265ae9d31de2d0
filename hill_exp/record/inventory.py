"""What is in a store: how far each condition has come. It reads, writes nothing, and needs no torch.

A line a condition: how many of its participants are done, failed (with each reason) and missing, of those that the
runs kept in the store asked for; then the files that are damaged. Of a sweep that is yet to run, the same is said by
the sweep's own command with plan=true.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from hill_exp.record.condition import Condition
from hill_exp.record.index import Standing
from hill_exp.record.store import Store

FILE: Final = "asked.json"  # in the folder of a run


class Asked(BaseModel):
    """What a run asked for: participants 0 to `participants` - 1 under each of the conditions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    conditions: tuple[str, ...]  # ids
    seed: int
    participants: int


def line(condition: Condition, standings: Mapping[tuple[int, int], Standing], seed: int, participants: int) -> str:
    """How far `condition` has come with participants 0 to `participants` - 1 under `seed`, and why some failed.
    standings: those of Store.standings."""
    present = {p: standing for (s, p), standing in sorted(standings.items()) if s == seed and p < participants}
    counts = Counter[str](standing.status for standing in present.values())
    numbers: dict[str, int] = {**counts, "missing": participants - counts.total()}
    states = ", ".join(f"{numbers[state]} {state}" for state in ("done", "failed", "missing") if numbers.get(state))
    reasons = [
        f"  failed: participant {participant}: {standing.reason}"
        for participant, standing in present.items()
        if standing.status == "failed"
    ]
    return "\n".join([f"{condition.label} ({condition.id[:8]}), seed {seed}: {states}", *reasons])


def lines(store: Store) -> Iterator[str]:
    """The inventory, a text a condition and seed."""
    asked = _asked(store)
    for condition in sorted(store.conditions(), key=lambda condition: (condition.label, condition.id)):
        seeds = Counter(asked.get(condition.id, {}))
        standings = store.standings(condition.content)
        for seed, participant in standings:
            seeds[seed] = max(seeds[seed], participant + 1)
        for seed, participants in sorted(seeds.items()):
            yield line(condition, standings, seed, participants)
    for path in store.damaged():
        yield f"damaged: {path} (not a whole record; the next run of its condition writes it anew)"


def _asked(store: Store) -> dict[str, dict[int, int]]:
    """Condition's id -> seed -> number of participants, as the runs that the store keeps last asked."""
    asked: dict[str, dict[int, int]] = defaultdict(dict)
    for folder in store.runs():
        with suppress(OSError, ValidationError):  # a run of which nothing is known asks for nothing
            run = Asked.model_validate_json((folder / FILE).read_bytes())
            for condition in run.conditions:
                seeds = asked[condition]
                seeds[run.seed] = max(run.participants, seeds.get(run.seed, 0))
    return asked
