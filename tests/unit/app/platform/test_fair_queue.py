"""Turns are given so that a user's own work waits for each other, and others do not wait for it."""

import asyncio
from uuid import uuid4

import pytest

from app.platform.errors import TooManyAtOnceError, UnavailableError
from app.platform.fair_queue import Turns

ALICE, BOB = uuid4(), uuid4()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_another_user_waits_for_one_of_a_users_many_at_most():
    turns = Turns("Work", at_once=1, of_one_user=4, in_all=10)
    order: list[str] = []
    go = asyncio.Event()

    async def work(name: str, user_id) -> None:
        async with turns.turn(user_id):
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
    turns = Turns("Work", at_once=1, of_one_user=2, in_all=3)
    async with turns.presence(ALICE), turns.presence(ALICE):
        with pytest.raises(TooManyAtOnceError, match="at most 2 per user") as refused:
            await turns.turn(ALICE).__aenter__()
        assert int(refused.value.headers["Retry-After"]) > 0
        async with turns.turn(BOB):
            with pytest.raises(UnavailableError):
                await turns.presence(BOB).__aenter__()
    async with turns.turn(ALICE):
        pass
    assert not turns.present and not turns.own


async def test_who_gives_up_waiting_leaves_nothing_behind():
    turns = Turns("Work", at_once=1, of_one_user=2, in_all=3)

    async def wait() -> None:
        async with turns.turn(BOB):
            raise AssertionError("it is not Bob's turn")

    async with turns.turn(ALICE):
        waiting = asyncio.create_task(wait())
        await settled()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert not turns.present and not turns.own
