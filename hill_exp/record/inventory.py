"""What is in a store: `python -m hill_exp.inventory --store DIR`. It reads, writes nothing, and needs no torch.

A line a condition: how many of its participants are done, failed (with each reason) and missing, of those that the
runs kept in the store asked for; then the files that are damaged. Of a sweep that is yet to run, the same is said by
the sweep's own command with plan=true.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from hill_exp.record.condition import Condition, identified
from hill_exp.record.store import Store


def line(store: Store, condition: Condition, seed: int, participants: int) -> str:
    """How far `condition` has come with participants 0 to `participants` - 1 under `seed`, and why some failed."""
    found = [store.read(condition.content, seed, participant) for participant in range(participants)]
    counts = Counter("missing" if record is None else record.status for record in found)
    told = ", ".join(f"{counts[status]} {status}" for status in ("done", "failed", "missing") if counts[status])
    reasons = [
        f"  failed: participant {record.participant}: {record.reason.splitlines()[0]}"
        for record in found
        if record is not None and record.status == "failed"
    ]
    return "\n".join([f"{condition.label} ({condition.id[:8]}), seed {seed}: {told}", *reasons])


def asked_for(store: Store) -> dict[str, dict[int, int]]:
    """Condition's id -> seed -> number of participants, as the runs whose configuration the store keeps last asked. A
    run asks for its own condition and for its controls: those that differ from it in the user alone."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    beside: dict[str, list[Condition]] = defaultdict(list)
    for condition in store.conditions():
        beside[_but_for_the_user(condition.settings)].append(condition)
    asked: dict[str, dict[int, int]] = defaultdict(dict)
    for path in sorted((store.path / "runs").glob("*/config.yaml")):
        cfg = yaml.load(path.read_bytes(), Loader=loader)  # a safe loader: data only
        for condition in beside[_but_for_the_user(cfg)]:
            same_user = identified(condition.settings["user"], {}) == identified(cfg["user"], {})
            if same_user or condition.names["user"] in cfg["controls"]:
                seeds = asked[condition.id]
                seeds[cfg["seed"]] = max(cfg["participants"], seeds.get(cfg["seed"], 0))
    return asked


def lines(store: Store) -> Iterator[str]:
    """The inventory, a text a condition and seed."""
    asked = asked_for(store)
    for condition in sorted(store.conditions(), key=lambda condition: (condition.label, condition.id)):
        seeds = Counter(asked.get(condition.id, {}))
        for path in (store.path / "records" / condition.content).glob("seed-*-participant-*.json"):
            found, participant = int(path.stem.split("-")[1]), int(path.stem.split("-")[3])
            seeds[found] = max(seeds[found], participant + 1)
        for seed, participants in sorted(seeds.items()):
            yield line(store, condition, seed, participants)
    for path in store.damaged():
        yield f"damaged: {path} (not whole JSON; the next run of its condition writes it anew)"


def _but_for_the_user(settings: Mapping[str, Any]) -> str:
    groups = ("dataset", "model", "projection", "teacher", "schedule", "training")
    return json.dumps([identified(settings[group], {}) for group in groups], sort_keys=True)
