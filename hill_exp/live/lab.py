"""Several people at once at one server, each in a room and at an address of its own; their trainings queue for the
workers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from hill_exp.live.host import Address, run_steps, seated, serve_while
from hill_exp.live.people import OpenStudy, StudyWay
from hill_exp.live.queue import Queue
from hill_exp.live.room import Room, TabsChanged
from hill_exp.live.seat import Seat
from hill_exp.live.sittings import Sitting
from hill_exp.live.step import Declined, Withdrawn
from hill_exp.loop.parts import Parts
from hill_exp.record.record import Record
from hill_exp.study import workers
from hill_exp.types import UserError

Say = Callable[[str], None]  # to whoever runs the study


def lead(study: OpenStudy, codes: Sequence[str], address: Address, trainings: int, say: Say) -> list[Sitting]:
    """Lead the people of these codes through the study, until all are done. trainings: how many run at once. `say` is
    told each one's address, how far it is, and what goes wrong. Gives how far each one is.

    Raises UserError where nobody can be seated, KeyboardInterrupt after Ctrl-C: what was done is kept.
    """
    ways = list[StudyWay]()
    for code in codes:
        try:
            ways.append(StudyWay(study, code))
        except UserError as error:
            say(str(error))
    if not ways:
        raise UserError(f"none of the codes can be seated: {', '.join(codes)}")
    every = (*study.conditions.values(), *study.practice.values())
    workers.context([Parts.of(condition.resolved).projection.preload for condition in every])  # gets ready meanwhile
    before = next((seat.port for way in ways if (seat := Seat.kept(way.seat)).port), 0)
    with address.listen(before) as listening:
        queue = Queue(trainings)
        rooms = [seated(way, listening, queue) for way in ways]
        for way, room in zip(ways, rooms, strict=True):
            say(f"{way.code}: open {address.url(listening, room)}")

        async def all_of_them() -> None:
            leading = asyncio.gather(*(_lead(way, room, say) for way, room in zip(ways, rooms, strict=True)))
            await serve_while(leading, rooms, address, listening)
            leading.result()

        asyncio.run(all_of_them())
    return [way.sitting for way in ways]


async def _lead(way: StudyWay, room: Room, say: Say) -> None:
    """One of them, to the end; after what went wrong, again as soon as the page is loaded anew."""

    def tell(what: str) -> None:
        say(f"{datetime.now():%H:%M} {way.code}: {what}")

    while True:
        try:
            results = await run_steps(way, room, begun=lambda step: tell(f"at {step}"))
        except Declined:
            return tell("does not take part")
        except Withdrawn as left:
            return tell(f"has left; what was done is {'kept' if left.keep else 'deleted'}")
        except UserError as error:
            tell(str(error))
        else:
            last = results[-1] if results else None
            if not isinstance(last, Record) or last.status == "done":
                return tell("done")
            tell(f"the training failed ({last.reason}); it is tried again when the page is loaded anew")
        await room.hear(TabsChanged)
        while not room.tabs:
            await room.hear(TabsChanged)
