"""Telling a tracker of a request's conditions, from what the store has of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hill_exp.command.tell import brief, differences, done_under, warn
from hill_exp.record.condition import Condition
from hill_exp.record.store import Store
from hill_exp.tracking import Run

if TYPE_CHECKING:
    from hill_exp.command.ask import Request


def track(request: Request, store: Store) -> None:
    """Tell of the condition and its controls, those of the seed who ended well; a warning for what fails."""
    seed = request.plan.seed
    records = {c.id: [r for r in done_under(store, c) if r.seed == seed] for c in request.conditions}
    if not records[request.condition.id]:
        return
    if not (pictures := sorted(store.run_folder(request.condition).glob("*.png"))):
        brief(request, store)  # which a sweep leaves out
        pictures = sorted(store.run_folder(request.condition).glob("*.png"))
    for condition in request.conditions:
        if done := records[condition.id]:
            is_control = condition is not request.condition
            others = () if is_control else request.controls
            run = Run(
                condition=condition,
                is_control=is_control,
                seed=seed,
                records=done,
                files=[store.record_path(r.content, r.seed, r.participant) for r in done],
                differences={other.names["user"]: differences(done, records[other.id]) for other in others},
                pictures=[] if is_control else pictures,
                folder=_folder(store, condition),
            )
            if warning := request.tracker.follow(run):
                warn(warning)


def _folder(store: Store, condition: Condition) -> Path:
    folder = store.run_folder(condition)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
