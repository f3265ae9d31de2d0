"""Who takes part: simulated people, a real one at the page, or a recorded one; three things with one method."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typing_extensions import override

from hill_exp.record.condition import Condition
from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.study.plan import Plan
from hill_exp.study.run import Failed, Ran, run

if TYPE_CHECKING:
    from hill_exp.live.host import Address
    from hill_exp.live.session import Session


class Seat(ABC):
    """Who sits at the canvas. `conditions`: the one that is asked for, then its controls."""

    @abstractmethod
    def take_part(self, conditions: Sequence[Condition], plan: Plan, store: Store) -> Ran:
        """Run the conditions as far as the store has them not."""

    def remarks(self, condition: Condition, plan: Plan, store: Store) -> Iterator[str]:
        """What is to be told after the summary, a line each."""
        yield from ()


class Simulated(Seat):
    """Simulated people, or nobody: all participants of the plan."""

    @override
    def take_part(self, conditions: Sequence[Condition], plan: Plan, store: Store) -> Ran:
        return run(conditions, plan)


@dataclass(frozen=True)
class Live(Seat):
    """A real person at the page: the next participant who is not done, or the one of the session that is resumed."""

    page: Address
    resume: str | Session  # auto, new, or a session

    @override
    def take_part(self, conditions: Sequence[Condition], plan: Plan, store: Store) -> Ran:
        from hill_exp.live import participant
        from hill_exp.loop.parts import Parts
        from hill_exp.study import workers
        from hill_exp.study.check import check_data
        from hill_exp.study.provenance import command

        condition = conditions[0]
        store.add_condition(condition)
        parts = Parts.of(condition.resolved)
        workers.context([parts.projection.preload])  # gets ready meanwhile
        check_data(parts)
        record = participant.lead(condition, store, plan.seed, plan.participants, self.page, self.resume, command())
        if record and record.status == "failed":
            raise Failed(f"The session of participant {record.participant} ended badly: {record.reason}")
        return run(conditions, plan, _done(condition, plan, store))

    @override
    def remarks(self, condition: Condition, plan: Plan, store: Store) -> Iterator[str]:
        done = len(_done(condition, plan, store))
        next_step = "the same command seats the next" if done < plan.participants else "that is all of them"
        yield f"{done} of {plan.participants} participants; {next_step}"


@dataclass(frozen=True)
class Recorded(Seat):
    """The person of a session file, again: the participant of the session."""

    session: Session

    @override
    def take_part(self, conditions: Sequence[Condition], plan: Plan, store: Store) -> Ran:
        ran = run(conditions, plan, [self.session.participant])
        self._warn_of_differences(store.read(conditions[0].content, plan.seed, self.session.participant), store)
        return ran

    def _warn_of_differences(self, record: Record | None, store: Store) -> None:
        from hill_exp.live.session import playback_warning

        trace = store.trace(record) if record else None
        if trace and (turn := self.session.first_difference(trace.shown.tolist())) is not None:
            print(f"warning: {playback_warning(turn)}", file=sys.stderr)


def _done(condition: Condition, plan: Plan, store: Store) -> list[int]:
    standings = store.standings(condition.content)
    return sorted(
        p for (seed, p), s in standings.items() if (seed, s.status) == (plan.seed, "done") and p < plan.participants
    )
