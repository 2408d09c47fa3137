"""What can be known of child processes without starting one."""

import asyncio
from pathlib import Path

from localcloud.ledger import Ledger
from localcloud.processes import Child


async def test_a_wait_that_is_cancelled_as_the_process_ends_is_cancelled(tmp_path: Path) -> None:
    child = Child("c", Ledger(tmp_path / "ledger"))
    waiting = asyncio.create_task(child.stop_after(30))
    await asyncio.sleep(0)
    child.exit_code = 0
    child.ended.set()
    waiting.cancel()
    await asyncio.wait({waiting})
    assert waiting.cancelled(), "else its owner would wait for it for ever"
