"""Many requests in few look-ups: none is answered by a look-up that began before it."""

import asyncio

import pytest

from app.insights.batching_loader import MOST_KEYS, BatchingLoader


class LookUps:
    """Records what was looked up together; each look-up continues when released."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.go_on = asyncio.Semaphore(0)
        self.failure: Exception | None = None

    async def __call__(self, keys):
        self.batches.append(list(keys))
        await self.go_on.acquire()
        if self.failure is not None:
            raise self.failure
        return [f"{key} in batch {len(self.batches)}" for key in keys]


async def settle() -> None:
    """Let every task run as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_questions_of_one_moment_go_together_and_later_ones_with_the_next():
    look_ups = LookUps()
    batches = BatchingLoader(look_ups)
    early = [asyncio.create_task(batches.ask(key)) for key in ("a", "b", "a")]
    await settle()
    late = asyncio.create_task(batches.ask("a"))
    await settle()
    assert look_ups.batches == [["a", "b"]], "the later question waits"
    look_ups.go_on.release()
    look_ups.go_on.release()
    assert await asyncio.gather(*early) == ["a in batch 1", "b in batch 1", "a in batch 1"]
    assert await late == "a in batch 2"
    assert look_ups.batches == [["a", "b"], ["a"]]


async def test_a_failure_is_everyones_and_the_next_question_is_looked_up():
    look_ups = LookUps()
    look_ups.failure = ValueError("no")
    batches = BatchingLoader(look_ups)
    requests = [asyncio.create_task(batches.ask(key)) for key in ("a", "b")]
    look_ups.go_on.release()
    for task in requests:
        with pytest.raises(ValueError, match="no"):
            await task
    look_ups.failure = None
    look_ups.go_on.release()
    assert await batches.ask("a") == "a in batch 2"


async def test_a_look_up_that_finds_too_little_fails_its_askers():
    async def one_short(keys):
        return [1] * (len(keys) - 1)

    with pytest.raises(ValueError, match="zip"):
        await BatchingLoader(one_short).ask("a")


async def test_a_cancelled_caller_cancels_no_others():
    look_ups = LookUps()
    batches = BatchingLoader(look_ups)
    leaving, staying = (asyncio.create_task(batches.ask("a")) for _ in range(2))
    await settle()
    leaving.cancel()
    await settle()
    look_ups.go_on.release()
    assert await staying == "a in batch 1"


async def test_a_batch_is_bounded():
    look_ups = LookUps()
    batches = BatchingLoader(look_ups)
    requests = [asyncio.create_task(batches.ask(str(key))) for key in range(MOST_KEYS + 1)]
    look_ups.go_on.release()
    look_ups.go_on.release()
    await asyncio.gather(*requests)
    assert [len(batch) for batch in look_ups.batches] == [MOST_KEYS, 1]
