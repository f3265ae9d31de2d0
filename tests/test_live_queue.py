"""The queue for the workers: who waits, who comes first, and that no worker is lost."""

from __future__ import annotations

import asyncio

import pytest

from hill_exp.live.queue import Queue


class Training:
    """Somebody who waits, works until told, and leaves."""

    def __init__(self, queue: Queue, begins: bool = False) -> None:
        self.heard: list[int] = []
        self.done = asyncio.Event()
        self.works = False
        self.task = asyncio.create_task(self._run(queue, begins))

    async def _run(self, queue: Queue, begins: bool) -> None:
        await queue.enter(begins, self.heard.append)
        self.works = True
        await self.done.wait()
        queue.leave()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_only_so_many_work_and_each_hears_how_many_come_before() -> None:
    async def whole() -> None:
        queue = Queue(workers=2)
        trainings = [Training(queue) for _ in range(5)]
        await settled()
        assert [t.works for t in trainings] == [True, True, False, False, False]
        assert [t.heard for t in trainings[2:]] == [[1, 1, 1], [2, 2], [3]]
        trainings[1].done.set()
        await settled()
        assert [t.works for t in trainings] == [True, True, True, False, False]
        assert [t.heard[-1] for t in trainings[3:]] == [1, 2]
        for training in trainings:
            training.done.set()
        await settled()
        assert all(t.task.done() for t in trainings)
        last = [Training(queue) for _ in range(3)]
        await settled()
        assert [t.works for t in last] == [True, True, False]  # both workers are there again

    asyncio.run(whole())


def test_who_waits_for_an_answer_goes_before_who_begins() -> None:
    async def whole() -> None:
        queue = Queue(workers=1)
        first, beginner, answered = Training(queue), Training(queue, begins=True), Training(queue)
        await settled()
        assert (beginner.heard[-1], answered.heard[-1]) == (2, 1)
        first.done.set()
        await settled()
        assert answered.works and not beginner.works

    asyncio.run(whole())


@pytest.mark.parametrize("free", [False, True])
def test_who_goes_away_while_waiting_takes_no_worker_along(free: bool) -> None:
    async def whole() -> None:
        queue = Queue(workers=1)
        first, gone, next_one = (Training(queue) for _ in range(3))
        await settled()
        if free:  # its worker comes free in the same moment
            first.done.set()
            queue.leave()
            first.task.cancel()
        gone.task.cancel()
        await settled()
        if not free:
            first.done.set()
        await settled()
        assert next_one.works

    asyncio.run(whole())
