"""One deadline for many waits cuts the late ones, and nothing else."""

from __future__ import annotations

import asyncio

import pytest

from protekt_cli.server.deadline import Deadline

SOON = 0.01


async def for_ever() -> None:
    await asyncio.Event().wait()


async def at_once() -> str:
    return "done"


def run(scenario: object) -> None:
    async def within() -> None:
        async with asyncio.timeout(10):
            await scenario()  # type: ignore[operator]

    asyncio.run(within())


def test_what_is_done_in_time_is_returned() -> None:
    """The deadline leaves no trace on it."""
    assert asyncio.run(Deadline(SOON).keep(at_once())) == "done"


def test_each_wait_that_is_late_is_cut() -> None:
    """Several at once, and one that begins after the first were cut."""

    async def scenario() -> None:
        deadline = Deadline(SOON)

        ends = await asyncio.gather(
            deadline.keep(for_ever()), deadline.keep(for_ever()), return_exceptions=True
        )

        assert [type(end) for end in ends] == [TimeoutError, TimeoutError]
        with pytest.raises(TimeoutError):
            await deadline.keep(for_ever())

    run(scenario)


def test_wait_that_began_later_is_cut_later() -> None:
    """The timer of the first is set again for the next."""

    async def scenario() -> None:
        deadline = Deadline(SOON)
        first = asyncio.create_task(deadline.keep(for_ever()))
        await asyncio.wait({first}, timeout=SOON / 2)
        second = asyncio.create_task(deadline.keep(for_ever()))

        await asyncio.wait({first, second}, return_when=asyncio.FIRST_COMPLETED)

        assert (first.done(), second.done()) == (True, False)
        for waiting in (first, second):
            with pytest.raises(TimeoutError):
                await waiting

    run(scenario)


def test_task_that_was_cut_can_go_on() -> None:
    """It is not a cancelled one: what it awaits next is waited for."""

    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            await Deadline(SOON).keep(for_ever())

        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0

    run(scenario)


def test_task_that_was_in_time_is_left_alone() -> None:
    """What it waits for afterwards may take longer."""

    async def scenario() -> None:
        deadline = Deadline(SOON)
        await deadline.keep(at_once())

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(for_ever(), SOON * 5)

    run(scenario)


def test_cancellation_by_somebody_else_stays_one() -> None:
    """Whoever cancels the task finds it cancelled."""

    async def scenario() -> None:
        task = asyncio.create_task(Deadline(10).keep(for_ever()))
        await asyncio.sleep(0)

        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task

    run(scenario)


def test_deadline_holds_in_another_loop() -> None:
    """The timer of a loop that has ended is no timer."""
    deadline = Deadline(SOON)

    async def scenario() -> None:
        await deadline.keep(at_once())

    async def late() -> None:
        with pytest.raises(TimeoutError):
            await deadline.keep(for_ever())

    run(scenario)
    run(late)
