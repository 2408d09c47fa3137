"""The short cache: one query answers everybody who asks within a moment."""

import asyncio

from app.platform.short_cache import KEPT_S, ShortCache


async def test_many_who_ask_at_once_make_one_look_and_the_next_second_another():
    now, looks = [100.0], []

    async def look() -> int:
        await asyncio.sleep(0)
        looks.append(now[0])
        return len(looks)

    kept = ShortCache(now=lambda: now[0])
    assert await asyncio.gather(*(kept.get(look) for _ in range(100))) == [1] * 100
    now[0] += KEPT_S
    assert await kept.get(look) == 2
    assert looks == [100.0, 101.0]
