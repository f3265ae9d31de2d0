"""What follows from a request: tell what is done of it, or run it and tell what came of it."""

from __future__ import annotations

import math
import statistics

from hill_exp.command.ask import Request
from hill_exp.command.tell import tell
from hill_exp.command.track import track
from hill_exp.record import inventory
from hill_exp.record.files import write_whole
from hill_exp.record.store import Store
from hill_exp.study.run import Failed, Ran


def answer(request: Request) -> float:
    """Carry the request out. Gives the condition's mean validation accuracy, the objective of sweeps that tune (never
    the test set); NaN where nothing was to be run. Raises Failed where a participant failed."""
    plan, store = request.plan, Store(request.plan.store)
    if request.only_tell:
        for condition in request.conditions:
            standings = store.standings(condition.content)
            print(inventory.line(condition, standings, plan.seed, plan.participants), flush=True)
        return math.nan
    ran = carry_out(request, store)
    if ran.new or not request.in_sweep:  # in a sweep, work found done must cost next to nothing
        tell(request, store)
    if request.tracker.is_on:
        track(request, store)
    for remark in request.seat.remarks(request.condition, plan, store):
        print(remark)
    everybody = [standing for standings in ran.standings for standing in standings]
    failed = sum(standing.status == "failed" for standing in everybody)
    for number, how in ((failed, "failed"), (ran.interrupted, "were interrupted")):
        if number:
            of = len(everybody) + ran.interrupted
            raise Failed(f"{number} of {of} participants {how}; run the same command to try them again")
    return statistics.fmean(standing.validation_accuracy for standing in ran.standings[0])


def carry_out(request: Request, store: Store) -> Ran:
    """Whoever is missing takes part, after the configuration is kept beside them."""
    store.open_for_writing()
    _keep(request, store)
    return request.seat.take_part(request.conditions, request.plan, store)


def _keep(request: Request, store: Store) -> None:
    """Keep the configuration that ran, every value of it, and what it asked for, in the folder of the run."""
    import yaml

    folder = store.run_folder(request.condition)
    asked = inventory.Asked(
        conditions=tuple(condition.id for condition in request.conditions),
        seed=request.plan.seed,
        participants=request.plan.participants,
    )
    files = {
        "config.yaml": yaml.safe_dump(dict(request.cfg), sort_keys=False).encode(),
        inventory.FILE: asked.model_dump_json(indent=1).encode(),
    }
    for name, data in files.items():
        if not (file := folder / name).is_file() or file.read_bytes() != data:  # to flush to the disk takes long
            write_whole(file, data)
