"""Scheduled actions: at their time a target gets another range. `at` and `cron` use the wall clock."""

import asyncio
import contextlib
import logging
from datetime import datetime
from functools import partial

from localcloud.autoscaling.engine import Scaling
from localcloud.autoscaling.records import ScheduledAction, scheduled_actions, set_range
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.machine.background import Background

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 600.0
"""Real seconds: a machine that was asleep checks its clock again."""


class ScheduledScaling:
    """Waits for the next due action. Actions that were due while the local cloud was not running are skipped."""

    def __init__(self, host: Host, scaling: Scaling) -> None:
        self._host = host
        self._scaling = scaling
        self._changed = asyncio.Event()
        self._background = Background()

    async def start(self) -> None:
        self._background.start(self._run(), "scheduled scaling")

    async def stop(self) -> None:
        await self._background.stop()

    def status(self) -> dict[str, object]:
        return {"status": self._background.status}

    def changed(self) -> None:
        """Recompute what is due next after an action was put or deleted."""
        self._changed.set()

    async def _run(self) -> None:
        done_until = self._host.clock.wall()
        while True:
            self._changed.clear()
            actions = await self._host.moto.run(partial(scheduled_actions, self._host))
            now = self._host.clock.wall()
            dues = [(due, action) for action in actions if (due := action.next_after(done_until)) is not None]
            overdue = sorted((entry for entry in dues if entry[0] <= now), key=_due)
            for _, action in overdue:
                await self._act(action)
            if not overdue:
                await self._wait([(due - now).total_seconds() for due, _ in dues])
            done_until = now

    async def _wait(self, waits_s: list[float]) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min([*waits_s, LONGEST_WAIT_S]) if waits_s else None):
                await self._changed.wait()

    async def _act(self, action: ScheduledAction) -> None:
        try:
            await self._host.moto.change(partial(set_range, self._host, action))
        except AwsError:  # the disk is full: the range is effective, and is saved later
            log.exception("A scheduled action is not saved", extra={"action": "scheduled_not_saved"})
        self._scaling.range_changed(action.resource_id)
        log.info("Scheduled action", extra={"action": "scheduled", "target": action.resource_id, "name_": action.name})


def _due(entry: tuple[datetime, ScheduledAction]) -> datetime:
    return entry[0]
