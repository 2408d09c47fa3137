"""A fair queue: a user's own pieces of work wait for each other, and other users do not wait for them."""

import asyncio
from uuid import uuid4

import pytest

from app.platform.errors import TooManyAtOnceError, UnavailableError
from app.platform.fair_queue import FairQueue

ALICE, BOB = uuid4(), uuid4()


async def settled() -> None:
    """Let every task run as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_another_user_waits_for_one_of_a_users_many_at_most():
    queue = FairQueue("Work", at_once=1, of_one_user=4, in_all=10)
    order: list[str] = []
    go = asyncio.Event()

    async def work(name: str, user_id) -> None:
        async with queue.turn(user_id):
            await go.wait()
            order.append(name)

    tasks = [asyncio.create_task(work(f"alice {number}", ALICE)) for number in range(4)]
    await settled()
    tasks.append(asyncio.create_task(work("bob", BOB)))
    await settled()
    go.set()
    await asyncio.gather(*tasks)
    assert order == ["alice 0", "bob", "alice 1", "alice 2", "alice 3"]


async def test_one_user_may_have_so_many_and_all_together_so_many():
    queue = FairQueue("Work", at_once=1, of_one_user=2, in_all=3)
    async with queue.counted(ALICE), queue.counted(ALICE):
        with pytest.raises(TooManyAtOnceError, match="at most 2 per user") as refused:
            await queue.turn(ALICE).__aenter__()
        assert int(refused.value.headers["Retry-After"]) > 0
        async with queue.turn(BOB):
            with pytest.raises(UnavailableError):
                await queue.counted(BOB).__aenter__()
    async with queue.turn(ALICE):
        pass
    assert not queue.active and not queue.user_locks


async def test_who_gives_up_waiting_leaves_nothing_behind():
    queue = FairQueue("Work", at_once=1, of_one_user=2, in_all=3)

    async def wait() -> None:
        async with queue.turn(BOB):
            raise AssertionError("it is not Bob's turn")

    async with queue.turn(ALICE):
        waiting = asyncio.create_task(wait())
        await settled()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert not queue.active and not queue.user_locks
