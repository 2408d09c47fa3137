"""Programs that run to completion: initdb, psql, version checks."""

import asyncio
import os
from collections.abc import Mapping, Sequence

from localcloud.errors import CannotStart
from localcloud.machine.ledger import Ledger
from localcloud.machine.processes import Child


async def run(
    name: str,
    ledger: Ledger,
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    standard_input: bytes = b"",
    timeout_s: float = 120.0,
) -> str:
    """Run to completion; -> the last lines of output.

    `standard_input` is written to a pipe at once: 64 KiB at most. Secrets go there, never into `argv`. Errors:
    CannotStart, with the last lines, when the program fails, cannot be executed or takes longer than `timeout_s`.
    """
    child = Child(name, ledger)
    reading, writing = os.pipe()
    try:
        os.write(writing, standard_input)
        os.close(writing)
        await child.start(argv, env=env, stdin=reading)
    except OSError as error:
        raise CannotStart(f"{name}: {argv[0]}: {error.strerror}") from error
    finally:
        os.close(reading)
    try:
        async with asyncio.timeout(timeout_s):
            await child.ended.wait()
    except TimeoutError:
        raise CannotStart(f"{name}: did not end within {timeout_s:g} s.{child.tail()}") from None
    finally:
        child.kill()
        await child.ended.wait()
    if child.exit_code != 0:
        raise CannotStart(f"{name}: ended with {child.exit_code}.{child.tail()}")
    return "\n".join(child.last_lines)
