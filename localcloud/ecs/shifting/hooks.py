"""Lifecycle hooks: a Lambda function's ARN names a program on this machine.

`arn:aws:lambda:REGION:ACCOUNT:function:check-orders` calls `<data>/lambda/check-orders` with the event as JSON on
standard input. The program answers `{"hookStatus": "SUCCEEDED" | "FAILED" | "IN_PROGRESS"}` on standard output.
Anything else, and any exit code but 0, means FAILED.
"""

import asyncio
import json
import logging
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from localcloud.ecs.model.states import HookStatus
from localcloud.machine.clock import Clock
from localcloud.machine.ledger import Ledger

log = logging.getLogger(__name__)

CALL_AGAIN_S = 30.0
"""AWS seconds after which a function that returned IN_PROGRESS is called again."""
CALL_LIMIT_S = 15 * 60.0
"""AWS seconds that one call may take; Lambda's own limit."""


class LocalFunctions:
    """Runs the programs in `directory`; each is recorded in `ledger` while it runs."""

    def __init__(self, directory: Path, clock: Clock, ledger: Ledger) -> None:
        self._directory = directory
        self._clock = clock
        self._ledger = ledger
        self._in_progress: set[asyncio.Task[None]] = set()

    def call(self, function_arn: str, event: Mapping[str, object], done: Callable[[HookStatus], None]) -> None:
        """Start a call; `done` gets its result."""
        task = asyncio.create_task(self._call(function_arn, event, done), name=f"hook {function_arn}")
        self._in_progress.add(task)
        task.add_done_callback(self._in_progress.discard)

    async def _call(self, function_arn: str, event: Mapping[str, object], done: Callable[[HookStatus], None]) -> None:
        name = function_arn.split(":function:", 1)[-1].split(":", 1)[0]
        status, why = await self._run(self._directory / name, event)
        fields = {"action": "hook", "function": name, "stage": event["lifecycleStage"], "status": status, "why": why}
        log.log(
            logging.WARNING if status is HookStatus.FAILED else logging.INFO, "Lifecycle hook returned", extra=fields
        )
        if status is HookStatus.IN_PROGRESS:
            await self._clock.sleep(CALL_AGAIN_S)
        done(status)

    async def _run(self, program: Path, event: Mapping[str, object]) -> tuple[HookStatus, str]:
        """Run the program. Return its status and the problem, if any."""
        try:
            process = await asyncio.create_subprocess_exec(
                program,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as exc:
            return HookStatus.FAILED, f"{program} cannot be run: {exc.strerror}"
        try:
            self._ledger.started(process.pid, f"function {program.name}")
            async with asyncio.timeout(self._clock.real_work_s(CALL_LIMIT_S)):
                output, errors = await process.communicate(json.dumps(event).encode())
        except TimeoutError:
            return HookStatus.FAILED, "no response within 15 minutes"
        except OSError as exc:  # without a record, nothing would end it if we were killed
            return HookStatus.FAILED, f"{program} cannot be recorded: {exc.strerror}"
        finally:
            if process.returncode is None:  # with all processes that it has started
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
            self._note_end(process.pid, program.name)
        if process.returncode != 0:
            return HookStatus.FAILED, f"exit code {process.returncode}: {errors.decode(errors='replace')[-500:]}"
        try:
            return HookStatus(json.loads(output)["hookStatus"]), ""
        except (ValueError, KeyError, TypeError) as exc:
            return HookStatus.FAILED, f"the response is not a hookStatus: {exc}"

    def _note_end(self, pid: int, name: str) -> None:
        try:
            self._ledger.ended(pid)
        except OSError:  # the disk is full, or the data directory was deleted; the deployment must get its response
            log.exception(
                "The end of a process could not be recorded", extra={"action": "ledger_failed", "function": name}
            )
