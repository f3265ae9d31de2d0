"""The contract of a schedule, as checks that any class can be run through.

    from hill_exp.testing.schedule import CHECKS

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_schedule(check):
        check(lambda: MySchedule(warmup=10, turns=5, budget=Budget(points=60)))

Each check makes its own schedules by calling `make()`, and says by an AssertionError what is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from hill_exp.schedule import Schedule
from hill_exp.testing import global_generators_at
from hill_exp.types import Budget, UserError

Make = Callable[[], Schedule]

EPOCHS = 200


def losses() -> dict[str, list[float]]:
    """Validation losses (nats) of trainings of 200 epochs."""
    epoch = np.arange(EPOCHS)
    noise = np.random.default_rng(0).normal(0, 0.1, EPOCHS)
    curves = {
        "falling": np.exp(-epoch / 40),
        "stalled": np.ones(EPOCHS),
        "falling, then stalled": np.exp(-np.minimum(epoch, 30) / 10),
        "rising": 1 + epoch / 40,
        "noisy": 2 + noise,
    }
    return {name: curve.tolist() for name, curve in curves.items()}


def turns(schedule: Schedule, validation_losses: Sequence[float]) -> list[int]:
    """The numbers of epochs done at the turns of a training with these losses."""
    taken: list[int] = []
    for done in range(len(validation_losses)):
        if schedule.is_turn(tuple(taken), tuple(validation_losses[:done])):
            taken.append(done)
    return taken


def begins_after_the_warmup(make: Make) -> None:
    """The first turn comes right after the warm-up, and none before."""
    for name, curve in losses().items():
        schedule = make()
        taken = turns(schedule, curve)
        assert taken, f"{name}: no turn in {EPOCHS} epochs"
        assert taken[0] == schedule.warmup, f"{name}: the first turn after {taken[0]} epochs, of {schedule.warmup}"


def takes_no_turn_too_many(make: Make) -> None:
    """Never more than `turns`."""
    for name, curve in losses().items():
        schedule = make()
        taken = turns(schedule, curve)
        assert len(taken) <= schedule.turns, f"{name}: {len(taken)} turns, of {schedule.turns}"


def takes_no_turn_twice(make: Make) -> None:
    """After a turn, none before another epoch of training."""
    for name, curve in losses().items():
        schedule, taken = make(), list[int]()
        for done in turns(make(), curve):
            taken.append(done)
            again = schedule.is_turn(tuple(taken), tuple(curve[:done]))
            assert not again, f"{name}: two turns after the same {done} epochs"


def is_deterministic(make: Make) -> None:
    """When the turns come follows from the losses and the turns so far, whatever the schedule was asked before, and
    whatever the global random state, which is left as it was."""
    used = make()
    for curve in losses().values():
        taken = []
        for seed, schedule in enumerate((used, make())):
            with global_generators_at(seed, "is_turn"):
                taken.append(turns(schedule, curve))
        assert taken[0] == taken[1], "the turns are not a function of the losses and the turns so far"


def budget_is_what_it_says(make: Make) -> None:
    """The budget of a turn is the one that was set, and stays it; one that allows nothing is refused."""
    settings = make().model_dump()
    wanted: dict[str, Any] = {"points": 7, "gestures": 3, "seconds": 2.5}
    schedule = type(make())(**{**settings, "budget": wanted})
    assert schedule.budget == Budget(**wanted), f"the budget is {schedule.budget}, where {wanted} was set"
    turns(schedule, losses()["stalled"])
    assert schedule.budget == Budget(**wanted), "the budget changes from turn to turn"
    try:
        type(schedule)(**{**settings, "budget": {**wanted, "points": 0}})
    except (UserError, ValueError):
        return
    raise AssertionError("a budget of 0 points is taken")


CHECKS: Final[tuple[Callable[[Make], None], ...]] = (
    begins_after_the_warmup,
    takes_no_turn_too_many,
    takes_no_turn_twice,
    is_deterministic,
    budget_is_what_it_says,
)


def check_schedule(make: Make) -> None:
    """All checks."""
    for check in CHECKS:
        check(make)
